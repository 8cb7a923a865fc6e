"""Classes of transformers that have another name now, and those that are gone.

Both lists were made by asking transformers 5.23 for every name that 4.40 and 4.57 had.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cardkit.rewrites.code import Code, Edit
from cardkit.rewrites.refused import RefusedError
from cardkit.rewrites.target import Target
from cardkit.vocabulary import rewrites as words

REMOVED = "env.removed_api"
LM_HEAD = "AutoModelWithLMHead"


def rewrite(code: Code, target: Target) -> Iterator[Edit]:
    """Use today's names.

    Raises RefusedError for a class that has no like.
    """
    names = {**words.table("renamed"), LM_HEAD: target.plan.loader}
    bound: dict[str, str] = {}
    for node in code.all(ast.ImportFrom):
        if (node.module or "").partition(".")[0] != "transformers":
            continue
        there = {alias.name for alias in node.names}
        for alias in node.names:
            if alias.name in words.names("removed_names"):
                raise RefusedError(REMOVED, f"transformers 5 has no {alias.name}")
            if alias.name in names:
                new = names[alias.name]
                if new not in there:
                    text = f"{new} as {alias.asname}" if alias.asname else new
                    yield code.replaced(alias, text, _because(alias.name, new), REMOVED)
                elif not alias.asname:  # both are imported: the old one's uses go over, then it
                    yield _again(code, node, alias, new)
                if not alias.asname:
                    bound[alias.name] = new
    for name in code.all(ast.Name):
        if name.id in bound:
            new = bound[name.id]
            yield code.replaced(name, new, _because(name.id, new), REMOVED)
    for part in code.all(ast.Attribute):
        if code.origin(part.value) != "transformers":
            continue
        if part.attr in words.names("removed_names"):
            raise RefusedError(REMOVED, f"transformers 5 has no {part.attr}")
        if part.attr in names:
            new = names[part.attr]
            text = f"{code.source(part.value)}.{new}"
            yield code.replaced(part, text, _because(part.attr, new), REMOVED)


def _again(code: Code, node: ast.ImportFrom, alias: ast.alias, new: str) -> Edit:
    kept = [code.source(each) for each in node.names if each is not alias]
    text = f"from {node.module} import {', '.join(kept)}"
    return code.replaced(node, text, _because(alias.name, new), REMOVED)


def _because(old: str, new: str) -> str:
    return f"transformers 5 has no {old}: {new} is its like"
