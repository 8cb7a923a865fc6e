"""When a model was released."""

from __future__ import annotations

import re

from cardkit.blocks import Bullet, Paragraph, Table
from cardkit.facts import Fact, Found, fact
from cardkit.names.identity import signature
from cardkit.patterns import regex
from cardkit.prose.labels import Label
from cardkit.prose.links import plain, whole_text
from cardkit.prose.sentences import subject
from cardkit.stated import Stated, field_of
from cardkit.text import Line
from cardkit.vocabulary.wording import alternatives, any_of, needed

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"),
            ("february", "feb"),
            ("march", "mar"),
            ("april", "apr"),
            ("may",),
            ("june", "jun"),
            ("july", "jul"),
            ("august", "aug"),
            ("september", "sep", "sept"),
            ("october", "oct"),
            ("november", "nov"),
            ("december", "dec"),
        ),
        1,
    )
    for name in names
}
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_YEAR = r"(?<![\d.])(?P<year>(?:19|20)\d\d)"
_DATE = regex(
    rf"""
    {_YEAR}[-./](?P<month>0?[1-9]|1[0-2])(?:[-./](?P<day>0?[1-9]|[12]\d|3[01]))?(?!\.?\d)
  | (?P<name>{_MONTH})\.?\s+(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year2>20\d\d)
  | (?P<day3>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<name3>{_MONTH})\.?,?\s+(?P<year3>20\d\d)
  | (?P<name4>{_MONTH})\.?,?\s+(?P<year4>20\d\d)
  | (?P<year5>20\d\d)\s*[年년]\s*(?P<month5>\d{{1,2}})\s*[月월]
    (?:\s*(?P<day5>\d{{1,2}})\s*[日号일])?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_DIGIT = regex(r"\d")
LOOKED_AT = 400
"""Characters at the beginning of a text, markup and all, that must hold a digit of its date."""
_BEFORE_DATE = regex(r"[^\w<]{0,8}")
_LONE_YEAR = regex(r"\s*((?:19|20)\d\d)\s*年?\s*[.。]?\s*")


_RANGE = regex(rf"[–—~～]|\s-\s|{alternatives('range')}", re.IGNORECASE)
_NOT_A_RELEASE = any_of("no_release")
_RELEASE = regex(rf"(?:{alternatives('released_on')})\s*$", re.IGNORECASE)
_SAYS_WHEN = regex(alternatives("released_on"), re.IGNORECASE, needs=needed("released_on"))
_RELEASED = regex(rf"(?:{alternatives('releases')})\s*(?:the\s|our\s|:|：)?\s*", re.IGNORECASE)


def read(stated: Stated) -> Found:
    """Read `released`: a label's date, the own row's, or that of a sentence about the release."""
    return Found(
        {
            "released": _of_label(stated)
            or _of_row(stated)
            or _of_sentence(stated)
            or _of_news(stated)
        }
    )


def read_date(text: str) -> tuple[str, int, int] | None:
    """Return the only date of a text, ISO 8601 and as exact as it is, and where it stands.

    >>> read_date("July 2024"), read_date("2024 年 6 月"), read_date("April 18, 2024.")
    (('2024-07', 0, 9), ('2024-06', 0, 10), ('2024-04-18', 0, 14))
    """
    found = list(_DATE.finditer(text))
    if not found:
        year = _LONE_YEAR.fullmatch(text)
        return (year[1], *year.span(1)) if year else None
    dates = {_iso(match) for match in found}
    if len(dates) != 1 or None in dates:
        return None
    return str(dates.pop()), *found[0].span()


def _iso(match: re.Match[str]) -> str | None:
    parts = {key.rstrip("2345"): value for key, value in match.groupdict().items() if value}
    month = MONTHS[parts["name"].lower()] if "name" in parts else int(parts["month"])
    day = int(parts.get("day", 0))
    if not 1 <= month <= 12 or day > 31:
        return None
    return f"{parts['year']}-{month:02}" + (f"-{day:02}" if day else "")


def _fact(line: Line, rule: str) -> Fact | None:
    if _RANGE.search(_DATE.sub("", line.text)) or len(line.text) > 200:
        return None
    date = read_date(line.text)
    return fact(date[0], line[date[1] : date[2]], rule) if date else None


def _of_label(stated: Stated) -> Fact | None:
    def rank(label: Label) -> bool:
        return "releas" not in label.name.text.casefold() and "发布" not in label.name.text

    for label in sorted(stated.labels.get("released", []), key=rank):
        if _NOT_A_RELEASE.search(label.name.text) or "training" in stated.within(label.placed) & {
            "hyperparameters"
        }:
            continue
        if found := _fact(plain(label.value), "label"):
            return found
    return None


def _of_row(stated: Stated) -> Fact | None:
    """Return the date in the model's own row of a table with a column of dates."""
    name = stated.identity.model_name
    own = [signature(n) for n in ([name.value] if name else []) + list(stated.identity.names)]
    for table, _ in stated.card.of(Table):
        if not table.heads or not own:
            continue
        head = table.rows[table.heads - 1]
        columns = [
            i for i, cell in enumerate(head) if cell and field_of(plain(cell).text) == "released"
        ]
        for row in table.rows[table.heads :] if len(columns) == 1 else ():
            first, cell = row[0], row[columns[0]]
            if first and cell and any(signature(plain(first).text).same(n) for n in own):
                return _fact(plain(cell), "own-row")
    return None


def _of_sentence(stated: Stated) -> Fact | None:
    for told in stated.told:
        text = told.line.text
        if not told.own or not _DIGIT.search(text) or not _SAYS_WHEN.search(text):
            continue
        for match in _DATE.finditer(text):
            before = text[max(0, match.start() - 40) : match.start()]
            if _RELEASE.search(before) and (iso := _iso(match)):
                return fact(iso, told.line[slice(*match.span())], "release-sentence")
    return None


def _of_news(stated: Stated) -> Fact | None:
    """Return the earliest of the dates at which the news say that this model was released."""
    found: list[Fact] = []
    names = [name for name in stated.identity.names if "/" not in name]
    own = subject(names).own if stated.identity.is_family else stated.who.own
    for placed in stated.card.blocks:
        block = placed.block
        if placed.commented or not isinstance(block, (Bullet, Paragraph)) or not block.lines:
            continue
        line = whole_text(block)
        if not _DIGIT.search(line.text, 0, LOOKED_AT):
            continue
        line = plain(line)
        date = _DATE.match(line.text, _BEFORE_DATE.match(line.text).end())  # type: ignore[union-attr]
        iso = _iso(date) if date else None
        if date is None or iso is None:
            continue
        for verb in _RELEASED.finditer(line.text, date.end(), date.end() + 200):
            if own.match(line.text, verb.end()):
                found.append(fact(iso, line[date.start() : date.end()], "news"))
                break
    return min(found, key=lambda each: str(each.value), default=None)
