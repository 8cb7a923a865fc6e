"""A table of lm-evaluation-harness comes back exactly: task, metric, shots, value and its error.

The form is that of `make_table` (lm_eval, utils.py) in its three ages: with `Task` and `Version`
alone, with filters and shots, with arrows. A task's name stands in the first of its rows only,
and the members of a group are indented by ` - `.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardkit.ingest import read_record

TASKS = {
    "arc_challenge": ("acc", "acc_norm"),
    "arc_easy": ("acc", "acc_norm"),
    "boolq": ("acc",),
    "gsm8k": ("exact_match", "exact_match"),
    "hellaswag": ("acc", "acc_norm"),
    "humaneval": ("pass@1",),
    "ifeval": ("inst_level_loose_acc", "inst_level_strict_acc", "prompt_level_strict_acc"),
    "lambada_openai": ("acc", "perplexity"),
    "mmlu": ("acc",),
    "mmlu_pro": ("exact_match",),
    "openbookqa": ("acc", "acc_norm"),
    "piqa": ("acc", "acc_norm"),
    "truthfulqa_gen": ("bleu_acc", "bleu_diff", "bleu_max", "rouge1_max", "rougeL_acc"),
    "truthfulqa_mc1": ("acc",),
    "truthfulqa_mc2": ("acc",),
    "wikitext": ("bits_per_byte", "byte_perplexity", "word_perplexity"),
    "winogrande": ("acc",),
    "wmt16-ro-en": ("bleu", "chrf", "ter"),
    "xnli_de": ("acc",),
}
IDS = {"inst_level_loose_acc": "acc", "inst_level_strict_acc": "acc",
       "prompt_level_strict_acc": "acc", "bleu_acc": "acc", "rougeL_acc": "acc",
       "bleu_max": "bleu", "rouge1_max": "rouge1", "word_perplexity": "perplexity"}  # fmt: skip
"""The record's ids of metrics that have another name in the harness."""
SCALES = {"perplexity": 20.0, "bits_per_byte": 3.0, "byte_perplexity": 4.0, "bleu_diff": -3.0,
          "word_perplexity": 30.0, "bleu_max": 40.0, "rouge1_max": 60.0, "bleu": 40.0,
          "chrf": 60.0, "ter": 90.0}  # fmt: skip
"""How large a metric grows; those that are not here are shares of 1."""
FREE = ("perplexity", "bits_per_byte", "byte_perplexity", "word_perplexity", "bleu_diff")
LOWER = (*FREE[:4], "ter")


class Row(NamedTuple):
    """One line of a table."""

    task: str
    depth: int
    version: int
    filter: str
    shots: int | None
    metric: str
    value: str
    error: str | None


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    """Draw the rows of a table: some tasks with all their metrics, one of them a group."""
    found: list[Row] = []
    for task in draw(st.lists(st.sampled_from(sorted(TASKS)), min_size=2, max_size=8, unique=True)):
        members = [(task, 0)]
        if task == "mmlu" and draw(st.booleans()):
            members += [("humanities", 1), ("formal_logic", 2), ("stem", 1)]
        for name, depth in members:
            shots = draw(st.sampled_from((0, 3, 5, 25)))
            version = draw(st.integers(0, 3))
            for i, metric in enumerate(TASKS[task]):
                value = draw(st.floats(0.05, 0.9999)) * SCALES.get(metric, 1.0)
                value = 1.0 if metric == "acc" and draw(st.integers(0, 15)) == 0 else value
                error = f"{draw(st.floats(0.0, 0.09)):.4f}" if draw(st.integers(0, 3)) else None
                kind = ("flexible-extract", "strict-match")[i] if task == "gsm8k" else "none"
                found.append(Row(name, depth, version, kind, shots, metric, f"{value:.4f}", error))
    return found


def cells(row: Row, before: Row | None, age: int) -> list[str]:
    """Return the cells of a row, as the harness of one age prints them."""
    first = before is None or before.task != row.task
    indent = " " * row.depth + "- " if row.depth else ""
    name = [f"{indent}{row.task}", str(row.version)] if first else ["", ""]
    run = [] if age == 0 else [row.filter, "" if row.shots is None else str(row.shots)]
    arrow = ["↓" if row.metric in LOWER else "↑"] if age == 2 else []
    error = ["±", row.error or "N/A"] if age or row.error else ["", ""]
    return [*name, *run, row.metric, *arrow, row.value, *error]


def table(found: list[Row], age: int) -> str:
    """Return a table as the harness prints it; its heads are its own."""
    run = [] if age == 0 else ["Filter", "n-shot"]
    heads = ["Task" if age == 0 else "Tasks", "Version", *run, "Metric", *[""] * (age == 2)]
    heads += ["Value", "", "Stderr"]
    before = [None, *found]
    texts = [cells(row, last, age) for row, last in zip(found, before, strict=False)]
    widths = [max(len(row[c]) for row in [heads, *texts]) for c in range(len(heads))]
    right = [head in ("Version", "n-shot", "Value", "Stderr") for head in heads]
    rule = ["-" * (w - 1) + (":" if r else "-") for w, r in zip(widths, right, strict=True)]
    lines = [[h.center(w) for h, w in zip(heads, widths, strict=True)], rule]
    lines += [
        [t.rjust(w) if r else t.ljust(w) for t, w, r in zip(row, widths, right, strict=True)]
        for row in texts
    ]
    return "\n".join(f"|{'|'.join(line)}|" for line in lines)


def unit_of(row: Row) -> str:
    if row.metric in FREE:
        return "score"
    return "percent" if row.metric in SCALES else "fraction"


@pytest.mark.parametrize("age", [0, 1, 2], ids=["task", "filter and shots", "arrows"])
@settings(max_examples=150, deadline=None, derandomize=True)
@given(found=rows())
def test_a_table_of_the_harness_gives_back_what_it_was_given(age: int, found: list[Row]) -> None:
    command = "hf (pretrained=ants/ant), gen_kwargs: (None), limit: None, num_fewshot: None"
    card = f"# Ant\n\n## Evaluation\n\n{command}\n\n{table(found, age)}\n"
    record = read_record(card)
    keys = ("benchmark_text", "metric", "num_fewshot", "value", "unit", "std", "is_self", "table")
    wanted = [
        (
            row.task,
            IDS.get(row.metric, row.metric),
            row.shots if age else None,
            float(row.value),
            unit_of(row),
            float(row.error) if row.error else None,
            True,
            0,
        )
        for row in found
    ]
    assert [tuple(e.get(key) for key in keys) for e in record["evaluations"]] == wanted
    assert {e["benchmark"] for e in record["evaluations"]} == {
        row.task.replace("-", "_") if row.task.startswith("wmt") else row.task for row in found
    }
    assert (record["training"], record["unread"]) == ([], [])
