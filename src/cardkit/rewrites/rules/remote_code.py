"""Code of the model's own repository: not run unless it is allowed.

Without it `trust_remote_code=True` goes, and what only that code has is refused. A text that its
own pipeline would put into a prompt gets the documented words around it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cardkit.rewrites import loads
from cardkit.rewrites.code import Code, Edit
from cardkit.rewrites.refused import RefusedError
from cardkit.rewrites.target import Target
from cardkit.rewrites.wording import with_words
from cardkit.vocabulary import rewrites as words

BECAUSE = "code of the repository runs with --allow-remote-code only"


def rewrite(code: Code, target: Target) -> Iterator[Edit]:
    """Go without the repository's code.

    Raises RefusedError for methods that transformers' own classes have not.
    """
    if target.plan.allow_remote_code:
        return
    for call in code.calls():
        own = isinstance(call.func, ast.Attribute) and call.func.attr in words.names("own_methods")
        if own and code.made(call.func.value, "model", "tokenizer"):  # type: ignore[attr-defined]
            raise RefusedError(
                "load.remote_code_required",
                f"{code.source(call.func)} is there with the repository's own code only",
            )
    pipelines = False
    for call in loads.loads(code):
        for each in call.keywords:
            if each.arg == "trust_remote_code" and code.value(each.value) is not False:
                yield code.without(call, each, BECAUSE, "load.remote_code_required")
                pipelines = pipelines or loads.is_factory(code, call)
    if pipelines and target.plan.kind == "causal":
        for call in loads.text_pipelines(code):
            yield from with_words(code, call, target)
