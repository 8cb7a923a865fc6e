"""YAML as a tree whose scalars remember where they were written."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, NamedTuple

import yaml

from cardkit.errors import CardkitError
from cardkit.facts import Problem
from cardkit.limits import most
from cardkit.patterns import regex
from cardkit.text import Line, Piece, join, whole

MAX_CHARACTERS = most("front matter")
MAX_DEPTH = most("front matter depth")
MAX_ALIASES = most("front matter aliases")
MAX_NODES = most("front matter values")  # what an alias stands for counts each time

# What libyaml refuses, and what it takes for line ends.
NOT_YAML = regex("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
TEMPLATE = regex(r"\{\{[^{}]*\}\}|\{%[^%]*%\}")
QUOTED_WORD = regex(r"[“”„](\S+)[“”]|(?<!\S)([^\s\"']+)[\"']")
DASH = regex(r"\s*-(?=\s|[A-Za-z])\s*")
LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class Node(NamedTuple):
    """A mapping, a list or a scalar of YAML. Scalars are always strings: `no` stays `no`."""

    kind: str
    """`map`, `list` or `scalar`."""
    line: Line
    """Where it stands; a scalar's text without its quotes, folded lines joined."""
    pairs: tuple[tuple[Line, Node], ...] = ()
    """Of a map: keys and values in their order, duplicate keys included."""
    entries: tuple[Node, ...] = ()
    """Of a list."""


class BrokenYamlError(CardkitError):
    """A text that is not YAML, or YAML that a card cannot mean."""


class BeyondLimitError(BrokenYamlError):
    """YAML that is deeper or larger than what is read."""


def get(node: Node | None, key: str) -> Node | None:
    """Return the first value that a map holds under a key."""
    for name, value in node.pairs if node else ():
        if name.text == key:
            return value
    return None


def scalars(node: Node | None) -> list[Line]:
    """Return a scalar, or the scalars of a list, without the empty ones."""
    if node is None:
        return []
    nodes = node.entries if node.kind == "list" else (node,)
    return [each.line for each in nodes if each.kind == "scalar" and not empty(each.line)]


def plain(node: Node | None) -> Any:
    """Return a tree as dicts, lists and strings; of a key that stands twice the last value."""
    if node is None or node.kind == "scalar":
        return node and node.line.text
    if node.kind == "list":
        return [plain(entry) for entry in node.entries]
    return {key.text: plain(value) for key, value in node.pairs}


def empty(line: Line) -> bool:
    """Return whether a scalar says nothing: no text, `~`, `null`."""
    return line.text.strip() in ("", "~", "null", "Null", "NULL")


def read(lines: Sequence[Line]) -> tuple[Node, list[Problem]]:
    r"""Return what YAML says, without giving types to its scalars, and what was odd about it.

    Raises BrokenYamlError if it is not YAML, BeyondLimitError if a limit is passed.

    >>> from cardkit.text import lines_of
    >>> plain(read(lines_of("language: no\ntags: [1.10, 'x']"))[0])
    {'language': 'no', 'tags': ['1.10', 'x']}
    """
    reader = _Reader(lines)
    loader = LOADER(reader.text)
    try:
        return reader.tree(loader), reader.problems
    except yaml.MarkedYAMLError as error:
        raise BrokenYamlError(str(error.problem or error.context)) from None
    except yaml.YAMLError as error:
        raise BrokenYamlError(str(error).partition("\n")[0]) from None
    finally:
        loader.dispose()


def twice(key: Line, first: Node, second: Node) -> Problem:
    """Return the problem that a key stands twice in one map."""
    same = plain(first) == plain(second)
    says = "" if same else ", with different values"
    message = f"The key {key.text[:80]!r} stands twice{says}. Keep one of them."
    code, severity = ("frontmatter-invalid", "note") if same else ("value-conflict", "warning")
    return Problem(code, severity, message, key.span())


def unfilled(line: Line) -> Problem:
    """Return the problem that a template was never filled in."""
    message = f"{line.text[:80]!r} was never filled in. Write the value in its place."
    return Problem("frontmatter-invalid", "warning", message, line.span())


