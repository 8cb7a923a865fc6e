"""Each fault of a model fails `verify` at its layer, with its code: the whole way, from a hub.

The model is a taught one, so that without the fault all layers pass (`test_healthy.py`).
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import NamedTuple

import pytest

pytest.importorskip("torch", reason="needs the extra `run`")

from cardkit.verifying.children import Children
from faulty import FAULTS, byte_tokens, copied, weights
from taught import Judge, Lessons, Taught, seen, why, with_code

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:transformers")

LLAMA, NEOX, SEQUENTIAL = "tulu-2-13b", "dolly-v2-7b", "redpajama-3b-chat"
BASE, CHAT, QWEN = "dclm-7b", "dclm-1b-it", "qwen3"
NO_UTF_8 = range(0xFF, 0x100)
"""A byte that stands in no text."""
UNREACHED = dict.fromkeys(("L2", "L3", "L4", "L5", "L6", "L7"), "unknown")
NOT_LOADED = {"L1": "fail run.exception", **UNREACHED}


class Row(NamedTuple):
    """Where a fault is found."""

    wrong: dict[str, str]
    """Each layer that does not pass, with its codes."""
    whatever: str = ""
    """Layers that say of the broken model what chance has it: its text, its loss."""


NO_LOSS = Row({"L3": "fail num.loss", "L7": "fail out.mismatch"}, "L6")
OTHER_TEXT = Row({"L7": "fail out.mismatch"}, "L3 L6")
LAYER_LESS = Row({"L1": "fail load.keys", "L2": "fail spec.conflict"}, "L3 L6 L7")
LAYER_MORE = Row({"L1": "fail load.keys", "L2": "fail spec.conflict"}, "L3 L4 L5 L6 L7")
OTHER_SPEC = Row({"L2": "fail spec.conflict"}, "L3 L6 L7")
NO_TEXT = Row({"L6": "fail out.degenerate", "L7": "fail out.mismatch"})
IN_FILES = {
    ("nan in a weight", LLAMA): Row(
        {
            "L3": "fail num.not_finite",
            "L4": "skipped",
            "L5": "skipped",
            "L6": "fail out.degenerate",
            "L7": "fail out.mismatch",
        }
    ),
    ("nan in a weight", BASE): Row(  # its example samples, and torch cannot
        {
            "L3": "fail num.not_finite",
            "L4": "skipped",
            "L5": "skipped",
            "L6": "unknown",
            "L7": "unknown",
            "beside": "run.exception",
        }
    ),
    ("rows shuffled", LLAMA): OTHER_TEXT,
    ("rows shuffled", SEQUENTIAL): OTHER_TEXT,
    ("output rows shuffled", NEOX): NO_LOSS,
    ("mlp zeroed", LLAMA): OTHER_TEXT,
    ("exponent bit flipped", LLAMA): NO_LOSS,
    ("random weights", LLAMA): NO_LOSS,
    ("random weights", SEQUENTIAL): NO_LOSS,
    ("one layer less", LLAMA): LAYER_LESS,
    ("one layer less", BASE): LAYER_LESS,
    ("one layer more", NEOX): LAYER_MORE,
    ("one layer more", SEQUENTIAL): LAYER_MORE,
    ("another activation", LLAMA): OTHER_SPEC,
    ("another activation", NEOX): OTHER_SPEC,
    ("rope base x50", LLAMA): OTHER_SPEC,
    ("rope base x50", SEQUENTIAL): OTHER_SPEC,
    ("rope base x50 in the file", BASE): Row(NOT_LOADED),
    ("rope base x50 in the file", CHAT): Row(NOT_LOADED),  # its example calls the class itself
    ("rotary pct changed", NEOX): OTHER_SPEC,
    ("rotary pct changed", SEQUENTIAL): OTHER_SPEC,
    ("parallel residual flipped", NEOX): OTHER_SPEC,
    ("parallel residual flipped", SEQUENTIAL): OTHER_SPEC,
    ("tokenizer of another text", SEQUENTIAL): NO_LOSS,
    ("vocabulary shifted", LLAMA): NO_LOSS,
    ("more tokens than rows", LLAMA): Row({"L2": "fail spec.conflict"}),
    ("truncated", LLAMA): Row(NOT_LOADED),
    ("pointer of git lfs", BASE): Row(NOT_LOADED),
    ("page of html", NEOX): Row(NOT_LOADED),
    ("empty file", SEQUENTIAL): Row(NOT_LOADED),
}
"""Done to the files that the hub has: all hashes agree."""
LEARNT = {
    "looping text": NO_TEXT,
    "echoed prompt": NO_TEXT,
    "broken characters": NO_TEXT,
    "empty answer": NO_TEXT,
    "another answer": Row({"L7": "fail out.mismatch"}),
}
"""Models that were taught to answer so."""
OTHER_LOGITS = Row({"L4": "fail parity.logits"}, "L3 L5 L6 L7")
OTHER_BUFFERS = Row({"L1": "fail load.tensor_differs", "L4": "fail parity.logits"}, "L3 L5 L6 L7")
OTHER_TENSORS = Row({"L1": "fail load.tensor_differs"}, "L3 L4 L5 L6 L7")
IN_MEMORY = {
    ("code that is healthy", LLAMA): Row({}),
    ("code k norm by q norm", QWEN): OTHER_LOGITS,
    ("code rotary over other dimensions", NEOX): OTHER_BUFFERS,
    ("code rotary over other dimensions", SEQUENTIAL): OTHER_BUFFERS,
    ("code residual flipped", NEOX): OTHER_LOGITS,
    ("code residual flipped", SEQUENTIAL): OTHER_LOGITS,
    ("code rows rolled", LLAMA): OTHER_LOGITS,
    ("code one tensor changed", LLAMA): OTHER_TENSORS,
    ("code random as it loads", NEOX): OTHER_TENSORS,
    ("code mask dropped", LLAMA): Row({"L3": "fail num.padding"}),
    ("code cache misplaced", NEOX): Row({"L3": "fail num.cache"}, "L5 L6 L7"),
    ("code sees ahead", SEQUENTIAL): Row(
        {"L3": "fail num.cache num.causality num.padding", "L4": "fail parity.logits"}, "L5 L6 L7"
    ),
    ("code unseeded noise", LLAMA): Row({"L8": "fail out.nondeterministic"}, "L3 L4 L5 L6 L7"),
}
"""Done by code of the repository, which may run: files and config are healthy, what computes errs.
So does a device."""
ELSEWHERE = {"q norm and k norm swapped"}
"""Only hashes tell: test_hub_faults.py."""


def model_of(name: str, lessons: Lessons) -> Taught:
    """Return a taught model; those that are no OpenLM with a greedy example."""
    model = lessons(name)
    return model if name in (BASE, CHAT) else with_code(model)


@pytest.mark.parametrize(("fault", "name"), IN_FILES)
def test_a_fault_of_the_files_is_found(
    fault: str, name: str, lessons: Lessons, judged: Judge, tmp_path: Path
) -> None:
    model, row = model_of(name, lessons), IN_FILES[fault, name]
    bad = copied(model.folder, tmp_path / "bad")
    FAULTS[fault](bad)
    report = judged(model._replace(folder=bad))
    assert seen(report, f"L8 {row.whatever}") == ("failed", row.wrong), why(report)


def test_a_nan_that_no_logit_shows_is_found(
    lessons: Lessons, judged: Judge, tmp_path: Path
) -> None:
    import transformers

    model = model_of(LLAMA, lessons)
    bad = copied(model.folder, tmp_path / "bad")
    [unused] = byte_tokens(transformers.AutoTokenizer.from_pretrained(bad), NO_UTF_8)
    with weights(bad) as found:
        found["model.embed_tokens.weight"][unused] = float("nan")
    report = judged(model._replace(folder=bad))
    assert seen(report, "L8") == ("failed", {"L3": "fail num.not_finite"}), why(report)


@pytest.mark.parametrize(
    "name", ["model.norm.weight", "lm_head.weight", "model.layers.1.mlp.down_proj.weight"]
)
def test_a_tensor_that_no_file_has_is_found(
    name: str, lessons: Lessons, judged: Judge, tmp_path: Path
) -> None:
    model = model_of(LLAMA, lessons)
    bad = copied(model.folder, tmp_path / "bad")
    with weights(bad) as found:
        del found[name]
    report = judged(model._replace(folder=bad))
    wrong = {"L1": "fail load.keys", "L2": "fail spec.conflict"}  # the headers count fewer
    assert seen(report, "L3 L4 L5 L6 L7 L8") == ("failed", wrong), why(report)


@pytest.mark.parametrize("fault", LEARNT)
def test_an_answer_that_is_none_is_found(
    fault: str, lessons: Lessons, judged: Judge, tmp_path: Path
) -> None:
    model = model_of(LLAMA, lessons)
    bad = copied(model.folder, tmp_path / "bad")
    FAULTS[fault](bad)
    report = judged(model._replace(folder=bad))
    assert seen(report, "L8") == ("failed", LEARNT[fault].wrong), why(report)


@pytest.mark.parametrize("template", ["lost there too", "as it was", "left out"])
def test_a_lost_newline_of_a_prompt_is_a_token_that_vanishes(
    template: str, lessons: Lessons, judged: Judge
) -> None:
    tree = copy.deepcopy(lessons(NEOX).tree)
    prompt = tree["prompt"]
    prompt["format"]["value"] = prompt["format"]["value"].removesuffix("\n")
    if template == "left out":
        del prompt["chat_template"]
    elif template == "lost there too":
        whole = prompt["chat_template"]["value"]
        prompt["chat_template"]["value"] = whole.replace("Response:\\n'", "Response:'")
        assert whole != prompt["chat_template"]["value"]
    report = judged(lessons(NEOX)._replace(tree=tree))
    assert seen(report, "L3 L6 L7 L8") == ("failed", {"L2": "fail spec.conflict"}), why(report)


@pytest.mark.parametrize(("fault", "name"), IN_MEMORY)
def test_what_computes_otherwise_is_found(
    fault: str, name: str, lessons: Lessons, judged: Judge, forking: Children, tmp_path: Path
) -> None:
    row = IN_MEMORY[fault, name]
    model = own_code(fault, name, lessons, tmp_path)
    repeats = "L8" in row.wrong
    report = judged(model, layers=9 if repeats else 8, allow_remote_code=True, children=forking)
    left = row.whatever if repeats else f"L8 {row.whatever}"
    verdict = "failed" if row.wrong else "passed"
    assert seen(report, left) == (verdict, row.wrong), why(report)


def own_code(fault: str, name: str, lessons: Lessons, folder: Path) -> Taught:
    """Return a model whose repository ships code with a fault, and an example that asks for it."""
    if name == QWEN:
        model = lessons(LLAMA, architecture=("qwen3", "Qwen3ForCausalLM"))
    else:
        model = lessons(name)
    bad = copied(model.folder, folder / "bad")
    FAULTS[fault](bad)
    return with_code(model._replace(folder=bad), ", trust_remote_code=True")


def test_code_of_a_repository_runs_in_a_process_of_its_own(
    lessons: Lessons, judged: Judge, tmp_path: Path
) -> None:
    model = own_code("code k norm by q norm", QWEN, lessons, tmp_path)
    report = judged(model, allow_remote_code=True)
    assert seen(report, "L3 L5 L6 L7 L8") == ("failed", OTHER_LOGITS.wrong), why(report)


def test_each_fault_is_in_a_table_and_found_where_it_says() -> None:
    rows = [(fault, row) for (fault, _), row in {**IN_FILES, **IN_MEMORY}.items()]
    known: dict[str, list[Row]] = {}
    for fault, row in [*rows, *LEARNT.items()]:
        known.setdefault(fault, []).append(row)
    assert {name for name in FAULTS if name not in known} == ELSEWHERE
    for fault, found in known.items():
        told = FAULTS[fault].seen_by
        for row in found:
            says = {layer for layer, code in told.items() if code in row.wrong.get(layer, "")}
            assert says or not told, f"{fault}: {row}"
