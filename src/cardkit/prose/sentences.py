"""The sentences of a card, and whether one speaks of the card's own model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple, cast

from cardkit.blocks import Bullet, Paragraph, Placed
from cardkit.kept import kept
from cardkit.patterns import regex
from cardkit.prose.links import plain, whole_text
from cardkit.text import Line
from cardkit.vocabulary.prose import any_of, pattern, phrases

MAX_NAMES = 40
"""Names of one model that are looked for; a card with more lists other things."""
MAX_BLOCK = 20_000
"""Characters of a paragraph; nobody writes a longer one, and time would grow with its square."""
MAX_SENTENCE = 2000

_DIGIT = regex(r"[0-9\uff10-\uff19]")
_END = regex(r"[.!?][\"')\]]?\s+(?=[A-Z0-9\"'(\[])|[。！？；]|\n|<br\s*/?>")
_BREAKS = ("\n", "<")
_ABBREVIATION = regex(r"(?:\b(?:e\.g|i\.e|vs|cf|approx|Fig|Sec|No|et al|resp|incl)|\s[A-Z])\.$")


class Sentence(NamedTuple):
    """A sentence without its markup."""

    line: Line
    placed: Placed
    number: int
    """Its place in its block, from 0."""


class _Prose(NamedTuple):
    """A paragraph or bullet, as it is looked at before its sentences are read."""

    placed: Placed
    block: Paragraph | Bullet
    folded: str
    """Its lines in lower case."""
    has_digit: bool


class Subject(NamedTuple):
    """Patterns that tell of whom a sentence speaks."""

    names: re.Pattern[str]
    """The card's own names."""
    own: re.Pattern[str]
    """The own names, and words such as "this model"."""
    start: re.Pattern[str]
    """A sentence that begins so goes on about what the one before it spoke of."""
    elliptic: re.Pattern[str]
    """A bullet that begins so speaks of the model without naming it: "Supports …"."""
    other: re.Pattern[str]
    """What leads over to another model: "than", "compared with"."""


def sentences(
    blocks: tuple[Placed, ...], wanted: re.Pattern[str], *, digits: bool = False
) -> Iterator[list[Sentence]]:
    """Yield, block by block, the sentences of paragraphs and bullets that hold a wanted word.

    The words are looked for in lower case; where `digits` are needed, a block without one is
    passed over. What stands in comments or code is left out.
    """
    for placed, block, folded, has_digit in _prose(blocks):
        if (has_digit or not digits) and wanted.search(folded):
            yield [
                Sentence(part, placed, number)
                for number, part in enumerate(_short_parts(whole_text(block)))
            ]


@kept
def _prose(blocks: tuple[Placed, ...]) -> tuple[_Prose, ...]:
    """Return the paragraphs and bullets of a card that sentences are read from."""
    found = []
    for placed in blocks:
        block = placed.block
        if placed.commented or not isinstance(block, (Paragraph, Bullet)):
            continue
        text = "\n".join([line.text for line in block.lines])
        if len(text) < MAX_BLOCK + len(block.lines):
            found.append(_Prose(placed, block, text.lower(), _DIGIT.search(text) is not None))
    return tuple(found)


@kept
def _short_parts(line: Line) -> tuple[Line, ...]:
    return tuple(part for part in parts(line) if len(part.text) <= MAX_SENTENCE)


@kept
def parts(line: Line) -> tuple[Line, ...]:
    """Return the sentences of a line with markup, without it; several readers ask for them."""
    return tuple(cut(plain(line)))


def cut(line: Line) -> list[Line]:
    """Return the sentences of a line.

    >>> from cardkit.text import lines_of
    >>> [s.text for s in cut(lines_of("Ant saw 2.5T tokens, e.g. Cats. It is small.")[0])]
    ['Ant saw 2.5T tokens, e.g. Cats.', 'It is small.']
    """
    text = line.text
    found, start = [], 0
    for end in _END.finditer(text):
        at = end.start()
        if text[at] not in _BREAKS:
            at += 1
        if not _ABBREVIATION.search(text, max(0, at - 12), at):
            found.append(line[start : end.end()].strip())
            start = end.end()
    found.append((line[start:] if start else line).strip())
    return [part for part in found if part.text]


def subject(names: Iterable[str]) -> Subject:
    """Return the patterns that find a model by its names."""
    kept = sorted({n for n in names if len(n) > 1}, key=lambda n: (-len(n), n))[:MAX_NAMES]
    return _subject(tuple(kept))


@lru_cache(maxsize=64)
def _subject(names: tuple[str, ...]) -> Subject:
    short = {name.rsplit("/", 1)[-1] for name in names}
    own = [_name(name) for name in sorted({*names, *short}, key=len, reverse=True) if name]
    named = regex("|".join(own) or r"(?!)", re.IGNORECASE)
    return Subject(
        named,
        cast("re.Pattern[str]", _Either(named, _own_words())),
        pattern("subject", "goes_on"),
        pattern("subject", "elliptic"),
        pattern("subject", "other"),
    )


@lru_cache(maxsize=1)
def _own_words() -> re.Pattern[str]:
    """Return the pattern of "this model"; it is large, and the same for all cards."""
    return re.compile(any_of(phrases("subject", "own")), re.IGNORECASE)


class _Either:
    """Two patterns as one, `a|b`, without compiling them together for each card."""

    def __init__(self, *patterns: re.Pattern[str]) -> None:
        self.patterns = patterns

    def match(self, text: str, start: int = 0) -> re.Match[str] | None:
        """Return what either matches at a place."""
        return next(filter(None, (each.match(text, start) for each in self.patterns)), None)

    def search(self, text: str, start: int = 0) -> re.Match[str] | None:
        """Return the first match of either."""
        found = [match for each in self.patterns if (match := each.search(text, start))]
        return min(found, key=lambda match: match.start(), default=None)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Yield the matches of both, none over another."""
        start = 0
        while match := self.search(text, start):
            yield match
            start = match.end() + (match.end() == match.start())


def _name(name: str) -> str:
    """Return a pattern for a name: any separators, and no longer name ("Ant 4 Scout") around it."""
    tokens = [re.escape(token) for token in re.split(r"[\s_-]+", name) if token]
    pattern = r"[\s_-]{0,2}".join(tokens)
    return rf"(?<![A-Za-z0-9]){pattern}(?![A-Za-z0-9]|[-_.][A-Za-z0-9]|\s(?-i:[A-Z][a-z]+))"


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


def _last(pattern: re.Pattern[str], text: str) -> tuple[int, int]:
    """Return where the last match of a pattern begins and ends; -1 for none."""
    last = (-1, -1)
    for match in pattern.finditer(text):
        last = match.span()
    return last
