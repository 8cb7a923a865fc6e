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
    card = TITLE + (
        "| Model | MMLU | GSM8K |\n|--|--|--|\n| Ant 2 7B | 60.1 | **40.2** |\n| Bee-7B | 59 | - |"
    )
    assert cells(card) == [
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
    card = TITLE + (
        "| Task | HellaSwag | MMLU 5-shot |\n|-|-|-|\n| Ant 2 7B | 0.71 | 0.60 |\n"
        "| Bee-7B | 0.70 | 0.59 |"
    )
    assert cells(card) == [
        "*Ant 2 7B / HellaSwag = 0.71 fraction",
        "*Ant 2 7B / MMLU 5-shot = 0.6 fraction",
        "Bee-7B / HellaSwag = 0.7 fraction",
        "Bee-7B / MMLU 5-shot = 0.59 fraction",
    ]  # fmt: skip


def test_no_model_on_either_axis_means_the_cards_own():
    assert cells(
        TITLE + "| Task | Score |\n|--|--|\n| MMLU (5-shot) | 0.5766 |\n| PIQA | 0.81 |"
    ) == [
        "*Ant 2 7B / MMLU (5-shot) = 0.5766 fraction",
        "*Ant 2 7B / PIQA = 0.81 fraction",
    ]


def test_rows_of_data_sets_and_columns_of_metrics_are_named_by_both():
    assert cells(
        TITLE + "| Dataset | Precision | Recall |\n|--|--|--|\n| CoNLL | 0.91 | 0.92 |"
    ) == [
        "*Ant 2 7B / CoNLL Precision = 0.91 fraction",
        "*Ant 2 7B / CoNLL Recall = 0.92 fraction",
    ]


def test_group_rows_hold_for_the_rows_below_them():
    card = (
        "| Model | MMLU |\n|--|--|\n| **Open** | |\n| Bee-7B | 59.1 |\n"
        "| **Ours** | |\n| Ant 2 7B | 60.1 |"
    )
    assert cells(TITLE + card) == [
        "Bee-7B / MMLU = 59.1 percent [Open]",
        "*Ant 2 7B / MMLU = 60.1 percent [Ours]",
    ]


def test_a_category_column_fills_down():
    card = (
        "| Category | Benchmark | Ant 2 7B |\n|-|-|-|\n| Math | GSM8K | 40.5 |\n"
        "| | MATH | 12.5 |\n| Code | MBPP | 30.5 |"
    )
    assert cells(TITLE + card) == [
        "*Ant 2 7B / GSM8K = 40.5 percent [Math]",
        "*Ant 2 7B / MATH = 12.5 percent [Math]",
        "*Ant 2 7B / MBPP = 30.5 percent [Code]",
    ]


def test_sizes_among_scores_are_no_scores():
    card = (
        "| | Bee-MoE | Ant 2 7B |\n|-|-|-|\n| # Activated Params | 21B | 7B |\n"
        "| # Layers | 60 | 32 |\n| MMLU | 78.5 | 60.1 |"
    )
    assert cells(TITLE + card) == [
        "Bee-MoE / MMLU = 78.5 percent",
        "*Ant 2 7B / MMLU = 60.1 percent",
    ]


def test_differences_are_no_scores():
    card = "| Task | Ant 2 7B | Bee-7B | Gap |\n|-|-|-|-|\n| MMLU | 60.1 | 59.1 | 1.0 |"
    assert cells(TITLE + card) == [
        "*Ant 2 7B / MMLU = 60.1 percent",
        "Bee-7B / MMLU = 59.1 percent",
    ]


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
        ("71.2*", [71.2]), ("<u>71.2</u>", [71.2]), ("71.2[^1]", [71.2]), ("71.", [71]),
        ("71.2 pass@1", [71.2]), ("71.2/-", [71.2]), ("71.2, [70.9, 71.5]", [71.2]),
        ("-", []), ("N/A", []), ("?", []), ("7B", []), ("v1.5", []), ("10-20", []), ("", []),
    ],
)  # fmt: skip
def test_every_form_of_cell(cell, values):
    card = f"{TITLE}| Model | MMLU |\n|-|-|\n| Bee-7B | 50.5 |\n| Ant 2 7B | {cell} |"
    record = read_record(card)
    assert [e["value"] for e in record["evaluations"] if e["is_self"]] == values


