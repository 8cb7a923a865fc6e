"""Tables whose cells touch: `7B2.5T324096322048`.

Seen on: a Chinese code host's model pages, blogs that copy cards. A row is cut only where its
column's kind, the other rows and the arithmetic of models leave one reading; PARSING by
certificate, never by likelihood.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from statistics import median
from typing import NamedTuple

from cardkit.page import training_log
from cardkit.page.cells import Grid, cut_line, padded, shot_row
from cardkit.page.heads import MODEL, UNKNOWN, Cover, covers, doubtful_names
from cardkit.patterns import regex
from cardkit.text import Line
from cardkit.values.model_names import sizes_in

MAX_ROWS = 400
MAX_ROW = 600
"""Characters: what is longer is prose."""
MAX_READINGS = 200
"""A row with more readings is not settled by any rule."""
SAMPLE = 8
"""Rows of which one must bear a head out before all are read."""
MIN_CUTS = 4
_SCORES = ("score", "benchmark", MODEL, UNKNOWN)
SAME_CLASS = 1.5
"""Sizes of one class are within this factor: 7B, 6.9B and 8B are."""
WINDOW = 8.0
"""A score is within this factor of its column's median: a lost digit makes it ten."""

_SCALED = r"\d{1,4}(?:\.\d{1,3})?\s?(?:%s)"
_NOTHING = r"[?？]|[-–—]{1,3}|N/A|n/a"
_MARK = "✅|❌|✔️|✔|✓|✗|✘|×|√|☑️|☑|⭕|○|是|否|Yes|No|yes|no"
_SIZE = regex(rf"{_SCALED % '[BMKbmk]|亿|億|百万|十亿'}|{_NOTHING}|未知|unknown")
_TOKENS = regex(rf"{_SCALED % '[TBMtb]|万亿|兆|亿|億'}(?: tokens?)?|{_NOTHING}|未知|unknown")
_MARKED = regex(rf"{_MARK}|{_NOTHING}")
_COUNT = regex(r"[1-9]\d{0,6}|[1-9]\d{0,2}(?:,\d{3}){1,2}")
_CONTEXT = regex(r"[1-9]\d{2,7}|[1-9]\d{0,3}[kKM]|[1-9]\d{0,2}(?:,\d{3}){1,2}")
_EMPTY = regex(rf"(?:{_NOTHING}|OOM|nan)\Z")
_SIGNS = r"%?[*†‡]{0,2}"
_LAST_DECIMALS = regex(rf"\.(\d{{1,8}}){_SIGNS}\Z")
_VERSION = regex(r"[-.vV]\d{1,2}$")
_SIZE_AT_END = regex(r"[\sA-Za-z]\d{2,}(?:\.\d+)?[BM]$")
_APART = regex(r"\s[\d.]+%?[*†‡]{0,2}$")
_ANY_DECIMAL = regex(r"\d\.\d")
_NO_LABEL_END = regex(r"[-_./(（+~,:：，\s]\Z|(?:^|[\s_-])[vV]\Z|\.\d*\Z(?<=\.)")

Reading = tuple[int, ...]
"""Where the cells of a row begin."""


class _Rows(NamedTuple):
    """The rows of a table under one head: how each can be cut, and how it is."""

    cuts: dict[int, Reading]
    left: tuple[int, ...]
    groups: tuple[int, ...]


def read(lines: Sequence[Line], above: str = "") -> Grid | None:
    r"""Return a table whose cells touch; None when these lines are none that can be cut.

    `above` is what the heading and the sentence above the table say: a size that they name is a
    second witness for the sizes in it.

    >>> from cardkit.text import lines_of
    >>> grid = read(lines_of("任务得分\nMMLU0.5766\nPIQA0.8128\nCOPA0.8500\nBoolQ0.8343"))
    >>> [tuple(cell.text for cell in row) for row in grid.rows][:2]
    [('任务', '得分'), ('MMLU', '0.5766')]
    """
    if len(lines) < 2 or len(lines) > MAX_ROWS or any(len(line) > MAX_ROW for line in lines):
        return None
    head, *body = lines
    shots = shot_row(body[0]) if len(body) > 1 else ()
    rows = [line.text for line in (body[1:] if shots else body)]
    if _ANY_DECIMAL.search(head.text) or _stand_apart(rows):
        return None
    said = sizes_in(above)
    fits: list[tuple[Cover, bool, _Rows]] = []
    for cover in _likely(covers(head.text, apart=False)):
        for nameless in (False, True):
            kinds = ("label", *cover.kinds) if nameless else cover.kinds
            if nameless and (len(cover.kinds) < 2 or set(cover.kinds) - {"benchmark"}):
                continue
            if shots and len(shots) not in (len(kinds), len(kinds) - 1):
                continue
            if (cut := _cut_rows(rows, kinds, said)) and not (
                nameless and _end_in_sizes(rows, cut)
            ):
                fits.append((cover, nameless, cut))
                if len(fits) > 1 and cover.unknown:
                    return None
    best = _only(fits)
    if best is None:
        return None
    return _grid(head, shots, body[bool(shots) :], *best)


