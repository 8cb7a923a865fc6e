"""The scores of a table, each with its model, its benchmark and what else the table says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cardkit.grids.axes import Axes, IsOwn, is_index, repeated
from cardkit.grids.score_cells import Cell, Context
from cardkit.grids.score_context import SPEEDS
from cardkit.grids.sheets import Sheet
from cardkit.patterns import regex
from cardkit.values.scores import Score
from cardkit.values.shots import is_shots, shots_of
from cardkit.vocabulary import benchmarks, fold, mentions, metrics, runs, words

MEASURES_AT_END = regex(
    r"[\s(（\[]*(?P<names>[A-Za-z][\w@.+-]*(?:\s*/\s*[A-Za-z][\w@.+-]*){1,2})[)）\]]?\s*$"
)


LONGEST_HEAD = 200
"""Characters; a longer head is a sentence."""


class _Row(NamedTuple):
    """What the columns that hold no scores say of a row."""

    number: int
    label: str
    """Its name."""
    group: str | None
    subset: tuple[str, ...]
    model: str | None
    """The model named in a column beside the benchmark's."""
    measures: tuple[metrics.Metric, ...]
    """What its metric column says; several for cells with several numbers."""
    num_fewshot: int | None
    split: str | None
    std: float | None


class Top(NamedTuple):
    """What stands over a column of scores."""

    text: str
    """The benchmark or metric."""
    texts: tuple[str, ...]
    group: str | None
    shots: int | None


def cells_of(
    sheet: Sheet, axes: Axes, context: Context, is_own: IsOwn, own_name: str | None
) -> Iterator[Cell]:
    """Yield a table's scores, row by row."""
    heads = {c: _head(sheet, c, axes) for c in axes.values}
    heads = _without_metric(heads) if axes.models == "columns" else heads
    named = _Names(is_own, own_name, _models(sheet, axes), stranger=context.stranger)
    by_row = axes.models == "columns" or (axes.models == "none" and len(axes.values) == 1)
    free = context.metric is not None and context.metric.kind == "score"
    known: dict[str, _Name] = {}
    given: dict[tuple[str, str], metrics.Metric | None] = {}
    for row in _rows(sheet, axes):
        number = row.number
        for c in axes.values:
            found = sheet.scores[number][c]
            if not found:
                continue
            top = heads[c]
            model, is_self = named.of(row, top, axes.models)
            text, upper = _benchmark(row, top, axes, speeds=any(score.unit for score in found))
            name = known.get(text)
            if name is None:
                name = known[text] = _name_of(text, context)
            text = name.text
            if not text:
                continue
            said = name.said
            measures = row.measures or name.measures
            for score in found:
                if score.measure or measures:
                    metric = _metric(score, measures, top, text)
                else:
                    place = text, top.text
                    if place not in given:
                        given[place] = _metric(score, (), top, text)
                    metric = given[place]
                if metric is None and (abs(score.value) <= 100 or free):
                    metric = _around(name.read, context, said, text)
                shots = name.shots
                if shots is None:
                    shots = top.shots if top.shots is not None else row.num_fewshot
                yield Cell(
                    model,
                    is_self,
                    text,
                    name.read,
                    score,
                    sheet.cell(number, c),
                    row.group or upper,
                    score.std if score.std is not None else row.std,
                    said.num_fewshot if shots is None and said else shots,
                    metric,
                    row.split,
                    number if by_row else c,
                )


class _Name(NamedTuple):
    """A benchmark's printed name, read."""

    text: str
    """That name, or the table's title where it says no more than a number of shots."""
    read: benchmarks.Benchmark
    measures: tuple[metrics.Metric, ...]
    shots: int | None
    said: mentions.Said | None
    """What the words around the table say of its runs."""


