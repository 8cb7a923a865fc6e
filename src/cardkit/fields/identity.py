"""Which model a card is about: its name, its id, and all else that it calls it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from cardkit.blocks import Bullet, Code, Heading, Paragraph, Table, front_matter
from cardkit.card import Card
from cardkit.facts import Fact, Found, Problem, fact
from cardkit.identity import Identity, Signature, name_words, readings, signature
from cardkit.labels import label_of
from cardkit.links import Link, links, plain, references, whole_text
from cardkit.text import Line, Piece
from cardkit.title import in_title, is_id, read_title
from cardkit.vocabulary import hosts

MAX_NAMES = 40
OPENING = 24
"""Texts at the top of a card whose subjects may name its model."""

ID = re.compile(r"(?<![\w./:@-])[^\W_][\w.-]{0,95}/[A-Za-z0-9][\w.-]{1,95}(?<![.-])(?![\w/])")
NO_NAME = frozenset(("This", "These", "The", "Our", "We", "It", "In", "For", "A", "An", "If"))
TELLING = re.compile(r"\d|[a-z][A-Z]|[A-Z]{2}|\w[-_]\w")
NAME = r"(?P<name>[A-Za-z][A-Za-z0-9_.+-]*(?:[ ][A-Z\d][A-Za-z0-9_.+-]*){0,3})"
SUBJECT = re.compile(
    r"(?:(?:The|Meet|Introducing|[A-Z]\w+['’]s?)\s)?"
    + NAME
    + r"(?:\s\([^()]{1,60}\))?(?:,\s(?:an?|the)\s|\s(?:is|are|was|has|can|takes|comes|supports"
    r"|achieves|delivers|outperforms|excels|refers|stands)\s"
    r"|\s?(?:是|为|由|基于|系列|语言模型|模型|采用|拥有|는|은|は))"
)
PAGE_OF = re.compile(r"\b(?:repository|page|repo|home|card)\s(?:of|for)\s(?:the\s)?" + NAME)
THIS = re.compile(r"[(（]\s*(?:this|this model|ours|本模型|当前模型)\s*[)）]", re.IGNORECASE)
BASE = re.compile(
    r"(?:fine-?tuned|finetuned|adapted|distilled|quantized|trained|derived|initialized)\s"
    r"(?:version\s(?:of|from)|from|on top of|of)|微调|based on|基于|蒸馏",
    re.IGNORECASE,
)
TOKEN = re.compile(r"[A-Za-z][A-Za-z0-9_.+-]*[A-Za-z0-9](?:[ ]\d[A-Za-z0-9.]*)?")


class Mention(NamedTuple):
    """A place that says an `owner/name`."""

    id: str
    hub: str | None
    line: Line
    kind: str
    """`title`, `page`, `homepage`, `example`, `this`, `asset`, `link` or `text`."""


def read(card: Card, so_far: Mapping[str, Found]) -> Found:
    """Return the card's Identity; it is what other parts ask, and no part of the record."""
    examples = so_far["examples"].value if "examples" in so_far else []
    title = read_title(card)
    titled = _title_name(title)
    indexed = _index_name(card)
    opening = _subjects(card)
    name = titled or indexed
    mentions = list(_mentions(card, title, examples or []))
    bases = _bases(card)
    known = [signature(line.text) for line in (titled, indexed) if line]
    chosen = _choose(card, mentions, known, opening, bases)
    if titled is None and chosen and (printed := in_title(card, chosen.id.split("/")[-1])):
        titled = name = printed
    main = titled or indexed or (opening[0] if opening else None)
    own = [*filter(None, (titled, indexed)), *_spellings(main, opening)]
    texts = _unique([line.text for line in own], chosen and chosen.id, card.model_id)
    texts = _unique(texts, *(m.id for m in mentions if m.kind == "page"))
    is_family = chosen is None and _is_open(main)
    members = list(dict.fromkeys(_members(card, main, chosen)))
    if any(word in _words_of(card) for word in name_words()["distilled"]):
        members += name_words()["student"]
    aliases = _aliases(card, mentions, name, chosen, own)
    identity = Identity(
        model_name=fact(name.text, name, "title" if titled else "model-index") if name else None,
        model_id=_id_fact(chosen),
        hub=_hub(chosen, mentions),
        aliases=aliases,
        names=tuple(texts[:MAX_NAMES]),
        members=tuple(members[:MAX_NAMES]),
        is_family=is_family,
    )
    return Found(identity, problems=tuple(spelling_conflicts(identity, titled, indexed, own)))


