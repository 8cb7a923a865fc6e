"""L4 judges ranks and probabilities, by the number format and by what rounding alone costs."""

from __future__ import annotations

from typing import Any

import pytest

from cardkit.checks import l4_parity
from cardkit.checks.limits import dtype_limits, limits
from cardkit.entries.entry import Entry
from cardkit.outcome import Error, Floor, Load, Outcome, Parity
from cardkit.plan import Plan, Source, Untried
from cardkit.report import Figure, Finding, Layer

PLAN = Plan(
    entry=Entry(name="tiny"),
    hub="huggingface",
    id="none/tiny",
    device="npu:0",
    kind="causal",
    loader="AutoModelForCausalLM",
    source=Source(origin="none"),
)
FLOOR = Floor(mutual_top5=1.0, mean_kl=2e-4, delta_logp=0.015, cosine=0.999)
LOAD = Load(called="AutoModelForCausalLM", model="L", module="transformers", seconds=1.0)
HEALTHY = Parity(
    reference="LlamaForCausalLM on cpu in float32",
    dtype="bfloat16",
    tokens=74,
    mutual_top5=1.0,
    mean_kl=2.5e-4,
    delta_logp=0.016,
    top1=0.96,
    max_absolute=0.31,
    mean_absolute=0.02,
    cosine=0.998,
    within_1_percent=0.33,
    reference_bytes=1000,
    floor=FLOOR,
)


def judged(**other: Any) -> Layer:
    return l4_parity.check(PLAN, Outcome(parity=HEALTHY.model_copy(update=other)))


def said(layer: Layer) -> list[tuple[str, str, str]]:
    return [(each.code, each.severity, each.said) for each in layer.findings]


def test_shows_every_figure_and_judges_three() -> None:
    assert judged() == Layer(
        name="L4",
        title="device parity",
        verdict="pass",
        because="logits of 74 positions, in bfloat16, against LlamaForCausalLM on cpu in float32",
        figures=(
            Figure(name="mutual top 5", value=100.0, unit="%", limit=100.0),
            Figure(name="mean KL", value=2.5e-4, unit="nats", limit=0.01),
            Figure(name="delta-logp of the top 5", value=0.016, unit="nats", limit=0.2),
            Figure(name="mean KL, of rounding alone", value=2e-4, unit="nats"),
            Figure(name="delta-logp of the top 5, of rounding alone", value=0.015, unit="nats"),
            Figure(name="same first token", value=96.0, unit="%"),
            Figure(name="cosine, least", value=0.998),
            Figure(name="largest absolute error", value=0.31),
            Figure(name="mean absolute error", value=0.02),
            Figure(name="within 1 %", value=33.0, unit="%"),
            Figure(name="rule of CANN's comparison", value=True),
            Figure(name="memory of the reference", value=1000, unit="bytes"),
        ),
    )


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"mutual_top5": 0.986}, "mutual top 5 98.6 % under 100 %"),
        ({"mean_kl": 0.011}, "mean KL 0.011 over 0.01"),
        (
            {"delta_logp": 0.21},
            "delta-logp of the top 5 0.21, 14 times what rounding alone costs (0.015)",
        ),
        (
            {"delta_logp": 0.061},
            "delta-logp of the top 5 0.061, 4.07 times what rounding alone costs (0.015)",
        ),
        ({"delta_logp": 0.21, "floor": None}, "delta-logp of the top 5 0.21 over 0.2"),
        (
            {"mutual_top5": 0.54, "mean_kl": 1.45, "floor": None},
            "mutual top 5 54 % under 100 %, mean KL 1.45 over 0.01",
        ),
    ],
)
def test_fails_what_is_beyond_a_limit(other: dict[str, Any], words: str) -> None:
    layer = judged(**other)
    assert (layer.verdict, said(layer)) == ("fail", [("parity.logits", "fail", words)])


def test_warns_where_rounding_explains_little() -> None:
    layer = judged(delta_logp=0.039)
    words = "delta-logp of the top 5 0.039, 2.6 times what rounding alone costs (0.015)"
    assert (layer.verdict, said(layer)) == ("pass", [("parity.logits", "warning", words)])


@pytest.mark.parametrize(
    ("dtype", "other"),
    [
        ("float32", {"mean_kl": 1.1e-6}),
        ("float32", {"delta_logp": 1.1e-3}),
        ("float16", {"mean_kl": 1.1e-3}),
        ("float16", {"delta_logp": 0.051}),
        ("bfloat16", {"mean_kl": 1.1e-2}),
    ],
)
def test_has_a_limit_for_each_number_format(dtype: str, other: dict[str, float]) -> None:
    none = {"mean_kl": 0.0, "delta_logp": 0.0, "dtype": dtype, "floor": None}
    assert [judged(**none).verdict, judged(**none | other).verdict] == ["pass", "fail"]


def test_takes_the_widest_limit_of_several_formats() -> None:
    assert judged(dtype="bfloat16,float32").verdict == "pass"
    assert judged(dtype="float16,float32", floor=None, mean_kl=2e-3).verdict == "fail"


