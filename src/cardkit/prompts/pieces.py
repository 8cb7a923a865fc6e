"""A prompt's text with slots, cut into the pieces that stand around the messages.

Every character of the text outside its slots belongs to a piece: nothing is stripped, no line end
is changed, and braces that are no slot stay as they are.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from cardkit.errors import CardkitError
from cardkit.patterns import regex
from cardkit.snippets.template import SPECIAL, has_marks
from cardkit.vocabulary.words import aliases

SLOT = regex(r"(\{(?:system|prompt|answer)\})")
SYSTEM, PROMPT, ANSWER = "{system}", "{prompt}", "{answer}"
ORDER = (
    "write {system} at most once and first, then {prompt}, and for several turns {answer} and "
    "{prompt} in turn"
)


class Pieces(NamedTuple):
    """What stands around the messages; a piece that the text does not show is None."""

    before_system: str | None
    """Before the system message; None when the text has no place for one."""
    before_user: str
    """From the beginning, or from the system message, to the user's first message."""
    after_user: str
    """From the user's last message to where the answer begins."""
    before_answer: str | None = None
    """From a message of the user to an answer that was given; it may add a blank to after_user."""
    between_turns: str | None = None
    """From an answer to the user's next message."""
    after_answer: str | None = None
    """What ends the last answer; the beginning of between_turns where both are known."""

    @property
    def system(self) -> bool:
        """Whether there is a place for a system message."""
        return self.before_system is not None


def pieces_of(text: str) -> Pieces:
    r"""Return the pieces of a prompt for one turn, or of a form with answers in it.

    Raises CardkitError if the slots do not stand as messages follow each other, or if what
    stands between two of them differs from turn to turn.

    >>> pieces_of("<|user|>\n{prompt}\n<|assistant|>\n")[1:3]
    ('<|user|>\n', '\n<|assistant|>\n')
    >>> pieces_of("<s>Q: {prompt} A: {answer}</s><s>Q: {prompt} A:")[1:]
    ('<s>Q: ', ' A:', ' A: ', '</s><s>Q: ', '</s>')
    """
    parts = SLOT.split(text)
    around, slots = parts[::2], parts[1::2]
    before_system = None
    if slots[:1] == [SYSTEM]:
        before_system, *around = around
        slots = slots[1:]
    turns = [PROMPT if i % 2 == 0 else ANSWER for i in range(len(slots))]
    if not slots or slots != turns:
        raise CardkitError(f"its slots are {_spoken(parts[1::2])}", where="prompt", todo=ORDER)
    first, *inner, last = around
    answers, gaps = set(inner[::2]), set(inner[1::2])
    for texts, what in ((answers, "user's message and answer"), (gaps, "answer and next message")):
        if len(texts) > 1:
            raise CardkitError(
                f"between {what} stands now {sorted(texts)[0]!r}, now {sorted(texts)[1]!r}",
                where="prompt",
                todo="write each turn as the first one",
            )
    before_answer = answers.pop() if answers else None
    between = gaps.pop() if gaps else None
    if slots[-1] == PROMPT:
        end = _end_of_answer(between, first) if between is not None else None
        return Pieces(before_system, first, last, before_answer, between, end)
    if between is not None and not between.startswith(last):
        raise CardkitError(
            f"the last answer ends with {last!r}, the others with {between!r}",
            where="prompt",
            todo="write each turn as the first one",
        )
    assert before_answer is not None  # noqa: S101 - an answer has something before it
    return Pieces(before_system, first, before_answer, before_answer, between, last)


def _spoken(slots: list[str]) -> str:
    return " ".join(slots) or "missing"


def _end_of_answer(between: str, before_user: str) -> str:
    """Return the part of what stands between two turns that is not the beginning of the next.

    The next turn begins with what the first one begins with: the longest ending that both share,
    not cut inside a marker or a word; what ends a system message there ends an answer here. Where
    that ending marks no speaker and more than markers stand before it, it is not known what ends
    an answer, and nothing is said to.
    """
    shared = shared_ending(between, before_user)
    end = between[: len(between) - len(shared)]
    if not has_marks(shared) and (not shared or SPECIAL.sub("", end).strip()):
        return ""
    closes = _closing().match(shared)
    return end + closes[0] if closes else end


@lru_cache(maxsize=1)
def _closing() -> re.Pattern[str]:
    """Return a pattern of markers that end a turn; the same before a word may begin one."""
    marks = "|".join(map(re.escape, aliases("prompt", "ends_turn")))
    return re.compile(rf"\s*(?:(?:{marks})(?!\w)\s*)+")


def shared_ending(text: str, other: str) -> str:
    r"""Return the longest ending of two texts that cuts no marker and no word of theirs.

    >>> shared_ending("</s>\n<human>: ", "<human>: "), shared_ending("<eos>User: ", "<bos>User: ")
    ('<human>: ', 'User: ')
    """
    length = 0
    while length < min(len(text), len(other)) and text[-1 - length] == other[-1 - length]:
        length += 1
    while length and not (is_cut(text, len(text) - length) and is_cut(other, len(other) - length)):
        length -= 1
    return text[len(text) - length :]


def is_cut(text: str, at: int) -> bool:
    """Tell whether a text may be cut at a place: not inside a marker, not inside a word.

    >>> is_cut("a <|user|> b", 2), is_cut("a <|user|> b", 4), is_cut("ab", 1)
    (True, False, False)
    """
    if any(match.start() < at < match.end() for match in SPECIAL.finditer(text)):
        return False
    return not (0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum())