def spelling_conflicts(
    identity: Identity, titled: Line | None, indexed: Line | None, own: Iterable[Line]
) -> Iterator[Problem]:
    """Yield a problem for each name that the card gives its model beside its title's."""
    if titled is None:
        return
    first = signature(titled.text)
    told = set()
    if indexed and not ID.fullmatch(indexed.text) and not signature(indexed.text).same(first):
        told.add(indexed.text)
        yield _conflict(titled, indexed)
    others = [Line(a.value, ()) for a in identity.aliases if "/" not in a.value]
    places = {a.value: a.where for a in identity.aliases}
    for line in [*own, *others]:
        other = signature(line.text)
        turned = other.same(first) and sorted(other.order) == sorted(first.order)
        if turned and other.order != first.order and line.text not in told:
            told.add(line.text)
            where = line.span() if line.pieces else places[line.text]
            yield _conflict(titled, line)._replace(where=where)


def _conflict(titled: Line, other: Line) -> Problem:
    return Problem(
        "name-conflict",
        "warning",
        f"The title calls the model {titled.text!r}, another place {other.text!r}."
        " Use one name everywhere.",
        other.span() if other.pieces else titled.span(),
    )


def _title_name(title: Line | None) -> Line | None:
    """Return the title without an owner before the name."""
    if title is None:
        return None
    return title[title.text.index("/") + 1 :] if is_id(title.text) else title


def _index_name(card: Card) -> Line | None:
    """Return the name in the front matter."""
    for key in ("model-index", "model_index"):
        node = front_matter.get(card.front, key) if card.front else None
        if node is not None and len(node.entries) == 1:
            found = front_matter.scalars(front_matter.get(node.entries[0], "name"))
            if found and found[0].text.strip():
                return _title_name(found[0].strip())
    found = front_matter.scalars(front_matter.get(card.front, "model_name"))
    return found[0].strip() if found else None


def _texts(card: Card) -> Iterator[tuple[Line, str]]:
    """Yield each text of a card with the kind of its block; what is commented out is left out."""
    for placed in card.blocks:
        block = placed.block
        if placed.commented:
            continue
        if isinstance(block, Heading | Paragraph | Bullet):
            yield whole_text(block), "text"
        elif isinstance(block, Table):
            for row in block.rows:
                for cell in row:
                    if cell is not None and cell.text:
                        yield cell, "cell"
        elif isinstance(block, Code):
            for line in block.lines:
                yield line, "code"


def _mentions(
    card: Card, title: Line | None, examples: list[dict[str, object]]
) -> Iterator[Mention]:
    """Yield all ids of models that the card shows."""
    if title is not None and is_id(title.text):
        yield Mention(title.text, None, title, "title")
    for word in card.page:
        if word.says == "model_id":
            yield Mention(word.line.text.strip(), _page_hub(card), word.line.strip(), "page")
        elif word.says == "homepage" and (hub := hosts.hub_link(word.line.text.strip())):
            yield Mention(hub.id, hub.hub, _part(word.line, hub.id), "homepage")
    for example in examples:
        value, hub_of = example.get("model_id"), example.get("hub")
        if isinstance(value, Fact) and ID.fullmatch(str(value.value)):
            hub_name = hub_of.value if isinstance(hub_of, Fact) else hub_of
            line = Line(str(value.value), ())
            kind = "commented" if _plain(example.get("commented_out")) else "example"
            yield Mention(line.text, str(hub_name) if hub_name else None, _at(line, value), kind)
    targets, paths = references(card.blocks), frozenset(name_words()["paths"])
    for line, kind in _texts(card):
        if "/" not in line.text:
            continue
        if kind != "code":
            for link in links(line, targets):
                yield from _of_link(link, line)
        for match in ID.finditer(line.text):
            if match[0].split("/")[0].casefold() in paths:
                continue
            behind = line.text[match.end() : match.end() + 16].lstrip(" `*)]")
            ours = "this" if kind != "code" and THIS.match(behind.strip()) else "text"
            yield Mention(match[0], None, line[slice(*match.span())], ours)