def test_decides_nothing_without_limits_for_a_format() -> None:
    layer = judged(dtype="uint8")
    assert (layer.verdict, layer.because) == ("unknown", "no limits are known for uint8")
    assert [each.limit for each in layer.figures] == [None] * len(layer.figures)


@pytest.mark.parametrize(
    "other",
    [
        {"mean_kl": 0.55, "delta_logp": 0.95, "mutual_top5": 0.72},
        {"mean_kl": 0.062, "delta_logp": 0.13, "mutual_top5": 0.99},
    ],
)
def test_decides_nothing_where_rounding_alone_is_as_far(other: dict[str, float]) -> None:
    noisy = Floor(mutual_top5=0.9, mean_kl=0.4, delta_logp=0.7)
    layer = judged(**other, floor=noisy)
    assert (layer.verdict, layer.findings) == ("unknown", ())
    assert layer.because == (
        "rounding to bfloat16 moves the reference itself beyond the limits: this model decides "
        "nothing"
    )
    assert judged(**other | {"mean_kl": 2.0}, floor=noisy).verdict == "fail"


def test_fails_values_that_are_not_finite() -> None:
    broken = Parity(reference="L", dtype="bfloat16", tokens=3, finite=False)
    layer = l4_parity.check(PLAN, Outcome(parity=broken))
    words = "values on the device are not finite, the reference's are"
    assert (layer.verdict, said(layer)) == ("fail", [("parity.logits", "fail", words)])
    assert layer.figures == (Figure(name="memory of the reference", value=0, unit="bytes"),)


@pytest.mark.parametrize(
    ("cosine", "floor", "verdict"),
    [
        (0.9990, 0.9991, "pass"),
        (0.9890, 0.9991, "fail"),
        (0.9905, 0.9991, "fail"),
        (0.9700, 0.9800, "unknown"),
        (0.9890, None, "fail"),
        (0.9910, None, "pass"),
    ],
)
def test_judges_hidden_states_by_the_least_cosine(
    cosine: float, floor: float | None, verdict: str
) -> None:
    hidden = Parity(
        reference="BertModel on cpu in float32",
        dtype="bfloat16",
        tokens=9,
        max_absolute=0.5,
        mean_absolute=0.01,
        cosine=cosine,
        within_1_percent=0.6,
        floor=floor and Floor(cosine=floor),
    )
    plan = PLAN.model_copy(update={"kind": "embedding"})
    layer = l4_parity.check(plan, Outcome(parity=hidden))
    assert layer.verdict == verdict
    assert layer.figures[0] == Figure(name="cosine, least", value=cosine, limit=0.99)


def test_says_that_a_cpu_in_float32_shows_nothing_of_a_device() -> None:
    plan = PLAN.model_copy(update={"device": "cpu"})
    same = HEALTHY.model_copy(
        update={"dtype": "float32", "floor": None, "mean_kl": 0.0, "delta_logp": 0.0}
    )
    assert l4_parity.check(plan, Outcome(parity=same)).because.endswith(
        "; the model ran on the CPU in float32 itself: this shows nothing of another device"
    )


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        (Outcome(loads=(LOAD,), parity=Untried(untried="no prompt reached it")), "skipped"),
        (Outcome(error=Error(type="ValueError", message="no")), "unknown"),
    ],
)
def test_says_why_there_is_nothing_to_judge(outcome: Outcome, verdict: str) -> None:
    layer = l4_parity.check(PLAN, outcome)
    assert (layer.verdict, layer.findings, bool(layer.because)) == (verdict, (), True)


@pytest.mark.parametrize(
    ("cosine", "largest", "expected"),
    [
        (0.995, 0.9, True),
        (0.98, 0.0009, True),
        (0.98, 0.002, False),
        (0.89, 0.0001, False),
        (0.999, 1.1, False),
    ],
)
def test_reads_the_rule_of_canns_comparison(cosine: float, largest: float, expected: bool) -> None:
    found = HEALTHY.model_copy(update={"cosine": cosine, "max_absolute": largest})
    assert l4_parity.reached(found) is expected


def test_limits_widen_with_the_format_and_l5s_margins_are_twice_l4s() -> None:
    for name in ("mean_kl", "delta_logp"):
        rows = [limits("L4")[dtype][name] for dtype in ("float32", "float16", "bfloat16")]
        assert rows == sorted(rows)
    for dtype in ("float32", "float16", "bfloat16"):
        own = dtype_limits("L4", dtype)
        assert own is not None
        assert dtype_limits("L5", dtype) == {"margin": pytest.approx(2 * own["delta_logp"])}


def test_a_finding_names_the_next_step() -> None:
    assert judged(mutual_top5=0.5).findings == (
        Finding(
            code="parity.logits",
            severity="fail",
            said="mutual top 5 50 % under 100 %",
            todo="the device computes something else than the CPU: try --dtype float32, "
            "another attention or driver",
        ),
    )
