"""The keys of a card's front matter: those at the top, and those below them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeAlias

from cardkit.vocabulary import load

Shape: TypeAlias = dict[str, Any]
"""The keys of a map, or of the maps in a list, each with the keys below it or None."""

ANY = "*"
"""Stands in a shape for any other key."""


@lru_cache(maxsize=1)
def top() -> Shape:
    """Return the keys at the top of a front matter, each with the keys below it.

    >>> "license" in top(), sorted(top()["inference"])
    (True, ['parameters'])
    """
    words = load("front_matter.yaml")
    return {**dict.fromkeys(words["top"]), **words["below"]}


@lru_cache(maxsize=1)
def nested() -> frozenset[str]:
    """Return the keys that stand somewhere below others."""
    names: set[str] = set()
    shapes = [shape for shape in top().values() if shape]
    while shapes:
        shape = shapes.pop()
        names.update(shape)
        shapes += [below for below in shape.values() if below]
    return frozenset(names)
