"""Downloads beside the model's own files, and other programs: refused.

Seen on: examples that fetch an image or a data set.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cardkit.rewrites.code import Code, Edit
from cardkit.rewrites.importing import bound
from cardkit.rewrites.refused import RefusedError
from cardkit.rewrites.target import Target
from cardkit.vocabulary import rewrites as words


def rewrite(code: Code, target: Target) -> Iterator[Edit]:  # noqa: ARG001
    """Refuse what the sandbox would stop: it has no network and starts no programs.

    Raises RefusedError.
    """
    for call in code.calls():
        name = called(code, call)
        names = {name, name.rpartition(".")[2] if isinstance(call.func, ast.Name) else name}
        if names & set(words.names("network")):
            raise RefusedError(
                "run.forbidden", f"the example downloads: {code.source(call).splitlines()[0]}"
            )
        if names & set(words.names("programs")):
            raise RefusedError(
                "run.forbidden",
                f"the example starts another program: {code.source(call).splitlines()[0]}",
            )
    yield from ()


def called(code: Code, call: ast.Call) -> str:
    """Return the dotted name of what is called; "" for what the code made itself."""
    root = call.func
    while isinstance(root, ast.Attribute):
        root = root.value
    made = isinstance(root, ast.Name) and root.id in bound(code)
    return code.origin(call.func) or ("" if made else code.source(call.func))
