"""Metrics: their names, and whether they are shares or free scores."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from cardkit.patterns import regex
from cardkit.vocabulary import fold, load, spread

AT = regex(r"(?P<name>[^\W\d_]*1?) ?@ ?(?P<at>\d+k?)")
NOTE = regex(r"\s*\([^()]*\)$|\s*[↑↓%]+\s*$")


class Metric(NamedTuple):
    """One metric."""

    id: str
    kind: str
    """`share` (0 to 1, or 0 to 100 in percent) or `score` (anything else)."""


@lru_cache(maxsize=1)
def _rows() -> dict[str, dict[str, str | None]]:
    return load("metrics.yaml")  # type: ignore[no-any-return]


@lru_cache(maxsize=1)
def names() -> dict[str, Metric]:
    """Return each folded name of a metric with the metric."""
    return {
        fold(name): Metric(key, kind)
        for kind in ("share", "score")
        for key, row in _rows()[f"{kind}s"].items()
        for name in [key, *spread(row)]
    }


@lru_cache(maxsize=1)
def _at() -> dict[str, str]:
    """Return the names that stand before an @ and a number; "@5" alone is pass@5."""
    return {name: key for key, row in _rows()["at"].items() for name in spread(row)} | {"": "pass"}


@lru_cache(maxsize=1)
def similarities() -> tuple[str, ...]:
    """Return the measures of similarity that stand beside a metric: `cosine_ndcg@10`."""
    return tuple(spread(load("metrics.yaml")["similarities"]))


@lru_cache(maxsize=1)
def kinds() -> dict[str, str]:
    """Return the kind of each metric by id."""
    return {metric.id: metric.kind for metric in names().values()}


def find(text: str) -> Metric | None:
    """Return the metric that a text names exactly, or None.

    >>> find("Word Error Rate (%)"), find("nDCG@10")
    (Metric(id='wer', kind='share'), Metric(id='ndcg@10', kind='share'))
    >>> find("pearson_manhattan"), find("dot_mrr@10"), find("cosine")
    (Metric(id='pearson', kind='score'), Metric(id='mrr@10', kind='share'), None)
    """
    return _find(text) if len(text) <= 80 else None


@lru_cache(maxsize=4096)
def _find(text: str) -> Metric | None:
    return _find_folded(fold(text))


def _find_folded(folded: str) -> Metric | None:
    if folded in names():
        return names()[folded]
    if (match := AT.fullmatch(folded)) and match["name"] in _at():
        return Metric(f"{_at()[match['name']]}@{match['at']}", "share")
    shorter = fold(NOTE.sub("", folded)) or folded
    for similarity in similarities() if shorter == folded else ():
        shorter = shorter.removeprefix(f"{similarity} ").removesuffix(f" {similarity}")
    return _find_folded(shorter) if shorter != folded else None


def kind(metric_id: str) -> str | None:
    """Return `share` or `score` for a metric's id, or None when it is not known.

    >>> kind("pass@10"), kind("perplexity"), kind("brightness")
    ('share', 'score', None)
    """
    return kinds().get(metric_id) or ("share" if AT.fullmatch(metric_id.casefold()) else None)


# Error rates pass 1 even as a fraction, so a value a little above 1 may be either.
ERROR_RATES = frozenset({"wer", "cer", "mer", "ser", "ter", "per", "der", "eer"})
GRAY = 2.0


def family(metric_id: str | None) -> str | None:
    """Return the metrics that are printed in one scale side by side.

    >>> family("cer"), family("rougeLsum"), family("acc")
    ('error', 'rouge', 'acc')
    """
    if metric_id in ERROR_RATES:
        return "error"
    families = ("bleu", "rouge")
    return next((f for f in families if metric_id and metric_id.startswith(f)), metric_id)
