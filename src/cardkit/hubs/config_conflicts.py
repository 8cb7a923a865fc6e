"""Where a card's spec differs from the model's own files: problems, and never values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cardkit.facts import Problem
from cardkit.hubs.own_files import OwnFiles
from cardkit.text import Span
from cardkit.values.printed import means, rounds_to

SHAPE = (
    "num_hidden_layers", "hidden_size", "num_attention_heads", "num_key_value_heads",
    "intermediate_size", "vocab_size", "context_length", "dtype",
)  # fmt: skip
"""What config.json says too."""
TODO = {
    "vocab_size": "Give the size of the embedding, or say that the card counts the tokenizer's "
    "entries: there may be fewer.",
    "num_parameters": "Give the whole count, or say what the card leaves out.",
}


def told(record: Mapping[str, Any], own: OwnFiles) -> dict[str, Any]:
    """Return a record whose problems tell, in the card's order, where its spec differs too."""
    more = [
        {"code": p.code, "severity": p.severity, "message": p.message, "at": p.where._asdict()}
        for p in conflicts(record, own)
    ]
    problems = sorted(
        [*record["problems"], *more], key=lambda each: (each["at"]["start"], each["at"]["end"])
    )
    return {**record, "problems": problems}


def conflicts(record: Mapping[str, Any], own: OwnFiles) -> Iterator[Problem]:
    """Yield each value of a record's spec that the model's own files deny."""
    for name in SHAPE:
        stated, theirs = record["spec"].get(name), own.spec.get(name)
        if stated is None or theirs is None or type(theirs) is not type(stated):
            continue
        place = record["evidence"][f"/spec/{name}"]
        reached = (theirs, *own.scaled) if name == "context_length" else (theirs,)
        if not any(means(each, stated, place["text"]) for each in reached):
            yield _conflict(name, stated, f"config.json {theirs}", place)
    stated = record["spec"].get("num_parameters")
    if stated is None or own.parameters is None:
        return
    place = record["evidence"]["/spec/num_parameters"]
    if not rounds_to(own.parameters, stated, place["text"]):
        theirs = f"the headers of its weights {own.parameters:,}"
        yield _conflict("num_parameters", f"{stated:,}", theirs, place)


def _conflict(name: str, stated: object, theirs: str, place: Mapping[str, Any]) -> Problem:
    todo = TODO.get(name, "Correct the one that is wrong.")
    return Problem(
        "config-conflict",
        "warning",
        f"For {name} the card says {stated}, {theirs}. {todo}",
        Span(place["start"], place["end"]),
    )
