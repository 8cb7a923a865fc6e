"""Names that code uses and never gives: imported where it is certain what they are, else refused.

Seen on: cards that print one program in several blocks.
"""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections.abc import Iterator

from cardkit.rewrites.code import Code, Edit
from cardkit.rewrites.refused import RefusedError
from cardkit.rewrites.target import Target
from cardkit.vocabulary import rewrites as words

GIVEN = {"MODEL", "__name__", "__file__", "__doc__", "__builtins__", *dir(builtins)}
AUTO = re.compile(r"Auto(?:Tokenizer|Config|Processor|FeatureExtractor|ImageProcessor|Model\w*)")
BECAUSE = "the code uses it and imports it nowhere: a block above it on the card does, or should"


def rewrite(code: Code, target: Target) -> Iterator[Edit]:
    """Import what is known by its name.

    Raises RefusedError for a name that nothing gives.
    """
    if any(alias.name == "*" for node in code.all(ast.ImportFrom) for alias in node.names):
        return
    known = GIVEN | _bound(code)
    unknown = dict.fromkeys(
        node.id
        for node in code.all(ast.Name)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in known
    )
    for name in unknown:
        line = _import_of(code, name, target)
        if line is None:
            raise RefusedError("card.code_missing", f"the example uses {name}, which nothing gives")
        yield code.line_at_top(line, BECAUSE)


def _import_of(code: Code, name: str, target: Target) -> str | None:
    line = words.table("known_names").get(name)
    if line and (name != "np" or target.has("numpy")):
        return line
    if AUTO.fullmatch(name) or name == "GenerationConfig":
        return f"from transformers import {name}"
    as_module = any(
        isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == name
        for node in ast.walk(code.tree)
    )
    return f"import {name}" if name in sys.stdlib_module_names and as_module else None


def _bound(code: Code) -> set[str]:
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
