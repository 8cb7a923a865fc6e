"""How a run ended, and what it was not let do."""

from __future__ import annotations

from typing import Any

import pytest

from cardkit.checks.isolation import findings
from cardkit.outcome import Outcome
from outcomes import ISOLATION, error, outcome

FAULTS: dict[str, tuple[dict[str, Any], str, list[tuple[str, str, str]]]] = {
    "what it was denied": (
        {"denied": ("socket to 10.0.0.1:80", "read of /etc/shadow")},
        "end",
        [
            (
                "run.forbidden",
                "fail",
                "the run was not let do what it tried: socket to 10.0.0.1:80, read of /etc/shadow",
            )
        ],
    ),
    "it took too long": (
        {
            "stopped": "run.timeout",
            "said": "it took over 3,600 s",
            "seconds": 3600.2,
            "exit_code": -9,
        },
        "measure parity",
        [
            (
                "run.timeout",
                "blocked",
                "the run was ended after 3,600 s, at the step 'measure parity': it took over 3,600 "
                "s",
            )
        ],
    ),
    "it ate the memory": (
        {"stopped": "run.out_of_memory", "said": "it took 9 GB of 8", "exit_code": -9},
        "example",
        [
            (
                "run.out_of_memory",
                "blocked",
                "the run was ended after 20 s, at the step 'example': it took 9 GB of 8",
            )
        ],
    ),
    "it printed too much": (
        {"stopped": "run.limit", "said": "printed over 16 MB", "exit_code": -9},
        "example",
        [
            (
                "run.limit",
                "fail",
                "the run was ended after 20 s, at the step 'example': printed over 16 MB",
            )
        ],
    ),
    "it crashed": (
        {"exit_code": -11},
        "measure tensors",
        [
            (
                "run.exception",
                "fail",
                "the process was ended by SIGSEGV without an exception, after 20 s, at the step "
                "'measure tensors'",
            )
        ],
    ),
    "it left without a word": (
        {"exit_code": 0},
        "example",
        [
            (
                "run.exception",
                "fail",
                "the process ended with code 0 without an exception, after 20 s, at the step "
                "'example'",
            )
        ],
    ),
    "it crashed when all was done": (
        {"exit_code": -6},
        "end",
        [
            (
                "run.exception",
                "warning",
                "the process was ended by SIGABRT after all was measured",
            )
        ],
    ),
    "processes that it left": (
        {"left": 2},
        "end",
        [
            (
                "run.limit",
                "warning",
                "2 processes that the run had started had to be ended",
            )
        ],
    ),
    "nothing held it": (
        {"rung": "process"},
        "end",
        [
            (
                "run.forbidden",
                "note",
                "nothing closed off the run's files and network: it was a plain process",
            )
        ],
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_way_to_end_is_told(fault: str) -> None:
    changes, reached, expected = FAULTS[fault]
    held = ISOLATION.model_copy(update=changes)
    found = findings(outcome(isolation=held, reached=reached))
    assert [(each.code, each.severity, each.said) for each in found] == expected


def test_a_run_that_came_to_its_end_has_nothing_to_tell() -> None:
    assert list(findings(outcome())) == []


def test_a_run_that_was_not_begun_has_nothing_to_tell() -> None:
    assert list(findings(Outcome())) == []


def test_an_exception_says_itself_why_the_run_ended() -> None:
    held = ISOLATION.model_copy(update={"exit_code": 1})
    got = outcome(isolation=held, reached="example", error=error("ValueError", "no"))
    assert list(findings(got)) == []
