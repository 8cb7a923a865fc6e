"""Which model a card is about: its name, its id, and all else that it calls it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from cardkit.blocks import Heading, Paragraph, Table, front_matter
from cardkit.card import Card
from cardkit.facts import Fact, Found, Problem, fact
from cardkit.grids.table_kind import kind_of
from cardkit.names.hub_ids import ID, Mention, bases_of, mentions_of, texts_of
from cardkit.names.identity import Identity, Signature, name_words, signature
from cardkit.names.own_id import choose, hub_of
from cardkit.names.own_names import index_name, is_open, members, name_of_title, spellings, subjects
from cardkit.names.title import in_title, read_title
from cardkit.patterns import regex
from cardkit.prose.links import links, plain, whole_text
from cardkit.text import Line, Span
from cardkit.vocabulary import hosts

MAX_NAMES = 40
MAX_CELL = 160
LETTERS = regex(r"[A-Za-z]{2}")
AUTHOR_OR_NOTE = regex(r"\s+by\s.{1,60}$|\s*\([^()]{1,20}\)$")
VERSION_BEHIND = regex(r"\s*\(v?\d{1,3}(?:\.\d{1,3}){0,3}\)$", re.IGNORECASE)
LOADS_FROM_HUB = regex(r"^\s*(?:from|import)\s+(?:transformers|huggingface_hub)\b")
NOTE = regex(r"\s*\([^()]{1,40}\)$")
LATIN = regex(r"[A-Za-z0-9_.+ -]+(?![^\s*†‡(（\W])")


def read(card: Card, so_far: Mapping[str, Found]) -> Found:
    """Return the card's Identity; it is what other parts ask, and no part of the record."""
    examples = so_far["examples"].value if "examples" in so_far else []
    title = read_title(card)
    titled = name_of_title(title)
    indexed = index_name(card)
    opening = subjects(card)
    name = titled or indexed
    mentions = list(mentions_of(card, title, examples or []))
    bases = bases_of(card)
    known = [signature(line.text) for line in (titled, indexed) if line]
    chosen = choose(card, mentions, known, opening, bases)
    if titled is None and chosen and (printed := in_title(card, chosen.id.split("/")[-1])):
        titled = name = printed
    main = titled or indexed or (opening[0] if opening else None)
    own = [*filter(None, (titled, indexed)), *spellings(main, opening)]
    texts = _unique([line.text for line in own], chosen and chosen.id, card.model_id)
    texts = _unique(texts, *(m.id for m in mentions if m.kind == "page"))
    texts = _unique(texts, chosen and _without_owner(chosen.id), *_other_ways(texts))
    is_family = chosen is None and is_open(main)
    kin = list(dict.fromkeys(members(card, main, chosen)))
    if any(word in _words_of(card) for word in name_words()["distilled"]):
        kin += name_words()["student"]
    if is_family and main is not None:
        kin += _listed_members(card, signature(main.text))
    aliases = _aliases(card, mentions, name, chosen, own)
    identity = Identity(
        model_name=fact(name.text, name, "title" if titled else "model-index") if name else None,
        model_id=_id_fact(chosen),
        hub=hub_of(chosen, mentions) or _hub_of_code(card, chosen),
        aliases=aliases,
        names=tuple(texts[:MAX_NAMES]),
        members=tuple(kin[:MAX_NAMES]),
        is_family=is_family,
        related=_related(mentions, main, chosen, bases),
    )
    return Found(identity, problems=tuple(spelling_conflicts(identity, titled, indexed, own)))


def _without_owner(model_id: str) -> str | None:
    """Return the name in an id without its owner's, which many put before it.

    >>> _without_owner("ants/Ants-Hill-7B"), _without_owner("ants/hill-7b")
    ('Hill-7B', None)
    """
    owner, _, name = model_id.partition("/")
    rest = name[len(owner) :].lstrip("-_")
    has_it = name.casefold().startswith((owner.casefold() + "-", owner.casefold() + "_"))
    return rest if has_it and LETTERS.search(rest) else None


def _listed_members(card: Card, family: Signature) -> Iterator[str]:
    """Yield the members that a family's card lists in its tables, by their links or their figures.

    What a table measures may be an older version that the own models are compared with.
    """
    for table, placed in card.of(Table):
        if placed.commented or kind_of(table, placed.path) == "scores":
            continue
        for link in (link for row in table.rows for cell in row if cell for link in links(cell)):
            hub = hosts.hub_link(link.url.text)
            name = hub.id.split("/")[-1] if hub and hub.kind == "model" else ""
            if name and not family.versions and signature(name).family == family.family:
                yield name
        if kind_of(table, placed.path) == "spec":
            firsts = [NOTE.sub("", plain(row[0]).text) for row in table.rows if row[0]]
            if not any(signature(name).same(family) for name in firsts):  # else one member's name
                yield from (name for name in firsts if _extends(signature(name), family))


def _extends(found: Signature, family: Signature) -> bool:
    """Return whether a name is a family's with further words."""
    return found.versions == family.versions and found.family.startswith(family.family)


def _other_ways(names: Iterable[str]) -> Iterator[str]:
    """Yield ids with their owner as a part of the name, and names without a version in brackets.

    >>> list(_other_ways(["bee/ant-7b", "Ant 7B (v2)", "Ant 7B"]))
    ['bee ant-7b', 'Ant 7B']
    """
    for printed in names:
        if ID.fullmatch(printed):
            yield printed.replace("/", " ")
        elif behind := VERSION_BEHIND.search(printed):
            yield printed[: behind.start()]


