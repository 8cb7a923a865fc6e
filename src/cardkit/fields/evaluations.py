"""Evaluations: every number of the benchmark tables, result lists and training logs of a card."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

from cardkit.blocks import Bullet, Heading, Paragraph, Table
from cardkit.card import Card
from cardkit.facts import Fact, Found, Problem, Unread
from cardkit.grids.axes import Axes, IsOwn, axes_of, counts_things
from cardkit.grids.score_cells import Cell, Context, in_units
from cardkit.grids.score_context import Surroundings
from cardkit.grids.score_table import cells_of, in_part
from cardkit.grids.sheets import Sheet, sheet_of
from cardkit.grids.table_kind import kind_of
from cardkit.names.identity import without_mark
from cardkit.patterns import regex
from cardkit.problems import explain
from cardkit.ruins import is_ruined
from cardkit.text import Line, Span, whole
from cardkit.values import markup, scores
from cardkit.values.scores import Score
from cardkit.values.shots import is_shots
from cardkit.vocabulary import benchmarks, mentions, metrics, words

LIKE_A_SCORE = regex(
    r"[~≈<>≥≤+-]?\s*\d[\d.,:/–—± ()%+-]*[%a-z]{0,3}|(?:n/?a|-)\s*\(\s*\d.{0,20}"
    r"|\d+\s*[hm][a-z]*,?\s*\d+\s*[ms][a-z]*",
    re.IGNORECASE,
)
"""What stands among scores and holds a number, but not one alone: `10-20`, `n/a (12)`."""
MOST_UNREAD = 20
"""Cells of one table that are told of."""
FEW_SCORES = 4
"""Exact numbers; a table with fewer is no table of scores that somebody will miss."""
SHOWN = 300
METRIC_IN_EACH_ROW = {"metric_head", "std_head"}
"""Columns of an evaluation harness's own tables, which print every metric in its own scale."""
NOTHING_SAID = Context()
LABEL = regex(r"[*_`\s]*([^:：|=]{1,80}?)[*_`\s]*[:：=][*_`\s]*(\S.*)")


def read(card: Card, so_far: Mapping[str, Found]) -> Found:
    """Read the front matter's results, then every table and list of results, in order."""
    identity = so_far["identity"].value
    own_name = identity.model_name.value if identity.model_name else None
    index = so_far["model_index"]
    drafts: list[dict[str, Any]] = list(index.value)
    unread: list[Unread] = list(index.unread)
    problems: list[Problem] = list(index.problems)
    around = Surroundings(card)
    kin = so_far["variants"].value if identity.is_family and "variants" in so_far else ()
    is_own = lru_cache(maxsize=1024)(identity.with_members(_names_of(kin)).is_own)
    number = -1
    above: Paragraph | None = None
    listed: list[Cell] = []
    logged: dict[str, str] = {}
    for i, placed in enumerate(card.blocks):
        block = placed.block
        if placed.commented:
            continue
        if isinstance(block, Bullet):
            listed += _listed(block, own_name, above, placed.path)
        elif isinstance(block, Paragraph) and (
            found := _listed(block, own_name, None, placed.path)
        ):
            listed += found
        elif listed:
            drafts += _apart(listed, None)
            listed = []
        if isinstance(block, Table):
            number += 1
            kind = kind_of(block, placed.path)
            if kind == "log":
                rows = list(_log(sheet_of(block), own_name, number))
                logged |= {row["metric"]: row["unit"] for row in rows if row["metric"]}
                drafts += rows
            elif kind == "scores":
                sheet, context = sheet_of(block), around.of(i)
                found, axes = _table(sheet, context, is_own, own_name)
                if axes and axes.roles.keys() >= METRIC_IN_EACH_ROW:
                    drafts += _apart(found, number, context)
                else:
                    units = in_units(found, context)
                    drafts += [_draft(cell, unit, context, number) for cell, unit in units]
                if axes:
                    unread += islice(_left_over(sheet, axes), MOST_UNREAD)
                elif doubt := _ambiguous(sheet, context):
                    problems.append(doubt[0])
                    unread.append(doubt[1])
        if not isinstance(block, Bullet):
            above = block if isinstance(block, Paragraph) else None
    drafts += _apart(listed, None)
    drafts = [_as_logged(draft, logged) for draft in drafts] if logged else drafts
    ruined = [draft for draft in drafts if _is_ruined(draft)]
    drafts = [draft for draft in drafts if not _is_ruined(draft)] if ruined else drafts
    because = "the name of its model or benchmark lost characters in a wrong code page"
    unread += [Unread(d["value"].written, d["value"].where, because) for d in ruined]
    return Found(drafts, tuple(problems), tuple(unread))


