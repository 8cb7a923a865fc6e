"""Names that code uses and imports nowhere, where it is certain what they are: imported.

Seen on: cards that print one program in several blocks.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator

from cardkit.rewrites.code import Code, Edit
from cardkit.rewrites.importing import unknown_names
from cardkit.rewrites.target import Target
from cardkit.vocabulary import rewrites as words

CLASS = re.compile(r"[A-Z]\w+")
BECAUSE = "the code uses it and imports it nowhere: a block above it on the card does, or should"


def rewrite(code: Code, target: Target) -> Iterator[Edit]:
    """Import what is known by its name."""
    for name in unknown_names(code):
        line = _import_of(code, name, target)
        if line:
            yield code.line_at_top(line, BECAUSE)


def _import_of(code: Code, name: str, target: Target) -> str | None:
    line = words.table("known_names").get(name)
    if line and (name != "np" or target.has("numpy")):
        return line
    read = [
        node for node in code.all(ast.Attribute)
        if isinstance(node.value, ast.Name) and node.value.id == name
    ]  # fmt: skip
    if CLASS.fullmatch(name) and read and all(node.attr == "from_pretrained" for node in read):
        return f"from transformers import {name}"
    return f"import {name}" if name in sys.stdlib_module_names and read else None
