"""Front matter whose nested keys lost their indentation.

Seen on: file pages of the Hub and of gitea hosts. It is no longer YAML, or, worse, other YAML:
the `results` of a `model-index` become a key of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cardkit.blocks.front_matter import find
from cardkit.noise import Repaired
from cardkit.patterns import regex
from cardkit.text import Line, whole
from cardkit.vocabulary.front_matter import ANY, Shape, top

KEY = regex(
    r"""("(?:[^"\\]|\\.){1,300}"|'[^']{1,300}'|[^\s"'#:\[\]{},-][^:\[\]{}]{0,300}?)\s*:(?:\s+(.*)|$)"""
)
DASH = regex(r"-(?:\s+|$)")
FLOW_LINES = 20  # a bracket that is open for longer was never closed
BLOCK = regex(r"[|>][+-]?\d?[+-]?\s*(?:#.*)?")


class Open(NamedTuple):
    """A map, or a list, that later lines may go on with."""

    kind: str
    """`map` or `list`."""
    indent: int
    """The column of its keys or dashes."""
    shape: Shape | None
    """The keys of the map, or of the maps in the list; None for a list of scalars."""
    seen: set[str]


def repair(lines: list[Line]) -> Repaired | None:
    """Indent nested keys again, by what the Hub and ModelScope allow below which key."""
    place = find(lines)
    if place is None:
        return None
    yaml = lines[place.start : place.end]
    texts = [line.text for line in yaml]
    if any(text[:1] in (" ", "\t") and text.strip() for text in texts):
        return None
    indents = list(_indents(texts))
    touched = [line for line, indent in zip(yaml, indents, strict=True) if indent and line.text]
    if not touched:
        return None
    mended = [
        line.swap(0, 0, " " * indent) if indent and line.text else line
        for line, indent in zip(yaml, indents, strict=True)
    ]
    done = [*lines[: place.start], *mended, *lines[place.end :]]
    return Repaired(done, len(touched), whole(touched))


def _indents(texts: Sequence[str]) -> Iterator[int]:
    """Yield the column at which each line has to begin."""
    stack = [Open("map", 0, top(), set())]
    following = _following(texts)
    at = 0
    while at < len(texts):
        text = texts[at].rstrip()
        if not text or text[0] == "#":
            yield 0
            at += 1
            continue
        after = following[at]
        dash = DASH.match(text)
        if dash:
            rest = text[dash.end() :]
            column = _entry(stack, rest, after)
            value = _value(rest) if stack[-1].kind == "map" else rest
            inside = stack[-1].indent
        elif (key := _key(text)) is not None:
            column = _key_line(stack, key, _value(text), after)
            value, inside = _value(text), column
        else:
            column, value, inside = 0, "", 0
        yield column
        at += 1
        goes_on = _goes_on(texts, at, value, stack)
        for _ in range(at, goes_on):
            yield inside + 2 if _needs_indent(value, inside) else 0
        at = goes_on


def _following(texts: Sequence[str]) -> list[str]:
    """Return for each line the next one that is no blank and no comment."""
    following, latest = [], ""
    for text in reversed(texts):
        following.append(latest)
        if text.strip() and text[0] != "#":
            latest = text
    return following[::-1]


def _key(text: str) -> str | None:
    match = KEY.match(text)
    return match[1].strip("\"'") if match else None


def _value(text: str) -> str:
    match = KEY.match(text)
    value = (match[2] or "").strip() if match else text
    return "" if value.startswith("#") else value


def _allows(shape: Shape | None, key: str | None) -> bool:
    return shape is not None and key is not None and (key in shape or ANY in shape)


def _entry(stack: list[Open], rest: str, after: str) -> int:
    """Return the column of a dash, its list and its map now the innermost ones that are open."""
    key = _key(rest) if rest else _key(after)
    fits = [i for i, each in enumerate(stack) if each.kind == "list" and _allows(each.shape, key)]
    if not fits:
        while len(stack) > 1 and stack[-1].kind != "list":
            stack.pop()
        return stack[-1].indent
    chosen = fits[-1]
    if rest and not DASH.match(after):
        both = [i for i in fits if _allows(stack[i].shape, _key(after)) and _key(after) != key]
        chosen = both[-1] if both else chosen
    del stack[chosen + 1 :]
    open_list = stack[-1]
    stack.append(Open("map", open_list.indent + 2, open_list.shape, set()))
    if rest and key is not None:
        _opens(stack, key, _value(rest), after)
    return open_list.indent


