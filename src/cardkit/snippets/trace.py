"""What Python code does with a model, followed through its syntax tree without running it.

Constants are followed through assignments, templates and the code's own functions; whatever
cannot be followed is UNKNOWN. Nothing is imported and nothing is run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping
from string import Formatter
from typing import Any, NamedTuple, TypeAlias

STEPS = 20_000
"""Nodes looked at before the rest is UNKNOWN: no printed example needs a tenth."""
NESTED = 60
"""Depth of expressions and calls beyond which the rest is UNKNOWN."""
LONG = 100_000
"""Characters (or entries) beyond which a text (or list) is UNKNOWN."""


class _Unknown:
    """A value that cannot be followed."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()
Value: TypeAlias = Any
"""A constant, a list, tuple or dict of values, one of the classes here, or UNKNOWN."""


class Slot(NamedTuple):
    """A place in a template that is filled by a name."""

    name: str
    value: Value


class Filled(str):
    """A text that a template made: its characters, and the parts that made it."""

    parts: tuple[str | Slot, ...]

    def __new__(cls, parts: Iterable[str | Slot]) -> Filled:
        """Make a text of literal pieces and slots; an unknown value shows its name."""
        parts = tuple(parts)
        shown = [
            part if isinstance(part, str) else part.value if isinstance(part.value, str)
            else f"{{{part.name}}}" for part in parts
        ]  # fmt: skip
        self = super().__new__(cls, "".join(shown))
        self.parts = parts
        return self

    @property
    def whole(self) -> bool:
        """Whether the value of each slot is known."""
        return all(isinstance(p, str) or _is_whole(p.value) for p in self.parts)


class Hole(NamedTuple):
    """A name whose value is unknown: a parameter, or a name from elsewhere."""

    name: str


class Origin(NamedTuple):
    """Something imported: the module and the dotted name in it."""

    module: str
    name: str


class Made(NamedTuple):
    """Something that a call made."""

    role: str
    """`model`, `pipeline`, `tokenizer`, `settings` or `other`."""
    entry: str
    module: str
    model_id: str | None = None
    settings: tuple[tuple[str, Value], ...] = ()
    """Of generation settings: their literal arguments."""


class Bound(NamedTuple):
    """An attribute of something."""

    of: Value
    name: str


