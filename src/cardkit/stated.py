"""What a card states of its model: labels by field, front matter, sentences about itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from cardkit.blocks import Bullet, Heading, Paragraph, Placed, Table, front_matter
from cardkit.card import Card
from cardkit.kept import kept
from cardkit.names.identity import Identity, signature
from cardkit.patterns import regex
from cardkit.prose.labels import Label, headed, label_of, labels
from cardkit.prose.links import Link, links, plain, references, whole_text
from cardkit.prose.sentences import Subject, cut, subject
from cardkit.text import Line
from cardkit.vocabulary import words

_new = tuple.__new__
NOT_OF_THE_MODEL = frozenset(("evaluation", "comparison", "examples_of_output", "usage", "prompt"))
NOT_OF_THE_MODEL |= {"citation", "faq", "toc", "limitations", "ethics", "acknowledgement", "news"}
NOT_OF_THE_MODEL |= {"environment", "deployment", "install"}
"""Sections whose labels speak of other things."""
MAX_PARENT = 60
SENTENCES = 160
"""Blocks of prose that are read sentence by sentence."""
IN_TABLES = frozenset(
    ("developed_by", "released", "architecture", "model_type", "license", "language")
)
IN_TABLES |= {"base_model", "datasets", "repository", "paper", "contact", "demo", "homepage"}
"""Fields that a table of two columns may give."""
LEAD = regex(
    r"(?:Also|Currently|Additionally|In addition|Moreover|Furthermore|Specifically|Overall|Here)"
    r",?\s"
)
FIRST_NAME = regex(r"[A-Z][A-Za-z0-9_.+-]*(?:\s\d[A-Za-z0-9.]*)?(?=\s|[,，是由的])")
GOES_ON = regex(r"(?:It|They|This (?:is|repo\w*)|These models?|It's|Our)\b|它|该|此|本")
_MORE_WORDS = (
    (
        re.compile(r"(?:fine-?tuned|finetuned|distilled|quantized) (?:from|on)(?: model)?$"),
        "base_model",
    ),
    (re.compile(r"(?:space|online|live|web|chat) demo$"), "demo"),
)


class Told(NamedTuple):
    """A sentence about the card's own model, without its markup, and the links in its block."""

    line: Line
    block: Line
    """The block that it stands in, with its markup."""
    placed: Placed
    own: bool
    """Whether it begins with the model's name, or with "this model" or "it"."""


class Stated(NamedTuple):
    """A card's statements, found once and asked by every field."""

    card: Card
    identity: Identity
    labels: dict[str, list[Label]]
    """Labels that speak of the model, by field, in the order of the card."""
    targets: Mapping[str, Line]
    described: tuple[Label, ...]
    """Labels that name a thing and describe it, in whatever section."""
    told: tuple[Told, ...]
    """The sentences of its prose."""
    who: Subject
    sections: Mapping[int, frozenset[str]]
    """The kinds of the sections that each block stands in, by the id of its Placed."""

    def within(self, placed: Placed) -> frozenset[str]:
        """Return the kinds of the sections that a block stands in."""
        return self.sections[id(placed)]

    def front(self, *keys: str) -> list[Line]:
        """Return the scalars under the first of these keys that the front matter has."""
        for key in keys:
            if found := front_matter.scalars(front_matter.get(self.card.front, key)):
                return [line.strip() for line in found]
        return []

    def links(self, line: Line) -> list[Link]:
        """Return the links of a line."""
        return links(line, self.targets)


def read_statements(card: Card, identity: Identity) -> Stated:
    """Return what a card states."""
    sections = _sections(card)
    every = labels(card.blocks)
    found: dict[str, list[Label]] = {}
    for label in _labels(card, every, sections):
        field = field_of(label.name.text)
        if field and not (isinstance(label.placed.block, Table) and field not in IN_TABLES):
            found.setdefault(field, []).append(label)
    who = subject(n for n in (*identity.names, *identity.members) if "/" not in n)
    described = tuple(
        label
        for label in every
        if isinstance(label.placed.block, Bullet) and len(label.value) > MAX_PARENT
    )
    told = tuple(_told(card, identity, who))
    targets = references(card.blocks)
    return Stated(card, identity, found, targets, described, told, who, sections)


