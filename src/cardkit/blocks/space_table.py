"""Tables whose cells stand one blank apart: `Ant 2 chat 1B 40.1 12.0`.

Seen on: model pages of the hub, articles on other sites. A blank is a border or part of a name:
rows are cut where head and rows agree on the number of cells, else from the right, where the
numbers are. A row that is short has lost an empty cell and is left out, never shifted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from cardkit.page.cells import Grid, cut_line, padded, shot_row
from cardkit.page.heads import KINDS, MODEL, UNKNOWN, Cover, covers, doubtful_names, kind_of
from cardkit.patterns import regex
from cardkit.text import Line

MAX_ROWS = 600
MAX_ROW = 1000
"""Characters: what is longer is prose."""
MAX_GROUP_WORDS = 6
ENOUGH = 0.7
"""Share of the rows with numbers that must fit; otherwise the head was cut wrongly."""

_UNIT = r"(?:[GMKT]i?B|[BMKT]|ms|s|h|x|×|hours?|days?|GPU|[TtBbMm]r?illion|%|亿|万亿|万)"
_VALUE = regex(
    rf"[~≈<>≤≥+−-]?\$?(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?{_UNIT}?(?:[*†‡§]|\[\d\])*"
    r"|[-–—]{1,5}|N/A|n/a|NA|nan|NaN|OOM|[?？]"
    r"|No log|\d{1,2}[- ]?shots?"
    r"|✅|❌|✔️?|✓|✗|✘|×|√|☑️?"
)
_DECIMAL = regex(r"[~≈<>+−-]?\d[\d,]*\.\d+%?\W*")
_CONFIG = regex(r"^[\w.-]+\s?[:=]|[│├└─]{2}|[:=]\s\S+$")
_TOUCHING = regex(r"(?<![\d.vV-])\d+\.\d+\.\d")
_DIGITS = regex(r"\d[\d,]+%?|\d+%")
MODEL_SIZE = regex(r"\d[BbMm]\b")
_OF_A_NAME = regex(r"\d|\d+(?:\.\d+)?[BbMm]\*?")
_INTEGER = regex(r"\d+")
_WHOLE_UNIT = regex(_UNIT)
_WORD = regex(r"\S+")
_NAME_KINDS = ("label", "text", "size", "tokens", "mark", UNKNOWN)
_WHOLE_KINDS = ("count", "layers", "heads", "kv_heads", "hidden", "vocab", "context", "step")
_TEXT_KINDS = frozenset({"label", "text", "tokens", UNKNOWN, "mark", "count"})

Places = list[tuple[int, int]]


class _Fit(NamedTuple):
    """A head, and the rows that are cut under it."""

    cuts: tuple[tuple[int, int], ...]
    known: bool
    nameless: bool
    rows: dict[int, Places]
    groups: tuple[int, ...]


def read(lines: Sequence[Line]) -> Grid | None:
    r"""Return a table whose cells stand one blank apart; None when these lines are none.

    >>> from cardkit.text import lines_of
    >>> lines = "Model Size MMLU GSM8K\nAnt 2 chat 1B 40.1 12.0\nAnt 2 base 1B 38.4 9.7"
    >>> [tuple(cell.text for cell in row) for row in read(lines_of(lines)).rows][1]
    ('Ant 2 chat', '1B', '40.1', '12.0')
    """
    if len(lines) < 2 or len(lines) > MAX_ROWS or any(len(line) > MAX_ROW for line in lines):
        return None
    head, *body = lines
    shots = shot_row(body[0]) if len(body) > 1 else ()
    body = body[1:] if shots else body
    rows = [_places(line.text, units=True) for line in body]
    if _is_no_head(head.text) or _is_no_table([line.text for line in body]):
        return None
    if _is_spread(body, rows):
        return None
    fit = _even(head.text, body, rows) or _tailed(head.text, body, rows, len(shots))
    if fit is None:
        return None
    width = len(fit.cuts) + fit.nameless
    cells = [padded(cut_line(head, fit.cuts), width, left=True)]
    if shots:
        if len(shots) > width:
            return None
        cells.append(padded(shots, width, left=True))
    heads, left = len(cells), []
    for i, line in enumerate(body):
        if i in fit.rows:
            cells.append(cut_line(line, fit.rows[i]))
        elif i in fit.groups:
            cells.append(padded((line.strip(),), width, left=False))
        else:
            left.append(line)
    return Grid(tuple(cells), heads, tuple(left))


def _is_no_head(text: str) -> bool:
    """Return whether a line is a row, or a line of a config or a tree of files."""
    words = text.split()
    values = sum(bool(_VALUE.fullmatch(w) and not _OF_A_NAME.fullmatch(w)) for w in words[1:])
    if any(_DECIMAL.fullmatch(word) for word in words) or 2 * values > len(words):
        return True
    if len(words) > 1 and _DIGITS.fullmatch(words[-1]):
        return True
    return text.endswith((":", "：", "{", "[", ",")) or text.startswith(("#", "-", "{", "[", "<"))


def _is_no_table(rows: Sequence[str]) -> bool:
    """Return whether lines are a config or a tree of files, or their cells touch."""
    config = sum(bool(_CONFIG.search(row)) for row in rows)
    touch = sum(bool(_TOUCHING.search(row)) for row in rows)
    return 2 * config > len(rows) or 5 * touch > len(rows)


def _is_spread(body: Sequence[Line], rows: Sequence[Places]) -> bool:
    """Return whether the head goes on below: two lines that end in no value, before the rows."""
    pairs = list(zip(body[:2], rows[:2], strict=True))
    return len(rows) > 1 and not any(_values_at_end(line.text, row) for line, row in pairs)


def _places(text: str, *, units: bool) -> Places:
    """Return where the words of a line stand; a note belongs to its word, a unit to its number."""
    found: Places = []
    for word in _WORD.finditer(text):
        start, end = word.span()
        if found:
            if units and word[0] == "log" and text[found[-1][0] : found[-1][1]] == "No":
                found[-1] = (found[-1][0], end)
                continue
            before = text[found[-1][0] : found[-1][1]]
            note = word[0][0] in "(（" or before.count("(") > before.count(")")
            spread = units and (word[0] in ("±", "+/-") or before.endswith(("±", "+/-")))
            unit = units and _WHOLE_UNIT.fullmatch(word[0]) and before[-1].isdigit()
            if note or spread or (unit and _VALUE.fullmatch(before)):
                found[-1] = (found[-1][0], end)
                continue
        found.append((start, end))
    return found


def _is_value(text: str) -> bool:
    """Return whether a cell holds a number, a mark or nothing; notes behind it may go."""
    bare = re.sub(r"\s?[(（][^()（）]*[)）]$", "", text)
    if "±" in bare or "+/-" in bare:
        bare = re.split(r"±|\+/-", bare)[0]
    if bare == "No log":
        return True
    words = bare.split()
    return bool(words) and all(
        _VALUE.fullmatch(word) or _WHOLE_UNIT.fullmatch(word) for word in words
    )


def _values_at_end(text: str, places: Places) -> int:
    """Return how many words at a row's end are values."""
    count = 0
    for start, end in reversed(places):
        if not _is_value(text[start:end]):
            break
        count += 1
    return count