def _name_of(printed: str, context: Context) -> _Name:
    """Return what a benchmark's printed name says in its context."""
    shots_only = is_shots(printed)
    text = context.title if shots_only and context.benchmark is not None else printed
    text = text or context.title
    base, measures = measures_of(text)
    read = benchmarks.read(base if measures else text)
    shots = shots_of(printed) if shots_only else read.num_fewshot
    return _Name(text, read, measures, shots, context.runs.get(read.id))


# Rows


def _rows(sheet: Sheet, axes: Axes) -> Iterator[_Row]:
    """Yield the rows with scores; what stands once for several rows holds for all of them."""
    group: str | None = None
    above: dict[int, str] = {}
    shots_of_all = _shots_in_name(sheet, axes)
    for row in sheet.body:
        texts = sheet.texts[row]
        if sheet.is_group(row):
            group = next(text for text in texts if text)
            continue
        if axes.name is not None and texts[axes.name] not in ("", above.get(axes.name)):
            for role in ("metric_head", "shots_head", "split_head"):
                above.pop(axes.roles.get(role, -1), None)  # said of the benchmark before
        for c in (axes.name, *axes.roles.values()):
            if c is not None and texts[c]:
                above[c] = texts[c]
        label = texts[axes.name].lstrip("-– ") if axes.name is not None else ""
        if not label and axes.name is not None and _goes_on(sheet, axes, row):
            label = above.get(axes.name, "")
        if row in axes.skipped_rows or (axes.name is not None and not label):
            continue
        spread = sheet.scores[row][axes.roles["std_head"]] if "std_head" in axes.roles else ()
        shots = _shots(_said(axes, "shots_head", above))
        yield _Row(
            row,
            label,
            _category(sheet, axes, row, above) or group,
            _subset(sheet, axes, row),
            _said(axes, "model_head", above),
            _named_measures(axes, above),
            shots if shots is not None else shots_of_all,
            _said(axes, "split_head", above),
            spread[0].value if spread else None,
        )


def _goes_on(sheet: Sheet, axes: Axes, row: int) -> bool:
    """Whether a row without a name is about what the row above it names."""
    if axes.models != "rows":
        return True
    return any(sheet.texts[row][c] for c in axes.roles.values() if c not in axes.values)


def _said(axes: Axes, role: str, above: dict[int, str]) -> str:
    """Return what the column of a role says of a row."""
    return above.get(axes.roles[role], "") if role in axes.roles else ""


def _named_measures(axes: Axes, above: dict[int, str]) -> tuple[metrics.Metric, ...]:
    """Return what the metric column says of a row."""
    if axes.roles.get("metric_head") in (None, axes.name, *axes.values):
        return ()
    text = _said(axes, "metric_head", above)
    found = metrics.find(text)
    return (found,) if found else measures_of(f" {text}")[1]


def _shots(text: str) -> int | None:
    return int(text) if text.isdigit() else shots_of(text)


def _shots_in_name(sheet: Sheet, axes: Axes) -> int | None:
    """Return the shots that the head over the names gives for all: `Model (5-shot)`."""
    head = sheet.head(axes.name) if axes.name is not None else ()
    return runs.shots(head[-1])[1] if head else None


def _models(sheet: Sheet, axes: Axes) -> dict[int, str]:
    """Return the models of the rows; a size beside tells apart those with one name."""
    if axes.models != "rows" or axes.name is None:
        return {}
    names: dict[int, str] = {}
    last = ""
    for r in sheet.body:
        if not sheet.is_group(r) and any(sheet.texts[r]):
            last = sheet.texts[r][axes.name] or last
            names[r] = last
    size = axes.roles.get("size_head")
    if size is not None:
        same = repeated(list(names.values()))
        for r, name in names.items():
            if name in same and sheet.texts[r][size]:
                names[r] = f"{name} {sheet.texts[r][size]}"
    return names


