"""What code imports: what of it is used, what is installed."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Sequence

from cardkit.rewrites.code import Code, Edit
from cardkit.rewrites.target import Target
from cardkit.vocabulary import rewrites as words

OURS = ("cardkit",)
GIVEN = {"MODEL", "__name__", "__file__", "__doc__", "__builtins__", *dir(builtins)}
"""What is there without being given: MODEL comes from the runner."""


def used(code: Code) -> frozenset[str]:
    """Return the names that code reads anywhere."""
    return frozenset(
        node.id
        for node in ast.walk(code.tree)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store)
    )


def is_there(module: str, target: Target) -> bool:
    """Tell whether the package of a module is installed, or comes with Python."""
    top = module.partition(".")[0]
    package = words.table("packages").get(top, top)
    return top in sys.stdlib_module_names or top in OURS or target.has(package)


def without_names(
    code: Code,
    node: ast.AST,
    gone: Sequence[ast.alias],
    because: str,
    reason: str | None,
    instead: str = "",
) -> Edit:
    """Return the edit that drops names from an import, or all of it.

    `instead` are statements that come behind it.
    """
    assert isinstance(node, ast.Import | ast.ImportFrom)  # noqa: S101 - callers look
    kept = [code.source(alias) for alias in node.names if alias not in gone]
    if not kept and not instead:
        return code.dropped(node, because, reason)
    lines = []
    if kept and isinstance(node, ast.Import):
        lines.append(f"import {', '.join(kept)}")
    elif kept:
        dots = "." * getattr(node, "level", 0)
        lines.append(f"from {dots}{node.module or ''} import {', '.join(kept)}")  # type: ignore[union-attr]
    if instead:
        lines.append(instead)
    indent = "\n" + " " * node.col_offset
    return code.replaced(node, indent.join(lines), because, reason)


def unknown_names(code: Code) -> list[str]:
    """Return the names that code reads and that nothing gives, in the order of the text.

    None where it imports all names of a module: they cannot be told.
    """
    if any(alias.name == "*" for node in code.all(ast.ImportFrom) for alias in node.names):
        return []
    known = GIVEN | bound(code)
    read = [node.id for node in code.all(ast.Name) if isinstance(node.ctx, ast.Load)]
    return list(dict.fromkeys(name for name in read if name not in known))


def bound(code: Code) -> set[str]:
    """Return every name that code gives anywhere."""
    found: set[str] = set()
    for node in ast.walk(code.tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name.partition(".")[0])
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            found.add(node.name)
    return found
