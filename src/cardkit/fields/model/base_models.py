"""The models that a model was made from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from cardkit.blocks import Table
from cardkit.facts import Fact, Found, fact
from cardkit.names.identity import name_words, signature
from cardkit.patterns import regex
from cardkit.prose.links import plain
from cardkit.stated import Stated, is_of_heading, printed_in
from cardkit.text import Line
from cardkit.vocabulary import hosts
from cardkit.vocabulary.wording import alternatives, any_of, only

MAX_NAME = 80
UNRELATED = frozenset(("evaluation", "comparison", "citation", "limitations", "usage"))
UNRELATED |= {"deployment", "news", "finetune"}
"""Sections that speak of models made by others or from others."""

SEVERAL = regex(r"(?:all|any|various|several|multiple|see|the)\s", re.IGNORECASE)
HUB_ID = regex(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
AND_TUNED, NOBODY = any_of("and_finetuned"), only("unnamed_data")
FINETUNE, QUANTIZED = any_of("finetune"), any_of("quantized")
ADAPTER, MERGED = any_of("adapter"), any_of("merged")
TUNED, MADE_FROM = (
    re.compile(rf"(?<!non-)(?:{alternatives(group)})\s*(?:(?:the|an?)\s)?", re.IGNORECASE)
    for group in ("tuned_from", "made_from")
)
NOT_A_BASE = regex(rf"\s?(?:{alternatives('not_a_base')})", re.IGNORECASE)
OF_CARDS = any_of("of_cards")
RELATIONS = ("finetune", "adapter", "merge", "quantized")
MODEL_NAME = regex(
    r"(?P<owner>[A-Z]\w+['’]s?\s)?"
    r"(?P<name>[A-Z][A-Za-z0-9_.]*(?:\s\d[A-Za-z0-9.]*)?(?:-[A-Za-z0-9_.]+)*)(?<![.-])"
)
AND = regex(r"\s*(?:,|and|、|和|与)\s*(?:the\s)?")


def read(stated: Stated) -> Found:
    """Read `base_model`."""
    return Found({"base_model": _bases(stated)})


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
        if stated.within(told.placed) & UNRELATED or not told.own:
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
    if relation := _by_name(stated):
        return relation
    tags = " ".join(line.text for line in stated.front("tags", "library_name"))
    if ADAPTER.search(tags) or any(line.text == "peft" for line in stated.front("library_name")):
        return "adapter"
    for told in stated.told:
        if told.own and (match := TUNED.search(told.line.text)):
            return "finetune" if FINETUNE.search(match[0]) else None
    return None


def _by_name(stated: Stated) -> str | None:
    """Return "quantized" where the model's name adds nothing but a format to its base's."""
    own = [signature(name) for name in stated.identity.names]
    for line in stated.front("base_model", "base_models"):
        base = signature(line.text)
        for name in own:
            more = name.qualifiers - base.qualifiers
            if name.family == base.family and more and more <= formats():
                return "quantized"
    return None


@lru_cache(maxsize=1)
def formats() -> frozenset[str]:
    """Return the qualifiers that say how the same weights are stored in fewer bits."""
    return frozenset(name_words()["formats"]) - {"mlx", "onnx", "openvino", "fp16", "bf16"}


def _of_base_labels(stated: Stated) -> Iterator[tuple[Fact, str | None]]:
    for label in stated.labels.get("base_model", []):
        if is_of_heading(label) or stated.within(label.placed) & UNRELATED:
            continue
        tuned = FINETUNE.search(label.name.text) or TUNED.search(plain(label.value).text)
        relation = "finetune" if tuned else None
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
                and not SEVERAL.match(value.text)
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
            yield fact(hub.id, printed_in(link, hub.id), "base-link")
    value = plain(line)
    if not seen and (match := HUB_ID.match(value.text)):
        behind = value.text[match.end() :]
        if match.end() == len(value.text) or (behind[0] in " ,(" and len(behind) <= MAX_NAME):
            yield fact(match[0], value[: match.end()], "base-label")


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
            if OF_CARDS.search(words_of):
                return None
            return fact(hub.id, printed_in(link, hub.id), "base-sentence"), at + len(words_of)
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
    if match["owner"] and signature(match["name"]).sizes:
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
