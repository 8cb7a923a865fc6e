"""The model as the card names and describes it: one group of fields per file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cardkit.card import Card
from cardkit.facts import Found, Problem
from cardkit.fields.model import addresses, base_models, datasets, kind, licence, people, released
from cardkit.names.identity import Identity
from cardkit.problems import explain
from cardkit.stated import read_statements
from cardkit.text import Span

WITH_FRONT_MATTER = ("markdown", "blob-page", "collapsed")
"""Forms that show a card's front matter if it has one."""


def read(card: Card, so_far: Mapping[str, Found]) -> Found:
    """Read the part `model` of the record."""
    identity = so_far["identity"].value if "identity" in so_far else Identity()
    stated = read_statements(card, identity)
    draft: dict[str, Any] = {
        "model_name": identity.model_name,
        "model_id": identity.model_id or card.model_id,
        "hub": identity.hub,
        "aliases": list(identity.aliases),
    }
    problems: list[Problem] = []
    for group in (people, released, kind, licence, datasets, base_models, addresses):
        found = group.read(stated)
        draft.update(found.value)
        problems += found.problems
    if card.front is None and card.form in WITH_FRONT_MATTER:
        problems.append(_no_front_matter())
    return Found({key: value for key, value in draft.items() if value}, tuple(problems))


def _no_front_matter() -> Problem:
    means = explain("frontmatter-missing")
    return Problem(means.code, means.severity, f"{means.meaning} {means.todo}", Span(0, 0))
