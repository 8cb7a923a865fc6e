"""Where a table of scores holds its models and where its benchmarks.

Orientation is told by what the first columns and the heads look like; a table that names no
model on either axis is about the card's own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from cardkit.grids.sheets import Sheet
from cardkit.patterns import regex
from cardkit.values import scores
from cardkit.values.shots import is_shots
from cardkit.vocabulary import benchmarks, fold, mentions, metrics, models, runs, words

IsOwn = Callable[[str], "bool | None"]
SKIPPED = frozenset(
    {
        "size_head",
        "data_head",
        "difference_head",
        "footprint_head",
        "shots_head",
        "version_head",
        "filter_head",
        "split_head",
        "std_head",
        "step_head",
        "dial_head",
    }
)
SKIPPED_UNLESS_DECIMAL = frozenset(
    {"setting_head", "category_head", "model_head", "benchmark_head", "metric_head"}
)
SKIPPED_ROWS = SKIPPED - {"shots_head", "filter_head"}
MODEL_ENDS = (" model", " models")
LONGEST_HEAD = 40
TASKS = ("benchmark_head", "metric_head")
UNSAID = ("setting_head", "version_head", "data_head")
"""Heads of names that may each be another model: releases, configurations."""
SETTINGS = (*UNSAID, "category_head", "split_head")
MEASURES = ("score_head", "average", "speed_head")
SIZE = regex(
    r"[~≈]?\d+(?:\.\d+)?(?:x\d+(?:\.\d+)?)?\s?[BMK]\+?|\d+(?:\.\d+)?\s?[亿万]|[-?–—]", re.IGNORECASE
)


ID = regex(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


class Axes(NamedTuple):
    """How a table of scores is laid out."""

    models: str
    """`rows`, `columns`, `column` (a column of models beside one of benchmarks) or `none`."""
    name: int | None
    """The column whose words name a row."""
    values: tuple[int, ...]
    """The columns that hold scores."""
    roles: dict[str, int]
    """Other columns by what they hold: `category_head`, `shots_head`, `metric_head`, …"""
    skipped_rows: frozenset[int]
    """Rows that hold no scores: sizes, settings, differences."""


def axes_of(sheet: Sheet, is_own: IsOwn, *, evaluation: bool) -> Axes | None:
    """Return how a table is laid out; None when it cannot be told that it holds scores.

    evaluation says whether the words around the table speak of an evaluation.
    """
    heads = [sheet.head(c) for c in range(sheet.width)]
    lowest = [head[-1] if head else "" for head in heads]
    roles = [_role(text) or _role_by_content(sheet, c, text) for c, text in enumerate(lowest)]
    roles = [_stronger_role(sheet, c, roles, lowest) for c in range(sheet.width)]
    values = tuple(
        c
        for c in range(sheet.width)
        if sheet.numeric(c) >= 0.5 and not _is_skipped(sheet, c, roles[c], heads[c])
    )
    if not values:
        return None
    labels = [c for c in range(values[0]) if c not in values and any(sheet.column(c))]
    labels = [c for c in labels if roles[c] not in SKIPPED or sheet.numeric(c) < 0.5]
    labels = [c for c in labels if not is_index(sheet, c, lowest[c])] or labels[:1]
    others = {role: c for c, role in reversed(list(enumerate(roles))) if role and c not in values}
    named = [c for c in labels if _holds_models(sheet, c, roles[c], is_own)]
    tasks = [c for c in labels if roles[c] == "benchmark_head" and c not in named]
    name = _name_column(sheet, labels, roles)
    tops = [" ".join(heads[c]) for c in values]
    measured = all(
        scores.unit_of(top) or all(found[0].unit for found in _scores(sheet, c) if found)
        for c, top in zip(values, tops, strict=True)
    )
    where: str | None
    if named and measured and name not in named:
        where, name = "rows", named[0]  # speeds: the rows are models under different settings
    elif named and tasks and not _share(tops, models.looks_like_model):
        where = "column"
        others["model_head"] = named[0]
        name = max(tasks, key=lambda c: _share(sheet.column(c), benchmarks.looks_like_benchmark))
    else:
        looks = _looks(sheet, name, values, tops, roles, is_own)
        where = _where_models(looks, evaluation=evaluation or (measured and bool(named)))
        if where == "none" and looks.role in SETTINGS and len(looks.firsts) == 1:
            name = None  # the only row: a release, a date
    if where is None:
        return None
    if where == "columns":
        values = (
            tuple(
                c
                for c, top in zip(values, tops, strict=True)
                if not (metrics.find(top) and not is_own(top))
            )
            or values
        )
    skipped = frozenset(
        r
        for r in _named_rows(sheet, name)
        if name is not None and _is_setting(sheet, r, name, values, models_in_rows=where == "rows")
    )
    return Axes(where, name, values, others, skipped)


def _named_rows(sheet: Sheet, name: int | None) -> list[int]:
    """Return the rows that have a name of their own."""
    if name is None:
        return []
    return [r for r in sheet.body if sheet.texts[r][name] and not sheet.is_group(r)]


def _role(text: str) -> str | None:
    """Return what a head says that its column holds."""
    if not text:
        return None
    if text[0] in "(（" and text[-1] in ")）":
        text = text[1:-1]
    role = words.find("evaluation", text)
    if role is None and len(text) <= LONGEST_HEAD and text.casefold().endswith(MODEL_ENDS):
        return "model_head"
    return role


def _stronger_role(
    sheet: Sheet, column: int, roles: list[str | None], heads: list[str]
) -> str | None:
    """Return a column's role; one whose words stand as heads too holds no models but subsets."""
    if roles[column] != "model_head":
        return roles[column]
    texts = set(filter(None, sheet.column(column)))
    if texts and all(fold(text) in runs.splits() for text in texts):
        return "split_head"
    return "category_head" if len(texts & set(heads)) >= 2 else "model_head"


