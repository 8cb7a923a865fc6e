"""Evaluations: every number of the benchmark tables, result lists and training logs of a card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from cardkit import markup, scores
from cardkit.axes import SHOTS, Axes, axes_of, repeated, shots_of
from cardkit.blocks import Bullet, Heading, Paragraph, Placed, Table
from cardkit.card import Card
from cardkit.facts import Fact, Found, Problem, Unread
from cardkit.patterns import regex
from cardkit.scores import Score
from cardkit.sheets import Sheet, sheet_of
from cardkit.table_kind import kind_of
from cardkit.text import Line, Span
from cardkit.vocabulary import benchmarks, mentions, metrics, words

LABEL = regex(r"[*_`\s]*([^:：|=]{1,80}?)[*_`\s]*[:：=][*_`\s]*(\S.*)")


class Context(NamedTuple):
    """What the words around a table say of it."""

    benchmark: benchmarks.Benchmark | None
    """The benchmark that a heading or caption names."""
    title: str
    """That heading or caption."""
    harness: str | None
    evaluation: bool
    """Whether they speak of an evaluation."""


class Cell(NamedTuple):
    """A score with all that is known of it, before its unit is."""

    model: str | None
    is_self: bool
    text: str
    """The benchmark as printed."""
    read: benchmarks.Benchmark
    score: Score
    line: Line
    group: str | None
    std: float | None
    num_fewshot: int | None
    metric: metrics.Metric | None
    split: str | None
    column: int
    row: int
    by_rows: bool
    """Whether the cells of one benchmark share a row, not a column."""


def read(card: Card, so_far: Mapping[str, Found]) -> Found:
    """Read the front matter's results, then every table and list of results, in order."""
    identity = so_far["identity"].value
    own_name = identity.model_name.value if identity.model_name else None
    index = so_far["model_index"]
    drafts: list[dict[str, Any]] = list(index.value)
    unread: list[Unread] = list(index.unread)
    problems: list[Problem] = list(index.problems)
    suites = _suites(card)
    number = -1
    announced = False
    for i, placed in enumerate(card.blocks):
        block = placed.block
        if placed.commented:
            continue
        if isinstance(block, Table):
            number += 1
            kind = kind_of(block, placed.path)
            if kind == "log":
                drafts += _log(sheet_of(block), own_name, number)
            elif kind == "scores":
                context = _context(card, i, placed, suites)
                found = _table(sheet_of(block), context, identity.is_own, own_name)
                drafts += [
                    _draft(cell, unit, context, number) for cell, unit in _units(found, context)
                ]
        if isinstance(block, Bullet):
            draft = _listed(block, own_name, announced=announced, path=placed.path)
            drafts += draft
        else:
            announced = isinstance(block, Paragraph) and _announces(block)
    return Found(drafts, tuple(problems), tuple(unread))


# What stands around a table


def _suites(card: Card) -> list[tuple[int, str, tuple[Heading, ...]]]:
    """Return each mention of an evaluation suite: its block, the suite, the headings above."""
    found = []
    for i, placed in enumerate(card.blocks):
        if isinstance(placed.block, (Paragraph, Bullet)) and not placed.commented:
            suite = mentions.find("harnesses", " ".join(line.text for line in placed.block.lines))
            if suite:
                found.append((i, suite, placed.path))
    return found


def _context(
    card: Card, at: int, placed: Placed, suites: list[tuple[int, str, tuple[Heading, ...]]]
) -> Context:
    """Return what the caption, the heading and the sentences above a table say of it."""
    titles = [placed.path[-1].line.text] if placed.path else []
    table = placed.block
    if isinstance(table, Table) and table.caption is not None:
        titles.append(table.caption.text)
    above = card.blocks[at - 1] if at else None
    if above is not None and isinstance(above.block, (Paragraph, Bullet)):
        introduced = " ".join(line.text for line in above.block.lines)
        titles += [introduced] if len(introduced) <= 200 else []
    named = [mentions.benchmark(markup.plain(title)) for title in reversed(titles)]
    benchmark = next((found for found in named if found), None)
    harness = None
    for i, suite, path in suites:
        if i < at and _reaches(path, placed.path):
            harness = suite
    sections = {words.section_of(heading.line.text) for heading in placed.path}
    evaluation = bool(sections & {"evaluation", "comparison"}) or harness is not None
    title = markup.plain(placed.path[-1].line.text) if placed.path else ""
    if isinstance(table, Table) and table.caption is not None:
        title = markup.plain(table.caption.text)
    return Context(benchmark, title, harness, evaluation)


