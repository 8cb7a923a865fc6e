"""What a table is about. A table is typed before it is read: a wrong type is a wrong value."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cardkit.blocks import Heading, Table
from cardkit.grids.sheets import Sheet, sheet_of
from cardkit.patterns import regex
from cardkit.vocabulary import benchmarks, metrics, words

FILE = regex(
    r"\.(?:gguf|ggml|safetensors|bin|pth?|onnx|zip|gz|npz|ckpt|json|ya?ml)(?:\.\S+)?$", re.I
)


def kind_of(table: Table, path: tuple[Heading, ...] = ()) -> str:
    """Return what a table holds: `log`, `hyperparameters`, `spec`, `files`, `data`, or `scores`.

    `other` is none of them. `scores` holds numbers that measure models; which of its rows and
    columns do is for the reader of evaluations to find out.
    """
    sheet = sheet_of(table)
    section = words.section_of(path[-1].line.text) if path else None
    if section not in sheet.kinds:
        sheet.kinds[section] = _kind_of(table, sheet, section)
    return sheet.kinds[section]


def _kind_of(table: Table, sheet: Sheet, section: str | None) -> str:
    if len(sheet.texts) < 2:
        return "other"
    heads = [_last(sheet.head(c)) for c in range(sheet.width)]
    roles = [words.find("evaluation", head) if head else None for head in heads]
    firsts = [text for text in sheet.column(0) if text]
    if _is_log(heads, roles):
        return "log"
    known = any(
        benchmarks.looks_like_benchmark(t) or metrics.find(t) is not None
        for t in [*heads[1:], *firsts]
    )
    if not known and _is_of_training(heads, firsts):
        return "hyperparameters"
    spec_heads = _count("spec", heads)
    if (spec_heads >= 2 and _is_of_shapes(sheet, heads, roles, spec_heads)) or (
        not known and len(firsts) >= 3 and _count("spec", firsts) * 2 >= len(firsts)
    ):
        return "spec"
    if (
        section == "environment"
        or _is_samples(table)
        or (section == "data" and "model_head" not in roles and _metrics_in(heads) < 2)
    ):
        return "data"
    if _is_data(sheet, roles, known=known):
        return "data"
    if words.find("sections", heads[0]) in ("hyperparameters", "architecture"):
        return "spec" if _share("spec", firsts) > _share("training", firsts) else "hyperparameters"
    if not known and (section in ("download", "news", "toc") or _is_of_files(firsts)):
        return "files"
    if not any(sheet.numeric(c) >= 0.5 for c in range(sheet.width)) and not any(
        any(sheet.scores[r]) for r in sheet.body
    ):
        return "spec" if spec_heads and not known else "other"
    return "scores"


def _is_of_training(heads: list[str], firsts: list[str]) -> bool:
    """Whether the rows or the columns are named after settings of a training."""
    if len(firsts) >= 2 and _share("training", firsts) >= 0.5:
        return True
    return _share("training", heads[1:]) >= 0.6 and _count("training", heads) >= 2


def _is_of_shapes(sheet: Sheet, heads: list[str], roles: list[str | None], figures: int) -> bool:
    """Whether so many heads that name figures of models are most of what a table holds."""
    measured = _metrics_in(heads) > 1 or any(
        h and (benchmarks.looks_like_benchmark(h) or r in ("speed_head", "score_head"))
        for h, r in zip(heads, roles, strict=True)
    )
    return not measured and figures * 2 >= sum(sheet.numeric(c) >= 0.5 for c in range(sheet.width))


def _metrics_in(heads: list[str]) -> int:
    """Return how many heads name the metric of their numbers."""
    return sum(bool(h) and benchmarks.read(h).metric is not None for h in heads[1:])


def _is_of_files(firsts: list[str]) -> bool:
    """Whether most rows are named after files."""
    files = sum("." in text and FILE.search(text) is not None for text in firsts)
    return files * 2 > len(firsts)


def _is_log(heads: list[str], roles: list[str | None]) -> bool:
    """Whether the heads are those of a training log: a step or epoch, and a loss or metric."""
    steps = sum(role == "step_head" for role in roles)
    losses = sum(role == "training_log_head" for role in roles)
    measured = sum(metrics.find(head) is not None for head in heads if head)
    named = sum(role in ("model_head", "benchmark_head") for role in roles)
    return bool(steps) and not named and (losses > 0 or measured > 0)


def _is_samples(table: Table) -> bool:
    """Whether each cell shows a value of a data set as code: `<code>A man rides.</code>`."""
    cells = [cell.text.strip() for row in table.rows[table.heads :] for cell in row if cell]
    return bool(cells) and all(
        text.startswith("<code>") and text.endswith("</code>") for text in cells if text
    )


def _is_data(sheet: Sheet, roles: list[str | None], *, known: int) -> bool:
    """Whether a table counts what data sets hold: heads of data, and no benchmark or model."""
    if "data_head" not in roles or "model_head" in roles:
        return False
    found = [score for row in sheet.body for cell in sheet.scores[row] for score in cell]
    whole = bool(found) and not any(score.decimals for score in found)
    return not known or (whole and max(score.value for score in found) > 100)


def _last(head: tuple[str, ...]) -> str:
    return head[-1] if head else ""


def _count(domain: str, texts: Iterable[str]) -> int:
    return sum(words.find(domain, text) is not None for text in texts if text)


def _share(domain: str, texts: list[str]) -> float:
    filled = [text for text in texts if text]
    return _count(domain, filled) / len(filled) if filled else 0.0
