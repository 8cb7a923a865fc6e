"""The messages of torch, drivers and CANN, as a line of what is there and a next step."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cardkit.doctor.lines import Line
from cardkit.vocabulary.causes import causes


def translated(name: str, errors: Sequence[str]) -> Line:
    """Return what the errors of a device mean; an unknown message is shown as it is.

    >>> translated("cuda", ["AssertionError: Torch not compiled with CUDA enabled"]).said
    'torch is a build without CUDA'
    """
    words = [" ".join(error.split()) for error in errors] or ["no message"]
    for row in causes():
        if known := [error for error in words if re.search(row.message, error, re.IGNORECASE)]:
            root = [] if words[-1] in known else [words[-1]]
            written = " ← ".join([known[0], *root])
            said = row.cause if row.state == "note" else f"{row.cause} ({written})"
            return Line(name, row.state, said, row.todo)
    todo = "cardkit does not know this message: look it up with the versions above"
    return Line(name, "problem", " ← ".join(words), todo)
