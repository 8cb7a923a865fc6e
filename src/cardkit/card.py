"""A card that has been repaired and cut into blocks: what the readers of fields are given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeVar

from cardkit.blocks import Block, Placed
from cardkit.blocks.front_matter import Node
from cardkit.facts import PageWord

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
        for placed in self.blocks:
            if isinstance(placed.block, kind) and (commented or not placed.commented):
                yield placed.block, placed
