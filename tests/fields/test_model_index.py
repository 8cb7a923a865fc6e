"""Every number of a `model-index` is read, whatever its shape, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from cardkit.blocks.front_matter import read
from cardkit.facts import bare
from cardkit.fields.model_index import numbers_of
from cardkit.text import lines_of

RESULT = """
model-index:
- name: ant-1b
  results:
  - task:
      type: text-generation
    dataset:
      name: Ant Words
      type: ants/words
      split: test
    metrics:
    - type: accuracy
      value: {value}
      name: Accuracy
      verified: true
      verifyToken: eyJ0.1234
"""


def numbers(yaml: str) -> list[dict[str, Any]]:
    front, _ = read(lines_of(yaml))
    return [bare(draft) for draft in numbers_of(front)[0]]


def shown(yaml: str, *keys: str) -> list[tuple[Any, ...]]:
    return [tuple(number[key] for key in keys) for number in numbers(yaml)]


def metrics(*pairs: tuple[str, str]) -> str:
    rows = "".join(f"    - {{type: {name}, value: {value}}}\n" for name, value in pairs)
    return f"model-index:\n- name: ant\n  results:\n  - metrics:\n{rows}"


def test_a_result_is_one_evaluation() -> None:
    assert numbers(RESULT.format(value="0.9063")) == [
        {
            "model": "ant-1b",
            "is_self": True,
            "benchmark": "ant_words",
            "benchmark_text": "Ant Words Accuracy",
            "num_fewshot": None,
            "method": None,
            "metric": "acc",
            "split": "test",
            "value": 0.9063,
            "unit": "fraction",
            "normalized": 0.9063,
            "text": "0.9063",
            "std": None,
            "group": None,
            "harness": None,
            "table": None,
        }
    ]


def test_a_number_points_at_its_characters() -> None:
    raw = RESULT.format(value="'45.3 %'")
    [draft] = numbers_of(read(lines_of(raw))[0])[0]
    assert (draft["value"].written, raw[slice(*draft["value"].where)]) == ("45.3", "45.3")


@pytest.mark.parametrize(
    ("printed", "value", "unit", "std"),
    [
        ("0.9063", 0.9063, "fraction", None),
        ("90.63", 90.63, "percent", None),
        ("'90.63'", 90.63, "percent", None),
        ("0.5%", 0.5, "percent", None),
        ("1.0", 1.0, "fraction", None),
        ("90.63 +/- 0.4", 90.63, "percent", 0.4),
        ("{value: 0.9}", 0.9, "fraction", None),
        ("{value: 0.9, std: 0.01}", 0.9, "fraction", 0.01),
    ],
)
def test_a_value_may_be_printed_in_many_ways(
    printed: str, value: float, unit: str, std: float
) -> None:
    assert shown(RESULT.format(value=printed), "value", "unit", "std") == [(value, unit, std)]


@pytest.mark.parametrize("printed", ["NA", "'???'", "-", "", "None", ".nan", "[]"])
def test_no_number_is_no_evaluation(printed: str) -> None:
    front, _ = read(lines_of(RESULT.format(value=printed)))
    assert numbers_of(front) == ([], ())


@pytest.mark.parametrize("printed", ["to redo with step 24000", "[1, 2]", "3 to 4"])
def test_what_holds_digits_and_is_no_number_is_unread(printed: str) -> None:
    drafts, left = numbers_of(read(lines_of(RESULT.format(value=printed)))[0])
    assert drafts == []
    assert [unread.text for unread in left] in (["to redo with step 24000"], ["1", "2"], ["3 to 4"])


@pytest.mark.parametrize(
    ("pairs", "units"),
    [
        ([("wer", "0.31"), ("cer", "0.09")], ["fraction", "fraction"]),
        ([("wer", "32.1"), ("cer", "9.3")], ["percent", "percent"]),
        ([("wer", "3.2"), ("cer", "0.9")], ["percent", "percent"]),
        ([("wer", "1.05"), ("cer", "0.4")], ["percent", "fraction"]),
        ([("rouge1", "41.2"), ("rouge2", "0.8")], ["percent", "percent"]),
        ([("perplexity", "5.3"), ("accuracy", "0.6")], ["score", "fraction"]),
    ],
)
def test_the_numbers_beside_it_say_what_a_number_counts(pairs: list[Any], units: list[str]) -> None:
    assert [number["unit"] for number in numbers(metrics(*pairs))] == units


def test_a_metric_without_a_name_is_called_by_its_type() -> None:
    assert shown(metrics(("f1", "0.8")), "benchmark_text", "metric") == [("f1", "f1")]


def test_shots_stand_in_the_arguments() -> None:
    yaml = RESULT.format(value="0.4").replace("split: test", "args:\n        num_few_shot: 25")
    assert shown(yaml, "num_fewshot") == [(25,)]


@pytest.mark.parametrize(
    "yaml",
    [
        "model_index:\n- name: ant\n  results:\n  - dataset: {name: Words}\n"
        "    metric: {name: WER, type: wer, value: 9.1}",
        "model-index:\n  name: ant\n  results:\n    dataset: {name: Words}\n"
        "    metrics: {name: WER, type: wer, value: 9.1}",
        "model-index:\n- name: ant\n  results:\n  - task:\n      type: asr\n"
        "      dataset: [{name: Words}]\n      metrics: [[{name: WER, type: wer, value: 9.1}]]",
    ],
)
def test_odd_shapes_are_read_alike(yaml: str) -> None:
    assert shown(yaml, "model", "benchmark_text", "metric", "value") == [
        ("ant", "Words WER", "wer", 9.1)
    ]


def test_several_models_stay_apart() -> None:
    yaml = metrics(("f1", "0.8")) + metrics(("f1", "0.7")).replace("model-index:\n", "").replace(
        "name: ant", "name: bee"
    )
    assert shown(yaml, "model", "value") == [("ant", 0.8), ("bee", 0.7)]


def test_values_beside_types_are_taken_one_by_one() -> None:
    yaml = (
        "model-index:\n- name: ant\n  results:\n  - metrics:\n"
        "    - {name: Test, types: [wer, cer], values: [19.4%, 6.6%]}"
    )
    assert shown(yaml, "benchmark_text", "metric", "value", "unit") == [
        ("Test wer", "wer", 19.4, "percent"),
        ("Test cer", "cer", 6.6, "percent"),
    ]


def test_metrics_at_the_top_are_read_when_they_hold_numbers() -> None:
    yaml = "metrics:\n- accuracy\n- f1: 0.94\n- legs: 6"
    assert shown(yaml, "benchmark_text", "value") == [("f1", 0.94)]


def test_no_results_are_no_evaluations() -> None:
    for yaml in ("model-index:\n- name: ant\n  results: []", "model-index: ant", "license: mit"):
        assert numbers(yaml) == []