def _category(sheet: Sheet, axes: Axes, row: int, above: dict[int, str]) -> str | None:
    """Return what the category column says of a row."""
    column = axes.roles.get("category_head")
    if column is None and axes.name is not None:
        before = [c for c in range(axes.name) if c not in axes.values]
        before = [c for c in before if not is_index(sheet, c, (sheet.head(c) or ("",))[-1])]
        before = [
            c
            for c in before
            if c not in axes.roles.values()
            or not sheet.head(c)
            or (not sheet.head(axes.name) and c == axes.roles.get("benchmark_head"))
        ]
        column = before[0] if before else None
        if column is not None and sheet.texts[row][column]:
            above[column] = sheet.texts[row][column]
    if column is None or column == axes.name or column in axes.values:
        return None
    return above.get(column)


def _subset(sheet: Sheet, axes: Axes, row: int) -> tuple[str, ...]:
    """Return the part of a benchmark that a column behind its name tells apart: a language."""
    if axes.name is None:
        return ()
    behind = [c for c in range(axes.name + 1, axes.values[0]) if c not in axes.roles.values()]
    return tuple(
        sheet.texts[row][c]
        for c in behind
        if (sheet.head(c) or ("",))[-1]
        and words.find("evaluation", sheet.head(c)[-1]) in ("category_head", "split_head")
        and sheet.texts[row][c]
    )


# Heads


def _head(sheet: Sheet, column: int, axes: Axes) -> Top:
    """Return what the heads over a column say: benchmark, metric, shots, category."""
    texts = sheet.head(column)
    if axes.models == "columns" or len(texts) < 2:
        return Top(texts[-1] if texts else "", texts, None, None)
    shots = None
    rest: list[str] = []
    for text in texts:
        if is_shots(text):
            shots = shots_of(text)
        elif any(c.isalnum() for c in text):
            rest.append(text)
    if len(rest) < 2:
        return Top(rest[0] if rest else texts[-1], texts, None, shots)
    upper, lower = " ".join(rest[:-1]), rest[-1]
    if benchmarks.looks_like_benchmark(lower) and not _is_benchmark_over_parts(upper):
        return Top(lower, texts, upper, shots)
    return Top(f"{upper} {lower}", texts, None, shots)


def _is_benchmark_over_parts(upper: str) -> bool:
    """Whether an upper head is a benchmark, and no field such as "Math" that one is named after."""
    word = fold(upper).replace(" ", "")
    return benchmarks.looks_like_benchmark(upper) and word not in benchmarks.common_words()


def _without_metric(heads: dict[int, Top]) -> dict[int, Top]:
    """Return the heads of models without the metric that all of them end in: `Bee F1`."""
    cut = {c: top.text.rpartition(" ") for c, top in heads.items()}
    ends = {end for _, _, end in cut.values()}
    named = all(name for name, _, _ in cut.values())
    if len(ends) != 1 or not named or not metrics.find(ends.pop()):
        return heads
    return {
        c: top._replace(text=cut[c][2], texts=(*top.texts[:-1], cut[c][0]))
        for c, top in heads.items()
    }


# Cells


class _Names(NamedTuple):
    """Whose scores a table holds."""

    is_own: IsOwn
    own_name: str | None
    of_rows: dict[int, str]
    stranger: bool

    def of(self, row: _Row, top: Top, where: str) -> tuple[str | None, bool]:
        """Return the model of a cell, and whether it is the card's own."""
        if where == "none":
            return (None, False) if self.stranger else (self.own_name, True)
        if where == "columns":
            model = top.texts[-1] if len(top.texts) > 1 else " ".join(top.texts)
        else:
            model = self.of_rows.get(row.number, row.label) if where == "rows" else row.model or ""
        is_self = self.is_own(model) is True
        if where == "rows" and not is_self and model != row.label:
            is_self = self.is_own(row.label) is True and self.is_own(model) is None
        return model or None, is_self


