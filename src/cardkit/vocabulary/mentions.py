"""Names and phrases inside sentences: evaluation suites, words that announce results."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from cardkit.patterns import rarest, regex
from cardkit.vocabulary import benchmarks, fold, load, metrics

WORD = regex(r"[A-Za-z0-9][\w.+&'-]*|[\u3400-\u9fff]+")
BREAK = "("
NOT_IN_KEY = regex(r"[^\w+∞]|_")
LONGEST_NAME = 5
"""Words that a benchmark's name may have."""
LONGEST_TITLE = 200
LONGEST_SENTENCE = 1000

METRIC_WORD = regex(r"[A-Za-z0-9][\w.+&'@-]*")
LONGEST_METRIC = 4
"""Words that a metric's name may have."""
SHORT_NAME = 4
"""Letters; a name as short as this may be a common word."""
CJK_NAME = regex(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]{2,}")

SHOTS_NOTE = regex(r"[(（]\s*(\d{1,2})[- ]?shots?\b", re.IGNORECASE)
SENTENCE_END = regex(r"(?<=[.!?。！？;；])\s+|(?<=[。！？；])|\n")


@lru_cache(maxsize=8)
def _pattern(group: str) -> tuple[re.Pattern[str], tuple[str, ...], dict[str, str]]:
    """Return the pattern of a group, words without which it finds nothing, and its names."""
    names = {
        alias.casefold(): name
        for name, aliases in load("mentions.yaml")[group].items()
        for alias in aliases
    }
    longest_first = sorted(names, key=len, reverse=True)
    source = r"(?<![a-z])(?:" + "|".join(map(re.escape, longest_first)) + r")(?![a-z])"
    return re.compile(source), rarest(names), names


def find(group: str, text: str) -> str | None:
    """Return the first name of a group that a sentence holds: `harnesses`, `announcements`.

    >>> find("harnesses", "We used the [LM Evaluation Harness](x).")
    'lm-evaluation-harness'
    """
    pattern, needed, names = _pattern(group)
    text = text.casefold()
    for word in needed:
        if word in text:
            found = pattern.search(text)
            return names[found.group()] if found else None
    return None


def may_hold(groups: tuple[str, ...], text: str) -> bool:
    """Return whether it is worth looking for the names of some groups in a text."""
    text = text.casefold()
    return any(word in text for word in _needed(groups))


@lru_cache(maxsize=8)
def _needed(groups: tuple[str, ...]) -> tuple[str, ...]:
    return rarest(word for group in groups for word in _pattern(group)[1])


@lru_cache(maxsize=1024)
def benchmark(title: str) -> benchmarks.Benchmark | None:
    """Return the one known benchmark that a title names; None for none or several.

    >>> benchmark("Results on GSM8K (0-shot)").id, benchmark("Click to expand")
    ('gsm8k', None)
    """
    if len(title) > LONGEST_TITLE:
        return None
    named = {benchmarks.find(name) for name in _benchmarks_in(title)}
    whole = benchmarks.read(title)
    if len(named) != 1:
        return whole if whole.known and not named else None
    return whole._replace(id=named.pop() or whole.id, known=True)


def _benchmarks_in(title: str) -> Iterator[str]:
    """Yield the words of a title that are the name of a benchmark, the longest name first.

    A name that is a common word too counts only as the whole title, or before "benchmark".
    """
    found = list(WORD.finditer(title))
    at = 0
    while at < len(found):
        length = 1
        longest = min(LONGEST_NAME, len(found) - at) if _begins_name(found[at][0]) else 0
        for size in range(longest, 0, -1):
            name = title[found[at].start() : found[at + size - 1].end()]
            if BREAK not in name and _names_benchmark(name, alone=size == len(found)):
                yield name
                length = size
                break
        at += length


def _begins_name(word: str) -> bool:
    """Whether some benchmark's name begins with a word: most words need no closer look."""
    key = NOT_IN_KEY.sub("", fold(word))
    names = _sorted_names()
    at = bisect_left(names, key)
    return names[min(at, len(names) - 1)].startswith(key) or key.startswith(names[at - 1])


