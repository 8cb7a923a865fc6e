"""Arguments that are for a hub: revisions, tokens, caches.

`use_auth_token`, `resume_download` are a TypeError on transformers 5. A run has no token, and its
files are those of one commit.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cardkit.rewrites import loads
from cardkit.rewrites.code import Code, Edit
from cardkit.rewrites.target import Target
from cardkit.vocabulary import rewrites as words

REVISIONS = ("revision", "model_revision", "code_revision")
GONE = ("use_auth_token", "resume_download")
LOGINS = ("login", "notebook_login", "interpreter_login")


def rewrite(code: Code, target: Target) -> Iterator[Edit]:
    """Drop what only a hub can answer to, and logins."""
    for call in loads.loads(code):
        for each in call.keywords:
            if each.arg in words.names("hub_arguments"):
                yield code.without(call, each, _because(code, each, target), _code(each.arg))
    for call in code.calls():
        statement = code.parents[call]
        origin = code.origin(call.func)
        if (
            isinstance(statement, ast.Expr)
            and origin.startswith(("huggingface_hub", "modelscope"))
            and origin.rpartition(".")[2] in LOGINS
        ):
            yield code.dropped(statement, "a run has neither a token nor the network")


def _because(code: Code, each: ast.keyword, target: Target) -> str:
    if each.arg not in REVISIONS:
        return "a run has neither a token nor the network: the files are there"
    value = code.value(each.value)
    if target.plan.revision and isinstance(value, str) and value != target.plan.revision:
        return f"the files are those of {target.plan.revision}, as asked for"
    return "the files are those of one commit already"


def _code(name: str | None) -> str | None:
    return "env.removed_api" if name in GONE else None
