"""Other sizes and versions that a family's card lists, each with its own row's figures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cardkit.blocks import Bullet, Table
from cardkit.card import Card
from cardkit.facts import Fact, Found, fact
from cardkit.grids.table_kind import kind_of
from cardkit.names.identity import Identity, signature
from cardkit.patterns import regex
from cardkit.prose.links import links, plain, whole_text
from cardkit.prose.sentences import cut
from cardkit.spec.spec_sentences import said
from cardkit.spec.spec_tables import SpecRow, SpecTable, spec_table
from cardkit.spec.spec_values import read_value
from cardkit.spec.whose import OWN, SIBLING, is_kin, whose, whose_row
from cardkit.text import Line
from cardkit.values.model_names import size_in_name
from cardkit.vocabulary import hosts

MAX_NAME = 80
"""A longer text is no name."""

_ID = regex(r"[A-Za-z0-9][\w.-]{0,95}/[\w][\w.-]{0,95}")
_NAME_ENDS = regex(
    r"\s*[,，:：;；(（]\s*|\s+(?:-|–|—|is|was|are|models?)\s+|\s?(?:是|为|模型)|\s+models?\s*$|$"
)
_SIGN = regex(r"^[^\w(（]+")
_SENTENCE = regex(r"[.。!?]\s|[，。；]|(?:\S+\s+){7}")
_SIZE = regex(r"\d{1,4}(?:\.\d{1,2})?\s?[BMbm亿]$")
MEASURES = frozenset({"scores", "log", "data", "hyperparameters"})
"""Kinds of tables in which a model does not become a variant by being listed."""

_MANY = 200
"""More variants than any family has: a list of something else."""


def read(card: Card, so_far: Mapping[str, Found]) -> Found:
    """Read the sizes and versions that the card lists beside, or as, its own model."""
    identity: Identity = so_far["identity"].value
    variants: dict[tuple[Any, ...], dict[str, Any]] = {}
    aside: list[tuple[Line, SpecRow]] = []
    for placed in card.blocks:
        if placed.commented:
            continue
        if isinstance(placed.block, Table):
            found = spec_table(placed.block)
            if found is not None and not found.scored and not found.weak:
                _of_spec_table(found, identity, variants)
            elif found is not None and found.scored:
                aside += [(row.name, row) for row in found.rows if row.name and row.facts]
            if kind_of(placed.block, placed.path) not in MEASURES:
                _of_grid(placed.block, identity, variants)
        elif isinstance(placed.block, Bullet):
            _of_bullet(placed.block, identity, variants)
    for name, row in aside:
        key = _key(name.text)
        if key in variants:
            for field, value in row.facts.items():
                variants[key]["spec"].setdefault(field, value)
    if len(variants) > _MANY:
        return Found([])
    return Found([variant for variant in variants.values() if _says_something(variant)])


def _says_something(variant: dict[str, Any]) -> bool:
    return bool(variant["spec"]) or "model_id" in variant


def _key(name: str) -> tuple[Any, ...]:
    parts = signature(name)
    return parts[:4]


def _counts(owner: str, identity: Identity) -> bool:
    """Return whether a model is a variant: a sibling, and in a family's card the family's own."""
    return owner == SIBLING or (owner == OWN and identity.is_family)


def _add(
    variants: dict[tuple[Any, ...], dict[str, Any]],
    name: Fact,
    model_id: Fact | None,
    facts: Mapping[str, Fact],
) -> None:
    """Add what one place says of a variant to what others say."""
    variant = variants.setdefault(_key(str(name.value)), {"model_name": name, "spec": {}})
    if model_id is not None:
        variant.setdefault("model_id", model_id)
    for field, value in facts.items():
        variant["spec"].setdefault(field, value)


# ------------------------------------------------------------------------------ tables


def _of_spec_table(
    found: SpecTable, identity: Identity, variants: dict[tuple[Any, ...], dict[str, Any]]
) -> None:
    """Add the rows of a table of sizes."""
    rows = [row for row in found.rows if row.name is not None and row.name.text]
    named = [row.name.text for row in rows if row.name is not None]
    shared = {name for name in named if named.count(name) > 1}
    owners = [whose_row(row, identity) for row in rows]
    if not all(owner in (OWN, SIBLING) for owner in owners):
        return  # a table that compares with strangers
    for row, owner in zip(rows, owners, strict=True):
        if row.name is None or not _counts(owner, identity) or len(row.name.text) > MAX_NAME:
            continue
        name = fact(row.name.text, row.name, "spec table")
        size = row.size if "num_parameters" in row.facts else None
        if row.name.text in shared or _SIZE.fullmatch(row.name.text):
            family = row.name.text if row.name.text in shared else _family(identity)
            if size is None or not family:
                continue
            name = Fact(f"{family} {size.text}", size.text, size.span(), "spec table")
        _add(variants, name, _id_in(row.cell) if row.cell else None, row.facts)


def _family(identity: Identity) -> str | None:
    """Return the name that a size is put behind: "Ant 2" of "Ant 2 7B"."""
    name = str(identity.model_name.value) if identity.model_name else next(iter(identity.names), "")
    size = size_in_name(name)
    return (name[: size.start].rstrip(" -_") if size else name) or None


def _of_grid(
    table: Table, identity: Identity, variants: dict[tuple[Any, ...], dict[str, Any]]
) -> None:
    """Add models that a table lists with their ids; a size at the left is that of its row."""
    for cells in table.rows[table.heads :]:
        filled = [cell for cell in cells if cell is not None and cell.text.strip()]
        if not filled:
            continue
        first = plain(filled[0])
        facts = {}
        if _SIZE.fullmatch(first.text) and len(filled) > 1:
            facts = read_value("num_parameters", first, rule="spec table")
        for cell in filled[1:] if facts else filled[:1]:
            name = plain(cell)
            whole = name.text
            if sign := _SIGN.match(whole):
                name = name[sign.end() :]
            if not _is_listed(name.text, identity):
                continue
            found = _id_in(cell) or (None if facts else _id_beside(filled[1:], whole))
            if found is not None or facts:
                _add(variants, fact(name.text, name, "model list"), found, facts)


def _is_listed(name: str, identity: Identity) -> bool:
    """Return whether a name in a list of models is one of the family."""
    if not 0 < len(name) <= MAX_NAME or not is_kin(name, identity, widely=False):
        return False
    if _SENTENCE.search(name):
        return False
    return _counts(whose(name, identity), identity) or _is_member(name, identity)


def _is_member(name: str, identity: Identity) -> bool:
    """Return whether the card says that it releases this one beside others of one name."""
    read = signature(name)
    return any(read.same(signature(member)) for member in identity.members) and not any(
        read.same(signature(own)) for own in identity.names
    )


def _id_beside(cells: list[Line], name: str) -> Fact | None:
    """Return the id that another cell of a row links to, when its name is the row's."""
    for cell in cells[:6]:
        found = _id_in(cell)
        if found and _key(str(found.value)) == _key(name):
            return found
    return None


