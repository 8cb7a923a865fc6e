"""The answer is the one that the card prints: word for word, or of its kind where it is sampled."""

from __future__ import annotations

from typing import Any

import pytest

from cardkit.checks.l7_output import check
from cardkit.plan import Plan, Source
from outcomes import DOLLY, TEXT, answer, decided, outcome
from outcomes import plan as plan_of

PROMPT = "Tell me how a lock on a canal works."


def plan(expected: str | None, **more: Any) -> Plan:
    leaf = None if expected is None else {"value": expected, "card": "1-9"}
    return plan_of(decided(DOLLY, example={"expected_output": leaf}), **more)


def told(layer: Any) -> tuple[str, list[tuple[str, str]]]:
    return layer.verdict, [(each.code, each.said) for each in layer.findings]


@pytest.mark.parametrize(
    ("expected", "text", "printed", "capped"),
    [
        (TEXT, TEXT, "", None),
        (f"  {TEXT}\n", TEXT.replace(" ", "\n"), "", None),
        (PROMPT + TEXT, TEXT, "", None),
        (f"[{{'generated_text': '{TEXT}'}}]", TEXT, f"[{{'generated_text': '{TEXT}'}}]\n", None),
        (TEXT, TEXT[:80], "", 500),
    ],
)
def test_a_greedy_answer_that_is_the_cards_passes(
    expected: str, text: str, printed: str, capped: int | None
) -> None:
    got = answer(text, greedy=True, capped=capped, ended=capped is None, prompts=(PROMPT,))
    assert told(check(plan(expected), outcome(answers=(got,), printed=printed))) == ("pass", [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            TEXT.replace("chamber", "basin"),
            "after 12 characters the card has 'chamber with a gate at each end. A boat ' and the "
            "model 'basin with a gate at each end. A boat go'",
        ),
        (
            TEXT[:20],
            "after 19 characters the card has ' with a gate at each end. A boat goes in' and the "
            "model nothing",
        ),
    ],
)
def test_a_greedy_answer_with_another_word_fails(text: str, said: str) -> None:
    got = answer(text, greedy=True)
    layer = check(plan(TEXT), outcome(answers=(got,)))
    assert told(layer) == ("fail", [("out.mismatch", said)])


def test_one_answer_of_several_is_enough() -> None:
    answers = (answer("A canal is wide.", greedy=True), answer(TEXT, greedy=True))
    assert told(check(plan(TEXT), outcome(answers=answers))) == ("pass", [])


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (TEXT, "Gates close behind the boat, and water lifts it to the next level."),
        ("42", "41"),
        ('{"level": 1}', '{"level": 2}'),
        ("运河的船闸有两扇闸门。", "船闸让船升降。"),
        ("Sure!", "Of course, gladly."),
    ],
)
def test_a_sampled_answer_of_the_same_kind_and_subject_passes(expected: str, text: str) -> None:
    assert told(check(plan(expected), outcome(answers=(answer(text),)))) == ("pass", [])


@pytest.mark.parametrize(
    ("expected", "text", "said"),
    [
        ("42", TEXT, "the card prints a number, the model gave text"),
        ('{"level": 1}', "1", "the card prints JSON, the model gave a number"),
        (
            TEXT,
            "Cats purr when they are glad, and sometimes when they hurt.",
            "the answer has none of the card's 12 terms: behind, boat, chamber, closes, each and "
            "7 more",
        ),
        (TEXT, "", "the card prints text, the model gave nothing"),
    ],
)
def test_a_sampled_answer_of_another_kind_or_subject_fails(
    expected: str, text: str, said: str
) -> None:
    layer = check(plan(expected), outcome(answers=(answer(text),)))
    assert told(layer) == ("fail", [("out.mismatch", said)])


def test_likeness_is_shown_and_not_judged() -> None:
    got = "Gates close behind the boat, and water lifts it to the next level."
    layer = check(plan(TEXT), outcome(answers=(answer(got),)))
    assert [(each.name, each.limit) for each in layer.figures] == [
        ("similarity", None),
        ("greedy", None),
    ]
    assert layer.because == "sampled: held against the card by its kind and its terms"


@pytest.mark.parametrize(
    ("wishes", "pieces", "expected"),
    [
        (
            plan(TEXT, rehearsal=True),
            {},
            ("skipped", "a stand-in with random weights says nothing that a card prints"),
        ),
        (plan(None), {}, ("skipped", "the card prints no output of its example")),
        (
            plan(TEXT, source=Source(origin="prompt")),
            {},
            ("skipped", "the card's output is of another example than the one that ran"),
        ),
        (
            plan(TEXT),
            {"answers": ()},
            ("unknown", "the run came to its end and did not measure it"),
        ),
        (plan(TEXT), {"answers": (answer(texts=()),)}, ("unknown", "the example gave no text")),
    ],
)
def test_what_cannot_be_compared_has_its_reason(
    wishes: Plan, pieces: dict[str, Any], expected: tuple[str, str]
) -> None:
    layer = check(wishes, outcome(**pieces))
    assert (layer.verdict, layer.because) == expected
