"""Code as it is rewritten: its text, its syntax tree, and what each expression is.

An edit replaces the characters of one node; all else stays byte for byte.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from cardkit.plan import Change
from cardkit.snippets.snippet import parse
from cardkit.snippets.trace import UNKNOWN, Made, Origin, Value, follow
from cardkit.snippets.witness import Witness

N = TypeVar("N", bound=ast.AST)


class Edit(NamedTuple):
    """One change to a text, and what is said of it."""

    start: int
    """First character that goes."""
    end: int
    text: str
    """What comes in its place."""
    because: str
    code: str | None = None
    before: str | None = None
    """The part that is shown; None: what goes."""
    after: str | None = None
    """None: what comes."""


class Code(NamedTuple):
    """Python that parses."""

    text: str
    tree: ast.Module
    values: Mapping[ast.expr, Value]
    """What each expression is, as far as it can be followed."""
    parents: Mapping[ast.AST, ast.AST]
    lines: tuple[int, ...]
    """For each line, the line of the code before any change that it comes from, from 1."""
    starts: tuple[int, ...]
    """The character that each line begins with."""

    # Where nodes stand

    def offset(self, line: int, column: int) -> int:
        """Return the character at a line, from 1, and a column of UTF-8 bytes, from 0."""
        start = self.starts[line - 1]
        piece = self.text[start : start + column]
        if not piece.isascii():
            end = self.starts[line] if line < len(self.starts) else len(self.text)
            whole = self.text[start:end].encode()
            return start + len(whole[:column].decode())
        return start + column

    def span(self, node: ast.expr | ast.stmt | ast.keyword | ast.alias) -> tuple[int, int]:
        """Return the characters of a node, first and behind the last."""
        assert node.end_lineno is not None  # noqa: S101 - the parser gives them
        assert node.end_col_offset is not None  # noqa: S101
        start = self.offset(node.lineno, node.col_offset)
        return start, self.offset(node.end_lineno, node.end_col_offset)

    def source(self, node: ast.expr | ast.stmt | ast.keyword | ast.alias) -> str:
        """Return the characters of a node."""
        start, end = self.span(node)
        return self.text[start:end]

    # What nodes are

    def value(self, node: ast.expr) -> Value:
        """Return what an expression is: a constant, a class of `snippets.trace`, or UNKNOWN."""
        return self.values.get(node, UNKNOWN)

    def origin(self, node: ast.expr) -> str:
        """Return the dotted name that an expression is imported by; "" where it is none."""
        value = self.value(node)
        if not isinstance(value, Origin):
            return ""
        return f"{value.module}.{value.name}" if value.name else value.module

    def made(self, node: ast.expr, *roles: str) -> Made | None:
        """Return what an expression was made as, when it has one of the roles."""
        value = self.value(node)
        return value if isinstance(value, Made) and value.role in roles else None

    def all(self, *kinds: type[N]) -> Iterator[N]:
        """Yield the nodes of some kinds in the order of the text."""
        found: list[N] = [node for node in ast.walk(self.tree) if isinstance(node, kinds)]
        yield from sorted(
            found, key=lambda node: (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))
        )

    def calls(self) -> Iterator[ast.Call]:
        """Yield the calls in the order of the text."""
        return self.all(ast.Call)

    def statement(self, node: ast.AST) -> ast.stmt:
        """Return the statement that holds a node."""
        while not isinstance(node, ast.stmt):
            node = self.parents[node]
        return node

    # Edits

    def replaced(
        self,
        node: ast.expr | ast.stmt | ast.keyword | ast.alias,
        text: str,
        because: str,
        code: str | None = None,
    ) -> Edit:
        """Return the edit that puts a text in a node's place."""
        return Edit(*self.span(node), text, because, code)

    def without(
        self, call: ast.Call, argument: ast.expr | ast.keyword, because: str, code: str | None
    ) -> Edit:
        """Return the edit that drops an argument of a call, its comma included."""
        shown = self.source(argument)
        start, end = self._wide(*self.span(argument), call)
        others = self._arguments(call)
        row = self.text.rfind("\n", 0, start) + 1
        rest = self.text[end:].split("\n", 1)[0]
        alone = not self.text[row:start].strip() and rest.partition("#")[0].strip() in ("", ",")
        if alone and self.text[end : end + len(rest) + 1].endswith("\n"):
            return Edit(row, end + len(rest) + 1, "", because, code, shown, "")
        before = [span for span in others if span[1] <= start]
        after = [span for span in others if span[0] >= end]
        first = not self.text[row:start].strip()
        if first and after and "\n" not in self.text[end : after[0][0]]:
            end = self._wide(*after[0], call)[0]
        elif before:
            start = self._wide(*before[-1], call)[1]
        elif after:
            end = self._wide(*after[0], call)[0]
        elif rest.lstrip().startswith(","):
            end += rest.index(",") + 1
        return Edit(start, end, "", because, code, shown, "")

    def _wide(self, start: int, end: int, call: ast.Call) -> tuple[int, int]:
        """Return the characters of an argument with the brackets around it."""
        first, last = self.span(call.func)[1], self.span(call)[1] - 1
        while True:
            left, right = start - 1, end
            while left > first and self.text[left].isspace():
                left -= 1
            while right < last and self.text[right].isspace():
                right += 1
            inside = left > first and right < last
            if not (inside and self.text[left] == "(" and self.text[right] == ")"):
                return start, end
            if left == self.text.find("(", first):
                return start, end
            start, end = left, right + 1

    def _arguments(self, call: ast.Call) -> list[tuple[int, int]]:
        """Return the characters of each argument of a call."""
        return sorted([*map(self.span, call.args), *map(self.span, call.keywords)])

    def added(self, call: ast.Call, text: str, because: str, code: str | None) -> Edit:
        """Return the edit that adds an argument behind all others of a call."""
        others = self._arguments(call)
        if not others:
            end = self.span(call)[1] - 1
            return Edit(end, end, text, because, code, "", text)
        start, end = self._wide(*others[-1], call)
        row = self.text.rfind("\n", 0, start) + 1
        rest = self.text[end:].split("\n", 1)[0].strip()
        own_line = not self.text[row:start].strip() and rest in ("", ",")
        sign = f",\n{self.text[row:start]}" if own_line else ", "
        return Edit(end, end, f"{sign}{text}", because, code, "", text)

    def dropped(self, statement: ast.stmt, because: str, code: str | None = None) -> Edit:
        """Return the edit that drops a statement: its lines, or `pass` where it stands alone."""
        start, end = self.span(statement)
        shown = self.source(statement)
        row = self.text.rfind("\n", 0, start) + 1
        rest = self.text[end:].split("\n", 1)[0]
        whole = not self.text[row:start].strip() and not rest.partition("#")[0].strip()
        if not whole or self._alone(statement):
            return Edit(start, end, "pass", because, code, shown, "")
        until = end + len(rest) + (self.text[end + len(rest) : end + len(rest) + 1] == "\n")
        return Edit(row, until, "", because, code, shown, "")

    def _alone(self, statement: ast.stmt) -> bool:
        """Tell whether a statement is the only one of its block."""
        above = self.parents[statement]
        if isinstance(above, ast.Module):
            return False
        blocks = [getattr(above, name, []) for name in ("body", "orelse", "finalbody", "handlers")]
        return any(statement in block and len(block) == 1 for block in blocks)

    def line_at_top(self, line: str, because: str, code: str | None = None) -> Edit:
        """Return the edit that puts a line before the first statement that does something."""
        at = len(self.text)
        for statement in self.tree.body:
            future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
            if not (future or is_text(statement)):
                at = self.text.rfind("\n", 0, self.span(statement)[0]) + 1
                break
        return Edit(at, at, f"{line}\n", because, code, "", line)

    def edited(self, edits: Iterable[Edit], rule: str) -> tuple[Code, list[Change]]:
        """Return the code after edits that do not touch each other, and what is said of them."""
        text, lines, changes = [], [], []
        at = 0
        for edit in sorted(edits, key=place):
            origin = self._line(edit.start)
            before = self.text[edit.start : edit.end] if edit.before is None else edit.before
            after = edit.text if edit.after is None else edit.after
            changes.append(
                Change(
                    rule=rule, line=self.lines[origin], before=before, after=after,
                    because=edit.because, code=edit.code,
                )
            )  # fmt: skip
            for piece, first in ((self.text[at : edit.start], self._line(at)), (edit.text, None)):
                text.append(piece)
                rows = range(piece.count("\n"))
                lines += [self.lines[origin if first is None else first + row] for row in rows]
            at = edit.end
        text.append(self.text[at:])
        lines += self.lines[self._line(at) :]
        return read("".join(text), tuple(lines)), changes

    def _line(self, at: int) -> int:
        """Return the number, from 0, of the line that holds a character."""
        return self.text.count("\n", 0, at)


