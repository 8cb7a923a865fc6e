"""The sentences of a card, and whether one speaks of the card's own model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, cast

from cardkit.blocks import Bullet, Paragraph, Placed
from cardkit.kept import kept
from cardkit.patterns import regex
from cardkit.prose.links import plain, whole_text
from cardkit.prose.name_search import Names, Place
from cardkit.text import Line
from cardkit.vocabulary.prose import any_of, pattern, phrases

MAX_NAMES = 40
"""Names of one model that are looked for; a card with more lists other things."""
MAX_BLOCK = 20_000
"""Characters of a paragraph; nobody writes a longer one, and time would grow with its square."""
MAX_SENTENCE = 2000

_DIGIT = regex(r"[0-9\uff10-\uff19]")
_END = regex(
    r"[.!?。！？；\n<](?:(?<=[.!?])[\"')\]]?\s+(?=[A-Z0-9\"'(\[])|(?<=[。！？；\n])|(?<=<)br\s*/?>)"
)
_ABBREVIATION = regex(r"(?:\b(?:e\.g|i\.e|vs|cf|approx|Fig|Sec|No|et al|resp|incl)|\s[A-Z])\.$")


Found = Place | re.Match[str]


class Sentence(NamedTuple):
    """A sentence without its markup."""

    line: Line
    placed: Placed
    number: int
    """Its place in its block, from 0."""


class Subject(NamedTuple):
    """Patterns that tell of whom a sentence speaks."""

    names: Names
    """The card's own names."""
    own: _Either
    """The own names, and words such as "this model"."""
    start: re.Pattern[str]
    """A sentence that begins so goes on about what the one before it spoke of."""
    elliptic: re.Pattern[str]
    """A bullet that begins so speaks of the model without naming it: "Supports …"."""
    other: re.Pattern[str]
    """What leads over to another model: "than", "compared with"."""


class Prose:
    """A paragraph or bullet, and what its readers ask of it before they cut it."""

    __slots__ = ("_sentences", "digits", "lower", "placed")

    def __init__(self, placed: Placed, lower: str) -> None:
        self.placed = placed
        self.lower = lower
        """Its lines in lower case, with their markup."""
        self.digits = _DIGIT.search(lower) is not None
        self._sentences: list[Sentence] | None = None

    @property
    def line(self) -> Line:
        """Its words without markup."""
        return plain(whole_text(cast("Paragraph | Bullet", self.placed.block)))

    @property
    def sentences(self) -> list[Sentence]:
        """Its sentences, without markup."""
        if self._sentences is None:
            parts = [part for part in cut(self.line) if len(part) <= MAX_SENTENCE]
            self._sentences = [Sentence(part, self.placed, n) for n, part in enumerate(parts)]
        return self._sentences


@kept
def prose_of(blocks: tuple[Placed, ...]) -> list[Prose]:
    """Return the paragraphs and bullets of a card; what stands in comments or code is left out."""
    found = []
    for placed in blocks:
        block = placed.block
        if not placed.commented and isinstance(block, (Paragraph, Bullet)) and block.lines:
            lines = block.lines
            lower = (
                lines[0].text if len(lines) == 1 else "\n".join([x.text for x in lines])
            ).lower()
            if len(lower) <= MAX_BLOCK or sum(map(len, lines)) <= MAX_BLOCK:
                found.append(Prose(placed, lower))
    return found


@kept
def cut(line: Line) -> list[Line]:
    """Return the sentences of a line.

    >>> from cardkit.text import lines_of
    >>> [s.text for s in cut(lines_of("Ant saw 2.5T tokens, e.g. Cats. It is small.")[0])]
    ['Ant saw 2.5T tokens, e.g. Cats.', 'It is small.']
    """
    text = line.text
    ends = [0]
    for match in _END.finditer(text):
        at = match.start()
        if text[at] != "." or not _ABBREVIATION.search(text[max(0, at - 11) : at + 1]):
            ends.append(match.end())
    if len(ends) == 1:
        whole = line.strip()
        return [whole] if whole.text else []
    parts = []
    for start, end in pairwise([*ends, len(text)]):
        part = text[start:end]
        if bare := part.strip():
            first = start + part.index(bare[0])
            parts.append(line[first : first + len(bare)])
    return parts


def subject(names: Iterable[str]) -> Subject:
    """Return the patterns that find a model by its names."""
    kept = sorted({n for n in names if len(n) > 1}, key=lambda n: (-len(n), n))[:MAX_NAMES]
    return _subject(tuple(kept))


