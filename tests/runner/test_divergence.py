"""Divergence: one pass of the reference finds where greedy tokens part, as writing would."""

from __future__ import annotations

import math
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra `run`")
transformers = pytest.importorskip("transformers", reason="needs the extra `run`")

from cardkit.checks import l5_divergence
from cardkit.outcome import Divergence, Outcome
from cardkit.runner import divergence
from cardkit.runner.scene import UntriedError
from pairs import Pair, outcome, pair, rows_shuffled

torch.set_num_threads(1)  # faster for matrices so small, and others share the cores
transformers.utils.logging.disable_progress_bar()
MATRICES = {
    "llama": "1.mlp.down_proj.weight",
    "gpt_neox": "1.mlp.dense_4h_to_h.weight",
    "t5": "decoder.block.1.layer.2.DenseReluDense.wo.weight",
}


@pytest.fixture(scope="module", params=MATRICES)
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return pair(request.param, tmp_path_factory.mktemp("pair"))


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return pair("llama", tmp_path_factory.mktemp("pair"))


def broken(found: Pair) -> Any:
    model = found.load()
    rows_shuffled(model, list(MATRICES.values()))
    return model


def greedy(model: Any, found: Pair) -> list[int]:
    """Return new tokens, as `generate` writes them."""
    ids = torch.tensor([found.ids])
    told = {"do_sample": False, "max_new_tokens": 48}
    written = model.generate(ids, attention_mask=torch.ones_like(ids), **told)[0].tolist()
    return written[1 if found.kind == "seq2seq" else len(found.ids) :]


def test_parts_where_writing_with_both_parts(found: Pair) -> None:
    model = broken(found)
    ours, theirs = greedy(model, found), greedy(found.reference.model, found)
    expected = next(at for at, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b)
    near = divergence.measure(found.scene(model), found.reference, None)
    assert (near.at, near.tokens, near.dtype) == (expected, expected + 1, "float32")
    assert near.margin is not None
    assert near.margin > 0.002
    plan, given = outcome(found.scene(model), found.reference)
    assert l5_divergence.check(plan, given).verdict == "fail"


def test_the_same_model_never_parts(found: Pair) -> None:
    near = divergence.measure(found.scene(found.load()), found.reference, None)
    count = len(greedy(found.reference.model, found))
    assert near == Divergence(tokens=count, dtype="float32")


def test_a_near_tie_passes(llama: Pair) -> None:
    """The two best tokens are made as good as equal, and the device takes the other one."""
    reference, model = llama.load(), llama.load()
    first, second = best_two(reference, llama.ids)
    gap = 0.0005
    with torch.no_grad():
        head = reference.get_output_embeddings().weight
        head[second] = head[first]
        model.get_output_embeddings().weight.copy_(head)
        scale = gap / logits(reference, llama.ids)[first].item()
        head[second] *= 1 - scale
        model.get_output_embeddings().weight[first] *= 1 - scale
    near = divergence.measure(llama.scene(model), llama.reference._replace(model=reference), None)
    assert near.margin == pytest.approx(gap, rel=0.1)
    assert near == Divergence(tokens=1, at=0, margin=near.margin, in_top5=True, dtype="float32")
    plan = llama.scene(model).plan
    assert l5_divergence.check(plan, Outcome(divergence=near)).verdict == "pass"


def best_two(model: Any, ids: tuple[int, ...]) -> list[int]:
    return logits(model, ids).topk(2).indices.tolist()


def logits(model: Any, ids: tuple[int, ...]) -> Any:
    with torch.no_grad():
        return model(torch.tensor([ids])).logits[0, -1]


def test_sampling_and_penalties_of_the_model_are_left_out(llama: Pair) -> None:
    model = llama.load()
    for name, value in {"do_sample": True, "temperature": 5.0, "repetition_penalty": 9.0}.items():
        setattr(model.generation_config, name, value)
    near = divergence.measure(llama.scene(model), llama.reference, None)
    assert (near.at, near.tokens) == (None, len(greedy(llama.reference.model, llama)))


def test_tokens_that_the_model_is_forced_to_are_not_compared(llama: Pair) -> None:
    model = llama.load()
    usual = greedy(llama.reference.model, llama)
    model.generation_config.suppress_tokens = [usual[0]]
    near = divergence.measure(llama.scene(model), llama.reference, None)
    assert near.at is None
    assert 0 < near.tokens < 48


def test_nan_on_the_device_is_a_divergence(llama: Pair) -> None:
    model = llama.load()
    with torch.no_grad():
        model.get_output_embeddings().weight[7] = math.nan
    near = divergence.measure(llama.scene(model), llama.reference, None)
    assert near == Divergence(tokens=1, at=0, in_top5=False, dtype="float32")


def test_the_prompt_leaves_room_for_new_tokens(llama: Pair) -> None:
    scene = llama.scene(llama.load())
    most = scene.model.config.max_position_embeddings
    ids = (llama.ids * most)[:most]
    with pytest.raises(UntriedError, match=f"the prompt of {most} tokens leaves no room"):
        divergence.measure(scene._replace(prompt_ids=ids), llama.reference, None)
    near = divergence.measure(scene._replace(prompt_ids=ids[:-5]), llama.reference, None)
    assert near.tokens <= 5


@pytest.mark.parametrize("kind", ["embedding", "classification", "masked"])
def test_what_writes_nothing_is_untried(kind: str, llama: Pair) -> None:
    scene = llama.scene(llama.reference.model, kind=kind)
    with pytest.raises(UntriedError, match=f"a model of the kind {kind} generates nothing"):
        divergence.measure(scene, llama.reference, None)
