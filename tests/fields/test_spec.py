"""Size and shape of the card's own model: each case is a card and what is read from it."""

from __future__ import annotations

import json

from tests.conftest import Case

from cardkit import scan
from cardkit.card import Card
from cardkit.facts import Fact, Found, bare
from cardkit.fields import spec
from cardkit.names.identity import Identity
from cardkit.text import Span, lines_of


def test_spec(case: Case) -> None:
    raw = case.parts["card"]
    found = spec.read(_card(raw), _so_far(case))
    problems = sorted({problem.code for problem in found.problems})
    assert (bare(found.value), problems) == (
        json.loads(case.parts["spec"]),
        case.parts.get("problems", "").split(),
    )
    for fact in found.value.values():
        printed = raw[fact.where.start : fact.where.end]
        assert any(c.isdigit() for c in printed)
        assert len(printed) <= 40


def _card(raw: str) -> Card:
    return Card(raw, "markdown", None, scan.read_blocks(lines_of(raw)))


def _so_far(case: Case) -> dict[str, Found]:
    names = tuple(case.parts["names"].split("\n"))
    name = Fact(names[0], names[0], Span(0, 0), "title")
    return {"identity": Found(Identity(name, names=names, is_family="family" in case.parts))}
