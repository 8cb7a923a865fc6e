"""The report: what was found, layer by layer, with everything that a reader must know."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from cardkit.errors import CardkitError
from cardkit.outcome import Answer, Environment, Files, Isolation, Speed
from cardkit.plan import Change, Device, Origin, Part

VERSION = "2"
"""Of the reports that are written."""
LayerVerdict: TypeAlias = Literal["pass", "fail", "blocked", "skipped", "unknown"]
Severity: TypeAlias = Literal["fail", "blocked", "warning", "note"]
Verdict: TypeAlias = Literal["passed", "failed", "blocked"]
EXIT_CODES: dict[Verdict, int] = {"passed": 0, "failed": 1, "blocked": 3}


class Finding(Part):
    """One thing that a check found fault with."""

    code: str
    """Of the closed list in `vocabulary/codes.yaml`."""
    severity: Severity
    """`fail` and `blocked` decide the layer's verdict; `warning` and `note` do not."""
    said: str
    """What is wrong, with its figures."""
    todo: str
    """The next step."""


class Figure(Part):
    """A number that a layer shows, whether or not it is judged."""

    name: str
    value: float | int | str | bool | None
    unit: str = ""
    limit: float | int | None = None
    """What it was held against."""


class Layer(Part):
    """One layer of checks."""

    name: str
    """`L0` to `L9`."""
    title: str
    verdict: LayerVerdict
    because: str = ""
    """Why it was skipped, blocked or is unknown; what it rests on, where it passed."""
    findings: tuple[Finding, ...] = ()
    figures: tuple[Figure, ...] = ()


class Disk(Part):
    """What lies on the disk after the run."""

    folder: str
    """The model's folder; `~` is the home, `CACHE` where models are kept outside of it."""
    kept: int
    """Bytes that stay."""
    freed: int = 0
    """Bytes that were removed."""


class Report(Part):
    """A verification, or a rehearsal of one."""

    schema_version: Literal["2"] = "2"
    model: str
    """The entry's name."""
    verdict: Verdict
    rehearsal: bool = False
    """Whether a stand-in with random weights ran in the model's place: then it proves nothing
    about loss, content or benchmarks."""
    simulated: bool = False
    """Whether the device is a stand-in of a test kit."""
    device: Device
    dtype: str | None = None
    """Number format that the model ran in."""
    layers: tuple[Layer, ...] = ()
    findings: tuple[Finding, ...] = ()
    """What is wrong beside the layers: the environment, the example, the hub."""
    origin: Origin = "none"
    """Whose example ran."""
    printed_example: str | None = None
    """As the card prints it."""
    example: str | None = None
    """As it ran."""
    changes: tuple[Change, ...] = ()
    refused: str = ""
    """Why the card's own example did not run, where it did not."""
    measured: str = ""
    """Where the measures were made, and why there; empty: on the model that the example loaded."""
    answers: tuple[Answer, ...] = ()
    files: Files | None = None
    isolation: Isolation | None = None
    environment: Environment | None = None
    speed: Speed | None = None
    disk: Disk | None = None
    cardkit: str = ""
    """Its version."""
    key: str = ""
    """Names all that the judgement hangs on: a report with the same key is the same judgement."""
    command: str = ""
    """What gives this report again."""
    began: str = ""
    """UTC, RFC 3339."""
    seconds: float = 0.0

    @property
    def exit_code(self) -> int:
        """0 passed, 1 failed, 3 blocked."""
        return EXIT_CODES[self.verdict]


def _with_key(told: dict[str, Any]) -> dict[str, Any]:
    """Return a report of version 1 as one of version 2: its key is none, so it never holds."""
    return {**told, "schema_version": "2", "key": ""}


UPGRADES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {"1": _with_key}
"""What makes a report of a version one of the next."""


def read(text: str, where: str = "") -> Report:
    """Return a report as it was kept, one of an older version too.

    Raises CardkitError if it is none, or of a newer version.
    """
    try:
        told = json.loads(text)
        version = str(told["schema_version"])
    except (ValueError, RecursionError, TypeError, KeyError) as error:
        raise CardkitError(
            "this is no report of cardkit", where=where, todo="give a file that verify kept"
        ) from error
    while version in UPGRADES:
        told = UPGRADES[version](told)
        version = told["schema_version"]
    if version != VERSION:
        raise CardkitError(
            f"it is of version {version}, and this cardkit reads up to {VERSION}",
            where=where,
            todo="read it with the newer cardkit that wrote it",
        )
    try:
        return Report.model_validate(told)
    except ValueError as error:
        first = str(error).splitlines()
        raise CardkitError(
            f"this is no report of cardkit: {' '.join(first[1:3])}",
            where=where,
            todo="give a file that verify kept",
        ) from error
