"""A card that has been repaired and cut into blocks: what the readers of fields are given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeVar, cast

from cardkit.blocks import Block, Placed
from cardkit.blocks.front_matter import Node
from cardkit.facts import PageWord
from cardkit.kept import kept

Kind = TypeVar("Kind", bound=Block)


class Card(NamedTuple):
    """A model card, ready to be read."""

    raw: str
    form: str
    """`markdown`, `blob-page`, `collapsed`, `rendered-page`, `repost` or `html`."""
    front: Node | None
    """The front matter, or None when the card has none that can be read."""
    blocks: tuple[Placed, ...]
    """All blocks in the order of the card, the front matter left out."""
    page: tuple[PageWord, ...] = ()
    """What the page around the card says."""
    model_id: str | None = None
    """The id that the user gave."""

    def of(self, kind: type[Kind], *, commented: bool = False) -> Iterator[tuple[Kind, Placed]]:
        """Yield the blocks of one kind with their places; those in comments only when asked."""
        for placed in _by_kind(self.blocks).get(kind, ()):
            if commented or not placed.commented:
                yield cast("Kind", placed.block), placed


@kept
def _by_kind(blocks: tuple[Placed, ...]) -> dict[type, list[Placed]]:
    """Return the blocks of each kind; readers ask for one after the other."""
    found: dict[type, list[Placed]] = {}
    for placed in blocks:
        found.setdefault(type(placed.block), []).append(placed)
    return found