@lru_cache(maxsize=64)
def _subject(names: tuple[str, ...]) -> Subject:
    short = {name.rsplit("/", 1)[-1] for name in names}
    own = Names(sorted({*names, *short} - {""}, key=len, reverse=True))
    return Subject(
        own,
        _Either(own, _own_words()),
        pattern("subject", "goes_on"),
        pattern("subject", "elliptic"),
        pattern("subject", "other"),
    )


@lru_cache(maxsize=1)
def _own_words() -> re.Pattern[str]:
    """Return the pattern of "this model"; it is large, and the same for all cards."""
    return re.compile(any_of(phrases("subject", "own")), re.IGNORECASE)


class _Either:
    """Names and a pattern as one, `a|b`."""

    def __init__(self, names: Names, words: re.Pattern[str]) -> None:
        self.names = names
        self.words = words

    def match(self, text: str, start: int = 0) -> Found | None:
        """Return what either matches at a place."""
        return self.names.match(text, start) or self.words.match(text, start)

    def search(self, text: str, start: int = 0) -> Found | None:
        """Return the first match of either."""
        name, words = self.names.search(text, start), self.words.search(text, start)
        if name and words:
            return words if words.start() < name.start() else name
        return name or words

    def finditer(self, text: str) -> Iterator[Found]:
        """Yield the matches of both, none over another."""
        start = 0
        while match := self.search(text, start):
            yield match
            start = match.end() + (match.end() == match.start())


class Thread:
    """Of whom the sentences of a block speak, one after the other; told when it is asked."""

    def __init__(self, block: list[Sentence], who: Subject) -> None:
        self.block = block
        self.who = who
        self._told: list[bool | None] = []

    def of(self, number: int) -> bool | None:
        """Return whether a sentence is about the card's own model; None for neither."""
        told = self._told
        while len(told) <= number:
            before = told[-1] if told else None
            told.append(is_about_self(self.block[len(told)], self.who, before=before))
        return told[number]

    def before(self, number: int) -> bool | None:
        """Return that of the sentence before one; None before the first."""
        return self.of(number - 1) if number else None


def speaks_of_self(sentence: Sentence, at: int, who: Subject, *, before: bool | None) -> bool:
    """Return whether what a sentence says at a place is said of the card's own model.

    `before` is what the sentence before it in the same block spoke of; None for the first.
    """
    text = _LEAD.sub("", sentence.line.text[:at])
    own, end = _last(who.own, text)
    other, _ = _last(who.other, text)
    if other > own:
        return False
    stranger = None
    for stranger in _NAME.finditer(text, max(end, 0)):  # noqa: B007
        pass
    if stranger and not _BACK.search(text, stranger.end()):
        return False
    if own >= 0:
        return before is not False or who.names.search(text) is not None
    start = _LABEL.sub("", sentence.line.text)
    if isinstance(sentence.placed.block, Bullet) and sentence.number == 0:
        return bool(who.elliptic.match(start))
    return bool(before and who.start.match(start))


def is_about_self(sentence: Sentence, who: Subject, *, before: bool | None) -> bool | None:
    """Return whether the subject of a sentence is the card's own model; None for neither."""
    text = sentence.line.text
    own, stranger = who.own.search(text), _NAME.search(text)
    if own and before is False and not who.names.search(text):
        return False  # "this model" is the stranger that was spoken of
    if own:
        return stranger is None or own.start() <= stranger.start()
    if before and who.start.match(text):
        return True
    return False if stranger else None


_NAME = regex(
    r"(?<![\w.])[A-Za-z]*[A-Z][A-Za-z]*(?:[-_/][A-Za-z]+)*[-_ ]?v?\d[\w.]*(?:-[\w.]+)*(?![%\w])"
)
"""What looks like the name of a model: "Llama 2", "GPT-J-6B", "SigLip-400M"."""
_BACK = regex(
    r"\b(?:and|it|but)\s+(?:\w+\s+)?(?:is|has|was|have|been|uses|supports|comprises|contains)\b"
    r"|\bwith\s+(?:only\s+)?(?:a\s+total\s+of\s+)?$",
    re.IGNORECASE,
)
"""What leads back from another model to the subject of the sentence."""
_LEAD = regex(r"(?:超过|超|more than|over|大于)\s*$", re.IGNORECASE)
_LABEL = regex(r"^[^:：]{1,60}[:：]\s*")


def _last(pattern: re.Pattern[str] | _Either, text: str) -> tuple[int, int]:
    """Return where the last match of a pattern begins and ends; -1 for none."""
    last = (-1, -1)
    for match in pattern.finditer(text):
        last = match.span()
    return last