def _even(head: str, body: Sequence[Line], rows: Sequence[Places]) -> _Fit | None:
    """Return the table when head and rows have equally many words: each word is a cell."""
    words = _places(head, units=False)
    width = len(words)
    even = [i for i, row in enumerate(rows) if len(row) == width]
    groups = _groups(body, rows)
    rest = [i for i in range(len(rows)) if i not in even and i not in groups]
    if width < 2 or not even or len(even) < ENOUGH * (len(even) + len(rest)):
        return None
    if any(_INTEGER.fullmatch(head[start:end]) for start, end in words[1:]) and len(even) < 3:
        return None
    columns = [
        [_is_value(body[i].text[slice(*rows[i][column])]) for i in even] for column in range(width)
    ]
    if not any(all(column) for column in columns):
        return None
    if any(any(column) and not all(column) for column in columns[1:]):
        return None
    over = [head[start:end] for start, end in words]
    if all(_is_value(over[c]) for c, column in enumerate(columns) if all(column)):
        return None
    if any(over[c] == body[i].text[slice(*rows[i][c])] for i in even for c in range(width)):
        return None
    kinds = [kind_of(head[start:end]) for start, end in words]
    if width == 2 and set(kinds) == {UNKNOWN}:
        return None
    if kinds[0] == UNKNOWN and _counts_up([body[i].text.split()[0] for i in even]):
        return None
    if any(
        not all(column) and kind not in _TEXT_KINDS
        for column, kind in zip(columns, kinds, strict=True)
    ):
        return None
    narrower = covers(head, apart=True)
    if any(
        cover.unknown == 0 for count in range(2, width) for cover in narrower.get(count, ())
    ) and (len(even) < 3 or UNKNOWN in kinds):
        return None
    if len(even) == 1 and not all(map(all, columns)) and UNKNOWN in kinds:
        return None
    return _Fit(tuple(words), True, False, {i: rows[i] for i in even}, groups)


