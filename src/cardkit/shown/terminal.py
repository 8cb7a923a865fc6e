"""Text for a terminal: how wide it is, where it breaks, what must not reach the screen raw."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from shutil import get_terminal_size
from typing import TextIO, TypeAlias

from cardkit.patterns import regex

Paint: TypeAlias = Callable[[str, str], str]
"""Gives a text a style of STYLES."""

# SGR codes, https://www.ecma-international.org/publications-and-standards/standards/ecma-48/
STYLES = {
    "title": "1",
    "head": "1;36",
    "label": "2",
    "self": "1;32",
    "error": "1;31",
    "warning": "33",
    "note": "36",
    "added": "32",
    "removed": "31",
}
# A card may hold escape sequences, and marks that turn the direction of the text around.
UNSEEN = regex("[\0-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
WORD = regex(r"\s+|[\u1100-\u11ff\u2e80-\ufaff\ufe30-\uffef]|[^\s\u1100-\u11ff\u2e80-\uffef]+")


def plain(text: str, style: str) -> str:  # noqa: ARG001 - a Paint
    """Return a text without any style."""
    return text


def ansi(text: str, style: str) -> str:
    r"""Return a text in a style.

    >>> ansi("x", "error")
    '\x1b[1;31mx\x1b[0m'
    """
    return f"\x1b[{STYLES[style]}m{text}\x1b[0m"


def paint_for(stream: TextIO) -> Paint:
    """Return colours for a terminal that wants them (https://no-color.org), else none."""
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return ansi if wanted and stream.isatty() else plain


def width_of(stream: TextIO) -> int:
    """Return how many columns to write: a terminal's, up to 120; 100 for a file."""
    return min(120, get_terminal_size((100, 24)).columns) if stream.isatty() else 100


def visible(text: str) -> str:
    r"""Return a text whose control characters can be seen and do nothing; line ends stay.

    >>> visible("a\tb\x1b[31m")
    'a b␛[31m'
    """
    return UNSEEN.sub(_picture, text)


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code == 9:
        return " "
    return chr(0x2400 + code) if code < 0x20 else "\N{SYMBOL FOR SUBSTITUTE FORM TWO}"


@lru_cache(maxsize=4096)
def _cell(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cells(text: str) -> int:
    """Return how many columns of a terminal a text takes.

    >>> cells("70 亿")
    5
    """
    return len(text) if text.isascii() else sum(map(_cell, text))


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Return a text filled up with blanks to a width.

    >>> pad("层数", 6) + "|"
    '层数  |'
    """
    blanks = " " * (width - cells(text))
    return blanks + text if right else text + blanks


def clip(text: str, width: int) -> str:
    """Return a text that takes at most so many columns, with … for what was cut.

    >>> clip("批处理大小", 7)
    '批处理…'
    """
    if cells(text) <= width:
        return text
    taken = 1
    for i, character in enumerate(text):
        taken += _cell(character)
        if taken > width:
            return text[:i] + "…"
    return text


def wrap(text: str, width: int) -> list[str]:
    """Return a text as lines of at most so many columns, cut between words or wide characters.

    >>> wrap("one two 三四五", 8)
    ['one two', '三四五']
    """
    lines, line, taken = [], "", 0
    for word in WORD.findall(text.strip()):
        length = cells(word)
        if taken + length > width and line.strip():
            lines.append(line.rstrip())
            line, taken = "", 0
        if word.isspace():
            word, length = (" ", 1) if line else ("", 0)
        while length > width:
            head = clip(word, width + 1)[:-1]
            lines.append(head)
            word = word[len(head) :]
            length = cells(word)
        line, taken = line + word, taken + length
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def table(rows: Sequence[Sequence[str]], *, numbers_from: int = 1) -> list[str]:
    """Return rows as aligned lines; columns from a number on stand to the right.

    >>> table([["model", "MMLU"], ["模型", "41.5"]])
    ['model  MMLU', '模型   41.5']
    """
    widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            pad(text, width, right=i >= numbers_from)
            for i, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
