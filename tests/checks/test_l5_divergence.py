"""L5 lets near ties pass, and fails a divergence where the reference is sure."""

from __future__ import annotations

from typing import Any

import pytest

from cardkit.checks import l5_divergence
from cardkit.entries.entry import Entry
from cardkit.outcome import Divergence, Floor, Load, Outcome, Parity
from cardkit.plan import Plan, Source, Untried
from cardkit.report import Figure, Layer

PLAN = Plan(
    entry=Entry(name="tiny"),
    hub="huggingface",
    id="none/tiny",
    device="npu:0",
    kind="causal",
    loader="AutoModelForCausalLM",
    source=Source(origin="none"),
)
LOAD = Load(called="AutoModelForCausalLM", model="L", module="transformers", seconds=1.0)
PARTED = Divergence(tokens=8, at=7, margin=0.05, delta_logp=0.02, in_top5=True, dtype="bfloat16")


def judged(floor: Floor | None = None, **other: Any) -> Layer:
    near = Parity(reference="L", dtype="bfloat16", tokens=9, floor=floor)
    found = PARTED.model_copy(update=other)
    return l5_divergence.check(PLAN, Outcome(divergence=found, parity=near))


def test_passes_greedy_tokens_that_are_the_same() -> None:
    same = Divergence(tokens=48, delta_logp=0.02, dtype="bfloat16")
    assert l5_divergence.check(PLAN, Outcome(divergence=same)) == Layer(
        name="L5",
        title="generation parity",
        verdict="pass",
        because="48 greedy tokens are the reference's",
        figures=(
            Figure(name="greedy tokens compared", value=48),
            Figure(name="delta-logp of L4", value=0.02, unit="nats"),
        ),
    )


def test_passes_a_near_tie() -> None:
    assert judged() == Layer(
        name="L5",
        title="generation parity",
        verdict="pass",
        because="new token 8 differs in a near tie: the reference prefers its own by 0.05 nats, "
        "within 0.4",
        figures=(
            Figure(name="greedy tokens compared", value=8),
            Figure(name="first that differs", value=8),
            Figure(name="margin of the reference", value=0.05, unit="nats", limit=0.4),
            Figure(name="each in the other's top 5", value=True),
            Figure(name="delta-logp of L4", value=0.02, unit="nats"),
        ),
    )


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (
            {"margin": 0.41},
            "new token 8 differs, the reference prefers its own by 0.41 nats, over 0.4",
        ),
        (
            {"in_top5": False},
            "new token 8 differs, and one is not in the other's top 5; the reference prefers its "
            "own by 0.05 nats",
        ),
        (
            {"margin": None, "in_top5": False},
            "new token 8 differs: it comes from logits that are not finite",
        ),
        (
            {"margin": 0.11, "dtype": "float16"},
            "new token 8 differs, the reference prefers its own by 0.11 nats, over 0.1",
        ),
    ],
)
def test_fails_a_sure_divergence(other: dict[str, Any], words: str) -> None:
    layer = judged(**other)
    told = [(each.code, each.severity, each.said) for each in layer.findings]
    assert (layer.verdict, told) == ("fail", [("parity.divergence", "fail", words)])


def test_decides_nothing_where_rounding_alone_turns_as_much() -> None:
    noisy = Floor(delta_logp=0.7)
    layer = judged(noisy, margin=2.4, in_top5=False)
    assert (layer.verdict, layer.because) == (
        "unknown",
        "new token 8 differs, the reference prefers its own by 2.4 nats: rounding alone may turn "
        "2.8 in this model",
    )
    assert judged(noisy, margin=2.9).verdict == "fail"
    assert judged(Floor(delta_logp=0.02), margin=0.41).verdict == "fail"


def test_decides_nothing_without_limits_for_a_format() -> None:
    assert judged(dtype="uint8").verdict == "unknown"


def test_says_why_there_is_nothing_to_judge() -> None:
    untried = Untried(untried="it writes nothing")
    layer = l5_divergence.check(PLAN, Outcome(loads=(LOAD,), divergence=untried))
    assert (layer.verdict, layer.because) == ("skipped", "it writes nothing")
    assert l5_divergence.check(PLAN, Outcome()).verdict == "blocked"
