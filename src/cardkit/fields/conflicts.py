"""Conflicts: what the card says in one place and denies in another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cardkit.blocks import Bullet, Paragraph, Table
from cardkit.card import Card
from cardkit.facts import Fact, Found, Problem
from cardkit.names.identity import Identity
from cardkit.problems import explain
from cardkit.vocabulary import fold, mentions, metrics, runs


def read(card: Card, so_far: Mapping[str, Found]) -> Found:
    """Hold the parts of a card against each other."""
    evaluations = so_far["evaluations"].value
    return Found(
        None,
        (
            *_scales(card, evaluations),
            *_ranges(evaluations),
            *_twice_told(so_far["model_index"].value, evaluations),
            *_logged_otherwise(evaluations[len(so_far["model_index"].value) :]),
            *_other_models(so_far["examples"].value, so_far["identity"].value),
        ),
    )


def _scales(card: Card, evaluations: list[dict[str, Any]]) -> Iterator[Problem]:
    """Yield each sentence that states a scale which tables of its section do not keep."""
    if all(entry.get("table") is None for entry in evaluations):
        return
    sections = [placed.path for _, placed in card.of(Table)]
    for placed in card.blocks:
        block = placed.block
        if placed.commented or not isinstance(block, (Paragraph, Bullet)):
            continue
        if placed.path not in sections:
            continue
        for line in block.lines:
            stated = mentions.find("scales", line.text)
            if stated is None:
                continue
            against = [
                entry
                for entry in evaluations
                if entry.get("table") is not None
                and sections[entry["table"]] == placed.path
                and _denies(entry, stated)
            ]
            if against:
                first = against[0]
                yield Problem(
                    "unit-conflict",
                    "warning",
                    f"The text says that scores are printed as {_SCALES[stated]}, but a table of "
                    f"this section prints {first['text']} for {first['benchmark_text']}. "
                    "Correct the sentence or the table; the record keeps what the table prints.",
                    line.span(),
                )


_SCALES = {"fraction": "numbers from 0 to 1", "percent": "percent"}


def _denies(entry: dict[str, Any], stated: str) -> bool:
    """Whether a score contradicts a stated scale."""
    if stated == "fraction":
        return entry["unit"] == "percent" and bool(entry["value"].value > 1)
    return bool(entry["unit"] == "fraction")


def _ranges(evaluations: list[dict[str, Any]]) -> Iterator[Problem]:
    """Yield each share that cannot be one."""
    for entry in evaluations:
        if entry["unit"] == "percent" and not -100 <= entry["value"].value <= 100:
            yield Problem(
                "value-out-of-range",
                "warning",
                f"{entry['text']} for {entry['benchmark_text']} is no share of anything: "
                "it is over 100 percent. Check the number, or name its unit in the head.",
                entry["value"].where,
            )


def _twice_told(
    index: list[dict[str, Any]], evaluations: list[dict[str, Any]]
) -> Iterator[Problem]:
    """Yield each result that the front matter and the body's list of results give differently."""
    listed = [e for e in evaluations[len(index) :] if e.get("table") is None]
    for metric in dict.fromkeys(e["metric"] for e in listed if e.get("metric")):
        first = [e for e in index if e.get("metric") == metric]
        second = [e for e in listed if e["metric"] == metric]
        if not len(first) == len(second) == 1 or _tells_apart(first[0]) != _tells_apart(second[0]):
            continue
        if not _agree(first[0], second[0]):
            yield Problem(
                "value-conflict",
                "warning",
                f"The front matter gives {first[0]['text']} for {metric}, the text "
                f"{second[0]['text']}. Correct one of them; the record holds both.",
                second[0]["value"].where,
            )


def _logged_otherwise(evaluations: list[dict[str, Any]]) -> Iterator[Problem]:
    """Yield each listed result that the log's one row with the same loss gives differently."""
    listed = {e["benchmark_text"]: e for e in evaluations if e.get("table") is None}
    losses = {_number(e["value"]) for e in listed.values() if e["metric"] == "loss"}
    logged = [e for e in evaluations if e.get("table") is not None and e.get("group")]
    same = [e for e in logged if e["metric"] == "val_loss" and _number(e["value"]) in losses]
    if len(same) != 1:
        return
    for entry in logged:
        row = entry["table"], entry["group"]
        other = listed.get(entry["benchmark_text"]) if entry["metric"] else None
        if other and row == (same[0]["table"], same[0]["group"]) and not _agree(other, entry):
            yield Problem(
                "value-conflict",
                "warning",
                f"The list of results gives {other['text']} for {entry['metric']}, the log "
                f"{entry['text']} in the row with the same loss. Correct one of them, or say how "
                "they were measured; the record holds both.",
                other["value"].where,
            )


def _tells_apart(entry: dict[str, Any]) -> frozenset[str]:
    """Return what a result's name says beyond its metric: the split, or `LM` in "WER LM"."""
    said = fold(str(entry["benchmark_text"])).split()
    ends = (" ".join(said[at:]) for at in range(max(0, len(said) - 4), len(said)))
    plain = any((found := metrics.find(end)) and found.id == entry["metric"] for end in ends)
    named = {runs.splits()[word] for word in said if word in runs.splits()}
    return frozenset(named if plain else {*named, said[-1]})


def _other_models(examples: list[dict[str, Any]], identity: Identity) -> Iterator[Problem]:
    """Yield each example that loads another model than the card's own."""
    for example in examples:
        loaded = example.get("model_id")
        if isinstance(loaded, Fact) and identity.is_another(str(loaded.value)):
            means = explain("example-model-mismatch")
            yield Problem(
                means.code,
                means.severity,
                f"{means.meaning} It loads {loaded.value}. {means.todo}",
                loaded.where,
            )


def _agree(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two printed results may be roundings of one number."""
    if None in (one["normalized"], other["normalized"]):
        a, b = _number(one["value"]), _number(other["value"])
    else:
        a, b = one["normalized"], other["normalized"]
    decimals = min(_decimals(one), _decimals(other))
    return abs(a - b) <= 0.51 * 10.0**-decimals


def _number(value: Fact | float) -> float:
    return float(value.value if isinstance(value, Fact) else value)


def _decimals(entry: dict[str, Any]) -> int:
    """Return how many decimals a result has, as a share from 0 to 1 where it is one."""
    digits = str(entry["text"]).partition(".")[2]
    count = len(digits) - len(digits.lstrip("0123456789")) or len(digits)
    return count + (2 if entry["unit"] == "percent" else 0)
