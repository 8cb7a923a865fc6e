"""What a supervisor is told."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from cardkit.sandbox.box import Box


class Job(NamedTuple):
    """A program, and the box that it runs in."""

    arguments: Sequence[str]
    box: Box
    """As `whole` returns it."""
    rung: str
    environment: Mapping[str, str]
    stdout: Path
    stderr: Path
    bwrap: str
    """The program of bubblewrap; empty in the other rungs."""

    def as_json(self) -> str:
        """Return it in one line for another process."""
        return json.dumps({**self._asdict(), "box": self.box.as_json()}, default=str)

    @classmethod
    def from_json(cls, text: str) -> Job:
        """Return what `as_json` wrote."""
        row = json.loads(text)
        paths = {name: Path(row[name]) for name in ("stdout", "stderr")}
        return cls(**{**row, **paths, "box": Box.from_json(row["box"])})
