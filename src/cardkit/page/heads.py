"""The head of a table whose borders are gone, cut where its words can be cells.

Copies of rendered pages print a row's cells with one blank between, or with nothing. A head is
then a run of words; which of them belong together is settled by the words themselves.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from heapq import heappop, heappush
from itertools import pairwise
from typing import NamedTuple

from cardkit.patterns import regex
from cardkit.vocabulary import benchmarks, fold, load, metrics, models, words

MAX_CELLS = 40
MAX_HEAD = 600
"""Characters beyond which a head is not searched: it is no head."""
MAX_STOPS = 160
MAX_WAYS = 4
MAX_CELL = 48
SHORT = 3
MAX_STRANGE = 8
MAX_MODEL_WORDS = 6

KINDS = {
    "evaluation": {
        "model_head": "label",
        "benchmark_head": "label",
        "category_head": "label",
        "metric_head": "label",
        "version_head": "text",
        "split_head": "text",
        "filter_head": "text",
        "setting_head": "text",
        "size_head": "size",
        "data_head": "tokens",
        "shots_head": "count",
        "score_head": "score",
        "average": "score",
        "zero_shot": "score",
        "few_shot": "score",
        "std_head": "score",
        "speed_head": "score",
        "training_log_head": "score",
    },
    "spec": {
        "num_parameters": "size",
        "num_active_parameters": "size",
        "training_tokens": "tokens",
        "num_hidden_layers": "layers",
        "hidden_size": "hidden",
        "num_attention_heads": "heads",
        "num_key_value_heads": "kv_heads",
        "intermediate_size": "ffn",
        "vocab_size": "vocab",
        "context_length": "context",
    },
}
"""What stands beneath a head that a word names; what stands later wins."""

UNKNOWN = "unknown"
MODEL = "model"
_SKIPPED = frozenset(" \t\u00a0-_\u2010\u2011\u2013/*`#·.:")
_NOTE = regex(
    r"(?:\s?[(（][^()（）]{0,60}[)）]|[\s-]?\d{1,2}[- ]?shots?(?:@\d{1,3})?"
    r"|[?？]|\s?[↑↓*†‡§]|@\d{1,3}|%)*"
)
_MODEL = regex(
    r"[A-Za-z][\w./-]*(?: [\w./-]+){0,3}? ?\d{1,4}(?:\.\d{1,3})?[BbMm]\*?"
    r"(?: (?:Base|Chat|Instruct|IT|SFT|DPO))?(?:\s?[(（][^()（）]{0,40}[)）])?"
)
_WORD = regex(r"\S+")
_NOTE_BEHIND = regex(r"\s?[(（][^()（）]{0,60}[)）]$")
_FAMILY_INSIDE = regex(
    r"(?:(?<![A-Za-z -])|(?<=\d[BbMm])|(?<=[a-z]))(?!(?<=\d)[BM][A-Z])(?=([A-Z][A-Za-z]+))"
)
_FAMILY = regex(r"[A-Za-z]+")
_NO_START = frozenset(")]}）】,.;:!?%-_/+@&*†‡↑↓，。；：！？、'’(（")
_NO_END = frozenset("-_/+(（[@&,，、")
_SHOTS_BEHIND = regex(r"\s\d{1,2}[- ]?shots?")
_NUMBER = regex(r"[\d.,]+[BMKbmkT]?\b")


class Cover(NamedTuple):
    """A head cut into cells, in the only way that fits its words best."""

    cuts: tuple[tuple[int, int], ...]
    kinds: tuple[str, ...]
    """What stands beneath each cell: a key of heads.yaml, or "unknown"."""

    @property
    def unknown(self) -> int:
        """How many cells hold no known word."""
        return self.kinds.count(UNKNOWN)


def squash(text: str) -> str:
    """Return a text as heads are compared where they touch.

    >>> squash("ARC-Easy"), squash("隐藏层 大小"), squash("# Layers")
    ('arceasy', '隐藏层大小', 'layers')
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in folded if sign not in _SKIPPED)


@cache
def head_words() -> dict[str, str]:
    """Return the words of heads, squashed, each with the kind of the cells beneath it."""
    found = {
        squash(alias): kinds[name]
        for domain, kinds in KINDS.items()
        for alias, name in words.names(domain).items()
        if name in kinds
    }
    found = {squash(name): "benchmark" for name in benchmarks.names()} | found
    found |= {squash(name): "score" for name in metrics.names()}
    found |= {
        squash(alias): kind for kind, aliases in load("heads.yaml").items() for alias in aliases
    }
    return {word: kind for word, kind in found.items() if len(word) > 1}


