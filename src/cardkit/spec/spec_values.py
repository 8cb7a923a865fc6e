"""Figures of a model's size and shape: one value, a table of them, a sentence with one."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from cardkit.errors import UnreadableValueError
from cardkit.facts import Fact, fact
from cardkit.patterns import regex
from cardkit.text import Line
from cardkit.values.quantity import SCALE, Number, in_1024s, numbers
from cardkit.vocabulary import fold, words
from cardkit.vocabulary.prose import phrases

LIMITS: dict[str, tuple[float, float]] = {
    "num_parameters": (1e4, 1e14),
    "num_active_parameters": (1e4, 1e14),
    "training_tokens": (1e6, 1e15),
    "num_hidden_layers": (1, 999),
    "hidden_size": (8, 262_144),
    "num_attention_heads": (1, 1024),
    "num_key_value_heads": (1, 1024),
    "intermediate_size": (8, 1_048_576),
    "vocab_size": (10, 10_000_000),
    "context_length": (8, 1e9),
}
"""What a figure can be; a value outside is a sign that something else was read."""

DTYPES = {
    "bf16": "bfloat16",
    "bfloat16": "bfloat16",
    "brain floating point": "bfloat16",
    "fp16": "float16",
    "float16": "float16",
    "half": "float16",
    "fp32": "float32",
    "float32": "float32",
    "f32": "float32",
    "f16": "float16",
    "fp8": "float8",
    "float8": "float8",
    "int8": "int8",
    "int4": "int4",
}

_BYTES = regex(r"(?:[KMGT]i?B|[KMGT]|GBs?|gb|mb|bits?|bytes?|%|x|ms|s|h|hours?|W)$")
_LEAD = regex(
    r"(?:[\s~≈∼约>≥<≤(*$]|about|approx(?:imately|\.)?|around|over|up to|more than|roughly|total|"
    r"max(?:imum)?|大约|超过|约为|共|総|약|約)*$",
    re.IGNORECASE,
)
_NOTE = regex(r"[(（\[][^()（）\[\]]*[)）\]]")
_SCALE_NOTE = regex(
    r"[(（\[]\s*(?:in\s+|单位[:：]?\s*|#\s*)?(?P<scale>k|m|b|t|bn|thousands?|millions?|billions?"
    r"|trillions?|百万|十亿|亿|万亿|万)(?:\s*(?:tokens?|params?|parameters?|个))?\s*[)）\]]",
    re.IGNORECASE,
)
_TOTAL = regex(r"\b(?:total|overall|full)\b|总", re.IGNORECASE)
_ACTIVE = regex(r"\b(?:active|activated|activates?|activations?)\b|激活|A\d", re.IGNORECASE)


def read_value(field: str, line: Line, *, head: str = "", rule: str = "value") -> dict[str, Fact]:
    """Return what a text says under the name of a spec field: one fact, or total and active.

    Raises UnreadableValueError where it can be read in two ways or is no figure of this field.

    >>> from cardkit.text import lines_of
    >>> def value(field, text, head=""):
    ...     facts = read_value(field, lines_of(text)[0], head=head)
    ...     return {name: found.value for name, found in facts.items()}
    >>> value("num_parameters", "236B total / 21B active")
    {'num_parameters': 236000000000, 'num_active_parameters': 21000000000}
    >>> value("training_tokens", "2.5", "Tokens (T)"), value("context_length", "4k")
    ({'training_tokens': 2500000000000}, {'context_length': 4096})
    """
    line = line.strip()
    if field == "dtype":
        found = DTYPES.get(fold(line.text))
        if not found:
            raise _unreadable(line, "it is no number format")
        return {field: fact(found, line, rule)}
    if field == "num_parameters":
        both = _total_and_active(line, head, rule)
        if both:
            return both
    return {field: _one(field, line, head, rule)}


def _total_and_active(line: Line, head: str, rule: str) -> dict[str, Fact]:
    """Return the two figures of a mixture of experts, where a text gives both."""
    found = list(numbers(line.text))
    if len(found) != 2 or not _ACTIVE.search(line.text):
        return {}
    (first, second), text = found, line.text
    gaps = [text[: first.start], text[first.end : second.start], text[second.end :]]
    named = [bool(_ACTIVE.search(gap) or _TOTAL.search(gap)) for gap in gaps]
    said_of = gaps[1:] if named[2] or not named[0] else gaps[:2]
    active = [bool(_ACTIVE.search(gap)) for gap in said_of]
    if active[0] == active[1]:
        raise _unreadable(line, "it does not say which figure is which")
    facts = {}
    for number, is_active in zip(found, active, strict=True):
        field = "num_active_parameters" if is_active else "num_parameters"
        facts[field] = _fact(field, number._replace(range=False), head, line, rule)
    return facts


def _one(field: str, line: Line, head: str, rule: str) -> Fact:
    """Return the one figure of a text."""
    text = line.text
    found = list(numbers(text))
    notes = [match.span() for match in _NOTE.finditer(text)]
    outside = [n for n in found if not any(a < n.start < b for a, b in notes)] or found[:1]
    if not outside:
        raise _unreadable(line, "it holds no number")
    number = outside[0]
    if len(outside) > 1 or number.range:
        raise _unreadable(line, "it holds more than one number")
    before = text[: number.start]
    label = words.find("spec", before) if before.strip() else None
    if not _LEAD.fullmatch(_NOTE.sub("", before)) and label != field:
        raise _unreadable(line, "other words stand before the number")
    if number.scale == "" and _BYTES.match(number.unit):
        raise _unreadable(line, f"it counts {number.unit}")
    best = _fact(field, number, head, line, rule)
    for other in found:  # "1B (1.23B)": the exact figure in brackets
        if other is not number and not other.range and "parameters" in field:
            try:
                noted = _fact(field, other, head, line, rule)
            except UnreadableValueError:
                continue
            best = exact(best, noted) if agree(best.value, noted.value) else best
    return best


def _fact(field: str, number: Number, head: str, line: Line, rule: str) -> Fact:
    """Return a number of a text as a figure."""
    part = line[number.start : number.end]
    return Fact(_count(field, number, head, line), part.text, part.span(), rule)


def _count(field: str, number: Number, head: str, line: Line) -> int:
    """Return a figure as a plain number, its head's scale applied, when it can be this field's."""
    value = in_1024s(number) if field == "context_length" else number.value
    note = _SCALE_NOTE.search(head)
    if note and not number.scale:
        word = note["scale"].lower()
        value *= SCALE.get(word) or SCALE[word.rstrip("s")]
    least, most = LIMITS[field]
    if not least <= value <= most:
        raise _unreadable(line, f"no {field.replace('_', ' ')} is as large or small")
    if abs(value - round(value)) > 1e-6 * value:
        raise _unreadable(line, "it is no whole number")
    return round(value)


def _unreadable(line: Line, because: str) -> UnreadableValueError:
    return UnreadableValueError(
        f"{line.text[:80]!r}: {because}", todo="say the figure alone, with its unit"
    )


# ------------------------------------------------------------------------------ tables


def is_weak(head: str) -> bool:
    """Return whether a head names a figure of a model only in good company.

    >>> is_weak("Size"), is_weak("Hidden size")
    (True, False)
    """
    return fold(head) in _weak()


@lru_cache(maxsize=1)
def _weak() -> frozenset[str]:
    return frozenset(map(fold, phrases("weak_heads")))


@lru_cache(maxsize=2048)
def field_of(head: str) -> str | None:
    r"""Return the spec field that a head or label names.

    >>> field_of("# of params"), field_of("\\(n_{layers}\\)"), field_of("Params (B)")
    ('num_parameters', 'num_hidden_layers', 'num_parameters')
    """
    text = head.translate(_MATH).strip() if len(head) <= 80 else ""
    if not text or text[0].isdigit():
        return None
    if text[:1] == "(" and text[-1:] == ")":
        text = text[1:-1]
    if _BYTES_NOTE.search(text):
        return None
    found = words.find("spec", _AMOUNT.sub("", text))
    if found is None and (note := _NOTE.search(text)) and not words.find("training", text):
        found = words.find("spec", note[0][1:-1])
    return found


_MATH = {ord(sign): None for sign in "\\${}#"}
_BYTES_NOTE = regex(r"[(（\[]\s*(?:in\s+)?(?:[KMGT]i?B|[GM])\s*[)）\]]", re.IGNORECASE)
_AMOUNT = regex(r"^\s*(?:of|num(?:ber)?(?: of)?|no\.?)\s+(?=\S)", re.IGNORECASE)


# ------------------------------------------------------------------------------ sentences


def agree(a: Any, b: Any) -> bool:
    """Return whether one of two numbers is the other, rounded to its digits.

    >>> agree(6_053_381_344, 6_000_000_000), agree(2_700_000_000, 2_000_000_000)
    (True, False)
    """
    if a == b:
        return True
    if isinstance(a, str) or isinstance(b, str):
        return False
    rough, fine = sorted((a, b), key=_digits)
    rounded = float(f"{fine:.{_digits(rough) - 1}e}")
    return bool(rounded == float(rough)) and abs(fine - rough) <= 0.15 * rough


def exact(a: Fact, b: Fact) -> Fact:
    """Return the one of two facts with more digits; of two alike the first."""
    return b if _digits(b.value) > _digits(a.value) else a


def _digits(value: int) -> int:
    """Return how many digits of a number are stated: 7_000_000_000 has one."""
    return len(str(value).rstrip("0")) or 1
