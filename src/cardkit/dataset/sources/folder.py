"""A folder of cards, or a single card: each is a file, and its path is its key."""

from __future__ import annotations

import os
from collections.abc import Iterator

from cardkit import inputs
from cardkit.dataset import far
from cardkit.dataset.far import is_far
from cardkit.dataset.rows import Card
from cardkit.dataset.sources.source import Found, Source, opened, size_of


def is_one(path: str) -> bool:
    """Return whether it is a folder, or a file that looks like a card."""
    if is_far(path):
        return True
    return os.path.isdir(path) or (os.path.isfile(path) and path.endswith(inputs.SUFFIXES))


def size(source: Source) -> int:
    """Return the number of cards: their bytes are not asked for one by one."""
    return 4096 * sum(1 for _ in _paths(source))


def digest(source: Source) -> str | None:  # noqa: ARG001 - a Kind's
    """Return None: the files must be looked at."""
    return None


def cards(source: Source) -> Iterator[Found]:
    """Yield the cards in the order of their paths; one above the limit is refused by its size."""
    paths = sorted(_paths(source))
    for done, (inside, path) in enumerate(paths, 1):
        key = f"{source.name}#{inside}"
        if size_of(path) > inputs.LIMIT:
            why = f"It has more than {inputs.LIMIT / 1e6:.0f} MB."
            card = Card(key, source.name, b"", refused=("limit-exceeded", why))
        else:
            with opened(path) as file:
                card = Card(key, source.name, file.read(inputs.LIMIT + 1))
        yield Found(card, done / len(paths))


def _paths(source: Source) -> Iterator[tuple[str, str]]:
    """Yield each card's path inside, with the one to open."""
    root = source.path
    if is_far(root):
        fs, inside = far.store(root)
        for path in far.found(root):
            if path.lower().endswith(inputs.SUFFIXES):
                below = path.removeprefix(inside).lstrip("/") or os.path.basename(path)
                yield below, fs.unstrip_protocol(path)
        return
    if os.path.isfile(root):
        yield os.path.basename(root), root
        return
    uris, errors = inputs.find([root])
    if errors:
        raise errors[0]
    for uri in uris:
        yield os.path.relpath(uri, root).replace(os.sep, "/"), uri