def is_index(sheet: Sheet, column: int, head: str) -> bool:
    """Whether a column only counts the rows."""
    if head and fold(head) not in ("id", "no", "rank", "index"):
        return False
    texts = [text for text in sheet.column(column) if text]
    return bool(texts) and all(text.isdigit() for text in texts)


def _holds_models(sheet: Sheet, column: int, role: str | None, is_own: IsOwn) -> bool:
    """Whether the words of a column are names of models."""
    texts = [text for text in sheet.column(column) if text]
    if role == "model_head":
        return True
    return role in (None, "setting_head", "version_head") and (
        _share(texts, lambda text: is_own(text) or models.is_named_model(text)) > 0.5
        and _share(texts, benchmarks.looks_like_benchmark) < 0.3
    )


def _role_by_content(sheet: Sheet, column: int, head: str) -> str | None:
    """Return what a column without a known head holds, where its words tell."""
    if words.find("spec", head) and not sheet.numeric(column):
        return "setting_head"
    if column and not head:
        filled = [text for text in sheet.column(column) if text]
        if filled and all(SIZE.fullmatch(text) for text in filled):
            return "size_head"
    return None


def _is_skipped(sheet: Sheet, column: int, role: str | None, head: tuple[str, ...]) -> bool:
    """Whether a column of numbers holds no scores: sizes, settings, differences, data."""
    found = [cell[0] for cell in _scores(sheet, column) if cell]
    if not head and sheet.heads:
        return column == 0 or all(score.decimals == 0 for score in found)
    text = head[-1] if head else ""
    decimal = any(score.decimals for score in found)
    if role in SKIPPED or all(score.digits.startswith("+") for score in found):
        return True
    if column == 0 and sheet.width > 1 and not decimal and not is_benchmark(text):
        return True
    if role in SKIPPED_UNLESS_DECIMAL:
        return column == 0 or not (decimal or models.looks_like_model(text))
    if role is not None or is_benchmark(text):
        return False
    if counts_things(text) or mentions.find("footprint", text):
        return True
    if words.find("spec", text) is not None or words.find("training", text) is not None:
        return True
    return not models.looks_like_model(text) and _doubles(found)


def counts_things(text: str) -> bool:
    """Whether a head counts things: `num of queries`, `Fine-tune data`, not `samples per second`.

    >>> [counts_things(t) for t in ("num of queries", "Fine-tune data", "Samples per second")]
    [True, True, False]
    """
    found = fold(text).split()
    if not found or "per" in found:
        return False
    return (
        found[0] == "num" or found[:2] == ["number", "of"] or found[-1] in mentions.group("counted")
    )


def _doubles(found: list[scores.Score]) -> bool:
    """Whether numbers are batch sizes, devices or lengths: different powers of two."""
    numbers = {score.value for score in found}
    return len(numbers) > 1 and all(
        value >= 1 and value.is_integer() and not int(value) & (int(value) - 1) for value in numbers
    )


