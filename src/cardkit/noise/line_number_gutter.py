"""Line numbers, commits, sizes and diff marks that a page of one file shows beside the file.

Seen on: file, blame and diff pages of hubs and of the proxies before them; code hosts. The
numbers stand all on one line, each on its own line, or before or above every line of the card.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from cardkit.facts import PageWord, Problem
from cardkit.noise import Repaired
from cardkit.patterns import regex
from cardkit.text import Line, Span, whole

HEAD_LINES = 80
"""How far down the page a gutter may begin: a page head stands before it."""
LEAST_NUMBERED = 5
"""Fewer numbered lines in a row may be the card's own."""

SIZE = regex(
    r"(?i)(?:file\s*size|size|文件大小|大小)\s*[:：]?\s*(?P<bytes>[\d,.]+)\s*(?:bytes?|字节|B)\b|"
    r"[\d,]+\s+lines?\s*\([\d,]+\s+(?:sloc|loc)\)|"
    r"(?:file\s*size|文件大小)\s*[:：]?\s*[\d,.]+\s*[KM]i?B"
)
COMMITS = regex(r"[0-9a-f]{7,12}(?: +[0-9a-f]{7,12})*(?: *\|)?|[0-9a-f]{40}")
NUMBERS = regex(r"1(?: +\d+)+ *\|?|1 *\|")
NUMBER = regex(r"[ \t\u00a0]*(\d{1,6})[ \t\u00a0]*\|?[ \t]*")
NUMBERED = regex(r"[ \t\u00a0]*(?:L|line |\[|\()?0*([1-9]\d{0,5})(?=\D|$)", re.IGNORECASE)
# What may stand between a number and the text; the first that fits all lines is the one.
SEPARATORS = (
    re.compile(r"[ \t\u00a0]*[|│┃→⏐] ?"),
    re.compile(r"(?:[:：.)]|\]:?) ?"),
    re.compile(r"\t"),
    re.compile(r"[ \u00a0]{4}"),
    re.compile(r"[ \u00a0]{2}"),
    re.compile(r"[ \u00a0]"),
    re.compile(""),
)
BLAMED = regex(r"\^?[0-9a-f]{7,40} +(?:\S+ +)?\([^()]{0,200}?\d{4}-\d\d-\d\d[^()]{0,40}?(\d+)\) ?")
HUNK = regex(r"(?:\d+ +)?@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@")
CHANGED = regex(r"(?:[ \t\u00a0]*\d+[ \t\u00a0]+){0,2}([-+])(?:[ \u00a0]|(?=\S)|$)")
NO_NEWLINE = "\\ No newline at end of file"
CARD_BEGINS = regex(r"#{1,6} \S|```")
STARTS = ("---", "#", "<")


class Gutter(NamedTuple):
    """A gutter and the card beside it."""

    card: list[Line]
    numbered: int
    """How many lines it numbers."""
    at: Span


def repair(lines: list[Line]) -> Repaired | None:
    """Drop the gutter and what stands above it."""
    first = next((n for n, line in enumerate(lines) if line.text.strip()), None)
    if first is None:
        return None
    reach = _reach(lines, first)
    for find in FORMS:
        gutter = find(lines, first, reach)
        if gutter is not None:
            break
    else:
        return None
    words = tuple(_page_words(lines[: first + HEAD_LINES], gutter))
    problems: tuple[Problem, ...] = ()
    card = gutter.card
    if not any(line.text.strip() for line in card):
        card = []
        problems = (
            Problem(
                "no-card",
                "error",
                "The page ends inside its line numbers and holds no card. Fetch the raw file.",
                gutter.at,
            ),
        )
    return Repaired(card, gutter.numbered, gutter.at, words, problems, form="blob-page")


def _reach(lines: list[Line], first: int) -> int:
    """Return the line before which a gutter must begin: where the card does, or far down."""
    shown = 0
    for n in range(first, len(lines)):
        text = lines[n].text.strip()
        if text == "---" or CARD_BEGINS.match(text) or shown > HEAD_LINES:
            return n
        shown += bool(text)
    return len(lines)


