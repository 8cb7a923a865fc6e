"""openmind's Auto classes: transformers' own.

They download from Modelers and then call transformers with every argument. The package needs a
Python before 3.11. Seen on: cards of Modelers.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cardkit.rewrites.code import Code, Edit
from cardkit.rewrites.refused import RefusedError
from cardkit.rewrites.target import Target

BECAUSE = "openmind is not installed; its classes fetch the files and call those of transformers"
MODULES = ("openmind", "openmind.archived", "openmind.utils")
NOT_TRANSFORMERS = ("is_torch_npu_available", "get_framework")


def rewrite(code: Code, target: Target) -> Iterator[Edit]:
    """Import from transformers what came from openmind, where openmind is missing.

    Raises RefusedError for what transformers has not.
    """
    if target.has("openmind"):
        return
    for node in code.all(ast.Import, ast.ImportFrom):
        if isinstance(node, ast.Import):
            if any(alias.name.partition(".")[0] == "openmind" for alias in node.names):
                if len(node.names) > 1 or node.names[0].name != "openmind":
                    raise _refused(code.source(node))
                name = node.names[0].asname or "openmind"
                text = f"import transformers as {name}"
                yield code.replaced(node, text, BECAUSE, "env.missing_package")
        elif isinstance(node, ast.ImportFrom) and _top(node) == "openmind":
            names = [alias.name for alias in node.names]
            if node.module not in MODULES or any(name in NOT_TRANSFORMERS for name in names):
                raise _refused(code.source(node))
            text = f"from transformers import {', '.join(map(code.source, node.names))}"
            yield code.replaced(node, text, BECAUSE, "env.missing_package")


def _top(node: ast.ImportFrom) -> str:
    return (node.module or "").partition(".")[0]


def _refused(line: str) -> RefusedError:
    return RefusedError(
        "env.missing_package", f"openmind is not installed, and transformers has no like of: {line}"
    )