def test_an_error_rate_is_in_percent_where_its_head_says_so():
    card = TITLE + "| Release | EER (%) | Accuracy (%) |\n|--|--|--|\n| Ant 2 7B | 0.69 | 0.91 |"
    assert cells(card) == [
        "*Ant 2 7B / EER (%) = 0.69 percent",
        "*Ant 2 7B / Accuracy (%) = 0.91 fraction",  # below 1 % of answers right: a wrong head
    ]  # fmt: skip


def test_scores_without_bounds_are_no_percent():
    card = (
        "| Model | MT-Bench | Perplexity | MMLU |\n|-|-|-|-|\n"
        "| Ant 2 7B | 6.7 | 12.5 | 60.1 |\n| Bee-7B | 6.3 | 13.5 | 59.1 |"
    )
    assert cells(TITLE + card)[:3] == [
        "*Ant 2 7B / MT-Bench = 6.7 score",
        "*Ant 2 7B / Perplexity = 12.5 score",
        "*Ant 2 7B / MMLU = 60.1 percent",
    ]


def test_a_training_log_is_grouped_by_epoch_and_step():
    card = (
        "# Ant 2 7B\n\n"
        "| Training Loss | Epoch | Step | Validation Loss | Accuracy |\n"
        "|-|-|-|-|-|\n| No log | 1.0 | 50 | 0.35 | 0.91 |"
    )
    assert cells(card) == [
        "*Ant 2 7B / Validation Loss = 0.35 score [1.0 / 50]",
        "*Ant 2 7B / Accuracy = 0.91 fraction [1.0 / 50]",
    ]


def test_an_announced_list_holds_results():
    card = (
        "# Ant 2 7B\n\nIt achieves the following results on the evaluation set:\n"
        "- Loss: 0.45\n- Accuracy: 0.91\n\n- Seed: 42"
    )
    assert cells(card) == ["*Ant 2 7B / Loss = 0.45 score", "*Ant 2 7B / Accuracy = 0.91 fraction"]


@pytest.mark.parametrize(
    "table",
    [
        "| Hyperparameter | Value |\n|-|-|\n| Learning rate | 0.001 |\n| Weight decay | 0.1 |",
        "| Size | Layers | Hidden size |\n|-|-|-|\n| 7B | 32 | 4096 |",
        "| File | Size (GB) |\n|-|-|\n| a.gguf | 3.5 |\n| b.gguf | 4.5 |",
        "| Name | Max RAM |\n|-|-|\n| a.Q4_0.gguf | 6.33 GB |\n| b.Q8_0.gguf | 7.33 GB |",
        "| Dataset | Tokens | Samples |\n|-|-|-|\n| Books | 1200 | 300 |",
        "| Model | Power (W) | Carbon Emitted |\n|-|-|-|\n| Ant 2 7B | 400 | 31.2 |",
    ],
)  # fmt: skip
def test_tables_of_other_kinds_hold_no_scores(table):
    assert cells("# Ant 2 7B\n\n" + table) == []


def test_a_sentence_that_denies_the_scale_of_a_table_is_a_problem():
    card = TITLE + (
        "| Model | MMLU |\n|-|-|\n| Ant 2 7B | 47.1 |\n\n"
        "Note: all scores are values between 0 and 1."
    )
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


def attributes(card: str, *names: str) -> list[tuple[object, ...]]:
    """Return some attributes of each evaluation."""
    return [tuple(e.get(name) for name in names) for e in read_record(card)["evaluations"]]


