"""Conversations: messages.

`Conversation` and the pipeline `conversational` went with transformers 4.42; text generation takes
messages.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cardkit.rewrites import loads
from cardkit.rewrites.code import Code, Edit, keyword
from cardkit.rewrites.importing import without_names
from cardkit.rewrites.refused import RefusedError
from cardkit.rewrites.target import Target

REMOVED = "env.removed_api"
BECAUSE = "Conversation is gone: text generation takes messages"


def rewrite(code: Code, target: Target) -> Iterator[Edit]:
    """Use messages for conversations.

    Raises RefusedError where one is used in another way than to ask and to read the last answer.
    """
    del target
    made = [call for call in code.calls() if _is_conversation(code, call)]
    pipes = [
        call
        for call in code.calls()
        if loads.is_factory(code, call) and loads.task(code, call) == "conversational"
    ]
    if not made and not pipes:
        return
    for call in pipes:
        given = keyword(call, "task")
        node = given.value if given else call.args[0]
        yield code.replaced(node, '"text-generation"', BECAUSE, REMOVED)
    for call in made:
        if len(call.args) != 1 or call.keywords:
            raise RefusedError(REMOVED, f"Conversation is gone: {code.source(call)}")
        text = f'[{{"role": "user", "content": {code.source(call.args[0])}}}]'
        yield code.replaced(call, text, BECAUSE, REMOVED)
    names = _names(code, made)
    for call in code.calls():
        yield from _used(code, call, names)
    for part in code.all(ast.Subscript, ast.Attribute):
        yield from _read(code, part)
    for line in code.all(ast.ImportFrom):
        gone = [alias for alias in line.names if alias.name == "Conversation"]
        if gone:
            yield without_names(code, line, gone, BECAUSE, REMOVED)


def _is_conversation(code: Code, call: ast.Call) -> bool:
    return code.origin(call.func).endswith("Conversation")


def _names(code: Code, made: list[ast.Call]) -> set[str]:
    """Return the names that conversations have."""
    found: set[str] = set()
    for statement in code.all(ast.Assign):
        value = statement.value
        asked = isinstance(value, ast.Call) and value.args and _is_one(value.args[0], found)
        if value in made or asked:
            found |= {each.id for each in statement.targets if isinstance(each, ast.Name)}
    return found


def _is_one(node: ast.expr, names: set[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in names


def _used(code: Code, call: ast.Call, names: set[str]) -> Iterator[Edit]:
    """Yield edits of calls that ask, or that add what the user says."""
    if isinstance(call.func, ast.Attribute) and _is_one(call.func.value, names):
        text = code.source(call.args[0]) if call.args else ""
        name = code.source(call.func.value)
        if call.func.attr == "add_user_input" and len(call.args) == 1:
            said = f'{name}.append({{"role": "user", "content": {text}}})'
            yield code.replaced(call, said, BECAUSE, REMOVED)
        else:
            raise RefusedError(REMOVED, f"Conversation is gone: {code.source(call)}")
    elif code.made(call.func, "pipeline") and call.args:
        if len(call.args) > 1 or not _is_one(call.args[0], names):
            raise RefusedError(REMOVED, f"Conversation is gone: {code.source(call)}")
        answer = f'{code.source(call)}[0]["generated_text"]'
        if isinstance(code.parents[call], ast.Expr):
            answer = f"{code.source(call.args[0])}[:] = {answer}"
        yield code.replaced(call, answer, BECAUSE, REMOVED)


def _read(code: Code, node: ast.AST) -> Iterator[Edit]:
    """Yield the edit of `conversation.generated_responses[-1]`."""
    if isinstance(node, ast.Subscript):
        of = node.value
        last = code.source(node.slice) == "-1"
        if (
            isinstance(of, ast.Attribute)
            and of.attr == "generated_responses"
            and last
            and not isinstance(of.value, ast.Call)
        ):
            yield code.replaced(node, f'{code.source(of.value)}[-1]["content"]', BECAUSE, REMOVED)
    elif isinstance(node, ast.Attribute) and node.attr == "generated_responses":
        above = code.parents[node]
        if not (isinstance(above, ast.Subscript) and code.source(above.slice) == "-1"):
            raise RefusedError(REMOVED, f"Conversation is gone: {code.source(node)}")
