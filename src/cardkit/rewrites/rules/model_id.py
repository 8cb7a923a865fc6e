"""Ids of the model: the folder that its files were fetched to, by the name MODEL.

Ids of other models stay, and are refused where something loads them: nothing else is fetched.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cardkit.rewrites import loads
from cardkit.rewrites.code import Code, Edit, is_text, keyword
from cardkit.rewrites.refused import RefusedError
from cardkit.rewrites.target import Target
from cardkit.snippets.trace import Filled, Hole, Slot

MODEL = "MODEL"
OWN = "CARDKIT_MODEL"
"""The same where the code has a MODEL of its own."""
BECAUSE = "the files are fetched before the run, which has no network"
WHOLE = ("snapshot_download",)
ONE = ("hf_hub_download", "model_file_download", "cached_download")


def rewrite(code: Code, target: Target) -> Iterator[Edit]:
    """Load from MODEL what was loaded by one of the model's ids.

    Raises RefusedError where another model is loaded, or this one is not.
    """
    own = {each.casefold() for each in target.plan.ids}
    name = _name(code)
    edits = [*_downloads(code, own, name), *_texts(code, own, name)]
    if edits and name == OWN and f"{OWN} =" not in code.text:
        edits.append(code.line_at_top(f"{OWN} = {MODEL}", "the code has a MODEL of its own"))
    yield from edits
    if not edits:
        _check(code)


def _name(code: Code) -> str:
    """Return the name that stands for the folder; another where the code takes it."""
    for node in ast.walk(code.tree):
        if isinstance(node, ast.arg) and node.arg == MODEL:
            return OWN
        if isinstance(node, ast.Name) and node.id == MODEL and isinstance(node.ctx, ast.Store):
            statement = code.statement(node)
            if not isinstance(code.parents[statement], ast.Module) or not isinstance(
                statement, ast.Assign
            ):
                return OWN
    return MODEL


def _downloads(code: Code, own: set[str], name: str) -> Iterator[Edit]:
    for call in code.calls():
        function = loads.last_name(call.func)
        if function not in WHOLE + ONE:
            continue
        given = keyword(call, "repo_id", "model_id")
        first = given.value if given else call.args[0] if call.args else None
        value = code.value(first) if first else None
        if not isinstance(value, str) or value.casefold() not in own:
            raise RefusedError("card.other_model_id", f"the example fetches {_shown(value)}")
        if function in WHOLE:
            yield code.replaced(call, name, BECAUSE)
            continue
        named = keyword(call, "filename", "file_path")
        part = named.value if named else call.args[1] if call.args[1:] else None
        if part is None:
            raise RefusedError("card.code_missing", f"no file is named in {code.source(call)}")
        yield code.replaced(call, f'{name} + "/" + {code.source(part)}', BECAUSE)


def _texts(code: Code, own: set[str], name: str) -> Iterator[Edit]:
    """Yield edits of the expressions that are an id, the outermost of each."""
    loaded = [argument for call in loads.loads(code) for argument in loads.ids(code, call)]
    names = {node.id for node in loaded if isinstance(node, ast.Name)}
    found: list[ast.expr] = []
    for node in code.all(ast.Constant, ast.JoinedStr, ast.BinOp, ast.Call):
        value = code.value(node)
        if not isinstance(value, str) or value.casefold() not in own:
            continue
        if isinstance(node, ast.Call) and not _is_text_method(node):
            continue
        if any(_within(code, node, each) for each in found):
            continue
        plain = "/" not in value and node not in loaded
        if plain and not _assigned_to(code, node, names):
            continue
        if not _is_shown(code, node):
            found.append(node)
            yield code.replaced(node, name, BECAUSE)


def _is_text_method(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in ("format", "join")


def _within(code: Code, node: ast.AST, above: ast.AST) -> bool:
    while node in code.parents:
        node = code.parents[node]
        if node is above:
            return True
    return False


def _assigned_to(code: Code, node: ast.expr, names: set[str]) -> bool:
    above = code.parents[node]
    targets = above.targets if isinstance(above, ast.Assign) else []
    return any(isinstance(each, ast.Name) and each.id in names for each in targets)


def _is_shown(code: Code, node: ast.expr) -> bool:
    """Tell whether a text is only compared, printed, a key, or a text that does nothing."""
    above = code.parents[node]
    if isinstance(above, ast.Compare | ast.FormattedValue | ast.JoinedStr):
        return True
    if isinstance(above, ast.Dict) and node in above.keys:
        return True
    if isinstance(above, ast.Call) and loads.last_name(above.func) == "print":
        return True
    return isinstance(above, ast.Expr) and is_text(above)


def _check(code: Code) -> None:
    """Refuse code that loads another model, or not this one."""
    for call in loads.loads(code):
        for node in loads.ids(code, call):
            value = code.value(node)
            within = isinstance(value, Filled) and any(
                isinstance(part, Slot) and part.name in (MODEL, OWN) for part in value.parts
            )
            if isinstance(value, str) and not within:
                raise RefusedError("card.other_model_id", f"the example loads {_shown(value)}")
        if loads.is_factory(code, call) and not loads.ids(code, call):
            raise RefusedError(
                "card.other_model_id", "the example names no model: a pipeline's usual one is meant"
            )
    used = {node.id for node in ast.walk(code.tree) if isinstance(node, ast.Name)}
    if not used & {MODEL, OWN}:
        raise RefusedError("card.other_model_id", "the example does not load this model by its id")


def _shown(value: object) -> str:
    known = isinstance(value, str) and not isinstance(value, Hole)
    return f"{value!r}, which is another model" if known else "something that it does not name"
