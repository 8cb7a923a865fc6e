"""What huggingface_hub was given comes back from the card that it writes, and nothing else.

The cards are written by the library itself: `ModelCard.from_template` with its own template, and
`ModelCardData` with `EvalResult`s, which it writes as a `model-index`.
"""

from __future__ import annotations

from typing import Any

import pytest
from huggingface_hub import EvalResult, ModelCard, ModelCardData
from hypothesis import given, settings
from hypothesis import strategies as st

from cardkit.ingest import read_record

METRICS = {
    "accuracy": ("Accuracy", "acc", "share"), "f1": ("F1", "f1", "share"),
    "exact_match": ("Exact Match", "exact_match", "share"),
    "acc_norm": ("normalized accuracy", "acc_norm", "share"),
    "wer": ("Test WER", "wer", "share"), "bleu": ("BLEU", "bleu", "share"),
    "rouge1": ("ROUGE-1", "rouge1", "share"), "pass@1": ("pass@1", "pass@1", "share"),
    "matthews_correlation": ("Matthews Correlation", "mcc", "free"),
    "perplexity": ("Perplexity", "perplexity", "free"), "loss": ("Loss", "loss", "free"),
    "mean_reward": ("mean_reward", "mean_reward", "free"),
}  # fmt: skip
SETS = {"Ant Words": None, "MMLU": "mmlu", "GSM8K": "gsm8k", "IFEval (0-Shot)": "ifeval",
        "AI2 Reasoning Challenge (25-Shot)": "arc_challenge"}  # fmt: skip
CONFIGS = {"AI2 Reasoning Challenge (25-Shot)": "ARC-Challenge", "GSM8K": "main"}
SHOTS = {"IFEval (0-Shot)": 0, "AI2 Reasoning Challenge (25-Shot)": 25}


@st.composite
def results(draw: st.DrawFn) -> list[EvalResult]:
    """Draw results: each data set once, with one or more metrics, all in one scale."""
    found = []
    for data in draw(st.lists(st.sampled_from(sorted(SETS)), max_size=4, unique=True)):
        split = draw(st.sampled_from((None, "test", "validation")))
        args = draw(st.sampled_from((None, {"num_few_shot": 5})))
        percent = draw(st.booleans())
        for metric in draw(
            st.lists(st.sampled_from(sorted(METRICS)), min_size=1, max_size=3, unique=True)
        ):
            value = draw(st.floats(0.05, 0.9999))
            if METRICS[metric][2] == "free":
                value = round(value * draw(st.sampled_from((1, 30, 300))), 3)
            elif percent:
                value = round(4 + value * 95, 2)
            found.append(
                EvalResult(
                    task_type="text-generation",
                    dataset_type=f"ants/{data.split()[0].lower()}",
                    dataset_name=data,
                    dataset_config=CONFIGS.get(data),
                    dataset_split=split,
                    dataset_args=args,
                    metric_type=metric,
                    metric_name=METRICS[metric][0] if draw(st.booleans()) else None,
                    metric_value=value,
                    source_name="Board" if draw(st.booleans()) else None,
                    source_url="https://board.example/ants",
                )
            )
    return found


def wanted(result: EvalResult) -> tuple[Any, ...]:
    """Return what the record must hold of a result."""
    _, id_, kind = METRICS[result.metric_type]
    name, value = result.dataset_name, result.metric_value
    shots = (result.dataset_args or {}).get("num_few_shot", SHOTS.get(name))
    unit = "score" if kind == "free" else "percent" if value > 1 else "fraction"
    text = f"{name} {result.metric_name or result.metric_type}"
    return text, id_, result.dataset_split, shots, value, unit, True


