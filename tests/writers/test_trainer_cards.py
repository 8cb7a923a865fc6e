"""What transformers' Trainer was given comes back from the card that it writes, and nothing else.

The form is that of `TrainingSummary.to_model_card` (transformers, modelcard.py): front matter with
a `model-index`, the list of results, the settings, the log, the framework versions.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cardkit.ingest import read_record

TAGS = {"Accuracy": "accuracy", "F1": "f1", "Precision": "precision", "Recall": "recall",
        "Rouge1": "rouge", "Bleu": "bleu", "Sacrebleu": "sacrebleu", "Wer": "wer",
        "Pearsonr": "pearsonr", "Spearmanr": "spearmanr",
        "Matthews Correlation": "matthews_correlation"}  # fmt: skip
"""The metrics that the trainer puts into the `model-index`; all others stand in the body alone."""
IDS = {"Loss": "loss", "Accuracy": "acc", "F1": "f1", "Precision": "precision", "Recall": "recall",
       "Rouge1": "rouge1", "Rouge2": "rouge2", "Rougel": "rougeL", "Rougelsum": "rougeLsum",
       "Bleu": "bleu", "Sacrebleu": "bleu", "Wer": "wer", "Cer": "cer", "Pearsonr": "pearson",
       "Spearmanr": "spearman", "Matthews Correlation": "mcc", "Gen Len": "gen_len",
       "Rewards/chosen": "rewards_chosen", "Rewards/margins": "rewards_margins",
       "Logps/rejected": "logps_rejected", "Rewards/accuracies": "rewards_accuracies",
       "Training Loss": "train_loss", "Validation Loss": "val_loss"}  # fmt: skip
SHARES = ("Accuracy", "F1", "Precision", "Recall", "Rewards/accuracies")
ERRORS = ("Wer", "Cer")
OVERLAPS = ("Rouge1", "Rouge2", "Rougel", "Rougelsum", "Bleu", "Sacrebleu")
FREE = ("Pearsonr", "Spearmanr", "Matthews Correlation", "Gen Len",
        "Rewards/chosen", "Rewards/margins", "Logps/rejected", "Zest")  # fmt: skip
OPTIMIZERS = ("adamw_torch", "adamw_bnb_8bit", "paged_adamw_32bit", "adamw_torch_fused")
SCHEDULES = ("linear", "cosine", "cosine_with_restarts", "constant", "constant_with_warmup",
             "polynomial", "inverse_sqrt", "reduce_lr_on_plateau")  # fmt: skip
SETS = (("GLUE", "glue"), ("SST 2", "sst2"), ("Common Voice", "common_voice"), ("ants", "ants"))

values = st.floats(0.03, 0.9999).map(lambda x: round(x, 16))
rates = st.one_of(st.floats(1e-7, 1e-2), st.sampled_from((5e-05, 2e-5, 1e-4, 0.001, 3.5e-06)))


class Run(NamedTuple):
    """What a trainer knows of one run."""

    name: str
    base: str | None
    task: str | None
    sets: list[tuple[str, str]]
    split: str | None
    results: dict[str, float] | None
    log: list[dict[str, Any]] | None
    settings: dict[str, Any] | None


@st.composite
def measured(draw: st.DrawFn, scales: dict[str, int], names: list[str]) -> dict[str, float]:
    """Draw a value for each metric, in the scale of its kind."""
    found = {}
    for name in names:
        value = draw(values)
        if name in FREE:
            value *= draw(st.sampled_from((1, -1, 40)))
        elif name in OVERLAPS:
            value = value * 96 + 3 if scales["overlaps"] == 100 else value
        elif name in ERRORS:
            value = value * 96 + 3 if scales["errors"] == 100 else value
        else:
            value = value * 96 + 3 if scales["shares"] == 100 else value
        found[name] = value
    return found


@st.composite
def hyperparameters(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the settings that a trainer writes, in its order and with its totals."""
    size, evaluated = draw(st.sampled_from((1, 4, 8, 16))), draw(st.sampled_from((1, 8, 32)))
    devices, steps = draw(st.sampled_from((1, 2, 8))), draw(st.sampled_from((1, 4, 16)))
    found: dict[str, Any] = {
        "learning_rate": draw(rates),
        "train_batch_size": size,
        "eval_batch_size": evaluated,
        "seed": draw(st.integers(0, 9999)),
    }
    if devices > 1:
        found["distributed_type"] = draw(st.sampled_from(("multi-GPU", "tpu")))
        found["num_devices"] = devices
    if steps > 1:
        found["gradient_accumulation_steps"] = steps
    if size * devices * steps != size:
        found["total_train_batch_size"] = size * devices * steps
    if devices > 1:
        found["total_eval_batch_size"] = evaluated * devices
    found["optimizer"] = draw(st.sampled_from((*OPTIMIZERS, "adafactor", "Adam")))
    if found["optimizer"] != "adafactor":
        found["adam_beta1"] = draw(st.sampled_from((0.9, 0.95, 0.5)))
        found["adam_beta2"] = draw(st.sampled_from((0.999, 0.98, 0.95)))
        found["adam_epsilon"] = draw(st.sampled_from((1e-08, 1e-06, 1e-07)))
    found["lr_scheduler_type"] = draw(st.sampled_from(SCHEDULES))
    warm = draw(st.sampled_from((None, 0.1, 0.03, 500, 1000)))
    if warm is not None:
        kind = "ratio" if warm < 1 else "steps"
        found[f"lr_scheduler_warmup_{kind}"] = warm
    if draw(st.booleans()):
        found["training_steps"] = draw(st.integers(1, 500_000))
    else:
        found["num_epochs"] = draw(st.sampled_from((1.0, 3.0, 0.5, 30.0, 1)))
    if draw(st.booleans()):
        found["mixed_precision_training"] = "Native AMP"
    if draw(st.booleans()):
        found["label_smoothing_factor"] = 0.1
    return found


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """Draw what a trainer knows."""
    scale = st.sampled_from((1, 100))
    scales = {"shares": 1, "overlaps": draw(scale), "errors": draw(scale)}
    pool = (*SHARES, *OVERLAPS, *ERRORS, *FREE)
    names = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=5, unique=True))
    loss = st.one_of(st.floats(0.0001, 20), st.just(math.nan))
    rows = []
    for i in range(draw(st.integers(0, 4))):
        row = {
            "Training Loss": "No log"
            if not i and draw(st.booleans())
            else draw(st.floats(0.01, 9)),
            "Epoch": round((i + 1) * 0.37, 2),
            "Step": (i + 1) * 500,
            "Validation Loss": draw(loss),
        }
        rows.append(row | draw(measured(scales, names)))
    last = {name: rows[-1][name] for name in names} if rows else draw(measured(scales, names))
    return Run(
        draw(st.sampled_from(("ant-finetuned-words", "my_awesome_model", "xlsr-ants-demo"))),
        draw(st.sampled_from((None, "bert-base-uncased", "ants/roberta-base"))),
        draw(st.sampled_from((None, *["text-classification"] * 4))),
        draw(st.sampled_from((*([pair] for pair in SETS), list(SETS[:2]), list(SETS[1:3]), []))),
        draw(st.sampled_from((None, "validation", "test"))),
        {"Loss": rows[-1]["Validation Loss"] if rows else draw(loss)} | last
        if draw(st.booleans()) or rows
        else None,
        rows or None,
        draw(st.one_of(*[hyperparameters()] * 4, st.none())),
    )  # fmt: skip