def _end_in_sizes(rows: Sequence[str], cut: _Rows) -> bool:
    """Return whether most names end in a size: a column of sizes may have lost its head."""
    sizes = sum(bool(_SIZE_AT_END.search(rows[i][: starts[1]])) for i, starts in cut.cuts.items())
    return 2 * sizes > len(cut.cuts)


def _likely(found: dict[int, tuple[Cover, ...]]) -> list[Cover]:
    """Return the covers of a head that can be its cells: known to the last word, if any is."""
    every = list(chain.from_iterable(found.values()))
    known = [cover for cover in every if not cover.unknown]
    return known or every


def _stand_apart(rows: Sequence[str]) -> bool:
    """Return whether the last cells of rows stand behind a blank: such cells do not touch."""
    numbers = [row for row in rows if _LAST_DECIMALS.search(row)]
    return 4 * sum(bool(_APART.search(row)) for row in numbers) > len(numbers)


def _only(fits: list[tuple[Cover, bool, _Rows]]) -> tuple[Cover, bool, _Rows] | None:
    """Return the one fit, or the one whose head is known to its last word."""
    if len(fits) > 1:
        fits = [fit for fit in fits if not fit[0].unknown]
    return fits[0] if len(fits) == 1 else None


def _grid(
    head: Line,
    shots: tuple[Line, ...],
    body: Sequence[Line],
    cover: Cover,
    nameless: bool,
    cut: _Rows,
) -> Grid:
    """Return the rows of a table as cells."""
    width = len(cover.cuts) + nameless
    rows = [padded(cut_line(head, cover.cuts), width, left=True)]
    if shots:
        rows.append(padded(shots, width, left=True))
    heads = len(rows)
    for i, line in enumerate(body):
        if i in cut.cuts:
            starts = cut.cuts[i]
            ends = (*starts[1:], len(line))
            rows.append(cut_line(line, list(zip(starts, ends, strict=True))))
        elif i in cut.groups:
            rows.append(padded((line.strip(),), width, left=False))
    return Grid(tuple(rows), heads, tuple(body[i] for i in cut.left))


def _cut_rows(rows: Sequence[str], kinds: tuple[str, ...], said: Collection[int]) -> _Rows | None:
    """Return the rows cut under a head; None when too few of them bear it out."""
    if "epoch" in kinds or "step" in kinds:
        return _cut_log(rows, kinds)
    scores = [i for i, kind in enumerate(kinds) if kind in _SCORES and i]
    names = [i for i, kind in enumerate(kinds) if kind in ("label", "text")]
    if len(names) > 1 or (names and names[0]) or len(kinds) < 2:
        return None
    if kinds[0] == UNKNOWN:
        names = [0]
    if not names and not scores and UNKNOWN in kinds:
        return None
    for score in _score_shapes(rows) if scores else [_COUNT]:
        shapes = [_SHAPES.get(kind, score) for kind in kinds]
        if not any(_readings(row, shapes, bool(names)) for row in rows[:SAMPLE]):
            continue
        if cut := _read_rows(rows, kinds, shapes, bool(names), scores, said):
            return cut
    return None


def _cut_log(rows: Sequence[str], kinds: tuple[str, ...]) -> _Rows | None:
    """Return the rows of a training log: losses and metrics around an epoch and a step."""
    at = kinds.index("epoch") if "epoch" in kinds else -1
    rest = set(kinds[:at]) | set(kinds[at + 2 :])
    if kinds[at : at + 2] != ("epoch", "step") or not rest <= {"score", "benchmark"}:
        return None
    cuts = training_log.cut_rows(rows, at, len(kinds) - at - 2)
    if cuts is None:
        return None
    return _Rows(dict(cuts), tuple(i for i in range(len(rows)) if i not in cuts), ())


