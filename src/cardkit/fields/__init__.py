"""The parts of a record: one per file.

Each is given the card and the parts read before it. To add one: a file with `read`, a row in
PARTS, and cases in tests/fields/.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from cardkit.card import Card
from cardkit.facts import Found
from cardkit.fields import (
    conflicts,
    evaluations,
    examples,
    identity,
    model,
    model_index,
    prompt,
    spec,
    training,
    variants,
)


class Part(Protocol):
    """What a module of this folder must hold."""

    def read(self, card: Card, so_far: Mapping[str, Found]) -> Found:
        """Read one part of the record."""


PARTS: dict[str, Part] = {
    "examples": examples,  # first: what the card loads tells which model it is
    "identity": identity,  # before all that asks whether a name is the card's own
    "model": model,
    "variants": variants,  # before the spec: a family's holds what is true of all of them
    "spec": spec,
    "training": training,
    "model_index": model_index,  # before the evaluations: it opens their list
    "evaluations": evaluations,
    "prompt": prompt,  # after the examples, whose code may hold the template
    "conflicts": conflicts,  # last: it holds the other parts against each other
}


def read_facts(card: Card) -> dict[str, Found]:
    """Return what each part's reader found."""
    found: dict[str, Found] = {}
    for name, part in PARTS.items():
        found[name] = part.read(card, found)
    return found
