"""Reads the outcome that a child process has written.

Foreign code ran in that process: the file may be cut off, be garbage, or lie. It is bounded, each
field is validated on its own, and what is no field of the child's is passed over.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cardkit.outcome import Outcome
from cardkit.plan import Untried
from cardkit.runner.pieces import OUTCOME, PRINTED, not_finite
from cardkit.runner.seals import opened

LARGEST = 32 << 20
"""Bytes of the outcome; a large one, of 64 answers with 4096 ids each, has 4 MB."""
SHOWN = 64 << 10
"""Bytes of what the example printed."""
PARENTS = {"isolation", "files", "printed"}
"""Fields that are not the child's to fill; what it printed lies in a file of its own."""
FIELDS = Outcome.model_fields.keys() - PARENTS
DEEPEST = 40
"""Lists and objects within each other."""


def read_outcome(work: Path, key: str = "") -> Outcome:
    """Return what a child process has written into its folder, as far as it came.

    `key`: of the seals on its lines.
    """
    fields: dict[str, Any] = {}
    for line in opened(read_bounded(work / OUTCOME, LARGEST), key).lines:
        for name, value in _piece(line):
            try:
                read = getattr(Outcome.model_validate({name: _sorted(value)}), name)
            except (ValidationError, RecursionError):
                continue
            if not not_finite(read):  # any comparison with such a number would come out well
                fields[name] = read
    printed = read_bounded(work / PRINTED, SHOWN).decode("utf-8", "replace")
    return Outcome(**fields, printed=printed)


def is_forged(work: Path, key: str) -> bool:
    """Tell whether others have written into an outcome than the runner, or have taken from it."""
    return opened(read_bounded(work / OUTCOME, LARGEST), key).others > 0


def read_bounded(path: Path, most: int) -> bytes:
    """Return the beginning of a file; nothing where there is none, or something else is there."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return b""
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        return b""
    with os.fdopen(file, "rb") as opened:
        return opened.read(most)


def _piece(line: bytes) -> Iterator[tuple[str, Any]]:
    """Yield the fields of a line."""
    try:
        piece = json.loads(line, parse_constant=_no_number)
    except (ValueError, RecursionError):  # half a line, or garbage
        return
    if isinstance(piece, dict):
        for name in FIELDS & piece.keys():
            if _depth(piece[name]) <= DEEPEST:
                yield name, _whole(piece[name])


def _sorted(value: Any) -> Any:
    """Return what was not made as what it is: other parts of an outcome have such a field too."""
    if isinstance(value, dict) and value.keys() == {"untried"}:
        return Untried.model_validate(value)
    return value


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _depth(value: Any) -> int:
    """Return how deep a value is; it came from JSON, so that nothing holds itself."""
    deep, level = 0, [value]
    while level:
        deep += 1
        level = [
            each
            for part in level
            if isinstance(part, dict | list)
            for each in (part.values() if isinstance(part, dict) else part)
        ]
        if deep > DEEPEST:
            break
    return deep


def _whole(value: Any) -> Any:
    """Return a value without half characters, which no file could be written with."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_whole(key): _whole(each) for key, each in value.items()}
    return [_whole(each) for each in value] if isinstance(value, list) else value
