"""Hostile cards: nothing is raised, nothing takes long, and each limit is said with its figure."""

from __future__ import annotations

import json
import runpy
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cardkit import limits
from cardkit.errors import TooLargeError
from cardkit.ingest import as_json, read_record
from cardkit.record import Record

SHAPES: dict[str, tuple[int, Callable[[int], str]]] = runpy.run_path(
    str(Path(__file__).parent / "hostile.py")
)["SHAPES"]
PART = 25
"""How much smaller than in the benchmark a shape is here."""
SECONDS = 10
"""Far more than any of them takes, also on a busy machine; a quadratic one is beyond it."""


def exceeded(record: dict[str, Any]) -> list[str]:
    return [p["message"] for p in record["problems"] if p["code"] == "limit-exceeded"]


def card(body: str) -> str:
    return f"# Ant 1B\n\nAnt 1B has 1.2B parameters.\n\n{body}\n\n## Details\n\n- Layers: 24\n"


@pytest.mark.parametrize("name", SHAPES)
def test_a_hostile_card_reads_into_a_valid_record(name: str) -> None:
    size, shape = SHAPES[name]
    raw = shape(max(3, size // PART))
    began = time.monotonic()
    record = read_record(raw)
    assert time.monotonic() - began < SECONDS
    Record.model_validate(record)
    json.loads(as_json(record))
    wrong = {
        pointer: entry
        for pointer, entry in record["evidence"].items()
        if raw[entry["start"] : entry["end"]] != entry["text"] or not entry["text"].strip()
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("paragraph", card("word " * 2_000)),
        ("heading", card("## " + "word " * 500)),
        ("code", card("```\n" + "word\n" * 25_000 + "```")),
        ("code line", card("```\n" + "word " * 3_000 + "\n```")),
        ("table cell", card("| a | b |\n|---|---|\n| " + "word " * 25_000 + " | 1 |")),
        ("table columns", card("|" + "a|" * 1_001 + "\n|" + "-|" * 1_001 + "\n|" + "1|" * 1_001)),
        (
            "table cells",
            card("|" + "a|" * 500 + "\n|" + "-|" * 500 + ("\n|" + "1|" * 500) * 400),
        ),
        ("html nesting", card("<table><tr><td>" * 501 + "</td></tr></table>" * 501)),
        ("front matter", f"---\nlicense: {'x' * 1_000_000}\n---\n{card('')}"),
        ("front matter depth", f"---\ntags: {'[' * 65}{']' * 65}\n---\n{card('')}"),
        ("front matter aliases", f"---\na: &a x\ntags: [{'*a, ' * 51}]\n---\n{card('')}"),
        ("front matter values", f"---\ntags: [{'a, ' * 100_001}]\n---\n{card('')}"),
    ],
)
def test_a_limit_is_said_with_its_figure_and_the_rest_is_read(name: str, raw: str) -> None:
    record = read_record(raw)
    said = exceeded(record)
    figure = limits.most(name)
    assert any(f"{figure:,}" in message or f" {figure} " in message for message in said), said
    assert record["spec"]["num_parameters"] == 1_200_000_000
    assert record["spec"]["num_hidden_layers"] == 24


def test_a_card_within_all_limits_says_nothing_of_them() -> None:
    assert exceeded(read_record(card("word " * 900))) == []


def test_what_is_cut_off_is_unread() -> None:
    code = card("```\n" + "word\n" * 25_000 + "```")
    [unread] = read_record(code)["unread"]
    assert unread["because"] == "more than 100,000 characters of a code block"
    assert code[unread["at"]["start"] : unread["at"]["end"]] == unread["text"] == "word"


def test_a_long_paragraph_is_read_to_its_end() -> None:
    body = "Ant is a model. " * 1_000 + "It was trained with a learning rate of 2e-5."
    [setup] = read_record(card(body))["training"]
    assert [(row["name"], row["value"]) for row in setup["hyperparameters"]] == [
        ("learning_rate", 2e-5)
    ]


def test_a_card_beyond_the_limit_of_a_file_is_refused() -> None:
    with pytest.raises(TooLargeError, match="the limit for a card is 10 MB"):
        read_record("word " * 2_000_001)


@pytest.mark.parametrize("digits", [64, 65, 4_301, 100_000])
def test_a_number_of_many_digits_is_no_fault(digits: int) -> None:
    number = "9" * digits
    read_record(
        f"---\nmodel-index:\n- name: Ant\n  results:\n  - task: {{type: x}}\n"
        f"    dataset: {{name: y, type: y}}\n    metrics: [{{type: accuracy, value: {number}}}]\n"
        f"---\n# Ant 1B\n\nAnt has {number} parameters, {number} layers and {number}B tokens.\n\n"
        f"- learning_rate: {number}\n- seed: {number}\n- batch size: 1e{number}\n\n"
        f"| Model | MMLU |\n|---|---|\n| Ant 1B | {number} |\n| Ant {number}B | 1.{number} |\n\n"
        f'```json\n{{"num_hidden_layers": {number}, "hidden_size": -{number}}}\n```\n\n'
        f"```python\nimport transformers\ntransformers.pipeline('a/b')(top_k={number})\n```"
    )


def test_a_table_that_merges_huge_cells_is_no_bomb() -> None:
    cell = '<td rowspan="9999" colspan="9999">1</td>'
    read_record(card("<table>" + f"<tr>{cell}</tr>" * 300 + "</table>"))


def test_every_limit_is_above_zero_and_says_what_becomes_of_the_rest() -> None:
    assert all(limit.most > 0 and limit.counts and limit.beyond for limit in limits.LIMITS.values())
