"""Scores as cells print them: `**71.2**`, `79.4% (+0.6%)`, `85,2 ± 0.3`, `71.2/68.0`."""

from __future__ import annotations

import re
from typing import NamedTuple

from cardkit.patterns import regex
from cardkit.values import markup


class Score(NamedTuple):
    """One number of a cell."""

    value: float
    text: str
    """The cell as printed, without markup; of a cell with two numbers, this one's part."""
    digits: str
    """The number itself as printed, to find its place."""
    percent: bool = False
    """Whether a percent sign stands behind it."""
    std: float | None = None
    """What stands behind ±."""
    unit: str = ""
    """A unit of measurement behind it: `s`, `tokens/s`, `GB`."""
    decimals: int = 0
    """How many digits stand behind the decimal point."""
    measure: str = ""
    """The metric behind it: `pass@1`."""
    part: int | None = None
    """Which part of its cell it is, where a bar parts several: 0, 1, …"""


_new = tuple.__new__

NUMBER = (
    r"[-+−–]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+|\.(?![\d.]))?|\.\d+)"
    r"(?:[eE][-+−]?\d{1,3})?"
)
UNIT = (
    r"(?:m?s|秒|毫秒|sec(?:onds?)?|min(?:utes?)?|h(?:ours?)?|fps|FPS|it/s|"
    r"(?:tokens?|tok|samples?|sentences?|images?|chars?|words?|frames?|iters?|steps?)\s*/\s*(?:s|sec|second|min)(?:\s*/\s*\w+)?|"
    r"[GMK]i?B|x|×)"
)
CELL = regex(
    rf"(?:[~≈<>≥≤]|about)?\s*(?P<number>{NUMBER})\s*(?P<percent>[%％])?"
    rf"(?:\s*(?:±|\+\s?/?-|\+/−)\s*(?P<std>{NUMBER})\s*[%％]?)?"
    rf"(?:\s*(?P<unit>{UNIT}))?"
    r"(?:\s+(?P<measure>[A-Za-z]{1,12}@\d{1,4}))?"
    r"(?:\s*,?\s*[(（\[]\s*[^()（）\[\]]{0,40}[)）\]])?"
    r"\s*[↑↓▲▼✓✔]*(?:\s+[-+−]\d+(?:\.\d+)?%?)?\s*[*∗†‡§¶#^⭐🏆🥇🥈🥉]*"
)
BARE = regex(
    r"\*{0,3}(?P<number>[-+]?[0-9]{1,12}(?:\.(?P<decimals>[0-9]{1,12}))?)(?P<percent>%?)\*{0,3}"
)
"""What most cells hold: a number, and no more than marks around it."""
DIGIT = regex(r"\d")
STD_IN_BRACKETS = regex(rf"\s*[(（]\s*(?:±|\+\s?/?-)\s*(?P<std>{NUMBER})\s*%?\s*[)）]")
MOST_PARTS = 3
"""Scores in one cell."""
NOTHING = frozenset(
    {
        "",
        "-",
        "–",
        "—",
        "--",
        "---",
        "/",
        "n/a",
        "na",
        "nan",
        "n.a.",
        "none",
        "null",
        "?",
        "x",
        "✗",
        "✘",
        "❌",
        "✅",
        "✓",
        "✔",
        "oom",
        "tbd",
        "todo",
        "...",
        "…",
        "n.d.",
        "\\",
    }
)


HEAD_UNIT = regex(
    r"[(（\[]\s*(?:in\s+)?(?:ms|s|sec|secs|seconds|minutes|hours|fps|it/s|gb|mb|gib|mib|tokens|"
    r"(?:tokens?|tok|samples?|sentences?|images?|steps?)\s*/\s*(?:s|sec|second|min)\S*)\s*[)）\]]"
    r"|\bper second\b|\w/s(?:/p)?$",
    re.IGNORECASE,
)


