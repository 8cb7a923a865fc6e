"""Who developed a model, and whom to ask about it."""

from __future__ import annotations

import re

from cardkit.blocks import Bullet, Paragraph
from cardkit.facts import Fact, Found, fact
from cardkit.patterns import regex
from cardkit.prose.labels import Label, label_of
from cardkit.prose.links import Link, plain, whole_text
from cardkit.stated import Stated, field_of, is_of_heading
from cardkit.text import Line
from cardkit.vocabulary.wording import alternatives, any_of

MAX_NAME = 160
MAX_WORDS = 6
MAX_PEOPLE = 20

EMAIL = regex(
    r"(?<![\w.+-])[A-Za-z0-9][\w.+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}\b"
)
BETWEEN = regex(r"\s*(?:,|、|，|;|；|&|/|\band\b|,\s*and\b|和|与|及|以及|と|및)*\s*", re.IGNORECASE)


AND = regex(r"\s*(?:,|、|;|；|&)\s*(?:and\s)?|\s+and\s+")
PERSON = regex(
    r"[A-Z][a-zß-öø-ÿāăąćčďđēėęěğīıļłńňņőœŕřśşšťţūůűųźżž'’-]+(?:\s(?:[A-Z]\.|(?:de|von|van|der|la|da)|"
    r"[A-Z][a-zß-öø-ÿāăąćčďđēėęěğīıļłńňņőœŕřśşšťţūůűųźżžA-Z'’-]+)){1,3}"
)
ORGANISED = any_of("organised")
SPELLED = regex(r"(?P<name>[^:：@\[\]]{3,40}?)\s*[:：]\s*[\w.+-]+\s?[\[(]at[\])]\s?[\w.-]+")
"""A name with an address that is spelled out: "Ada: ada [at] example.org"."""
ON_A_DAY = regex(r"\son\s(?:[A-Z][a-z]{2,8}\.?\s\d|\d{4}-\d)")
ADDRESS = regex(r"\s*[(（\[:：@|]|\s[-–—]\s|\s\S+@")
FORGE = regex(r"https?://(?:www\.)?(?:github|gitee|gitlab)\.com/[\w.-]+/[\w.-]", re.IGNORECASE)
OTHER_THING = any_of("of_data", "of_code", "of_tools")
ASKS = any_of("asks")
NOBODY = regex(
    rf"^see\s|^(?:an?|the|this|these|we|it|our|for|by)\s+(?-i:[a-z])|[:：]$|。|^\W*$|^\["
    rf"|{alternatives('nobody')}",
    re.IGNORECASE,
)
DEVELOPED = regex(
    rf"(?:{alternatives('made_by')})\s(?:the\s)?(?P<who>[A-Z][\w.&'’-]*"
    r"(?:,?\s(?:Inc|Ltd|LLC|Co|Corp)\b\.?|\s(?!Using\b|The\b)[A-Z0-9][\w.&'’-]*"
    r"|\s(?:of|for|de|von|van|der|la|the|and)(?=\s[A-Z])|(?:\s[a-z]+)?\s(?:team|group|lab))*)"
)
DEVELOPED_CJK = regex(
    r"(?:由|是)\s?\[?(?P<who>[^，。,；;：:\s是由的一于基进端\d\[\]]{2,24}?)\]?\s?"
    rf"(?:{alternatives('made_as')})*(?:{alternatives('made_cjk')})(?:并开源)?(?:的|，|,|。|$)"
)


def read(stated: Stated) -> Found:
    """Read `developed_by` and `contact`."""
    return Found({"developed_by": _developers(stated), "contact": _contact(stated)})


def _developers(stated: Stated) -> list[Fact]:
    for label in stated.labels.get("developed_by", []):
        if found := _listed(stated, label) or _names(stated, label):
            return found
    for told in stated.told:
        if not told.own or stated.within(told.placed) & {"evaluation", "citation", "limitations"}:
            continue
        if said := _said(stated, told.line, told.block):
            return [said]
    return []


def _said(stated: Stated, line: Line, block: Line) -> Fact | None:
    """Return who made the model, as a sentence says it; a tool on a code forge makes nothing."""
    for found in (DEVELOPED, DEVELOPED_CJK):
        match = found.search(line.text)
        if match is None or OTHER_THING.search(line.text, 0, match.start()):
            continue
        who = line[slice(*match.span("who"))].rstrip(" .'’")
        tool = any(FORGE.match(k.url.text) and who.text in k.text.text for k in stated.links(block))
        if not tool and _is_somebody(stated, who.text):
            return fact(who.text, who, "developed-sentence")
    return None