def _reaches(path: tuple[Heading, ...], below: tuple[Heading, ...]) -> bool:
    """Whether what is said under some headings holds for a table under others.

    It holds below the same heading, and throughout a section on the evaluation.
    """
    if path == below[: len(path)]:
        return bool(path)
    shared = [one for one, other in zip(path, below, strict=False) if one == other]
    return any(words.section_of(heading.line.text) == "evaluation" for heading in shared)


# Tables of scores


def _table(sheet: Sheet, context: Context, is_own: Any, own_name: str | None) -> list[Cell]:
    """Return the scores of a table; none when its layout cannot be told."""
    axes = axes_of(sheet, is_own, evaluation=context.evaluation or context.benchmark is not None)
    if axes is None:
        return []
    return list(_cells(sheet, axes, context, is_own, own_name))


def _cells(
    sheet: Sheet, axes: Axes, context: Context, is_own: Any, own_name: str | None
) -> Iterator[Cell]:
    """Yield a table's scores, row by row."""
    model_names = _models(sheet, axes)
    group: str | None = None
    above: dict[int, str] = {}
    heads = {c: _head(sheet, c, axes) for c in axes.values}
    for row in sheet.body:
        if sheet.is_group(row):
            group = next(text for text in sheet.texts[row] if text)
            continue
        for c in (axes.name, *axes.roles.values()):
            if c is not None and sheet.texts[row][c]:
                above[c] = sheet.texts[row][c]
        label = sheet.texts[row][axes.name] if axes.name is not None else ""
        if not label and axes.name is not None and axes.models in ("column", "none", "columns"):
            label = above.get(axes.name, "")
        if row in axes.skipped_rows or (axes.name is not None and not label):
            continue
        category = _category(sheet, axes, row, above)
        if axes.models == "columns" and axes.name is not None:
            label = " ".join([label, *_subset(sheet, axes, row, axes.name)])
        for c in axes.values:
            top = heads[c]
            model: str | None
            if axes.models == "columns":
                model, text, upper = " ".join(top.texts), label, None
                if len(top.texts) > 1:
                    model, upper = top.texts[-1], top.texts[0]
            elif axes.models == "rows":
                model, text, upper = model_names.get(row, label), top.text, top.group
            else:
                model = (
                    above.get(axes.roles["model_head"], "") if axes.models == "column" else own_name
                )
                text, upper = _beside(label, top, alone=len(axes.values) == 1), top.group
            if axes.models == "column" and any(s.unit for s in sheet.scores[row][c]):
                text = top.text
            shots_only = SHOTS.fullmatch(text)
            if shots_only and context.benchmark is not None:
                text = context.title
            text = text or context.title
            if not text:
                continue
            is_self = True if axes.models == "none" else is_own(model) is True
            parsed = benchmarks.read(text)
            metric = metrics.find(top.text) or metrics.find(text)
            if metric is None and not parsed.known and parsed.metric is None:
                metric = mentions.free_score(context.title)
            named = axes.roles.get("metric_head")
            if named is not None and named not in axes.values and named != axes.name:
                metric = metrics.find(above.get(named, "")) or metric
            shots = parsed.num_fewshot if parsed.num_fewshot is not None else top.shots
            shots = shots_of(shots_only.group()) if shots_only else shots
            if shots is None and "shots_head" in axes.roles:
                words_of_it = above.get(axes.roles["shots_head"], "")
                shots = int(words_of_it) if words_of_it.isdigit() else shots_of(words_of_it)
            std = None
            if "std_head" in axes.roles:
                spread = sheet.scores[row][axes.roles["std_head"]]
                std = spread[0].value if spread else None
            split_column = axes.roles.get("split_head")
            for score in sheet.scores[row][c]:
                yield Cell(
                    model or None,
                    is_self,
                    text,
                    parsed,
                    score,
                    sheet.cell(row, c),
                    category or upper or group,
                    score.std if score.std is not None else std,
                    shots,
                    metric,
                    above.get(split_column) if split_column is not None else None,
                    c,
                    row,
                    axes.models == "columns",
                )


class Top(NamedTuple):
    """What stands over a column of scores."""

    text: str
    """The benchmark or metric."""
    texts: tuple[str, ...]
    group: str | None
    shots: int | None


def _head(sheet: Sheet, column: int, axes: Axes) -> Top:
    """Return what the heads over a column say: benchmark, metric, shots, category."""
    texts = sheet.head(column)
    if axes.models == "columns" or len(texts) < 2:
        return Top(texts[-1] if texts else "", texts, None, None)
    shots = None
    rest: list[str] = []
    for text in texts:
        if SHOTS.fullmatch(text):
            shots = shots_of(text)
        else:
            rest.append(text)
    if len(rest) < 2:
        return Top(rest[0] if rest else texts[-1], texts, None, shots)
    upper, lower = " ".join(rest[:-1]), rest[-1]
    if benchmarks.looks_like_benchmark(lower) and not benchmarks.looks_like_benchmark(upper):
        return Top(lower, texts, upper, shots)
    return Top(f"{upper} {lower}", texts, None, shots)


