"""Line numbers that a page shows beside a block of code, copied into the block.

Seen on: blogs and forums that number the lines of code. The numbers stand before each line, or all
of them below the last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cardkit.noise import Repaired, text_of
from cardkit.patterns import regex
from cardkit.text import Line, whole

LEAST = 3
"""Fewer numbers below code may be its own."""
LEAST_BEFORE = 5
"""Fewer numbers before lines may be its own."""
FENCE = regex(r"\s*(`{3,}|~{3,})")
FIRST = regex(r"^[ \t\u00a0]*+```[^\n]*\n[ \t\u00a0]*1\b", re.MULTILINE)
NUMBER = regex(r"[ \t\u00a0]*(\d{1,5})[ \t\u00a0]*")
BEFORE = tuple(
    re.compile(rf"[ \t\u00a0]*(\d{{1,5}})(?:{behind}|[ \t\u00a0]*$)")
    for behind in (r"[ \t\u00a0]*[|│] ?", r"\t", r"[ \u00a0]{2}", r"[ \u00a0]")
)
"""What parts a number from the code; the first that fits all lines is the one."""


def repair(lines: list[Line]) -> Repaired | None:
    """Drop numbers that count the lines of a fenced block."""
    text = text_of(lines)
    if "\n1\n" not in text and not FIRST.search(text):
        return None
    changed: dict[int, Line | None] = {}
    for start, end in _blocks(lines):
        changed |= _without_last(lines, start, end) or _without_first(lines, start, end)
    if not changed:
        return None
    kept = [changed.get(n, line) for n, line in enumerate(lines)]
    card = [line for line in kept if line is not None]
    return Repaired(card, len(changed), whole(lines[n] for n in sorted(changed)))


def _blocks(lines: list[Line]) -> Iterator[tuple[int, int]]:
    """Yield where the code between two fences begins and ends, if a number may count it."""
    fence, start = "", 0
    for n, line in enumerate(lines):
        text = line.text
        mark = FENCE.match(text) if "`" in text or "~" in text else None
        if mark is None:
            continue
        if not fence:
            fence, start = mark[1], n + 1
        elif mark[1].startswith(fence) and not text.strip().strip(fence[0]):
            last = lines[n - 1].text.strip()
            if n - start >= LEAST and (last.isdigit() or lines[start].text.lstrip()[:1] == "1"):
                yield start, n
            fence = ""


def _without_last(lines: list[Line], start: int, end: int) -> dict[int, Line | None]:
    """Return the lines of numbers below as many lines of code, to be dropped."""
    shown = [n for n in range(start, end) if lines[n].text.strip()]
    numbers: list[int] = []
    for n in reversed(shown):
        if not NUMBER.fullmatch(lines[n].text):
            break
        numbers.append(n)
        if lines[n].text.strip() == "1":
            break
    numbers.reverse()
    counted = [lines[n].text.strip() for n in numbers] == [str(k + 1) for k in range(len(numbers))]
    if not counted or len(numbers) < LEAST:
        return {}
    last = max((n for n in shown if n < numbers[0]), default=start - 1)
    if len(numbers) not in (numbers[0] - start, last + 1 - start):
        return {}
    return dict.fromkeys(numbers)


def _without_first(lines: list[Line], start: int, end: int) -> dict[int, Line | None]:
    """Return the lines of code without the number before each of them."""
    counted = range(start, end)
    if not lines[end - 1].text.strip():
        counted = range(start, end - 1)
    shown = [lines[n].text for n in counted]
    for before in BEFORE:
        marks = [before.match(text) for text in shown]
        numbers = [mark and int(mark[1]) for mark in marks]
        if len(shown) >= LEAST_BEFORE and numbers == list(range(1, len(shown) + 1)):
            return {
                n: lines[n][mark.end() :] for n, mark in zip(counted, marks, strict=True) if mark
            }
    return {}
