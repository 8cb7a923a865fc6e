"""Imports that nothing uses, of packages or names that are not there: dropped.

Seen on: examples that import `torch_npu`, `datasets` or a removed class and go without.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cardkit.rewrites.code import Code, Edit
from cardkit.rewrites.importing import is_there, used, without_names
from cardkit.rewrites.target import Target
from cardkit.vocabulary import rewrites as words

REGISTERS = ("torch_npu",)
"""Modules that do something when they are imported; what they do is only for their own device."""


def rewrite(code: Code, target: Target) -> Iterator[Edit]:
    """Drop what is imported, missing and unused."""
    names = used(code)
    for node in code.all(ast.Import, ast.ImportFrom):
        gone = []
        for alias in node.names:  # type: ignore[attr-defined]
            module = alias.name if isinstance(node, ast.Import) else node.module or ""  # type: ignore[attr-defined]
            bound = alias.asname or alias.name.partition(".")[0]
            if bound in names or alias.name == "*":
                continue
            top = module.partition(".")[0]
            if top in REGISTERS and target.plan.device_type == "npu":
                continue
            removed = top == "transformers" and alias.name in words.names("removed_names")
            if removed or not is_there(top, target):
                gone.append(alias)
        if gone:
            shown = ", ".join(alias.name for alias in gone)
            yield without_names(
                code, node, gone, f"nothing uses {shown}, and it is not there", None
            )
