"""Who developed a model, and whom to ask about it."""

from __future__ import annotations

import re

from cardkit.facts import Fact, Found, fact
from cardkit.labels import Label, label_of
from cardkit.links import Link, plain
from cardkit.patterns import regex
from cardkit.stated import Stated, field_of
from cardkit.text import Line
from cardkit.vocabulary.wording import alternatives, any_of

MAX_NAME = 160

EMAIL = regex(
    r"(?<![\w.+-])[A-Za-z0-9][\w.+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}\b"
)
BETWEEN = regex(
    r"\s*(?:,|、|，|;|；|&|/|\band\b|,\s*and\b|和|与|及|以及|と|및)*\s*", re.IGNORECASE
)


OTHER_THING = any_of("of_data", "of_code", "of_tools")
ASKS = any_of("asks")
NOBODY = regex(rf"^see\s|[:：]$|。|^\W*$|^\[|{alternatives('nobody')}", re.IGNORECASE)
DEVELOPED = regex(
    rf"(?:{alternatives('made_by')})\s(?:the\s)?(?P<who>[A-Z][^,.;:()（）\[\]]{{1,70}}?)"
    r"(?=\s(?:using|on|for|in|with|that|which|and|to|as|from|at|under|via|through|team's)\b|['’]s\b"
    r"|[,.;:()（）\[\]]|$)"
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
        if found := _names(stated, label):
            return found
    for told in stated.told:
        if not told.own or stated.within(told.placed) & {"evaluation", "citation", "limitations"}:
            continue
        for pattern in (DEVELOPED, DEVELOPED_CJK):
            match = pattern.search(told.line.text)
            if match and not OTHER_THING.search(told.line.text, 0, match.start()):
                if not _is_somebody(stated, match["who"]):
                    continue
                return [
                    fact(match["who"], told.line[slice(*match.span("who"))], "developed-sentence")
                ]
    return []


def _is_somebody(stated: Stated, who: str) -> bool:
    return len(who.split()) <= 6 and stated.identity.is_own(who) is not True


def _names(stated: Stated, label: Label) -> list[Fact]:
    """Return the developers of a label: each link, when there is nothing between the links."""
    named = [
        link for link in stated.links(label.value) if link.kind in ("markdown", "html", "reference")
    ]
    if len(named) > 1 and _only_links(label.value, named):
        lines = [plain(link.text) for link in named]
        return [fact(line.text, line, "label") for line in lines if line.text]
    value = plain(label.value).strip("[]【】 ")
    if mail := EMAIL.search(value.text):
        value = value[: mail.start()].rstrip(" :：(<（,")
    if len(value) > MAX_NAME or NOBODY.search(value.text):
        return []
    if value.text.endswith(".") and not re.search(r"\b(?:Inc|Ltd|Co|Corp|al)\.$", value.text):
        value = value[:-1]
    return [fact(value.text, value, "label")]


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