class Local(NamedTuple):
    """A function of the code itself."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Call(NamedTuple):
    """One call, its arguments followed."""

    target: Value
    arguments: tuple[Value, ...]
    keywords: dict[str, Value]


Judge: TypeAlias = Callable[[Call], Value]
"""Told of each call in its order; returns what the call makes, or UNKNOWN."""


def follow(
    tree: ast.Module,
    judge: Judge,
    names: Mapping[str, Value],
    texts: list[str],
    seen: dict[ast.expr, Value] | None = None,
) -> dict[str, Value]:
    """Return the names that code leaves behind, after telling the judge of each call in order.

    The texts that the code builds from templates or gives a name are added to `texts`; what each
    expression is to `seen`, UNKNOWN where it is another thing each time.
    """
    tracer = _Tracer(judge, dict(names), texts, seen)
    tracer.block(tree.body)
    tracer.rest()
    return tracer.names


def strings(value: Value) -> list[str]:
    """Return the texts in a value: a text, a list of them, or what chat messages say as user.

    >>> strings([{"role": "system", "content": "a"}, {"role": "user", "content": "b"}])
    ['b']
    """
    found: list[str] = []
    left = [value]
    for _ in range(MANY):
        if not left:
            break
        value = left.pop()
        if isinstance(value, str):
            found += [value] if _is_whole(value) else []
        elif is_several(value):
            left += value[:MANY][::-1]
        elif isinstance(value, dict) and "role" in value:
            left += [value.get("content")] if value["role"] in USERS else []
        elif isinstance(value, dict):
            left += [value[key] for key in reversed(TEXT_KEYS) if key in value]
    return found


def is_several(value: Value) -> bool:
    """Tell whether a value is a list or a plain tuple of values."""
    return isinstance(value, list) or type(value) is tuple


def is_chat(value: Value) -> bool:
    """Tell whether a value is a list of chat messages."""
    while isinstance(value, list) and value and isinstance(value[0], list):
        value = value[0]
    return isinstance(value, list) and any(isinstance(x, dict) and "role" in x for x in value)


USERS = ("user", "human", "User", "USER", "Human")
TEXT_KEYS = ("text", "prompt", "inputs", "query", "question", "context")
MANY = 400
"""Entries looked through for texts."""


def _fill(parts: Iterable[str | Slot]) -> Value:
    """Return the text that parts make, or UNKNOWN when it grows too long."""
    parts = tuple(part for part in parts if part != "")
    if (
        len(parts) > MANY
        or sum(_length(p if isinstance(p, str) else p.value) for p in parts) > LONG
    ):
        return UNKNOWN
    return Filled(parts)


def _is_whole(value: Value) -> bool:
    return isinstance(value, str) and (not isinstance(value, Filled) or value.whole)


def _parts(name: str, value: Value) -> tuple[str | Slot, ...]:
    """Return what stands in a template where a value is put in."""
    if isinstance(value, Filled):
        return value.parts
    if isinstance(value, (bool, int, float)) or value is None:
        return (str(value),)
    if isinstance(value, Hole):
        return (Slot(value.name, UNKNOWN),)
    return (Slot(name, value if isinstance(value, str) else UNKNOWN),)


class _Tracer:
    """The names that code has given so far, and a count of its steps."""

    def __init__(
        self,
        judge: Judge,
        names: dict[str, Value],
        texts: list[str],
        seen: dict[ast.expr, Value] | None = None,
    ) -> None:
        self.judge = judge
        self.names = names
        self.texts = texts
        self.seen = seen
        self.steps = 0
        self.depth = 0
        self.functions: dict[int, ast.FunctionDef | ast.AsyncFunctionDef] = {}

    # Statements

    def block(self, body: list[ast.stmt]) -> Value:
        """Follow statements; return the first value that one of them returns, else UNKNOWN."""
        returned: Value = UNKNOWN
        for statement in body:
            value = self.statement(statement)
            if returned is UNKNOWN:
                returned = value
        return returned

    def statement(self, node: ast.stmt) -> Value:
        self.steps += 1
        if self.steps > STEPS or self.depth > NESTED:
            return UNKNOWN
        self.depth += 1
        try:
            step = getattr(self, f"do_{type(node).__name__}", None)
            return step(node) if step else self.children(node)
        finally:
            self.depth -= 1

    def children(self, node: ast.AST) -> Value:
        """Follow the parts of a statement that has no rule of its own."""
        returned: Value = UNKNOWN
        for _, field in ast.iter_fields(node):
            for child in field if isinstance(field, list) else [field]:
                if isinstance(child, ast.stmt):
                    value = self.statement(child)
                    returned = value if returned is UNKNOWN else returned
                elif isinstance(child, ast.expr):
                    self.value(child)
                elif isinstance(child, ast.ExceptHandler | ast.match_case):
                    self.block(child.body)
        return returned

    def do_Import(self, node: ast.Import) -> Value:  # noqa: N802
        for alias in node.names:
            top = alias.name.partition(".")[0]
            self.names[alias.asname or top] = Origin(alias.name if alias.asname else top, "")
        return UNKNOWN

    def do_ImportFrom(self, node: ast.ImportFrom) -> Value:  # noqa: N802
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            self.names[alias.asname or alias.name] = Origin(module, alias.name)
        return UNKNOWN

    def do_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Value:  # noqa: N802
        self.names[node.name] = Local(node)
        self.functions[id(node)] = node
        return UNKNOWN

    do_AsyncFunctionDef = do_FunctionDef  # noqa: N815

    def do_ClassDef(self, node: ast.ClassDef) -> Value:  # noqa: N802
        outer = dict(self.names)
        self.block(node.body)
        self.names = outer
        self.names[node.name] = UNKNOWN
        return UNKNOWN

    def do_Return(self, node: ast.Return) -> Value:  # noqa: N802
        value = self.value(node.value) if node.value else UNKNOWN
        if isinstance(value, str):
            self.texts.append(value)
        return value

    def do_Assign(self, node: ast.Assign) -> Value:  # noqa: N802
        value = self.value(node.value)
        for target in node.targets:
            self.give(target, value)
        return UNKNOWN

    def do_AnnAssign(self, node: ast.AnnAssign) -> Value:  # noqa: N802
        if node.value:
            self.give(node.target, self.value(node.value))
        return UNKNOWN

    def do_AugAssign(self, node: ast.AugAssign) -> Value:  # noqa: N802
        old = self.value(node.target)
        self.give(node.target, self.add(node.op, old, self.value(node.value), "", ""))
        return UNKNOWN

    def do_For(self, node: ast.For | ast.AsyncFor) -> Value:  # noqa: N802
        entries = self.value(node.iter)
        known = is_several(entries)
        returned: Value = UNKNOWN
        for entry in entries[:16] if known and len(entries) else [UNKNOWN]:
            self.give(node.target, entry)
            value = self.block(node.body)
            returned = value if returned is UNKNOWN else returned
        self.block(node.orelse)
        return returned

    do_AsyncFor = do_For  # noqa: N815

    def do_With(self, node: ast.With | ast.AsyncWith) -> Value:  # noqa: N802
        for part in node.items:
            value = self.value(part.context_expr)
            if part.optional_vars:
                self.give(part.optional_vars, value)
        return self.block(node.body)

    do_AsyncWith = do_With  # noqa: N815

    def give(self, target: ast.expr, value: Value) -> None:
        """Give a value to a name, or to several."""
        if isinstance(target, ast.Name):
            if isinstance(value, str):
                self.texts.append(value)
            self.names[target.id] = Hole(target.id) if value is UNKNOWN else value
        elif isinstance(target, ast.Tuple | ast.List):
            several = is_several(value)
            fits = several and len(value) == len(target.elts)
            for i, part in enumerate(target.elts):
                self.give(part, value[i] if fits else UNKNOWN)
        elif isinstance(target, ast.Attribute):
            self.judge(Call(Bound(self.value(target.value), f"{target.attr}="), (value,), {}))
        elif isinstance(target, ast.Subscript):
            holder, key = self.value(target.value), self.value(target.slice)
            if isinstance(holder, dict) and isinstance(key, str):
                holder[key] = value

    def rest(self) -> None:
        """Follow the functions that nothing called, their parameters unknown."""
        while self.functions and self.steps <= STEPS:
            node = self.functions.pop(next(iter(self.functions)))
            self.enter(Local(node), (), {})

    # Expressions

    def value(self, node: ast.expr) -> Value:
        """Return the value of an expression, as far as it can be followed."""
        self.steps += 1
        if self.steps > STEPS or self.depth > NESTED:
            return UNKNOWN
        rule = EXPRESSIONS.get(type(node))
        self.depth += 1
        try:
            found = rule(self, node) if rule else self.within(node)
        finally:
            self.depth -= 1
        if self.seen is not None:
            again = node in self.seen and self.seen[node] != found
            self.seen[node] = UNKNOWN if again else found
        return found

    def within(self, node: ast.expr) -> Value:
        """Follow the parts of an expression that has no rule of its own."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child)
        return UNKNOWN

    def sequence(self, node: ast.List | ast.Tuple | ast.Set) -> Value:
        values: list[Value] = []
        for part in node.elts:
            if isinstance(part, ast.Starred):
                inner = self.value(part.value)
                values += inner if isinstance(inner, list) else [UNKNOWN]
            else:
                values.append(self.value(part))
        return tuple(values) if isinstance(node, ast.Tuple) else values

    def mapping(self, node: ast.Dict) -> Value:
        made: dict[Value, Value] = {}
        for key, part in zip(node.keys, node.values, strict=True):
            value = self.value(part)
            if key is None:
                made.update(value if isinstance(value, dict) else {})
            elif isinstance(name := self.value(key), str | int | float):
                made[name] = value
        return made

    def name(self, node: ast.Name) -> Value:
        return self.names.get(node.id, Hole(node.id))

    def attribute(self, node: ast.Attribute) -> Value:
        of = self.value(node.value)
        if isinstance(of, Origin):
            return of._replace(name=f"{of.name}.{node.attr}" if of.name else node.attr)
        return Bound(of, node.attr)

    def subscript(self, node: ast.Subscript) -> Value:
        of, key = self.value(node.value), self.value(node.slice)
        if isinstance(of, dict) and isinstance(key, (str, int)):
            return of.get(key, UNKNOWN)
        if isinstance(of, Made) and isinstance(key, int):
            return self.judge(Call(Bound(of, f"[{key}]"), (), {}))
        several = is_several(of)
        if several and isinstance(key, int) and -len(of) <= key < len(of):
            return of[key]
        return UNKNOWN

    def template(self, node: ast.JoinedStr) -> Value:
        parts: list[str | Slot] = []
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                plain = part.conversion == -1 and part.format_spec is None
                value = self.value(part.value)
                parts += _parts(_label(part.value), value if plain else UNKNOWN)
            elif isinstance(part, ast.Constant):
                parts.append(str(part.value))
        if all(isinstance(part, str) for part in parts):
            return "".join(map(str, parts))
        return _fill(parts)

    def binary(self, node: ast.BinOp) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        return self.add(node.op, left, right, _label(node.left), _label(node.right))

    def add(self, op: ast.operator, left: Value, right: Value, *labels: str) -> Value:
        """Return the outcome of an operator on texts, lists and small numbers."""
        if isinstance(op, ast.Mod) and isinstance(left, str):
            values = right if isinstance(right, tuple) else (right,)
            return self.percent(left, values, labels[1])
        if isinstance(op, ast.Add):
            if isinstance(left, list) and isinstance(right, list):
                return left + right if len(left) + len(right) < LONG else UNKNOWN
            if isinstance(left, str) or isinstance(right, str):
                if _length(left) + _length(right) > LONG:
                    return UNKNOWN
                plain = [v for v in (left, right) if type(v) is str]
                if len(plain) == 2 and not any(labels):
                    return plain[0] + plain[1]
                return self.joined(left, right, labels)
        if isinstance(left, (int, float)) and isinstance(right, (int, float)):
            return _number(op, left, right)
        return UNKNOWN

    def joined(self, left: Value, right: Value, labels: tuple[str, ...]) -> Value:
        """Return two texts in a row; what came through a name is a slot."""
        parts: list[str | Slot] = []
        for value, label in zip((left, right), labels, strict=True):
            parts += [value] if type(value) is str and not label else _parts(label, value)
        return _fill(parts)

    def percent(self, template: str, values: tuple[Value, ...], label: str) -> Value:
        pieces = re.split(r"%[sd]", template)
        if len(pieces) != len(values) + 1:
            return UNKNOWN
        parts: list[str | Slot] = [pieces[0].replace("%%", "%")]
        for value, piece in zip(values, pieces[1:], strict=True):
            parts += [*_parts(label, value), piece.replace("%%", "%")]
        return _fill(parts)

    def either(self, node: ast.IfExp) -> Value:
        self.value(node.test)
        body, other = self.value(node.body), self.value(node.orelse)
        return body if isinstance(body, str) and body == other else UNKNOWN

    def comprehension(self, node: ast.ListComp | ast.GeneratorExp) -> Value:
        loop = node.generators[0]
        entries = self.value(loop.iter)
        simple = len(node.generators) == 1 and not loop.ifs
        known = is_several(entries)
        made = []
        for entry in entries[:16] if known and simple else [UNKNOWN]:
            self.give(loop.target, entry)
            made.append(self.value(node.elt))
        return made if known and simple else UNKNOWN

    def signed(self, node: ast.UnaryOp) -> Value:
        value = self.value(node.operand)
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return -value if isinstance(node.op, ast.USub) and number else UNKNOWN

    def awaited(self, node: ast.Await | ast.Starred | ast.NamedExpr) -> Value:
        value = self.value(node.value)
        if isinstance(node, ast.NamedExpr):
            self.give(node.target, value)
        return value

    def call(self, node: ast.Call) -> Value:
        target = self.value(node.func)
        arguments: list[Value] = []
        for part in node.args:
            value = self.value(part)
            unpacked = isinstance(part, ast.Starred) and isinstance(value, list)
            arguments += value if unpacked else [value]
        keywords: dict[str, Value] = {}
        for keyword in node.keywords:
            value = self.value(keyword.value)
            if keyword.arg:
                keywords[keyword.arg] = value
            elif isinstance(value, dict):
                keywords.update({k: v for k, v in value.items() if isinstance(k, str)})
        if isinstance(target, Local):
            return self.enter(target, tuple(arguments), keywords)
        made = self.judge(Call(target, tuple(arguments), keywords))
        if made is UNKNOWN and isinstance(target, Bound):
            labels = [_label(part) for part in node.args]
            return self.method(target, arguments, keywords, labels)
        return made

    def enter(
        self, local: Local, arguments: tuple[Value, ...], keywords: dict[str, Value]
    ) -> Value:
        """Follow a function of the code with the arguments of one call."""
        node = local.node
        if self.depth > NESTED // 2:
            return UNKNOWN
        self.functions.pop(id(node), None)
        names = [p.arg for p in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        outer = self.names
        self.names = {**outer, **{name: Hole(name) for name in names}}
        defaults = node.args.defaults
        for name, default in zip(
            names[len(node.args.args) - len(defaults) :], defaults, strict=False
        ):
            self.names[name] = self.value(default)
        given = {**dict(zip(names, arguments, strict=False)), **keywords}
        for name, value in given.items():
            if value is not UNKNOWN and name in names:
                self.names[name] = value
        self.depth += 1
        try:
            if isinstance(node, ast.Lambda):
                return self.value(node.body)
            return self.block(node.body)
        finally:
            self.depth -= 1
            self.names = outer

    def method(
        self, target: Bound, arguments: list[Value], keywords: dict[str, Value], labels: list[str]
    ) -> Value:
        """Return what a method of a text, list or dict gives."""
        of, name = target.of, target.name
        if isinstance(of, str):
            if name == "format":
                return self.formatted(of, arguments, keywords, labels)
            if name == "replace" and len(arguments) == 2 and isinstance(arguments[0], str):
                return self.replaced(of, arguments[0], arguments[1], labels[1])
            if name in ("strip", "lstrip", "rstrip") and not isinstance(of, Filled):
                ends = arguments[0] if arguments and isinstance(arguments[0], str) else None
                return str(getattr(of, name)(ends))
            if name == "join" and len(arguments) == 1 and isinstance(arguments[0], list):
                texts = arguments[0]
                if texts and all(isinstance(x, str) for x in texts):
                    return str(of).join(texts) if sum(map(len, texts)) < LONG else UNKNOWN
        elif isinstance(of, list) and arguments and len(of) < LONG:
            if name == "append":
                of.append(arguments[0])
            elif name == "extend" and isinstance(arguments[0], list):
                of.extend(arguments[0][: LONG - len(of)])
        elif isinstance(of, dict) and arguments and name == "get":
            return of.get(arguments[0], UNKNOWN) if isinstance(arguments[0], str) else UNKNOWN
        elif name == "format" and isinstance(of, Hole):
            return UNKNOWN
        return UNKNOWN

    def formatted(
        self, text: str, arguments: list[Value], keywords: dict[str, Value], labels: list[str]
    ) -> Value:
        """Return a text whose `{}` and `{name}` are filled in."""
        try:
            fields = list(Formatter().parse(text))
        except ValueError:
            return UNKNOWN
        parts: list[str | Slot] = []
        count = 0
        for literal, field, _, _ in fields:
            parts.append(literal)
            if field is None:
                continue
            if field == "" or field.isdigit():
                place = int(field) if field else count
                count += 1
                value = arguments[place] if place < len(arguments) else UNKNOWN
                parts += _parts(labels[place] if place < len(labels) else "", value)
            else:
                parts += _parts(field, keywords.get(field, UNKNOWN))
        return _fill(parts)

    def replaced(self, text: str, old: str, new: Value, label: str) -> Value:
        """Return a text in which a placeholder is replaced."""
        if not old or text.count(old) != 1 or isinstance(text, Filled):
            return UNKNOWN
        before, _, after = text.partition(old)
        return _fill((before, *_parts(label or old, new), after))


EXPRESSIONS: dict[type[ast.expr], Callable[[_Tracer, Any], Value]] = {
    ast.Constant: lambda _, node: UNKNOWN if isinstance(node.value, bytes) else node.value,
    ast.Name: _Tracer.name,
    ast.Attribute: _Tracer.attribute,
    ast.Subscript: _Tracer.subscript,
    ast.List: _Tracer.sequence,
    ast.Tuple: _Tracer.sequence,
    ast.Set: _Tracer.sequence,
    ast.Dict: _Tracer.mapping,
    ast.JoinedStr: _Tracer.template,
    ast.BinOp: _Tracer.binary,
    ast.UnaryOp: _Tracer.signed,
    ast.IfExp: _Tracer.either,
    ast.ListComp: _Tracer.comprehension,
    ast.GeneratorExp: _Tracer.comprehension,
    ast.Call: _Tracer.call,
    ast.Await: _Tracer.awaited,
    ast.Starred: _Tracer.awaited,
    ast.NamedExpr: _Tracer.awaited,
    ast.Lambda: lambda _, node: Local(node),
}


def _label(node: ast.expr) -> str:
    """Return the name under which an expression goes; "" for a literal."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        inner = node.slice
        literal = isinstance(inner, ast.Constant) and isinstance(inner.value, str)
        return inner.value if literal else _label(node.value)  # type: ignore[attr-defined]
    if isinstance(node, ast.Call):
        return _label(node.args[0]) if node.args else ""
    return ""


def _length(value: Value) -> int:
    return len(value) if isinstance(value, str) else 0


def _number(op: ast.operator, left: float, right: float) -> Value:
    """Return the outcome of + - * / on numbers that stay small."""
    if max(abs(left), abs(right)) > 1e9:
        return UNKNOWN
    if isinstance(op, ast.Mult):
        return left * right
    if isinstance(op, ast.Add):
        return left + right
    if isinstance(op, ast.Sub):
        return left - right
    return UNKNOWN
