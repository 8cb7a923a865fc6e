"""Labels and their values: `**License:** MIT`, `许可证：MIT`, `| License | MIT |`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from cardkit.blocks import Bullet, Heading, Paragraph, Placed, Table
from cardkit.kept import kept
from cardkit.patterns import regex
from cardkit.prose.links import whole_text
from cardkit.text import Line, join

MAX_WORDS = 9
"""A longer label is a sentence."""
MAX_NAME = 80
MAX_INTRO = 40
WRAPPED = 60
"""A shorter line was ended by its author; where blank lines are lost, the next is its own."""


class Label(NamedTuple):
    """What a card calls a thing, and what it says of it, both as printed."""

    name: Line
    """Without its marks and without the colon."""
    value: Line
    """Everything behind it, markup included; empty when nothing stands there."""
    placed: Placed
    """The block it stands in; of a label with entries below it, the block of the entry."""
    bold: bool = False
    """Whether the label is marked as one, not only followed by a colon."""


_COLON = r"[:：]"
_BOLD = regex(
    r"\s*(?:\*\*|__|<(?:b|strong)>)\s*(?P<name>[^*<>\n]{1,80}?)\s*(?P<in>[:：]?)\s*"
    r"(?:\*\*|__|</(?:b|strong)>)\s*(?P<out>[:：]?)[ \t]*",
    re.IGNORECASE,
)
_LATER = regex(r"(?:\*\*|__)(?P<name>[^*_\n:：]{1,80})(?:[:：]\s?(?:\*\*|__)|(?:\*\*|__)\s?[:：])")
_SOFT = regex(
    r"\s*[*_`]{1,2}(?P<name>[^*_`:：\n]{1,80})(?:[:：]\s?[*_`]{1,2}|[*_`]{1,2}\s?[:：])\s*"
)
_NAKED = regex(r"\s*+(?P<name>[^:：\n]{1,80}?)\s?[:：](?!//|\\|\S{0,40}:\S|(?<=\d[:：])\d)[ \t]*")
_NO_LABEL = regex(r"[.!?。！？,，;；]\s|[。！？]|^[\d\s./-]*$|^https?$|[{}=<>|\[\]]")
_OPTIONAL = regex(r"\s?\[optional\]$", re.IGNORECASE)
"""A mark of the Hub's template for model cards: "Finetuned from model [optional]"."""
_EMOJI_OR_MARK = regex(r"^[^\w(（]+", re.UNICODE)


@kept
def labels(blocks: tuple[Placed, ...]) -> tuple[Label, ...]:
    """Return the labels of bullets, paragraphs and two-column tables, in the order of the card.

    A label alone on its bullet is returned once for each bullet below it, with that bullet's
    words; what stands in comments is left out.
    """
    return tuple(_labels(blocks))


def _labels(blocks: tuple[Placed, ...]) -> Iterator[Label]:
    heads: list[tuple[int, Line, bool]] = []  # labels that wait for the bullets below them
    for placed in blocks:
        if placed.commented:
            continue
        block = placed.block
        if isinstance(block, Bullet):
            while heads and heads[-1][0] >= block.depth:
                heads.pop()
            for depth, name, bold in heads:
                if depth == block.depth - 1:
                    yield Label(name, whole_text(block), placed, bold)
            for label in _of_lines(block.lines, placed):
                if not label.value:
                    heads.append((block.depth, label.name, label.bold))
                yield label
            continue
        heads = []
        if isinstance(block, Paragraph):
            found = list(_of_lines(block.lines, placed))
            yield from found
            if found and not found[-1].value:
                heads.append((-1, found[-1].name, found[-1].bold))
            elif not found and (line := block.lines[-1].strip()) and _is_short(line):
                heads.append((-1, line.strip(" *_`"), False))
        elif isinstance(block, Table):
            yield from _of_table(block, placed)


def headed(blocks: Iterable[Placed]) -> Iterator[Label]:
    """Yield each heading that stands over a text, with the first block of that text."""
    before: Heading | None = None
    for placed in blocks:
        if placed.commented:
            continue
        block = placed.block
        if isinstance(block, Heading):
            before = block
            continue
        if before is not None and isinstance(block, (Paragraph, Bullet)):
            yield Label(before.line.strip().strip(":： "), whole_text(block), placed, bold=True)
        before = None


