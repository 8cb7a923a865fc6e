"""`apply_chat_template` that gives ids: told to give no dict.

On transformers 5 it gives a dict unless told otherwise; before, the ids. Where the code reads a
dict it stays.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cardkit.rewrites.code import Code, Edit, keyword
from cardkit.rewrites.target import Target
from cardkit.snippets.trace import Made

KEYS = ("input_ids", "attention_mask", "keys", "items", "values", "get", "pop")
MOVES = ("to", "cuda", "npu")


def rewrite(code: Code, target: Target) -> Iterator[Edit]:  # noqa: ARG001
    """Ask for ids where ids are used."""
    for call in code.calls():
        if not isinstance(call.func, ast.Attribute) or call.func.attr != "apply_chat_template":
            continue
        tokenize, given = keyword(call, "tokenize"), keyword(call, "return_dict")
        of = code.value(call.func.value)
        other = (isinstance(of, Made) and of.role != "tokenizer") or _is_processor(of)
        if given or other or any(each.arg is None for each in call.keywords):
            continue
        if tokenize and code.value(tokenize.value) is not True:
            continue
        if _gives_ids(code, call):
            yield code.added(
                call, "return_dict=False", "transformers 5 gives a dict where ids are used",
                "env.removed_api",
            )  # fmt: skip


def _is_processor(of: object) -> bool:
    return isinstance(of, Made) and "Processor" in of.entry


def _gives_ids(code: Code, call: ast.Call) -> bool:
    """Tell whether what a call gives is used, and never as a dict."""
    node: ast.AST = call
    above = code.parents[node]
    while isinstance(above, ast.Attribute) and above.attr in MOVES:
        node = code.parents[above]
        above = code.parents[node]
    if _is_dict(code, node):
        return False
    if not isinstance(above, ast.Assign):
        return not isinstance(above, ast.Expr)
    names = {each.id for each in above.targets if isinstance(each, ast.Name)}
    uses = [
        each for each in ast.walk(code.tree)
        if isinstance(each, ast.Name) and each.id in names and isinstance(each.ctx, ast.Load)
    ]  # fmt: skip
    return bool(uses) and not any(_is_dict(code, use) for use in uses)


def _is_dict(code: Code, node: ast.AST) -> bool:
    """Tell whether a node is used as a dict: `**x`, `x["input_ids"]`, `x.input_ids`."""
    above = code.parents[node]
    if isinstance(above, ast.keyword):
        return above.arg is None
    if isinstance(above, ast.Attribute):
        if above.attr in MOVES and isinstance(code.parents[above], ast.Call):
            moved = code.parents[above]
            return _is_dict(code, moved)
        return above.attr in KEYS
    if isinstance(above, ast.Subscript) and above.value is node:
        return isinstance(above.slice, ast.Constant) and isinstance(above.slice.value, str)
    return isinstance(above, ast.Dict) and node in above.values and None in above.keys
