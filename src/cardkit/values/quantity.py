"""Numbers as cards print them: "2.5T", "2e-5 (peak)", "70 亿", "3.0 x 10<sup>-4</sup>".

A text that can be read in two ways ("1.234.567", "10-20", "7B/13B") is no value here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from cardkit.errors import UnreadableValueError
from cardkit.limits import most
from cardkit.patterns import regex

MAX_DIGITS = most("number")
"""A longer run of digits is no quantity; it would only cost time."""

SCALE: dict[str, int] = {
    "k": 10**3,
    "thousand": 10**3,
    "m": 10**6,
    "mn": 10**6,
    "million": 10**6,
    "millions": 10**6,
    "b": 10**9,
    "bn": 10**9,
    "billion": 10**9,
    "billions": 10**9,
    "t": 10**12,
    "tn": 10**12,
    "trillion": 10**12,
    "trillions": 10**12,
    "w": 10**4,  # 万, as in "100w"
    "千": 10**3,
    "万": 10**4,
    "萬": 10**4,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
    "億": 10**8,
    "十亿": 10**9,
    "十億": 10**9,
    "百亿": 10**10,
    "千亿": 10**11,
    "万亿": 10**12,
    "萬億": 10**12,
    "兆": 10**12,
    "천": 10**3,
    "만": 10**4,
    "백만": 10**6,
    "억": 10**8,
    "십억": 10**9,
    "조": 10**12,
}

BINARY = {"k": 2**10, "m": 2**20}
"""Scales of a context length: a window of 4k is 4096 tokens."""

_WIDE = str.maketrans(
    {wide: chr(wide - 0xFEE0) for wide in [*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B)]}
    | {wide: chr(wide - 0xFEE0) for wide in range(0xFF41, 0xFF5B)}
    | {"．": ".", "％": "%", "＋": "+", "－": "-", "～": "~", "−": "-", "‑": "-", "＾": "^"}
    | {"\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u3000": " "}
)
"""What folds character for character, so that places stay what they are."""

_HIGH = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")

_CJK = r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]"
_POWERS = (
    r"<sup>\s{0,2}(?P<sup>[-+]?\d{1,3})\s{0,2}</sup>"
    r"|\s?(?:\^|\*\*)\s?\{?\(?(?P<caret>[-+]?\d{1,3})\)?\}?"
    r"|(?P<high>[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3})"
)
"""How the exponent of a power of ten is printed."""
_DIGITS = rf"\d{{1,{MAX_DIGITS}}}+"
_WORDS = "|".join(sorted((w for w in SCALE if w.isascii() and len(w) > 1), key=len, reverse=True))
_SIGNS = "|".join(sorted((w for w in SCALE if not w.isascii()), key=len, reverse=True))
_NUMBER = regex(
    rf"""
    (?<![A-Za-z0-9_])(?<![A-Za-z0-9_][-.])      # no part of a word, a name or a version
    (?P<sign>[-+])?
    (?P<digits>
        \d{{1,3}}+(?:,\d{{3}}){{1,20}}+(?![,\d]|_\d)(?:\.{_DIGITS})?  # 8,192  1,234.5
      | \d{{1,3}}+(?:_\d{{3}}){{1,20}}+(?![_\d])                      # 8_192
      | \d{{1,3}}+(?:\.\d{{3}}){{1,20}}+,\d{{1,9}}+(?![.,]?\d)         # 1.234,5
      | (?:\d{{1,3}},(?:\d{{1,2}}|\d{{4,9}})+|0,\d{{1,9}}+)(?![.,]?\d|\s?{_CJK}|%?\s?,)  # 85,2
      | {_DIGITS}(?:\.{_DIGITS})?
      | \.{_DIGITS}
    )
    (?:
        [eE](?P<e>[-+]?\d{{1,3}})(?![\dA-Za-z])
      | \s?(?:[x×*·∗]|\\times|\\cdot)\s?10(?:{_POWERS}|(?P<lost>-\d{{1,2}})(?!\d))
    )?
    (?P<scales>
        (?P<letter>\s?[KMBT]|[kmbt])(?![A-Za-z0-9_])(?:\s?(?P<twice>(?i:{_WORDS}))(?![A-Za-z]))?
      | [\s-]?(?P<word>(?i:{_WORDS}))(?![A-Za-z])
      | \s?(?:多|余)?(?P<sign_word>{_SIGNS})
      | (?P<w>[wW])(?=\s?(?:\+|{_CJK})|\s*\Z)
    )?
    """,
    re.VERBOSE,
)
_RUN = regex(r"\d+")
_MORE = regex(r"\.\d|\d")
_POINTS = regex(r"\d{1,3}(?:\.\d{3})+,\d+")
_COMMAS = regex(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_POWER = regex(rf"(?<![A-Za-z0-9_.])10(?:{_POWERS})")
_UNIT = regex(
    rf"\+?\s?[-\s]?(?P<unit>%|[A-Za-z]+|[个個]\s?[A-Za-z]+|{_CJK}{{1,6}})",
)
_RANGE = regex(
    r"\s?(?:[-~–—〜/:^]|to\s|至|到|[x×]\s?(?=10))\s?(?=[-+.]?\d)",
)
_GROUP = regex(r" \d{3}(?!\d)")


class Number(NamedTuple):
    """A number in a text, its scale applied, and where it stands there."""

    value: float
    unit: str
    """The word behind it, without a hyphen: `tokens`, `parameter`, `%`; "" when there is none."""
    start: int
    end: int
    """Behind the scale word; the unit stands after it."""
    scale: str = ""
    """The scale as a key of SCALE; "" when there is none."""
    range: bool = False
    """Whether it is an end of a range or one of two ("10-20", "7B/13B"): no value."""


def numbers(text: str) -> Iterator[Number]:
    """Yield the numbers of a text; what is part of a name or a version is none.

    >>> [(number.value, number.unit) for number in numbers("Ant-2 saw 2.5T tokens in 3 epochs")]
    [(2500000000000.0, 'tokens'), (3.0, 'epochs')]
    >>> [number.value for number in numbers("betas=(0.9,0.999) and epsilon=1e-08, lr 3 x 10^-4")]
    [0.9, 0.999, 1e-08, 0.0003]
    """
    folded = text if text.isascii() else text.translate(_WIDE)
    at, in_range = 0, False
    while match := _next(folded, at):
        power = _POWER.match(folded, match.start()) if match["digits"] == "10" else None
        number = _power(power, folded) if power else _read(match, folded)
        at = max(number.end if number else match.end(), match.start() + 1)
        if number is None:
            in_range = False
            continue
        ends_range = in_range
        in_range = _RANGE.match(folded, at) is not None
        if ends_range or in_range:
            number = number._replace(range=True)
        yield number


def _next(text: str, at: int) -> re.Match[str] | None:
    """Return the first number from a place on; a pattern alone would try at each letter."""
    while run := _RUN.search(text, at):
        first = run.start()
        before = text[max(at, first - 2) : first]
        for start in range(first - len(before), first):
            if before[start - first] in "+-." and (match := _NUMBER.match(text, start)):
                return match
        if match := _NUMBER.match(text, first):
            return match
        at = run.end()
    return None


def read_number(written: str) -> float:
    """Return the first number of a text, its scale letter applied.

    Raises UnreadableValueError if the text holds no number, or one that can be read in two ways.

    >>> read_number("2.5T")
    2500000000000.0
    >>> read_number("70 亿")
    7000000000.0
    >>> read_number("2e-5 (peak)")
    2e-05
    """
    return _first(written).value


def read_count(written: str) -> int:
    """Return the first number of a text as a whole number: of parameters, tokens, layers, steps.

    >>> read_count("8,192 tokens"), read_count("1.2万亿 tokens"), read_count("~15k")
    (8192, 1200000000000, 15000)
    """
    number = _first(written)
    if number.unit == "%":
        raise UnreadableValueError(
            f"{written[:80]!r} is a share, no count", todo="leave the field out"
        )
    return _whole(number.value, written)


def read_context(written: str) -> int:
    """Return the length of a context in tokens: 4k, 128K and 1M count in 1024s.

    >>> read_context("4k"), read_context("8192"), read_context("1M")
    (4096, 8192, 1048576)
    """
    return _whole(in_1024s(_first(written)), written)


def in_1024s(number: Number) -> float:
    """Return a number's value where its k or M counts in 1024s.

    >>> [in_1024s(number) for number in numbers("128K 2万")]
    [131072.0, 20000.0]
    """
    binary = BINARY.get(number.scale)
    return number.value / SCALE[number.scale] * binary if binary else number.value


def _first(written: str) -> Number:
    """Return the first number of a text that is no end of a range."""
    number = next(numbers(written), None)
    if number is None:
        raise UnreadableValueError(
            f"no number in {written[:80]!r}",
            todo="leave the field out, or add the notation to SCALE in quantity.py",
        )
    split = not number.scale and _GROUP.match(written.translate(_WIDE), number.end)
    if number.range or split:
        raise UnreadableValueError(
            f"{written[:80]!r} can be read as two numbers",
            todo="leave the field out and say so in a problem",
        )
    return number


def _whole(value: float, written: str) -> int:
    """Return a count; half a thing and less than nothing are none."""
    if value < 0 or not math.isclose(value, round(value), rel_tol=1e-9):
        raise UnreadableValueError(
            f"{written[:80]!r} is no count", todo="leave the field out, or read it as a number"
        )
    return round(value)


def _read(match: re.Match[str], text: str) -> Number | None:
    """Return the number of a match; None where more digits belong to it than can be read."""
    digits = match["digits"]
    if text[max(0, match.start() - 1)] == "," and len(digits) == 3 and digits.isdigit():
        return None  # the end of ".225,000"
    after = text[match.end("digits") : match.end("digits") + 2]
    if after and not match["e"] and _MORE.match(after):  # 1.2.3, or digits without end
        return None
    if "," in digits:
        if _POINTS.fullmatch(digits):
            digits = digits.replace(".", "").replace(",", ".")
        elif _COMMAS.fullmatch(digits) and not digits.startswith("0,"):
            digits = digits.replace(",", "")
        else:
            digits = digits.replace("_", "").replace(",", ".")
    elif "_" in digits:
        digits = digits.replace("_", "")
    try:
        value = Decimal((match["sign"] or "") + digits)
    except InvalidOperation:
        return None
    if match["e"]:
        value = value.scaleb(int(match["e"]))
    elif match["lost"] or match["sup"] or match["caret"] or match["high"]:
        value *= Decimal(10) ** _exponent(match)
    scale = (match["letter"] or match["word"] or match["sign_word"] or match["w"] or "").strip()
    scale = scale.lower()
    twice = (match["twice"] or "").lower()
    if twice and SCALE[twice] != SCALE[scale]:
        return None
    return _number(value, match, scale, text)


def _power(match: re.Match[str], text: str) -> Number | None:
    """Return a bare power of ten: "10^-6"."""
    return _number(Decimal(10) ** _exponent(match), match, "", text)


def _number(value: Decimal, match: re.Match[str], scale: str, text: str) -> Number:
    """Return a number with its scale and the word behind it."""
    unit = _UNIT.match(text, match.end())
    scaled = float(value * SCALE.get(scale, 1))
    return Number(scaled, unit["unit"] if unit else "", match.start(), match.end(), scale)


def _exponent(match: re.Match[str]) -> int:
    """Return the exponent that a power of ten is printed with."""
    groups = match.groupdict()
    high = (groups.get("high") or "").translate(_HIGH)
    return int(groups.get("sup") or groups.get("caret") or high or groups.get("lost") or "0")
