"""What kind of model it is: type, architecture, languages, library, task, tags, summary."""

from __future__ import annotations

import re

from cardkit.blocks import Heading, Paragraph
from cardkit.facts import Fact, Found, fact
from cardkit.patterns import regex
from cardkit.prose.labels import Label
from cardkit.prose.links import plain
from cardkit.stated import Stated, first_sentence, is_of_heading
from cardkit.text import Line
from cardkit.vocabulary import languages, libraries
from cardkit.vocabulary.wording import any_of

MAX_TEXT = 200
"""A longer description is a paragraph, no value."""
MAX_WORDS = 26
MAX_CJK = 40
CJK = regex(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
NOTHING = regex(r"more information needed|^\W*$|^n/?a$|^todo$|^\[more", re.IGNORECASE)
IS = regex(r"\s(?:models?\s)?(?:is|are)\s(?:an?\s|the\s)?")
THIS_IS = regex(
    r"(?:This|It|The\s[A-Z][\w.-]*(?:\s\d[\w.]*)?(?:\smodels?)?)\s(?:is|are)\san?\s|The\s[A-Z][\w.-]*(?:\s\d[\w.]*)?\smodels\sare\s"
)
QUOTES = ('"', "'", "“", "-", "*")
MAX_UNDER_HEADING = 10
PROGRAMMING = any_of("programming")
ADOPTS = regex(
    r"\b(?:adopts|employs|follows)\sthe\s(?P<what>[A-Z][\w.-]*(?:\s[\w.-]+){0,2}?)\s"
    r"(?:model\s)?(?:structure|architecture)\b"
)
FOR_USE_IN = regex(
    r"\b(?:intended|designed|meant|optimi[sz]ed) for\b[^.;]{0,60}?\b(?:use )?(?:in|with)\s"
    r"(?P<languages>[A-Z][^.;]{2,80})",
)
PUBLISHED = regex(
    r"(?:\S+\s){1,5}?(?:is|are|was|were|has\sbeen|have\sbeen)\s(?:\w+\s)?"
    r"(?:introduced|released|presented|published|proposed|described)\b"
)
"""A sentence that says where a model came out, and not what it is."""
OF_TERMS = any_of("of_terms")


def read(stated: Stated) -> Found:
    """Read what kind of model it is."""
    return Found(
        {
            "summary": _summary(stated),
            "model_type": _text(stated, "model_type"),
            "architecture": _text(stated, "architecture"),
            "language": _languages(stated),
            "library_name": _library(stated),
            "pipeline_tag": _task(stated),
            "tags": [fact(tag.text, tag, "front-matter") for tag in stated.front("tags")],
        }
    )


def _text(stated: Stated, field: str) -> Fact | None:
    """Return the card's words for a type or an architecture: the first sentence of its label."""
    for label in stated.labels.get(field, []):
        value = plain(label.value)
        if len(value.text.split()) > MAX_WORDS or len(CJK.findall(value.text)) > MAX_CJK:
            value = first_sentence(label.value)
        own = stated.who.own.match(value.text)
        start = own.end() if own else 0
        says = (IS if own else THIS_IS).match(value.text, start)
        if says:
            value = first_sentence(value)[says.end() :]
        elif is_of_heading(label) and (value.text.endswith((".", "。")) or is_long(value.text)):
            continue
        if value.text[:1] in QUOTES:
            continue
        fits = len(value.text.split()) <= MAX_WORDS and len(CJK.findall(value.text)) <= MAX_CJK
        if value.text and fits and len(value) <= MAX_TEXT and not NOTHING.search(value.text):
            return fact(value.text, value, "label")
    for told in stated.told if field == "architecture" else ():
        if told.own and (match := ADOPTS.search(told.line.text)):
            return fact(match["what"], told.line[slice(*match.span("what"))], "sentence")
    return None


def is_long(text: str) -> bool:
    """Return whether a text under a heading is rather prose than a value."""
    return len(text.split()) > MAX_UNDER_HEADING or len(CJK.findall(text)) > MAX_CJK // 2


def _languages(stated: Stated) -> list[Fact]:
    found: dict[str, Fact] = {}
    for line in stated.front("language", "languages"):
        for part in line.split(re.compile(r"\s*,\s*")):
            if code := languages.code(part.text.strip()):
                found.setdefault(code, fact(code, part.strip(), "front-matter"))
    if found:
        return list(found.values())
    first: Label | None = None
    for label in stated.labels.get("language", []):
        if PROGRAMMING.search(label.name.text) or (
            first and label.name.span() != first.name.span()
        ):
            continue
        for each in _named(plain(label.value), "label"):
            first = label
            found.setdefault(str(each.value), each)
    if found:
        return list(found.values())
    for told in stated.told:
        match = FOR_USE_IN.search(told.line.text) if told.own else None
        named = _named(told.line[slice(*match.span("languages"))], "use-sentence") if match else []
        if named:
            return named
    return _in_title(stated)


def _named(value: Line, rule: str) -> list[Fact]:
    """Return the languages that a text names, each once."""
    found: dict[str, Fact] = {}
    for mention in languages.mentioned(value.text[:1000]):
        place = value[mention.start : mention.end]
        found.setdefault(mention.code, fact(mention.code, place, rule))
    return list(found.values())


def _in_title(stated: Stated) -> list[Fact]:
    """Return the language in the card's title, when it names one."""
    for heading, _ in stated.card.of(Heading):
        if heading.level <= 1:
            named = _named(plain(heading.line), "title")
            return named if len(named) == 1 else []
    return []


def _library(stated: Stated) -> Fact | None:
    for line in stated.front("library_name"):
        return fact(line.text, line, "front-matter")
    return None


def _task(stated: Stated) -> Fact | None:
    for line in stated.front("pipeline_tag"):
        return fact(libraries.pipeline_tag(line.text) or line.text, line, "front-matter")
    tasks = stated.front("tasks")
    if len(tasks) == 1 and (tag := libraries.pipeline_tag(tasks[0].text)):
        return fact(tag, tasks[0], "front-matter")
    return None


def _summary(stated: Stated) -> Fact | None:
    """Return the first sentence about the model."""
    first: Line | None = None
    for told in stated.told:
        if not isinstance(told.placed.block, Paragraph) or len(told.line) < 20:
            continue
        if told.own and len(told.line) <= 4 * MAX_TEXT:
            if PUBLISHED.match(told.line.text) or OF_TERMS.search(told.line.text):
                continue
            return fact(told.line.text, told.line, "first-sentence")
        first = first or told.line
    return None
