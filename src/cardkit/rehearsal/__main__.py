"""The child process that builds a stand-in: its argument is a file that tells which."""

from __future__ import annotations

import sys
from pathlib import Path

from cardkit.entries.entry import Entry
from cardkit.plan import Part
from cardkit.rehearsal import standin
from cardkit.rehearsal.faults import CannotRehearseError

REFUSED = "refused.json"


class Wanted(Part):
    """What it is told, as JSON."""

    entry: Entry
    text: str | None
    """What the tokenizer is trained on: the card; None where it cannot be read."""
    folder: str
    """Where the stand-in goes."""


class Refused(Part):
    """Why there can be none."""

    problem: str
    todo: str
    code: str


def main() -> None:
    """Build the stand-in, or leave the reason beside it."""
    told = Path(sys.argv[-1])
    wanted = Wanted.model_validate_json(told.read_bytes())
    try:
        standin.build(wanted.entry, Path(wanted.folder), text=wanted.text)
    except CannotRehearseError as error:
        refused = Refused(problem=error.problem, todo=error.todo, code=error.code)
        told.with_name(REFUSED).write_text(refused.model_dump_json(), encoding="utf-8")


if __name__ == "__main__":
    main()