@lru_cache(maxsize=1)
def _sorted_names() -> list[str]:
    return sorted(benchmarks.names())


def _names_benchmark(name: str, *, alone: bool) -> bool:
    if not alone and " " not in name and fold(name).replace(" ", "") in benchmarks.common_words():
        return False
    return benchmarks.find(name) in _benchmark_ids()


@lru_cache(maxsize=1)
def _benchmark_ids() -> frozenset[str]:
    return frozenset(benchmarks.names().values())


@lru_cache(maxsize=1024)
def metric(text: str, kind: str = "share") -> metrics.Metric | None:
    """Return the one metric of a kind that a title or sentence names.

    A short name counts in capitals only, so that "per" is no phoneme error rate.

    >>> metric("Result (WER) of 40 words per line").id, metric("F1 and accuracy")
    ('wer', None)
    >>> metric("Perplexity of held-out text", "score").id, metric("领域困惑度", "score").id
    ('perplexity', 'perplexity')
    """
    if len(text) > LONGEST_SENTENCE:
        return None
    named = {found.id: found for found in _metrics_in(text) if found.kind == kind}
    return next(iter(named.values())) if len(named) == 1 else None


def _metrics_in(text: str) -> Iterator[metrics.Metric]:
    """Yield the metrics that a text names, the longest name first."""
    found = list(METRIC_WORD.finditer(text))
    at = 0
    while at < len(found):
        length = 1
        for size in range(min(LONGEST_METRIC, len(found) - at), 0, -1):
            name = text[found[at].start() : found[at + size - 1].end()]
            known = metrics.find(name) if _may_be_metric(name) else None
            if known:
                yield known
                length = size
                break
        at += length
    if not text.isascii():
        pattern, names = _cjk_metrics()
        yield from (names[match[0]] for match in pattern.finditer(text))


def _may_be_metric(name: str) -> bool:
    if len(name) <= SHORT_NAME and name.isalpha() and not (name.isupper() and len(name) > 1):
        return False
    return fold(name) not in group("common_metrics")


@lru_cache(maxsize=1)
def _cjk_metrics() -> tuple[re.Pattern[str], dict[str, metrics.Metric]]:
    names = {name: m for name, m in metrics.names().items() if CJK_NAME.fullmatch(name)}
    return re.compile("|".join(sorted(names, key=len, reverse=True))), names


class Said(NamedTuple):
    """What a sentence says of the runs on one benchmark."""

    num_fewshot: int | None
    metric: metrics.Metric | None


def runs_in(text: str) -> dict[str, Said]:
    """Return what a sentence says of each benchmark whose shots it gives in parentheses.

    >>> {k: (s.num_fewshot, s.metric.id) for k, s in runs_in("MMLU (5-shot) accuracy").items()}
    {'mmlu': (5, 'acc')}
    """
    said = {}
    for sentence in SENTENCE_END.split(text):
        measure = None
        for note in SHOTS_NOTE.finditer(sentence):
            before = [
                match[0]
                for match in WORD.finditer(sentence[max(0, note.start() - 60) : note.start()])
            ]
            names = (" ".join(before[-size:]) for size in range(min(3, len(before)), 0, -1))
            known = next((name for name in names if _names_benchmark(name, alone=False)), None)
            if known:
                measure = measure or metric(sentence)
                said[benchmarks.find(known) or known] = Said(int(note[1]), measure)
    return said


def has_own_suite(benchmark_id: str) -> bool:
    """Whether a benchmark is run by its own program, not by an evaluation suite.

    >>> has_own_suite("mt_bench"), has_own_suite("mmlu")
    (True, False)
    """
    return benchmark_id in group("own_suites")


@lru_cache(maxsize=8)
def group(name: str) -> frozenset[str]:
    """Return the words of a plain group: `counted`, `lengths`.

    >>> "hours" in group("counted")
    True
    """
    return frozenset(load("mentions.yaml")[name])
