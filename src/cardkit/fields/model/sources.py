"""What a model was made from: data sets and other models."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from cardkit.blocks import Bullet, Table
from cardkit.facts import Fact, Found, fact
from cardkit.identity import signature
from cardkit.labels import Label
from cardkit.links import Link, plain
from cardkit.stated import Stated, section_kinds
from cardkit.text import Line
from cardkit.vocabulary import hosts, words
from cardkit.vocabulary.wording import alternatives, any_of, only

MAX_NAME = 80
TRAINER_DATA = re.compile(r"\bon (?:the|an?)\s+(?P<name>\S{1,80})(?:\s-\s\S{1,20})?\s+dataset\b")
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
UNRELATED = frozenset(("evaluation", "comparison", "citation", "limitations", "usage"))
UNRELATED |= {"deployment", "news", "finetune"}

NOBODY, FOR_USERS, TRAINED_ON = only("unnamed_data"), any_of("for_users"), any_of("trained")
IS_TRAINING_DATA, AND_TUNED = any_of("training_data"), any_of("and_finetuned")
FINETUNE, QUANTIZED = any_of("finetune"), any_of("quantized")
ADAPTER, MERGED = any_of("adapter"), any_of("merged")
TUNED, MADE_FROM = (
    re.compile(rf"(?:{alternatives(group)})\s*(?:(?:the|an?)\s)?", re.IGNORECASE)
    for group in ("tuned_from", "made_from")
)
NOT_A_BASE = re.compile(rf"\s?(?:{alternatives('not_a_base')})", re.IGNORECASE)
RELATIONS = ("finetune", "adapter", "merge", "quantized")
MODEL_NAME = re.compile(
    r"(?P<owner>[A-Z]\w+['’]s\s)?"
    r"(?P<name>[A-Z][A-Za-z0-9_.]*(?:\s\d[A-Za-z0-9.]*)?(?:-[A-Za-z0-9_.]+)*)(?<![.-])"
)
AND = re.compile(r"\s*(?:,|and|、|和|与)\s*(?:the\s)?")


def read(stated: Stated) -> Found:
    """Read `datasets` and `base_model`."""
    return Found({"datasets": _datasets(stated), "base_model": _bases(stated)})


# ------------------------------------------------------------------------------ data sets


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
        if section_kinds(label.placed) & UNRELATED or _is_head(stated, label):
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
    han = len(re.findall(r"[\u3040-\u9fff]", text))
    return 1 < len(text) <= MAX_NAME and len(text.split()) <= 8 and han <= 12 and "://" not in text


def _is_head(stated: Stated, label: Label) -> bool:
    """Return whether a label is a heading over a text."""
    return bool(label.placed.path) and label.name.span()[0] == label.placed.path[-1].line.span()[0]


def _linked(stated: Stated, line: Line, rule: str) -> Iterator[Fact]:
    for link in stated.links(line):
        hub = hosts.hub_link(link.url.text)
        if hub and hub.kind == "dataset":
            yield fact(hub.id, _place(link, hub.id), rule)


def _place(link: Link, text: str) -> Line:
    """Return where an id is printed: in the link's words, else in its target."""
    for line in (link.text, link.url):
        at = line.text.find(text)
        if at >= 0:
            return line[at : at + len(text)]
    return link.url


def _of_sentences(stated: Stated) -> Iterator[Fact]:
    for told in stated.told:
        if section_kinds(told.placed) & UNRELATED:
            continue
        text = told.line.text
        if told.own and TUNED.search(text) and (match := TRAINER_DATA.search(text)):
            name = told.line[slice(*match.span("name"))]
            linked = list(_linked(stated, told.block, "trainer-sentence"))
            if linked:
                yield from linked
            elif not NOBODY.fullmatch(name.text):
                yield fact(name.text, name, "trainer-sentence")
        elif told.own and TRAINED_ON.search(text):
            for link in stated.links(told.block):
                hub = hosts.hub_link(link.url.text)
                if hub and hub.kind == "dataset" and plain(link.text).text in text:
                    yield fact(hub.id, _place(link, hub.id), "training-sentence")
    for block_labels in stated.described:
        if IS_TRAINING_DATA.match(block_labels.value.text) and stated.who.own.search(
            block_labels.value.text[:200]
        ):
            name = plain(block_labels.name)
            if len(name.text.split()) <= 4:
                yield fact(name.text, name, "described-data")


def _of_sections(stated: Stated) -> Iterator[Fact]:
    """Yield the data sets that a section about the model's own data links to."""
    for placed in stated.card.blocks:
        if placed.commented or not placed.path or section_kinds(placed) & UNRELATED:
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


# ------------------------------------------------------------------------------ base models


def _bases(stated: Stated) -> list[dict[str, Any]]:
    front = stated.front("base_model", "base_models")
    labelled = [*_of_base_labels(stated)]
    if front:
        relation = _relation_of_front(stated, labelled)
        return [
            {"@": fact(line.text, line, "front-matter"), "id": line.text, "relation": relation}
            for line in front
        ]
    if labelled:
        return _once(labelled)
    for told in stated.told:
        if section_kinds(told.placed) & UNRELATED or not told.own:
            continue
        if found := list(_of_sentence(stated, told.line, told.block)):
            return _once(found)
    return []


