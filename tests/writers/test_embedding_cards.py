"""What sentence-transformers was given comes back from the card that it writes, and nothing else.

The form is that of its model card template: front matter with a `model-index`, a table for each
evaluator (one column for each data set it ran on), data sets with samples and statistics, the
settings that are no defaults and then all of them, and a log that may hold a dash in any cell.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cardkit.ingest import read_record

EVALUATORS = {
    "Triplet": ("cosine_accuracy",),
    "Semantic Similarity": ("pearson_cosine", "spearman_cosine"),
    "Information Retrieval": (
        "cosine_accuracy@1", "cosine_precision@3", "cosine_recall@10", "cosine_ndcg@10",
        "cosine_mrr@10", "cosine_map@100",
    ),
    "Binary Classification": (
        "cosine_accuracy", "cosine_accuracy_threshold", "cosine_f1", "cosine_f1_threshold",
        "cosine_precision", "cosine_recall", "cosine_ap", "cosine_mcc",
    ),
    "Paraphrase Mining": ("average_precision", "f1", "precision", "recall", "threshold"),
    "Reranking": ("map", "mrr@10", "ndcg@10"),
    "Knowledge Distillation": ("negative_mse",),
    "Label Accuracy": ("accuracy",),
}  # fmt: skip
IDS = {
    "cosine_accuracy": "cosine_accuracy", "pearson_cosine": "pearson",
    "spearman_cosine": "spearman", "cosine_accuracy@1": "acc@1",
    "cosine_precision@3": "precision@3", "cosine_recall@10": "recall@10",
    "cosine_ndcg@10": "ndcg@10", "cosine_mrr@10": "mrr@10", "cosine_map@100": "map@100",
    "cosine_f1": "f1", "cosine_precision": "precision", "cosine_recall": "recall",
    "cosine_ap": "map", "cosine_mcc": "mcc", "average_precision": "map", "accuracy": "acc",
}  # fmt: skip
FREE = ("pearson", "spearman", "mcc", "negative_mse")
SETTINGS = {
    "per_device_train_batch_size": ("train_batch_size", (8, 16, 128)),
    "per_device_eval_batch_size": ("eval_batch_size", (8, 16)),
    "gradient_accumulation_steps": ("gradient_accumulation_steps", (1, 4)),
    "learning_rate": ("learning_rate", (2e-05, 5e-05, 1.5e-06, 0.0001)),
    "weight_decay": ("weight_decay", (0.0, 0.01)),
    "adam_beta1": ("adam_beta1", (0.9, 0.95)),
    "adam_beta2": ("adam_beta2", (0.999, 0.98)),
    "adam_epsilon": ("adam_epsilon", (1e-08, 1e-06)),
    "max_grad_norm": ("max_grad_norm", (1.0, 0.5)),
    "num_train_epochs": ("num_epochs", (1, 3, 10)),
    "lr_scheduler_type": ("lr_scheduler_type", ("linear", "cosine")),
    "warmup_ratio": ("lr_scheduler_warmup_ratio", (0.1, 0.05)),
    "seed": ("seed", (42, 12)),
    "fp16": ("mixed_precision_training", (True, False)),
    "label_smoothing_factor": ("label_smoothing_factor", (0.0, 0.1)),
    "optim": ("optimizer", ("adamw_torch", "adamw_torch_fused")),
    "gradient_checkpointing": ("gradient_checkpointing", (True, False)),
}
"""The writer's names, the record's, and some values; the first is the default."""
OTHERS = {
    "overwrite_output_dir": False, "eval_strategy": "steps", "prediction_loss_only": True,
    "per_gpu_train_batch_size": None, "torch_empty_cache_steps": None,
    "lr_scheduler_kwargs": {}, "log_level": "passive", "data_seed": None, "fp16_opt_level": "O1",
    "half_precision_backend": "auto", "tf32": None, "local_rank": 0, "debug": [],
    "fsdp_config": {"min_num_params": 0, "xla": False}, "deepspeed": None, "optim_args": None,
    "hub_strategy": "every_save", "mp_parameters": "", "ddp_timeout": 1800,
}  # fmt: skip
"""Arguments of the trainer that are no settings of the record."""
BASE = "microsoft/mpnet-base"
NAME = f"SentenceTransformer based on {BASE}"


class Run(NamedTuple):
    """What the trainer knows of one run."""

    scores: list[tuple[str, list[str], dict[str, list[float]]]]
    """Evaluator, data sets, and the values of each metric on them."""
    log: list[tuple[float, int, list[float | None]]]
    settings: dict[str, Any]


values = st.floats(0.01, 0.9999)


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """Draw what the trainer knows."""
    scores = []
    for kind in draw(st.lists(st.sampled_from(sorted(EVALUATORS)), max_size=3, unique=True)):
        sets = draw(st.sampled_from((["ants-dev"], ["sts-dev"], ["sts-dev", "sts-test"])))
        scores.append((kind, sets, {m: [draw(values) for _ in sets] for m in EVALUATORS[kind]}))
    steps = range(draw(st.integers(0, 4)))
    cell = st.one_of(st.none(), values)
    log = [(round(i * 0.016, 4), i * 100, [draw(cell) for _ in range(3)]) for i in steps]
    return Run(scores, log, {name: draw(st.sampled_from(v)) for name, (_, v) in SETTINGS.items()})


# The writer


def table(rows: list[list[str]], left: bool = True) -> str:
    widths = [max(len(row[c]) for row in rows) for c in range(len(rows[0]))]
    rule = [f":{'-' * (w + 1)}" if left else f":{'-' * w}:" for w in widths]
    body = [" | ".join(t.ljust(w) for t, w in zip(row, widths, strict=True)) for row in rows]
    return "\n".join(
        [f"| {body[0]} |", f"|{'|'.join(rule)}|", *(f"| {line} |" for line in body[1:])]
    )


def titled(name: str) -> str:
    return name.replace("_", " ").replace("-", " ").title()


def index(run: Run) -> list[dict[str, Any]]:
    return [
        {
            "task": {"type": kind.lower().replace(" ", "-"), "name": kind},
            "dataset": {"name": name.replace("-", " "), "type": name},
            "metrics": [
                {"type": metric, "value": found[at], "name": titled(metric)}
                for metric, found in scored.items()
            ],
        }
        for kind, sets, scored in run.scores
        for at, name in enumerate(sets)
    ]


def evaluation(kind: str, sets: list[str], scored: dict[str, list[float]]) -> str:
    """Return the part on one evaluator: its most important metric is bold."""
    heads = ["Metric", *(sets if len(sets) > 1 else ["Value"])]
    rows = [[metric, *(f"{value:.4g}" for value in found)] for metric, found in scored.items()]
    rows[-1] = [f"**{cell}**" for cell in rows[-1]]
    data = " and ".join(f"`{name}`" for name in sets)
    return f"#### {kind}\n\n* Dataset{'s' * (len(sets) > 1)}: {data}\n\n{table([heads, *rows])}\n"


SAMPLES = """#### ants

