"""Number formats: `dtype`, today's name for `torch_dtype`; the one that the user asks for."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cardkit.rewrites import loads
from cardkit.rewrites.code import Code, Edit, keyword
from cardkit.rewrites.target import Target

OLD, NEW = "torch_dtype", "dtype"
RENAMED = "transformers 5 calls torch_dtype dtype"
CASTS = {"half": "float16", "float": "float32", "bfloat16": "bfloat16"}
MODEL_KWARGS = "model_kwargs"


def rewrite(code: Code, target: Target) -> Iterator[Edit]:
    """Name the number format as today, and take the one that is asked for."""
    asked = target.plan.dtype
    for call in loads.loads(code):
        if not loads.of_transformers(code, call):
            continue
        given = keyword(call, OLD, NEW)
        if given is not None:
            yield from _given(code, given, asked)
        elif asked and _is_model(code, call) and not _in_dict(code, call):
            yield code.added(call, f'{NEW}="{asked}"', "asked for with --dtype", None)
    for node in code.all(ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == OLD:
                yield code.replaced(key, f'"{NEW}"', RENAMED, "env.removed_api")
            if isinstance(key, ast.Constant) and key.value in (OLD, NEW) and asked:
                yield from _value(code, value, asked)
    if asked:
        for call in code.calls():
            yield from _cast(code, call, asked)


def _given(code: Code, given: ast.keyword, asked: str | None) -> Iterator[Edit]:
    same = asked is None or _says(code, given.value) == asked
    if given.arg == OLD:
        text = code.source(given.value) if same else f'"{asked}"'
        because = RENAMED if same else f"{RENAMED}; {asked} was asked for with --dtype"
        yield code.replaced(given, f"{NEW}={text}", because, "env.removed_api")
    elif not same:
        yield code.replaced(given, f'{NEW}="{asked}"', "asked for with --dtype")


def _value(code: Code, value: ast.expr, asked: str) -> Iterator[Edit]:
    if _says(code, value) != asked:
        yield code.replaced(value, f'"{asked}"', "asked for with --dtype")


def _says(code: Code, node: ast.expr) -> str:
    """Return the number format that an expression names."""
    value = code.value(node)
    return str(value) if isinstance(value, str) else loads.last_name(node)


def _is_model(code: Code, call: ast.Call) -> bool:
    model = code.made(call, "model")
    if model is not None:
        return not (call.args and code.made(call.args[0], "model"))
    given = loads.ids(code, call)
    return loads.is_factory(code, call) and not (given and code.made(given[0], "model"))


def _in_dict(code: Code, call: ast.Call) -> bool:
    """Tell whether arguments come from a dict that names a number format."""
    named = keyword(call, MODEL_KWARGS)
    spread = [each.value for each in call.keywords if each.arg is None]
    for node in [*spread, *([named.value] if named else [])]:
        value = code.value(node)
        if isinstance(value, dict) and (OLD in value or NEW in value):
            return True
    return False


def _cast(code: Code, call: ast.Call, asked: str) -> Iterator[Edit]:
    """Yield the edit of `model.half()`."""
    if isinstance(call.func, ast.Attribute) and not call.args and not call.keywords:
        said = CASTS.get(call.func.attr)
        if said and said != asked and code.made(call.func.value, "model", "pipeline"):
            name = next(name for name, each in CASTS.items() if each == asked)
            of = code.source(call.func.value)
            yield code.replaced(call, f"{of}.{name}()", "asked for with --dtype")