@cache
def _beginnings() -> frozenset[str]:
    return frozenset(word[:end] for word in head_words() for end in range(1, len(word) + 1))


def kind_of(text: str) -> str:
    """Return what stands beneath a head.

    >>> kind_of("Hidden Size"), kind_of("参数规模"), kind_of("MMLU-like")
    ('hidden', 'size', 'unknown')
    """
    bare = _NOTE.sub("", text.strip()) if text.endswith((")", "）")) else text
    return head_words().get(squash(fold(bare)), UNKNOWN)


def covers(text: str, *, apart: bool) -> dict[int, tuple[Cover, ...]]:
    """Return, for each number of cells, the best ways to cut a head into so many.

    A way is better when fewer of its cells hold no known word; where more than MAX_WAYS are
    equally good, there is none. `apart`: cells end at blanks; otherwise they touch.
    """
    if not text or len(text) > MAX_HEAD:
        return {}
    known = _known(text, apart=apart)
    for at, end in _models(text) if apart else _touching_models(text, known):
        if all(stop != end for stop, _ in known.get(at, ())):
            known.setdefault(at, []).append((end, MODEL))
    stops = [
        at
        for at in range(1, len(text))
        if _may_cut(text, at, apart=apart) and (apart or at in known or _breaks(text, at))
    ]
    if len(stops) > MAX_STOPS:
        return {}
    return _search(text, known, [*stops, len(text)], apart=apart)


class _Path(NamedTuple):
    start: int
    kind: str
    before: _Path | None


class _Node(NamedTuple):
    """The best ways to cut the text before a place into a number of cells."""

    cost: tuple[int, int]
    """Cells without a known word, and the characters in them."""
    paths: tuple[_Path | None, ...]
    """Empty when there are more than MAX_WAYS."""


def _search(
    text: str, known: dict[int, list[tuple[int, str]]], stops: Sequence[int], *, apart: bool
) -> dict[int, tuple[Cover, ...]]:
    """Return the best covers for each number of cells; ends of known words are stops as well."""
    start: tuple[_Path | None, ...] = (None,)
    reached: dict[int, dict[int, _Node]] = {0: {0: _Node((0, 0), start)}}
    waiting = [0]
    while waiting:
        at = heappop(waiting)
        edges = {end: (kind, 0, 0) for end, kind in known.get(at, ())}
        if at == 0 or _may_cut(text, at, apart=apart):
            for stop in stops:
                if (
                    at < stop <= at + MAX_CELL
                    and stop not in edges
                    and _is_cell(text[at:stop])
                    and not any(stop < end for end, _ in known.get(at, ()))
                    and not _is_several(text, at, stop, known, apart=apart)
                ):
                    edges[stop] = (UNKNOWN, 1, stop - at)
        for end, (kind, cells, letters) in edges.items():
            if end not in reached and end < len(text):
                heappush(waiting, end)
            there = reached.setdefault(end, {})
            for count, node in reached[at].items():
                cost = (node.cost[0] + cells, node.cost[1] + letters)
                old = there.get(count + 1)
                if count >= MAX_CELLS or (old and old.cost < cost):
                    continue
                paths: tuple[_Path | None, ...] = tuple(
                    _Path(at, kind, path) for path in node.paths
                )
                if old and old.cost == cost:
                    paths = (*old.paths, *paths) if old.paths and paths else ()
                there[count + 1] = _Node(cost, paths if len(paths) <= MAX_WAYS else ())
    return {
        count: tuple(_cover(text, path) for path in node.paths)
        for count, node in sorted(reached.get(len(text), {}).items())
        if node.paths
    }


def _cover(text: str, path: _Path | None) -> Cover:
    """Return the cells of a way through a head."""
    cuts: list[tuple[int, int]] = []
    kinds: list[str] = []
    end = len(text)
    while path is not None:
        cuts.append((path.start, len(text[:end].rstrip())))
        kinds.append(path.kind)
        end, path = path.start, path.before
    return Cover(tuple(reversed(cuts)), tuple(reversed(kinds)))