def unit_of(head: str) -> str:
    """Return the unit that a head gives for the numbers below it; "" for none.

    >>> unit_of("VRAM (GB)"), unit_of("Tokens per second"), unit_of("Size (big)")
    ('(GB)', 'per second', '')
    """
    if head.isalnum():
        return ""
    found = HEAD_UNIT.search(head)
    return found[0] if found else ""


def is_nothing(text: str) -> bool:
    """Whether a cell says that there is no value.

    >>> is_nothing("N/A"), is_nothing("0")
    (True, False)
    """
    return text.strip().casefold() in NOTHING


def bare(cell: str) -> Score | None:
    """Return the score of a cell that holds a number and no more than marks around it.

    >>> bare("**79.4%**").value, bare("79.4 (+0.6)")
    (79.4, None)
    """
    found = BARE.fullmatch(cell)
    if not found:
        return None
    digits, decimals, percent = found.groups()
    places = len(decimals) if decimals else 0
    printed = digits + percent
    return _new(Score, (float(digits), printed, digits, percent != "", None, "", places, "", None))


def read(cell: str) -> tuple[Score, ...]:
    """Return the scores of a cell: none when it holds anything else, two for `a/b`, one for `a/-`.

    >>> [score.value for score in read("**79.4%** (+0.6%)")], read("7B"), read("v1.5")
    ([79.4], (), ())
    >>> [(score.value, score.std) for score in read("85,2 ± 0.3")]
    [(85.2, 0.3)]
    >>> [(score.value, score.part) for cell in ("71.2/68.0", "71.2/-") for score in read(cell)]
    [(71.2, 0), (68.0, 1), (71.2, 0)]
    """
    if found := bare(cell):
        return (found,)
    return read_plain(markup.plain(cell)) if DIGIT.search(cell) else ()


def read_plain(text: str) -> tuple[Score, ...]:
    """Return the scores of a cell without its markup."""
    if len(text) > 80 or not DIGIT.search(text):
        return ()
    one = _one(text, text)
    if one:
        return (one,)
    for bar in ("/", "|"):
        parts = [part.strip() for part in text.split(bar)]
        if 2 <= len(parts) <= MOST_PARTS:
            return _several(parts)
    return ()


def _several(parts: list[str]) -> tuple[Score, ...]:
    """Return the scores of a cell in parts; none unless each part is one, or says "nothing".

    Without a decimal point "3/5" may be a count, a date or a ratio.
    """
    found = [_one(part, part) for part in parts]
    for part, score in zip(parts, found, strict=True):
        if score is None and (not part or not is_nothing(part)):
            return ()
    if any(score.unit for score in found if score) or not any("." in part for part in parts):
        return ()
    return tuple(score._replace(part=i) for i, score in enumerate(found) if score)


def _one(text: str, printed: str) -> Score | None:
    """Return the score that is a whole text."""
    found = CELL.fullmatch(text)
    if not found:
        return None
    digits = found["number"]
    value = number(digits)
    if value is None:
        return None
    std = found["std"]
    if std is None:
        behind = STD_IN_BRACKETS.search(text)
        std = behind["std"] if behind else None
    point = max(
        digits.rfind("."),
        digits.rfind(",")
        if "." not in digits and not re.fullmatch(r"[-+−–]?\d{1,3}(?:,\d{3})+", digits)
        else -1,
    )
    tail = re.match(r"\d*", digits[point + 1 :]) if point >= 0 else None
    return Score(
        value,
        printed,
        digits,
        bool(found["percent"]),
        number(std) if std else None,
        found["unit"] or "",
        len(tail.group()) if tail else 0,
        found["measure"] or "",
    )


def number(text: str) -> float | None:
    """Return a printed number; a comma before one, two or four digits is a decimal comma.

    >>> number("1,234"), number("85,2"), number("0,123"), number("−0.5")
    (1234.0, 85.2, 0.123, -0.5)
    """
    text = text.replace("−", "-").replace("–", "-")
    if "," in text:
        if re.fullmatch(r"[-+]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?(?:[eE].*)?", text):
            text = text.replace(",", "")
        elif text.count(",") == 1 and "." not in text:
            text = text.replace(",", ".")
        else:
            return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < 1e15 else None