def _on_one_line(lines: list[Line], first: int, reach: int) -> Gutter | None:
    """Find the numbers on one line: `1 2 3 4 |`."""
    for at in range(first, reach):
        text = lines[at].text.strip()
        if not text.startswith("1") or not NUMBERS.fullmatch(text):
            continue
        numbers = text.rstrip("| ").split()
        counted = numbers == [str(n + 1) for n in range(len(numbers))]
        titled = any(_is_file_page(line.text) for line in lines[first:at])
        if not counted or (len(numbers) < LEAST_NUMBERED and not titled):
            continue
        card = lines[at + 1 :]
        if text.endswith("|"):
            card = _without_last_bar(card)
        return Gutter(card, len(numbers), whole(lines[first : at + 1]))
    return None


def _on_own_lines(lines: list[Line], first: int, reach: int) -> Gutter | None:
    """Find the numbers one on each line, behind lines that hold a no-break space."""
    titled = False
    for at in range(first, reach):
        text = lines[at].text
        if not text.strip():
            continue
        if NUMBER.fullmatch(text):
            run, last = _count(lines, at)
            if run >= LEAST_NUMBERED or (titled and run > 0):
                card = lines[last + 1 :]
                return Gutter(card, run, whole(lines[first : last + 1]))
        titled = titled or _is_file_page(text)
    return None


def _count(lines: list[Line], at: int) -> tuple[int, int]:
    """Return how many lines from here on count 1, 2, 3, and the last of them."""
    run, last = 0, at
    for n in range(at, len(lines)):
        text = lines[n].text
        if not text.strip():
            continue
        number = NUMBER.fullmatch(text)
        if number is None or int(number[1]) != run + 1:
            break
        run, last = run + 1, n
    return run, last


def _before_each_line(lines: list[Line], first: int, reach: int) -> Gutter | None:
    """Find numbers that count the lines of the card before each of them."""
    for at in range(first, reach):
        text = lines[at].text
        number = NUMBERED.match(text) or BLAMED.match(text)
        if number is not None and number[1] == "1":
            gutter = _numbered_from(lines, first, at)
            if gutter is not None:
                return gutter
    return None


def _numbered_from(lines: list[Line], first: int, at: int) -> Gutter | None:
    """Cut the number and what parts it from the text off every line, if all lines have one."""
    found: list[tuple[Line, int]] = []
    for line in lines[at:]:
        text = line.text
        if not text.strip():
            continue
        expected = str(len(found) + 1)
        blamed = BLAMED.match(text)
        if blamed is not None and blamed[1] == expected:
            found.append((line, blamed.end()))
            continue
        number = NUMBERED.match(text)
        if number is not None and number[1] == expected:
            found.append((line, number.end()))
            continue
        left = len(text) - len(text.lstrip(" \t\u00a0"))
        if not text.startswith(expected, left):
            break
        found.append((line, left + len(expected)))
    tail = sum(bool(line.text.strip()) for line in lines[at:]) - len(found)
    if len(found) < LEAST_NUMBERED or tail > 3 + len(found) // 20:
        return None
    if BLAMED.match(found[0][0].text):
        card = [line[end:] for line, end in found]
        return Gutter(card, len(found), whole(lines[first : at + 1]))
    for separator in SEPARATORS:
        cuts = [_cut(separator, line.text, end) for line, end in found]
        if None in cuts:
            continue
        card = [line[cut:] for (line, _), cut in zip(found, cuts, strict=True)]
        plain = card[0].text.strip()
        if all("\t" in line.text for line in card):
            return None  # rows of a table whose first column counts them
        if separator.pattern == SEPARATORS[-1].pattern and not plain.startswith(STARTS):
            return None  # glued numbers: only where a card certainly begins
        marked = at == first and any(CARD_BEGINS.match(line.text) for line in card)
        dotted = separator.pattern == SEPARATORS[1].pattern
        if dotted and not (plain.startswith(STARTS) or marked):
            return None  # a list of the card's own
        return Gutter(card, len(found), whole(lines[first : at + 1]))
    return None