def _is_somebody(stated: Stated, who: str) -> bool:
    return len(who.split()) <= 6 and stated.identity.is_own(who) is not True


def _listed(stated: Stated, label: Label) -> list[Fact]:
    """Return the names below a heading, one in each bullet, or with an address behind each."""
    if not is_of_heading(label):
        return []
    found: list[Fact] = []
    for placed in stated.card.blocks:
        block = placed.block
        if placed.path != label.placed.path or placed.commented:
            continue
        if isinstance(block, Bullet) and block.lines and block.depth == 0:
            name = _before_address(plain(whole_text(block)))
        elif isinstance(block, Paragraph) and (named := label_of(whole_text(block))):
            name = plain(named[0])
            if not (EMAIL.search(named[1].text) and (named[2] or _is_person(name.text))):
                return []
        else:
            continue
        if not name.text or len(name.text.split()) > MAX_WORDS or NOBODY.search(name.text):
            return []
        found.append(fact(name.text, name, "label"))
    return found[:MAX_PEOPLE]


def _before_address(line: Line) -> Line:
    """Return a name without the links, roles and addresses behind it."""
    cut = ADDRESS.search(line.text)
    return (line[: cut.start()] if cut else line).strip(" ,;.–—")


def _names(stated: Stated, label: Label) -> list[Fact]:
    """Return the developers of a label: each link, when there is nothing between the links."""
    named = [
        link for link in stated.links(label.value) if link.kind in ("markdown", "html", "reference")
    ]
    if len(named) > 1 and _only_links(label.value, named):
        lines = [plain(link.text) for link in named]
        return [fact(line.text, line, "label") for line in lines if line.text]
    value = plain(label.value).strip("[]【】 ")
    if DEVELOPED.search(value.text):
        said = _said(stated, value, label.value)
        return [said] if said else []
    if people := list(SPELLED.finditer(value.text)):
        whole = [value[slice(*match.span("name"))].strip(" ,;–—") for match in people]
        return [fact(line.text, line, "label") for line in whole if _is_person(line.text)]
    if mail := EMAIL.search(value.text):
        value = value[: mail.start()].rstrip(" :：(（<,–—-")
    if dated := ON_A_DAY.search(value.text):
        value = value[: dated.start()]
    if len(value) > MAX_NAME or NOBODY.search(value.text):
        return []
    if value.text.endswith(".") and not re.search(r"\b(?:Inc|Ltd|Co|Corp|al)\.$", value.text):
        value = value[:-1]
    parts = [part.strip() for part in value.split(AND)]
    if len(parts) > 1 and all(_is_person(part.text) for part in parts):
        return [fact(part.text, part, "label") for part in parts]
    return [fact(value.text, value, "label")]


def _is_person(text: str) -> bool:
    """Return whether a text has the shape of a person's name, and is no team or company.

    >>> _is_person("Ada B. Lovelace"), _is_person("Ant Research"), _is_person("AI Singapore")
    (True, False, False)
    """
    return PERSON.fullmatch(text) is not None and not ORGANISED.search(text)


def _only_links(value: Line, named: list[Link]) -> bool:
    """Return whether a text is made of links, with nothing but "and" between them."""
    at = 0
    for link in named:
        if not BETWEEN.fullmatch(value.text[at : link.start]):
            return False
        at = link.end
    return bool(re.fullmatch(r"(?:</a>)?[\s.。]*", value.text[at:]))


def _contact(stated: Stated) -> Fact | None:
    for label in stated.labels.get("contact", []):
        if match := EMAIL.search(label.value.text):
            return fact(match[0], label.value[slice(*match.span())], "label")
        found = stated.links(label.value)
        if len(found) == 1 and len(plain(label.value).text) <= len(found[0].text.text.strip()) + 2:
            url = found[0].url
            if url.text.startswith("http"):
                return fact(url.text, url, "label")
    found_emails: dict[str, Fact] = {}
    for told in stated.told:
        named = label_of(told.block) if "@" in told.block.text else None
        match = EMAIL.search(named[1].text) if named else None
        if named and match and field_of(named[0].text) == "contact":
            return fact(match[0], named[1][slice(*match.span())], "label")
        if "@" not in told.block.text or "citation" in stated.within(told.placed):
            continue
        asked = "contact" in stated.within(told.placed) or ASKS.search(told.block.text)
        for match in EMAIL.finditer(told.block.text) if asked else ():
            line = told.block[slice(*match.span())]
            found_emails.setdefault(match[0].casefold(), fact(match[0], line, "contact-sentence"))
    return next(iter(found_emails.values())) if len(found_emails) == 1 else None
