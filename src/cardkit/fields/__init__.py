"""The parts of a record: one per file.

Each is given the card and the parts read before it. To add one: a file with `read`, a row in
PARTS, and cases in tests/fields/.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Protocol

from cardkit.card import Card
from cardkit.facts import Found


class Part(Protocol):
    """What a module of this folder must hold."""

    def read(self, card: Card, so_far: Mapping[str, Found]) -> Found:
        """Read one part of the record."""


NAMES = (
    "examples",  # first: what the card loads tells which model it is
    "identity",  # before all that asks whether a name is the card's own
    "model",
    "variants",  # before the spec: in a family's card it holds what is true of all of them
    "spec",
    "training",
    "model_index",  # before the evaluations: it opens their list
    "evaluations",
    "prompt",  # after the examples, whose code may hold the template
    "conflicts",  # last: it holds the other parts against each other
)


def read_facts(card: Card) -> dict[str, Found]:
    """Return what each part's reader found."""
    found: dict[str, Found] = {}
    for name in NAMES:
        try:
            module = import_module(f"cardkit.fields.{name}")
        except ModuleNotFoundError:  # TEMPORARY while parts are being written
            continue
        found[name] = module.read(card, found)
    return found