def _beside(label: str, top: Top, *, alone: bool) -> str:
    """Return the benchmark's words where a row names the data and its column a metric.

    A column that stands alone needs no name beside that of its rows.
    """
    if not label:
        return top.text
    if not top.text or SHOTS.fullmatch(top.text) or (alone and metrics.find(top.text)):
        return label
    if words.find("evaluation", top.text) in ("score_head",) and not metrics.find(top.text):
        return label
    return f"{label} {top.text}"


def _models(sheet: Sheet, axes: Axes) -> dict[int, str]:
    """Return the models of the rows; a size beside tells apart those with one name."""
    if axes.models != "rows" or axes.name is None:
        return {}
    rows = [r for r in sheet.body if not sheet.is_group(r)]
    names: dict[int, str] = {}
    last = ""
    for r in rows:
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
        before = [c for c in before if c not in axes.roles.values() or not sheet.head(c)]
        column = before[0] if before else None
        if column is not None and sheet.texts[row][column]:
            above[column] = sheet.texts[row][column]
    if column is None or column == axes.name or column in axes.values:
        return None
    return above.get(column)


def _subset(sheet: Sheet, axes: Axes, row: int, name: int) -> list[str]:
    """Return the part of a benchmark that a column behind its name tells apart: a language."""
    behind = [c for c in range(name + 1, axes.values[0]) if c not in axes.roles.values()]
    return [
        sheet.texts[row][c]
        for c in behind
        if (sheet.head(c) or ("",))[-1]
        and words.find("evaluation", sheet.head(c)[-1]) in ("category_head", "split_head")
        and sheet.texts[row][c]
    ]


# Units


def _units(cells: list[Cell], context: Context) -> Iterator[tuple[Cell, str]]:
    """Yield each cell with its unit.

    A table is of fractions when over nine tenths of its shares are at most 1; a column whose
    numbers have a per cent sign, or are printed quite differently, is judged by itself.
    """
    kinds = [_kind(cell, context) for cell in cells]
    shares = [cell.score for cell, kind in zip(cells, kinds, strict=True) if kind != "score"]
    fraction_table = _fractions(shares)
    lines: dict[int, list[Score]] = {}
    for cell, kind in zip(cells, kinds, strict=True):
        if kind != "score":
            lines.setdefault(_line(cell), []).append(cell.score)
    small = len(shares) >= 3 and all(1 < score.value <= 10 for score in shares)
    rated = (
        small
        and context.benchmark is not None
        and (benchmarks.kind(context.benchmark.id, context.benchmark.metric) == "score")
    )
    most = max((score.decimals for score in shares if abs(score.value) > 1), default=0)
    for cell, kind in zip(cells, kinds, strict=True):
        same = lines.get(_line(cell), [])
        if cell.score.percent or any(score.percent for score in same):
            yield cell, "percent"
        elif (
            rated or kind == "score" or (kind is None and (small or _over(same) or cell.score.unit))
        ):
            yield cell, "score"
        elif fraction_table:
            yield cell, "fraction" if _fractions(same) else "percent"
        elif _fractions(same) and all(s.decimals > most for s in same if s.value):
            yield cell, "fraction"
        else:
            yield cell, "percent"


def _line(cell: Cell) -> int:
    return cell.row if cell.by_rows else cell.column


def _kind(cell: Cell, context: Context) -> str | None:
    """Return whether a cell is a `share` or a free `score`; None when nothing says so."""
    if "%" in cell.text or "％" in cell.text:
        return "share"
    if cell.score.unit:
        return "score"
    if cell.metric is not None:
        return cell.metric.kind
    if words.find("evaluation", cell.text) in ("speed_head", "training_log_head"):
        return "score"
    kind = benchmarks.kind(cell.read.id, cell.read.metric)
    if kind is None and not cell.read.known and context.benchmark is not None:
        around = benchmarks.kind(context.benchmark.id, context.benchmark.metric)
        return around if around == "share" else None
    return kind


def _fractions(found: list[Score]) -> bool:
    """Whether numbers are printed from 0 to 1: over nine tenths of those with decimals."""
    decimals = [score for score in found if score.decimals and not score.percent]
    return bool(decimals) and sum(abs(s.value) <= 1 for s in decimals) > 0.9 * len(decimals)


def _over(found: list[Score]) -> bool:
    """Whether numbers of an unknown kind cannot be shares."""
    return any(score.value > 100 or score.value < -100 for score in found)


