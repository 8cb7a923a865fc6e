"""Each signal catches what it is for and leaves alone what looks like it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cardkit.checks.text_signals import DECIDING, SIGNALS, Given, signals, weight

FOLDER = Path(__file__).with_suffix("").with_name("text_signals")
MARKERS = ("### Instruction:", "### Response:", "### End")


def test_an_answer_gives_its_signals(case: Any) -> None:
    parts = case.parts
    given = Given(
        text=parts["answer"],
        asked=parts["asked"],
        prompt=parts.get("prompt", parts["asked"]),
        markers=MARKERS,
    )
    assert list(signals(given).values()) == parts["said"].splitlines()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (Given("word", stops=True, ended=False, new_tokens=256), "it did not end in 256 tokens"),
        (Given("word", stops=True, ended=False, new_tokens=255), ""),  # the example's own limit
        (Given("word", stops=True, ended=True, new_tokens=400), ""),
        (Given("word", stops=False, ended=False, new_tokens=400), ""),  # a base model goes on
    ],
)
def test_an_answer_with_a_documented_end_ought_to_end(given: Given, said: str) -> None:
    assert signals(given).get("endless", "") == said


def test_a_letter_that_a_limit_cut_is_no_broken_text() -> None:
    cut = Given("Ants \U0001f41c\ufffd", ended=False)
    assert [signals(cut), signals(cut._replace(ended=True))] == [
        {},
        {"replaced": "14% of it are replacement characters"},
    ]


@pytest.mark.parametrize("name", SIGNALS)
def test_each_signal_has_texts_that_it_catches_and_texts_that_pass(
    name: str, read_cases: Any
) -> None:
    if name == "endless":
        return  # it looks at more than the text: above
    cases = read_cases(FOLDER / f"{name}.md")
    caught = [case for case in cases if case.parts["said"]]
    for case in caught:
        given = Given(case.parts["answer"], case.parts["asked"],
                      case.parts.get("prompt", ""), MARKERS)  # fmt: skip
        assert name in signals(given), case.title
    assert 0 < len(caught) < len(cases)


def test_one_signal_is_a_warning_and_two_or_one_that_decides_a_failure() -> None:
    weights = [weight({name: "said"}) for name in SIGNALS]
    assert weights == [2 if name in DECIDING else 1 for name in SIGNALS]
    assert weight({"grams": "said", "lines": "said"}) == 2
