"""Packages that are not installed: refused."""

from __future__ import annotations

import ast
import shlex
from collections.abc import Iterator

from cardkit.rewrites.code import Code, Edit
from cardkit.rewrites.importing import is_there
from cardkit.rewrites.refused import RefusedError
from cardkit.rewrites.target import Target


def rewrite(code: Code, target: Target) -> Iterator[Edit]:
    """Refuse what imports a package that is not there, unless the code is ready for that.

    Raises RefusedError.
    """
    for node in code.all(ast.Import, ast.ImportFrom):
        modules = (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [getattr(node, "module", None) or ""]
        )
        if getattr(node, "level", 0):
            raise RefusedError(
                "card.code_missing",
                f"the example is a part of something: {code.source(code.statement(node))}",
            )
        for module in modules:
            if not is_there(module, target) and not _is_tried(code, node):
                top = module.partition(".")[0]
                said = f"the example imports {top}, which is not installed"
                raise RefusedError("env.missing_package", said, todo=_install(target))
    yield from ()


def _install(target: Target) -> str:
    """Return the next step: what the card installs, where it says so."""
    named = [leaf.value for leaf in target.plan.entry.example.installs]
    if named:
        return f"install what the card does: pip install {shlex.join(named)}"
    return "install the package that gives it; the card does not say which"


def _is_tried(code: Code, node: ast.AST) -> bool:
    """Tell whether a node stands in a `try` that something follows."""
    while node in code.parents:
        above = code.parents[node]
        if isinstance(above, ast.Try) and node in above.body and above.handlers:
            return True
        node = above
    return False
