"""Files that only the card's author has: refused.

Seen on: examples that open `path/to/image.jpg`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cardkit.rewrites.code import Code, Edit
from cardkit.rewrites.refused import RefusedError
from cardkit.rewrites.target import Target
from cardkit.snippets.trace import Filled
from cardkit.vocabulary import rewrites as words


def rewrite(code: Code, target: Target) -> Iterator[Edit]:  # noqa: ARG001
    """Refuse what reads a file that the model's repository does not hold.

    Raises RefusedError.
    """
    reads = words.names("reads")
    for call in code.calls():
        written = code.source(call.func)
        reading = written in reads or (
            isinstance(call.func, ast.Attribute) and call.func.attr in reads
        )
        if not reading or not call.args:
            continue
        path, mode = code.value(call.args[0]), code.value(call.args[1]) if call.args[1:] else "r"
        known = isinstance(path, str) and (not isinstance(path, Filled) or path.whole)
        if not known or (isinstance(mode, str) and mode[:1] in ("w", "a", "x")):
            continue
        shown = code.source(call).splitlines()[0]
        if path.startswith("http"):
            raise RefusedError("run.forbidden", f"the example downloads: {shown}")
        raise RefusedError(
            "card.code_missing", f"the example reads a file that is not given: {shown}"
        )
    yield from ()