def _is_ruined(draft: dict[str, Any]) -> bool:
    """Return whether the model or the benchmark of a result is a word that lost characters."""
    for key in ("model", "benchmark_text"):
        named = draft.get(key)
        if named and is_ruined(str(named.value if isinstance(named, Fact) else named)):
            return True
    return False


def _names_of(variants: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield the names of a family's members, also without what stands in brackets behind them."""
    for variant in variants:
        name = variant.get("model_name")
        if name:
            printed = str(name.value if isinstance(name, Fact) else name)
            yield printed
            yield printed.partition("(")[0].strip() or printed


# Tables of scores


def _table(
    sheet: Sheet, context: Context, is_own: IsOwn, own_name: str | None
) -> tuple[list[Cell], Axes | None]:
    """Return the scores of a table, and its layout; None when that cannot be told."""
    speaks = context.evaluation or context.benchmark is not None
    axes = axes_of(sheet, is_own, evaluation=speaks)
    if axes is None:
        return [], None
    found = list(cells_of(sheet, axes, context, is_own, own_name))
    others = _marked_others({cell.model for cell in found if cell.is_self and cell.model}, is_own)
    if others:
        found = [c._replace(is_self=c.is_self and c.model not in others) for c in found]
    return found, axes


def _marked_others(names: set[str], is_own: IsOwn) -> set[str]:
    """Return the names with "(ours)" that are of other models: the card's own is named too."""
    if len(names) < 2:
        return set()
    marked = {name: without_mark(name) for name in names}
    if not any(bare and is_own(bare) for bare, _ in marked.values()):
        return set()
    return {
        name for name, (bare, mark) in marked.items() if mark and bare and is_own(bare) is False
    }


def _left_over(sheet: Sheet, axes: Axes) -> Iterator[Unread]:
    """Yield the cells among the scores that hold digits and could not be read."""
    for row in sheet.body:
        if row in axes.skipped_rows or sheet.is_group(row):
            continue
        for c in axes.values:
            text = sheet.texts[row][c]
            if sheet.scores[row][c] or scores.is_nothing(text) or not LIKE_A_SCORE.fullmatch(text):
                continue
            line = sheet.cell(row, c)
            yield Unread(line.text, line.span(), "a cell among scores that is no single number")


def _ambiguous(sheet: Sheet, context: Context) -> tuple[Problem, Unread] | None:
    """Return what to say of a table that seems to hold scores and was not read."""
    found = [score for row in sheet.body for cell in sheet.scores[row] for score in cell]
    exact = sum(score.decimals > 0 or score.percent for score in found)
    if not (context.evaluation or context.benchmark) or exact < FEW_SCORES:
        return None
    where = whole(cell for row in sheet.table.rows for cell in row if cell)
    text = "\n".join(" | ".join(row) for row in sheet.texts)[:SHOWN]
    meaning = explain("table-ambiguous")
    message = (
        "This table seems to hold scores, but which of its names are models and which benchmarks "
        "cannot be told, so none was read. Name the models in the first column or in the heads."
    )
    problem = Problem(meaning.code, meaning.severity, message, where)
    return problem, Unread(text, where, "a table of scores whose layout cannot be told")


def _draft(cell: Cell, unit: str, context: Context, number: int | None) -> dict[str, Any]:
    """Return the draft of one evaluation."""
    benchmark = cell.read
    identifier = benchmark.id
    if (
        not benchmark.known
        and context.benchmark is not None
        and (cell.metric is not None or is_shots(cell.text) or benchmark.metric)
    ):
        identifier = context.benchmark.id
    metric = (cell.metric.id if cell.metric else None) or benchmark.metric
    if metric == "mc1" and identifier.endswith("_mc2"):  # the harness had one task for both once
        identifier = identifier.removesuffix("_mc2") + "_mc1"
    shots = cell.num_fewshot
    if shots is None and context.benchmark is not None and identifier == context.benchmark.id:
        shots = context.benchmark.num_fewshot
    score, harness = cell.score, context.harness
    if harness is not None and mentions.has_own_suite(identifier):
        harness = None
    rule = "results list" if number is None else "table"
    return {
        "model": cell.model,
        "is_self": cell.is_self,
        "benchmark": identifier,
        "benchmark_text": cell.text,
        "num_fewshot": shots,
        "method": benchmark.method,
        "metric": metric,
        "split": cell.split or benchmark.split,
        "std": cell.std,
        "group": cell.group,
        "harness": harness,
        "table": number,
        "value": Fact(score.value, score.digits, _place(cell.line, score), rule),
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
    if at < 0:
        return line.span()
    raw, length = line.raw, len(score.digits)
    return Span(raw + at, raw + at + length) if raw >= 0 else line.span(at, at + length)


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
        and role not in ("step_head", "data_head", "size_head", "setting_head", "dial_head")
        and not counts_things(heads[c])
        and (
            words.find("training", heads[c]) is None
            or metrics.find(heads[c]) is not None
            or role == "training_log_head"
        )
    ]
    cells: list[Cell] = []
    for row in sheet.body:
        group = " / ".join(sheet.texts[row][c] for c in steps if sheet.texts[row][c])
        cells += (
            Cell(
                own_name,
                True,
                heads[c],
                benchmarks.read(heads[c]),
                score,
                sheet.cell(row, c),
                group or None,
                score.std,
                metric=metrics.find(heads[c]) or in_part(heads[c]),
            )
            for c in columns
            for score in sheet.scores[row][c]
        )
    yield from _apart(cells, number, log=True)


def _apart(
    cells: list[Cell], number: int | None, context: Context = NOTHING_SAID, *, log: bool = False
) -> Iterator[dict[str, Any]]:
    """Yield results that are printed metric by metric, each kind in a unit of its own.

    Error rates that stay below 2 for a whole log are fractions: a bad model errs more than once
    a word at first, and no log in percent is so good from its first step.
    """
    families = [metrics.family(cell.metric.id) if cell.metric else cell.text for cell in cells]
    places = {family: place for place, family in enumerate(dict.fromkeys(families))}
    placed = [cell._replace(place=places[f]) for cell, f in zip(cells, families, strict=True)]
    errors = [c.score.value for c, f in zip(cells, families, strict=True) if f == "error"]
    small = log and max(errors, default=0) <= metrics.GRAY
    for (cell, unit), family in zip(in_units(placed, context, apart=True), families, strict=True):
        fraction = small and family == "error" and not cell.score.percent
        yield _draft(cell, "fraction" if fraction else unit, context, number)


def _as_logged(draft: dict[str, Any], logged: dict[str, str]) -> dict[str, Any]:
    """Return a result in the unit that the card's log has for its metric, where it may be either.

    An error rate a little above 1 may be a fraction or a percentage; a log says which.
    """
    unit = logged.get(draft["metric"])
    value = draft["value"].value
    either = metrics.family(draft["metric"]) == "error" and 1 < value <= metrics.GRAY
    if draft["table"] is not None or unit is None or not either or "%" in draft["text"]:
        return draft
    return {**draft, "unit": unit, "normalized": _normalized(value, unit)}


# Lists of results


def _announces(paragraph: Paragraph | None) -> bool:
    """Whether a paragraph announces a list of results."""
    if paragraph is None:
        return False
    text = " ".join(line.text for line in paragraph.lines[-2:])
    return mentions.find("announcements", text) is not None


def _listed(
    entry: Bullet | Paragraph,
    own_name: str | None,
    above: Paragraph | None,
    path: tuple[Heading, ...],
) -> list[Cell]:
    """Return the result that an entry of a list states, below a paragraph: `Loss: 0.45`."""
    if len(entry.lines) != 1 or len(entry.lines[0]) > SHOWN:
        return []
    line = entry.lines[0]
    found = LABEL.fullmatch(line.text) if scores.DIGIT.search(line.text) else None
    if not found:
        return []
    read_scores = scores.read(found[2])
    if len(read_scores) != 1:
        return []
    label = markup.name(found[1])
    value = line[found.start(2) :]
    known = metrics.find(label) is not None or benchmarks.read(label).known
    section = words.section_of(path[-1].line.text) if path else None
    stated = known and section == "evaluation" and read_scores[0].decimals
    if not stated and not _announces(above):
        return []
    role = words.find("evaluation", label)
    setting = words.find("training", label) or role in ("step_head", "dial_head")
    if (setting or counts_things(label)) and not known:
        return []
    return [
        Cell(
            own_name,
            True,
            label,
            named := benchmarks.read(label),
            read_scores[0],
            value,
            num_fewshot=named.num_fewshot,
            std=read_scores[0].std,
            metric=metrics.find(label),
        )
    ]
