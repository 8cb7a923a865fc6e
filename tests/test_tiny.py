"""The stand-ins of the tests are what they say: whole, small, alike every time, and loadable."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra `run`")
transformers = pytest.importorskip("transformers", reason="needs the extra `run`")

from cardkit.rehearsal.sizes import CONTEXT
from cardkit.rehearsal.tokens import END, PAD, VOCABULARY
from tiny import MODELS, SEQUENTIAL, build, usual

torch.set_num_threads(1)  # faster for matrices so small, and others share the cores

MARKERS = ["<|user|>", "<|assistant|>", "### Response:\n"]
TEMPLATE = "{{ '<|user|>' + messages[0].content + '<|assistant|>' }}"
PROMPT = "<|user|>Why is the sky blue? 你好<|assistant|>### Response:\n"

pytestmark = pytest.mark.filterwarnings(
    "ignore:`torch.jit.script` is deprecated:DeprecationWarning"  # by gpt_bigcode of 5.13
)


@pytest.fixture(scope="module")
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    name = request.param
    return build(name, tmp_path_factory.mktemp("tiny"), markers=MARKERS, chat_template=TEMPLATE)


every = pytest.mark.parametrize("folder", MODELS, indirect=True)


def load(folder: Path, **kwargs: Any) -> Any:
    auto = usual(transformers.AutoConfig.from_pretrained(folder).model_type)
    return getattr(transformers, auto).from_pretrained(folder, **kwargs)


@every
def test_loads_with_nothing_missing_and_writes(folder: Path) -> None:
    model, report = load(folder, output_loading_info=True)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    assert not any(report.values())
    inputs = tokenizer(PROMPT, return_tensors="pt")
    if model.can_generate():
        tokens = model.generate(**inputs, max_new_tokens=4, min_new_tokens=4, do_sample=False)
        assert tokens.shape[1] >= 4
    with torch.no_grad():
        decoder = {"decoder_input_ids": inputs["input_ids"]} if "T5" in str(type(model)) else {}
        logits = model(**inputs, **decoder).logits
    assert logits.shape == (1, inputs["input_ids"].shape[1], len(tokenizer))
    assert torch.isfinite(logits).all()


@every
def test_is_small_and_holds_safetensors(folder: Path) -> None:
    files = {file.name: file.stat().st_size for file in folder.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= set(files)
    assert sum(files.values()) < 1_100_000
    assert not [name for name in files if name.endswith((".bin", ".pt"))]


@every
def test_markers_are_single_tokens_and_text_comes_back(folder: Path) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    ids = tokenizer(PROMPT)["input_ids"]
    for marker in [*MARKERS, END, PAD]:
        assert tokenizer(marker)["input_ids"] == [tokenizer.convert_tokens_to_ids(marker)]
    assert tokenizer.decode(ids) == PROMPT
    assert [ids.count(id_) for id_ in tokenizer.convert_tokens_to_ids(MARKERS)] == [1, 1, 1]
    assert 300 <= len(tokenizer) <= VOCABULARY
    assert (tokenizer.eos_token, tokenizer.pad_token) == (END, PAD)
    message = [{"role": "user", "content": "Hi"}]
    assert tokenizer.apply_chat_template(message, tokenize=False) == "<|user|>Hi<|assistant|>"


@every
def test_gains_are_random_and_no_two_layers_alike(folder: Path) -> None:
    model = load(folder)
    for name, parameter in model.named_parameters():
        assert parameter.std() > 0.1, name
    values = [parameter.flatten()[:16].tolist() for parameter in model.parameters()]
    assert len({tuple(value) for value in values}) == len(values)


@every
def test_reads_its_whole_context(folder: Path) -> None:
    model = load(folder)
    ids = torch.full((1, CONTEXT), 7)
    decoder = {"decoder_input_ids": ids} if "T5" in str(type(model)) else {}
    with torch.no_grad():
        assert torch.isfinite(model(ids, **decoder).logits).all()


@pytest.mark.parametrize("name", ["llama", "openlm"])
def test_is_alike_every_time_and_leaves_the_seed_alone(name: str, tmp_path: Path) -> None:
    torch.manual_seed(5)
    expected = torch.rand(1).item()
    torch.manual_seed(5)
    folders = [build(name, tmp_path / part) for part in "ab"]
    assert torch.rand(1).item() == expected
    for file in ("model.safetensors", "tokenizer.json", "config.json"):
        hashes = {hashlib.sha256((folder / file).read_bytes()).hexdigest() for folder in folders}
        assert len(hashes) == 1, file
    other = build(name, tmp_path / "c", seed=1)
    assert (other / "model.safetensors").read_bytes() != (
        folders[0] / "model.safetensors"
    ).read_bytes()


def test_gpt_neox_comes_in_both_kinds() -> None:
    kinds = {}
    for name in ("gpt_neox", SEQUENTIAL):
        config = transformers.GPTNeoXConfig(**MODELS[name])
        rotary = config.rope_parameters["partial_rotary_factor"]
        kinds[name] = (config.use_parallel_residual, rotary)
    assert kinds == {"gpt_neox": (True, 0.25), SEQUENTIAL: (False, 1.0)}


def test_another_class_can_be_built(tmp_path: Path) -> None:
    folder = build("roberta", tmp_path, auto="AutoModelForSequenceClassification")
    model, report = transformers.AutoModelForSequenceClassification.from_pretrained(
        folder, output_loading_info=True
    )
    assert not any(report.values())
    assert model.config.architectures == ["RobertaForSequenceClassification"]


def test_its_tokenizer_learns_the_given_text(tmp_path: Path) -> None:
    folder = build("llama", tmp_path, text="zebra zebra zebra " * 9)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    assert len(tokenizer(" zebra")["input_ids"]) == 1