def _score_shapes(rows: Sequence[str]) -> Iterator[re.Pattern[str]]:
    """Yield what a score looks like: all with the same decimals, or all below 1."""
    decimals = Counter(len(m[1]) for row in rows if (m := _LAST_DECIMALS.search(row)))
    if not decimals:
        return
    if len(decimals) == 1:
        most = next(iter(decimals))
        yield re.compile(rf"(?:0|[1-9]\d?|100(?=\.0))\.\d{{{most}}}{_SIGNS}|{_NOTHING}")
    yield re.compile(rf"0\.\d{{2,17}}{_SIGNS}|{_NOTHING}")


_SHAPES: dict[str, re.Pattern[str]] = {
    "label": re.compile(r"(?s).+"),
    "text": re.compile(r"(?s).+"),
    "size": _SIZE,
    "tokens": _TOKENS,
    "mark": _MARKED,
    "layers": _COUNT,
    "hidden": _COUNT,
    "heads": _COUNT,
    "kv_heads": _COUNT,
    "ffn": _COUNT,
    "vocab": _COUNT,
    "context": _CONTEXT,
    "count": _COUNT,
    "step": _COUNT,
}


def _read_rows(
    rows: Sequence[str],
    kinds: tuple[str, ...],
    shapes: Sequence[re.Pattern[str]],
    named: bool,
    scores: Sequence[int],
    said: Collection[int],
) -> _Rows | None:
    """Return the rows, each cut in the one way that stands; None without a certificate."""
    readings: dict[int, list[Reading]] = {}
    groups: list[int] = []
    left: list[int] = []
    for i, row in enumerate(rows):
        found = [cut for cut in _readings(row, shapes, named) if _is_a_model(row, cut, kinds)]
        if found:
            readings[i] = found
        elif not row[-1:].isdigit() and not _ANY_DECIMAL.search(row) and len(row) < 60:
            groups.append(i)
        else:
            left.append(i)
    if scores and any(_ANY_DECIMAL.search(rows[i]) for i in left):
        return None
    if named and _goes_on(rows, readings, shapes[1]):
        return None
    if len(readings) * (len(kinds) - 1) < (MIN_CUTS if scores else 2) or len(left) > len(readings):
        return None
    readings = _as_said(rows, readings, kinds, said)
    cuts = {
        i: cut for i, found in readings.items() if (cut := _settle(rows[i], found, 1 in scores))
    }
    middles = _middles(rows, cuts, scores)
    for i, found in readings.items():
        if i not in cuts and (cut := _nearest(rows[i], found, middles)):
            cuts[i] = cut
    if named:
        names = {i: rows[i][: cut[1]] for i, cut in cuts.items()}
        for i in doubtful_names(names, apart=False):
            del cuts[i]
    left += [i for i in readings if i not in cuts]
    if not cuts or 2 * len(cuts) < len(readings):
        return None
    if len(scores) > 1 and not all(_is_near(rows[i], cut, middles) for i, cut in cuts.items()):
        return None
    return _Rows(cuts, tuple(sorted(left)), tuple(groups))


def _goes_on(
    rows: Sequence[str], readings: dict[int, list[Reading]], shape: re.Pattern[str]
) -> bool:
    """Return whether most names end in one more score: the head has too few cells."""
    longer = 0
    for i, found in readings.items():
        name = rows[i][: found[0][1]]
        longer += any(
            shape.fullmatch(name, start) is not None and name[start:].count(".") == 1
            for start in range(max(0, len(name) - 8), len(name))
        )
    return 2 * longer > len(readings)


def _readings(row: str, shapes: Sequence[re.Pattern[str]], named: bool) -> list[Reading]:
    """Return every way to cut a row into cells of these shapes, from its end."""
    found: list[Reading] = []
    open_ends: list[tuple[int, Reading]] = [(len(row), ())]
    for column in range(len(shapes) - 1, -1, -1):
        if column == 0 and named:
            break
        reached = []
        for end, cuts in open_ends:
            for start in range(max(0, end - 20), end):
                if row[start] == " " or (start and row[start - 1] == " "):
                    continue
                if shapes[column].fullmatch(row, start, end):
                    reached.append((start, (start, *cuts)))
        if not reached or len(reached) > MAX_READINGS:
            return []
        open_ends = reached
    for end, cuts in open_ends:
        if named and end and _is_a_name(row[:end]):
            found.append((0, *cuts))
        elif not named and end == 0:
            found.append(cuts)
    return found