# The writer


def rounded(value: object) -> str:
    if isinstance(value, float) and len(str(value).partition(".")[2]) > 4:
        return f"{value:.4f}"
    return str(value)


def indexed(run: Run) -> list[dict[str, Any]]:
    """Return the results of the `model-index`: one for each data set, if all is known."""
    scored = {n: v for n, v in (run.results or {}).items() if n in TAGS}
    if not (run.task and run.sets and scored):
        return []
    return [
        {
            "task": {"name": "Text Classification", "type": run.task},
            "dataset": {"name": name, "type": tag, **({"split": run.split} if run.split else {})},
            "metrics": [{"name": n, "type": TAGS[n], "value": v} for n, v in scored.items()],
        }
        for name, tag in run.sets
    ]


def table(rows: list[dict[str, Any]]) -> str:
    texts = [list(rows[0]), *([rounded(value) for value in row.values()] for row in rows)]
    widths = [max(len(row[c]) for row in texts) for c in range(len(rows[0]))]
    lines = [
        "".join(f"| {cell:<{width}} " for cell, width in zip(row, widths, strict=True)) + "|"
        for row in texts
    ]
    rule = "".join(f"|:{'-' * width}:" for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def setting_lines(given: dict[str, Any]) -> list[str]:
    """Return the settings as the trainer prints them: an optimizer with all its arguments."""
    given = dict(given)
    name = given["optimizer"]
    betas = f"betas=({given.pop('adam_beta1', '')},{given.pop('adam_beta2', '')})"
    epsilon = f"epsilon={given.pop('adam_epsilon', '')}"
    none = "No additional optimizer arguments"
    forms = {
        "Adam": f"Adam with {betas} and {epsilon}",
        "adafactor": f"Use adafactor and the args are:\n{none}",
    }
    used = f"Use {name} with {betas} and {epsilon} and optimizer_args={none}"
    given["optimizer"] = forms.get(name, used)
    return [f"- {key}: {value}" for key, value in given.items()]


def card_of(run: Run) -> str:
    """Return the card that a trainer writes of a run."""
    front = {
        "library_name": "transformers",
        "license": "apache-2.0",
        **({"base_model": run.base} if run.base else {}),
        "tags": ["generated_from_trainer"],
        **({"datasets": [tag for _, tag in run.sets]} if run.sets else {}),
        "model-index": [{"name": run.name, "results": indexed(run)}],
    }
    names = [f"the {name}" for name, _ in run.sets]
    data = (
        f"{' and '.join(names)} dataset{'s' * (len(names) > 1)}" if names else "an unknown dataset"
    )
    origin = (
        f"This model is a fine-tuned version of [{run.base}](https://huggingface.co/{run.base}) on"
    )
    parts = [
        f"---\n{yaml.safe_dump(front, sort_keys=False)}---\n",
        "<!-- This model card has been generated automatically. -->\n",
        f"# {run.name}\n",
        f"{origin if run.base else 'This model was trained from scratch on'} {data}.",
    ]
    if run.results is not None:
        parts.append("It achieves the following results on the evaluation set:")
        parts += [f"- {name}: {rounded(value)}" for name, value in run.results.items()]
    for title in ("Model description", "Intended uses & limitations"):
        parts.append(f"\n## {title}\n\nMore information needed")
    parts.append("\n## Training procedure\n\n### Training hyperparameters\n")
    if run.settings is None:
        parts.append("More information needed")
    else:
        parts.append("The following hyperparameters were used during training:")
        parts += setting_lines(run.settings)
    if run.log:
        parts.append(f"\n### Training results\n\n{table(run.log)}\n")
    parts.append("\n### Framework versions\n\n- Transformers 4.46.3\n- Pytorch 2.5.1+cu121\n")
    return "\n".join(parts)


# What must come back


def scored(run: Run) -> list[tuple[Any, ...]]:
    """Return what each reading of a run must hold: text, metric, split, value, group."""
    found: list[tuple[Any, ...]] = []
    for result in indexed(run):
        for metric in result["metrics"]:
            text = f"{result['dataset']['name']} {metric['name']}"
            found.append((text, IDS[metric["name"]], run.split, metric["value"], None))
    for name, value in (run.results or {}).items():
        found.append((name, IDS.get(name), None, float(rounded(value)), None))
    for row in run.log or []:
        group = f"{row['Epoch']} / {row['Step']}"
        for name, value in row.items():
            if name not in ("Epoch", "Step") and value != "No log":
                found.append((name, IDS.get(name), None, float(rounded(value)), group))
    return [each for each in found if not math.isnan(each[3])]


def unit_of(metric: str | None, value: float) -> str:
    """Return the unit of a value that was drawn here: no fraction is above 1."""
    if metric in {IDS[name] for name in (*SHARES, *OVERLAPS, *ERRORS)}:
        return "percent" if value > 1 else "fraction"
    return "fraction" if metric is None and 0 <= value <= 1 else "score"


@settings(max_examples=300, deadline=None, derandomize=True)
@given(runs())
def test_a_trainers_card_gives_back_what_the_trainer_knew(run: Run) -> None:
    record = read_record(card_of(run))
    read = record["evaluations"]
    keys = ("benchmark_text", "metric", "split", "value", "group")
    assert [tuple(e.get(key) for key in keys) for e in read] == scored(run)
    assert {(e["model"], e["is_self"], e.get("std"), e.get("num_fewshot")) for e in read} <= {
        (run.name, True, None, None)
    }
    known = [e for e in read if e.get("metric")]
    assert [e["unit"] for e in known] == [unit_of(e["metric"], e["value"]) for e in known]
    [training] = record["training"]
    assert {h["name"]: h["value"] for h in training["hyperparameters"]} == (run.settings or {})
    assert training["framework"] == "Transformers 4.46.3, Pytorch 2.5.1+cu121"
    model = record["model"]
    assert (model["model_name"], model["license"]) == (run.name, {"id": "apache-2.0"})
    assert model.get("datasets", []) == [tag for _, tag in run.sets]
    assert model.get("base_model", []) == (
        [{"id": run.base, "relation": "finetune"}] if run.base else []
    )
    assert (record["spec"], record["variants"], record["examples"]) == ({}, [], [])
    assert record["unread"] == []
    assert {p["code"] for p in record["problems"]} <= {"example-missing"}
