"""`additional_special_tokens`: `extra_special_tokens`. Other methods of tokenizers that are gone.

AttributeError on transformers 5.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cardkit.rewrites.code import Code, Edit
from cardkit.rewrites.loads import last_name
from cardkit.rewrites.refused import RefusedError
from cardkit.rewrites.target import Target
from cardkit.vocabulary import rewrites as words

OLD, NEW = "additional_special_tokens", "extra_special_tokens"


def rewrite(code: Code, target: Target) -> Iterator[Edit]:  # noqa: ARG001
    """Use today's name.

    Raises RefusedError for methods that have no like.
    """
    for node in code.all(ast.Attribute):
        if not (code.made(node.value, "tokenizer") or "token" in last_name(node.value).lower()):
            continue
        of = code.source(node.value)
        because = f"transformers 5 has no {node.attr}"
        if node.attr == OLD:
            yield code.replaced(node, f"{of}.{NEW}", because, "env.removed_api")
        elif node.attr == f"{OLD}_ids":
            text = f"{of}.convert_tokens_to_ids({of}.{NEW})"
            yield code.replaced(node, text, because, "env.removed_api")
        elif node.attr in words.names("removed_methods"):
            raise RefusedError("env.removed_api", f"{because}: {of}.{node.attr}")