def _benchmark(row: _Row, top: Top, axes: Axes, *, speeds: bool) -> tuple[str, str | None]:
    """Return the benchmark of a cell as printed, and the head that groups it with others."""
    if axes.models == "columns":
        upper = top.texts[0] if len(top.texts) > 1 else None
        return " ".join([row.label, *row.subset]), upper
    if axes.models == "rows" or (axes.models == "column" and speeds):
        return top.text, top.group
    return _beside(row.label, top, alone=len(axes.values) == 1), top.group


def _beside(label: str, top: Top, *, alone: bool) -> str:
    """Return the benchmark's words where a row names the data and its column a metric.

    A column that stands alone needs no name beside that of its rows; a row that is named after a
    metric needs none of its column.
    """
    if not label:
        return top.text
    if not top.text or is_shots(top.text) or (alone and metrics.find(top.text)):
        return label
    if _is_score(top.text) or _is_row_of_metric(label, top.text):
        return label
    if _is_score(label):
        return top.text
    if metrics.find(label) and not metrics.find(top.text):
        return f"{top.text} {label}"
    return f"{label} {top.text}"


def _is_row_of_metric(label: str, top: str) -> bool:
    """Whether a row of a report is a metric of its own: "accuracy" below precision and recall."""
    return len(label) > len("PER") and bool(metrics.find(label) and metrics.find(top))


def _is_score(text: str) -> bool:
    """Whether a head says no more than that the numbers are scores."""
    return words.find("evaluation", text) == "score_head" and metrics.find(text) is None


def measures_of(text: str) -> tuple[str, tuple[metrics.Metric, ...]]:
    """Return a head without the metrics that it ends in, and these: one for each part of a cell.

    >>> base, found = measures_of("SQuAD (EM/F1)")
    >>> base, [metric.id for metric in found], measures_of("MNLI-m/mm")[1]
    ('SQuAD', ['exact_match', 'f1'], ())
    """
    if "/" not in text or len(text) > LONGEST_HEAD:
        return text, ()
    match = MEASURES_AT_END.search(text)
    if not match:
        return text, ()
    parts = [part.strip() for part in match["names"].split("/")]
    found = [metrics.find(part) for part in parts]
    if words.find("evaluation", parts[0]) == "average":  # "macro_avg/acc"
        found = found[1:]
    if not found or not all(found):
        return text, ()
    return text[: match.start()].strip(), tuple(metric for metric in found if metric)


def _metric(
    score: Score, measures: tuple[metrics.Metric, ...], top: Top, text: str
) -> metrics.Metric | None:
    """Return the metric that the table gives for a score."""
    behind = metrics.find(score.measure) if score.measure else None
    if behind:
        return behind
    if len(measures) == 1:
        return measures[0]
    if measures and score.part is not None and score.part < len(measures):
        return measures[score.part]
    found = metrics.find(text) or metrics.find(top.text)
    return found or (in_part(text) if benchmarks.read(text).metric is None else None)


def in_part(text: str) -> metrics.Metric | None:
    """Return the metric at the end of a name in one word, `NER_LOSS`, or in capitals before it."""
    first, _, rest = text.partition(" ")
    if rest:
        return metrics.find(first) if len(first) > 2 and first.isupper() else None
    parts = text.split("_")
    ends = ["_".join(parts[-size:]) for size in (2, 1) if len(parts) > size]
    return next((found for end in ends if len(end) > 2 and (found := metrics.find(end))), None)


def _around(
    read: benchmarks.Benchmark, context: Context, said: mentions.Said | None, text: str
) -> metrics.Metric | None:
    """Return the metric that the words around the table give for a benchmark."""
    if read.metric is not None:
        return None
    if said is not None:
        return said.metric
    metric = context.metric
    if metric is None or words.find("evaluation", text) in ("speed_head", "training_log_head"):
        return None
    if metric.kind == "score":
        field = read.id in benchmarks.common_words() and metric.id in SPEEDS
        return metric if field or not read.known else None
    return metric if benchmarks.kind(read.id) in ("share", None) else None