def repaired(line: Line, says: str) -> Problem:
    """Return the problem that a line was read after it was mended."""
    message = f"{line.text.strip()[:80]!r} {says}."
    return Problem("frontmatter-repaired", "warning", message, line.span())


class _Open(NamedTuple):
    """A map or a list that is being read."""

    kind: str
    start: int
    anchor: str | None
    children: list[Node]
    weight: list[int]


class _Reader:
    """The text that libyaml is given, the lines that it was joined from, and the problems."""

    def __init__(self, lines: Sequence[Line]) -> None:
        texts, self.starts, at = [], [], 0
        for line in lines:
            texts.append(line.text)
            self.starts.append(at)
            at += len(line.text) + 1
        self.text = "\n".join([*texts, ""])
        self.lines = lines
        self.problems: list[Problem] = []
        if at > MAX_CHARACTERS:
            raise BeyondLimitError(f"more than {MAX_CHARACTERS} characters")
        if odd := NOT_YAML.search(self.text):
            self.text = NOT_YAML.sub(" ", self.text)
            row, _ = self.place(odd.start())
            if odd[0] != "\ufeff":
                says = "holds a control character; remove it"
                self.problems.append(repaired(lines[row], says))

    def place(self, at: int) -> tuple[int, int]:
        """Return the row and column of a character."""
        row = bisect_right(self.starts, at) - 1
        return row, at - self.starts[row]

    def cut(self, start: int, end: int) -> Line:
        """Return the characters from start to end."""
        row, left = self.place(start)
        last, right = self.place(end)
        if row == last:
            return self.lines[row][left:right]
        middle = self.lines[row + 1 : last]
        return join([self.lines[row][left:], *middle, self.lines[last][:right]], "\n")

    def block(self, start: int, end: int) -> Line:
        """Return the characters from start to end as one piece."""
        row, left = self.place(start)
        last, right = self.place(max(start, end - 1))
        begins = self.lines[row].span(left, left + 1).start
        ends = self.lines[last].span(right, right + 1).end
        return Line(self.text[start:end], (Piece(0, begins, max(begins, ends), exact=False),))

    def tree(self, loader: Any) -> Node:
        """Return the tree of all events of libyaml."""
        anchors: dict[str, tuple[Node, int]] = {}
        aliases = 0
        top = _Open("list", 0, None, [], [0])
        stack = [top]
        while True:
            event = loader.get_event()
            kind = type(event)
            anchor, weight = None, 1
            if kind is yaml.ScalarEvent:
                node, anchor = self.scalar(event), event.anchor
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                if len(stack) > MAX_DEPTH:
                    raise BeyondLimitError(f"more than {MAX_DEPTH} levels of nesting")
                word = "map" if kind is yaml.MappingStartEvent else "list"
                stack.append(_Open(word, event.start_mark.index, event.anchor, [], [1]))
                continue
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                done = stack.pop()
                node = self.close(done, event.end_mark.index)
                anchor, weight = done.anchor, done.weight[0]
            elif kind is yaml.AliasEvent:
                aliases += 1
                if aliases > MAX_ALIASES:
                    raise BeyondLimitError(f"more than {MAX_ALIASES} aliases")
                if event.anchor not in anchors:
                    raise BrokenYamlError(f"unknown alias {event.anchor[:40]!r}")
                node, weight = anchors[event.anchor]
            elif kind is yaml.StreamEndEvent:
                break
            else:
                continue
            stack[-1].children.append(node)
            stack[-1].weight[0] += weight
            if sum(each.weight[0] for each in stack) > MAX_NODES:
                raise BeyondLimitError(f"more than {MAX_NODES} values")
            if anchor:
                anchors[anchor] = node, weight
        if len(top.children) > 1:
            raise BrokenYamlError("more than one document")
        return (
            self.settled(top.children[0]) if top.children else Node("scalar", whole_of(self.lines))
        )

    def scalar(self, event: Any) -> Node:
        """Return a scalar: the exact characters where YAML takes them as they stand."""
        start, end, value = event.start_mark.index, event.end_mark.index, event.value
        text, style = self.text, event.style or ""  # "" is a plain one
        right = end - 1 if style in ("'", '"') else end
        left = right - len(value)
        if style not in ("|", ">") and left >= start and text[left:right] == value:
            line = self.cut(left, right)
            if not style and (value[:1] in "“”„" or value[-1:] in "\"'"):
                line = self.word(line)
            if value[:2] == "{{" and TEMPLATE.fullmatch(value.strip()):
                self.problems.append(unfilled(line))
                line = line[:0]
            return Node("scalar", line)
        if style in ("|", ">"):
            start = text.find("\n", start, end) + 1 or start
        while end > start and text[end - 1] in " \n\t":
            end -= 1
        while start < end and text[start] in " \n\t":
            start += 1
        line = Line(value, self.block(start, end).pieces)
        if not style and any(DASH.match(row) for row in text[start:end].split("\n")[1:]):
            return Node("rows", line, entries=tuple(self.rows(start, end)))
        return Node("scalar", line)

    def word(self, line: Line) -> Line:
        """Return a word without curly quotes, or a quote that was never opened."""
        match = QUOTED_WORD.fullmatch(line.text)
        if match is None:
            return line
        self.problems.append(repaired(line, "has quotes that YAML does not know; write plain ones"))
        return line[match.start(match.lastindex or 0) : match.end(match.lastindex or 0)]

    def rows(self, start: int, end: int) -> list[Node]:
        """Return the rows of a scalar that were meant as a list; rows without a dash go on."""
        found: list[Node] = []
        while start < end:
            stop = self.text.find("\n", start, end)
            stop = end if stop < 0 else stop
            row = self.cut(start, stop)
            dash = DASH.match(row.text)
            if dash or not found:
                found.append(Node("scalar", row[dash.end() if dash else 0 :].strip()))
            elif row.text.strip():
                found[-1] = Node("scalar", join([found[-1].line, row.strip()], " "))
            start = stop + 1
        return found

    def close(self, done: _Open, end: int) -> Node:
        """Return a map or a list that is complete."""
        while end > done.start and self.text[end - 1] in " \n\t":
            end -= 1
        where = self.block(done.start, end)
        if done.kind == "list":
            return Node("list", where, entries=tuple(self.entries(done.children)))
        if where.text.startswith("{{"):  # YAML calls {{ license }} a map with a map as its key
            self.problems.append(unfilled(self.cut(done.start, end)))
            return Node("scalar", self.cut(done.start, done.start))
        pairs = []
        seen: dict[str, Node] = {}
        children = iter(done.children)
        for key, value in zip(children, children, strict=True):
            name = key.line.text
            if key.kind != "scalar":
                raise BrokenYamlError("a key that is no word")
            if name[:1] == "-" and name[1:2].isalpha():
                raise BrokenYamlError("a dash without a blank behind it")
            settled = self.settled(value)
            if name in seen:
                self.problems.append(twice(key.line, seen[name], settled))
            seen[name] = settled
            pairs.append((key.line, settled))
        return Node("map", where, pairs=tuple(pairs))

    def entries(self, children: Sequence[Node]) -> list[Node]:
        """Return the entries of a list; those that stand deeper than the first are its own."""
        if not any(child.kind == "rows" for child in children):
            return list(children)
        found: list[Node] = []
        for child in children:
            found += child.entries if child.kind == "rows" else [child]
            if child.kind == "rows":
                says = "is a list whose dashes stand in different columns; write them in one"
                self.problems.append(repaired(child.line, says))
        return found

    def settled(self, value: Node) -> Node:
        """Return the value of a key: rows that all begin with a dash are a list."""
        if value.kind != "rows":
            return value
        if not DASH.match(value.line.text):
            return Node("scalar", value.line)
        self.problems.append(repaired(value.line, "has no blank after a dash; write `- `"))
        return Node("list", value.line, entries=value.entries)


def whole_of(lines: Sequence[Line]) -> Line:
    """Return a line without text that stands for all the characters of some lines."""
    return Line("", (Piece(0, *whole(lines), exact=False),))
