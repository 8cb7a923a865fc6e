"""Figures of a model's size and shape: one value, a table of them, a sentence with one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from cardkit.blocks import Table
from cardkit.errors import UnreadableValueError
from cardkit.facts import Fact, fact
from cardkit.links import plain
from cardkit.patterns import regex
from cardkit.quantity import SCALE, Number, in_1024s, numbers
from cardkit.text import Line
from cardkit.vocabulary import fold, words
from cardkit.vocabulary.prose import any_of, number, phrases, stems_of

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
_OTHER_PARAMETERS = regex(
    r"embed|without|不含|嵌入|vision|visual|视觉|encoder|trainable|lora|adapter|draft|per expert|"
    r"每个专家|head",
    re.IGNORECASE,
)
_LETTER = regex(r"[^\W\d_]")
_DECIMAL = regex(r"\s*[-+]?\d{1,3}\.\d+\s*%?\s*$|\s*\d{1,3}\s?%\s*$")


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


class SpecRow(NamedTuple):
    """What a table says of one model."""

    name: Line | None
    """The model as printed, without markup; None when the table is about one model only."""
    cell: Line | None
    """The cell that the name stands in, markup included."""
    facts: dict[str, Fact]
    size: Line | None = None
    """The size as printed, which tells rows of one name apart."""
    unread: tuple[tuple[Line, str], ...] = ()
    """Cells that could not be read, and why."""


class SpecTable(NamedTuple):
    """A table some of whose columns (or rows) are figures of models."""

    rows: tuple[SpecRow, ...]
    fields: frozenset[str]
    scored: bool
    """Whether it holds other numbers too: a benchmark table with a column of sizes."""
    weak: bool
    """Whether its heads alone do not tell that it is about models: "Size", "Sequence length"."""
    table: Table


def is_weak(head: str) -> bool:
    """Return whether a head names a figure of a model only in good company.

    >>> is_weak("Size"), is_weak("Hidden size")
    (True, False)
    """
    return fold(head) in _weak()


@lru_cache(maxsize=1)
def _weak() -> frozenset[str]:
    return frozenset(map(fold, phrases("weak_heads")))


def field_of(head: str) -> str | None:
    """Return the spec field that a head or label names.

    >>> field_of("# of params"), field_of("\\\\(n_{layers}\\\\)"), field_of("Params (B)")
    ('num_parameters', 'num_hidden_layers', 'num_parameters')
    """
    text = head.translate(_MATH).strip() if len(head) <= 80 else ""
    if not text or text[0].isdigit():
        return None
    if text[:1] == "(" and text[-1:] == ")":
        text = text[1:-1]
    if "(" in text or "（" in text or "[" in text:
        if _BYTES_NOTE.search(text):
            return None
    found = words.find("spec", _AMOUNT.sub("", text))
    if found is None and (note := _NOTE.search(text)) and not words.find("training", text):
        found = words.find("spec", note[0][1:-1])
    return found


_MATH = {ord(sign): None for sign in "\\${}#"}
_BYTES_NOTE = regex(r"[(（\[]\s*(?:in\s+)?(?:[KMGT]i?B|[GM])\s*[)）\]]", re.IGNORECASE)
_AMOUNT = regex(r"^\s*(?:of|num(?:ber)?(?: of)?|no\.?)\s+(?=\S)", re.IGNORECASE)


@lru_cache(maxsize=64)
def spec_table(table: Table) -> SpecTable | None:
    """Return a table as figures of models, or None when no head of it names a figure."""
    if not table.rows or len(table.rows) < 2:
        return None
    across, row = _across(table)
    down = [_field_of(row[0]) if row else None for row in table.rows]
    rows = {i: field for i, field in enumerate(down) if field}
    if len(rows) >= 2 and len(rows) >= len(across):
        return _by_rows(table, rows)
    if across:
        return _by_columns(table, across, row)
    return None


def _field_of(cell: Line | None) -> str | None:
    """Return the field that a cell names; mathematics is no markup."""
    if cell is None or not cell.text:
        return None
    text = cell.text.strip()
    shown = _plain(cell).text
    return field_of(shown) or (field_of(text) if "\\(" in text or "$" in text else None)


def _across(table: Table) -> tuple[dict[int, str], int]:
    """Return the columns whose head names a figure, and the row of those heads."""
    best: tuple[dict[int, str], int] = ({}, 0)
    for i in range(max(1, min(table.heads, 3))):
        cells = table.rows[i]
        found = {}
        for j, cell in enumerate(cells):
            field = _field_of(cell)
            if field and field not in found.values():
                found[j] = field
        if len(found) > len(best[0]):
            best = found, i
    return best


def _by_columns(table: Table, fields: dict[int, str], head: int) -> SpecTable:
    """Return a table with one model in each row."""
    body = table.rows[max(head + 1, table.heads) :]
    names = _name_column(body, fields)
    if names in fields:
        fields = {j: field for j, field in fields.items() if j != names}
    rows = []
    for cells in body:
        facts: dict[str, Fact] = {}
        unread: list[tuple[Line, str]] = []
        for j, field in fields.items():
            cell = cells[j]
            if cell is not None and cell.text.strip():
                _add(facts, unread, field, cell, table.rows[head][j])
        cell = cells[names] if names is not None else None
        if rows and names is not None and (cell is None or not cell.text.strip()):
            cell = rows[-1].cell  # a name that stands only in the first of its rows
        size = next((cells[j] for j, field in fields.items() if field == "num_parameters"), None)
        rows.append(
            SpecRow(_plain(cell) if cell else None, cell, facts, _first(size), tuple(unread))
        )
    rest = [j for j in range(len(table.rows[0])) if j not in fields and j != names]
    weak = len(fields) < 2 and all(is_weak(_plain(table.rows[head][j]).text) for j in fields)
    return SpecTable(tuple(rows), frozenset(fields.values()), _scored(body, rest), weak, table)


def _first(cell: Line | None) -> Line | None:
    """Return the first number of a cell as printed."""
    text = _plain(cell)
    number = next(numbers(text.text), None)
    return text[number.start : number.end] if number else None


def _name_column(body: tuple[tuple[Line | None, ...], ...], fields: dict[int, str]) -> int | None:
    """Return the column that names the models; under a head such as Size it may be a figure's."""
    for j in range(len(body[0]) if body else 0):
        cells = [_plain(row[j]).text for row in body if row[j] is not None]
        named = [text for text in cells if _LETTER.match(text.lstrip("(")) and len(text) <= 120]
        if named and (j not in fields or (len(named) == len(cells) and fields[j] != "dtype")):
            return j
    return None