@lru_cache(maxsize=2048)
def field_of(name: str) -> str | None:
    """Return the field of the model that a label names, or None.

    >>> field_of("Continued pretrained and finetuned from model"), field_of("Developed by")
    ('base_model', 'developed_by')
    """
    field = words.find("model", name)
    if field is None and len(name) < 80:
        folded = words.fold(name)
        return next((field for pattern, field in _MORE_WORDS if pattern.search(folded)), None)
    return field


def _sections(card: Card) -> dict[int, frozenset[str]]:
    """Return the kinds of the sections of each block."""
    found: dict[int, frozenset[str]] = {}
    path: tuple[Heading, ...] | None = None
    kinds: frozenset[str] = frozenset()
    for placed in card.blocks:
        if placed.path is not path:
            path = placed.path
            kinds = frozenset(kind for heading in path if (kind := _section(heading)))
        found[id(placed)] = kinds
    return found


@kept
def _section(heading: Heading) -> str | None:
    """Return the kind of a section; a card's title is none, whatever words it holds."""
    text = plain(heading.line).text
    return words.find("sections", text) if heading.level <= 1 else words.section_of(text)


def _labels(
    card: Card, every: tuple[Label, ...], sections: Mapping[int, frozenset[str]]
) -> Iterator[Label]:
    """Yield the labels that may speak of the card's own model."""
    foreign = _under_another(card)
    for label in every:
        place = id(label.placed)
        known = place not in foreign and not sections[place] & NOT_OF_THE_MODEL
        if known and label.value.text.strip():
            yield label
    for label in headed(card.blocks):
        if not sections[id(label.placed)] & NOT_OF_THE_MODEL:
            yield label


def _under_another(card: Card) -> set[int]:
    """Return the bullets below a bullet that says more than a label: they speak of its thing."""
    found: set[int] = set()
    above: list[tuple[int, bool]] = []
    for placed in card.blocks:
        block = placed.block
        if not isinstance(block, Bullet):
            above = []
            continue
        while above and above[-1][0] >= block.depth:
            above.pop()
        if above and above[-1][1]:
            found.add(id(placed))
        text = whole_text(block).text.strip() if block.lines else ""
        other = len(text) > MAX_PARENT or not text.rstrip("*_ ").endswith((":", "："))
        above.append((block.depth, other or bool(above and above[-1][1])))
    return found


def speaks_of_own(sentence: str, families: frozenset[str], who: Subject) -> bool:
    """Return whether a sentence begins with the model's name, its family's, or "this model"."""
    if lead := LEAD.match(sentence):
        sentence = sentence[lead.end() :]
    if who.own.match(sentence) or GOES_ON.match(sentence):
        return True
    first = FIRST_NAME.match(sentence)
    name = signature(first[0]) if first else None
    if name is None or not name.family or name.sizes or name.qualifiers:
        return False
    return name.family in families


def _told(card: Card, identity: Identity, who: Subject) -> Iterator[Told]:
    """Yield the sentences of a card's prose."""
    seen = 0
    families = frozenset(signature(own).family for own in identity.names) - {""}
    for placed in card.blocks:
        block = placed.block
        if placed.commented or not isinstance(block, (Paragraph, Bullet)) or not block.lines:
            continue
        line = whole_text(block)
        label = label_of(line)
        for sentence in cut(plain(label[1] if label and label[2] else line)):
            own = speaks_of_own(sentence.text, families, who)
            yield _new(Told, (sentence, line, placed, own))
        seen += 1
        if seen == SENTENCES:
            return


def is_of_heading(label: Label) -> bool:
    """Return whether a label is a heading over a text."""
    path = label.placed.path
    return bool(path) and label.name.span()[0] == path[-1].line.span()[0]


def printed_in(link: Link, text: str) -> Line:
    """Return where an id is printed: in the link's words, else in its target."""
    for line in (link.text, link.url):
        at = line.text.find(text)
        if at >= 0:
            return line[at : at + len(text)]
    return link.url


def first_sentence(line: Line) -> Line:
    """Return the first sentence of a line, without markup."""
    parts = cut(plain(line))
    return parts[0] if parts else Line("", ())
