"""The numbers of a front matter's `model-index`, and of the keys that stand in for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from cardkit.blocks.front_matter import Node, empty, get
from cardkit.card import Card
from cardkit.facts import Fact, Found, Unread
from cardkit.patterns import regex
from cardkit.text import Line
from cardkit.values import scores
from cardkit.vocabulary import benchmarks, metrics

RULE = "model-index"
INDEX = ("model-index", "model_index", "modelindex")
RESULTS = ("results", "result")
DATASET = ("dataset", "datasets")
METRICS = ("metrics", "metric")
VALUE = ("value", "values")
SHOTS = ("num_few_shot", "num_fewshot", "num_shots", "n_shot", "few_shot", "shots")
SPREAD = ("std", "stderr", "error", "stdev")
DIGIT = regex(r"\d")


class Number(NamedTuple):
    """One number of a `model-index`, and what stands around it."""

    model: str | None
    dataset: Node | None
    metric: str
    """The metric's name as printed; else its type."""
    type: str
    """The metric's type; "" when it has none."""
    score: scores.Score
    line: Line
    """The number alone."""
    result: int
    """Numbers of one result share this."""
    std: float | None = None


def read(card: Card, so_far: Mapping[str, Found]) -> Found:
    """Read every number of the front matter's results."""
    drafts, left = numbers_of(card.front)
    identity = so_far["identity"].value if "identity" in so_far else None
    if identity and identity.model_name:
        for draft in drafts:
            draft["model"] = draft["model"] or identity.model_name.value
    return Found(drafts, (), left)


def numbers_of(front: Node | None) -> tuple[list[dict[str, Any]], tuple[Unread, ...]]:
    """Return a draft of an evaluation for each number, and the values that are no number."""
    left: list[Unread] = []
    found = list(_numbers(front, left)) if front else []
    known = [_kind(number) for number in found]
    places = [(n.result, metrics.family(k.metric)) for n, k in zip(found, known, strict=True)]
    largest: dict[tuple[int, str | None], float] = {}
    for number, place in zip(found, places, strict=True):
        largest[place] = max(largest.get(place, 0), abs(number.score.value))
    return [
        _draft(number, kind, _unit(number, kind, largest[place]))
        for number, kind, place in zip(found, known, places, strict=True)
    ], tuple(left)


# ------------------------------------------------------------------------- finding the numbers


def _all(node: Node | None, names: Iterable[str]) -> Iterator[Node]:
    """Yield the values that a map holds under any of some keys, lists laid flat."""
    for key, value in node.pairs if node else ():
        if key.text in names:
            yield from _flat(value)


def _flat(node: Node) -> Iterator[Node]:
    """Yield a node, or the entries of a list and of the lists in it."""
    if node.kind != "list":
        yield node
    for entry in node.entries:
        yield from _flat(entry)


def _word(node: Node | None, *names: str) -> str:
    """Return the first scalar that a map holds under one of some keys."""
    for name in names:
        value = get(node, name)
        if value and value.kind == "scalar" and not empty(value.line):
            return " ".join(value.line.text.split())
    return ""


def _numbers(front: Node, left: list[Unread]) -> Iterator[Number]:
    result = 0
    for model in _all(front, INDEX):
        for one in _all(model, RESULTS):
            result += 1
            yield from _result(one, _word(model, "name") or None, result, left)
    lost = [*_all(front, RESULTS), *_all(front, ("eval_results",))]
    for one in lost:
        result += 1
        yield from _result(one, None, result, left)
    for metric in _all(front, METRICS):
        yield from _listed(metric, left)


def _result(one: Node, model: str | None, result: int, left: list[Unread]) -> Iterator[Number]:
    """Yield the numbers of one result; some cards nest data set and metrics below the task."""
    if one.kind != "map":
        if DIGIT.search(one.line.text):
            left.append(_unread(one.line, "a result that is no map"))
        return
    task = get(one, "task")
    homes = [one, task] if task and task.kind == "map" else [one]
    datasets = [each for home in homes for each in _all(home, DATASET)]
    dataset = datasets[0] if len(datasets) == 1 else None
    for home in homes:
        for metric in _all(home, METRICS):
            yield from _metric(metric, model, dataset, result, left)


def _metric(
    metric: Node, model: str | None, dataset: Node | None, result: int, left: list[Unread]
) -> Iterator[Number]:
    if metric.kind != "map":
        return
    type_ = _word(metric, "type")
    name = _word(metric, "name") or type_
    values = list(_all(metric, VALUE))
    names = _several(metric, "names") or _several(metric, "types")
    if len(values) > 1 and len(names) == len(values):
        pairs = [
            (f"{name} {each}".strip(), each, value)
            for each, value in zip(names, values, strict=True)
        ]
    elif len(values) == 1 and values[0].kind == "map":
        pairs = [
            (name if key.text in VALUE else f"{name} {key.text}".strip(), type_, value)
            for key, value in values[0].pairs
            if key.text not in SPREAD
        ]
    elif len(values) > 1:
        left += [_unread(value.line, "several values under one name") for value in values]
        return
    else:
        pairs = [(name, type_, value) for value in values]
    std = _spread(metric)
    for name, type_, value in pairs:
        if not name and not _word(dataset, "name", "type"):
            left.append(_unread(value.line, "neither a metric nor a data set is named"))
            continue
        for score, line in _scores(value, left):
            spread = std if score.std is None else score.std
            yield Number(model, dataset, name, type_, score, line, result, spread)


