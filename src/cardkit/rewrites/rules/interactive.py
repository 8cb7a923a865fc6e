"""Examples that wait for somebody to type: refused.

Seen on: chat loops.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cardkit.rewrites.code import Code, Edit
from cardkit.rewrites.refused import RefusedError
from cardkit.rewrites.target import Target


def rewrite(code: Code, target: Target) -> Iterator[Edit]:  # noqa: ARG001
    """Refuse `input()` and loops without an end.

    Raises RefusedError.
    """
    for call in code.calls():
        if code.source(call.func) in ("input", "sys.stdin.readline", "sys.stdin.read"):
            raise RefusedError("card.code_missing", "the example waits for somebody to type")
    for node in code.all(ast.While):
        endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
        leaves = any(isinstance(each, ast.Break | ast.Return) for each in ast.walk(node))
        if endless and not leaves:
            raise RefusedError("card.code_missing", "the example goes on without end")
    yield from ()
