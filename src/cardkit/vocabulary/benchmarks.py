"""Benchmarks: the task names of lm-evaluation-harness behind the names that cards print."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any, NamedTuple

from cardkit.patterns import regex
from cardkit.vocabulary import fold, languages, load, metrics, runs, spread

LONGEST_NAME = 120
"""Characters; what is longer is a sentence and names no benchmark."""

LONGEST_SUBSET = 4
"""Words; what follows a benchmark's name and is longer names no part of it."""

LONGEST_TURN = 2
"""Words behind a scored benchmark's name that still mean its own points, as in "turn 1"."""

SUITES = frozenset({"glue", "super_glue", "clue"})
"""Benchmarks whose parts are benchmarks with names of their own."""

NOT_IN_KEY = regex(r"[^\w+∞]|_")
NOT_IN_SLUG = regex(r"[^\w@.+]+|\.(?!\d)")
MARKS = regex(r"[†‡§↑↓⬆⬇*`|]+|\[\^?\d+\]|<[^<>]{1,40}>|&[a-z]{2,6};")
PARENTHESES = regex(r"[(\[（【]([^()\[\]（）【】]*)[)\]）】]")
BETWEEN_NOTES = regex(r"\s*[,;、，；&]\s*|\s+-\s+")
WORDS = regex(r"[^\s,;]+")
TOKEN = regex(r"[^\s\-_:/,()\[\]]+")
CJK = regex(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+")

AT = regex(r"(?:(?<![a-z\d])[a-z]+1? ?)?@ ?\d+k?\b", re.I)
VERSION = regex(r"v?\d[\d.\-/]*")


class Benchmark(NamedTuple):
    """What a benchmark's printed name says."""

    id: str
    """The harness's task or group name, else a slug of the text."""
    known: bool
    num_fewshot: int | None = None
    """None where the text says nothing of shots, or names two numbers of them."""
    method: str | None = None
    metric: str | None = None
    split: str | None = None


@lru_cache(maxsize=1)
def _rows() -> dict[str, Any]:
    return load("benchmarks.yaml")  # type: ignore[no-any-return]


@lru_cache(maxsize=1)
def names() -> dict[str, str]:
    """Return each name of a benchmark, as it is compared, with the benchmark's id."""
    rows = {**_rows()["shares"], **_rows()["scores"]}
    return {_key(name): key for key, printed in rows.items() for name in [key, *spread(printed)]}


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """Return the names, as they are compared, that are also words of other things."""
    return frozenset(map(_key, spread(_rows()["words"]))) | {key for key in names() if len(key) < 3}


def find(text: str) -> str | None:
    """Return the task name of a benchmark, or None when the name is in no list.

    >>> find("MMLU (5-shot)"), find("ARC-c"), find("Winograd")
    ('mmlu', 'arc_challenge', 'wsc273')
    """
    known = read(text)
    return known.id if known.known else None


def read(text: str) -> Benchmark:
    """Return a benchmark's name, taken apart.

    >>> read("BIG-Bench Hard (3-shot, CoT)")
    Benchmark(id='bbh', known=True, num_fewshot=3, method='cot', metric=None, split=None)
    >>> read("HumanEval @10").metric, read("MMLU(零样本)").num_fewshot, read("C-Eval (val)").split
    ('pass@10', 0, 'val')
    """
    if len(text) > LONGEST_NAME:
        return Benchmark(_slug(text[:LONGEST_NAME]), known=False)
    return _read(text)


@lru_cache(maxsize=4096)
def _read(text: str) -> Benchmark:
    if key := names().get(_key(text)):
        return _with_implied(Benchmark(key, known=True), text)
    plain = MARKS.sub(" ", unicodedata.normalize("NFKC", text))
    plain, shots = runs.shots(plain)
    plain, method = runs.method(plain)
    plain, metric = _at(plain)
    plain, notes = _notes(plain)
    split, rest = None, []
    for note in notes:
        folded = fold(note)
        measures = [metrics.find(part) for part in _without_mean(note.split("/"))]
        if all(measures):
            metric = metric or (measures[0].id if len(measures) == 1 and measures[0] else None)
        elif folded in runs.splits():
            split = runs.splits()[folded]
        elif not runs.tells_nothing(folded):
            rest.append(note)
    name, known, more, split = _name(plain, rest, split)
    metric = metric or more
    return Benchmark(name or _slug(text), known, shots, method, metric, split)


def _without_mean(parts: list[str]) -> list[str]:
    """Return the metrics of a note without the mean that they are of: "macro_avg/acc"."""
    first = set(fold(parts[0]).split())
    return parts[1:] if len(parts) > 1 and all(map(runs.tells_nothing, first)) else parts


def _with_implied(read: Benchmark, text: str) -> Benchmark:
    """Return a known benchmark with what its own name says of shots and methods."""
    return read._replace(method=runs.method(text)[1], num_fewshot=runs.shots(text)[1])


@lru_cache(maxsize=2)
def _set(name: str) -> frozenset[str]:
    return frozenset(map(fold, spread(_rows()[name])))


def _at(text: str) -> tuple[str, str | None]:
    """Take a metric such as pass@10 out of a text."""
    match = AT.search(text)
    if not match:
        return text, None
    measure, start = metrics.find(match[0]), match.start()
    if not measure:
        start = text.index("@", start)
        measure = metrics.find(text[start : match.end()])
    if not measure:
        return text, None
    if fold(text[:start]) in metrics.similarities():
        start = 0
    return f"{text[:start]} {text[match.end() :]}", measure.id


def _notes(text: str) -> tuple[str, list[str]]:
    """Take what stands in parentheses out of a text."""
    notes = [note for found in PARENTHESES.findall(text) for note in BETWEEN_NOTES.split(found)]
    return PARENTHESES.sub(" ", text).strip(" ,;:-—–/&"), [note for note in notes if note.strip()]


def _name(
    text: str, notes: list[str], split: str | None
) -> tuple[str, bool, str | None, str | None]:
    """Return a benchmark's id, whether it is known, and the metric and split behind its name."""
    for given in ([text, *notes], [text]):
        if key := names().get(_key(" ".join(given))):
            return key + _suffix(notes if len(given) == 1 else []), True, None, split
    words = WORDS.findall(text)
    for cut in range(1, min(4, len(words))):
        start, end = " ".join(words[:-cut]), " ".join(words[-cut:])
        measure = metrics.find(end)
        key = names().get(_key(start))
        if key and fold(end) in runs.splits():
            return key + _suffix(notes), True, None, runs.splits()[fold(end)]
        if key and (fold(end) in _set("idle") or VERSION.fullmatch(fold(end))):
            return key + _suffix(notes), True, None, split
        if key and measure:
            return key + _suffix(notes), True, measure.id, split
    for cut in () if metrics.find(text) else range(min(4, len(words)) - 1, 0, -1):
        end = " ".join(words[-cut:])
        if (measure := metrics.find(end)) and fold(end) not in _set("weak_metrics"):
            inner, known, _, inner_split = _name(" ".join(words[:-cut]), notes, split)
            return inner, known, measure.id, inner_split
    return _unknown(text, notes, split)


def _unknown(
    text: str, notes: list[str], split: str | None
) -> tuple[str, bool, str | None, str | None]:
    """Return the id of a name that is in no list, but may begin with one that is."""
    whole = metrics.find(text)
    tokens = [token for token in TOKEN.findall(text) if token]
    for size in range(min(5, len(tokens) - 1), 0, -1):
        key = names().get(start := _key(" ".join(tokens[:size])))
        if key and start not in common_words() and len(tokens) <= size + LONGEST_SUBSET:
            left = " ".join(tokens[size:])
            if fold(left) in runs.splits():
                return key + _suffix(notes), True, None, runs.splits()[fold(left)]
            return _subset(key, left) + _suffix(notes), True, None, split
    return _slug(" ".join([text, *notes])), False, whole.id if whole else None, split


def _subset(key: str, name: str) -> str:
    """Return the id of a part of a benchmark."""
    part = names().get(_key(name))
    if part and key in SUITES:
        return part
    return "_".join(filter(None, [key, _part(name)]))


def _suffix(notes: list[str]) -> str:
    """Return what notes add to an id: a subset, or a language other than English."""
    said = [n for n in notes if not runs.tells_nothing(fold(n)) and _key(n) not in names()]
    return "".join(f"_{part}" for part in map(_part, said) if part)


def _part(name: str) -> str:
    """Return a part's name in an id: the code of a language, "" for English; else a slug."""
    code = languages.names().get(fold(name)) or _slug(name)
    return "" if code == "en" else code


@lru_cache(maxsize=8192)
def _key(text: str) -> str:
    return NOT_IN_KEY.sub("", fold(text))


def _slug(text: str) -> str:
    """Return a text in lower snake case; letters of all scripts stay.

    >>> _slug("Simple Arithmetic (no spaces)"), _slug("平均 分")
    ('simple_arithmetic_no_spaces', '平均_分')
    """
    folded = unicodedata.normalize("NFKC", MARKS.sub(" ", text)).casefold()
    return NOT_IN_SLUG.sub("_", folded).strip("_.")


def looks_like_benchmark(text: str) -> bool:
    """Return whether a text is, or holds as whole words, the name of a known benchmark.

    >>> looks_like_benchmark("MMLU-Pro (CoT, EM)"), looks_like_benchmark("Llama 3 8B")
    (True, False)
    """
    return len(text) <= LONGEST_NAME and _looks(text)


@lru_cache(maxsize=4096)
def _looks(text: str) -> bool:
    folded = fold(text)
    if _key(folded) in names():
        return True
    tokens = CJK.sub(" ", folded).translate(str.maketrans("()[]/,:&", " " * 8)).split()
    for start in range(len(tokens)):
        for end in range(start + 1, min(start + 5, len(tokens)) + 1):
            key = _key(" ".join(tokens[start:end]))
            if key in names() and key not in common_words():
                return True
    return _read(folded).known


def kind(benchmark_id: str, metric: str | None = None) -> str | None:
    """Return `share` or `score`: what a benchmark's numbers are; None when it cannot be told.

    >>> kind("mmlu"), kind("mt_bench"), kind("lambada", "perplexity"), kind("happiness")
    ('share', 'score', 'score', None)
    """
    if metric and (known := metrics.kind(metric)):
        return known
    parts = benchmark_id.split("_")
    for size in range(len(parts), 0, -1):
        key = "_".join(parts[:size])
        if key in _rows()["scores"]:
            # "mt_bench_turn_1" is scored alike; what a longer name counts is its own affair.
            return "score" if len(parts) - size <= LONGEST_TURN else None
        if key in _rows()["shares"]:
            return "share"
    measure = metrics.find(benchmark_id)
    return measure.kind if measure else None