def _hub_of_code(card: Card, chosen: Mention | None) -> Fact | None:
    """Return the hub of an id that code of an unknown library loads, beside one that is known."""
    if chosen is None or chosen.kind != "example":
        return None
    for line, kind in texts_of(card):
        if kind == "code" and LOADS_FROM_HUB.match(line.text):
            return fact("huggingface", line, "hub-of-library")
    return None


def _related(
    mentions: list[Mention], main: Line | None, chosen: Mention | None, bases: frozenset[str]
) -> frozenset[str]:
    """Return the ids, in small letters, of bases and of versions that the card's text tells of."""
    own = [signature(text) for text in (main and main.text, chosen and chosen.id) if text]
    told = [m.id for m in mentions if m.kind in ("link", "this", "text")]
    kin = {i.casefold() for i in told if any(_is_version(signature(i), name) for name in own)}
    return bases | kin


def _is_version(found: Signature, own: Signature) -> bool:
    """Return whether an id means another version of the same family and size."""
    return (
        found.family == own.family
        and found.versions >= own.versions
        and (not own.sizes or found.sizes == own.sizes)
    )


def spelling_conflicts(
    identity: Identity, titled: Line | None, indexed: Line | None, own: Iterable[Line]
) -> Iterator[Problem]:
    """Yield a problem for each name that the card gives its model beside its title's."""
    if titled is None:
        return
    first = signature(titled.text)
    told = {titled.text}
    if indexed and not ID.fullmatch(indexed.text) and not _same_name(indexed.text, titled.text):
        told.add(indexed.text)
        yield _conflict(titled.text, indexed.text, indexed.span())
    aliases = [(str(alias.value), alias.where) for alias in identity.aliases]
    for name, where in [*((line.text, line.span()) for line in own), *aliases]:
        other = signature(name)
        turned = other.same(first) and sorted(other.order) == sorted(first.order)
        if turned and other.order != first.order and name not in told and "/" not in name:
            told.add(name)
            yield _conflict(titled.text, name, where)


def _same_name(one: str, other: str) -> bool:
    """Return whether two names differ in nothing but writing, or an author and a note beside it.

    >>> _same_name("Ant 7B by Ada", "ant-7b"), _same_name("Ant 7B (C)", "Ant 7B")
    (True, True)
    """
    one, other = AUTHOR_OR_NOTE.sub("", one), AUTHOR_OR_NOTE.sub("", other)
    return signature(one).same(signature(other))


def _conflict(title: str, other: str, where: Span) -> Problem:
    return Problem(
        "name-conflict",
        "warning",
        f"The title calls the model {title!r}, another place {other!r}. Use one name everywhere.",
        where,
    )


def _words_of(card: Card) -> str:
    """Return the title, tags and first texts of a card, in small letters."""
    texts = [line.text for line in front_matter.scalars(front_matter.get(card.front, "tags"))]
    texts += [
        whole_text(placed.block).text[:600]
        for placed in card.blocks[:12]
        if isinstance(placed.block, (Heading, Paragraph)) and not placed.commented
    ]
    return " ".join(texts).casefold()


def _aliases(
    card: Card,
    mentions: list[Mention],
    name: Line | None,
    chosen: Mention | None,
    own: list[Line],
) -> tuple[Fact, ...]:
    """Return other ids and names that the card uses for the same model."""
    said = {text.casefold() for text in (name.text if name else "", chosen.id if chosen else "")}
    signed = {signature(line.text)[:4] for line in own}
    if chosen:
        signed.add(signature(chosen.id)[:4])
    found: dict[str, Fact] = {}
    for line in own:
        found.setdefault(line.text, fact(line.text, line, "alias"))
    families = {name[0] for name in signed}
    for cell in _named_cells(card, families):
        if signature(cell.text)[:4] in signed:
            found.setdefault(cell.text, fact(cell.text, cell, "alias"))
    others = {mention.id for mention in mentions if mention.instead}
    for mention in mentions:
        if mention.kind in ("commented", "plain") or mention.id in others:
            continue
        if signature(mention.id)[:4] in signed:
            found.setdefault(mention.id, fact(mention.id, mention.line, "alias"))
    return tuple(f for text, f in found.items() if text.casefold() not in said)


def _named_cells(card: Card, families: set[str]) -> Iterator[Line]:
    """Yield the cells of heads and first columns that may name one of these families."""
    begins = {family[:2] for family in families}
    for table, _ in card.of(Table):
        cells = [cell for row in table.rows[:2] for cell in row]
        cells += [row[0] for row in table.rows[2:]]
        for cell in cells:
            if cell is None or len(cell.text) >= MAX_CELL or not LETTERS.search(cell.text):
                continue
            folded = cell.text.casefold()
            if not folded.isascii() or any(begin in folded for begin in begins):
                latin = LATIN.match(plain(cell).text)
                if latin and latin[0].strip():
                    yield plain(cell)[: latin.end()].strip()


def _id_fact(chosen: Mention | None) -> Fact | None:
    if chosen is None or chosen.kind == "given":
        return None
    return fact(chosen.id, chosen.line, f"model-id-{chosen.kind}")


def _unique(texts: Iterable[str], *more: str | None) -> list[str]:
    return list(dict.fromkeys(text for text in [*texts, *more] if text))
