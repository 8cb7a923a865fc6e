"""Models that are as their entries say pass `verify` whole, the odd ones too."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs the extra `run`")

import trained
from cardkit.vocabulary import load
from faulty import copied
from taught import SEEDS, Judge, Lessons, Seed, decided, seen, why, with_code

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:transformers")

LLAMA = "tulu-2-13b"
WARNED = {
    "dclm-7b": ("modelers", ["L0 hub.mirror_mismatch"]),
    "dclm-1b-it": ("huggingface", ["L0 hub.mirror_mismatch", "card.code_repaired"]),
    "tulu-2-13b": ("huggingface", ["L0 hub.mirror_mismatch", "card.other_model_id"]),
    "dolly-v2-7b": ("modelscope", ["L0 hub.mirror_mismatch"]),
    "redpajama-3b-chat": ("huggingface", ["L0 hub.mirror_mismatch", "card.code_missing"]),
}
"""The hub that serves it, and what is worth a word though it passes: a hub on this machine is
none of the hub's own hosts."""
ANSWERS = {
    "a numbered list": Seed(
        "Name four foods of ants.", "1. Seeds\n2. Nectar\n3. Fungi\n4. Honeydew"
    ),
    "Chinese without blanks": Seed(
        "蚂蚁吃什么？", "蚂蚁吃种子、花蜜和别的昆虫，也吃真菌和蚜虫的蜜露。"
    ),
    "code": Seed(
        "Write a function that feeds an ant.",
        "```python\ndef feed(ant, seeds):\n    for seed in seeds:\n        ant.eat(seed)\n```",
    ),
    "a short answer": Seed("Do ants sleep?", "Yes."),
}


def warned(report: Any) -> list[str]:
    rows = [(f"{layer.name} ", layer.findings) for layer in report.layers] + [("", report.findings)]
    return [
        f"{name}{each.code}" for name, found in rows for each in found if each.severity == "warning"
    ]


@pytest.mark.parametrize("name", SEEDS)
def test_a_seed_that_learnt_its_example_passes_all_layers(
    name: str, lessons: Lessons, judged: Judge
) -> None:
    model = lessons(name)
    report = judged(model, layers=9)
    has_code = "code" in model.tree["example"]
    assert seen(report) == ("passed", {} if has_code else {"L7": "skipped"}), why(report)
    assert report.files is not None
    assert (report.files.hub, warned(report)) == WARNED[name]
    assert [each.texts for each in report.answers] == [(SEEDS[name].answer,)]
    said = {layer.name: layer.because for layer in report.layers}  # nothing passed unmeasured
    assert said["L1"].startswith(("21 tensors held", "28 tensors held"))
    assert "not loaded a second time" not in said["L1"]
    assert said["L3"].startswith("finite values, causality, cache, padding, loss judged.")
    assert said["L8"] == "seed 0 twice in one process and in a new process"


@pytest.mark.parametrize("what", ANSWERS)
def test_an_odd_answer_is_one(what: str, lessons: Lessons, judged: Judge) -> None:
    model = with_code(lessons(LLAMA, ANSWERS[what]))
    report = judged(model)
    assert seen(report, "L8") == ("passed", {}), why(report)
    assert warned(report) == ["L0 hub.mirror_mismatch"]
    assert [each.texts for each in report.answers] == [(ANSWERS[what].answer,)]


def test_an_answer_that_is_cut_where_tokens_are_capped_is_the_cards(
    lessons: Lessons, judged: Judge
) -> None:
    texts = load("reference_texts.yaml")
    said = f"{texts['de']} {texts['fr']}"
    model = with_code(lessons(LLAMA, Seed("Tell of a train.", said)))
    tree = copy.deepcopy(model.tree)
    code = tree["example"]["code"]["value"].replace("=200", "=2000")
    tree["example"]["code"] = decided(code)
    report = judged(model._replace(tree=tree))
    assert seen(report, "L8") == ("passed", {}), why(report)
    [answer] = report.answers
    assert (answer.capped, answer.new_tokens, answer.ended) == (2000, 256, False)


def test_weights_in_several_files_are_one_model(
    lessons: Lessons, judged: Judge, tmp_path: Path
) -> None:
    import transformers

    model = with_code(lessons(LLAMA))
    parts = copied(model.folder, tmp_path / "parts")
    whole = transformers.AutoModelForCausalLM.from_pretrained(parts)
    (parts / "model.safetensors").unlink()
    whole.save_pretrained(parts, max_shard_size="200KB")
    report = judged(model._replace(folder=parts))
    assert seen(report, "L8") == ("passed", {}), why(report)
    assert report.files is not None
    assert len(report.files.weights) > 2


def test_tied_embeddings_are_one_tensor(
    judged: Judge, lessons: Lessons, monkeypatch: pytest.MonkeyPatch
) -> None:
    tied = {**trained.KINDS["llama"], "tie_word_embeddings": True}
    monkeypatch.setitem(trained.KINDS, "llama", tied)
    model = with_code(lessons(LLAMA, Seed("Are they tied?", "They are one.")))
    report = judged(model)
    assert seen(report, "L8") == ("passed", {}), why(report)
    assert "lm_head.weight" not in names(model.folder)


def names(folder: Path) -> set[str]:
    from safetensors import safe_open

    with safe_open(folder / "model.safetensors", "pt") as file:
        return set(file.keys())


@pytest.mark.parametrize(
    ("value", "text", "agrees"),
    [(140_000, "0.14M", True), (100_000, "0.1M", True), (200_000, "0.2M", False)],
)
def test_a_count_is_rounded_as_a_card_prints_it(
    value: int, text: str, agrees: bool, lessons: Lessons, judged: Judge
) -> None:
    model = with_code(lessons(LLAMA))
    tree = copy.deepcopy(model.tree)
    tree["spec"]["num_parameters"] = {"value": value, "card": "610-613", "text": text}
    report = judged(model._replace(tree=tree), layers=3)
    assert seen(report, "L3 L4 L5 L6 L7 L8") == ("passed", {}), why(report)
    more = [] if agrees else ["L2 spec.conflict"]
    assert warned(report) == ["L0 hub.mirror_mismatch", *more]


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_a_smaller_number_format_is_within_its_limits(
    dtype: str, lessons: Lessons, judged: Judge
) -> None:
    report = judged(with_code(lessons(LLAMA)), dtype=dtype)
    assert seen(report, "L8") == ("passed", {}), why(report)
    assert report.dtype == dtype


def test_pickles_beside_safetensors_are_left_where_they_are(
    lessons: Lessons, judged: Judge, tmp_path: Path
) -> None:
    model = with_code(lessons(LLAMA))
    both = copied(model.folder, tmp_path / "both")
    (both / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    report = judged(model._replace(folder=both))
    assert seen(report, "L8") == ("passed", {}), why(report)
    assert report.files is not None
    assert report.files.pickles == ("pytorch_model.bin",)
