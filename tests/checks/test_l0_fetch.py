"""Files are judged before anything is loaded from them."""

from __future__ import annotations

from typing import Any

import pytest

from cardkit.checks import l0_fetch, of_files
from cardkit.checks.l0_fetch import check
from outcomes import COMMIT, Outcome, files, outcome, plan

FAULTS: dict[str, tuple[dict[str, Any], dict[str, Any], tuple[str, str, str]]] = {
    "pickles only": (
        {},
        {"weights": (), "pickles": ("pytorch_model-1.bin", "pytorch_model-2.bin")},
        (
            "load.unsafe_weights",
            "fail",
            "no weights as safetensors; pickles, which can carry code: pytorch_model-1.bin, "
            "pytorch_model-2.bin",
        ),
    ),
    "no weights at all": (
        {},
        {"weights": ()},
        ("hub.not_found", "blocked", "databricks/dolly-v2-7b holds no weights at this revision"),
    ),
    "code without a commit": (
        {"allow_remote_code": True},
        {"code": ("modeling_ant.py",), "commit": None, "pin": "sha256:1"},
        (
            "load.remote_code_required",
            "blocked",
            "code of databricks/dolly-v2-7b may run at a pinned commit only, and the hub names "
            "none",
        ),
    ),
    "config keys that name code": (
        {},
        {"config_keys": ("auto_map",)},
        (
            "load.remote_code_required",
            "note",
            "keys that name code were dropped from its configs: auto_map",
        ),
    ),
    "a mirror's own hashes": (
        {},
        {"endpoint": "mirror.example", "tree_from": "mirror.example"},
        (
            "hub.mirror_mismatch",
            "warning",
            "the hashes too are those of mirror.example: that it holds the hub's own files is not "
            "proven",
        ),
    ),
}


def told(layer: Any) -> list[tuple[str, str, str]]:
    return [(each.code, each.severity, each.said) for each in layer.findings]


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_the_files_is_caught(fault: str) -> None:
    wishes, changes, expected = FAULTS[fault]
    layer = check(plan(**wishes), outcome(files=files(**changes)))
    severity = expected[1]
    verdict = severity if severity in ("fail", "blocked") else "pass"
    assert (told(layer), layer.verdict) == ([expected], verdict)


def test_pinned_files_with_hashes_pass_and_tell_where_they_are_from() -> None:
    layer = check(plan(), outcome())
    assert (layer.verdict, layer.findings, layer.because) == (
        "pass",
        (),
        f"8 files held to size and hash, at commit {COMMIT}.",
    )
    assert {each.name: each.value for each in layer.figures} == {
        "files": 8,
        "size": 13_712_000_000,
        "fetched now": 0,
        "files of weights as safetensors": 1,
        "files of pickled weights, left there": 0,
        "files of code": 0,
        "parameters by the headers": 6_856_056_832,
    }


def test_a_mirror_code_and_notes_are_told() -> None:
    got = files(
        endpoint="mirror.example", code=("modeling_ant.py",), notes=("one file came twice",)
    )
    assert check(plan(), outcome(files=got)).because == (
        f"8 files held to size and hash, at commit {COMMIT}. The bytes came from mirror.example, "
        "their hashes from huggingface.co. The repository's code is not run: modeling_ant.py. One "
        "file came twice."
    )


def test_a_rehearsals_files_are_called_a_stand_in() -> None:
    got = files(endpoint="127.0.0.1:8", tree_from="127.0.0.1:8", commit=None, pin="sha256:1")
    layer = check(plan(rehearsal=True), outcome(files=got))
    assert (layer.verdict, layer.findings, layer.because) == (
        "pass",
        (),
        "8 files held to size and hash, at hash sha256:1, there is no commit. They are a "
        "stand-in's, served by this machine.",
    )


def test_files_that_nothing_pins_are_unknown_and_missing_ones_blocked() -> None:
    loose = check(plan(), outcome(files=files(commit=None, pin="")))
    none = l0_fetch.check(plan(), Outcome())
    assert [(each.verdict, each.because) for each in (loose, none)] == [
        ("unknown", "neither a commit nor a hash says which files these are"),
        ("blocked", "nothing was fetched"),
    ]


@pytest.mark.parametrize("name", FAULTS)
def test_nothing_runs_from_files_that_fail_or_block(name: str) -> None:
    wishes, change, (code, severity, _) = FAULTS[name]
    found = of_files(plan(**wishes), files(**change))
    stops = severity in ("fail", "blocked")
    assert [(each.code, each.severity) for each in found] == [(code, severity)] * stops


def test_no_files_stop_nothing() -> None:
    assert of_files(plan(), None) == of_files(plan(), files()) == ()