def _by_rows(table: Table, fields: dict[int, str]) -> SpecTable:
    """Return a table with one model in each column but the first."""
    width = len(table.rows[0])
    rows = []
    for j in range(1, width):
        facts: dict[str, Fact] = {}
        unread: list[tuple[Line, str]] = []
        for i, field in fields.items():
            cell = table.rows[i][j]
            if cell is not None and cell.text.strip():
                _add(facts, unread, field, cell, table.rows[i][0])
        head = table.rows[0][j] if 0 not in fields else None
        named = head is not None and not is_generic(head.text)
        rows.append(
            SpecRow(_plain(head) if head and named else None, head, facts, unread=tuple(unread))
        )
    weak = all(is_weak(_plain(table.rows[i][0]).text) for i in fields)
    return SpecTable(tuple(rows), frozenset(fields.values()), False, weak, table)


def is_generic(head: str) -> bool:
    """Return whether a head only says that values stand below it.

    >>> is_generic("**Value**"), is_generic("Ant 1B")
    (True, False)
    """
    return fold(head) in _generic()


@lru_cache(maxsize=1)
def _generic() -> frozenset[str]:
    return frozenset(["", *map(fold, phrases("generic_heads"))])


def _add(
    facts: dict[str, Fact],
    unread: list[tuple[Line, str]],
    field: str,
    cell: Line,
    head: Line | None,
) -> None:
    """Read a cell into the facts of its model."""
    label = head.text if head is not None else ""
    try:
        found = read_value(field, _plain(cell), head=label, rule="spec table")
    except UnreadableValueError as error:
        if any(True for _ in numbers(cell.text)):
            unread.append((cell, error.problem))
        return
    for name, value in found.items():
        facts.setdefault(name, value)


def _scored(body: tuple[tuple[Line | None, ...], ...], columns: list[int]) -> bool:
    """Return whether a column holds decimals or shares: scores, most likely."""
    for j in columns:
        cells = [_plain(row[j]).text for row in body if row[j] is not None and row[j]]
        if cells and sum(bool(_DECIMAL.match(text)) for text in cells) * 2 >= len(cells):
            return True
    return False


def _plain(cell: Line | None) -> Line:
    return plain(cell) if cell is not None else Line("", ())


# ------------------------------------------------------------------------------ sentences