def _listed(metric: Node, left: list[Unread]) -> Iterator[Number]:
    """Yield the numbers of `metrics:` at the top: `- f1: 0.94`, `- name: F1`, `value: 0.94`."""
    if metric.kind != "map":
        return
    if get(metric, "value"):
        yield from _metric(metric, None, get(metric, "dataset"), 0, left)
        return
    for key, value in metric.pairs:
        if metrics.find(key.text):
            for score, line in _scores(value, []):
                yield Number(None, None, key.text, "", score, line, 0, score.std)


def _several(node: Node, name: str) -> list[str]:
    words = get(node, name)
    return [entry.line.text for entry in words.entries] if words and words.kind == "list" else []


def _spread(metric: Node) -> float | None:
    for place in (metric, get(metric, "value")):
        read = scores.read(_word(place, *SPREAD))
        if len(read) == 1:
            return read[0].value
    return None


def _scores(value: Node, left: list[Unread]) -> Iterator[tuple[scores.Score, Line]]:
    """Yield the number of a scalar; a text without a digit says that there is none."""
    line = value.line
    if value.kind != "scalar" or not DIGIT.search(line.text):
        return
    read = scores.read(line.text)
    if len(read) != 1 or read[0].unit:
        left.append(_unread(line, "no single number"))
        return
    at = line.text.find(read[0].digits)
    yield read[0], line[at : at + len(read[0].digits)] if at >= 0 else line


def _unread(line: Line, because: str) -> Unread:
    return Unread(line.text, line.span(), f"a value of model-index: {because}")


# ----------------------------------------------------------------------- what a number counts


class Kind(NamedTuple):
    """What is known of a number's benchmark and metric."""

    benchmark: benchmarks.Benchmark
    metric: str | None
    kind: str | None
    """`share`, `score`, or None when neither is known."""


def _title(number: Number) -> str:
    return " ".join(filter(None, [_word(number.dataset, "name", "type"), number.metric]))


def _kind(number: Number) -> Kind:
    metric = metrics.find(number.metric) or metrics.find(number.type) or _last_words(number.metric)
    benchmark = _benchmark(number)
    kind = metric.kind if metric else benchmarks.kind(benchmark.id, benchmark.metric)
    return Kind(benchmark, metric.id if metric else benchmark.metric, kind)


def _last_words(name: str) -> metrics.Metric | None:
    """Return the metric at the end of a longer name: `Validation Macro F1`."""
    words = name.split()
    found = (metrics.find(" ".join(words[at:])) for at in range(max(1, len(words) - 3), len(words)))
    return next((metric for metric in found if metric), None)


def _benchmark(number: Number) -> benchmarks.Benchmark:
    """Return the benchmark: by the configuration where that is one, else by the data set's name."""
    whole = benchmarks.read(_title(number))
    name = _word(number.dataset, "name")
    named = benchmarks.read(name) if name else whole
    if named.known:
        part = _word(number.dataset, "config", "args")
        inner = benchmarks.read(part) if part else named
        return inner._replace(num_fewshot=named.num_fewshot) if inner.known else named
    return whole


def _unit(number: Number, known: Kind, largest: float) -> str:
    """Return `fraction`, `percent` or `score`.

    The largest number of its family in the same result settles what a number leaves open.
    """
    if number.score.percent:
        return "percent"
    if known.kind != "share":
        return "score"
    value = abs(number.score.value)
    family = metrics.family(known.metric)
    if family == "error":
        # WER 3.2 and CER 0.9: the smaller one is a percentage too.
        return "percent" if largest > metrics.GRAY or (largest == value > 1) else "fraction"
    if value > 1:
        return "percent"
    return "percent" if largest > 1 and family in ("bleu", "rouge") else "fraction"


def _draft(number: Number, known: Kind, unit: str) -> dict[str, Any]:
    value = number.score.value
    where = number.line.span()
    return {
        "model": number.model,
        "is_self": True,
        "benchmark": known.benchmark.id,
        "benchmark_text": _title(number),
        "num_fewshot": _shots(number, known),
        "method": known.benchmark.method,
        "metric": known.metric,
        "split": _word(number.dataset, "split") or known.benchmark.split,
        "value": Fact(value, number.line.text, where, RULE),
        "unit": unit,
        "normalized": _normalized(value, unit),
        "text": number.score.text,
        "std": number.std,
        "group": None,
        "harness": None,
        "table": None,
    }


def _normalized(value: float, unit: str) -> float | None:
    """Return a share as a number from 0 to 1, with the digits that were printed.

    >>> _normalized(35.87, "percent"), _normalized(0.5, "fraction")
    (0.3587, 0.5)
    """
    if unit == "percent":
        return float(Decimal(str(value)).scaleb(-2))
    return value if unit == "fraction" else None


def _shots(number: Number, known: Kind) -> int | None:
    args = get(number.dataset, "args")
    written = _word(args, *SHOTS) or _word(number.dataset, *SHOTS)
    return int(written) if written.isdecimal() and len(written) < 4 else known.benchmark.num_fewshot