def _scores(sheet: Sheet, column: int) -> list[tuple[scores.Score, ...]]:
    return [sheet.scores[r][column] for r in sheet.body]


def _name_column(sheet: Sheet, labels: list[int], roles: list[str | None]) -> int | None:
    """Return the column whose words name a row, best the one that says so."""
    if not labels:
        return None
    known = {
        c: _share(list(filter(None, sheet.column(c))), benchmarks.looks_like_benchmark)
        for c in labels
        if roles[c] != "split_head"
    } or dict.fromkeys(labels, 0.0)
    different = {c: len(set(filter(None, sheet.column(c)))) for c in labels}
    for wanted in ("benchmark_head", "model_head"):
        found = [c for c in labels if roles[c] == wanted]
        if not found:
            continue
        column = max(found, key=lambda c: (known.get(c, 0), different[c], -c))
        ids = [c for c in labels if roles[c] is None and _holds_ids(sheet, c)]
        if wanted == "model_head" and ids and different[ids[0]] > different[column]:
            return ids[0]  # what calls itself a model is its architecture
        best = max(known, key=lambda c: (known[c], -c))
        return best if known[best] > known.get(column, 0) + 0.3 else column
    named = [c for c in labels if roles[c] not in SKIPPED | {"setting_head", "category_head"}]
    named = named or [c for c in labels if roles[c] == "metric_head"] or labels
    return max(named, key=lambda c: (different[c], -c))


def _holds_ids(sheet: Sheet, column: int) -> bool:
    """Whether each cell of a column is an `owner/name`."""
    return all(ID.fullmatch(text) for text in filter(None, sheet.column(column)))


def _share(texts: list[str], test: Callable[[str], object]) -> float:
    return sum(bool(test(text)) for text in texts) / len(texts) if texts else 0.0


def is_benchmark(text: str) -> bool:
    """Whether a text names a benchmark, a metric, or an average of them."""
    return (
        benchmarks.looks_like_benchmark(text)
        or metrics.find(text) is not None
        or is_shots(text)
        or (benchmarks.read(text).metric is not None and not models.is_named_model(text))
        or _role(text) in ("average", "speed_head", "training_log_head")
    )


class _Looks(NamedTuple):
    """What the names of the rows and the heads of the columns of scores look like."""

    firsts: list[str]
    """The names of the rows."""
    tops: list[str]
    role: str | None
    """What the head over the names of the rows says that they are."""
    head: str
    row_models: float
    row_named: float
    """Like row_models, but an id with a slash alone is none: data sets are named so too."""
    top_models: float
    row_measures: float
    """The share of rows that are of metrics."""
    row_benchmarks: float
    top_benchmarks: float
    own_row: bool
    own_top: bool
    measures: int
    """How many columns are of metrics: "Accuracy", "Score", "5-shot"."""
    decimals: bool
    """Whether most numbers have decimals."""
    spread: bool
    """Whether most numbers have a standard deviation."""


def _looks(
    sheet: Sheet,
    name: int | None,
    values: tuple[int, ...],
    tops: list[str],
    roles: list[str | None],
    is_own: IsOwn,
) -> _Looks:
    """Return what a table's names look like."""
    firsts = [sheet.texts[r][name] for r in _named_rows(sheet, name)] if name is not None else []
    scored = [text for text in firsts if _role(text) != "dial_head"]
    found = [score for c in values for cell in _scores(sheet, c) for score in cell]
    return _Looks(
        firsts,
        tops,
        roles[name] if name is not None else None,
        (sheet.head(name) or ("",))[-1] if name is not None else "",
        _share(firsts, lambda t: is_own(t) or models.looks_like_model(t)),
        _share(firsts, lambda t: is_own(t) or models.is_named_model(t)),
        _share(tops, lambda t: is_own(t) or models.looks_like_model(t)),
        _share(scored, lambda t: metrics.find(t) or _role(t) in MEASURES),
        _share(firsts, is_benchmark),
        _share(tops, is_benchmark),
        any(is_own(t) for t in firsts),
        any(is_own(t) for t in tops),
        sum(
            bool(metrics.find(top) or roles[c] in MEASURES or is_shots(top) or _leads(top))
            for top, c in zip(tops, values, strict=True)
        ),
        sum(score.decimals > 0 for score in found) > 0.6 * len(found),
        sum(score.std is not None for score in found) > 0.6 * len(found),
    )


