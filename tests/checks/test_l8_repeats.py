"""The same seed gives the same answer: on a CPU it must, on a device it is reported."""

from __future__ import annotations

import pytest

from cardkit.checks.l8_repeats import check
from cardkit.outcome import Repeats
from cardkit.plan import Untried
from outcomes import load, outcome, plan

IN_PROCESS = Repeats(in_process=False, differs_at=3, new_process=True)
IN_ANOTHER = Repeats(in_process=True, new_process=False)


@pytest.mark.parametrize(
    ("repeats", "said"),
    [
        (IN_PROCESS, "seed 0 gave another answer in the same process, from new token 3 on"),
        (IN_ANOTHER, "seed 0 gave another answer in a new process"),
    ],
)
@pytest.mark.parametrize(
    ("device", "severity", "verdict"),
    [("cpu", "fail", "fail"), ("npu:0", "note", "pass"), ("cuda:0", "note", "pass")],
)
def test_another_answer_fails_on_a_cpu_and_is_reported_on_a_device(
    repeats: Repeats, said: str, device: str, severity: str, verdict: str
) -> None:
    got = outcome(repeats=repeats, loads=(load(devices=(device,)),))
    layer = check(plan(device=device), got)
    assert ([(each.code, each.severity, each.said) for each in layer.findings], layer.verdict) == (
        [("out.nondeterministic", severity, said)],
        verdict,
    )


def test_the_same_answer_passes() -> None:
    layer = check(plan(), outcome())
    assert (layer.verdict, layer.findings, layer.because) == (
        "pass",
        (),
        "seed 0 twice in one process and in a new process",
    )


def test_what_was_not_repeated_is_told() -> None:
    once = Repeats(in_process=True, untried="a new process was not tried")
    assert check(plan(device="npu:0"), outcome(repeats=once)).because == (
        "seed 0 twice in one process; on npu:0 a difference is reported, not judged; a new process "
        "was not tried"
    )


def test_nothing_repeated_is_no_pass() -> None:
    layers = [
        check(plan(), outcome(repeats=each))
        for each in (Repeats(), Repeats(untried="it cannot"), Untried(untried="nothing"), None)
    ]
    assert [(each.verdict, each.because) for each in layers] == [
        ("unknown", "nothing was run a second time"),
        ("unknown", "it cannot"),
        ("skipped", "nothing"),
        ("unknown", "the run came to its end and did not measure it"),
    ]
