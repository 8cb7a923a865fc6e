"""The data sets that a model was trained on."""

from __future__ import annotations

from collections.abc import Iterator

from cardkit.blocks import Bullet, Table
from cardkit.facts import Fact, Found, fact
from cardkit.patterns import regex
from cardkit.prose.links import plain
from cardkit.stated import Stated, is_of_heading, printed_in
from cardkit.text import Line
from cardkit.vocabulary import hosts, words
from cardkit.vocabulary.wording import any_of, only

MAX_NAME = 80
MAX_WORDS = 8
MAX_HAN = 12
UNRELATED = frozenset(("evaluation", "comparison", "citation", "limitations", "usage"))
UNRELATED |= {"deployment", "news", "finetune"}
"""Sections whose data sets the model was not trained on."""

HAN = regex(r"[\u3040-\u33ff\u3400-\u9fff]")
TRAINER_DATA = regex(r"\bon (?:the|an?)\s+(?P<name>\S{1,80})(?:\s-\s\S{1,20})?\s+dataset\b")
OWN_TUNING = any_of("own_tuning")
NOBODY, FOR_USERS, TRAINED = only("unnamed_data"), any_of("for_users"), any_of("trained")
TUNED, TRAINING_DATA = any_of("tuned_from"), any_of("training_data")


def read(stated: Stated) -> Found:
    """Read `datasets`."""
    return Found({"datasets": _datasets(stated)})


def _datasets(stated: Stated) -> list[Fact]:
    if front := stated.front("datasets", "dataset"):
        return [
            fact(line.text, line, "front-matter")
            for line in front
            if not NOBODY.fullmatch(line.text)
        ]
    found: dict[str, Fact] = {}
    for each in (*_of_labels(stated), *_of_sentences(stated), *_of_sections(stated)):
        found.setdefault(str(each.value).casefold(), each)
    return list(found.values())


def _of_labels(stated: Stated) -> Iterator[Fact]:
    for label in stated.labels.get("datasets", []):
        if stated.within(label.placed) & UNRELATED or is_of_heading(label):
            continue
        if any(OWN_TUNING.search(heading.line.text) for heading in label.placed.path[1:]):
            continue
        linked = list(_linked(stated, label.value, "label"))
        yield from linked
        sole = stated.links(label.value)
        if not linked and len(sole) == 1 and isinstance(label.placed.block, Bullet):
            name = plain(sole[0].text)
            alone = sole[0].kind == "markdown" and name.text == plain(label.value).text
            if alone and _can_name_data(name.text):
                yield fact(name.text, name, "label")
        value = plain(label.value)
        in_table = isinstance(label.placed.block, Table)
        if in_table and _can_name_data(value.text) and not NOBODY.fullmatch(value.text):
            yield fact(value.text, value, "label")


def _can_name_data(text: str) -> bool:
    """Return whether a text is short enough for the name of a data set."""
    han = len(HAN.findall(text))
    return (
        1 < len(text) <= MAX_NAME
        and len(text.split()) <= MAX_WORDS
        and han <= MAX_HAN
        and "://" not in text
    )


def _linked(stated: Stated, line: Line, rule: str) -> Iterator[Fact]:
    for link in stated.links(line):
        hub = hosts.hub_link(link.url.text)
        if hub and hub.kind == "dataset":
            yield fact(hub.id, printed_in(link, hub.id), rule)


def _of_sentences(stated: Stated) -> Iterator[Fact]:
    for told in stated.told:
        if stated.within(told.placed) & UNRELATED:
            continue
        text = told.line.text
        if told.own and TUNED.search(text) and (match := TRAINER_DATA.search(text)):
            name = told.line[slice(*match.span("name"))]
            linked = list(_linked(stated, told.block, "trainer-sentence"))
            if linked:
                yield from linked
            elif not NOBODY.fullmatch(name.text):
                yield fact(name.text, name, "trainer-sentence")
        elif told.own and TRAINED.search(text):
            for link in stated.links(told.block):
                hub = hosts.hub_link(link.url.text)
                if hub and hub.kind == "dataset" and plain(link.text).text in text:
                    yield fact(hub.id, printed_in(link, hub.id), "training-sentence")
    for block_labels in stated.described:
        if TRAINING_DATA.match(block_labels.value.text) and stated.who.own.search(
            block_labels.value.text[:200]
        ):
            name = plain(block_labels.name)
            if len(name.text.split()) <= 4 and _can_name_data(name.text):
                yield fact(name.text, name, "described-data")


def _of_sections(stated: Stated) -> Iterator[Fact]:
    """Yield the data sets that a section about the model's own data links to."""
    for placed in stated.card.blocks:
        if placed.commented or not placed.path or stated.within(placed) & UNRELATED:
            continue
        if words.section_of(plain(placed.path[-1].line).text) != "data":
            continue
        if any(FOR_USERS.search(heading.line.text) for heading in placed.path):
            continue
        if isinstance(placed.block, Table):
            for row in placed.block.rows:
                for cell in row:
                    if cell is not None:
                        yield from _linked(stated, cell, "data-section")
