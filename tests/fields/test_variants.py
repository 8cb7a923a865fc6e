"""Other sizes and versions that a card lists: each case is a card and what is read from it."""

from __future__ import annotations

import json

from tests.conftest import Case

from cardkit import scan
from cardkit.card import Card
from cardkit.facts import Fact, Found, bare
from cardkit.fields import variants
from cardkit.names.identity import Identity
from cardkit.text import Span, lines_of


def test_variants(case: Case) -> None:
    raw = case.parts["card"]
    card = Card(raw, "markdown", None, scan.read_blocks(lines_of(raw)))
    names = tuple(case.parts["names"].split("\n"))
    name = Fact(names[0], names[0], Span(0, 0), "title")
    identity = Identity(name, names=names, is_family="family" in case.parts)
    found = variants.read(card, {"identity": Found(identity)})
    assert bare(found.value) == json.loads(case.parts["variants"])
