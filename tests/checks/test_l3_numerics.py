"""Sound numbers pass in each number format; each unsound one is caught."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import pytest

from cardkit.checks.l3_numerics import check
from cardkit.outcome import Loss
from cardkit.plan import Untried
from outcomes import load, numerics, outcome, plan

CAUSALITY = "changing what follows a prefix changes the prefix's logits"
CACHE = "the logits with the cache differ from those without"
PADDING = "the last logits change with left padding"
FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "NaN": (
        {"finite": False, "not_finite": ("logits", "gpt_neox.embed_in.weight")},
        "num.not_finite",
        "values that are no numbers, or infinite, in logits, gpt_neox.embed_in.weight",
    ),
    "not finite, without saying where": (
        {"finite": False},
        "num.not_finite",
        "values that are no numbers, or infinite, in the logits",
    ),
    "a parameter that is not finite, though the logits are": (
        {"not_finite": ("gpt_neox.embed_in.weight",)},
        "num.not_finite",
        "values that are no numbers, or infinite, in gpt_neox.embed_in.weight",
    ),
    "a loss that is no number": (
        {"untried": {"loss of en": "it is not finite"}},
        "num.not_finite",
        "loss of en: it is not finite",
    ),
    "random weights": (
        {"losses": (Loss(text="en", tokens=120, nats=10.9),)},
        "num.loss",
        "it foretells 'en' with a loss of 10.90 nats for each of 120 tokens; guessing among 50,280 "
        "costs 10.83, the limit is 6.50",
    ),
    "a NaN beside a bad loss": (
        {
            "losses": (
                Loss(text="zh", tokens=90, nats=nan),
                Loss(text="en", tokens=120, nats=7.0),
            )
        },
        "num.loss",
        "it foretells 'en' with a loss of 7.00 nats for each of 120 tokens; guessing among 50,280 "
        "costs 10.83, the limit is 6.50",
    ),
    "attention that looks ahead": (
        {"causality": 3.0},
        "num.causality",
        f"{CAUSALITY}, by up to 3; their standard deviation is 2, the limit 1",
    ),
    "a cache of other positions": (
        {"cache": 2.5},
        "num.cache",
        f"{CACHE}, by up to 2.5; their standard deviation is 2, the limit 1",
    ),
    "padding that is not masked": (
        {"padding": 3.2},
        "num.padding",
        f"{PADDING}, by up to 3.2; their standard deviation is 2, the limit 1",
    ),
    "padding that gives NaN": (
        {"padding": nan},
        "num.padding",
        f"{PADDING}, by up to nan; their standard deviation is 2, the limit 1",
    ),
    "a cache without end": (
        {"cache": inf},
        "num.cache",
        f"{CACHE}, by up to inf; their standard deviation is 2, the limit 1",
    ),
    "other tokens with the cache, and no logits to tell why": (
        {"cache": None, "cache_same_tokens": False},
        "num.cache",
        "greedy tokens with the cache differ from those without",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_unsound_number_is_caught(fault: str) -> None:
    changes, code, said = FAULTS[fault]
    layer = check(plan(), outcome(numerics=numerics(**changes)))
    assert ([(each.code, each.severity, each.said) for each in layer.findings], layer.verdict) == (
        [(code, "fail", said)],
        "fail",
    )


def test_sound_numbers_pass_with_their_limits() -> None:
    layer = check(plan(), outcome())
    assert (layer.verdict, layer.findings, layer.because) == (
        "pass",
        (),
        "finite values, causality, cache, padding, loss judged.",
    )
    limit = layer.figures[1].limit
    assert isinstance(limit, float)
    assert [(each.name, each.value, each.limit) for each in layer.figures] == [
        ("finite", True, None),
        ("loss of en", 2.4, limit),
        ("causality", 0.0, 1.0),
        ("cache", 0.1, 1.0),
        ("padding", 0.1, 1.0),
        ("standard deviation of the logits", 2.0, None),
        ("same tokens with the cache", True, None),
    ]
    assert round(limit, 2) == 6.5


@pytest.mark.parametrize(
    ("dtype", "healthy", "broken"),
    [("float32", 5e-5, 2e-3), ("float16", 0.03, 0.2), ("bfloat16", 0.23, 0.6),
     ("float32,bfloat16", 0.23, 0.6)],
)  # fmt: skip
@pytest.mark.parametrize("name", ["causality", "cache", "padding"])
def test_a_difference_is_held_against_the_limit_of_its_number_format(
    name: str, dtype: str, healthy: float, broken: float
) -> None:
    still = dict.fromkeys(("causality", "cache", "padding"), 0.0)
    verdicts = [
        check(
            plan(),
            outcome(
                loads=(load(dtype=dtype),), numerics=numerics(scale=1.0, **still | {name: value})
            ),
        ).verdict
        for value in (healthy, broken)
    ]
    assert verdicts == ["pass", "fail"]


def test_the_best_of_several_texts_decides() -> None:
    losses = (Loss(text="zh", tokens=90, nats=8.0), Loss(text="en", tokens=120, nats=2.4))
    assert check(plan(), outcome(numerics=numerics(losses=losses))).verdict == "pass"


def test_a_short_text_does_not_decide() -> None:
    short = numerics(losses=(Loss(text="en", tokens=15, nats=9.0),))
    layer = check(plan(), outcome(numerics=short))
    assert (layer.verdict, layer.because, layer.figures[1].limit) == (
        "pass",
        "finite values, causality, cache, padding judged; no text was long enough to judge the "
        "loss.",
        None,
    )


def test_a_rehearsals_loss_is_shown_and_not_judged() -> None:
    random = numerics(losses=(Loss(text="en", tokens=120, nats=10.9),))
    layer = check(plan(rehearsal=True), outcome(numerics=random))
    assert (layer.verdict, layer.because, layer.figures[1].value, layer.figures[1].limit) == (
        "pass",
        "finite values, causality, cache, padding judged; random weights foretell nothing, so the "
        "loss is not.",
        10.9,
        None,
    )


def test_a_rehearsals_differences_are_judged() -> None:
    layer = check(plan(rehearsal=True), outcome(numerics=numerics(causality=3.0)))
    assert layer.verdict == "fail"


def test_other_tokens_in_a_near_tie_are_a_warning() -> None:
    layer = check(plan(), outcome(numerics=numerics(cache_same_tokens=False)))
    assert ([(each.severity, each.said) for each in layer.findings], layer.verdict) == (
        [
            (
                "warning",
                "greedy tokens with the cache differ from those without, where two tokens are as "
                "good as equal",
            )
        ],
        "pass",
    )


def test_what_was_not_measured_is_told() -> None:
    changes = {"padding": None, "untried": {"padding": "the tokenizer has no pad token"}}
    assert check(plan(), outcome(numerics=numerics(**changes))).because == (
        "finite values, causality, cache, loss judged. Not measured, padding: the tokenizer has no "
        "pad token."
    )


@pytest.mark.parametrize(
    ("pieces", "because"),
    [
        (
            {"loads": (load(dtype="int8"),)},
            "causality, cache, padding cannot be judged: its number format has no limits",
        ),
        (
            {"numerics": numerics(scale=0.0)},
            "causality, cache, padding cannot be judged: all logits are the same",
        ),
        ({"numerics": None}, "the run came to its end and did not measure it"),
    ],
)
def test_what_cannot_be_judged_is_unknown(pieces: dict[str, Any], because: str) -> None:
    layer = check(plan(), outcome(**pieces))
    assert (layer.verdict, layer.because, layer.findings) == ("unknown", because, ())


def test_a_figure_that_came_out_as_no_number_fails_though_it_was_not_measured() -> None:
    layer = check(plan(), outcome(numerics=Untried(untried="scale is no finite number")))
    assert ([(each.code, each.said) for each in layer.findings], layer.verdict) == (
        [("num.not_finite", "scale is no finite number")],
        "fail",
    )


def test_a_measurement_with_a_reason_is_skipped() -> None:
    layer = check(plan(), outcome(numerics=Untried(untried="the model reads no text")))
    assert (layer.verdict, layer.because) == ("skipped", "the model reads no text")
