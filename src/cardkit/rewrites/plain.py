"""Whether an example does nothing but load a model, ask it and show the answer.

Code can change the library, the measures, and the file that they are written to: what a process
says that ran other code is no proof. So only what `plain.yaml` names is plain, and all else is not.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

from cardkit.vocabulary import load

CLASS = re.compile(r"[A-Z]\w*")
OWN_METHODS = ("__init__", "__call__")
"""Of the methods that Python calls by itself, those that a class of an example has."""
GIVEN = ("__name__", "__file__")
TYPES = (str, bytes, int, float, list, tuple, dict, set, range, slice, Exception)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
INSIDE = "changes in a function what it may have been given"
"""An answer's tokens, for one, which `generate` shows to what is to say when it stops."""


def beyond(code: str) -> str:
    r"""Return the first thing that code does beyond that, with its line; "" where there is none.

    >>> beyond("from transformers import pipeline\nprint(pipeline(model=MODEL)('Hi'))")
    ''
    >>> beyond("from transformers import pipeline\nimport os\nos._exit(0)")
    'line 2 imports os'
    """
    found = sorted(_found(ast.parse(code)), key=lambda pair: pair[0])
    return f"line {found[0][0]} {found[0][1]}" if found else ""


def _found(tree: ast.Module) -> Iterator[tuple[int, str]]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    bare = {id(call.func) for call in calls if not call.args and not call.keywords}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "register" and id(node) in bare:
            continue  # OpenLM's: what stands in another's place is given as an argument
        for said in _said(node):
            yield getattr(node, "lineno", 1), said
        if isinstance(node, FUNCTIONS):
            yield from ((each, INSIDE) for each in _changes(node))


def _said(node: ast.AST) -> Iterator[str]:
    """Yield what a node alone does beyond it."""
    match node:
        case ast.Import():
            yield from (f"imports {each.name}" for each in node.names if not _is_module(each.name))
        case ast.ImportFrom():
            yield from _imported(node)
        case ast.Attribute(attr=name, ctx=ast.Load()):
            if not (name in _names() or _is_class(node) or _is_of_parent(node)):
                yield f"uses .{name}"
        case ast.Attribute(attr=name):
            if name not in _kind("set"):
                yield f"sets .{name}"
        case ast.Name(id=name):
            if name in _kind("reaching") or (name.startswith("__") and name not in GIVEN):
                yield f"uses {name}"
        case ast.ClassDef():
            yield from _of_class(node)
        case ast.MatchClass():  # it reads fields by any name
            yield "matches a class"
        case _:
            pass


def _imported(node: ast.ImportFrom) -> Iterator[str]:
    module = "." * node.level + (node.module or "")
    ours = module.partition(".")[0] == "transformers"
    for each in node.names:
        known = each.name in _names() or (ours and CLASS.fullmatch(each.name))
        if not _is_module(module) or not known:
            yield f"imports {each.name} from {module}"


def _of_class(node: ast.ClassDef) -> Iterator[str]:
    for base in node.bases:
        name = ast.unparse(base)
        if name.rpartition(".")[2] not in _kind("bases"):
            yield f"makes a class of its own of {name}"
    for each in node.body:
        name = getattr(each, "name", "")
        if name.startswith("__") and name not in OWN_METHODS:
            yield f"defines {name}"


def _changes(function: ast.AST) -> Iterator[int]:
    """Yield the lines of a function that change something in its place."""
    for node in ast.walk(function):
        stored = isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load)
        if stored or isinstance(node, ast.AugAssign):
            yield getattr(node, "lineno", 1)


def _is_class(node: ast.Attribute) -> bool:
    """Tell whether it is a class of transformers, read from the package."""
    of = isinstance(node.value, ast.Name) and node.value.id == "transformers"
    return of and CLASS.fullmatch(node.attr) is not None


def _is_of_parent(node: ast.Attribute) -> bool:
    """Tell whether it is `super().__init__`."""
    return node.attr in OWN_METHODS and ast.unparse(node.value) == "super()"


def _is_module(name: str) -> bool:
    return name in _kind("modules")


@cache
def _kind(name: str) -> frozenset[str]:
    return frozenset(load("plain.yaml")[name])


@cache
def _names() -> frozenset[str]:
    """Return the names that are plain on whatever they stand."""
    methods = {name for each in TYPES for name in dir(each) if not name.startswith("_")}
    return _kind("names") | methods