class Said(NamedTuple):
    """A figure in a sentence."""

    field: str
    fact: Fact
    start: int
    """Where its number stands in the sentence."""


class _Words(NamedTuple):
    """The words of one field in a sentence."""

    behind: re.Pattern[str] | None
    before: re.Pattern[str] | None
    needs: re.Pattern[str] | None
    not_before: re.Pattern[str] | None
    least: float


@lru_cache(maxsize=1)
def wanted() -> re.Pattern[str]:
    """Return the pattern of a text that may state a figure: a digit and one of the words."""
    spoken = [phrases("spec", field, how) for field in phrases("spec") for how in _HOW]
    every = {phrase.split()[-1] for row in spoken for phrase in row}
    return stems_of(every)


_HOW = ("behind", "before")


@lru_cache(maxsize=1)
def _spoken() -> dict[str, _Words]:
    """Return the patterns of each field."""
    of, between = any_of(phrases("of")), any_of(phrases("between"))
    fields = {}
    for field in phrases("spec"):
        words_of = {key: any_of(phrases("spec", field, key)) for key in phrases("spec", field)
                    if key not in ("needs", "least")}  # fmt: skip
        needs = ""
        if "needs" in phrases("spec", field):
            needs = any_of(phrases("spec", field, "needs"), stems=True)
        behind, before = words_of.get("behind"), words_of.get("before")
        fields[field] = _Words(
            _compiled(behind and rf"\+?[\s-]?(?:{between}[\s-]*){{0,3}}{behind}"),
            _compiled(before and rf"{before}(?:\s?[(（])?\s*(?:{of}\s*){{0,4}}$"),
            _compiled(needs),
            _compiled(words_of.get("not_before")),
            number("spec", field, "least"),
        )
    return fields


def _compiled(regex: str | None) -> re.Pattern[str] | None:
    return re.compile(regex, re.IGNORECASE) if regex else None


def said(sentence: Line) -> Iterator[Said]:
    """Yield the figures that a sentence states, of whatever model it speaks.

    >>> from cardkit.text import lines_of
    >>> line = lines_of("Ant is a 7B parameter model with a context length of 4k tokens.")[0]
    >>> [(each.field, each.fact.value) for each in said(line)]
    [('num_parameters', 7000000000), ('context_length', 4096)]
    """
    text = sentence.text
    for each in numbers(text):
        number = each
        before = text[max(0, number.start - 60) : number.start]
        after = text[number.end : number.end + 60]
        if number.range or number.unit == "%" or _LISTED.search(before) or _LISTS.match(after):
            continue
        field = _field(number, before, after, text)
        if field is None:
            continue
        value = in_1024s(number) if field == "context_length" else number.value
        least, most = LIMITS[field]
        if max(least, _spoken()[field].least) <= value <= most and value == round(value):
            place = sentence[number.start : number.end]
            yield Said(field, fact(round(value), place, "sentence"), number.start)


_LISTED = regex(r"\d\s?(?:[KMBTkmbt亿万])?\s?层?(?:,|and|or|、|和|及|与|或者?)\s?$")
_LISTS = regex(
    r"\s?层?(?:,|and|or|、|和|及|与|或者?)\s?(?:and\s)?\d[\d.]*\s?[KMBT亿万](?![A-Za-z])"
)
"""Several figures in a row: "7B, 13B and 70B parameters" are none of one model."""

_ORDER = ("num_active_parameters", "context_length", "num_parameters", "training_tokens",
          "vocab_size", "num_hidden_layers", "hidden_size", "intermediate_size",
          "num_attention_heads")  # fmt: skip
"""The more exact words first: "active parameters" before "parameters"."""


def _field(number: Number, before: str, after: str, text: str) -> str | None:
    """Return the field that the words around a number name."""
    for field in _ORDER:
        spoken = _spoken()[field]
        behind = spoken.behind.match(after) if spoken.behind else None
        ahead = spoken.before.search(before) if spoken.before and not behind else None
        if behind:
            phrase, near = behind[0] + after[behind.end() :][:24], before[-16:]
        elif ahead:
            phrase, near = before[max(0, ahead.start() - 30) :], before[: ahead.start()][-30:]
        else:
            continue
        if spoken.needs and not spoken.needs.search(text):
            return None
        if spoken.not_before and spoken.not_before.search(near):
            return None
        if "parameters" in field:
            small = not number.scale and number.value < 1e6
            return None if small or _OTHER_PARAMETERS.search(phrase) else field
        return field
    return None


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
