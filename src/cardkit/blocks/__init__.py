"""The blocks that a card is made of."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from cardkit.text import Line


class Heading(NamedTuple):
    """A heading, without its marks."""

    line: Line
    level: int
    """1 to 6; 0 for a line of a rendered page that stands like a heading."""


class Paragraph(NamedTuple):
    """Lines of prose that belong together."""

    lines: tuple[Line, ...]


class Bullet(NamedTuple):
    """One entry of a list, without its mark and without the entries below it."""

    lines: tuple[Line, ...]
    depth: int
    """0 for the outermost list."""
    mark: str
    """"-", "*", "+", "•", "1." …"""


class Table(NamedTuple):
    """A grid of cells: every row has the same length, spans are filled, None is a missing cell."""

    rows: tuple[tuple[Line | None, ...], ...]
    heads: int
    """How many rows of the top are the head; 0 when none is marked."""
    form: str
    """How it was written: `pipe`, `html`, `flattened-table`, `space-table`, `one-cell-per-line`."""
    caption: Line | None = None
    spanned: frozenset[tuple[int, int]] = frozenset()
    """Cells (row, column) that repeat the cell whose rowspan or colspan covers them."""


class Code(NamedTuple):
    """A code block, without its fence."""

    lines: tuple[Line, ...]
    language: str
    """The word after the fence, in lower case; "" when there is none."""
    fenced: bool = True


class FrontMatter(NamedTuple):
    """The lines between the two `---` at the top."""

    lines: tuple[Line, ...]


Block: TypeAlias = Heading | Paragraph | Bullet | Table | Code | FrontMatter


class Placed(NamedTuple):
    """A block and where it stands in the card."""

    block: Block
    path: tuple[Heading, ...]
    """The headings above it, outermost first."""
    commented: bool = False
    """Whether it stands inside an HTML comment."""
    quoted: bool = False
    """Whether it stands inside a block quote."""
