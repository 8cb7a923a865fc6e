"""Where a card prints prompts: code blocks, inline code, strings of its examples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cardkit.blocks import Bullet, Code, Paragraph
from cardkit.card import Card
from cardkit.fields.prompt import INLINE, NO_TEMPLATE, after_tuning, lost_blank_lines, unescaped
from cardkit.snippets import code
from cardkit.text import Span, whole

CODE = ("python", "py", "json")


class Printed(NamedTuple):
    """A text that may be a prompt, and where it stands."""

    text: str
    where: Span
    spelled: bool = False
    """Whether its line ends are spelled out, so that none can be lost on the way of the card."""


def printed(card: Card) -> Iterator[Printed]:
    """Yield the texts of a card that may be prompts; not those for a model that the reader tunes.

    The ends of a block are not known to be the prompt's own, so they come without blanks.
    """
    tuned = after_tuning(card)
    for placed in card.blocks:
        block = placed.block
        if placed.commented or id(placed) in tuned:
            continue
        if isinstance(block, Code) and block.language not in CODE:
            text = unescaped("\n".join(line.text for line in block.lines).strip("\n").rstrip())
            if not NO_TEMPLATE.search(text):
                yield Printed(text, whole(block.lines))
        elif isinstance(block, Paragraph | Bullet):
            for line in block.lines:
                for match in INLINE.finditer(line.text):
                    text = unescaped(match[2].strip())
                    yield Printed(text, line.span(*match.span(2)), spelled=True)
    for block, placed, usage in code.usages(card):
        if usage and not placed.commented and id(placed) not in tuned:
            for text in dict.fromkeys((*usage.templates, *usage.sent)):
                yield Printed(str(text), whole(block.lines), spelled=True)


def is_safe(text: str, found: Printed, card: Card) -> bool:
    """Tell whether what a card prints between two messages came through its noise unharmed."""
    if found.spelled or not text.strip(" "):
        return True
    if card.form == "collapsed":
        return not any(sign.isspace() for sign in text)
    damaged = card.form in ("rendered-page", "repost") or lost_blank_lines(card.raw)
    return not (damaged and "\n" in text)
