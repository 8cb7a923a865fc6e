"""Servers, pages and clients of servers: refused.

Seen on: cards whose code is a Gradio page or asks a server for the answer.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cardkit.rewrites.code import Code, Edit
from cardkit.rewrites.refused import RefusedError
from cardkit.rewrites.target import Target
from cardkit.vocabulary import rewrites as words


def rewrite(code: Code, target: Target) -> Iterator[Edit]:  # noqa: ARG001
    """Refuse what serves, or asks a server.

    Raises RefusedError.
    """
    for node in code.all(ast.Import, ast.ImportFrom):
        named = (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [getattr(node, "module", None) or ""]
        )
        for module in named:
            if module.partition(".")[0] in words.names("servers"):
                raise RefusedError(
                    "card.code_missing",
                    f"the example is a server, or asks one: it imports {module}",
                )
    yield from ()
