"""The words of the documented prompt, put around a text where a model's own code would do it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cardkit.rewrites.code import Code, Edit
from cardkit.rewrites.target import Target
from cardkit.snippets.trace import is_chat

BECAUSE = (
    "the repository's own pipeline puts the prompt around a text, and does not run here: these are "
    "the entry's words"
)


def around(target: Target) -> tuple[str, str] | None:
    """Return what the documented prompt puts before and behind a text; None where it is nothing."""
    plan = target.plan
    if plan.prompt is None or not plan.asked or plan.prompt.count(plan.asked) != 1:
        return None
    before, _, behind = plan.prompt.partition(plan.asked)
    return (before, behind) if before or behind else None


def worded(code: Code, node: ast.expr, target: Target) -> str | None:
    """Return a text's source with the prompt's words around it; None where it needs none."""
    words = around(target)
    value = code.value(node)
    if words is None or is_chat(value) or isinstance(node, ast.List | ast.ListComp | ast.Dict):
        return None
    if isinstance(value, str) and (words[0] or words[1]) in value:
        return None
    text = code.source(node)
    if not isinstance(node, ast.Name | ast.Constant | ast.JoinedStr | ast.Call | ast.Subscript):
        text = f"({text})"
    before, behind = (repr(each) if each else "" for each in words)
    return " + ".join(part for part in (before, text, behind) if part)


def with_words(code: Code, call: ast.Call, target: Target) -> Iterator[Edit]:
    """Yield the edit that puts the prompt's words around what a pipeline is asked."""
    if len(call.args) == 1 and (text := worded(code, call.args[0], target)):
        yield code.replaced(call.args[0], text, BECAUSE)