def _known(text: str, *, apart: bool) -> dict[int, list[tuple[int, str]]]:
    """Return the known words by where they begin, each with where its cell ends."""
    found: dict[int, list[tuple[int, str]]] = {}
    folded = [squash(sign) for sign in text]
    table, beginnings = head_words(), _beginnings()
    for at in range(len(text)):
        if text[at] == " " or (not folded[at] and text[at] != "#"):
            continue
        if apart and at and text[at - 1] != " ":
            continue
        word, end = "", at
        while end < len(text) and end - at < MAX_CELL:
            word += folded[end]
            end += 1
            if word and word not in beginnings:
                break
            if folded[end - 1] and word in table and (apart or not _ends_in_next(text, end)):
                for stop in _ends(text, end):
                    if stop < len(text) and (text[stop] == " ") != apart:
                        continue
                    while apart and stop < len(text) and text[stop] == " ":
                        stop += 1
                    found.setdefault(at, []).append((stop, table[word]))
    if apart:
        return found
    for at, ends in list(found.items()):
        found[at] = [*ends, *_corner(text, ends, found)]
    return _without_chance_words(text, found)


def _corner(
    text: str, ends: list[tuple[int, str]], found: dict[int, list[tuple[int, str]]]
) -> list[tuple[int, str]]:
    """Return where a head's corner ends that names both of its axes: data set and model."""
    return [
        (stop, "label")
        for end, kind in ends
        if kind == "label" and text[end : end + 1] in ("\\", "/")
        for stop, other in found.get(end + 1, ())
        if other == "label"
    ]


def _ends_in_next(text: str, end: int) -> bool:
    """Return whether a word has taken the first letter of the next: BenchmarkS|TEM."""
    return text[end - 2].islower() and text[end - 1].isupper() and text[end : end + 1].isalpha()


def _ends(text: str, end: int) -> list[int]:
    """Return where the cell of a known word may end: behind its notes, or before `5-shot`."""
    note = _NOTE.match(text, end)
    if not note or note.end() == end:
        return [end]
    shots = _SHOTS_BEHIND.match(text, end)
    return [end, note.end()] if shots else [note.end()]


def _models(text: str) -> Iterator[tuple[int, int]]:
    """Yield where names of models can begin and end: `GPT-4 Turbo`, `Llama 3 8B Instruct`."""
    places = [match.span() for match in _WORD.finditer(text)]
    first = [bool(_starts_model(text[start:end])) for start, end in places]
    for i, (start, _) in enumerate(places):
        if not first[i] or not _may_cut(text, start, apart=True):
            continue
        for j in range(i, min(i + MAX_MODEL_WORDS, len(places))):
            if j > i and first[j]:
                break
            stop = places[j + 1][0] if j + 1 < len(places) else len(text)
            named = j == i or any(sign.isdigit() for sign in text[start:stop])
            if named and (j + 1 == len(places) or _may_cut(text, stop, apart=True)):
                yield start, stop


def _touching_models(text: str, known: dict[int, list[tuple[int, str]]]) -> list[tuple[int, int]]:
    """Return names of models that touch: each runs from its family to the next one."""
    firsts = [0] if 0 not in known else [end for end, _ in known[0]]
    places = {
        match.start()
        for match in _FAMILY_INSIDE.finditer(text)
        if _starts_model(match[1]) and _may_cut(text, match.start(), apart=False)
    }
    places |= {first for first in firsts if _starts_model(text[first:])}
    starts = sorted(places)
    return [
        (start, end)
        for start, end in pairwise([*starts, len(text)])
        if end - start <= MAX_CELL and any(sign.isdigit() for sign in text[start:end])
    ]


def _starts_model(word: str) -> bool:
    """Return whether a word is a family of models, a number behind it or not."""
    name = _FAMILY.match(word)
    return bool(name and len(name[0]) > 2 and name[0].casefold() in models.families())


def _without_chance_words(
    text: str, found: dict[int, list[tuple[int, str]]]
) -> dict[int, list[tuple[int, str]]]:
    """Drop short words that stand inside capitals by chance: the EM of COREMMLU."""
    ends = {end for known in found.values() for end, _ in known}
    kept: dict[int, list[tuple[int, str]]] = {}
    for at, known in found.items():
        for end, kind in known:
            if end - at <= SHORT and (
                (at not in ends and _inside(text, at)) or (end not in found and _inside(text, end))
            ):
                continue
            kept.setdefault(at, []).append((end, kind))
    return kept