def _key_line(stack: list[Open], key: str, value: str, after: str) -> int:
    """Return the column of a key, its map now the innermost one that is open."""
    for at in range(len(stack) - 1, -1, -1):
        if _takes(stack, at, key, value, after):
            del stack[at + 1 :]
            break
    else:
        del stack[1:]
    column = stack[-1].indent
    _opens(stack, key, value, after)
    return column


def _takes(stack: list[Open], at: int, key: str, value: str, after: str) -> bool:
    """Return whether an open map allows a key, has not seen it, and allows what follows."""
    each = stack[at]
    if each.kind != "map" or each.shape is None or key in each.seen:
        return False
    wanted = any(
        outer.kind == "map" and key in (outer.shape or ()) and key not in outer.seen
        for outer in stack[:at]
    )
    if key not in each.shape:
        return ANY in each.shape and not wanted
    below = each.shape[key]
    if value or not isinstance(below, dict) or not wanted:
        return True
    dash = DASH.match(after)
    return not dash or _allows(below, _key(after[dash.end() :]) or _bare(after))


def _bare(after: str) -> str | None:
    """Return a stand-in for a dash whose map begins on the line below."""
    return ANY if after.strip() == "-" else None


def _opens(stack: list[Open], key: str, value: str, after: str) -> None:
    """Note a key as seen, and what it opens: a map, a list of maps, a list of scalars."""
    parent = stack[-1]
    parent.seen.add(key)
    if value:
        return
    shape = parent.shape or {}
    below = shape.get(key, shape.get(ANY))
    if not isinstance(below, dict):
        below = None
    if DASH.match(after):
        stack.append(Open("list", parent.indent, below, set()))
    elif below is not None and _allows(below, _key(after)):
        stack.append(Open("map", parent.indent + 2, below, set()))


def _goes_on(texts: Sequence[str], at: int, value: str, stack: list[Open]) -> int:
    """Return the line at which a value of several lines ends."""
    if not value:
        return at
    if value[0] in "\"'":
        return _quoted_to(texts, at, value)
    if value[0] in "[{":
        return _flow_to(texts, at, value)
    block = BLOCK.fullmatch(value) is not None
    while at < len(texts) and not _ends_scalar(texts[at], stack, block=block):
        at += 1
    return at


def _ends_scalar(text: str, stack: list[Open], *, block: bool) -> bool:
    """Return whether a line can no longer belong to the scalar above it."""
    if not block and not text.strip():
        return False
    dash = DASH.match(text)
    if dash:
        if not block:
            return True
        key = _key(text[dash.end() :])
        lists = [each for each in stack if each.kind == "list"]
        if any(_allows(each.shape, key) for each in lists):
            return True
        return bool(lists) and lists[-1].shape is None and stack[-1].kind == "list"
    key = _key(text)
    if key is None:
        return not block and text[:1] == "#"
    maps = [each for each in stack if each.kind == "map" and each.shape is not None]
    known = any(key in (each.shape or ()) and key not in each.seen for each in maps)
    return known or (not block)


def _needs_indent(value: str, column: int) -> bool:
    """Return whether lines that go on with a value have to be indented to belong to it."""
    if value[0] in "\"'[{":
        return False  # YAML reads on to the closing sign
    # a stray line below `license: mit` is no part of the license
    return column > 0 or BLOCK.fullmatch(value) is not None


def _quoted_to(texts: Sequence[str], at: int, value: str) -> int:
    quote, text, start = value[0], value[1:], at
    while not _closes(text, quote):
        if at == len(texts):
            return start
        text = texts[at]
        at += 1
    return at


def _closes(text: str, quote: str) -> bool:
    if quote == '"':
        return '"' in re.sub(r"\\.", "", text)
    return "'" in text.replace("''", "")


def _flow_to(texts: Sequence[str], at: int, value: str) -> int:
    depth, text, start = 0, value, at
    while True:
        depth += sum(map(text.count, "[{")) - sum(map(text.count, "]}"))
        if depth <= 0:
            return at
        if at == min(len(texts), start + FLOW_LINES):
            return start
        text = texts[at]
        at += 1
