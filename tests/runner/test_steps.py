"""A run tells how long each step took, and what memory it had come to."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("torch", reason="needs the extra `run`")
pytest.importorskip("transformers", reason="needs the extra `run`")

from cardkit.outcome import Outcome
from example_runs import GENERATE

Ran = Callable[..., Outcome]


def test_each_step_has_its_seconds_and_its_peak(ran: Ran) -> None:
    speed = ran(GENERATE, layers="L1 L3 L4 L5 L8").speed
    assert speed is not None
    steps = [
        "import",
        "example",
        "measure tensors",
        "measure numerics",
        "load the reference",
        "measure parity",
        "measure divergence",
        "measure repeats",
    ]
    assert [*speed.seconds] == [*speed.peaks] == steps
    assert all(seconds > 0 for seconds in speed.seconds.values())
    assert speed.seconds["example"] >= speed.load_seconds
    assert [*speed.peaks.values()] == sorted(speed.peaks.values())
    assert speed.peaks["measure repeats"] == speed.peak_memory_checks


def test_layers_that_were_not_asked_for_cost_nothing(ran: Ran) -> None:
    speed = ran(GENERATE).speed
    assert speed is not None
    assert [*speed.seconds] == ["import", "example"]
