"""The kind of section that a block stands in."""

from __future__ import annotations

from cardkit.blocks import Heading
from cardkit.kept import kept
from cardkit.prose.links import plain
from cardkit.vocabulary import words


@kept
def kind_of_section(path: tuple[Heading, ...]) -> str | None:
    """Return the kind of the innermost section that has one, of the headings above a block."""
    for heading in reversed(path):
        kind = _kind(heading)
        if kind:
            return kind
    return None


@kept
def _kind(heading: Heading) -> str | None:
    return words.section_of(plain(heading.line).text)
