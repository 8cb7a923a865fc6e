"""The calls of an example that load something from a hub, and what they are told to load."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cardkit.rewrites.code import Code, keyword
from cardkit.snippets.trace import Hole, Origin
from cardkit.vocabulary import calls

PARTS = ("tokenizer", "feature_extractor", "image_processor", "processor", "config")
"""Arguments of a pipeline that may be ids too."""


def last_name(node: ast.expr) -> str:
    """Return the last part of a dotted name, as it is written."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def is_pretrained(call: ast.Call) -> bool:
    """Tell whether a call is `Something.from_pretrained(...)`."""
    return isinstance(call.func, ast.Attribute) and call.func.attr == "from_pretrained"


def is_pipeline(code: Code, call: ast.Call) -> bool:
    """Tell whether a call makes a pipeline."""
    imported = isinstance(code.value(call.func), Origin | Hole)
    return imported and code.made(call, "pipeline") is not None and not is_pretrained(call)


def is_factory(code: Code, call: ast.Call) -> bool:
    """Tell whether a call is the function `pipeline`, not one of the classes."""
    return is_pipeline(code, call) and last_name(call.func) in ("pipeline", "hf_pipeline")


def of_transformers(code: Code, call: ast.Call) -> bool:
    """Tell whether a call loads something with transformers, or with cardkit's OpenLM."""
    name = code.origin(call.func)
    return name.partition(".")[0] in ("transformers", "cardkit") and (
        is_pretrained(call) or is_pipeline(code, call)
    )


def loads(code: Code) -> Iterator[ast.Call]:
    """Yield the calls that load a model, a tokenizer or another part of one."""
    for call in code.calls():
        constructor = isinstance(code.value(call.func), Origin) and code.made(
            call, "model", "pipeline"
        )
        if is_pretrained(call) or is_pipeline(code, call) or constructor:
            yield call


def ids(code: Code, call: ast.Call) -> list[ast.expr]:
    """Return the arguments of a load that say what is loaded."""
    named = [each.value for each in call.keywords if each.arg in calls.names("model_keys")]
    if is_pipeline(code, call):
        parts = [each.value for each in call.keywords if each.arg in PARTS]
        place = 1 if is_factory(code, call) else 0
        named = [each.value for each in call.keywords if each.arg == "model"]
        return [*(named or call.args[place : place + 1]), *parts]
    if named:
        return named[:1]
    place = 1 if call.args and code.made(call.args[0], "model", "pipeline") else 0
    return call.args[place : place + 1]


def task(code: Code, call: ast.Call) -> str | None:
    """Return the task that `pipeline` is told, as the hub writes it; None where it is told none.

    A task that cannot be followed is "".
    """
    given = keyword(call, "task")
    node = given.value if given else call.args[0] if call.args else None
    if node is None:
        return None
    value = code.value(node)
    if isinstance(value, Origin):
        value = value.name.rpartition(".")[2]
    return str(value).replace("_", "-") if isinstance(value, str) else ""


def text_pipelines(code: Code) -> list[ast.Call]:
    """Return the calls of a pipeline that is there: `pipe("Why?")`."""
    return [call for call in code.calls() if code.made(call.func, "pipeline")]