@settings(max_examples=200, deadline=None, derandomize=True)
@given(results())
def test_results_given_to_the_hub_come_back_from_the_front_matter(given_: list[EvalResult]) -> None:
    front = ModelCardData(model_name="ant-base", license="mit", eval_results=given_ or None)
    record = read_record(str(ModelCard(f"---\n{front.to_yaml()}\n---\n\n# ant-base\n")))
    keys = ("benchmark_text", "metric", "split", "num_fewshot", "value", "unit", "is_self")
    read = [tuple(e.get(key) for key in keys) for e in record["evaluations"]]
    assert sorted(read, key=str) == sorted(map(wanted, given_), key=str)
    known = {r.dataset_name: SETS[r.dataset_name] for r in given_ if SETS[r.dataset_name]}
    assert {e["benchmark"] for e in record["evaluations"]} >= set(known.values())
    assert record["unread"] == []


STATED = {
    "model_description": "Ant Base tells ants from bees.",
    "developers": "The Ant Lab",
    "model_type": "Encoder",
    "language": "en",
    "license": "mit",
    "base_model": "ants/ant-small",
    "repo": "https://github.com/ants/ant-base",
    "paper": "https://arxiv.org/abs/2401.00001",
    "demo": "https://demo.example/ant-base",
    "training_regime": "bf16 mixed precision",
    "hardware_type": "8 x A100",
    "model_card_contact": "ants@lab.example",
}


def read_template(*given_: str) -> dict[str, Any]:
    """Return the record of the library's template with some of its blanks filled."""
    card = ModelCard.from_template(
        ModelCardData(), model_id="ant-base", **{name: STATED[name] for name in given_}
    )
    return read_record(str(card))


def parts(record: dict[str, Any]) -> dict[str, Any]:
    """Return all that a record says of its model, without what the template always says."""
    return {
        "model": {k: v for k, v in record["model"].items() if k != "model_name"},
        "training": record["training"],
        "rest": [record[k] for k in ("spec", "variants", "evaluations", "examples", "unread")],
    }


NOTHING = [{}, [], [], [], []]


def test_blanks_of_the_hubs_template_state_nothing() -> None:
    assert parts(read_template()) == {"model": {}, "training": [], "rest": NOTHING}


@pytest.mark.parametrize(
    ("given_", "model"),
    [
        ("developers", {"developed_by": ["The Ant Lab"]}),
        ("model_type", {"model_type": "Encoder"}),
        ("language", {"language": ["en"]}),
        ("license", {"license": {"id": "mit"}}),
        ("base_model", {"base_model": [{"id": "ants/ant-small", "relation": "finetune"}]}),
        ("repo", {"links": {"repository": ["https://github.com/ants/ant-base"]}}),
        (
            "paper",
            {"links": {"paper": ["https://arxiv.org/abs/2401.00001"], "arxiv": ["2401.00001"]}},
        ),
        ("demo", {"links": {"demo": ["https://demo.example/ant-base"]}}),
        ("model_card_contact", {"contact": "ants@lab.example"}),
        ("hardware_type", {}),
    ],
)
def test_each_filled_blank_of_the_hubs_template_is_one_value(given_: str, model: Any) -> None:
    assert parts(read_template(given_)) == {"model": model, "training": [], "rest": NOTHING}


def test_all_blanks_filled_are_all_values() -> None:
    read = parts(read_template(*STATED))
    assert read["model"] == {
        "summary": "Ant Base tells ants from bees.",
        "developed_by": ["The Ant Lab"],
        "contact": "ants@lab.example",
        "model_type": "Encoder",
        "language": ["en"],
        "license": {"id": "mit"},
        "base_model": [{"id": "ants/ant-small", "relation": "finetune"}],
        "links": {
            "repository": ["https://github.com/ants/ant-base"],
            "paper": ["https://arxiv.org/abs/2401.00001"],
            "arxiv": ["2401.00001"],
            "demo": ["https://demo.example/ant-base"],
        },
    }
    [training] = read["training"]
    assert training["hardware"] == "8 x A100"
    assert [(h["name"], h["value"]) for h in training["hyperparameters"]] == [
        ("mixed_precision_training", "bf16")
    ]
    assert read["rest"] == NOTHING
