"""Names and phrases inside sentences: evaluation suites, words that announce results."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from cardkit.patterns import regex
from cardkit.vocabulary import benchmarks, load, metrics

WORD = regex(r"[A-Za-z0-9][\w.+&'-]*|[\u3400-\u9fff]+")
BREAK = "("
LONGEST_NAME = 5
"""Words that a benchmark's name may have."""


@lru_cache(maxsize=8)
def _pattern(group: str) -> tuple[re.Pattern[str], dict[str, str]]:
    names = {
        alias.casefold(): name
        for name, aliases in load("mentions.yaml")[group].items()
        for alias in aliases
    }
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(
        r"(?<![a-z])(?:" + "|".join(map(re.escape, longest_first)) + r")(?![a-z])"
    ), names


def find(group: str, text: str) -> str | None:
    """Return the first name of a group that a sentence holds: `harnesses`, `announcements`.

    >>> find("harnesses", "We used the [LM Evaluation Harness](x).")
    'lm-evaluation-harness'
    """
    pattern, names = _pattern(group)
    found = pattern.search(text.casefold())
    return names[found.group()] if found else None


@lru_cache(maxsize=1024)
def benchmark(title: str) -> benchmarks.Benchmark | None:
    """Return the one known benchmark that a title names; None for none or several.

    >>> benchmark("Results on GSM8K (0-shot)").id
    'gsm8k'
    """
    whole = benchmarks.read(title)
    if len(title) > 200:
        return None
    found = list(WORD.finditer(title))
    named: dict[str, int] = {}
    taken = -1
    for i, first in enumerate(found):
        if i <= taken:
            continue
        for length in range(min(LONGEST_NAME, len(found) - i), 0, -1):
            words = title[first.start() : found[i + length - 1].end()]
            task = benchmarks.find(words) if BREAK not in words else None
            if task:
                named.setdefault(task, length)
                taken = i + length - 1
                break
    if len(named) != 1:
        return whole if whole.known and not named else None
    [task] = named
    return whole._replace(id=task, known=True)


@lru_cache(maxsize=1024)
def free_score(title: str) -> metrics.Metric | None:
    """Return the one metric without bounds that a title names: perplexity, loss, latency.

    >>> free_score("Perplexity of held-out text").id
    'perplexity'
    """
    found = [match.group() for match in WORD.finditer(title[:200])]
    pairs = [" ".join(pair) for pair in pairwise(found)]
    named = {m.id: m for m in map(metrics.find, [*found, *pairs]) if m and m.kind == "score"}
    return next(iter(named.values())) if len(named) == 1 else None


def has_own_suite(benchmark_id: str) -> bool:
    """Whether a benchmark is run by its own program, not by an evaluation suite.

    >>> has_own_suite("mt_bench"), has_own_suite("mmlu")
    (True, False)
    """
    return benchmark_id in _own_suites()


@lru_cache(maxsize=1)
def _own_suites() -> frozenset[str]:
    return frozenset(load("mentions.yaml")["own_suites"])