def _leads(text: str) -> bool:
    """Whether a head begins with a metric's name in capitals: `WER without LM`."""
    first = text.split(maxsplit=1)[0] if text else ""
    return len(first) > 2 and first.isupper() and metrics.find(first) is not None


def _where_models(looks: _Looks, *, evaluation: bool) -> str | None:
    """Return the axis that holds the models: `rows`, `columns`, `none`, or None if unknown."""
    if not looks.firsts:
        return "none" if looks.top_benchmarks > 0 or evaluation else None
    if all(top.isdigit() for top in looks.tops):
        return None  # of ranks, lengths or steps that nothing names
    measured = looks.measures == len(looks.tops)
    if not _is_known(looks, evaluation=evaluation, measured=measured):
        return None
    no_models = looks.row_models == looks.top_models == 0
    if _share(looks.firsts, str.isdigit) > 0.6:
        return "none" if measured else None  # classes of a report; else no names at all
    if _is_report(looks, measured=measured) or (no_models and looks.row_measures == 1):
        return "none"
    if looks.top_models == 0 and looks.role in TASKS and looks.measures:
        return "none" if looks.row_named <= max(0.5, looks.row_benchmarks) else "rows"
    if no_models and looks.row_benchmarks > 0 and looks.role != "model_head":
        if measured or len(looks.tops) == 1:
            return "none"
        return "columns" if looks.role == "benchmark_head" else None
    if looks.role in UNSAID and len(looks.firsts) == 1 and looks.top_benchmarks >= 0.5:
        return "none"  # the scores of the only release
    if looks.role in SETTINGS and no_models:
        if looks.measures and (looks.role in ("category_head", "split_head") or measured):
            return "none" if looks.role not in UNSAID or len(looks.firsts) == 1 else None
        return None  # settings of one model: whose they are cannot be told
    return _weighed(looks)


def _is_known(looks: _Looks, *, evaluation: bool, measured: bool) -> bool:
    """Whether anything says that the numbers are scores."""
    if evaluation or looks.row_benchmarks + looks.top_benchmarks > 0:
        return True
    if looks.row_models and looks.top_models:
        return False
    if looks.role == "model_head" and looks.row_models >= 0.5 and len(looks.tops) > 1:
        return looks.decimals or measured
    if looks.role in ("benchmark_head", "model_head") and measured:
        return True
    return looks.spread and (looks.top_models >= 0.4 or looks.role == "model_head")


def _is_report(looks: _Looks, *, measured: bool) -> bool:
    """Whether the rows are the parts of one model's report: classes, languages, splits."""
    if not measured or looks.own_row or looks.top_models or looks.role == "model_head":
        return False
    if all(fold(text) in runs.splits() for text in looks.firsts):
        return True
    return bool(looks.head) and looks.role not in UNSAID and looks.row_models < 0.3


def _weighed(looks: _Looks) -> str | None:
    """Return the axis for which more speaks."""
    rows = looks.row_models + looks.top_benchmarks - looks.row_benchmarks
    columns = looks.top_models + looks.row_benchmarks - looks.top_benchmarks
    rows += 0.4 * (looks.role == "model_head") + 0.3 * looks.own_row
    columns += 0.4 * (looks.role in (*TASKS, "category_head")) + 0.3 * looks.own_top
    if rows > columns:
        said = looks.row_models > 0 or looks.role == "model_head" or looks.top_benchmarks > 0
        return "rows" if said else None
    if columns > rows and (looks.top_models > 0 or looks.role in TASKS):
        return "columns"
    return None


def _is_setting(
    sheet: Sheet, row: int, name: int, values: tuple[int, ...], *, models_in_rows: bool
) -> bool:
    """Whether a row among scores holds sizes, settings or differences."""
    text = sheet.texts[row][name]
    role = _role(text)
    if models_in_rows:
        return role == "difference_head"
    if benchmarks.looks_like_benchmark(text) or metrics.find(text):
        return role == "step_head"
    decimal = any(found and found[0].decimals for found in (sheet.scores[row][c] for c in values))
    if decimal and fold(text) in runs.splits():
        return False  # the scores on a split, not its size
    if role in SKIPPED_ROWS or mentions.find("footprint", text):
        return True
    if words.find("spec", text) or words.find("training", text):
        return True
    return role == "setting_head" and not decimal


def repeated(texts: list[str]) -> set[str]:
    """Return the texts that occur more than once."""
    return {text for text, count in Counter(texts).items() if text and count > 1}
