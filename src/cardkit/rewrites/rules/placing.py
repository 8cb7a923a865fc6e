"""Models, inputs and pipelines that are put nowhere: put on the device.

Weights land on the CPU by themselves; a pipeline takes the first accelerator that it finds. Seen
on: examples that name no device.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cardkit.rewrites import loads
from cardkit.rewrites.code import Code, Edit, keyword
from cardkit.rewrites.devices import MOVES
from cardkit.rewrites.target import Target

TENSORS = "return_tensors"
TAKES = ("encode", "apply_chat_template", "__call__", "pad")


def rewrite(code: Code, target: Target) -> Iterator[Edit]:
    """Put what is put nowhere on the device."""
    moved = _moved(code)
    cpu = target.plan.device_type == "cpu"
    for call in loads.loads(code):
        if cpu and not loads.is_pipeline(code, call):
            continue
        if loads.of_transformers(code, call) and not _is_placed(code, call, moved):
            yield from _place(code, call, target)
    if cpu:
        return
    for call in code.calls():
        if _makes_tensors(code, call) and not _is_moved(code, call, moved):
            end = code.span(call)[1]
            text = f".to({target.device})"
            because = f"inputs must be where the model is: on {target.plan.device}"
            yield Edit(end, end, text, because, None, "", f"{code.source(call)}{text}")


def _place(code: Code, call: ast.Call, target: Target) -> Iterator[Edit]:
    because = f"nothing puts it on the device, which is {target.plan.device}"
    if loads.is_pipeline(code, call) and target.plan.device_type == "cpu":
        because = "a pipeline takes an accelerator that it finds; the device is cpu"
    if loads.is_pipeline(code, call):
        yield code.added(call, f"device={target.device}", because, None)
    elif target.has("accelerate"):
        yield code.added(call, f"device_map={target.device}", because, None)
    else:
        end = code.span(call)[1]
        text = f".to({target.device})"
        yield Edit(end, end, text, because, None, "", f"{code.source(call)}{text}")


def _is_placed(code: Code, call: ast.Call, moved: set[str]) -> bool:
    """Tell whether code says where a load goes, or it is no model's."""
    model = code.made(call, "model", "pipeline")
    if model is None or keyword(call, "device_map", "device") is not None:
        return True
    inner = [*call.args, *(each.value for each in call.keywords)]
    if not loads.is_pipeline(code, call) and any(code.made(node, "model") for node in inner):
        return True  # it takes a model that is placed
    if any(each.arg is None for each in call.keywords):
        return any(
            isinstance(value := code.value(each.value), dict)
            and {"device_map", "device"} & {*value}
            for each in call.keywords
            if each.arg is None
        )
    return _is_moved(code, call, moved)


def _moved(code: Code) -> set[str]:
    """Return the names that something is put on a device by."""
    found: set[str] = set()
    for call in loads.loads(code):
        if loads.is_pipeline(code, call):  # it moves its model
            given = [*call.args, *(each.value for each in call.keywords)]
            found |= {node.id for node in given if isinstance(node, ast.Name)}
    for call in code.calls():
        if _is_move(call):
            root = _root(call.func)
            if root:
                found |= {root, *_comprehended(code, call, root)}
    return found


def _is_move(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute):
        return False
    named = any(each.arg == "device" for each in call.keywords)
    return call.func.attr in MOVES or (call.func.attr == "to" and bool(call.args or named))


def _root(node: ast.AST) -> str:
    """Return the name that a chain begins with: `x` of `x["input_ids"].to`."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _comprehended(code: Code, node: ast.AST, name: str) -> Iterator[str]:
    """Yield what a name of a comprehension goes over: `x` of `for k, v in x.items()`."""
    while node in code.parents:
        node = code.parents[node]
        for loop in getattr(node, "generators", ()):
            targets = [each.id for each in ast.walk(loop.target) if isinstance(each, ast.Name)]
            if name in targets:
                yield _root(loop.iter)


def _makes_tensors(code: Code, call: ast.Call) -> bool:
    """Tell whether a tokenizer or processor makes tensors for PyTorch."""
    given = keyword(call, TENSORS)
    if given is None or code.value(given.value) != "pt":
        return False
    name = loads.last_name(call.func)
    plain = isinstance(call.func, ast.Name)
    return bool(code.made(call.func, "tokenizer")) or (
        isinstance(call.func, ast.Attribute) and name in TAKES
    ) or (plain and any(word in name.lower() for word in ("token", "processor")))  # fmt: skip


def _is_moved(code: Code, node: ast.AST, moved: set[str]) -> bool:
    """Tell whether what a call gives is put on a device, here or by its name."""
    above = code.parents[node]
    while isinstance(above, ast.Attribute | ast.Subscript | ast.Call):
        if isinstance(above, ast.Call) and above.func is not node:
            if _is_move(above) and node in above.args:
                return True
            break
        if isinstance(above, ast.Call) and _is_move(above):
            return True
        node, above = above, code.parents[above]
    if isinstance(above, ast.Assign):
        names = {each.id for each in above.targets if isinstance(each, ast.Name)}
        return bool(names & moved)
    return False
