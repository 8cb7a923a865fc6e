"""Cards that tell a result twice are read alike in both places, or their record says so.

The front matter's `model-index`, the list of results, the tables and the training log of a card are
read by different code, so each is a witness for the others. What is paired must be about the same:
the metric, the words that name a split or a way (`Test WER`, `WER LM`), for a table the benchmark,
for a log the row that has the list's own loss.
"""

from __future__ import annotations

import gzip
import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cardkit.errors import UnreadableCardError
from cardkit.ingest import read_record

SHARED = Path(__file__).parents[2] / "shared" / "cards"
SLICE = 5
"""One in so many cards of the pool is read; all of them take half a minute."""
TOLD = ("model-index", "following results")
"""What a card must hold to tell a result outside its tables."""
NAMED = {"test", "dev", "val", "valid", "validation", "train", "training", "lm", "eval"}
LOGS = ("list and log", "index and log")
"""Some trainers measured once more after the log's last row, with a beam or a language model."""
AGREED, AGREED_WITH_LOG = 0.995, 0.98
LEAST = {"index and list": 60, "list and log": 150, "index and log": 45, "index and table": 4}
"""Pairs below which the measurement measures nothing."""
FACTORS = ("train_batch_size", "num_devices", "gradient_accumulation_steps")
MULTIPLIED, LEAST_TOTALS = 0.9, 40


class Pair(NamedTuple):
    """One result in two places of a card."""

    card: str
    kind: str
    one: dict[str, Any]
    other: dict[str, Any]
    problems: tuple[str, ...]
    """What the record says of the card's values that deny each other."""


def cards() -> Iterator[tuple[str, str]]:
    """Yield the cards that are read, with their names."""
    for path in sorted((SHARED / "real").iterdir()):
        yield path.name, path.read_bytes().decode("utf-8", "replace")
    with gzip.open(SHARED / "pool.jsonl.gz", "rt", encoding="utf-8") as pool:
        told = (row for row in map(json.loads, pool) if any(t in row["card"] for t in TOLD))
        for i, row in enumerate(told):
            if i % SLICE == 0 or has_scores(row["card"]):
                yield row["model_id"], row["card"]


def has_scores(card: str) -> bool:
    """Whether a card has a `model-index` and a table that is no trainer's log: there are few."""
    table = any(rule in card for rule in ("|-", "| -", "|:", "| :"))
    return "model-index" in card and table and " Loss " not in card


def is_row(entry: dict[str, Any]) -> bool:
    """Whether a result stands in a training log: its group is an epoch and a step."""
    parts = (entry.get("group") or "").split(" / ")
    return all(part.replace(".", "", 1).isdigit() for part in parts)


def key(entry: dict[str, Any]) -> tuple[str | None, frozenset[str]]:
    """Return what must be the same in two places: the metric, and what its name says of a split."""
    words = entry["benchmark_text"].casefold().replace("_", " ").replace("-", " ").split()
    return entry.get("metric"), frozenset(NAMED & set(words))


def only(entries: list[dict[str, Any]]) -> dict[Any, dict[str, Any]]:
    """Return the results that are told once, by their key; a repetition of one value is one."""
    found = defaultdict(list)
    for entry in entries:
        if entry.get("metric"):
            found[key(entry)].append(entry)
    return {k: each[0] for k, each in found.items() if len({e["value"] for e in each}) == 1}


def pairs_of(name: str, record: dict[str, Any]) -> Iterator[Pair]:
    """Yield the results that a card tells twice."""
    rules = [
        (e, record["evidence"].get(f"/evaluations/{i}/value", {}).get("rule"))
        for i, e in enumerate(record["evaluations"])
        if e["is_self"]
    ]
    index = [e for e, rule in rules if rule == "model-index"]
    listed = [e for e, rule in rules if rule == "results list"]
    rows = [e for e, rule in rules if rule == "table" and is_row(e)]
    logs = {e["table"] for e in rows}
    tables = [e for e, rule in rules if rule == "table" and e["table"] not in logs]
    said = tuple(p["message"] for p in record["problems"] if p["code"] == "value-conflict")
    first, second = only(index), only(listed)
    for k in first.keys() & second.keys():
        yield Pair(name, "index and list", first[k], second[k], said)
    for benchmark in {e["benchmark"] for e in index}:
        ours = only([e for e in index if e["benchmark"] == benchmark])
        theirs = only([e for e in tables if e["benchmark"] == benchmark])
        for k in ours.keys() & theirs.keys():
            yield Pair(name, "index and table", ours[k], theirs[k], said)
    for other in last_row(listed, rows):
        named = [e for e in listed if e["benchmark_text"] == other["benchmark_text"]]
        if len(named) == 1:
            yield Pair(name, "list and log", named[0], other, said)
        if key(other) in first and key(other) in second:
            yield Pair(name, "index and log", first[key(other)], other, said)


