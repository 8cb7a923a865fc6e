"""Each fault does what it says: it is there for the layer that must find it, and healthy is clean.

The measures here are rough ones, with room to their limits: cardkit's own are not asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra `run`")
transformers = pytest.importorskip("transformers", reason="needs the extra `run`")
from safetensors.torch import load_file
from torch.nn.functional import cross_entropy, log_softmax
from transformers import dynamic_module_utils

from cardkit.entries.registry import Registry
from cardkit.openlm import register
from cardkit.prompts import tokens
from faulty import (
    ENTRY_FAULTS,
    FAULTS,
    SABOTAGE,
    WEIGHTS,
    Fault,
    copied,
    kind_of,
    more_tokens_than_rows,
)
from test_trained import ANSWER, ASKED, STOP, TEXTS
from trained import KINDS, of_entry, recipe_of

register()
torch.set_num_threads(1)  # faster for matrices so small, and others share the cores

LEARNT = ("another answer", "broken characters", "echoed prompt", "empty answer", "looping text")
"""Faults that are trained: shown on one kind, for the time that they take."""
ROWS = [
    (kind, name)
    for name, fault in FAULTS.items()
    for kind in fault.kinds
    if name not in LEARNT or kind == "llama"
]
RENAMED = {"lm_head.weight": "embed_out.weight"}

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:transformers")


@pytest.fixture(autouse=True)
def _modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the repositories' code be copied to nowhere but here."""
    monkeypatch.setattr(dynamic_module_utils, "HF_MODULES_CACHE", str(tmp_path / "modules"))


def learnt(kind: str, teach: Any) -> Path:
    return Path(teach(kind, ((ASKED, ANSWER, STOP),), TEXTS))


def found(good: Path, bad: Path, *, remote: bool = False, statements: str = "") -> set[str]:
    """Return the codes of all that is wrong with a model, its layer before each."""
    codes = set()
    if (good / WEIGHTS).read_bytes() != (bad / WEIGHTS).read_bytes():
        codes |= {"L0 hub.hash_mismatch", "L0 hub.mirror_mismatch"}
    try:
        model, info = transformers.AutoModelForCausalLM.from_pretrained(
            bad, trust_remote_code=remote, output_loading_info=True
        )
    except Exception:  # noqa: BLE001 - of whatever library reads the files
        return codes | {"L1 run.exception"}
    exec(statements, {"model": model})  # noqa: S102 - what an example would do
    tool = transformers.AutoTokenizer.from_pretrained(bad)
    codes |= {"L1 load.keys"} if any(info.values()) else set(in_memory(model, bad))
    codes |= {f"L2 {code}" for code in set(shape(good, bad, model, tool))}
    if codes == {"L2 spec.conflict"} and len(tool) > model.config.vocab_size:
        return codes
    codes |= {f"L3 {code}" for code in set(numbers(model, tool))}
    if not codes & {"L1 load.keys", "L1 load.tensor_differs"} and parts_from_its_files(model, bad):
        codes.add("L4 parity.logits")
    return codes | set(text(model, tool))


def in_memory(model: Any, folder: Path) -> Iterator[str]:
    own = model.state_dict()
    for name, tensor in load_file(folder / WEIGHTS).items():
        known = name if name in own else {v: k for k, v in RENAMED.items()}.get(name, name)
        if not torch.equal(own[known], tensor) and not tensor.isnan().any():
            yield "L1 load.tensor_differs"


def shape(good: Path, bad: Path, model: Any, tool: Any) -> Iterator[str]:
    was, now = (json.loads((at / "config.json").read_text("utf-8")) for at in (good, bad))
    if was != {key: value for key, value in now.items() if key != "auto_map"}:
        yield "spec.conflict"
    if len(tool) > model.get_input_embeddings().weight.shape[0]:
        yield "spec.conflict"


@torch.no_grad()
def numbers(model: Any, tool: Any) -> Iterator[str]:
    losses = []
    for told in TEXTS:
        ids = tool(told, return_tensors="pt")["input_ids"]
        logits = model(ids).logits.float()
        losses.append(float(cross_entropy(logits[0, :-1], ids[0, 1:])))
        if not logits.isfinite().all():
            yield "num.not_finite"
    if not sum(losses) / len(losses) < 1:
        yield "num.loss"
    ids = tool(TEXTS[0], return_tensors="pt")["input_ids"]
    whole = model(ids).logits
    changed = ids.clone()
    changed[:, -8:] = changed[:, :8]
    if (model(changed).logits - whole)[:, :-8].abs().max() > 0.01:
        yield "num.causality"
    half = ids.shape[1] // 2
    begun = model(ids[:, :half], use_cache=True)
    went = [
        model(ids[:, at : at + 1], past_key_values=begun.past_key_values).logits
        for at in range(half, ids.shape[1])
    ]
    if (torch.cat(went, 1) - whole[:, half:]).abs().max() > 0.01:
        yield "num.cache"
    pads = torch.full((1, 6), tool.pad_token_id)
    mask = torch.cat([torch.zeros_like(pads), torch.ones_like(ids)], 1)
    padded = model(torch.cat([pads, ids], 1), attention_mask=mask,
                   position_ids=(mask.cumsum(1) - 1).clamp(0)).logits  # fmt: skip
    if (padded[:, -1] - whole[:, -1]).abs().max() > 0.01:
        yield "num.padding"


