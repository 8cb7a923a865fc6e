"""Engines other than transformers on PyTorch: refused.

Seen on: cards that print a second example for vLLM, llama.cpp, TensorFlow or Flax.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from cardkit.rewrites.code import Code, Edit
from cardkit.rewrites.refused import RefusedError
from cardkit.rewrites.target import Target
from cardkit.vocabulary import rewrites as words


def rewrite(code: Code, target: Target) -> Iterator[Edit]:
    """Refuse what runs in another engine.

    Raises RefusedError: cardkit looks at models that transformers loads on PyTorch.
    """
    classes = [re.compile(pattern) for pattern in words.names("engine_classes")]
    for node in code.all(ast.Import, ast.ImportFrom):
        for module, name in imported(node):
            engine = words.table("engines").get(module.partition(".")[0])
            if engine:
                missing = not target.has(module.partition(".")[0])
                raise RefusedError(
                    "env.missing_package" if missing else "card.code_missing",
                    f"the example runs in {engine}, not in transformers",
                )
            if module.startswith("transformers") and any(x.search(name) for x in classes):
                raise RefusedError(
                    "env.removed_api", f"{name} is gone: transformers 5 runs on PyTorch alone"
                )
    yield from ()


def imported(node: ast.stmt) -> list[tuple[str, str]]:
    """Return the modules that an import names, each with the name in it."""
    if isinstance(node, ast.Import):
        return [(alias.name, "") for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [(node.module or "", alias.name) for alias in node.names]
    return []