@kept
def label_of(line: Line) -> tuple[Line, Line, bool] | None:
    """Return the label of a line, the rest of the line, and whether the label is bold.

    >>> from cardkit.text import lines_of
    >>> name, value, bold = label_of(lines_of("**License:** MIT")[0])
    >>> name.text, value.text, bold
    ('License', 'MIT', True)
    >>> label_of(lines_of("See https://example.org")[0]) is None
    True
    """
    text = line.text
    head = text[:8] if text[:1].isalnum() else text.lstrip()[:8].lower()
    if head.startswith(("**", "__", "<b>", "<strong>")) and (match := _BOLD.match(text)):
        value = line[match.end() :].strip()
        marked = bool(match["in"] or match["out"])
        sentence = not marked and (not value or value.text[0].islower())
        return None if sentence else _checked(line, match, value, bold=True)
    if head[:1] in ("*", "_", "`") and (match := _SOFT.match(text)):
        return _checked(line, match, line[match.end() :].strip(), bold=True)
    if (":" in text or "：" in text) and (match := _NAKED.match(text)):
        return _checked(line, match, line[match.end() :].strip(), bold=False)
    return None


def _checked(
    line: Line, match: re.Match[str], value: Line, *, bold: bool
) -> tuple[Line, Line, bool] | None:
    name = line[slice(*match.span("name"))].strip(" *_`\t")
    if sign := _EMOJI_OR_MARK.match(name.text):
        name = name[sign.end() :]
    if optional := _OPTIONAL.search(name.text):
        name = name[: optional.start()]
    if not name or len(name.text.split()) > MAX_WORDS or _NO_LABEL.search(name.text):
        return None
    return name, value, bold


def _of_lines(lines: tuple[Line, ...], placed: Placed) -> Iterator[Label]:
    """Yield the labels of a block; a value runs on until the next label."""
    name: Line | None = None
    bold = False
    value: list[Line] = []
    for line in lines:
        for part in _parts(line):
            found = label_of(part)
            if found and name is not None and bold and not found[2] and value:
                found = None  # a colon inside the value of a bold label is part of the value
            if found is None:
                if name is not None and _goes_on(value, part):
                    value.append(part.strip())
                elif name is not None:
                    yield Label(name, _value(value), placed, bold)
                    name = None
                continue
            if name is not None:
                yield Label(name, _value(value), placed, bold)
            name, first, bold = found
            value = [first] if first else []
    if name is not None:
        yield Label(name, _value(value), placed, bold)


def _goes_on(value: list[Line], line: Line) -> bool:
    """Return whether a line continues a value: nobody wraps a line that is short."""
    text = line.text.strip()
    return bool(text) and (not value or len(value[-1]) >= WRAPPED or text[0].islower())


def _parts(line: Line) -> list[Line]:
    """Return a line cut before each further bold label in it."""
    if line.text.count("**") < 4 and line.text.count("__") < 4:
        return [line]
    starts = [match.start() for match in _LATER.finditer(line.text)]
    if len(starts) < 2 or line.text[: starts[0]].strip():
        return [line]
    cuts = [0, *starts[1:], len(line.text)]
    return [line[a:b] for a, b in pairwise(cuts)]


def _is_short(line: Line) -> bool:
    """Return whether a line can introduce the list below it without a colon."""
    text = line.text
    return len(text) <= MAX_INTRO and len(text.split()) <= MAX_WORDS and not _NO_LABEL.search(text)


def _value(lines: list[Line]) -> Line:
    if not lines:
        return Line("", ())
    return lines[0] if len(lines) == 1 else join(lines, " ")


def _of_table(table: Table, placed: Placed) -> Iterator[Label]:
    """Yield the rows of a table that has one column of names and one of values."""
    if len(table.rows) < 2 or any(len(row) != 2 for row in table.rows):
        return
    for name, value in table.rows[table.heads :]:
        if name is not None and value is not None and name.text.strip():
            clean = name.strip(" *_`\t").strip(":： ")
            if clean and len(clean.text) <= MAX_NAME:
                yield Label(clean, value.strip(), placed)
