"""Which of the ids that a card shows is its own model's."""

from __future__ import annotations

from itertools import islice

from cardkit.card import Card
from cardkit.facts import Fact, fact
from cardkit.names.hub_ids import Mention, texts_of
from cardkit.names.identity import TOKEN, Signature, name_words, readings, signature
from cardkit.names.title import in_title, is_id
from cardkit.patterns import regex
from cardkit.text import Line
from cardkit.vocabulary.wording import alternatives

LIKE_A_SIZE = regex(r"\d[bBmM]")
"""What each name with a size in it holds."""
SEVERAL = regex(
    rf"(?:{alternatives('of_several')})(?:[^.。]|\.\d){{0,90}}?(?:model|parameter|模型|모델)"
)
FIRST_TEXTS = 10
WORD = 3
"""Letters of a word by which two names can be akin."""
SLUG_PARTS = 3
"""A title in one piece with so many parts is written as an id is."""
SIZE_WORDS = frozenset(("tiny", "mini", "small", "base", "medium", "large", "xl", "xxl", "nano"))


def choose(
    card: Card,
    mentions: list[Mention],
    known: list[Signature],
    opening: list[Line],
    bases: frozenset[str],
) -> Mention | None:
    """Return the mention that says the card's own id, the surest first."""
    if card.model_id:
        own = [m for m in mentions if m.id.casefold() == card.model_id.casefold()]
        return own[0] if own else Mention(card.model_id, None, Line("", ()), "given")
    possible = [m for m in mentions if m.id.casefold() not in bases and m.kind != "commented"]
    for mention in possible:
        if mention.kind in ("title", "homepage", "index"):
            return mention
    page = next((m for m in possible if m.kind == "page"), None)
    if page is not None:
        paged = signature(page.id)
        alike = [m for m in possible if m.kind == "example" and signature(m.id).same(paged)]
        return alike[0] if alike else page
    this = [m for m in possible if m.kind == "this"]
    loaded = [m for m in possible if m.kind == "example"]
    if len({m.id.casefold() for m in loaded}) == 1 and _is_called(card, loaded[0].id, known):
        return loaded[0]
    if _lists_a_family(known, possible):
        return this[0] if this else None
    for kinds in (("example",), ("link", "asset"), ("text",)):
        for mention in possible:
            telling = mention.kind != "text" or is_id(mention.id)
            if mention.kind in kinds and telling and _is_called(card, mention.id, known):
                return _best(mention, possible)
    if this:
        return this[0]
    named = known or [signature(line.text) for line in opening[:1]]
    for mention in possible:
        if mention.kind == "asset" and _may_hold_itself(mention, known, possible):
            return mention
    return _from_examples(card, possible, named) or _sole_loaded(card, possible, named)


def _may_hold_itself(mention: Mention, named: list[Signature], possible: list[Mention]) -> bool:
    """Return whether a repository that holds the card's pictures can be the card's own."""
    found = signature(mention.id)
    if named:
        return any(_akin(found, name) for name in named)
    return all(m.id == mention.id for m in possible if signature(m.id).family == found.family)


def _is_called(card: Card, name: str, known: list[Signature]) -> bool:
    """Return whether an id's name is what the title, or else a part of the title, says."""
    if known:
        return any(read.same(each) for read in readings(name) for each in known)
    return in_title(card, name.split("/")[-1]) is not None


def _lists_a_family(known: list[Signature], possible: list[Mention]) -> bool:
    """Return whether the title leaves size and kind open, and the card shows ids of several."""
    if not known or known[0].sizes or known[0].qualifiers:
        return False
    formats = frozenset(name_words()["formats"])
    kin: dict[str, set[tuple[frozenset[str], frozenset[str]]]] = {}
    for mention in possible:
        found = signature(mention.id)
        same = (found.family, found.versions) == (known[0].family, known[0].versions)
        if same and mention.kind in ("example", "link"):
            owner = mention.id.split("/")[0].casefold()
            kin.setdefault(owner, set()).add((found.sizes, found.qualifiers - formats))
    return any(len(kinds) > 1 for kinds in kin.values())


def _best(mention: Mention, possible: list[Mention]) -> Mention:
    """Return the mention of the same name on the hub that comes first: a copy's id is an alias."""
    if mention.kind != "text":
        return mention
    linked = [m for m in possible if m.id == mention.id and m.hub]
    return linked[0] if linked else mention


