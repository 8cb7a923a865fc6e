"""Errors as an outcome tells them: without the paths of this machine."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path

from cardkit.errors import CardkitError
from cardkit.outcome import Error

SCRIPT = "<example>"
"""What the example's file is called."""
LINES = 24
"""Of a traceback: its last ones."""
LONGEST = 4000
"""Characters of a message."""
OUT_OF_MEMORY = ("OutOfMemoryError", "MemoryError")
SAID_OF_MEMORY = ("out of memory", "DefaultCPUAllocator: can't allocate")
"""What torch says of memory in a RuntimeError: of a device, of the machine."""


def told(error: BaseException, places: Mapping[str, str]) -> Error:
    """Return an error; `places` are paths and what they are called."""
    return Error(
        type=type(error).__name__,
        message=hide(words(error), places),
        chain=tuple(hide(named(each), places) for each in causes(error)),
        line=line(error),
        traceback=hide(frames(error), places),
    )


def reason(error: BaseException, places: Mapping[str, str]) -> str:
    """Return why something could not be measured, in one line."""
    if isinstance(error, CardkitError):
        return error.problem
    first = hide(named(error), places).splitlines()[0]
    return f"out of memory: {first}" if is_of_memory(error) else first


def is_of_memory(error: BaseException) -> bool:
    """Tell whether an error is for want of memory."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    said = words(error)
    return bool(kinds & set(OUT_OF_MEMORY)) or any(each in said for each in SAID_OF_MEMORY)


def words(error: BaseException) -> str:
    """Return an error's message; its own code makes it, and may fail."""
    try:
        return str(error)[:LONGEST]
    except Exception as failed:  # noqa: BLE001 - foreign code
        return f"(its message raised {type(failed).__name__})"


def named(error: BaseException) -> str:
    """Return an error as Python prints it last."""
    return f"{type(error).__name__}: {words(error)}"


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the errors that one came from, the nearest first."""
    seen = {id(error)}
    while True:
        after = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if after is None or id(after) in seen or len(seen) > LINES:
            return
        seen.add(id(after))
        error = after
        yield error


def line(error: BaseException) -> int | None:
    """Return the line of the script that an error came from, the deepest one."""
    if isinstance(error, SyntaxError) and error.filename == SCRIPT:
        return error.lineno
    at = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if _own(frame)]
    return at[-1] if at else None


def frames(error: BaseException) -> str:
    """Return the last lines of a traceback, from the script on."""
    stack = traceback.extract_tb(error.__traceback__)
    first = next((at for at, frame in enumerate(stack) if _own(frame)), 0)
    said = [*traceback.format_list(stack[first:]), named(error)]
    return "\n".join("".join(said).splitlines()[-LINES:])


def _own(frame: traceback.FrameSummary) -> bool:
    return frame.filename == SCRIPT


def hide(text: str, places: Mapping[str, str]) -> str:
    """Return a text in which places of this machine have their names.

    >>> hide("no /tmp/x7/model/a.json", {"/tmp/x7/model": "MODEL"})
    'no MODEL/a.json'
    """
    homes = {str(Path.home()): "~", sys.prefix: "PYTHON", sys.base_prefix: "PYTHON"}
    packages = {path.rstrip("/") + "/": "" for path in sys.path if os.path.isabs(path)}
    known = {**homes, **packages, **places}
    known |= {os.path.realpath(path): name for path, name in places.items()}
    for path in sorted(known, key=len, reverse=True):
        if len(path) > 1:
            text = text.replace(path, known[path])
    return text