def _tailed(head: str, body: Sequence[Line], rows: Sequence[Places], shots: int) -> _Fit | None:
    """Return the table whose rows end in equally many values, behind a name."""
    tails = [_values_at_end(line.text, row) for line, row in zip(body, rows, strict=True)]
    groups = _groups(body, rows)
    words = len(_places(head, units=False))
    fits: list[_Fit] = []
    for cover in chain.from_iterable(covers(head, apart=True).values()):
        width = len(cover.cuts)
        for named, values in ((True, width - 1), (True, width), (False, width)):
            nameless = named and values == width
            if values < 1 + (not named) or (shots and shots not in (values, width)):
                continue
            if nameless and not _needs_no_name(head, cover):
                continue
            if named and not nameless and cover.kinds[0] not in _NAME_KINDS:
                continue
            if named and not nameless and cover.kinds[0] == UNKNOWN and width != words:
                continue
            if width != words and any(kind in ("label", "text") for kind in cover.kinds[named:]):
                continue
            if cut := _cut_tails(
                body, rows, tails, values, cover, named=named, single=width == words
            ):
                kept = tuple(i for i in groups if i not in cut)
                fits.append(_Fit(cover.cuts, cover.unknown == 0, nameless, cut, kept))
    if len(fits) > 1:
        known = [fit for fit in fits if fit.known]
        fits = known or [fit for fit in fits if len(fit.cuts) == words]
    return fits[0] if len(fits) == 1 else None


def _needs_no_name(head: str, cover: Cover) -> bool:
    """Return whether a head can lack its first cell: all of its cells stand over numbers."""
    if len(cover.cuts) < 2 or cover.kinds[0] in ("label", "text", "score", "size", "tokens"):
        return False
    if set(cover.kinds) <= {"benchmark"} or set(cover.kinds) <= {MODEL}:
        return True
    if all(MODEL_SIZE.search(head[start:end]) for start, end in cover.cuts):
        return True
    return len(cover.cuts) >= 4 and all(" " not in head[start:end] for start, end in cover.cuts)