def _from_examples(card: Card, possible: list[Mention], named: list[Signature]) -> Mention | None:
    """Return the id that all examples load, if it can be the model that the card names."""
    loaded = [m for m in possible if m.kind == "example"]
    if len({m.id.casefold() for m in loaded}) != 1 or not named:
        return None
    found = signature(loaded[0].id)
    linked = {m.id.casefold() for m in possible if m.kind in ("link", "asset") and m.hub}
    if not any(_within(name, found) or _shortens(name, found) for name in named):
        return None
    kin = {i for i in linked if _akin(signature(i), found) or signature(i).family == found.family}
    same = any(name.same(found) for name in named)
    if not same and (kin - {loaded[0].id.casefold()} or _has_other_sizes(card, found)):
        return None
    if not same and found.sizes and _tells_of_several(card):
        return None
    return loaded[0]


def _sole_loaded(card: Card, possible: list[Mention], named: list[Signature]) -> Mention | None:
    """Return the id that all examples load, where no title denies it and no sibling is shown."""
    loaded = [m for m in possible if m.kind == "example"]
    if len({m.id.casefold() for m in loaded}) != 1 or any(m.kind == "plain" for m in possible):
        return None
    chosen = loaded[0]
    found, owner = signature(chosen.id), chosen.id.split("/")[0].casefold()
    for other in possible:
        if other.id.casefold() == chosen.id.casefold() or other.kind == "example":
            continue
        same_owner = other.id.split("/")[0].casefold() == owner
        if same_owner if other.kind == "text" else signature(other.id).family == found.family:
            return None
    if any(_denies(name, found) or (name.sizes and not _shares(name, found)) for name in named):
        return None
    if found.sizes and _tells_of_several(card) and not any(name.sizes for name in named):
        return None
    return chosen


def _denies(name: Signature, found: Signature) -> bool:
    """Return whether a title and an id cannot mean one model."""
    for one, other in (
        (name.sizes, found.sizes),
        (name.versions, found.versions),
        (name.qualifiers & SIZE_WORDS, found.qualifiers & SIZE_WORDS),
    ):
        if one and other and not one & other:
            return True
    spelled = name.order and len(name.order) >= SLUG_PARTS and name.is_slug
    return bool(spelled) and not (_within(name, found) or _within(found, name))


def _shares(name: Signature, found: Signature) -> bool:
    """Return whether a title and an id have a word in common, or one holds the other's family."""
    words = {word for word in name.order if len(word) >= WORD and word.isalpha()} - SIZE_WORDS
    family = found.family
    if not words and not name.family.isascii():
        return True  # a title in another script
    return any(word in family for word in words) or bool(words & found.qualifiers)


def _tells_of_several(card: Card) -> bool:
    """Return whether the first texts of a card say that it is about several models."""
    texts = (line.text[:400] for line, kind in texts_of(card) if kind == "text")
    return any(SEVERAL.search(text) for text in islice(texts, FIRST_TEXTS))


def _has_other_sizes(card: Card, found: Signature) -> bool:
    """Return whether a card speaks of another size of the same family."""
    for line, kind in texts_of(card):
        if kind == "code" or not LIKE_A_SIZE.search(line.text):
            continue
        for token in TOKEN.finditer(line.text):
            if not LIKE_A_SIZE.search(token[0]):
                continue
            other = signature(token[0])
            if other.family == found.family and other.sizes and other.sizes != found.sizes:
                return True
    return False


def _within(name: Signature, found: Signature) -> bool:
    """Return whether an id says all that a name says, and perhaps more."""
    return (
        name.family == found.family
        and name.versions == found.versions
        and name.sizes <= found.sizes
        and name.qualifiers <= found.qualifiers
    )


def _shortens(name: Signature, found: Signature) -> bool:
    """Return whether an id leaves out words of a name and says the rest, its size included."""
    return (
        bool(found.sizes)
        and set(found.order) < set(name.order)
        and name.sizes == found.sizes
        and name.versions == found.versions
        and name.qualifiers == found.qualifiers
        and name.family.startswith(found.family)
    )


def _akin(one: Signature, other: Signature) -> bool:
    """Return whether two names are of one family, version and size."""
    return (
        one.family == other.family and one.sizes == other.sizes and one.versions == other.versions
    )


def hub_of(chosen: Mention | None, mentions: list[Mention]) -> Fact | None:
    """Return the hub that the id belongs to: by its links, else by what loads it."""
    if chosen is None:
        return None
    same = [m for m in [chosen, *mentions] if m.id.casefold() == chosen.id.casefold() and m.hub]
    if same:
        return fact(same[0].hub, same[0].line, "hub")
    loaded = [m for m in mentions if m.kind in ("example", "commented") and m.hub]
    linked = [m for m in mentions if m.kind in ("link", "asset", "this") and m.hub]
    for said, rule in ((loaded, "hub-of-library"), (linked, "hub-of-links")):
        if len({m.hub for m in said}) == 1:
            return fact(said[0].hub, said[0].line, rule)
    return None
