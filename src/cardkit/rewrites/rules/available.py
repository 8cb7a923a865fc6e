"""Code that asks which accelerator there is: the target is known.

`"cuda" if torch.cuda.is_available() else "cpu"` would take another device than the one that is
asked for: the target's stands in its place.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from cardkit.rewrites.code import Code, Edit
from cardkit.rewrites.devices import as_device
from cardkit.rewrites.target import Target

ASKS = re.compile(r"torch\.(?:backends\.)?(\w+)\.is_available")
OTHERS = ("mps", "xpu", "mlu", "musa", "hpu")


def rewrite(code: Code, target: Target) -> Iterator[Edit]:
    """Answer what the code asks of the machine."""
    for node in code.all(ast.IfExp):
        yield from _choice(code, node, target)
    for call in code.calls():
        kind = _asked(code, call)
        if kind is None or kind == target.plan.device_type:
            continue
        above = code.parents[call]
        because = f"the device is {target.plan.device}"
        if isinstance(above, ast.Assert):
            yield code.dropped(above, because)
        else:
            there = target.plan.device_type != "cpu" and kind not in OTHERS
            yield code.replaced(call, str(there), because)


def _asked(code: Code, call: ast.Call) -> str | None:
    """Return the kind of device that a call asks for; None where it asks for none."""
    match = ASKS.fullmatch(code.origin(call.func) or code.source(call.func))
    return match[1] if match else None


def _choice(code: Code, node: ast.IfExp, target: Target) -> Iterator[Edit]:
    """Yield the edit of a choice between devices."""
    asks = [each for each in ast.walk(node.test) if isinstance(each, ast.Call)]
    kinds = [kind for kind in (_asked(code, each) for each in asks) if kind]
    if not kinds:
        return
    devices = [as_device(code, each) for each in _ends(node)]
    if None in devices or devices[-1] != "cpu" or isinstance(code.parents[node], ast.IfExp):
        return  # a number that is no device, or a part of a longer choice
    first = devices[0] or ""
    if kinds == [target.plan.device_type] and target.is_device(first):
        return
    yield code.replaced(node, target.device, f"the device is {target.plan.device}")


def _ends(node: ast.expr) -> list[ast.expr]:
    """Return what a choice may give."""
    return [*_ends(node.body), *_ends(node.orelse)] if isinstance(node, ast.IfExp) else [node]
