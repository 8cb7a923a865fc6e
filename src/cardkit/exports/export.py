"""What an export is, and what all of them ask of a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from cardkit.patterns import regex
from cardkit.vocabulary import load

NOT_IN_NAMES = regex(r"[^A-Za-z0-9._-]+")
KNOWN_METRICS = ("acc", "exact_match")
"""What a leaderboard's own metric is, where a card names one at all."""


class Export(NamedTuple):
    """Files in the format, and what it could not carry."""

    files: dict[str, str]
    """Texts by their path in the model's repository, or beside it."""
    missing: tuple[str, ...] = ()
    """A sentence for each thing that was left out, with the reason."""


def own_results(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the results of the model that the card is about."""
    return [each for each in record.get("evaluations", ()) if each.get("is_self")]


def others(record: Mapping[str, Any]) -> Iterator[str]:
    """Say how many results are of other models, whose cards they belong to."""
    count = len(record.get("evaluations", ())) - len(own_results(record))
    if count:
        yield f"{count} results of other models in the card's tables: they belong to their own"


def spread(result: Mapping[str, Any]) -> Iterator[str]:
    """Say what stands behind a result's ±: of what it is, a card does not say."""
    if result.get("std") is not None:
        yield f"{told(result)}: its ± {result['std']:g}"


def told(result: Mapping[str, Any]) -> str:
    """Return a result as it is named in a sentence.

    >>> told({"benchmark_text": "MMLU (5-shot)", "text": "63.0"})
    "'MMLU (5-shot)' 63.0"
    """
    return f"{result['benchmark_text']!r} {result['text']}"


def setting(result: Mapping[str, Any]) -> str:
    """Return under which conditions a result was taken, as far as the card says.

    >>> setting({"num_fewshot": 5, "method": "cot"})
    '5-shot, cot'
    """
    shots = result.get("num_fewshot")
    words = (None if shots is None else f"{shots}-shot", result.get("method"))
    return ", ".join(word for word in words if word)


def page(record: Mapping[str, Any]) -> str | None:
    """Return the model's page on the Hugging Face Hub, where the card says that it has one."""
    model = record.get("model", {})
    if model.get("model_id") and model.get("hub") == "huggingface":
        return f"https://huggingface.co/{model['model_id']}"
    return None


def name_of(record: Mapping[str, Any]) -> str | None:
    """Return what the model is called: its name, else its id."""
    model = record.get("model", {})
    name: str | None = model.get("model_name") or model.get("model_id")
    return name


def slug(text: str) -> str:
    """Return a text as part of a file's name.

    >>> slug("ants/Ant 7B")
    'ants-Ant-7B'
    """
    return NOT_IN_NAMES.sub("-", text).strip("-.") or "model"


def leaderboard(benchmark: str | None) -> dict[str, str] | None:
    """Return the data set and the task of a benchmark's leaderboard on the Hub, if it has one."""
    known: dict[str, dict[str, str]] = load("hub_benchmarks.yaml")
    return known.get(benchmark or "")