def is_text(statement: ast.stmt) -> bool:
    """Tell whether a statement is a text that does nothing."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def read(text: str, lines: tuple[int, ...] | None = None) -> Code:
    """Return code from its text, which parses."""
    tree = parse(text)
    if tree is None:
        raise AssertionError(f"a rewrite left what does not parse:\n{text}")
    values: dict[ast.expr, Value] = {}
    follow(tree, Witness(), {}, [], values)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    rows = text.split("\n")
    starts = [0]
    for row in rows[:-1]:
        starts.append(starts[-1] + len(row) + 1)
    return Code(text, tree, values, parents, lines or tuple(range(1, len(rows) + 1)), tuple(starts))


def apart(edits: Iterable[Edit]) -> list[Edit]:
    """Return the edits that do not touch an earlier one; the others come again."""
    kept: list[Edit] = []
    for edit in sorted(edits, key=place):
        if not kept or edit.start > kept[-1].end or (
            edit.start == kept[-1].end and edit.start != edit.end and kept[-1].start != kept[-1].end
        ):  # fmt: skip
            kept.append(edit)
    return kept


def place(edit: Edit) -> tuple[int, int]:
    """Return where an edit begins and ends."""
    return edit.start, edit.end


def keyword(call: ast.Call, *names: str) -> ast.keyword | None:
    """Return the first keyword of a call that has one of the names."""
    return next((each for each in call.keywords if each.arg in names), None)
