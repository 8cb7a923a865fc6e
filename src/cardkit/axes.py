"""Where a table of scores holds its models and where its benchmarks.

Orientation is told by what the first columns and the heads look like; a table that names no
model on either axis is about the card's own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from cardkit import scores
from cardkit.patterns import regex
from cardkit.sheets import Sheet
from cardkit.vocabulary import benchmarks, metrics, models, words

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
    }
)
SKIPPED_UNLESS_DECIMAL = frozenset(
    {"setting_head", "category_head", "model_head", "benchmark_head", "metric_head"}
)
SHOTS = regex(
    r"\(?\s*(?:(?:(?P<count>\d{1,3})|(?P<word>zero|one|two|three|four|five|few|k|n|[\d/–-]+))"
    r"[\s-]*shots?|[nk]\s*=\s*(?P<equals>\d{1,3})|(?P<zh>零|少|单)样本)\s*\)?",
    re.IGNORECASE,
)
SHOT_WORDS = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "零": 0, "单": 1}
SIZE = regex(
    r"[~≈]?\d+(?:\.\d+)?(?:x\d+(?:\.\d+)?)?\s?[BMK]\+?|\d+(?:\.\d+)?\s?[亿万]|[-?–—]", re.IGNORECASE
)


class Axes(NamedTuple):
    """How a table of scores is laid out."""

    models: str
    """`rows`, `columns`, `column` (a column of models beside one of benchmarks) or `none`."""
    name: int | None
    """The column whose words name a row."""
    values: tuple[int, ...]
    """The columns that hold scores."""
    roles: dict[str, int]
    """Other columns by what they hold: `category_head`, `shots_head`, `metric_head`, `size_head`…"""
    skipped_rows: frozenset[int]
    """Rows that hold no scores: sizes, settings, differences."""


def axes_of(sheet: Sheet, is_own: IsOwn, *, evaluation: bool) -> Axes | None:
    """Return how a table is laid out; None when it cannot be told that it holds scores.

    evaluation says whether the words around the table speak of an evaluation.
    """
    heads = [sheet.head(c) for c in range(sheet.width)]
    lowest = [head[-1] if head else "" for head in heads]
    roles = [_role(text) or _role_by_content(sheet, c, text) for c, text in enumerate(lowest)]
    values = tuple(
        c
        for c in range(sheet.width)
        if sheet.numeric(c) >= 0.5 and not _is_skipped(sheet, c, roles[c], heads[c])
    )
    if not values:
        return None
    labels = [c for c in range(values[0]) if c not in values]
    labels = [c for c in labels if any(sheet.column(c))]
    others = {role: c for c, role in reversed(list(enumerate(roles))) if role and c not in values}
    named = [c for c in labels if _holds_models(sheet, c, roles[c], is_own)]
    tasks = [c for c in labels if roles[c] == "benchmark_head" and c not in named]
    name = _name_column(sheet, labels, roles)
    rows = [
        r for r in sheet.body if name is not None and sheet.texts[r][name] and not sheet.is_group(r)
    ]
    firsts = [sheet.texts[r][name] for r in rows] if name is not None else []
    tops = [" ".join(heads[c]) for c in values]
    measured = all(found[0].unit for c in values for found in _scores(sheet, c) if found)
    where: str | None
    if named and measured and name not in named:
        where, name = "rows", named[0]  # speeds: the rows are models under different settings
    elif named and tasks and not _share(tops, models.looks_like_model):
        where = "column"
        others["model_head"] = named[0]
        name = max(tasks, key=lambda c: _share(sheet.column(c), benchmarks.looks_like_benchmark))
    else:
        role = roles[name] if name is not None else None
        where = _where_models(
            firsts,
            tops,
            role,
            roles,
            values,
            is_own,
            evaluation=evaluation or (measured and bool(named)),
            decimals=_mostly_decimals(sheet, values),
        )
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
    rows = [
        r for r in sheet.body if name is not None and sheet.texts[r][name] and not sheet.is_group(r)
    ]
    skipped = frozenset(
        r
        for r in rows
        if name is not None and _is_setting(sheet, r, name, values, models_in_rows=where == "rows")
    )
    return Axes(where, name, values, others, skipped)


def shots_of(text: str) -> int | None:
    """Return the number of examples that a head names; None when it names none or several.

    >>> shots_of("5-shot"), shots_of("n=10"), shots_of("few-shot"), shots_of("零样本")
    (5, 10, None, 0)
    """
    found = SHOTS.fullmatch(text)
    if not found:
        return None
    count = found["count"] or found["equals"]
    if count:
        return int(count)
    return SHOT_WORDS.get((found["word"] or found["zh"] or "").casefold())


def _role(text: str) -> str | None:
    return words.find("evaluation", text) if text else None


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
    if not head and sheet.heads:
        return column == 0 or all(not s or s[0].decimals == 0 for s in _scores(sheet, column))
    text = head[-1] if head else ""
    decimal = any(found and found[0].decimals for found in _scores(sheet, column))
    if role in SKIPPED:
        return True
    if column == 0 and sheet.width > 1 and not decimal and not is_benchmark(text):
        return True
    if role in SKIPPED_UNLESS_DECIMAL:
        return column == 0 or not (decimal or models.looks_like_model(text))
    if role is not None or metrics.find(text) or benchmarks.looks_like_benchmark(text):
        return False
    return words.find("spec", text) is not None or words.find("training", text) is not None


def _mostly_decimals(sheet: Sheet, values: tuple[int, ...]) -> bool:
    """Whether most numbers of the columns have decimals."""
    found = [score for c in values for cell in _scores(sheet, c) for score in cell]
    return sum(score.decimals > 0 for score in found) > 0.6 * len(found)


def _scores(sheet: Sheet, column: int) -> list[tuple[scores.Score, ...]]:
    return [sheet.scores[r][column] for r in sheet.body]


def _name_column(sheet: Sheet, labels: list[int], roles: list[str | None]) -> int | None:
    """Return the column whose words name a row, best the one that says so."""
    if not labels:
        return None
    known = {
        c: _share(list(filter(None, sheet.column(c))), benchmarks.looks_like_benchmark)
        for c in labels
    }
    for wanted in ("benchmark_head", "model_head"):
        for column in labels:
            if roles[column] == wanted:
                best = max(labels, key=lambda c: (known[c], -c))
                return best if known[best] > known[column] + 0.3 else column
    named = [c for c in labels if roles[c] not in SKIPPED | {"setting_head", "category_head"}]
    named = named or [c for c in labels if roles[c] == "metric_head"] or labels
    return max(named, key=lambda c: (len(set(filter(None, sheet.column(c)))), -c))


def _share(texts: list[str], test: Callable[[str], object]) -> float:
    return sum(bool(test(text)) for text in texts) / len(texts) if texts else 0.0


def is_benchmark(text: str) -> bool:
    """Whether a text names a benchmark, a metric, or an average of them."""
    return (
        benchmarks.looks_like_benchmark(text)
        or metrics.find(text) is not None
        or SHOTS.fullmatch(text) is not None
        or _role(text) in ("average", "speed_head", "training_log_head")
    )


def _where_models(
    firsts: list[str],
    tops: list[str],
    role: str | None,
    roles: list[str | None],
    values: tuple[int, ...],
    is_own: IsOwn,
    *,
    evaluation: bool,
    decimals: bool,
) -> str | None:
    """Return the axis that holds the models: `rows`, `columns`, `none`, or None if unknown."""
    row_models = _share(firsts, lambda t: is_own(t) or models.looks_like_model(t))
    top_models = _share(tops, lambda t: is_own(t) or models.looks_like_model(t))
    row_benchmarks = _share(firsts, is_benchmark)
    top_benchmarks = _share(tops, is_benchmark)
    as_rows = row_models + top_benchmarks - row_benchmarks
    as_columns = top_models + row_benchmarks - top_benchmarks
    as_rows += 0.4 * (role == "model_head") + 0.3 * any(is_own(t) for t in firsts)
    as_columns += 0.4 * (role in ("benchmark_head", "metric_head", "category_head"))
    as_columns += 0.3 * any(is_own(t) for t in tops)
    measures = [
        metrics.find(top)
        or roles[c] in ("score_head", "average", "speed_head")
        or SHOTS.fullmatch(top)
        for top, c in zip(tops, values, strict=True)
    ]
    measured = all(measures)
    known = row_benchmarks + top_benchmarks > 0 or evaluation
    known = known or (role == "model_head" and row_models >= 0.5 and len(values) > 1 and decimals)
    if not firsts:
        return "none" if top_benchmarks > 0 or evaluation else None
    if not known and not (row_models and top_models):
        known = role in ("benchmark_head", "model_head") and measured
    if not known:
        return None
    if top_models == 0 and role in ("benchmark_head", "metric_head") and any(measures):
        named = _share(firsts, lambda t: is_own(t) or models.is_named_model(t))
        if named <= 0.5 or named <= row_benchmarks:
            return "none"
        return "rows"
    if (
        top_models == 0
        and row_models == 0
        and row_benchmarks > 0
        and (measured or len(values) == 1 or role != "model_head")
    ):
        return (
            "none"
            if measured or len(values) == 1
            else "columns"
            if role == "benchmark_head"
            else None
        )
    if role in ("category_head", "split_head") and row_models == top_models == 0 and any(measures):
        return "none"
    if (
        role in ("setting_head", "category_head", "split_head")
        and not row_models
        and not top_models
    ):
        return None  # settings of one model: whose they are cannot be told
    if as_rows > as_columns and (row_models > 0 or role == "model_head" or top_benchmarks > 0):
        return "rows"
    if as_columns > as_rows and (top_models > 0 or role in ("benchmark_head", "metric_head")):
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
    if benchmarks.looks_like_benchmark(text):
        return False
    if role in (
        "size_head",
        "data_head",
        "difference_head",
        "std_head",
        "version_head",
        "step_head",
        "footprint_head",
        "split_head",
    ):
        return True
    if words.find("spec", text) or words.find("training", text):
        return True
    decimal = any(found and found[0].decimals for found in (sheet.scores[row][c] for c in values))
    return role == "setting_head" and not decimal


def repeated(texts: list[str]) -> set[str]:
    """Return the texts that occur more than once."""
    return {text for text, count in Counter(texts).items() if text and count > 1}