* Size: 100,000 {kind} samples
* Columns: <code>sentence1</code>, <code>sentence2</code>, and <code>score</code>
* Approximate statistics based on the first 1000 samples:
  |         | sentence1 | score |
  |:--------|:----------|:------|
  | type    | string    | float |
  | details | <ul><li>min: 5 tokens</li><li>max: 9 tokens</li></ul> | <ul><li>mean: 0.47</li></ul> |
* Samples:
  | sentence1                        | sentence2                      | score             |
  |:---------------------------------|:-------------------------------|:------------------|
  | <code>An ant is walking.</code>  | <code>An ant moves.</code>     | <code>1.0</code>  |
  | <code>A bee sings aloud.</code>  | <code>The bee is awake.</code> | <code>0.95</code> |
* Loss: [<code>CosineSimilarityLoss</code>](https://sbert.net/docs) with these parameters:
  ```json
  {{
      "loss_fct": "torch.nn.modules.loss.MSELoss"
  }}
  ```
"""


def log_of(run: Run) -> str:
    heads = ["Epoch", "Step", "Training Loss", "Validation Loss", "sts-dev_spearman_cosine"]
    rows = [
        [str(epoch), str(step), *("-" if cell is None else f"{cell:.4f}" for cell in cells)]
        for epoch, step, cells in run.log
    ]
    if rows:
        rows[-1] = [f"**{cell}**" if cell != "-" else cell for cell in rows[-1]]
    return table([heads, *rows], left=False)


def card_of(run: Run) -> str:
    """Return the card that the writer makes of a run."""
    front = {
        "tags": ["sentence-transformers", "generated_from_trainer", "dataset_size:100000"],
        "base_model": BASE,
        "pipeline_tag": "sentence-similarity",
        "library_name": "sentence-transformers",
        "model-index": [{"name": NAME, "results": index(run)}],
    }
    changed = {
        n: v for n, v in run.settings.items() if v != SETTINGS[n][1][0] or n == "learning_rate"
    }
    every = [f"- `{name}`: {value}" for name, value in {**OTHERS, **run.settings}.items()]
    link = f"[{BASE}](https://huggingface.co/{BASE})"
    return "\n".join(
        [
            f"---\n{yaml.safe_dump(front, sort_keys=False)}---\n\n# {NAME}\n",
            f"This is a [sentence-transformers](https://sbert.net) model finetuned from {link}.\n",
            "## Model Details\n\n### Model Description",
            f"- **Model Type:** Sentence Transformer\n- **Base model:** {link} <!-- at rev 1 -->",
            "- **Output Dimensionality:** 768 dimensions",
            "<!-- - **Language:** Unknown -->\n<!-- - **License:** Unknown -->\n",
            *(["## Evaluation\n\n### Metrics\n"] if run.scores else []),
            *(evaluation(*each) for each in run.scores),
            "## Training Details\n\n### Training Dataset\n",
            SAMPLES.format(kind="training"),
            "### Evaluation Dataset\n",
            SAMPLES.format(kind="evaluation"),
            "### Training Hyperparameters\n#### Non-Default Hyperparameters\n",
            *(f"- `{name}`: {value}" for name, value in changed.items()),
            "\n#### All Hyperparameters\n<details><summary>Click to expand</summary>\n",
            *every,
            "\n</details>\n",
            f"### Training Logs\n{log_of(run)}\n" if run.log else "",
            "### Framework Versions\n- Python: 3.11.6\n- Sentence Transformers: 3.1.0\n",
        ]
    )


# What must come back


def scored(run: Run) -> list[tuple[Any, ...]]:
    """Return what the record must hold: text, metric, unit, value, group."""
    found: list[tuple[Any, ...]] = []
    for result in index(run):
        for metric in result["metrics"]:
            text = f"{result['dataset']['name']} {metric['name']}"
            found.append((text, *known(metric["type"]), metric["value"], None))
    for _, sets, scores in run.scores:
        for metric, each in scores.items():
            for name, value in zip(sets, each, strict=True):
                text = metric if len(sets) == 1 else f"{name} {metric}"
                if not metric.endswith("threshold"):
                    found.append((text, *known(metric), float(f"{value:.4g}"), None))
    names = ("Training Loss", "Validation Loss", "sts-dev_spearman_cosine")
    for epoch, step, cells in run.log:
        for name, id_, cell in zip(
            names, ("train_loss", "val_loss", "spearman"), cells, strict=True
        ):
            if cell is not None:
                found.append((name, id_, "score", float(f"{cell:.4f}"), f"{epoch} / {step}"))
    return found


def known(metric: str) -> tuple[str | None, str]:
    """Return a metric's id and unit; a threshold of the `model-index` has no metric."""
    if metric.endswith("threshold"):
        return None, "score"
    id_ = IDS.get(metric, metric)
    return id_, "score" if id_ in FREE else "fraction"


def settings_of(run: Run) -> dict[str, Any]:
    found = {SETTINGS[name][0]: value for name, value in run.settings.items()}
    if found.pop("mixed_precision_training"):
        found["mixed_precision_training"] = "fp16"
    return found


@settings(max_examples=200, deadline=None, derandomize=True)
@given(runs())
def test_an_embedding_models_card_gives_back_what_its_writer_knew(run: Run) -> None:
    record = read_record(card_of(run))
    keys = ("benchmark_text", "metric", "unit", "value", "group")
    assert [tuple(e.get(key) for key in keys) for e in record["evaluations"]] == scored(run)
    [training] = record["training"]
    read = {h["name"]: h["value"] for h in training["hyperparameters"]}
    assert read == settings_of(run)
    assert training["framework"] == "Python: 3.11.6, Sentence Transformers: 3.1.0"
    model = record["model"]
    assert (model["model_name"], model.get("license")) == (NAME, None)
    assert model["base_model"] == [{"id": BASE, "relation": "finetune"}]
    assert (record["spec"], record["variants"], record["unread"]) == ({}, [], [])
