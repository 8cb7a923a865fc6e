"""Scores are read with their model, benchmark and unit, whatever the shape of their table."""

from __future__ import annotations

import pytest
from cardkit.ingest import read_record

TITLE = "# Ant 2 7B\n\n## Evaluation\n\n"


def cells(card: str) -> list[str]:
    """Return each evaluation in short: model (own ones starred), benchmark, value, unit."""
    return [
        f"{'*' if e['is_self'] else ''}{e.get('model')} / {e['benchmark_text']} = "
        f"{e['value']:g} {e['unit']}" + (f" [{e['group']}]" if e.get("group") else "")
        for e in read_record(card)["evaluations"]
    ]


def test_models_in_rows():
    assert cells(TITLE + "| Model | MMLU | GSM8K |\n|--|--|--|\n| Ant 2 7B | 60.1 | **40.2** |\n| Bee-7B | 59 | - |") == [
        "*Ant 2 7B / MMLU = 60.1 percent",
        "*Ant 2 7B / GSM8K = 40.2 percent",
        "Bee-7B / MMLU = 59 percent",
    ]  # fmt: skip


def test_models_in_columns():
    assert cells(TITLE + "| Task | Bee-7B | Ant-2-7B |\n|--|--|--|\n| MMLU | 59.0 | 60.1 |") == [
        "Bee-7B / MMLU = 59 percent",
        "*Ant-2-7B / MMLU = 60.1 percent",
    ]


def test_what_the_rows_are_outweighs_what_the_head_calls_them():
    assert cells(TITLE + "| Task | HellaSwag | MMLU 5-shot |\n|-|-|-|\n| Ant 2 7B | 0.71 | 0.60 |\n| Bee-7B | 0.70 | 0.59 |") == [
        "*Ant 2 7B / HellaSwag = 0.71 fraction",
        "*Ant 2 7B / MMLU 5-shot = 0.6 fraction",
        "Bee-7B / HellaSwag = 0.7 fraction",
        "Bee-7B / MMLU 5-shot = 0.59 fraction",
    ]  # fmt: skip


def test_no_model_on_either_axis_means_the_cards_own():
    assert cells(TITLE + "| Task | Score |\n|--|--|\n| MMLU (5-shot) | 0.5766 |\n| PIQA | 0.81 |") == [
        "*Ant 2 7B / MMLU (5-shot) = 0.5766 fraction",
        "*Ant 2 7B / PIQA = 0.81 fraction",
    ]


def test_rows_of_data_sets_and_columns_of_metrics_are_named_by_both():
    assert cells(TITLE + "| Dataset | Precision | Recall |\n|--|--|--|\n| CoNLL | 0.91 | 0.92 |") == [
        "*Ant 2 7B / CoNLL Precision = 0.91 fraction",
        "*Ant 2 7B / CoNLL Recall = 0.92 fraction",
    ]


def test_group_rows_hold_for_the_rows_below_them():
    card = "| Model | MMLU |\n|--|--|\n| **Open** | |\n| Bee-7B | 59.1 |\n| **Ours** | |\n| Ant 2 7B | 60.1 |"
    assert cells(TITLE + card) == [
        "Bee-7B / MMLU = 59.1 percent [Open]",
        "*Ant 2 7B / MMLU = 60.1 percent [Ours]",
    ]


def test_a_category_column_fills_down():
    card = "| Category | Benchmark | Ant 2 7B |\n|-|-|-|\n| Math | GSM8K | 40.5 |\n| | MATH | 12.5 |\n| Code | MBPP | 30.5 |"
    assert cells(TITLE + card) == [
        "*Ant 2 7B / GSM8K = 40.5 percent [Math]",
        "*Ant 2 7B / MATH = 12.5 percent [Math]",
        "*Ant 2 7B / MBPP = 30.5 percent [Code]",
    ]


def test_sizes_among_scores_are_no_scores():
    card = "| | Bee-MoE | Ant 2 7B |\n|-|-|-|\n| # Activated Params | 21B | 7B |\n| # Layers | 60 | 32 |\n| MMLU | 78.5 | 60.1 |"
    assert cells(TITLE + card) == [
        "Bee-MoE / MMLU = 78.5 percent",
        "*Ant 2 7B / MMLU = 60.1 percent",
    ]


def test_differences_are_no_scores():
    card = "| Task | Ant 2 7B | Bee-7B | Gap |\n|-|-|-|-|\n| MMLU | 60.1 | 59.1 | 1.0 |"
    assert cells(TITLE + card) == ["*Ant 2 7B / MMLU = 60.1 percent", "Bee-7B / MMLU = 59.1 percent"]


def test_a_second_head_gives_the_shots():
    card = "| Model | MMLU | GSM8K |\n|-|-|-|\n| | 5-shot | 8-shot |\n| Ant 2 7B | 60.1 | 40.2 |"
    record = read_record(TITLE + card)
    assert [(e["benchmark_text"], e["num_fewshot"]) for e in record["evaluations"]] == [
        ("MMLU", 5), ("GSM8K", 8),
    ]  # fmt: skip


