"""How a model was trained: each case is a card and the setups that are read from it."""

from __future__ import annotations

import json
from typing import Any

from tests.conftest import Case

from cardkit import scan
from cardkit.card import Card
from cardkit.facts import Fact, Found, bare
from cardkit.fields import training
from cardkit.names.identity import Identity
from cardkit.text import Span, lines_of


def test_training(case: Case) -> None:
    raw = case.parts["card"]
    card = Card(raw, "markdown", None, scan.read_blocks(lines_of(raw)))
    names = tuple(case.parts.get("names", "Ant 1B").split("\n"))
    name = Fact(names[0], names[0], Span(0, 0), "title")
    identity = Identity(name, names=names, is_family="family" in case.parts)
    found = training.read(card, {"identity": Found(identity)})
    problems = sorted({problem.code for problem in found.problems})
    assert (_short(found), problems) == (
        json.loads(case.parts["training"]),
        case.parts.get("problems", "").split(),
    )
    for setup in found.value:
        for setting in setup["hyperparameters"]:
            fact = setting["value"]
            assert 0 < fact.where.end - fact.where.start <= 80


def _short(found: Found) -> list[dict[str, Any]]:
    """Return setups as the cases write them: settings as name and value, without what is empty."""
    return [
        {
            **{
                key: value
                for key, value in setup.items()
                if key != "hyperparameters" and value not in (None, [])
            },
            "settings": [
                [s["name"], s["value"], *([s["unit"]] if s["unit"] else [])]
                for s in setup["hyperparameters"]
            ],
        }
        for setup in bare(found.value)
    ]