def _cut_tails(
    body: Sequence[Line],
    rows: Sequence[Places],
    tails: Sequence[int],
    values: int,
    cover: Cover,
    *,
    named: bool,
    single: bool,
) -> dict[int, Places] | None:
    """Return the rows that end in so many values; None when too few do."""
    told = [i for i, tail in enumerate(tails) if tail]
    fitting = [i for i in told if tails[i] >= values and len(rows[i]) >= values + named]
    if not named:
        fitting = [i for i in fitting if len(rows[i]) == values]
    if not fitting or len(fitting) < ENOUGH * len(told) or (len(fitting) < 2 and cover.unknown):
        return None
    for column, kind in enumerate(cover.kinds[len(cover.kinds) - values :], -values):
        shapes = [_shape(body[i].text[slice(*rows[i][column])]) for i in fitting]
        if kind in _WHOLE_KINDS and 2 * shapes.count("decimal") > len(shapes):
            return None
    if not named:
        if cover.kinds[0] == UNKNOWN and _counts_up([body[i].text.split()[0] for i in fitting]):
            return None
        return {i: rows[i] for i in fitting}
    firsts = {i: _shape(body[i].text[slice(*rows[i][-values])]) for i in fitting}
    if values == 1 and (
        10 * len([i for i in fitting if tails[i] == 1]) < 9 * len(fitting)
        or 5 * len(fitting) < 3 * len(rows)
        or cover.unknown == len(cover.cuts)
        or (cover.kinds[-1] == UNKNOWN and _is_key_value(body, rows))
    ):
        return None
    usual, often = Counter(firsts.values()).most_common(1)[0]
    exact = [i for i in fitting if tails[i] == values]
    if len(exact) < ENOUGH * len(fitting) and (
        cover.kinds[0] != "label"
        or not single
        or often < ENOUGH * len(fitting)
        or usual != "decimal"
    ):
        return None
    cut: dict[int, Places] = {}
    names: dict[int, str] = {}
    for i in fitting:
        row = rows[i]
        extra = [
            _shape(body[i].text[slice(*place)]) for place in row[len(row) - tails[i] : -values]
        ]
        name = body[i].text[row[0][0] : row[-values - 1][1]]
        if extra and (usual in extra[-1:] or (extra[-1] == "decimal" and usual != "decimal")):
            continue
        if usual == "decimal" and firsts[i] == "integer" and often * 3 >= 2 * len(firsts):
            continue  # the number may belong to the name, and a cell be lost
        if firsts[i] == "size" != usual and often * 3 >= 2 * len(firsts):
            continue
        if name[-1] in ",:：=×+/([-–—<>≈~":
            continue  # the cell before goes on
        cut[i] = [(row[0][0], row[-values - 1][1]), *row[-values:]]
        names[i] = name
    for i in doubtful_names(names, apart=True):
        del cut[i]
    return cut or None


def _counts_up(firsts: Sequence[str]) -> bool:
    """Return whether a column numbers the rows: its head is an empty cell."""
    return firsts[:1] in (["0"], ["1"]) and all(
        first == str(int(firsts[0]) + i) for i, first in enumerate(firsts)
    )


def _is_key_value(body: Sequence[Line], rows: Sequence[Places]) -> bool:
    """Return whether the first words of rows name values of a spec: there is no head."""
    keys = [line.text[: row[-1][0]] for line, row in zip(body, rows, strict=True) if row]
    return sum(kind_of(key.strip()) in KINDS["spec"].values() for key in keys) > 1


def _shape(text: str) -> str:
    """Return what kind of value a cell holds."""
    bare = text.rstrip("*†‡§")
    if _DECIMAL.match(bare):
        return "decimal"
    if re.fullmatch(r"\d{1,2}", bare):
        return "integer"
    return "size" if MODEL_SIZE.search(bare) else "other"


def _groups(body: Sequence[Line], rows: Sequence[Places]) -> tuple[int, ...]:
    """Return the rows that are one cell: a few words without a value, above rows with values."""
    bare = [
        not any(_is_value(line.text[start:end]) for start, end in row)
        for line, row in zip(body, rows, strict=True)
    ]
    return tuple(
        i
        for i in range(len(rows) - 1)
        if bare[i]
        and not bare[i + 1]
        and not (i and bare[i - 1])
        and len(rows[i]) <= MAX_GROUP_WORDS
        and len(set(body[i].text.split())) == len(body[i].text.split())
    )