def _is_a_name(text: str) -> bool:
    """Return whether a text can stand as a cell: whole, and no number cut short."""
    return not (
        _NO_LABEL_END.search(text)
        or not any(sign.isalpha() for sign in text)
        or text.count("(") != text.count(")")
        or text.count("（") != text.count("）")
    )


def _is_a_model(row: str, cut: Reading, kinds: tuple[str, ...]) -> bool:
    """Return whether the numbers of a spec row can be those of one model."""
    ends = (*cut[1:], len(row))
    spec = {
        kind: _whole(row[start:end])
        for kind, start, end in zip(kinds, cut, ends, strict=True)
        if kind in ("layers", "hidden", "heads", "kv_heads", "ffn", "vocab", "context")
    }
    layers, hidden, heads = spec.get("layers"), spec.get("hidden"), spec.get("heads")
    kv_heads, context = spec.get("kv_heads"), spec.get("context")
    if layers and layers > 200:
        return False
    if context and context < 128:
        return False
    if hidden and hidden % 64:
        return False
    if heads and heads > 256:
        return False
    if hidden and heads and (hidden % heads or not 32 <= hidden // heads <= 256):
        return False
    if heads and kv_heads and heads % kv_heads:
        return False
    return all(value is None or value > 0 for value in spec.values())


def _whole(text: str) -> int | None:
    digits = text.replace(",", "")
    if digits[-1:] in ("k", "K", "M"):
        digits = digits[:-1] + ("000" if digits[-1] != "M" else "000000")
    return int(digits) if digits.isdigit() else None


def _middles(
    rows: Sequence[str], cuts: dict[int, Reading], scores: Sequence[int]
) -> dict[int, float]:
    """Return the median of each column of scores."""
    middles = {}
    for column in scores:
        values = [v for i, cut in cuts.items() if (v := _value(rows[i], cut, column)) is not None]
        if values:
            middles[column] = median(values)
    return middles


def _is_near(row: str, cut: Reading, middles: dict[int, float]) -> bool:
    """Return whether every score of a row is near its column's median."""
    return all(
        middle / WINDOW <= value <= middle * WINDOW
        for column, middle in middles.items()
        if (value := _value(row, cut, column)) is not None
    )


def _nearest(row: str, found: list[Reading], middles: dict[int, float]) -> Reading | None:
    """Return the one reading of a row whose scores are near those of the settled rows."""
    near = [cut for cut in found if _is_near(row, cut, middles)]
    if len(near) != 1 or not middles:
        return None
    [cut] = near
    return None if _splits_number(row, cut) and not _VERSION.search(row[: cut[1]]) else cut


def _value(row: str, cut: Reading, column: int) -> float | None:
    try:
        return float(_cell(row, cut, column).rstrip("%*†‡"))
    except ValueError:
        return None


def _as_said(
    rows: Sequence[str],
    readings: dict[int, list[Reading]],
    kinds: tuple[str, ...],
    said: Collection[int],
) -> dict[int, list[Reading]]:
    """Keep, of several readings, those whose size is of the class that the words above name.

    `Bee27B` is Bee 2 with 7B or Bee with 27B: only a second witness tells.
    """
    if "size" not in kinds[1:] or not said:
        return readings
    column = kinds.index("size", 1)

    def fits(row: str, cut: Reading) -> bool:
        sizes = sizes_in(_cell(row, cut, column))
        return any(size / SAME_CLASS <= s <= size * SAME_CLASS for s in sizes for size in said)

    return {
        i: [cut for cut in found if len(found) == 1 or fits(rows[i], cut)] or found
        for i, found in readings.items()
    }


def _cell(row: str, cut: Reading, column: int) -> str:
    return row[cut[column] : cut[column + 1] if column + 1 < len(cut) else len(row)]


def _settle(row: str, found: list[Reading], score_first: bool) -> Reading | None:
    """Return the one reading of a row; of a number behind a name, all digits belong to it."""
    whole = min(found, key=lambda cut: cut[1]) if len(found[0]) > 1 else found[0]
    if not score_first:
        return found[0] if len(found) == 1 else None
    if len({cut[2:] for cut in found}) > 1 or _splits_number(row, whole):
        return None
    return whole


def _splits_number(row: str, cut: Reading) -> bool:
    """Return whether a cut behind the name parts digits that may be one number."""
    at = cut[1] if len(cut) > 1 else 0
    return bool(at and row[at - 1].isdigit() and row[at].isdigit())
