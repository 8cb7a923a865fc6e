"""Settings put together: one setup for each run that a card tells apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from cardkit.facts import Fact, Problem
from cardkit.training.settings import STRONG, Setting
from cardkit.training.training_places import Path, Places


class Mark(NamedTuple):
    """A setting, and where and of what it was said."""

    setting: Setting
    path: Path
    stage: str | None
    row: str | None = None
    """The member of a family that it is about, where a table tells them apart."""


class Setup(NamedTuple):
    """What belongs to one training run."""

    stage: str | None
    path: Path
    marks: list[Mark]
    configs: list[Any]


def setups_of(
    marks: list[Mark], configs: list[tuple[Path, str | None, Any]], default: str | None
) -> list[Setup]:
    """Return the settings put together: one setup for each stage, section or row told apart."""
    setups: list[Setup] = []
    for mark in marks:
        found = _same_place(mark, setups)
        stage = mark.stage or default
        if found is None:
            found = next((s for s in setups if _belongs(mark, stage, s)), None)
        if found is None:
            found = Setup(stage, mark.path, [], [])
            setups.append(found)
        seen = {(m.setting.name, m.setting.fact.value, m.row) for m in found.marks}
        if (mark.setting.name, mark.setting.fact.value, mark.row) not in seen:
            found.marks.append(mark)
    setups = [part for setup in setups for part in _by_rows(setup)]
    for path, named, value in configs:
        stage = named or default
        home = next((s for s in setups if s.stage == stage and s.path == path), None)
        home = home or next((s for s in setups if s.stage == stage), None)
        if home is None:
            home = Setup(stage, path, [], [])
            setups.append(home)
        home.configs.append(value)
    return setups


def _same_place(mark: Mark, setups: list[Setup]) -> Setup | None:
    """Return the setup of a section for a setting of it that names no stage."""
    if mark.stage is not None or not mark.path:
        return None
    return next((s for s in setups if s.path == mark.path), None)


def _belongs(mark: Mark, stage: str | None, setup: Setup) -> bool:
    """Return whether a setting is of a setup: the same stage, and no second run of its own."""
    if stage != setup.stage:
        return False
    if mark.path == setup.path or not mark.path or not setup.path:
        return True
    other = {m.setting.name: m.setting.fact.value for m in setup.marks if m.path != mark.path}
    name = mark.setting.name
    own = [m for m in setup.marks if m.path == mark.path]
    siblings = (
        len(mark.path) == len(setup.path)
        and mark.path[:-1] == setup.path[:-1]
        and name in STRONG
        and name in other
        and other[name] != mark.setting.fact.value
    )
    return not siblings or bool(own)


def _by_rows(setup: Setup) -> Iterator[Setup]:
    """Yield a setup once for each kind of row that gives it other values."""
    rows: dict[tuple[tuple[str, Any], ...], list[Mark]] = {}
    for row in sorted({m.row for m in setup.marks if m.row is not None}):
        of_row = [m for m in setup.marks if m.row == row]
        key = tuple((m.setting.name, m.setting.fact.value) for m in of_row)
        rows.setdefault(key, of_row)
    if len(rows) < 2:
        kept = next(iter(rows.values()), [])
        marks = [m for m in setup.marks if m.row is None or m in kept]
        yield setup._replace(marks=marks)
        return
    for i, of_row in enumerate(rows.values()):
        marks = [m for m in setup.marks if m.row is None or m in of_row]
        yield setup._replace(marks=marks, configs=setup.configs if i == 0 else [])


def draft(setup: Setup, hardware: Fact | None, framework: Fact | None) -> dict[str, Any] | None:
    """Return a setup as the record shows it."""
    shown: dict[str, Any] = {"stage": setup.stage, "hyperparameters": []}
    for mark in setup.marks:
        setting = mark.setting
        shown["hyperparameters"].append(
            {
                "name": setting.name,
                "value": setting.fact,
                "unit": setting.unit,
                "text": setting.text,
            }
        )
    shown["hardware"], shown["framework"] = hardware, framework
    shown["configs"] = setup.configs
    return shown if setup.marks or setup.configs or framework else None


def conflicts(setups: Iterable[Setup]) -> Iterator[Problem]:
    """Yield a problem for each setting with two values in one setup."""
    for setup in setups:
        values: dict[str, list[Mark]] = {}
        for mark in setup.marks:
            values.setdefault(mark.setting.name, []).append(mark)
        for name, marks in values.items():
            units = {mark.setting.unit for mark in marks}
            if len(marks) > 1 and (None in units or len(units) < len(marks)):
                given = " and ".join(str(mark.setting.fact.value) for mark in marks)
                yield Problem(
                    "hyperparameter-conflict",
                    "warning",
                    f"{name} is given as {given}. Keep the value of this model, or say which run "
                    "each one belongs to.",
                    marks[1].setting.fact.where,
                )


def stage_conflicts(setups: list[Setup], places: Places) -> Iterator[Problem]:
    """Yield a problem where settings stand under a stage that the card does not give its model."""
    if not any(mark.stage for setup in setups for mark in setup.marks):
        return
    given = places.given_stage()
    if given is None:
        return
    stage, _ = given
    for setup in setups:
        named = next((mark for mark in setup.marks if mark.stage), None)
        if named is not None and named.stage not in (None, stage, "pretrain"):
            yield Problem(
                "stage-conflict",
                "warning",
                f"The settings are those of {named.stage}, but the card says that the model went "
                f"through {stage}. Name the stage that they belong to.",
                named.setting.fact.where,
            )