def test_a_metric_in_the_heading_is_that_of_a_table_without_one():
    card = "# Ant 2 7B\n\n*Result (WER)*:\n\n| clean | other |\n|-|-|\n| 3.5 | 7.8 |"
    assert attributes(card, "benchmark_text", "metric", "unit") == [
        ("clean", "wer", "percent"), ("other", "wer", "percent"),
    ]  # fmt: skip


def test_a_metric_of_all_results_holds_for_each_table_of_the_section():
    card = TITLE + (
        "All results are reported as accuracies.\n\n### Taste\n\n| Model | Sweet |\n"
        "|-|-|\n| Ant 2 7B | 60.1 |"
    )
    assert attributes(card, "metric") == [("acc",)]


def test_a_chinese_heading_names_the_metric_too():
    card = (
        "# Ant 2 7B\n\n## 领域困惑度评估\n\n| | 游戏 | 金融 |\n|-|-|-|\n"
        "| Ant 2 7B | 17.28 | 4.92 |\n| Bee-7B | 19.78 | 6.17 |"
    )
    assert attributes(card, "metric", "unit")[0] == ("perplexity", "score")


def test_two_numbers_of_a_cell_have_the_two_metrics_of_its_head():
    card = TITLE + "| Model | SQuAD (EM/F1) |\n|-|-|\n| Ant 2 7B | 81.2/88.4 |\n| Bee-7B | 80.1/- |"
    assert attributes(card, "benchmark", "metric", "value") == [
        ("squad", "exact_match", 81.2), ("squad", "f1", 88.4), ("squad", "exact_match", 80.1),
    ]  # fmt: skip


def test_an_average_in_a_metric_column_is_of_the_metric_behind_it():
    card = TITLE + "| Benchmark | Metric | Ant 2 7B |\n|-|-|-|\n| MMLU | macro_avg/acc | 60.1 |"
    assert attributes(card, "metric") == [("acc",)]


def test_shots_and_metric_of_one_benchmark_are_not_those_of_the_next():
    card = TITLE + (
        "| Benchmark | # Shots | Metric | Ant 2 7B |\n|-|-|-|-|\n"
        "| MMLU | 5 | acc | 60.1 |\n| IFEval | | | 70.1 |"
    )
    assert attributes(card, "num_fewshot", "metric") == [(5, "acc"), (None, None)]


def test_a_row_of_shots_alone_is_a_head():
    card = TITLE + "| | MMLU | CMMLU |\n|-|-|-|\n| | 5-shot | 5-shot |\n| Ant 2 7B | 60.1 | 50.2 |"
    assert attributes(card, "model", "num_fewshot", "group") == [("Ant 2 7B", 5, None)] * 2


def test_shots_in_the_head_over_the_names_hold_for_all():
    card = TITLE + "| Model (5-shot) | MMLU |\n|-|-|\n| Ant 2 7B | 60.1 |"
    assert attributes(card, "num_fewshot") == [(5,)]


def test_shots_in_the_sentence_above_are_those_of_the_benchmark_before_them():
    card = TITLE + (
        "We report MMLU (5-shot) and GSM8K (8-shot).\n\n| Model | MMLU | GSM8K |\n"
        "|-|-|-|\n| Ant 2 7B | 60.1 | 40.2 |"
    )
    assert attributes(card, "num_fewshot") == [(5,), (8,)]


