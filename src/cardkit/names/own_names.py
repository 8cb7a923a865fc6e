"""The names that a card gives its model outside its title."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cardkit.blocks import Bullet, Heading, Paragraph, Table, front_matter
from cardkit.card import Card
from cardkit.names.hub_ids import Mention
from cardkit.names.identity import TOKEN, signature
from cardkit.names.title import is_id
from cardkit.patterns import regex
from cardkit.prose.labels import label_of
from cardkit.prose.links import plain, whole_text
from cardkit.text import Line
from cardkit.vocabulary.wording import alternatives, any_of, needed

OPENING = 24
"""Texts at the top of a card whose subjects may name its model."""

MAX_LEAD = 400
COLONS = (":", "：")
NO_NAME = frozenset(("This", "These", "The", "Our", "We", "It", "In", "For", "A", "An", "If"))
TELLING = regex(r"\d|[a-z][A-Z]|[A-Z]{2}|\w[-_]\w")
NAME = r"(?P<name>[A-Za-z][A-Za-z0-9_.+-]*+(?:[ ][A-Z\d][A-Za-z0-9_.+-]*+){0,3})"
SUBJECT = regex(
    rf"(?:(?:The|Meet|Introducing|(?i:{alternatives('presents')})|[A-Z]\w+['’]s?)\s)?"
    + NAME
    + r"(?:\s\([^()]{1,60}\))?(?:,\s(?:an?|the)\s"
    + rf"|\s(?:{alternatives('said_of_a_model')})\s|\s?(?:{alternatives('said_of_a_model_cjk')}))"
)
PAGE_OF = regex(rf"(?:{alternatives('page_of')})\s(?:the\s)?" + NAME, needs=needed("page_of"))


def name_of_title(title: Line | None) -> Line | None:
    """Return the title without an owner before the name."""
    if title is None:
        return None
    return title[title.text.index("/") + 1 :] if is_id(title.text) else title


def index_name(card: Card) -> Line | None:
    """Return the name in the front matter."""
    for key in ("model-index", "model_index"):
        node = front_matter.get(card.front, key) if card.front else None
        if node is not None and len(node.entries) == 1:
            found = front_matter.scalars(front_matter.get(node.entries[0], "name"))
            if found and found[0].text.strip():
                return name_of_title(found[0].strip())
    found = front_matter.scalars(front_matter.get(card.front, "model_name"))
    return found[0].strip() if found else None


def subjects(card: Card) -> list[Line]:
    """Return the names that the first sentences of a card speak of, the most frequent first."""
    found: list[Line] = []
    seen = 0
    for placed in card.blocks:
        if placed.commented or not isinstance(placed.block, (Paragraph, Bullet)):
            continue
        line = whole_text(placed.block)
        labelled = label_of(line)
        line = plain(labelled[1] if labelled and labelled[2] else line)
        page = PAGE_OF.search(line.text[:MAX_LEAD]) if not found else None
        for match in (SUBJECT.match(line.text), page):
            if match:
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


def spellings(main: Line | None, opening: list[Line]) -> list[Line]:
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


def is_open(main: Line | None) -> bool:
    """Return whether a name leaves open which size and version of a family it means."""
    if main is None:
        return False
    name = signature(main.text)
    return not name.sizes and not name.qualifiers


def members(card: Card, main: Line | None, chosen: Mention | None) -> Iterator[str]:
    """Yield the names that the card says it releases, of the same family and size."""
    if main is None:
        return
    pinned = signature(chosen.id) if chosen else signature(main.text)
    name = signature(main.text)
    if name.qualifiers or (pinned.qualifiers and pinned.family == name.family):
        return
    listing = False
    releases = any_of("releases_its_own")
    for placed in card.blocks:
        block = placed.block
        if isinstance(block, Heading):
            text = block.line.text.rstrip("*")
            listing = text.endswith(COLONS) and releases.search(text) is not None
        if placed.commented or not isinstance(block, (Paragraph, Bullet)):
            listing = listing and not isinstance(block, Table)
            continue
        line = plain(whole_text(block))
        told = releases.search(line.text)
        introduces = told is not None and line.text.endswith(COLONS)
        listed = isinstance(block, Bullet) and listing and not introduces
        if isinstance(block, Paragraph) or introduces:
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