def _once(found: list[tuple[Fact, str | None]]) -> list[dict[str, Any]]:
    bases: dict[str, dict[str, Any]] = {}
    for each, relation in found:
        entry = {"@": each, "id": each.value, "relation": relation}
        bases.setdefault(str(each.value).casefold(), entry)
    return list(bases.values())


def _relation_of_front(stated: Stated, labelled: list[tuple[Fact, str | None]]) -> Any:
    """Return how the front matter's base models were used, where the card says so."""
    for line in stated.front("base_model_relation"):
        if line.text in RELATIONS:
            return fact(line.text, line, "front-matter")
    relations = {relation for _, relation in labelled if relation}
    if len(relations) == 1:
        return relations.pop()
    tags = " ".join(line.text for line in stated.front("tags", "library_name"))
    if ADAPTER.search(tags) or any(line.text == "peft" for line in stated.front("library_name")):
        return "adapter"
    for told in stated.told:
        if told.own and (match := TUNED.search(told.line.text)):
            return "finetune" if FINETUNE.search(match[0]) else None
    return None


def _of_base_labels(stated: Stated) -> Iterator[tuple[Fact, str | None]]:
    for label in stated.labels.get("base_model", []):
        if _is_head(stated, label) or section_kinds(label.placed) & UNRELATED:
            continue
        relation = "finetune" if FINETUNE.search(label.name.text) else None
        if QUANTIZED.search(label.name.text):
            relation = "quantized"
        elif MERGED.search(label.name.text):
            relation = "merge"
        found = list(_models(stated, label.value))
        if not found and not isinstance(label.placed.block, Table):
            value = plain(label.value)
            if (
                1 < len(value) <= MAX_NAME
                and len(value.text.split()) <= 4
                and not NOBODY.fullmatch(value.text)
            ):
                found = [fact(value.text, value, "label")]
        for each in found:
            yield each, relation


def _models(stated: Stated, line: Line) -> Iterator[Fact]:
    """Yield the models that a line links to or names as `owner/name`."""
    seen = False
    for link in stated.links(line):
        hub = hosts.hub_link(link.url.text)
        if hub and hub.kind == "model":
            seen = True
            yield fact(hub.id, _place(link, hub.id), "base-link")
    value = plain(line)
    if not seen and (match := HUB_ID.fullmatch(value.text)):
        yield fact(match[0], value, "base-label")


def _of_sentence(stated: Stated, line: Line, block: Line) -> Iterator[tuple[Fact, str | None]]:
    tuned, made = TUNED.search(line.text), MADE_FROM.search(line.text)
    told = tuned or made
    if told is None:
        return
    relation = (
        "finetune" if tuned or AND_TUNED.search(line.text[told.end() : told.end() + 120]) else None
    )
    at = told.end()
    while True:
        found = _model_at(stated, line, block, at)
        if found is None:
            return
        each, end = found
        yield each, relation
        more = AND.match(line.text, end)
        if more is None:
            return
        at = more.end()


def _model_at(stated: Stated, line: Line, block: Line, at: int) -> tuple[Fact, int] | None:
    """Return the model that is named at a place of a sentence, and where its name ends."""
    rest = line.text[at:]
    for link in stated.links(block):
        words_of = plain(link.text).text
        hub = hosts.hub_link(link.url.text)
        if hub and hub.kind == "model" and words_of and rest.startswith(words_of):
            return fact(hub.id, _place(link, hub.id), "base-sentence"), at + len(words_of)
    if owned := HUB_ID.match(rest):
        return fact(owned[0], line[at : at + owned.end()], "base-sentence"), at + owned.end()
    match = MODEL_NAME.match(rest)
    if match is None or not re.search(r"\d|\w[-_]\w", match["name"]):
        return None
    end = at + match.end()
    if stated.identity.is_own(match["name"]) or NOT_A_BASE.match(line.text, end):
        return None
    name = line[at + match.start("name") : end]
    printed = _printed_id(stated, match["name"])
    if printed is not None:
        return fact(printed.text, printed, "base-sentence"), end
    if match["owner"]:
        owner = re.split(r"['’]", match["owner"])[0]
        whole = line[at:end]
        return Fact(f"{owner}/{match['name']}", whole.text, whole.span(), "base-sentence"), end
    return fact(name.text, name, "base-sentence"), end


def _printed_id(stated: Stated, name: str) -> Line | None:
    """Return where a table of the card prints the id of a model that a sentence names."""
    wanted = signature(name)
    found: dict[str, Line] = {}
    for table, _ in stated.card.of(Table):
        for row in table.rows:
            if row[0] is not None and "/" in row[0].text:
                cell = plain(row[0])
                if HUB_ID.fullmatch(cell.text) and signature(cell.text).same(wanted):
                    found.setdefault(cell.text, cell)
    return next(iter(found.values())) if len(found) == 1 else None