def _cut(separator: re.Pattern[str], text: str, end: int) -> int | None:
    """Return where the card's own text begins behind a number; an empty line has no separator."""
    parted = separator.match(text, end)
    if parted is not None:
        return parted.end()
    return len(text) if not text[end:].strip(" \t\u00a0|│┃→⏐:：.)]") else None


def _above_each_line(lines: list[Line], first: int, reach: int) -> Gutter | None:
    """Find numbers that stand alone on a line, each above its line of the card."""
    at = next((n for n in range(first, reach) if lines[n].text.strip() == "1"), None)
    if at is None:
        return None
    card: list[Line] = []
    n, count = at, 0
    while n < len(lines) and lines[n].text.strip() == str(count + 1):
        count += 1
        after = str(count + 1)
        text = lines[n + 1].text.strip() if n + 1 < len(lines) else ""
        twice = n + 2 < len(lines) and lines[n + 2].text.strip() == after
        if n + 1 < len(lines) and (text != after or twice):
            card.append(lines[n + 1])
            n += 2
        else:
            card.append(lines[n][:0])
            n += 1
        while n < len(lines) and not lines[n].text.strip():
            n += 1
    begins = next((line.text for line in card if line.text.strip()), "").strip()
    marked = begins.startswith(STARTS) or any(CARD_BEGINS.match(line.text) for line in card)
    if count < LEAST_NUMBERED or not marked or len(lines) - n > 3 + count // 20:
        return None
    return Gutter(card, count, whole(lines[first : at + 1]))


def _diff(lines: list[Line], first: int, reach: int) -> Gutter | None:
    """Find a page of changes: keep what was added or left, drop what was taken away."""
    hunk = next(
        (n for n in range(first, reach)
         if "@@ -" in lines[n].text and HUNK.match(lines[n].text.strip())),
        None,
    )  # fmt: skip
    if hunk is None:
        return None
    shown = [line for line in lines[hunk + 1 :] if line.text.strip()]
    marked = sum(CHANGED.match(line.text) is not None for line in shown)
    if not shown or marked * 4 < len(shown):
        return None
    card = []
    for line in lines[hunk + 1 :]:
        text = line.text
        mark = CHANGED.match(text)
        if HUNK.match(text.strip()) or text.strip() == NO_NEWLINE:
            continue
        if text.strip() == "---":  # front matter, and no line `--` that was taken away
            card.append(line.strip())
        elif mark is None:
            card.append(line[1:] if text.startswith((" ", "\u00a0")) else line)
        elif mark[1] == "+":
            card.append(line[mark.end() :])
    return Gutter(card, len(shown), whole(lines[first : hunk + 1]))


FORMS: tuple[Callable[[list[Line], int, int], Gutter | None], ...] = (
    _on_one_line,
    _on_own_lines,
    _diff,
    _above_each_line,
    _before_each_line,  # last: the others' numbers would also count lines
)


def _is_file_page(text: str) -> bool:
    """Return whether a line is one that only pages of one file show."""
    bare = text.strip()
    return bool(len(bare) < 2000 and (SIZE.match(bare) or COMMITS.fullmatch(bare)))


def _without_last_bar(card: list[Line]) -> list[Line]:
    """Drop the bar that closes the page's last cell, and what the page says after it."""
    for n in range(len(card) - 1, -1, -1):
        text = card[n].text.rstrip()
        if text == "|" or text.endswith((" |", "\t|")):
            end = len(text) - 1
            return [*card[:n], card[n][:end].rstrip()] if end else card[:n]
        if text:
            break
    return card


def _page_words(head: list[Line], gutter: Gutter) -> list[PageWord]:
    """Return what the page says of the file: its size in bytes."""
    words = []
    for line in head:
        if line.span().start >= gutter.at.end:
            break
        size = SIZE.match(line.text.strip())
        if size is not None and size["bytes"]:
            start = line.text.index(size["bytes"])
            words.append(PageWord("bytes", line[start : start + len(size["bytes"])]))
    return words
