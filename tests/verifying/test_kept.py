"""A kept report is read again, and holds as long as nothing changes that it hangs on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cardkit.entries.registry import find
from cardkit.errors import CardkitError
from cardkit.outcome import Files
from cardkit.plan import Plan
from cardkit.report import Report
from cardkit.verifying import kept, planning
from cardkit.verifying.planning import Wishes

REGISTRY = find()


def plan(**wishes: object) -> Plan:
    return planning.make(REGISTRY, REGISTRY.load("dclm-7b"), Wishes(**wishes))  # type: ignore[arg-type]


def report(made: Plan, verdict: str = "passed") -> Report:
    return Report(
        model=made.entry.name,
        verdict=verdict,  # type: ignore[arg-type]
        device=made.device,
        files=Files(hub=made.hub, id=made.id, revision="main"),
        key=kept.key(made),
    )


def test_a_report_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    made = plan(device="npu:1", rehearse=True)
    path = kept.keep(report(made), tmp_path / "reports", kept.name(made))
    assert path is not None
    assert path == tmp_path / "reports" / "npu-1.rehearsal.json"
    assert kept.done(made, path.parent) == report(made)
    assert [each.name for each in path.parent.iterdir()] == ["npu-1.rehearsal.json"]


@pytest.mark.parametrize(
    "other",
    [
        {"revision": "v2"},
        {"seed": 1},
        {"layers": ["L0"]},
        {"dtype": "float16"},
        {"hub": "huggingface"},
    ],
)
def test_another_plan_is_judged_anew(tmp_path: Path, other: dict[str, object]) -> None:
    made = plan()
    kept.keep(report(made), tmp_path, kept.name(made))
    assert kept.done(plan(**other), tmp_path) is None
    assert kept.done(made, tmp_path) is not None


def test_another_environment_or_cardkit_judges_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = plan()
    kept.keep(report(made), tmp_path, kept.name(made))
    monkeypatch.setattr(kept, "__version__", "9.9")
    assert kept.done(made, tmp_path) is None
    monkeypatch.undo()
    monkeypatch.setattr(kept.environment, "told", lambda: {"torch": "9.9"})
    assert kept.done(made, tmp_path) is None


def test_what_was_blocked_was_not_judged(tmp_path: Path) -> None:
    made = plan()
    assert kept.keep(report(made, "blocked"), tmp_path, kept.name(made)) is not None
    assert kept.done(made, tmp_path) is None


def test_a_blocked_report_takes_no_judged_ones_place(tmp_path: Path) -> None:
    made = plan()
    kept.keep(report(made, "failed"), tmp_path, kept.name(made))
    assert kept.keep(report(made, "blocked"), tmp_path, kept.name(made)) is None
    assert kept.done(made, tmp_path) == report(made, "failed")


def test_a_model_whose_files_came_wrong_was_not_judged(tmp_path: Path) -> None:
    made = plan()
    wrong = report(made, "failed").model_copy(update={"files": None})
    assert kept.keep(wrong, tmp_path, kept.name(made)) is not None
    assert kept.done(made, tmp_path) is None
    kept.keep(report(made), tmp_path, kept.name(made))
    assert kept.keep(wrong, tmp_path, kept.name(made)) is None
    assert kept.done(made, tmp_path) == report(made)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"schema_version": "1"}', "null"])
def test_what_is_no_report_is_said_and_judged_anew(tmp_path: Path, text: str) -> None:
    with pytest.raises(CardkitError, match="no report of cardkit"):
        kept.read(text)
    made = plan()
    (tmp_path / kept.name(made)).write_text(text)
    assert kept.done(made, tmp_path) is None


def test_a_report_of_the_first_version_is_read_and_is_judged_anew(tmp_path: Path) -> None:
    made = plan()
    told = json.loads(report(made).model_dump_json()) | {"schema_version": "1"}
    del told["key"]
    assert kept.read(json.dumps(told)) == report(made).model_copy(update={"key": ""})
    (tmp_path / kept.name(made)).write_text(json.dumps(told))
    assert kept.done(made, tmp_path) is None


def test_a_newer_version_is_refused() -> None:
    told = json.loads(report(plan()).model_dump_json()) | {"schema_version": "99"}
    with pytest.raises(CardkitError, match="version 99"):
        kept.read(json.dumps(told))
