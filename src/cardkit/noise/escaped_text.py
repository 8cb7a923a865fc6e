r"""Text that was escaped once too often: for JSON, for HTML, or for Markdown.

Seen on: answers of interfaces that hold a card as one string, pages that escape twice, editors
that write `\\#` for `#`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from cardkit.noise import Repaired, text_of
from cardkit.patterns import regex
from cardkit.text import Line, whole

FEW = 3
"""Lines of a card that is one JSON string, at most."""
LEAST = 5
"""Escaped line ends that make a line a card."""
IN_JSON = regex(r"\\(?:u[0-9a-fA-F]{4}|.)")
LINE_END = regex(r"(?<!\\)(?:\\\\)*(\\r\\n|\\n|\\r)")
STRING = regex(r'"((?:[^"\\]|\\.)*+)"')
JSON_SIGNS = {"n": "\n", "t": "\t", "r": "", "b": "", "f": ""}
TWICE = regex(r"&amp;(?=(?:lt|gt|amp|quot|apos|nbsp|#\d{1,6}|#x[0-9a-fA-F]{1,5});)")
ENTITY = regex(r"&(?:lt|gt|amp|quot|apos|#0?39|#34|#x27|#x22);")
OF_QUOTE = regex(r"&(?:quot|apos|#0?39|#34|#x27|#x22);")
FENCE = regex(r"\s*(`{3,}|~{3,})")
ESCAPED = regex(r"\\([\\`*_{}\[\]()#+\-.!|<>~])")
MARK = regex(r"#{1,6} |```|\*\*")
ESCAPED_MARK = regex(r"\\#|\\`\\`\\`|\\\*\\\*")


def repair(lines: list[Line]) -> Repaired | None:
    """Undo the one escaping too many, when all of the card bears it."""
    return _of_json(lines) or _of_html(lines) or _of_entities(lines) or _of_markdown(lines)


def _of_json(lines: list[Line]) -> Repaired | None:
    """Return the lines of a card that is one JSON string."""
    shown = [line for line in lines if line.text.strip()]
    if not 0 < len(shown) <= FEW:
        return None
    line = max(shown, key=len)
    if line.text.count("\\n") < LEAST:
        return None
    line = line.strip()
    if line.text[0] in '{["':
        strings = [m for m in _strings(line.text) if m[1].count("\\n") >= LEAST]
        if len(strings) != 1:
            return None  # none of them, or which one is not known
        line = line[slice(*strings[0].span(1))]
    parts: list[Line] = []
    at = 0
    for end in LINE_END.finditer(line.text):
        parts.append(line[at : end.start(1)])
        at = end.end()
    parts.append(line[at:])
    card = [_read(part) for part in parts]
    return Repaired(card, len(parts) - 1, line.span())


def _strings(text: str) -> Iterator[re.Match[str]]:
    """Yield the strings of a JSON text, up to one that never ends."""
    at = text.find('"')
    while at >= 0 and (string := STRING.match(text, at)):
        yield string
        at = text.find('"', string.end())


def _read(line: Line) -> Line:
    """Return a part of a JSON string as it was."""
    if "\\" not in line.text:
        return line
    return line.swaps(
        (mark.start(), mark.end(), _sign(mark[0][1:])) for mark in IN_JSON.finditer(line.text)
    )


def _sign(escape: str) -> str:
    if len(escape) > 1:
        sign = chr(int(escape[1:], 16))
        return "\ufffd" if "\ud800" <= sign <= "\udfff" else sign
    return JSON_SIGNS.get(escape, escape)


def _of_html(lines: list[Line]) -> Repaired | None:
    """Return a card whose entities were escaped again, with one escaping undone."""
    if "&amp;" not in text_of(lines):
        return None
    twice = [n for n, line in enumerate(lines) if "&amp;" in line.text]
    found = [n for n in twice if TWICE.search(lines[n].text)]
    if not found or any("<" in line.text for line in lines):
        return None  # a tag that stands as such was never escaped
    card = list(lines)
    count = 0
    for n, line in enumerate(lines):
        if "&" not in line.text:
            continue
        once = line.swaps((m.start(), m.end(), "&") for m in TWICE.finditer(line.text))
        again = [(m.start(), m.end(), html.unescape(m[0])) for m in ENTITY.finditer(once.text)]
        card[n] = once.swaps(again)
        count += 1
    return Repaired(card, count, whole(lines[n] for n in found))


def _of_entities(lines: list[Line]) -> Repaired | None:
    """Return a card whose signs, or those of a block of code, all stand as entities."""
    text = text_of(lines)
    if "&" not in text or not ENTITY.search(text):
        return None
    changed: dict[int, Line] = {}
    fence, start = "", 0
    for n, line in enumerate(lines):
        mark = FENCE.match(line.text) if "`" in line.text or "~" in line.text else None
        if mark and not fence:
            fence, start = mark[1], n + 1
        elif mark and line.text.strip().startswith(fence):
            changed |= _unescaped(lines, range(start, n))
            fence = ""
    quotes = sum(1 for _ in OF_QUOTE.finditer(text))
    if quotes >= FEW and "<" not in text:
        changed |= _unescaped(lines, [n for n, line in enumerate(lines) if "&" in line.text])
    if not changed:
        return None
    card = [changed.get(n, line) for n, line in enumerate(lines)]
    return Repaired(card, len(changed), whole(lines[n] for n in sorted(changed)))


def _unescaped(lines: list[Line], block: Sequence[int]) -> dict[int, Line]:
    """Return lines with signs for entities, if none of those signs stands there as it is."""
    found = [n for n in block if "&" in lines[n].text and ENTITY.search(lines[n].text)]
    if not found:
        return {}
    text = "\n".join(lines[n].text for n in block)
    signs = {html.unescape(mark[0]) for mark in ENTITY.finditer(text)} - {"&"}
    if not signs or "<" in text or any(sign in text for sign in signs - {">"}):
        return {}
    return {
        n: lines[n].swaps(
            (m.start(), m.end(), html.unescape(m[0])) for m in ENTITY.finditer(lines[n].text)
        )
        for n in found
    }


def _of_markdown(lines: list[Line]) -> Repaired | None:
    """Return a card whose marks all stand behind a backslash, without the backslashes."""
    marked = [n for n, line in enumerate(lines) if "\\" in line.text]
    if len(marked) < LEAST:
        return None
    escaped = sum(ESCAPED_MARK.match(lines[n].text.lstrip()) is not None for n in marked)
    if escaped < FEW or any(MARK.match(line.text.lstrip()) for line in lines):
        return None
    card = list(lines)
    count = 0
    for n in marked:
        changes = [(m.start(), m.start() + 1, "") for m in ESCAPED.finditer(lines[n].text)]
        card[n] = lines[n].swaps(changes)
        count += len(changes)
    return Repaired(card, count, whole(lines[n] for n in marked))