def test_a_size_tells_apart_rows_with_one_name():
    card = "| Model | Size | MMLU |\n|-|-|-|\n| Bee | 7B | 45.1 |\n| Bee | 13B | 55.1 |"
    assert cells(TITLE + card) == ["Bee 7B / MMLU = 45.1 percent", "Bee 13B / MMLU = 55.1 percent"]


@pytest.mark.parametrize(
    ("cell", "values"),
    [
        ("**71.2**", [71.2]), ("71.2 ± 0.3", [71.2]), ("71.2%", [71.2]), ("~71.2", [71.2]),
        ("71.2<sup>†</sup>", [71.2]), ("[71.2](https://x.example)", [71.2]), ("71,2", [71.2]),
        ("$\\mathbf{71.2}$", [71.2]), ("79.4% (+0.6%)", [79.4]), ("71.2/68.0", [71.2, 68.0]),
        ("71.2*", [71.2]), ("<u>71.2</u>", [71.2]), ("71.2[^1]", [71.2]),
        ("-", []), ("N/A", []), ("?", []), ("7B", []), ("v1.5", []), ("10-20", []), ("", []),
    ],
)  # fmt: skip
def test_every_form_of_cell(cell, values):
    card = f"{TITLE}| Model | MMLU |\n|-|-|\n| Bee-7B | 50.5 |\n| Ant 2 7B | {cell} |"
    record = read_record(card)
    assert [e["value"] for e in record["evaluations"] if e["is_self"]] == values


def test_scores_without_bounds_are_no_percent():
    card = "| Model | MT-Bench | Perplexity | MMLU |\n|-|-|-|-|\n| Ant 2 7B | 6.7 | 12.5 | 60.1 |\n| Bee-7B | 6.3 | 13.5 | 59.1 |"
    assert cells(TITLE + card)[:3] == [
        "*Ant 2 7B / MT-Bench = 6.7 score",
        "*Ant 2 7B / Perplexity = 12.5 score",
        "*Ant 2 7B / MMLU = 60.1 percent",
    ]


def test_a_training_log_is_grouped_by_epoch_and_step():
    card = "# Ant 2 7B\n\n| Training Loss | Epoch | Step | Validation Loss | Accuracy |\n|-|-|-|-|-|\n| No log | 1.0 | 50 | 0.35 | 0.91 |"
    assert cells(card) == [
        "*Ant 2 7B / Validation Loss = 0.35 score [1.0 / 50]",
        "*Ant 2 7B / Accuracy = 0.91 fraction [1.0 / 50]",
    ]


def test_an_announced_list_holds_results():
    card = "# Ant 2 7B\n\nIt achieves the following results on the evaluation set:\n- Loss: 0.45\n- Accuracy: 0.91\n\n- Seed: 42"
    assert cells(card) == ["*Ant 2 7B / Loss = 0.45 score", "*Ant 2 7B / Accuracy = 0.91 fraction"]


@pytest.mark.parametrize(
    "table",
    [
        "| Hyperparameter | Value |\n|-|-|\n| Learning rate | 0.001 |\n| Weight decay | 0.1 |",
        "| Size | Layers | Hidden size |\n|-|-|-|\n| 7B | 32 | 4096 |",
        "| File | Size (GB) |\n|-|-|\n| a.gguf | 3.5 |\n| b.gguf | 4.5 |",
        "| Dataset | Tokens | Samples |\n|-|-|-|\n| Books | 1200 | 300 |",
        "| Model | Power (W) | Carbon Emitted |\n|-|-|-|\n| Ant 2 7B | 400 | 31.2 |",
    ],
)  # fmt: skip
def test_tables_of_other_kinds_hold_no_scores(table):
    assert cells("# Ant 2 7B\n\n" + table) == []


def test_a_sentence_that_denies_the_scale_of_a_table_is_a_problem():
    card = TITLE + "| Model | MMLU |\n|-|-|\n| Ant 2 7B | 47.1 |\n\nNote: all scores are values between 0 and 1."
    problems = [p for p in read_record(card)["problems"] if p["code"] == "unit-conflict"]
    assert [card[p["at"]["start"] : p["at"]["end"]] for p in problems] == [
        "Note: all scores are values between 0 and 1."
    ]


def test_every_value_points_at_its_own_number():
    card = TITLE + "| Model | MMLU | PIQA |\n|-|-|-|\n| Ant 2 7B | **47.1** | 47.1 |"
    record = read_record(card)
    places = [record["evidence"][f"/evaluations/{i}/value"] for i in range(2)]
    assert [card[at["start"] : at["end"]] for at in places] == ["47.1", "47.1"]
    assert places[0]["start"] < places[1]["start"]