def _id_in(cell: Line) -> Fact | None:
    """Return the id of the one model that a text names or links to."""
    found: dict[str, Fact] = {}
    for link in links(cell):
        target = hosts.hub_link(link.url.text)
        if target is not None and target.kind == "model":
            at = link.url.text.find(target.id)
            url = link.url[at : at + len(target.id)] if at >= 0 else link.url
            found.setdefault(target.id.lower(), fact(target.id, url, "link"))
    if found:
        return next(iter(found.values())) if len(found) == 1 else None
    name = plain(cell)
    if _ID.fullmatch(name.text):
        return fact(name.text, name, "id")
    return None


# ------------------------------------------------------------------------------ lists


def _of_bullet(
    bullet: Bullet, identity: Identity, variants: dict[tuple[Any, ...], dict[str, Any]]
) -> None:
    """Add a model that a bullet begins with: "ant-3b, a 2.8 billion parameter model based on …"."""
    if not bullet.lines or len(bullet.lines[0]) > 2000:
        return
    text = whole_text(bullet)
    words = plain(text)
    end = _NAME_ENDS.search(words.text)
    stop = end.start() if end else len(words)
    sign = _SIGN.match(words.text, 0, stop)
    start = sign.end() if sign else 0
    if not _is_listed(words.text[start:stop], identity) or not _is_model(words.text[start:stop]):
        return
    name = words[start:stop]
    if identity.names and _key(name.text) == _key(identity.names[0]):
        return  # the family's own name
    facts: dict[str, Fact] = {}
    rest = words[end.end() :] if end else words[len(words) :]
    for sentence in cut(rest)[:1]:
        for each in said(sentence):
            if not _changes_subject(sentence.text[: each.start]):
                facts.setdefault(each.field, each.fact)
    model_id = _id_in(text[: max(200, len(name))]) if "](" in text.text[:200] else None
    if model_id is None and _ID.fullmatch(name.text):
        model_id = fact(name.text, name, "id")
    _add(variants, fact(name.text, name, "list"), model_id, facts)


def _is_model(name: str) -> bool:
    """Return whether a name has more than the family's: a size, a version, a qualifier."""
    parts = signature(name)
    return bool(parts.sizes or parts.versions or parts.qualifiers)


_TO_OTHERS = regex(r"\b(?:based on|derived from|than|from|of|compared)\b|基于|相比", re.IGNORECASE)


def _changes_subject(before: str) -> bool:
    """Return whether the words before a figure have led to another model."""
    return bool(_TO_OTHERS.search(before))
