"""Runs an example once, as `__main__`, and keeps the beginning of what it prints."""

from __future__ import annotations

import linecache
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, TextIO

from cardkit.outcome import Error
from cardkit.runner.outcomes import SHOWN
from cardkit.runner.told import SCRIPT, told

JOIN = 600.0
"""Seconds to wait for a thread that the example leaves behind; the sandbox's limit is first."""


class Copied:
    """A standard output whose beginning is copied into a file as it is written."""

    def __init__(self, stream: TextIO, path: Path) -> None:
        self._stream, self._left = stream, SHOWN
        self._file = path.open("ab", buffering=0)

    def write(self, text: str) -> int:
        """Write a text to both."""
        if self._left > 0:
            kept = text[: self._left].encode("utf-8", "replace")[: self._left]
            self._file.write(kept)
            self._left -= len(kept)
        return self._stream.write(text)

    def writelines(self, lines: Any) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def close_copy(self) -> None:
        """Close the file; what the example has kept of this still prints."""
        self._left = 0
        self._file.close()


@contextmanager
def copied(path: Path) -> Iterator[None]:
    """Copy the beginning of what is printed into a file."""
    stream = sys.stdout
    both = Copied(stream, path)
    sys.stdout = both
    try:
        yield
    finally:
        sys.stdout = stream
        both.close_copy()


def run(code: str, names: Mapping[str, Any], places: Mapping[str, str]) -> Error | None:
    """Run Python as `__main__` with names already in it; return what ended it, if not its end."""
    module = ModuleType("__main__")
    vars(module).update(names)
    held, argv, before = sys.modules["__main__"], sys.argv, set(threading.enumerate())
    linecache.cache[SCRIPT] = (len(code), None, code.splitlines(keepends=True), SCRIPT)
    sys.modules["__main__"], sys.argv = module, [SCRIPT]
    try:
        exec(compile(code, SCRIPT, "exec", dont_inherit=True), vars(module))  # noqa: S102
        for thread in set(threading.enumerate()) - before:  # one that generates, for a streamer
            if not thread.daemon:
                thread.join(JOIN)
    except SystemExit as error:
        return None if error.code in (None, 0) else told(error, places)
    except BaseException as error:  # noqa: BLE001 - foreign code
        return told(error, places)
    finally:
        sys.modules["__main__"], sys.argv = held, argv
    return None
