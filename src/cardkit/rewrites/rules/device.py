"""Devices that code names: the target. One that is the target already stays."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cardkit.rewrites import loads
from cardkit.rewrites.code import Code, Edit, keyword
from cardkit.rewrites.devices import ACCELERATOR, MOVES, SPREAD, as_device
from cardkit.rewrites.target import Target

TYPES = ("torch.autocast", "torch.amp.autocast", "torch.amp.GradScaler")
"""What takes a kind of device, without a number."""
ONLY_THERE = (
    "set_device",
    "synchronize",
    "set_per_process_memory_fraction",
    "reset_peak_memory_stats",
)
VISIBLE = ("CUDA_VISIBLE_DEVICES", "ASCEND_RT_VISIBLE_DEVICES")
MEMORY = "max_memory"


def rewrite(code: Code, target: Target) -> Iterator[Edit]:
    """Name the target where another device is named."""
    because = f"the device is {target.plan.device}"
    for statement in code.all(ast.Expr, ast.Assign):
        if isinstance(statement, ast.Expr | ast.Assign) and _only_there(code, statement, target):
            yield code.dropped(statement, because)
    for call in code.calls():
        yield from _move(code, call, target, because)
        yield from _arguments(code, call, target, because)
    for node in code.all(ast.Constant, ast.JoinedStr):
        if isinstance(node, ast.Constant | ast.JoinedStr) and _is_other(code, node, target):
            above = code.parents[node]
            kind = isinstance(above, ast.Call) and code.origin(above.func) in TYPES
            text = f'"{target.plan.device_type}"' if kind else target.device
            if code.source(node) != text:
                yield code.replaced(node, text, because)
    yield from _named_cpu(code, target, because)


def _only_there(code: Code, statement: ast.Expr | ast.Assign, target: Target) -> bool:
    """Tell whether a statement is for another device alone: `torch.cuda.set_device(0)`."""
    if isinstance(statement, ast.Assign):
        place = statement.targets[0]
        return (
            isinstance(place, ast.Subscript)
            and code.source(place.value) == "os.environ"
            and code.value(place.slice) in VISIBLE
        )
    call = statement.value
    if not isinstance(call, ast.Call):
        return False
    name = code.origin(call.func) or code.source(call.func)
    root, _, method = name.rpartition(".")
    if method not in ONLY_THERE or root not in [f"torch.{kind}" for kind in MOVES]:
        return False
    kind = root.partition(".")[2]
    if kind != target.plan.device_type:
        return True
    given = (as_device(code, call.args[0]) if call.args else None) or ""
    other = not target.is_device(given.replace("cuda", kind))
    return method == "set_device" and bool(given) and other


def _move(code: Code, call: ast.Call, target: Target, because: str) -> Iterator[Edit]:
    """Yield the edit of `.cuda()`, `.to(0)`."""
    if not isinstance(call.func, ast.Attribute) or len(call.args) > 1:
        return
    name, of = call.func.attr, code.source(call.func.value)
    if name in MOVES and code.origin(call.func) == "":
        given = as_device(code, call.args[0]) if call.args else name
        device = given.replace("cuda", name) if given else name
        if not target.is_device(device):
            yield code.replaced(call, f"{of}.to({target.device})", because)
    elif name == "to" and call.args and isinstance(call.args[0], ast.Constant):
        number = code.value(call.args[0])
        if type(number) is int:
            yield from _number(code, call.args[0], target, because)


def _number(code: Code, node: ast.expr, target: Target, because: str) -> Iterator[Edit]:
    """Yield the edit of a device that is a number: it means CUDA, and below 0 the CPU."""
    device = as_device(code, node)
    if device is not None and not target.is_device(device):
        yield code.replaced(node, target.device, because)


def _arguments(code: Code, call: ast.Call, target: Target, because: str) -> Iterator[Edit]:
    """Yield edits of `device=` and `device_map=`."""
    loading = loads.is_pretrained(call) or loads.is_pipeline(code, call)
    mapped = keyword(call, "device_map")
    if mapped is not None and loading:
        yield from _map(code, call, mapped, target, because)
    spread = keyword(call, MEMORY)
    if spread is not None and loading:
        reason = f"{because}, all of the model is on it"
        yield code.without(call, spread, reason, None)
    named = keyword(call, "device")
    if named is not None:
        value = code.value(named.value)
        literal = isinstance(named.value, ast.Constant | ast.UnaryOp)
        if literal and type(value) is int:
            yield from _number(code, named.value, target, because)
        elif loading and literal and value == "cpu" and not target.is_device("cpu"):
            yield code.replaced(named.value, target.device, because)


def _map(
    code: Code, call: ast.Call, mapped: ast.keyword, target: Target, because: str
) -> Iterator[Edit]:
    value = code.value(mapped.value)
    if not target.has("accelerate"):
        reason = "device_map needs accelerate, which is not installed"
        yield code.without(call, mapped, reason, "env.missing_package")
        return
    device = as_device(code, mapped.value)
    other = device is not None and not target.is_device(device)
    if isinstance(value, dict) or value in SPREAD or other:
        where = mapped.value
        if isinstance(where, ast.Name) and isinstance(value, str) and other and value != "cpu":
            return  # where the name is given its value
        yield code.replaced(where, target.device, because)


def _is_other(code: Code, node: ast.Constant | ast.JoinedStr, target: Target) -> bool:
    """Tell whether a text names another accelerator, where code says what runs on which."""
    value = code.value(node)
    if isinstance(node, ast.JoinedStr) and not isinstance(value, str):
        return False
    if not isinstance(value, str) or not ACCELERATOR.fullmatch(_numbered(value)):
        return False
    above = code.parents[node]
    if isinstance(above, ast.Compare | ast.FormattedValue | ast.JoinedStr | ast.Expr):
        return False
    if isinstance(above, ast.Dict) and node in above.keys:
        return False
    if isinstance(above, ast.Call) and loads.last_name(above.func) in ("print", "get", "getattr"):
        return False
    return not target.is_device(value)


def _numbered(value: str) -> str:
    """Return a device with a 0 for a number that cannot be followed: `cuda:{rank}`."""
    head, sign, number = value.partition(":{")
    return f"{head}:0" if sign and number.endswith("}") else value


def _named_cpu(code: Code, target: Target, because: str) -> Iterator[Edit]:
    """Yield edits of a CPU that a model is put on; answers may go there."""
    if target.is_device("cpu"):
        return
    for call in code.calls():
        if isinstance(call.func, ast.Attribute) and code.made(call.func.value, "model", "pipeline"):
            if call.func.attr == "cpu" and not call.args:
                of = code.source(call.func.value)
                yield code.replaced(call, f"{of}.to({target.device})", because)
            for node in [*call.args, *(each.value for each in call.keywords)]:
                if call.func.attr == "to" and _is_cpu(code, node):
                    yield code.replaced(node, target.device, because)
    for statement in code.all(ast.Assign):
        names = [getattr(each, "id", "") for each in statement.targets]
        if _is_cpu(code, statement.value) and any("device" in name.lower() for name in names):
            yield code.replaced(statement.value, target.device, because)


def _is_cpu(code: Code, node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and code.value(node) == "cpu"
