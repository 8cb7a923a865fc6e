"""What other writers were given comes back from their cards, and nothing else.

Keras, AutoTrain, SetFit, PEFT, Stable-Baselines3, spaCy, SpeechBrain and diffusers: each card has
the form that its writer gives it, with made-up values.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cardkit.ingest import read_record

fractions = st.floats(0.001, 0.9999)
losses = st.floats(0.0001, 20)


def scores(record: dict[str, Any]) -> list[tuple[Any, ...]]:
    keys = ("benchmark_text", "metric", "value", "unit", "group")
    return [tuple(e.get(key) for key in keys) for e in record["evaluations"]]


def settings_of(record: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(h["name"], h["value"]) for t in record["training"] for h in t["hyperparameters"]]


KERAS = """---
library_name: transformers
tags:
- generated_from_keras_callback
model-index:
- name: ants/ant-finetuned
  results: []
---

# ants/ant-finetuned

This model is a fine-tuned version of [ant-base](https://huggingface.co/ant-base) on an unknown dataset.
It achieves the following results on the evaluation set:
{results}

## Training procedure

### Training hyperparameters

The following hyperparameters were used during training:
- optimizer: {{'name': 'Adam', 'weight_decay': None, 'learning_rate': {{'module': 'keras.optimizers.schedules', 'class_name': 'PolynomialDecay', 'config': {{'initial_learning_rate': {rate}, 'decay_steps': 11064, 'end_learning_rate': 0.0, 'power': 1.0, 'cycle': False, 'name': None}}, 'registered_name': None}}, 'beta_1': 0.9, 'beta_2': 0.999, 'epsilon': 1e-08, 'amsgrad': False}}
- training_precision: float32

### Training results

{log}

### Framework versions

- Transformers 4.36.2
- TensorFlow 2.15.0
"""  # noqa: E501
KERAS_HEADS = {"Train Loss": "train_loss", "Train Accuracy": "acc", "Validation Loss": "val_loss",
               "Validation Accuracy": "acc", "Train Lr": None}  # fmt: skip


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(losses, fractions, losses, fractions), min_size=1, max_size=5),
    st.sampled_from((2e-05, 5e-05, 0.001)),
)
def test_keras(rows: list[tuple[float, ...]], rate: float) -> None:
    epochs = [[f"{cell:.4f}" for cell in row] + [str(rate), str(i)] for i, row in enumerate(rows)]
    heads = [*KERAS_HEADS, "Epoch"]
    results = "\n".join(f"- {h}: {c}" for h, c in zip(heads, epochs[-1], strict=True))
    lines = [heads, [":-:"] * len(heads), *epochs]
    log = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    record = read_record(KERAS.format(results=results, rate=rate, log=log))
    measured = list(KERAS_HEADS.items())[:-1]

    def read(cells: list[str], group: str | None) -> list[tuple[Any, ...]]:
        return [
            (head, id_, float(cell), "fraction" if id_ == "acc" else "score", group)
            for (head, id_), cell in zip(measured, cells, strict=False)
        ]

    logged = [row for i, cells in enumerate(epochs) for row in read(cells, str(i))]
    assert scores(record) == [*read(epochs[-1], None), *logged]
    assert settings_of(record) == [
        ("optimizer", "Adam"), ("learning_rate", rate), ("adam_beta1", 0.9), ("adam_beta2", 0.999),
        ("adam_epsilon", 1e-08), ("mixed_precision_training", "float32"),
    ]  # fmt: skip
    assert record["unread"] == []


AUTOTRAIN = {
    "loss": ("loss", "score"), "f1_macro": ("macro_f1", "fraction"),
    "f1_micro": ("micro_f1", "fraction"), "precision_weighted": ("weighted_precision", "fraction"),
    "recall_macro": ("macro_recall", "fraction"), "accuracy": ("acc", "fraction"),
}  # fmt: skip


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.lists(fractions, min_size=6, max_size=6), st.sampled_from(("- {}: {}\n", "{}: {}\n\n")))
def test_autotrain(drawn: list[float], entry: str) -> None:
    found = dict(zip(AUTOTRAIN, drawn, strict=True))
    results = "".join(entry.format(name, value) for name, value in found.items())
    card = (
        "---\ntags:\n- autotrain\nco2_eq_emissions:\n  emissions: 1.2345\n---\n\n"
        "# Model Trained Using AutoTrain\n\n- Problem type: Text Classification\n"
        "- Model ID: 557015512\n- CO2 Emissions (in grams): 1.2345\n\n"
        f"## Validation Metrics\n\n{results}"
    )
    record = read_record(card)
    assert scores(record) == [(name, *AUTOTRAIN[name][:1], value, AUTOTRAIN[name][1], None)
                              for name, value in found.items()]  # fmt: skip
    assert record["model"].get("model_name") is None


SETFIT = """---
library_name: setfit
tags:
- setfit
base_model: ants/ant-base
model-index:
- name: SetFit with ants/ant-base
  results:
  - task:
      type: text-classification
      name: Text Classification
    dataset:
      name: Unknown
      type: unknown
      split: test
    metrics:
    - type: accuracy
      value: 0.8576123
      name: Accuracy
---

# SetFit with ants/ant-base

This is a [SetFit](https://github.com/huggingface/setfit) model for Text Classification.

### Model Labels
| Label | Examples                              |
|:------|:--------------------------------------|
| 0     | <ul><li>'an ant'</li><li>'2.5'</li></ul> |
| 1     | <ul><li>'a bee'</li></ul>             |

## Evaluation

### Metrics
| Label   | Accuracy |
|:--------|:---------|
| **all** | 0.8576   |

## Training Details

### Training Set Metrics
| Training set | Min | Median  | Max |
|:-------------|:----|:--------|:----|
| Word count   | 2   | 11.4375 | 33  |

| Label | Training Sample Count |
|:------|:----------------------|
| 0     | 8                     |
| 1     | 8                     |

### Training Hyperparameters
- batch_size: (16, 16)
- num_epochs: (1, 16)
- max_steps: -1
- sampling_strategy: oversampling
- num_iterations: 20
- body_learning_rate: (2e-05, 1e-05)
- warmup_proportion: 0.1
- l2_weight: 0.01
- seed: 42

### Training Results
| Epoch | Step | Training Loss | Validation Loss |
|:-----:|:----:|:-------------:|:---------------:|
| 0.025 | 1    | 0.2025        | -               |
| 1.25  | 50   | 0.0031        | 0.1             |
"""


def test_setfit() -> None:
    record = read_record(SETFIT)
    assert record["model"]["model_name"] == "SetFit with ants/ant-base"
    assert scores(record) == [
        ("Unknown Accuracy", "acc", 0.8576123, "fraction", None),
        ("all", "acc", 0.8576, "fraction", None),
        ("Training Loss", "train_loss", 0.2025, "score", "0.025 / 1"),
        ("Training Loss", "train_loss", 0.0031, "score", "1.25 / 50"),
        ("Validation Loss", "val_loss", 0.1, "score", "1.25 / 50"),
    ]
    assert settings_of(record) == [
        ("train_batch_size", 16), ("num_iterations", 20), ("lr_scheduler_warmup_ratio", 0.1),
        ("seed", 42),
    ]  # fmt: skip
    assert [unread["text"] for unread in record["unread"]] == ["(1, 16)", "-1"]


def test_peft_with_a_quantized_base() -> None:
    config = {"quant_method": "bitsandbytes", "load_in_8bit": False, "load_in_4bit": True,
              "llm_int8_threshold": 6.0, "bnb_4bit_quant_type": "nf4",
              "bnb_4bit_compute_dtype": "bfloat16"}  # fmt: skip
    entries = "".join(f"- {name}: {value}\n" for name, value in config.items())
    record = read_record(
        "---\nlibrary_name: peft\nbase_model: ants/ant-base\n---\n\n# ant-lora\n\n"
        "## Training procedure\n\nThe following `bitsandbytes` quantization config was used during "
        f"training:\n{entries}\n### Framework versions\n\n\n- PEFT 0.6.2\n"
    )
    assert record["model"]["base_model"] == [{"id": "ants/ant-base", "relation": "adapter"}]
    assert set(settings_of(record)) <= set(config.items())
    assert [t["framework"] for t in record["training"]] == ["PEFT 0.6.2"]
    assert (record["evaluations"], record["spec"]) == ([], {})


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.floats(-500, 3000), st.floats(0, 400))
def test_stable_baselines(mean: float, spread: float) -> None:
    record = read_record(
        "---\nlibrary_name: stable-baselines3\nmodel-index:\n- name: PPO\n  results:\n  - task:\n"
        "      type: reinforcement-learning\n      name: reinforcement-learning\n    dataset:\n"
        "      name: AntBullet-v0\n      type: AntBullet-v0\n    metrics:\n"
        f"    - type: mean_reward\n      value: {mean:.2f} +/- {spread:.2f}\n"
        "      name: mean_reward\n      verified: false\n"
        "---\n\n# **PPO** Agent playing **AntBullet-v0**\n"
    )
    value = float(f"{mean:.2f}")
    assert scores(record) == [("AntBullet-v0 mean_reward", "mean_reward", value, "score", None)]
    assert [e["std"] for e in record["evaluations"]] == [float(f"{spread:.2f}")]


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.floats(1.01, 40), st.floats(1.01, 40))
def test_speechbrain(clean: float, other: float) -> None:
    record = read_record(
        "---\nlanguage: en\ntags:\n- speechbrain\nlicense: apache-2.0\n---\n\n"
        "# Ants with CTC trained on LibriSpeech\n\n"
        "The performance of the model is the following:\n\n"
        "| Release | Test clean WER | Test other WER | GPUs |\n|:-:|:-:|:-:|:-:|\n"
        f"| 24-03-22 | {clean:.2f} | {other:.2f} | 1xA100 40GB |\n"
    )
    assert scores(record) == [
        ("Test clean WER", "wer", float(f"{clean:.2f}"), "percent", None),
        ("Test other WER", "wer", float(f"{other:.2f}"), "percent", None),
    ]


SPACY = {
    "TOKEN_ACC": "acc", "POS_ACC": "acc", "SENTS_P": "precision", "SENTS_R": "recall",
    "SENTS_F": "f1", "DEP_UAS": "uas", "DEP_LAS": "las", "MORPH_MICRO_F": "micro_f1",
    "ENTS_P": "precision", "ENTS_R": "recall", "ENTS_F": "f1",
}  # fmt: skip


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.lists(fractions, min_size=len(SPACY), max_size=len(SPACY)))
def test_spacy(drawn: list[float]) -> None:
    found = {name: f"{100 * value:.2f}" for name, value in zip(SPACY, drawn, strict=True)}
    rows = "".join(f"| `{name}` | {value} |\n" for name, value in found.items())
    record = read_record(
        "---\ntags:\n- spacy\nlanguage:\n- nl\nmodel-index:\n- name: nl_ants_sm\n  results:\n"
        "  - task:\n      name: NER\n      type: token-classification\n    metrics:\n"
        f"    - name: NER F Score\n      type: f_score\n      value: {drawn[-1]:.10f}\n---\n"
        "| Feature | Description |\n| --- | --- |\n| **Name** | `nl_ants_sm` |\n"
        "| **Version** | `3.2.0` |\n| **Vectors** | 0 keys, 0 unique vectors (0 dimensions) |\n"
        "| **License** | `MIT` |\n\n### Label Scheme\n\n<details>\n\n| Component | Labels |\n"
        "| --- | --- |\n| **`ner`** | `ANT`, `BEE`, `12.5` |\n\n</details>\n\n### Accuracy\n\n"
        f"| Type | Score |\n| --- | --- |\n{rows}"
    )
    index = ("NER F Score", "f1", float(f"{drawn[-1]:.10f}"), "fraction", None)
    read = scores(record)
    assert read[0] == index
    assert [row[:3] for row in read[1:]] == [
        (name, SPACY[name], float(value)) for name, value in found.items()
    ]
    assert record["model"]["model_name"] == "nl_ants_sm"


def test_diffusers_with_adapters() -> None:
    record = read_record(
        "---\nbase_model: ants/paint-base\nlibrary_name: diffusers\nlicense: openrail++\n"
        "instance_prompt: a photo of sks ant\ntags:\n- text-to-image\n- lora\n---\n\n"
        "# LoRA text2image fine-tuning - ants/ant-lora\nThese are LoRA adaption weights for "
        "ants/paint-base. The weights were fine-tuned on the ants/pictures dataset.\n\n"
        "LoRA for the text encoder was enabled: False.\n"
    )
    assert record["model"]["license"] == {"id": "openrail++"}
    assert record["model"]["base_model"] == [{"id": "ants/paint-base", "relation": "adapter"}]
    assert [record[k] for k in ("evaluations", "training", "spec", "examples")] == [[], [], {}, []]