@torch.no_grad()
def parts_from_its_files(model: Any, folder: Path) -> bool:
    """Tell whether the logits are others than those of the built-in class."""
    reference = transformers.AutoModelForCausalLM.from_pretrained(folder, trust_remote_code=False)
    tool = transformers.AutoTokenizer.from_pretrained(folder)
    ids = tool(TEXTS[0], return_tensors="pt")["input_ids"]
    one, other = (log_softmax(each(ids).logits.float(), -1) for each in (reference, model))
    return float((one.exp() * (one - other)).sum(-1).mean()) > 1e-5


@torch.no_grad()
def text(model: Any, tool: Any) -> Iterator[str]:
    ids = tool(ASKED, return_tensors="pt")
    torch.manual_seed(1)
    ways = {"max_new_tokens": 240, "do_sample": False}
    begun, again = (model.generate(**ids, **ways)[0, ids["input_ids"].shape[1] :] for _ in "ab")
    if begun.tolist() != again.tolist():
        yield "L8 out.nondeterministic"
    said = tool.decode(begun, skip_special_tokens=True)
    if said != ANSWER:
        yield "L7 out.mismatch"
    words = said.split()
    repeats = len(words) > 30 and len(set(words)) < 6
    if not said or said.count("\ufffd") > len(said) / 20 or repeats or ASKED.strip() in said:
        yield "L6 out.degenerate"


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_wrong_with_what_is_healthy(kind: str, teach: Any) -> None:
    good = learnt(kind, teach)
    assert found(good, good) == set()


@pytest.mark.parametrize(("kind", "name"), ROWS)
def test_a_fault_is_there_for_the_layers_that_find_it(
    kind: str, name: str, teach: Any, tmp_path: Path
) -> None:
    good, fault = learnt(kind, teach), FAULTS[name]
    bad = copied(good, tmp_path / f"{name} of {kind}".replace(" ", "_"))
    before = {path.name: path.read_bytes() for path in good.iterdir()}
    fault(bad)
    codes = found(good, bad, remote=fault.remote)
    promised = {f"{layer} {code}" for layer, code in fault.seen_by.items()}
    assert promised <= codes
    if fault.remote:  # files and config are healthy: only what runs can tell
        assert {code for code in codes - promised if code[:2] in ("L1", "L2")} == set()
        assert promised or {code for code in codes if code >= "L1"} == set()
    assert {path.name: path.read_bytes() for path in good.iterdir()} == before


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for name, kinds in SABOTAGE.items() for kind in kinds]
)
def test_statements_let_a_model_in_memory_err_and_its_tensors_stay(
    kind: str, name: str, teach: Any
) -> None:
    good = learnt(kind, teach)
    codes = found(good, good, statements=SABOTAGE[name][kind])
    assert "L4 parity.logits" in codes
    assert {code for code in codes if code < "L3"} == set()


def test_every_fault_says_what_it_does_and_who_finds_it() -> None:
    for name, fault in FAULTS.items():
        assert fault.act.__doc__, name
        assert fault.kinds, name
        assert fault.seen_by or name == "code that is healthy"
    assert {layer for fault in FAULTS.values() for layer in fault.seen_by} == {
        "L0", "L1", "L2", "L3", "L4", "L6", "L7", "L8"}  # fmt: skip


def test_the_codes_are_those_of_the_closed_list() -> None:
    from cardkit.vocabulary.codes import codes

    said = {code for fault in FAULTS.values() for code in fault.seen_by.values()}
    assert said <= set(codes())


def test_a_lost_newline_is_a_token_that_vanishes(tmp_path: Path) -> None:
    registry = Registry(Path(__file__).parents[1] / "registry")
    dolly = registry.load("dolly-v2-7b")
    folder = of_entry(dolly, tmp_path / "a", "What do ants eat?", ANSWER)
    tool = transformers.AutoTokenizer.from_pretrained(folder)
    template = dolly.prompt.chat_template
    assert template is not None
    for name, missing in [("newline lost", ["marker-missed"]), ("newline added", [])]:
        broken = ENTRY_FAULTS[name](dolly)
        assert broken.prompt.format is not None
        assert broken.prompt.chat_template is None
        compared = tokens.compare(tool, broken.prompt.format.value, template.value)
        errors = [each.code for each in compared.findings if each.severity == "error"]
        assert errors == ["ids-differ", *missing]
    assert recipe_of(folder).conversations[0][1] == ANSWER


def test_a_token_more_than_rows_is_the_last_of_the_vocabulary(teach: Any, tmp_path: Path) -> None:
    bad = copied(learnt("llama", teach), tmp_path / "a")
    rows = json.loads((bad / "config.json").read_text("utf-8"))["vocab_size"]
    more_tokens_than_rows(bad)
    assert kind_of(bad) == "llama"
    assert len(transformers.AutoTokenizer.from_pretrained(bad)) == rows + 8
    assert isinstance(FAULTS["more tokens than rows"], Fault)
