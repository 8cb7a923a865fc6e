"""Curly quotes where only straight ones can stand: in HTML tags and in code.

Seen on: cards that went through a word processor or a page that dresses up quotes.
"""

from __future__ import annotations

from cardkit.noise import Repaired, text_of
from cardkit.patterns import regex
from cardkit.text import Line, whole

FENCE = regex(r"\s*(`{3,}|~{3,})[ \t]*([\w+-]*)")
TAG = regex(r"<[a-zA-Z][^<>]*>")
CURLY = regex("[“”„‘’]")
STRAIGHT = str.maketrans("“”„‘’", '"""\'\'')
PROSE = frozenset({"text", "txt", "markdown", "md", "bibtex", "plaintext"})


def repair(lines: list[Line]) -> Repaired | None:
    """Straighten quotes in tags, and in code blocks that hold curly ones only."""
    text = text_of(lines)
    if text.isascii() or not CURLY.search(text):
        return None
    curly = {
        n for n, line in enumerate(lines) if not line.text.isascii() and CURLY.search(line.text)
    }
    changed: dict[int, Line] = {}
    code: list[int] = []
    fence, language = "", ""
    for n, line in enumerate(lines):
        mark = FENCE.match(line.text) if "`" in line.text or "~" in line.text else None
        if mark and not fence:
            fence, language, code = mark[1], mark[2].lower(), []
        elif mark and mark[1].startswith(fence) and not mark[2]:
            if language and language not in PROSE:
                changed.update(_of_code(lines, code, curly))
            fence = ""
        elif fence:
            code.append(n)
        elif n in curly and "<" in line.text:
            tags = [tag.span() for tag in TAG.finditer(line.text) if CURLY.search(tag[0])]
            if tags:
                changed[n] = _straight(line, tags)
    if not changed:
        return None
    card = [changed.get(n, line) for n, line in enumerate(lines)]
    return Repaired(card, len(changed), whole(lines[n] for n in changed))


def _of_code(lines: list[Line], code: list[int], curly: set[int]) -> dict[int, Line]:
    """Return the lines of a code block with straight quotes, if it has none of its own."""
    if any('"' in lines[n].text or "'" in lines[n].text for n in code):
        return {}
    return {n: _straight(lines[n], [(0, len(lines[n]))]) for n in code if n in curly}


def _straight(line: Line, parts: list[tuple[int, int]]) -> Line:
    return line.swaps(
        (quote.start() + start, quote.end() + start, quote[0].translate(STRAIGHT))
        for start, end in parts
        for quote in CURLY.finditer(line.text[start:end])
    )