def _draft(cell: Cell, unit: str, context: Context, number: int | None) -> dict[str, Any]:
    """Return the draft of one evaluation."""
    benchmark = cell.read
    identifier = benchmark.id
    if (
        not benchmark.known
        and context.benchmark is not None
        and (cell.metric is not None or SHOTS.fullmatch(cell.text) or benchmark.metric)
    ):
        identifier = context.benchmark.id
    shots = cell.num_fewshot
    if shots is None and context.benchmark is not None and identifier == context.benchmark.id:
        shots = context.benchmark.num_fewshot
    return evaluation(
        model=cell.model,
        is_self=cell.is_self,
        benchmark=identifier,
        benchmark_text=cell.text,
        score=cell.score,
        line=cell.line,
        unit=unit,
        rule=f"{'results list' if number is None else 'table'}",
        num_fewshot=shots,
        method=benchmark.method,
        metric=(cell.metric.id if cell.metric else None) or benchmark.metric,
        split=cell.split or benchmark.split,
        std=cell.std,
        group=cell.group,
        harness=None if mentions.has_own_suite(identifier) else context.harness,
        table=number,
    )


def evaluation(*, score: Score, line: Line, unit: str, rule: str, **rest: Any) -> dict[str, Any]:
    """Return the draft of an evaluation whose number stands in a line."""
    return {
        "model": rest.pop("model"),
        "is_self": rest.pop("is_self"),
        **rest,
        "value": Fact(score.value, score.digits, _place(line, score), rule),
        "unit": unit,
        "normalized": _normalized(score.value, unit),
        "text": score.text,
    }


def _normalized(value: float, unit: str) -> float | None:
    """Return a share as a number from 0 to 1."""
    if unit == "percent":
        return round(value / 100, 12)
    return value if unit == "fraction" else None


def _place(line: Line, score: Score) -> Span:
    """Return where a score's number stands; the whole cell if its digits are written otherwise."""
    at = line.text.find(score.digits)
    return line.span(at, at + len(score.digits)) if at >= 0 else line.span()


# Training logs


def _log(sheet: Sheet, own_name: str | None, number: int) -> Iterator[dict[str, Any]]:
    """Yield the metric columns of a training log; epoch and step are the group."""
    heads = [(sheet.head(c) or ("",))[-1] for c in range(sheet.width)]
    roles = [words.find("evaluation", head) if head else None for head in heads]
    steps = [c for c in range(sheet.width) if roles[c] == "step_head"]
    steps.sort(key=lambda c: "step" in heads[c].casefold())
    columns = [
        c
        for c, role in enumerate(roles)
        if heads[c]
        and role not in ("step_head", "data_head", "size_head", "setting_head")
        and (
            words.find("training", heads[c]) is None
            or metrics.find(heads[c]) is not None
            or role == "training_log_head"
        )
    ]
    cells: list[Cell] = []
    for row in sheet.body:
        group = " / ".join(sheet.texts[row][c] for c in steps if sheet.texts[row][c])
        for c in columns:
            for score in sheet.scores[row][c]:
                cells.append(
                    Cell(
                        own_name,
                        True,
                        heads[c],
                        benchmarks.read(heads[c]),
                        score,
                        sheet.cell(row, c),
                        group or None,
                        score.std,
                        None,
                        metrics.find(heads[c]),
                        None,
                        c,
                        row,
                        by_rows=False,
                    )
                )
    context = Context(None, "", None, evaluation=True)
    for cell, unit in _units(cells, context):
        yield _draft(cell, unit, context, number)


# Lists of results


def _announces(paragraph: Paragraph) -> bool:
    """Whether a paragraph announces a list of results."""
    text = " ".join(line.text for line in paragraph.lines[-2:])
    return mentions.find("announcements", text) is not None


def _listed(
    bullet: Bullet, own_name: str | None, *, announced: bool, path: tuple[Heading, ...]
) -> list[dict[str, Any]]:
    """Return the result that an entry of a list states: `Loss: 0.45`."""
    if len(bullet.lines) != 1:
        return []
    line = bullet.lines[0]
    found = LABEL.fullmatch(line.text)
    if not found:
        return []
    label = markup.name(found[1])
    value = line[found.start(2) :]
    read_scores = scores.read(value.text)
    if len(read_scores) != 1:
        return []
    known = metrics.find(label) is not None or benchmarks.read(label).known
    section = words.section_of(path[-1].line.text) if path else None
    if not (announced or (known and section == "evaluation" and read_scores[0].decimals)):
        return []
    if words.find("training", label) and not known:
        return []
    cell = Cell(
        own_name,
        True,
        label,
        benchmarks.read(label),
        read_scores[0],
        value,
        None,
        read_scores[0].std,
        None,
        metrics.find(label),
        None,
        0,
        0,
        by_rows=False,
    )
    context = Context(None, "", None, evaluation=True)
    return [_draft(cell, unit, context, None) for cell, unit in _units([cell], context)]