def last_row(listed: list[dict[str, Any]], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the results of the one row of a log that has the list's loss, without that loss."""
    losses = {e["value"] for e in listed if e.get("metric") == "loss"}
    same = [e for e in rows if e.get("metric") == "val_loss" and e["value"] in losses]
    if len(same) != 1:
        return []
    return [e for e in rows if e["group"] == same[0]["group"] and e is not same[0]]


def agree(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two printed numbers may be one, rounded or cut, fractions and percentages alike."""
    a, b = one.get("normalized"), other.get("normalized")
    if a is not None and b is not None:
        digits = min(decimals(one), decimals(other))
        return math.isclose(a, b, abs_tol=1.01 * 10.0**-digits)
    scales = (1, 100, 0.01) if one["unit"] == other["unit"] == "score" else (1,)
    return one["unit"] == other["unit"] and any(
        math.isclose(one["value"], other["value"] * scale, rel_tol=1e-3, abs_tol=1e-4)
        for scale in scales
    )


def decimals(entry: dict[str, Any]) -> int:
    """Return the digits behind the point of a share between 0 and 1."""
    digits = entry["text"].partition(".")[2]
    count = len(digits) - len(digits.lstrip("0123456789"))
    return count + 2 * (entry["unit"] == "percent")


@cache
def records() -> dict[str, dict[str, Any]]:
    found = {}
    for name, card in cards():
        try:
            found[name] = read_record(card)
        except UnreadableCardError:
            continue
    return found


@cache
def pairs() -> list[Pair]:
    return [pair for name, record in records().items() for pair in pairs_of(name, record)]


needs_cards = pytest.mark.skipif(
    not (SHARED / "pool.jsonl.gz").is_file(), reason="the shared cards are not beside the project"
)


@needs_cards
def test_results_that_are_told_twice_are_read_alike() -> None:
    counts = Counter(pair.kind for pair in pairs())
    differ = [pair for pair in pairs() if not agree(pair.one, pair.other)]
    print(dict(counts), [(p.card, p.one["text"], p.other["text"]) for p in differ])  # noqa: T201
    assert {kind: counts[kind] for kind, least in LEAST.items() if counts[kind] < least} == {}
    for kind, count in counts.items():
        wrong = sum(pair.kind == kind for pair in differ)
        assert 1 - wrong / count >= (AGREED_WITH_LOG if kind in LOGS else AGREED), kind


@needs_cards
def test_results_that_differ_are_a_problem_of_their_card() -> None:
    silent = [
        (pair.card, pair.kind, pair.one["text"], pair.other["text"])
        for pair in pairs()
        if not agree(pair.one, pair.other)
        and not any(str(pair.one["metric"]) in message for message in pair.problems)
    ]
    assert silent == []


@needs_cards
def test_a_setting_with_two_values_is_a_problem_of_its_card() -> None:
    silent = [
        name
        for name, record in records().items()
        for training in record["training"]
        if len({h["name"] for h in training["hyperparameters"]}) < len(training["hyperparameters"])
        and "hyperparameter-conflict" not in {p["code"] for p in record["problems"]}
    ]
    assert silent == []


@needs_cards
def test_the_total_batch_of_a_trainer_is_the_product_of_its_parts() -> None:
    totals = {}
    for name, record in records().items():
        for training in record["training"]:
            given = {h["name"]: h["value"] for h in training["hyperparameters"]}
            if "total_train_batch_size" in given and "seed" in given and len(given) > 5:
                product = math.prod(given.get(factor, 1) for factor in FACTORS)
                totals[name] = (given["total_train_batch_size"], product)
    wrong = {name: found for name, found in totals.items() if len(set(found)) > 1}
    print(len(totals), wrong)  # noqa: T201
    assert len(totals) >= LEAST_TOTALS
    assert 1 - len(wrong) / len(totals) >= MULTIPLIED