def _inside(text: str, at: int) -> bool:
    """Return whether a place lies between two letters of one alphabet without a change of case."""
    if not 0 < at < len(text) or not (text[at - 1].isalpha() and text[at].isalpha()):
        return False
    return text[at - 1].isascii() and text[at].isascii() and not _breaks(text, at)


def _may_cut(text: str, at: int, *, apart: bool) -> bool:
    """Return whether a cell without a known word may end, or begin, at a place."""
    if not at:
        return True
    before, after = text[at - 1], text[at]
    if after in _NO_START or not _balanced(text[:at]):
        return False
    if apart:
        return before == " " and after != " " and not _NUMBER.match(text, at)
    if before == " " or after == " " or before in _NO_END:
        return False
    return not (before.isalpha() and before.isascii() and after.isascii() and after.islower())


def _breaks(text: str, at: int) -> bool:
    """Return whether a word seems to end at a place: aB, 中A, A中, )A, 5A."""
    before, after = text[at - 1], text[at]
    if before.isascii() != after.isascii():
        return True
    if not after.isascii():
        return False
    if not after.isupper():
        return False
    if before.isupper():  # STEM|Humanities
        return text[at - 2 : at].isupper() and at > 1 and text[at + 1 : at + 2].islower()
    return before.islower() or before.isdigit() or before in ")]%?"


def _balanced(text: str) -> bool:
    return text.count("(") + text.count("（") <= text.count(")") + text.count("）")


def _is_several(
    text: str, start: int, end: int, known: dict[int, list[tuple[int, str]]], *, apart: bool
) -> bool:
    """Return whether a run of no known words is more than one cell, as far as can be seen.

    Words apart are one cell only as the name of a model with its size; what touches is one word.
    """
    if apart:
        cell = text[start:end].rstrip()
        own, *more = _NOTE.sub("", cell).split()
        return bool(more) and (
            squash(own) in head_words()
            or any(map(_starts_model, more))
            or not _MODEL.fullmatch(cell)
        )
    if end - start < 2 or (end - start > MAX_STRANGE and not text[start:end].isascii()):
        return True
    if any(_breaks(text, at) for at in range(start + 1, end)):
        return True
    return any(
        stop <= end and stop - at > SHORT and (at > start or _may_cut(text, stop, apart=False))
        for at in range(start, end)
        for stop, _ in known.get(at, ())
        if stop < len(text) or at > start
    )


def _is_cell(text: str) -> bool:
    return text[0] not in _NO_START and text.rstrip()[-1:] not in _NO_END


def doubtful_names(names: Mapping[int, str], *, apart: bool) -> set[int]:
    """Return the rows whose names may be two cells: a category and a benchmark.

    Where one row's name ends in a known benchmark and begins with something else, no other row's
    name of several words is sure that is no known benchmark itself.

    >>> doubtful_names({0: "General CMMLU", 1: "MMLU", 2: "Code AntBench", 3: "GSM8K"}, apart=True)
    {0, 2}
    >>> doubtful_names({0: "GeneralCMMLU(5-shot)", 1: "BBH", 2: "HellaSwag"}, apart=False)
    {0}
    """
    ends = {
        i: _word_starts(_NOTE_BEHIND.sub("", name), apart=apart)
        for i, name in names.items()
        if len(name) <= MAX_CELL and not benchmarks.find(name)
    }
    if any(
        squash(_NOTE_BEHIND.sub("", names[i])[at:]) in _sure_benchmarks()
        for i, places in ends.items()
        for at in places
    ):
        return {i for i, places in ends.items() if places}
    return set()


def _word_starts(name: str, *, apart: bool) -> list[int]:
    """Return where the second and later words of a name begin."""
    if apart:
        return [match.start() for match in _WORD.finditer(name)][1:]
    return [
        at for at in range(1, len(name)) if " " not in name[at - 1 : at + 1] and _breaks(name, at)
    ]


@cache
def _sure_benchmarks() -> frozenset[str]:
    """Return the names of benchmarks that are no words of other things."""
    common = benchmarks.common_words()
    return frozenset(squash(name) for name in benchmarks.names() if name not in common)
