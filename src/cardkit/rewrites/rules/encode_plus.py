"""`encode_plus` and `batch_encode_plus`: a call of the tokenizer.

AttributeError on transformers 5; the call takes the same arguments.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cardkit.rewrites.code import Code, Edit
from cardkit.rewrites.target import Target

GONE = ("encode_plus", "batch_encode_plus", "_encode_plus", "_batch_encode_plus")
TEXTS = "batch_text_or_text_pairs"


def rewrite(code: Code, target: Target) -> Iterator[Edit]:  # noqa: ARG001
    """Call the tokenizer itself."""
    for call in code.calls():
        if isinstance(call.func, ast.Attribute) and call.func.attr in GONE:
            because = f"transformers 5 has no {call.func.attr}: the tokenizer is called"
            name = code.source(call.func.value)
            yield code.replaced(call.func, name, because, "env.removed_api")
            for each in call.keywords:
                if each.arg == TEXTS:
                    text = f"text={code.source(each.value)}"
                    yield code.replaced(each, text, because, "env.removed_api")