def _of_link(link: Link, line: Line) -> Iterator[Mention]:
    """Yield the model that a link leads to."""
    hub = hosts.hub_link(link.url.text)
    if hub is None or hub.kind != "model" or "/" not in hub.id:
        return
    here = link.text if link.text.text.strip(" `*") == hub.id else _part(link.url, hub.id)
    kind = "link"
    if THIS.match(line.text[link.end : link.end + 24].lstrip(" `*)")):
        kind = "this"
    elif link.kind == "image" and hub.rest.startswith("resolve/"):
        kind = "asset"
    yield Mention(hub.id, hub.hub, here.strip(" `*"), kind)


def _part(line: Line, text: str) -> Line:
    """Return where a text stands in a line; the whole line when it is written otherwise."""
    at = line.text.find(text)
    return line[at : at + len(text)] if at >= 0 else line


def _at(line: Line, value: Fact) -> Line:
    """Return a line that stands where a fact was read."""
    exact = value.where.end - value.where.start == len(line.text)
    return Line(line.text, (Piece(0, *value.where, exact=exact),))


def _plain(value: object) -> object:
    return value.value if isinstance(value, Fact) else value


def _choose(
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
        if mention.kind in ("title", "homepage"):
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
            if mention.kind in kinds and _is_called(card, mention.id, known):
                return _best(mention, possible)
    if this:
        return this[0]
    named = known or [signature(line.text) for line in opening[:1]]
    for mention in possible:
        if mention.kind == "asset" and (
            not named or any(_akin(signature(mention.id), k) for k in named)
        ):
            return mention
    return _from_examples(card, possible, named)


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
    if not any(_within(name, found) for name in named):
        return None
    kin = {i for i in linked if _akin(signature(i), found) or signature(i).family == found.family}
    same = any(name.same(found) for name in named)
    if not same and (kin - {loaded[0].id.casefold()} or _has_other_sizes(card, found)):
        return None
    return loaded[0]


def _has_other_sizes(card: Card, found: Signature) -> bool:
    """Return whether a card speaks of another size of the same family."""
    for line, kind in _texts(card):
        for token in TOKEN.finditer(line.text) if kind != "code" else ():
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


def _akin(one: Signature, other: Signature) -> bool:
    """Return whether two names are of one family, version and size."""
    return (
        one.family == other.family and one.sizes == other.sizes and one.versions == other.versions
    )


def _bases(card: Card) -> frozenset[str]:
    """Return the ids that the card says its model was made from."""
    found = {line.text.casefold() for line in front_matter.scalars(_front(card, "base_model"))}
    for line, kind in _texts(card):
        if kind != "text" or "/" not in line.text or not (told := BASE.search(line.text)):
            continue
        for link in links(line):
            hub = hosts.hub_link(link.url.text)
            if hub and told.end() <= link.start <= told.end() + 80:
                found.add(hub.id.casefold())
        found.update(m[0].casefold() for m in ID.finditer(line.text, told.end(), told.end() + 120))
    return frozenset(found)


def _front(card: Card, key: str) -> front_matter.Node | None:
    return front_matter.get(card.front, key)


def _subjects(card: Card) -> list[Line]:
    """Return the names that the first sentences of a card speak of, the most frequent first."""
    found: list[Line] = []
    seen = 0
    for placed in card.blocks:
        if placed.commented or not isinstance(placed.block, Paragraph | Bullet):
            continue
        line = whole_text(placed.block)
        labelled = label_of(line)
        line = plain(labelled[1] if labelled and labelled[2] else line)
        for pattern in (SUBJECT.match, PAGE_OF.search):
            for match in filter(None, [pattern(line.text)]):
                name = match["name"].rstrip(".,")
                if name.split()[0] in NO_NAME:
                    continue
                if TELLING.search(name) and 2 < len(name) <= 60 and "." not in name[-1:]:
                    start = match.start("name")
                    found.append(line[start : start + len(name)])
        seen += 1
        if seen == OPENING:
            break
    counted = Counter(signature(line.text)[:4] for line in found)
    return sorted(found, key=lambda line: -counted[signature(line.text)[:4]])


def _spellings(main: Line | None, opening: list[Line]) -> list[Line]:
    """Return the first sentences' names of the same model."""
    if main is None:
        return []
    name = signature(main.text)
    found = []
    for line in opening:
        other = signature(line.text)
        more = not name.sizes and other.sizes and other.family == name.family
        if line is main or other.same(name) or (more and other.qualifiers == name.qualifiers):
            found.append(line)
    return found


def _is_open(main: Line | None) -> bool:
    """Return whether a name leaves open which size and version of a family it means."""
    if main is None:
        return False
    name = signature(main.text)
    return not name.sizes and not name.qualifiers


@lru_cache(maxsize=1)
def _releases() -> re.Pattern[str]:
    words = sorted(name_words()["releases"], key=len, reverse=True)
    return re.compile("|".join(re.escape(word) for word in words), re.IGNORECASE)


def _members(card: Card, main: Line | None, chosen: Mention | None) -> Iterator[str]:
    """Yield the names that the card says it releases, of the same family and size."""
    if main is None:
        return
    pinned = signature(chosen.id) if chosen else signature(main.text)
    name = signature(main.text)
    if name.qualifiers or (pinned.qualifiers and pinned.family == name.family):
        return
    listing = False
    for placed in card.blocks:
        block = placed.block
        if placed.commented or not isinstance(block, Paragraph | Bullet):
            listing = listing and not isinstance(block, Heading | Table)
            continue
        line = plain(whole_text(block))
        told = _releases().search(line.text)
        listed = isinstance(block, Bullet) and listing
        if isinstance(block, Paragraph):
            listing = told is not None and len(line.text) < 600
        if not listed and not told:
            continue
        start = 0 if listed or not told else told.end()
        end = start + 80 if listed else start + 300
        for token in TOKEN.finditer(line.text, start, min(end, len(line.text))):
            other = signature(token[0])
            kin = other.family == name.family and other.versions == name.versions
            if listed:  # what a list introduces may drop the family's version
                kin = other.family.startswith(name.family)
            if kin and (
                not name.sizes or (other.sizes, other.versions) == (name.sizes, name.versions)
            ):
                yield token[0]
            if listed:
                break


def _words_of(card: Card) -> str:
    """Return the title, tags and first texts of a card, in small letters."""
    texts = [line.text for line in front_matter.scalars(_front(card, "tags"))]
    texts += [
        whole_text(placed.block).text[:600]
        for placed in card.blocks[:12]
        if isinstance(placed.block, Heading | Paragraph) and not placed.commented
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
    signed = [signature(line.text) for line in own]
    signed += [signature(chosen.id)] if chosen else []
    found: dict[str, Fact] = {}
    for line in own:
        found.setdefault(line.text, fact(line.text, line, "alias"))
    for line, kind in _texts(card):
        if kind == "cell" and len(line.text) < 200:
            cell = plain(line)
            if "/" not in cell.text and any(signature(cell.text).same(s) for s in signed):
                clean = cell[: len(cell.text.rstrip(" *†‡"))]
                latin = re.match(r"[A-Za-z0-9_.+ -]+", clean.text)
                if latin:
                    clean = clean[: latin.end()].strip()
                    found.setdefault(clean.text, fact(clean.text, clean, "alias"))
    for mention in mentions:
        if mention.kind != "commented" and any(signature(mention.id).same(s) for s in signed):
            found.setdefault(mention.id, fact(mention.id, mention.line, "alias"))
    return tuple(f for text, f in found.items() if text.casefold() not in said)


def _id_fact(chosen: Mention | None) -> Fact | None:
    if chosen is None or chosen.kind == "given":
        return None
    return fact(chosen.id, chosen.line, f"model-id-{chosen.kind}")


def _hub(chosen: Mention | None, mentions: list[Mention]) -> Fact | None:
    """Return the hub that the id belongs to: by its links, else by what loads it."""
    if chosen is None:
        return None
    same = [m for m in [chosen, *mentions] if m.id.casefold() == chosen.id.casefold() and m.hub]
    if same:
        return fact(same[0].hub, same[0].line, "hub")
    loaded = [m for m in mentions if m.kind in ("example", "commented") and m.hub]
    if len({m.hub for m in loaded}) == 1:
        return fact(loaded[0].hub, loaded[0].line, "hub-of-library")
    return None


def _page_hub(card: Card) -> str | None:
    said = [word.line.text.strip() for word in card.page if word.says == "hub"]
    return said[0] if said else None


def _unique(texts: Iterable[str], *more: str | None) -> list[str]:
    return list(dict.fromkeys(text for text in [*texts, *more] if text))
