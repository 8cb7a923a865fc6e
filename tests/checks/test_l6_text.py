"""What came out is an answer, or the layer says what it is instead."""

from __future__ import annotations

from typing import Any

import pytest

from cardkit.checks.l6_text import check
from cardkit.entries.entry import Entry
from outcomes import ENTRIES, answer, outcome, plan

LOOP = "Cats purr because they are cats. " * 12
CUT = {"ended": False, "new_tokens": 256}
FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "looping text": (
        {"text": LOOP},
        "the answer, beginning 'Cats purr because they are cats. Cats purr because they are ': it "
        "compresses 9 times; 91% of its 4-word runs are repeated",
    ),
    "replacement characters": (
        {"text": "Ca\ufffds purr\ufffd"},
        "the answer, beginning 'Ca\ufffds purr\ufffd': 20% of it are replacement characters",
    ),
    "an echoed prompt": (
        {"text": "Tell me how a lock on a canal works."},
        "the answer, beginning 'Tell me how a lock on a canal works.': it repeats the prompt",
    ),
    "nothing": ({"text": " \n"}, "the answer: it is empty"),
    "a second turn, and no end": (
        {"text": "A chamber with gates.\n\n### Instruction:\nAnd a dam?", **CUT},
        "the answer, beginning 'A chamber with gates.\\n\\n### Instruction:\\nAnd a dam?': it "
        "holds '### Instruction:', a marker between turns; it did not end in 256 tokens",
    ),
}


def told(layer: Any) -> list[tuple[str, str, str]]:
    return [(each.code, each.severity, each.said) for each in layer.findings]


@pytest.mark.parametrize("fault", FAULTS)
def test_each_text_that_is_no_answer_fails(fault: str) -> None:
    changes, said = FAULTS[fault]
    layer = check(plan(), outcome(answers=(answer(**changes),)))
    assert (told(layer), layer.verdict) == ([("out.degenerate", "fail", said)], "fail")


def test_one_signal_is_a_warning() -> None:
    layer = check(plan(), outcome(answers=(answer(**CUT),)))
    assert ([each[1] for each in told(layer)], layer.verdict) == (["warning"], "pass")
    assert told(layer)[0][2].endswith("it did not end in 256 tokens")


def test_the_worst_of_several_answers_decides() -> None:
    layer = check(plan(), outcome(answers=(answer(), answer(""), answer(LOOP))))
    assert [said.partition(",")[0].partition(":")[0] for _, _, said in told(layer)] == [
        "answer 2 of 3",
        "answer 3 of 3",
    ]
    assert layer.verdict == "fail"


def test_an_answer_passes_with_its_figures() -> None:
    layer = check(plan(), outcome())
    assert (layer.verdict, layer.findings, layer.because) == (
        "pass",
        (),
        "1 answer searched for signals of a broken model or prompt",
    )
    assert [(each.name, each.value, each.limit) for each in layer.figures] == [
        ("answers", 1, None),
        ("compression, largest", 0.0, 4.0),
        ("repeated runs of words, largest share", 0.0, 0.5),
    ]


@pytest.mark.parametrize(
    ("entry", "leak"),
    [
        (ENTRIES["dolly-v2-7b"], "### End\nMore"),
        (ENTRIES["dclm-1b-it"], "### Instruction:\nMore"),
        (ENTRIES["tulu-2-13b"], "<|user|>\nMore"),
        (ENTRIES["redpajama-3b-chat"], "<|prompter|>More"),
        (ENTRIES["atom-7b-chat"], "Human: more"),
        (ENTRIES["deepseek-v2-chat"], "User: more"),
    ],
)
def test_the_markers_are_those_of_the_documented_prompt(entry: Entry, leak: str) -> None:
    layer = check(plan(entry=entry), outcome(answers=(answer(f"It is so.\n{leak}"),)))
    assert [said.rpartition(": ")[2][:8] for _, _, said in told(layer)] == ["it holds"]


def test_a_base_model_goes_on_as_it_likes() -> None:
    text = "it is pulled down by its own weight.\nUser: a word\n### Instruction: a heading"
    layer = check(plan(entry=ENTRIES["dclm-7b"]), outcome(answers=(answer(text, **CUT),)))
    assert (layer.verdict, layer.findings) == ("pass", ())


@pytest.mark.parametrize(
    ("wishes", "pieces", "expected"),
    [
        (
            {"rehearsal": True},
            {},
            ("skipped", "a stand-in with random weights says nothing that could be read"),
        ),
        ({}, {"answers": ()}, ("skipped", "the example generates no text")),
        (
            {},
            {"answers": (), "reached": "example"},
            ("unknown", "the process ended before it, at the step 'example'"),
        ),
    ],
)
def test_without_text_there_is_a_reason(
    wishes: dict[str, Any], pieces: dict[str, Any], expected: tuple[str, str]
) -> None:
    layer = check(plan(**wishes), outcome(**pieces))
    assert (layer.verdict, layer.because) == expected
