"""The licence of a model, and whether the card contradicts itself about it."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from cardkit.blocks import Bullet, Heading, Paragraph
from cardkit.facts import Found, Problem, fact
from cardkit.patterns import regex
from cardkit.prose.links import Link, links, plain, whole_text
from cardkit.stated import Stated
from cardkit.text import Line
from cardkit.vocabulary import hosts, licences, words
from cardkit.vocabulary.wording import alternatives, any_of, only

MAX_NAME = 100

CLAUSE = regex(r"(?<=[。；;])|(?<=[.!?])\s+(?=[A-Z*\[])|，|,\s+(?=while|whereas|but|and the)|\n")
WORD = regex(r"[A-Za-z0-9][A-Za-z0-9.+-]*")
NAMED = regex(
    r"(?:\b(?:[Aa]n?|[Tt]he)\s)?(?P<name>(?:[A-Za-z0-9][\w.&'-]*\s){1,6}[Ll]icen[cs]e(?:\s[Aa]greement)?)"
)
WORD_OF_SENTENCE = regex(
    r"^(?:[a-z]+|Licen[cs]ed?)\s|\s(?!licen[cs]e$|agreement$)[a-z]+$|,\s(?![Vv]ersion)"
)
TITLED = regex(r"(?P<name>(?:[A-Z0-9][\w.&'-]*\s){1,6}[Ll]icen[cs]e(?:\s[Aa]greement)?)(?!\w)")
QUOTED = regex(rf"《(?P<name>[^《》]{{2,60}}?(?:{alternatives('licence_words')})[^《》]{{0,10}})》")
OF_CODE, OF_MODEL, OF_DATA = any_of("of_code"), any_of("of_model"), any_of("of_data")
CALLED, MODIFIED, EMPTY = any_of("licence_words"), any_of("modified"), only("nobody")
TAIL = regex(r"\s*(?:licen[cs]e|agreement|\.md|\.txt)\s*$", re.IGNORECASE)


LICENSED_UNDER = regex(r"(?:released|licen[cs]ed|available|distributed)\sunder\s(?:the\s)?", re.I)
BARE_WORD = regex(r"(?:the\s)?licen[cs]e(?:\.\w+)?", re.IGNORECASE)
"""A word for a licence that does not say which."""


OF_A_SENTENCE = regex(r"\b(?:is|are|governed|following|subject|see|please|must)\s", re.IGNORECASE)


class Named(NamedTuple):
    """A licence as a place of the card names it."""

    id: str
    name: Line
    url: Line | None
    rule: str


def read(stated: Stated) -> Found:
    """Read `license`; a problem tells when front matter and body name different ones."""
    front = _of_front(stated)
    body = _of_labels(stated) or _of_sections(stated)
    if body and front and body.id != front.id and _is_said(stated, front.id):
        body = None  # the section names several: this one is that of the code or the data
    page = _of_page(stated)
    best = front or body or page
    if best is None:
        return Found({})
    draft: dict[str, Any] = {"id": fact(best.id, best.name, best.rule)}
    named = body or (best if best is not page else None)
    names = stated.front("license_name")
    if body is None and names:
        draft["name"] = fact(names[0].text, names[0], "front-matter")
    elif named and named is not front and named.name.text != best.id:
        draft["name"] = fact(named.name.text, named.name, named.rule)
    urls = stated.front("license_link")
    if urls and urls[0].text.startswith("http"):
        draft["url"] = fact(hosts.canonical(urls[0].text), urls[0], "front-matter")
    elif body and body.url:
        draft["url"] = fact(hosts.canonical(body.url.text), body.url, body.rule)
    return Found({"license": draft}, problems=tuple(_conflicts(front, body)))


def _is_said(stated: Stated, wanted: str) -> bool:
    """Return whether a section about licences names this one too."""
    near = [p.block for p in stated.card.blocks if _is_near(p.path) and not p.commented]
    texts = [whole_text(b).text for b in near if isinstance(b, (Paragraph, Bullet)) and b.lines]
    return any(known.id == wanted for text in texts for known in licences.mentioned(text))


def _conflicts(front: Named | None, body: Named | None) -> list[Problem]:
    if front is None or body is None or "other" in (front.id, body.id) or front.id == body.id:
        return []
    return [
        Problem(
            "license-conflict",
            "error",
            f"The front matter says {front.id!r}, the text says {body.name.text!r}."
            " Name one licence.",
            body.name.span(),
        )
    ]


def _of_front(stated: Stated) -> Named | None:
    lines = stated.front("license", "licence")
    lines = [line for line in lines if not BARE_WORD.fullmatch(line.text.strip())]
    if not lines:
        names = stated.front("license_name")
        known = licences.find(names[0].text) if names else None
        return (
            Named(known.id if known else "other", names[0], None, "front-matter") if names else None
        )
    known = licences.find(lines[0].text)
    return Named(known.id if known else "other", lines[0], None, "front-matter")


def _of_page(stated: Stated) -> Named | None:
    for word in stated.card.page:
        if word.says == "license" and (known := licences.find(word.line.text.strip())):
            return Named(known.id, word.line.strip(), None, "page")
    return None


def _of_labels(stated: Stated) -> Named | None:
    for label in stated.labels.get("license", []):
        if OF_CODE.search(label.name.text) or OF_DATA.search(label.name.text):
            continue
        if EMPTY.fullmatch(plain(label.value).text):
            continue
        if _is_heading(stated, label.name):
            continue  # a section, read clause by clause
        value = plain(label.value).text
        of_other = OF_CODE.search(value) or OF_DATA.search(value)
        if of_other and not OF_MODEL.search(value) and not licences.find(value):
            continue
        if found := _of_text(label.value, stated, "label"):
            return found
    return None


def _is_heading(stated: Stated, name: Line) -> bool:
    return any(
        name.span() == heading.line.strip().strip(":： ").span()
        for heading, _ in stated.card.of(Heading)
    )


def _of_sections(stated: Stated) -> Named | None:
    """Return the licence that a section about it gives to the model, not to the code."""
    general: Named | None = None
    for placed in stated.card.blocks:
        block = placed.block
        if placed.commented or not isinstance(block, (Paragraph, Bullet)) or not block.lines:
            continue
        if "license" not in stated.within(placed) or not _is_near(placed.path):
            continue
        of_code = False
        for clause in whole_text(block).split(CLAUSE):
            text = plain(clause).text
            of_model = OF_MODEL.search(text) is not None
            if (OF_CODE.search(text) or OF_DATA.search(text)) and not of_model:
                of_code = True
                continue
            found = _of_text(clause, stated, "section", strict=True)
            if found and of_model:
                return found
            if found and not of_code and general is None:
                general = found
    return general


def _is_near(path: tuple[Heading, ...]) -> bool:
    """Return whether the nearest heading is that of a licence."""
    return bool(path) and any(
        words.section_of(plain(heading.line).text) == "license" for heading in path[-2:]
    )


def _of_text(value: Line, stated: Stated, rule: str, *, strict: bool = False) -> Named | None:
    """Return the licence that a text names; `strict` when the text may speak of other things."""
    found = stated.links(value) if stated else links(value)
    url = next((link for link in found if link.url.text.startswith("http")), None)
    text = plain(value).strip("[]【】 ")
    if under := LICENSED_UNDER.match(text.text):
        text = text[under.end() :]
    if not text.text:
        return None
    own = _unknown(text, found, url, rule, strict=True)
    for link in found:
        words_of = plain(link.text)
        if (known := licences.find(words_of.text)) and words_of.text:
            if own and not licences.mentioned(own.name.text) and OF_MODEL.search(own.name.text):
                return own  # the code's licence stands beside the model's own
            return Named(known.id, words_of, _http(link), rule)
    if own and OF_MODEL.search(own.name.text) and not licences.mentioned(own.name.text):
        return own
    if MODIFIED.search(text.text):
        return own or Named("other", text[:MAX_NAME], url and _http(url), rule)
    if known := licences.find(text.text.rstrip(".。")):
        return Named(known.id, text, url and url.url, rule)
    mentioned = licences.mentioned(text.text[:2000])
    if len(mentioned) == 1:
        return Named(mentioned[0].id, _short(text, found), url and _http(url), rule)
    if mentioned:
        return None
    return _unknown(text, found, url, rule, strict=strict)


def _http(link: Link) -> Line | None:
    return link.url if link.url.text.startswith("http") else None


def _short(text: Line, found: list[Link]) -> Line:
    """Return the words of a text that name the licence."""
    for link in found:
        if licences.mentioned(plain(link.text).text):
            return plain(link.text)
    tokens = list(WORD.finditer(text.text[: 4 * MAX_NAME]))
    for length in range(min(8, len(tokens)), 0, -1):
        for first, last in zip(tokens, tokens[length - 1 :], strict=False):
            part = text[first.start() : last.end()].strip(" .,;:()（），。")
            lower = WORD_OF_SENTENCE.search(part.text)
            if not lower and licences.find(part.text):
                return part
    return text[:MAX_NAME]


def _unknown(
    text: Line, found: list[Link], url: Link | None, rule: str, *, strict: bool
) -> Named | None:
    """Return a licence that the Hub does not know by its printed name."""
    for link in found:
        name = plain(link.text)
        called = CALLED.search(name.text) or (not strict and CALLED.search(link.url.text))
        named = name.text and called and not BARE_WORD.fullmatch(name.text)
        if named and not name.text.startswith("http") and len(name) <= MAX_NAME:
            cut = TAIL.search(name.text) if name.text.endswith((".md", ".txt")) else None
            name = name[: cut.start()] if cut else name
            return Named("other", _without_article(name), _http(link), rule)
    for pattern in (QUOTED, TITLED) if strict else (QUOTED, TITLED, NAMED):
        if match := pattern.search(text.text):
            name = text[slice(*match.span("name"))]
            if OF_A_SENTENCE.search(name.text):
                continue
            if len(name.text) > len("license") + 1 and not BARE_WORD.fullmatch(name.text):
                return Named("other", _without_article(name), url and _http(url), rule)
    if strict or len(text) > MAX_NAME or OF_A_SENTENCE.search(text.text):
        return None
    if not text.text.startswith(("http", "(")):
        return Named("other", text, url and _http(url), rule)
    return None


def article(text: str) -> re.Match[str] | None:
    """Return the match of an article at the beginning of a text."""
    return re.match(r"(?:the|a|an|our)\s", text, re.IGNORECASE)


def _without_article(name: Line) -> Line:
    """Return a licence's name without "the" before it."""
    before = article(name.text)
    return name[before.end() :] if before else name
