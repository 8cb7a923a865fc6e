"""The `owner/name` ids of models that a card shows, and what each place says of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from cardkit.blocks import Bullet, Code, Heading, Paragraph, Table, front_matter
from cardkit.card import Card
from cardkit.facts import Fact
from cardkit.kept import kept
from cardkit.names.identity import name_words
from cardkit.names.title import is_id
from cardkit.patterns import regex
from cardkit.prose.links import Link, links, references, whole_text
from cardkit.text import Line, Piece
from cardkit.vocabulary import hosts
from cardkit.vocabulary.wording import alternatives, any_of

ID = regex(
    r"(?<![\w./:@-])[^\W_][\w.-]{0,95}+/[A-Za-z0-9][\w.-]{1,95}(?<![.-])(?![\w/]|:\S)", re.ASCII
)
PLAIN_ID = regex(r"[A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+){2,}")
"""A model without an owner: the oldest ones on the hub."""
OF_DATA = regex(rf"(?:{alternatives('of_data')})\b", re.IGNORECASE)
IN_ADDRESS = regex(r"://\S*(?<!\?model=)$")
START, TRAINS = "--model_name_or_path", "--do_train"
"""Arguments of the training scripts of transformers."""
THIS = regex(r"[(（]\s*(?:this|this model|ours|本模型|当前模型)\s*[)）]", re.IGNORECASE)

INSTEAD = regex(rf"[^\w.]*(?:\w+\s+)?(?:{alternatives('in_place_of')})", re.IGNORECASE)


class Mention(NamedTuple):
    """A place that says an `owner/name`."""

    id: str
    hub: str | None
    line: Line
    kind: str
    """`title`, `page`, `homepage`, `index`, `example`, `plain`, `this`, `asset`, `link`, `text`."""
    instead: bool = False
    """Whether the card points to it in place of its own model."""


@kept
def texts_of(card: Card) -> tuple[tuple[Line, str], ...]:
    """Return each text of a card with the kind of its block; what is commented out is left out."""
    return tuple(_texts_of(card))


def _texts_of(card: Card) -> Iterator[tuple[Line, str]]:
    for placed in card.blocks:
        block = placed.block
        if placed.commented:
            continue
        if isinstance(block, (Heading, Paragraph, Bullet)):
            yield whole_text(block), "text"
        elif isinstance(block, Table):
            for row in block.rows:
                for cell in row:
                    if cell is not None and cell.text:
                        yield cell, "cell"
        elif isinstance(block, Code):
            for line in block.lines:
                yield line, "code"


def mentions_of(
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
        if isinstance(value, Fact) and PLAIN_ID.fullmatch(str(value.value)):
            yield Mention(str(value.value), None, Line(str(value.value), ()), "plain")
        elif isinstance(value, Fact) and ID.fullmatch(str(value.value)):
            hub_name = hub_of.value if isinstance(hub_of, Fact) else hub_of
            line = Line(str(value.value), ())
            kind = "commented" if _plain(example.get("commented_out")) else "example"
            yield Mention(line.text, str(hub_name) if hub_name else None, _at(line, value), kind)
    yield from _indexed(card)
    targets, paths = references(card.blocks), frozenset(name_words()["paths"])
    for line, kind in texts_of(card):
        if "/" not in line.text or "docker" in line.text:  # the names of images look alike
            continue
        if kind != "code":
            for link in links(line, targets):
                yield from _of_link(link, line)
        for match in ID.finditer(line.text):
            if match[0].split("/")[0].casefold() in paths:
                continue
            start, end = match.span()
            behind = line.text[end : end + 16].lstrip(" `*)]")
            if behind and OF_DATA.match(behind):
                continue
            if line.text.find("://", 0, start) >= 0 and IN_ADDRESS.search(line.text, 0, start):
                continue
            ours = "this" if kind != "code" and THIS.match(behind.strip()) else "text"
            yield Mention(match[0], None, line[start:end], ours)


def _indexed(card: Card) -> Iterator[Mention]:
    """Yield the id by which the front matter's list of results names its model."""
    for key in ("model-index", "model_index"):
        node = front_matter.get(card.front, key) if card.front else None
        if node is not None and len(node.entries) == 1:
            for name in front_matter.scalars(front_matter.get(node.entries[0], "name"))[:1]:
                if ID.fullmatch(name.text.strip()) and is_id(name.text.strip()):
                    yield Mention(name.text.strip(), None, name.strip(), "index")


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
    instead = INSTEAD.match(line.text, link.end) is not None
    yield Mention(hub.id, hub.hub, here.strip(" `*"), kind, instead)


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


def _page_hub(card: Card) -> str | None:
    """Return the hub that the page around a card belongs to."""
    for word in card.page:
        if word.says == "hub":
            said = word.line.text.casefold()
            return next((hub for hub in hosts.hubs() if hub in said), None)
    return None


def bases_of(card: Card) -> frozenset[str]:
    """Return the ids that the card says its model was made from."""
    found = {
        line.text.casefold()
        for line in front_matter.scalars(front_matter.get(card.front, "base_model"))
    }
    found.update(_trained_from(card))
    made_of = any_of("made_of")
    for line, kind in texts_of(card):
        if kind != "text" or "/" not in line.text or not (told := made_of.search(line.text)):
            continue
        for link in links(line):
            hub = hosts.hub_link(link.url.text)
            if hub and told.end() <= link.start <= told.end() + 80:
                found.add(hub.id.casefold())
        found.update(m[0].casefold() for m in ID.finditer(line.text, told.end(), told.end() + 120))
    return frozenset(found)


def _trained_from(card: Card) -> Iterator[str]:
    """Yield the ids that the card's commands for a training start from."""
    for block, _ in card.of(Code):
        starts = [line for line in block.lines if START in line.text]
        if starts and any(TRAINS in line.text for line in block.lines):
            for line in starts:
                if match := ID.match(line.text.split(START, 1)[1].lstrip(" ='\"")):
                    yield match[0].casefold()
