"""What a person sees of a record."""

from __future__ import annotations

from typing import Any

from cardkit.shown.summary import summary
from cardkit.shown.terminal import ansi, cells

RAW = "# 蚂蚁 1B\n它有 70 亿参数。\nScores.\n\x1b[31m?\n"


def score(model: str, benchmark: str, value: float, **more: Any) -> dict[str, Any]:
    """Return an entry of evaluations."""
    return {
        "model": model,
        "benchmark_text": benchmark,
        "value": value,
        "unit": "percent",
        "text": str(value),
        "table": 0,
        **more,
    }


RECORD: dict[str, Any] = {
    "source": {
        "uri": "ant.md",
        "bytes": 2048,
        "encoding": "gb18030",
        "form": "blob-page",
        "language": ["zh"],
        "repairs": [
            {"kind": "line-number-gutter", "count": 1},
            {"kind": "mirror-link", "count": 3},
        ],
    },
    "model": {
        "model_name": "蚂蚁 1B",
        "model_id": "hill/ant-1b",
        "hub": "huggingface",
        "summary": "一个小模型。",
        "license": {"id": "apache-2.0", "name": "Apache 2.0"},
        "language": ["en", "zh"],
        "base_model": [{"id": "hill/ant-base", "relation": "finetune"}],
        "links": {"paper": ["https://arxiv.org/abs/2401.00001"], "demo": []},
    },
    "spec": {"num_parameters": 7_000_000_000, "hidden_size": 4096},
    "training": [
        {
            "stage": "sft",
            "hyperparameters": [
                {"name": "learning_rate", "value": 2e-5, "text": "2e-5 (peak)"},
                {"name": "seed", "value": 42, "text": "42"},
            ],
            "hardware": "8 × A100",
        }
    ],
    "evaluations": [
        score("蚂蚁 1B", "MMLU", 41.5, is_self=True),
        score("蚂蚁 1B", "C-Eval", 50.0, is_self=True),
        score("Bee", "MMLU", 43.0),
    ],
    "prompt": {"format": "<|user|>\n{prompt}", "source": "section", "stop": ["</s>"]},
    "examples": [
        {
            "language": "python",
            "library": "transformers",
            "model_id": "hill/ant-1b",
            "code": "x",
            "inputs": ["Hello\nthere"],
            "generation": {"max_new_tokens": 50},
        }
    ],
    "problems": [
        {
            "code": "text-damaged",
            "severity": "warning",
            "message": "A sign is lost. Write it again.",
            "at": {"start": RAW.index(sign), "end": RAW.index(sign) + 1},
        }
        for sign in "蚂亿"
    ],
    "unread": [
        {
            "text": "\x1b[31m?",
            "at": {"start": RAW.index("\x1b"), "end": len(RAW) - 1},
            "because": "no number",
        }
    ],
}

SHOWN = """\
蚂蚁 1B  hill/ant-1b on huggingface
ant.md · blob-page · 2,048 bytes · gb18030 · zh
repaired  line-number-gutter, mirror-link ×3

Model
  一个小模型。
  licence    apache-2.0 (Apache 2.0)
  language   en, zh
  made from  hill/ant-base (finetune)
  paper      https://arxiv.org/abs/2401.00001

Spec
  parameters   7B (7,000,000,000)
  hidden size  4,096

Training
  sft
  learning_rate  2e-05 (2e-5 (peak))
  seed           42
  hardware       8 × A100

Evaluations
  table 0 · percent
  model      MMLU  C-Eval
  ▸ 蚂蚁 1B  41.5    50.0
    Bee      43.0

Prompt
  from: section
  │ <|user|>⏎
  │ {prompt}
  stop  </s>

Examples
  1. python · transformers · hill/ant-1b
     input       Hello⏎there
     generation  max_new_tokens=50

Problems (2)
  ant.md:1:3 warning [text-damaged]
    A sign is lost. Write it again. Also at 2:7.

Not read (1)
  ant.md:4:1 no number
    ␛[31m?"""


def test_a_record_is_shown_whole() -> None:
    assert summary(RECORD, RAW) == SHOWN


def test_colours_change_no_word() -> None:
    coloured = summary(RECORD, RAW, paint=lambda text, _: f"\x02{text}\x03")
    assert coloured.replace("\x02", "").replace("\x03", "") == SHOWN
    assert ansi("▸ 蚂蚁 1B  41.5    50.0", "self") in summary(RECORD, RAW, paint=ansi)


def test_nothing_is_wider_than_the_terminal() -> None:
    names = [f"model-{i}-with-a-long-name-{i}" for i in range(12)]
    benchmarks = [f"基准测试 {i}" for i in range(12)]
    scores = [score(name, benchmark, 41.5) for name in names for benchmark in benchmarks]
    record = RECORD | {"evaluations": scores, "model": {"summary": "很长的一句话。" * 40}}
    for width in (60, 100):
        lines = summary(record, RAW, width=width).split("\n")
        assert max(map(cells, lines)) <= width
        assert sum("41.5" in line for line in lines) >= len(names)


def test_one_model_has_its_scores_below_each_other() -> None:
    scores = [score("Ant", f"task {i}", i, is_self=True) for i in range(3)]
    lines = summary(RECORD | {"evaluations": scores}, RAW).split("\n")
    start = lines.index("Evaluations")
    assert lines[start + 2 : start + 6] == [
        "          ▸ Ant",
        "  task 0      0",
        "  task 1      1",
        "  task 2      2",
    ]


def test_a_long_table_is_cut_and_says_so() -> None:
    scores = [score(f"model {i}", "MMLU", 41.5) for i in range(200)]
    lines = summary(RECORD | {"evaluations": scores}, RAW).split("\n")
    assert "  … and 120 more; --format json prints all" in lines


def test_an_empty_record_is_shown_too() -> None:
    source = {"uri": "-", "bytes": 5, "form": "markdown"}
    assert summary({"source": source}, "# Ant") == "a model without a name\n- · markdown · 5 bytes"
