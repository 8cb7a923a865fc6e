"""Broken YAML, read key by key: what can be mended is mended, what cannot is left out and said."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from cardkit.facts import Problem
from cardkit.patterns import regex
from cardkit.text import Line, whole
from cardkit.vocabulary.front_matter import nested, top
from cardkit.yaml_tree import (
    TEMPLATE,
    BrokenYamlError,
    Node,
    read,
    repaired,
    twice,
    unfilled,
    whole_of,
)

Pairs = tuple[tuple[Line, Node], ...]

MAX_CHUNKS = 2000
MAX_LINES = 5000  # of one key that is mended
MAX_SIGNS = 50  # of one kind in a line that is mended: more is no slip
BEYOND = "more than "  # so begins the message of each limit
KEY = regex(r"""(["']?)([A-Za-z_][\w.-]*)\1[ \t]*[:：](?!//)""")
COMPLETE = regex(r"[\w-]+: +[^\s|>\"'\[{&*!#]")
GOES_ON = regex(r"-(?:\s|$|[A-Za-z\"'])|\s|[\]})#]|$")


class Mend(NamedTuple):
    """One way to make a line YAML again."""

    says: str
    mend: Callable[[Line], Line]


def salvage(lines: Sequence[Line]) -> tuple[Node | None, list[Problem]]:
    """Return what can be read of a broken front matter, and a problem for each repair and loss."""
    problems: list[Problem] = []
    pairs: list[tuple[Line, Node]] = []
    seen: dict[str, Node] = {}
    for number, chunk in enumerate(_chunks(lines, problems)):
        if number == MAX_CHUNKS:
            problems.append(invalid(chunk, f"more than {MAX_CHUNKS} broken keys"))
            break
        for key, value in _read_chunk(chunk, problems):
            if key.text in seen:
                problems.append(twice(key, seen[key.text], value))
            seen[key.text] = value
            pairs.append((key, value))
    if not pairs and not problems:
        problems.append(invalid(lines, "it holds no key"))
    problems.sort(key=lambda problem: problem.where)
    return (Node("map", whole_of(lines), pairs=tuple(pairs)) if pairs else None), problems


def invalid(lines: Sequence[Line], because: str) -> Problem:
    """Return the problem that some lines could not be read."""
    first = next((line.text for line in lines if line.text.strip()), "").strip()
    message = f"The lines from {first[:80]!r} cannot be read: {because}. Write them as YAML."
    code = "limit-exceeded" if because.startswith(BEYOND) else "frontmatter-invalid"
    return Problem(code, "error", message, whole(lines))


def _chunks(lines: Sequence[Line], problems: list[Problem]) -> Iterator[list[Line]]:
    """Yield the lines of each key at the top."""
    margin = min((_indent(line.text) for line in lines if KEY.match(line.text.lstrip())), default=0)
    chunk: list[Line] = []
    for line in lines:
        text = line.text
        key = KEY.match(text.lstrip())
        if TEMPLATE.fullmatch(text.strip()):
            problems.append(unfilled(line.strip()))
        elif key and _indent(text) <= margin:
            if chunk:
                yield chunk
            chunk = [line]
        elif chunk:
            chunk.append(line)
        elif key and key[2] in top():
            chunk = [_outdented(line, problems)]
        elif text.strip() and text.lstrip()[0] != "#":
            problems.append(invalid([line], "it stands above the first key"))
    if chunk:
        yield chunk


def _outdented(line: Line, problems: list[Problem]) -> Line:
    """Return the line of a key at the top without the blanks before it."""
    says = "is indented, though it belongs to no key above it; begin it at the margin"
    problems.append(repaired(line, says))
    return line[_indent(line.text) :]


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _read_chunk(chunk: list[Line], problems: list[Problem], *, last: bool = False) -> Pairs:
    """Return the keys of one chunk, mended where it needs it."""
    pairs, because = _try(chunk, problems)
    if pairs is not None:
        return pairs
    if because.startswith(BEYOND) or len(chunk) > MAX_LINES:
        problems.append(invalid(chunk, because))
        return ()
    mended, repairs = chunk, []
    for mend in MENDS:
        before, mended = mended, [mend.mend(line) for line in mended]
        changed = [i for i, old in enumerate(before) if old.text != mended[i].text]
        if not changed:
            continue
        more = f" (so do {len(changed) - 1} more lines)" if len(changed) > 1 else ""
        repairs.append(repaired(chunk[changed[0]], mend.says + more))
        pairs, _ = _try(mended, problems)
        if pairs is not None:
            problems += repairs
            return pairs
    if not last:
        parts = list(_apart(chunk, problems))
        if len(parts) > 1 or len(parts[0]) < len(chunk):
            return tuple(pair for part in parts for pair in _read_chunk(part, problems, last=True))
    first, _ = _try(chunk[:1], problems)
    if first and len(chunk) > 1 and COMPLETE.match(chunk[0].text):
        problems.append(invalid(chunk[1:], because))
        return first
    problems.append(invalid(chunk, because))
    return ()


def _apart(chunk: list[Line], problems: list[Problem]) -> Iterator[list[Line]]:
    """Yield a chunk without stray lines, cut before keys that belong to the top."""
    part: list[Line] = []
    strays: list[Line] = []
    for line in chunk:
        bare = line.text.lstrip()
        match = KEY.match(bare)
        if part and match and _indent(line.text) <= 3 and match[2] in top():
            if match[2] not in nested():
                yield part
                part = [_outdented(line, problems)]
                continue
        elif part and not GOES_ON.match(line.text):
            strays.append(line)
            continue
        part.append(line)
    if strays:
        problems.append(invalid(strays, "they belong to no key"))
    yield part


def _try(chunk: list[Line], problems: list[Problem]) -> tuple[Pairs | None, str]:
    """Return the keys of a chunk, or why it cannot be read."""
    try:
        node, found = read(chunk)
    except BrokenYamlError as error:
        return None, error.problem
    if node.kind != "map":
        return None, "it is no key with a value"
    problems += found
    return node.pairs, ""


# ------------------------------------------------------------------------------- one line each

BEFORE_VALUE = r"""\s*(?:- +)*(?:["']?[A-Za-z_][\w./-]*["']?\s*: +)?"""
BLANKS = regex("[\u00a0\u3000\u2002-\u200b\u2060\ufeff]")
WIDE_COLON = regex(r"""\s*(?:- +)*["']?[\w./-]+["']?\s*(：)\s*""")
CURLY = regex(BEFORE_VALUE + r"([“”„‘’])[^“”„‘’]*([“”‘’])\s*(?:#.*)?$")
GLUED_COLON = regex(r"\s*(?:- +)*[A-Za-z_][\w-]*:(?=[^\s/:])")
GLUED_DASH = regex(r"\s*-(?=[A-Za-z\"'])")
VALUE = regex(BEFORE_VALUE + r"(?=\S)")
CLOSED = regex(
    r""""(?:[^"\\]|\\.)*"\s*(?:#.*)?|'(?:[^']|'')*'\s*(?:#.*)?|[|>][+-]?\d?\s*(?:#.*)?"""
)
NOT_PLAIN = regex(r"[@`%*&!\"'\[\]{},]|.*:(?:\s|$)")


def _plain_blanks(line: Line) -> Line:
    return Line(BLANKS.sub(" ", line.text), line.pieces)


def _no_tabs(line: Line) -> Line:
    if line.text.count("\t") > MAX_SIGNS:
        return line
    while "\t" in line.text:
        at = line.text.index("\t")
        line = line.swap(at, at + 1, " " if line.text[:at].strip() else "  ")
    return line


def _narrow_colon(line: Line) -> Line:
    match = WIDE_COLON.match(line.text)
    if not match:
        return line
    return line.swap(match.start(1), match.end(), ": " if match.end() < len(line) else ":")


def _straight_quotes(line: Line) -> Line:
    match = CURLY.match(line.text)
    if match is None:
        return line
    quote = '"' if match[1] in "“”„" else "'"
    return line.swap(match.start(2), match.end(2), quote).swap(match.start(1), match.end(1), quote)


def _blank_behind(pattern: re.Pattern[str]) -> Callable[[Line], Line]:
    def mend(line: Line) -> Line:
        match = pattern.match(line.text)
        return line.swap(match.end(), match.end(), " ") if match else line

    return mend


def _whole_value(line: Line) -> Line:
    """Put quotes around a value that YAML would take apart, or the bracket that is missing."""
    match = VALUE.match(line.text)
    if match is None or match.end() == 0 or line.text.count("'") > MAX_SIGNS:
        return line
    start = match.end()
    value = line.text[start:].rstrip()
    end = start + len(value)
    if CLOSED.fullmatch(value) or not NOT_PLAIN.match(value) or KEY.fullmatch(value):
        return line
    if value[0] in "[{" and "](" not in value:  # a Markdown link is a text
        opened = value.count("[") + value.count("{")
        forgotten = opened == 1 and value[0] == "[" and "]" not in value and "}" not in value
        return line.swap(end, end, "]") if forgotten else line
    if value[0] in "\"'" and value[0] not in value[1:]:  # its other quote was forgotten
        line, end = line.swap(start, start + 1, ""), end - 1
    line = line.swap(end, end, "'")
    at = end
    while (at := line.text.rfind("'", start, at)) >= 0:
        line = line.swap(at, at, "'")
    return line.swap(start, start, "'")


MENDS = (
    # Each is tried on top of those before it: the harmless ones first.
    Mend("has blanks that YAML does not know; write plain blanks", _plain_blanks),
    Mend("is indented with tabs; use blanks", _no_tabs),
    Mend("has a full-width colon; write `: `", _narrow_colon),
    Mend("has curly quotes; write straight ones", _straight_quotes),
    Mend("has no blank after a dash; write `- `", _blank_behind(GLUED_DASH)),
    Mend("has no blank after a colon; write `: `", _blank_behind(GLUED_COLON)),
    Mend("holds signs that YAML reads for itself; put quotes around the value", _whole_value),
)