def test_a_second_head_that_names_metrics_needs_no_empty_corner():
    card = TITLE + (
        "| Dataset | LAMBADA | LAMBADA |\n|-|-|-|\n| (metric) | (PPL) | (ACC) |\n"
        "| | 35.13 | 45.99 |"
    )
    assert attributes(card, "benchmark_text", "metric", "unit") == [
        ("LAMBADA (PPL)", "perplexity", "score"), ("LAMBADA (ACC)", "acc", "percent"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "head",
    ["VRAM (GB)", "Time to first token (s)", "Test samples per second", "Decode (tokens/sec)"],
)
def test_a_head_with_a_unit_of_measurement_is_over_no_percent(head):
    card = f"{TITLE}| Model | {head} |\n|-|-|\n| Ant 2 7B | 61.03 |\n| Bee-7B | 32.04 |"
    assert attributes(card, "unit") == [("score",), ("score",)]


@pytest.mark.parametrize(
    "head",
    [
        "num of queries",
        "Fine-tune data",
        "Support",
        "Threshold",
        "Sparsity",
        "GPU energy (kJ)",
        "Gap",
    ],
)
def test_columns_of_counts_settings_and_footprints_hold_no_scores(head):
    card = (
        f"{TITLE}| Model | {head} | MMLU |\n|-|-|-|\n| Ant 2 7B | 48.5 | 60.1 |\n"
        f"| Bee-7B | 64.5 | 59.1 |"
    )
    assert attributes(card, "benchmark_text") == [("MMLU",), ("MMLU",)]


def test_columns_of_devices_and_of_gains_hold_no_scores():
    card = TITLE + (
        "| Model | Cards | Boost | MMLU |\n|-|-|-|-|\n"
        "| Ant 2 7B | 8 | +1.5 | 60.1 |\n| Bee-7B | 4 | +2.5 | 59.1 |"
    )
    assert attributes(card, "benchmark_text") == [("MMLU",), ("MMLU",)]


def test_a_column_that_counts_the_rows_names_nothing():
    card = TITLE + "| | Model | MMLU |\n|-|-|-|\n| 0 | Ant 2 7B | 60.1 |\n| 1 | Bee-7B | 59.1 |"
    assert attributes(card, "model") == [("Ant 2 7B",), ("Bee-7B",)]


def test_rows_of_classes_languages_and_splits_are_the_cards_own():
    for rows in (("Fire", "Theft"), ("ar", "zh-TW"), ("Train set", "Test set")):
        body = "".join(f"| {row} | 0.91 | 0.92 |\n" for row in rows)
        card = f"{TITLE}| Category | Precision | Recall |\n|-|-|-|\n{body}"
        assert {model for (model,) in attributes(card, "model")} == {"Ant 2 7B"}


def test_the_accuracy_of_a_report_stands_in_the_column_of_another_metric():
    card = (
        TITLE
        + "| label | precision | recall |\n|-|-|-|\n| PER | 0.91 | 0.92 |\n| accuracy | | 0.93 |"
    )
    assert attributes(card, "benchmark_text", "metric") == [
        ("PER precision", "precision"), ("PER recall", "recall"), ("accuracy", "acc"),
    ]  # fmt: skip


def test_what_also_stands_among_the_heads_names_no_model():
    card = TITLE + (
        "| Task | Variant | East | West |\n|-|-|-|-|\n| NER | East | 80.8 | 67.9 |\n"
        "| POS | West | 98.1 | 97.8 |"
    )
    assert cells(card)[:2] == [
        "East / NER = 80.8 percent [East]",
        "West / NER = 67.9 percent [East]",
    ]


def test_the_metric_behind_the_names_of_models_is_no_part_of_them():
    card = TITLE + "| Dataset | mBERT F1 | XLM-R F1 |\n|-|-|-|\n| Naija | 77.58 | 83.66 |"
    assert attributes(card, "model", "benchmark_text", "metric") == [
        ("mBERT", "Naija", "f1"), ("XLM-R", "Naija", "f1"),
    ]  # fmt: skip


def test_a_field_over_a_benchmark_is_its_group():
    card = (
        TITLE + "| Model | Math | Math |\n|-|-|-|\n| | GSM8K | MATH |\n| Ant 2 7B | 40.5 | 12.5 |"
    )
    assert cells(card) == [
        "*Ant 2 7B / GSM8K = 40.5 percent [Math]",
        "*Ant 2 7B / MATH = 12.5 percent [Math]",
    ]


def test_a_column_of_fields_may_have_the_head_of_the_benchmarks():
    card = TITLE + (
        "| Benchmark | | Ant 2 7B | Bee-7B |\n|-|-|-|-|\n"
        "| General | MMLU | 60.1 | 59.1 |\n| | CMMLU | 50.1 | 49.1 |"
    )
    assert [group for (group,) in attributes(card, "group")] == ["General"] * 4


def test_a_comparison_with_another_model_is_not_the_cards_own():
    card = TITLE + (
        "By comparison, Buzz gave:\n\n| entity | precision | recall |\n|-|-|-|\n"
        "| LOC | 0.91 | 0.92 |"
    )
    assert attributes(card, "model", "is_self") == [(None, False)] * 2


def test_a_suite_named_behind_the_table_ran_it():
    card = TITLE + "| Model | MMLU |\n|-|-|\n| Ant 2 7B | 60.1 |\n\nWe used OpenCompass for these."
    assert attributes(card, "harness") == [("opencompass",)]


def test_sizes_of_named_parts_are_no_metrics_of_a_log():
    card = (
        "# Ant 2 7B\n\n| Epoch | Step | Validation Loss | Date F1 | Date Number |\n"
        "|-|-|-|-|-|\n| 1.0 | 50 | 0.35 | 0.91 | 128 |"
    )
    assert attributes(card, "benchmark_text") == [("Validation Loss",), ("Date F1",)]


def test_no_span_leaves_the_head_of_an_html_table():
    card = TITLE + (
        "<table><thead><tr><th rowspan=2>Model</th><th rowspan=2>MMLU</th></tr>"
        "</thead><tbody><tr><td>Bee-7B</td><td>59.1</td></tr>"
        "<tr><td>Ant 2 7B</td><td>60.1</td></tr></tbody></table>"
    )
    assert cells(card) == ["Bee-7B / MMLU = 59.1 percent", "*Ant 2 7B / MMLU = 60.1 percent"]


def test_a_table_whose_layout_cannot_be_told_is_told_of():
    card = (
        TITLE
        + "| Precision | C-Eval | MMLU |\n|-|-|-|\n| bf16 | 60.6 | 61.8 |\n| 8bits | 58.5 | 61.1 |"
    )
    record = read_record(card)
    assert record["evaluations"] == []
    assert [p["code"] for p in record["problems"] if p["code"] == "table-ambiguous"] == [
        "table-ambiguous"
    ]
    assert [u["because"] for u in record["unread"]] == [
        "a table of scores whose layout cannot be told"
    ]


def test_a_cell_among_scores_that_holds_no_single_number_is_unread():
    card = TITLE + (
        "| Model | MMLU |\n|-|-|\n| Ant 2 7B | 60.1 |\n| Bee-7B | 10-20 |\n"
        "| Cow-7B | n/a (12) |\n| Dog-7B | n/a |\n| Elk-7B | 58.1 |"
    )
    assert [u["text"] for u in read_record(card)["unread"]] == ["10-20", "n/a (12)"]


def test_an_entry_of_a_list_says_its_shots_too():
    card = TITLE + "- MMLU (5-shot): 60.1\n- GSM8K (8-shot, CoT): 40.2"
    assert attributes(card, "benchmark", "num_fewshot", "method") == [
        ("mmlu", 5, None),
        ("gsm8k", 8, "cot"),
    ]


def test_a_row_named_score_has_no_model():
    card = TITLE + "| Metric | MMLU | GSM8K |\n|-|-|-|\n| Score | 60.1 | 40.2 |"
    assert cells(card) == ["*Ant 2 7B / MMLU = 60.1 percent", "*Ant 2 7B / GSM8K = 40.2 percent"]


def test_a_rank_is_no_group():
    card = (
        TITLE + "| Rank | Model | Elo |\n|-|-|-|\n| 1 | Bee-7B | 1,245 |\n| 2 | Ant 2 7B | 1,201 |"
    )
    assert cells(card) == ["Bee-7B / Elo = 1245 score", "*Ant 2 7B / Elo = 1201 score"]


def test_the_table_of_the_evaluation_harness_is_read_as_it_is_printed():
    card = TITLE + (
        "| Tasks |Version| Filter |n-shot| Metric | |Value | |Stderr|\n|-|-|-|-|-|-|-|-|-|\n"
        "|gsm8k | 3|strict-match | 5|exact_match|↑ |0.7400|± |0.0121|\n"
        "|mmlu | 2|none | |acc |↑ |0.6543|± |0.0038|"
    )
    assert attributes(card, "model", "benchmark", "num_fewshot", "metric", "value", "std") == [
        ("Ant 2 7B", "gsm8k", 5, "exact_match", 0.74, 0.0121),
        ("Ant 2 7B", "mmlu", None, "acc", 0.6543, 0.0038),
    ]


def test_a_row_with_a_number_beyond_a_hundred_holds_no_shares_at_all():
    card = TITLE + (
        "| Category | Bee-7B | Ant-2-7B |\n|--|--|--|\n| Math | 84.3 | 115.3 |\n"
        "| Coding | 329.9 | 463.5 |"
    )
    assert cells(card) == [
        "Bee-7B / Math = 84.3 score",
        "*Ant-2-7B / Math = 115.3 score",
        "Bee-7B / Coding = 329.9 score",
        "*Ant-2-7B / Coding = 463.5 score",
    ]


def test_no_share_is_beyond_a_hundred():
    card = TITLE + "| Task | Bee-7B | Ant 2 7B |\n|-|-|-|\n| MMLU | 362.7 | 443.8 |"
    assert attributes(card, "unit") == [("score",), ("score",)]


def test_hits_without_a_rank_are_counts_and_a_loss_is_no_share():
    card = TITLE + "| Metric | Score |\n|-|-|\n| F1 | 43.1 |\n| Loss smooth | 1.2 |"
    assert attributes(card, "unit") == [("percent",), ("score",)]
    assert attributes(LOG.format("Hits") + "| 0.9 | 1.0 | 7 | 0.8 | 5581 |", "metric", "unit")[
        2:
    ] == [(None, "score")]


def test_columns_with_bare_numbers_for_heads_name_no_benchmark():
    card = TITLE + "| | Depth | 1 | 5 |\n|-|-|-|-|\n| Test | Bee-7B | 44.2 | 54.4 |\n"
    assert cells(card + "| | Ant 2 7B | 50.1 | 60.2 |") == []


LOG = "# Ant 2 7B\n\n| Training Loss | Epoch | Step | Validation Loss | {} |\n|-|-|-|-|-|-|\n"


def test_each_metric_of_a_log_is_printed_in_a_scale_of_its_own():
    rows = "| 1.2 | 1.0 | 50 | 0.9 | 1.0077 | 0.2187 |\n| 0.9 | 2.0 | 100 | 0.8 | 8.5 | 0.2310 |"
    card = LOG.format("Bleu | F1") + rows
    found = [
        (name, unit) for name, unit in attributes(card, "metric", "unit") if "loss" not in name
    ]
    assert found == [("bleu", "percent"), ("f1", "fraction")] * 2


def test_the_rouges_of_a_log_share_one_scale():
    rows = "| 1.2 | 1.0 | 50 | 0.9 | 9.1 | 0.8 |\n| 0.9 | 2.0 | 100 | 0.8 | 12.5 | 0.9 |"
    card = LOG.format("Rouge1 | Rouge2") + rows
    found = [unit for name, unit in attributes(card, "metric", "unit") if "rouge" in name]
    assert found == ["percent"] * 4


@pytest.mark.parametrize("rates", [(1.0481, 0.4703), (1.0, 1.0357), (0.9, 0.4)])
def test_error_rates_a_little_above_1_are_fractions_in_a_log(rates):
    announced = "It achieves the following results on the evaluation set:\n- Wer: {}\n\n"
    body = "".join(f"| 1.2 | {i}.0 | {i}0 | 0.9 | {rate} | 0.3 |\n" for i, rate in enumerate(rates))
    card = (
        announced.format(max(rates)) + LOG.format("Wer | Cer").removeprefix("# Ant 2 7B\n\n") + body
    )
    found = [
        unit
        for name, unit in attributes(f"# Ant 2 7B\n\n{card}", "metric", "unit")
        if name == "wer"
    ]
    assert found == ["fraction"] * 3


def test_error_rates_far_above_1_are_percentages():
    card = (
        LOG.format("Wer | Cer")
        + "| 1.2 | 1.0 | 50 | 0.9 | 35.1 | 4.2 |\n| 1.1 | 2.0 | 99 | 0.8 | 3.1 | 0.9 |"
    )
    found = [unit for name, unit in attributes(card, "metric", "unit") if name in ("wer", "cer")]
    assert found == ["percent"] * 4


RESULTS = "# Ant 2 7B\n\nIt achieves the following results on the evaluation set:\n"


@pytest.mark.parametrize(
    ("entry", "unit"),
    [
        ("Zest: -1.2345", "score"), ("Zest: 3.25", "score"),
        ("Logps/rejected: -258.1", "score"), ("Zest: 0.71", "fraction"), ("Zest: 71.5%", "percent"),
        ("Accuracy: 0.0", "fraction"), ("Accuracy: 91.5", "percent"), ("MMLU: 60.1", "percent"),
    ],
)  # fmt: skip
def test_what_a_listed_number_counts_is_never_guessed(entry, unit):
    assert attributes(f"{RESULTS}- {entry}", "unit") == [(unit,)]


def test_the_epoch_and_step_of_a_result_are_no_results():
    assert attributes(f"{RESULTS}- Loss: 0.5\n- epoch: 4.0\n- step: 500", "metric") == [("loss",)]


def test_rows_of_metrics_and_columns_of_data_sets_are_named_by_both():
    card = TITLE + "| Metric | sts-dev | sts-test |\n|-|-|-|\n| pearson_cosine | 0.76 | 0.74 |"
    assert attributes(card, "benchmark_text", "metric", "unit") == [
        ("sts-dev pearson_cosine", "pearson", "score"),
        ("sts-test pearson_cosine", "pearson", "score"),
    ]


def test_samples_of_a_data_set_are_no_scores():
    card = TITLE + (
        "| sentence1 | sentence2 | score |\n|-|-|-|\n"
        "| <code>An ant walks.</code> | <code>An ant moves.</code> | <code>0.95</code> |"
    )
    assert cells(card) == []


def test_the_two_tasks_that_were_one_in_an_old_harness_are_told_by_their_metric():
    card = TITLE + (
        "| Task | Version | Metric | Value | | Stderr |\n|-|-|-|-|-|-|\n"
        "| truthfulqa_mc | 1 | mc1 | 0.29 | ± | 0.01 |\n| | | mc2 | 0.44 | ± | 0.01 |"
    )
    assert attributes(card, "benchmark", "metric", "std") == [
        ("truthfulqa_mc1", "mc1", 0.01), ("truthfulqa_mc2", "mc2", 0.01),
    ]  # fmt: skip


@pytest.mark.parametrize("entries", ["- loss: 0.12\n- f1: 0.95", "loss: 0.12\n\nf1: 0.95"])
def test_results_of_an_evaluation_may_stand_in_lines_of_their_own(entries):
    card = f"# Ant 2 7B\n\n## Validation Metrics\n\n{entries}"
    assert attributes(card, "metric", "value") == [("loss", 0.12), ("f1", 0.95)]


def test_a_speed_in_the_heading_above_is_that_of_fields_named_like_benchmarks():
    card = (
        "# Ant 2 7B\n\n## Evaluation\n\n## Throughput by field\n\n### One request\n\n"
        "| Category | Bee-7B | Ant 2 7B | AL |\n|-|-|-|-|\n"
        "| Math | 84.26 | 115.32 | 3.1 |\n| Writing | 178.55 | 214.42 | 2.3 |"
    )
    assert attributes(card, "model", "metric", "unit") == [
        ("Bee-7B", "throughput", "score"), ("Ant 2 7B", "throughput", "score"),
    ] * 2  # fmt: skip


def test_a_metric_named_behind_the_last_table_of_a_section_is_its_own():
    card = (
        TITLE + "| Task | Bee-7B | Ant 2 7B |\n|-|-|-|\n| Pairs | 59.0 | 60.1 |\n\n"
        "Pearson correlation of three runs.{}"
    )
    assert attributes(card.format("\n\n## Use"), "metric", "unit") == [("pearson", "score")] * 2
    assert attributes(card.format("\n\nMore is below."), "metric") == [(None,), (None,)]


def test_the_members_that_a_familys_card_lists_are_its_own():
    card = (
        "# Ant\n\nAnt is a family of models.\n\n"
        "| Model | Link |\n|-|-|\n"
        "| Ant3-8B-Chat | [ants/ant3-8b-chat](https://huggingface.co/ants/ant3-8b-chat) |\n"
        "| Ant2-7B | [ants/ant2-7b](https://huggingface.co/ants/ant2-7b) |\n\n## Evaluation\n\n"
        "| Task | Ant3-8B-Chat | Ant1-7B | Bee-7B |\n|-|-|-|-|\n| MMLU | 60.1 | 58.0 | 59.0 |"
    )
    assert cells(card) == [
        "*Ant3-8B-Chat / MMLU = 60.1 percent",
        "Ant1-7B / MMLU = 58 percent",
        "Bee-7B / MMLU = 59 percent",
    ]


def test_a_column_of_ids_names_the_models_and_one_beside_it_their_architecture():
    card = TITLE + (
        "| | model | input len | acc |\n|-|-|-|-|\n"
        "| ants/ant-2-7b | A2 | 96 | 0.71 |\n| ants/ant-2-1b | A2 | 48 | 0.61 |"
    )
    assert cells(card) == [
        "*ants/ant-2-7b / acc = 0.71 fraction",
        "ants/ant-2-1b / acc = 0.61 fraction",
    ]


def test_splits_in_the_column_of_names_are_no_models():
    card = TITLE + (
        "| Name | F1 | Recall |\n|-|-|-|\n| Train set | 0.99 | 0.98 |\n| Test set | 0.96 | 0.95 |"
    )
    assert cells(card) == [
        "*Ant 2 7B / Train set F1 = 0.99 fraction",
        "*Ant 2 7B / Train set Recall = 0.98 fraction",
        "*Ant 2 7B / Test set F1 = 0.96 fraction",
        "*Ant 2 7B / Test set Recall = 0.95 fraction",
    ]


def test_a_correlation_in_the_paragraph_above_a_table_is_its_metric():
    above = "It was " + "carefully " * 25 + "compared using Spearman rank correlation."
    card = TITLE + above + "\n\n| Model | Score |\n|-|-|\n| Ant 2 7B | 73.4 |\n| Bee-7B | 74.5 |"
    assert attributes(card, "metric", "unit") == [("spearman", "score")] * 2


def test_another_model_of_the_same_authors_is_not_the_cards_own():
    card = TITLE + (
        "| Model | MMLU |\n|-|-|\n| Ant 2 7B (ours) | 60.1 |\n"
        "| Wasp-Large (ours) | 61.1 |\n| Bee-7B | 59.0 |"
    )
    assert attributes(card, "is_self") == [(True,), (False,), (False,)]
    assert attributes(card.replace("Ant 2 7B (", "Ants ("), "is_self")[1] == (True,)
