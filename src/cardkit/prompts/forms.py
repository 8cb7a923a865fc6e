"""Which further forms of its prompt a card documents: with a system message, and several turns.

A form is believed where the card prints a conversation that repeats the pieces of its format, or
where it says in a sentence what ends each turn. Where two places differ, nothing is said but why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from cardkit.blocks import Bullet, Paragraph
from cardkit.card import Card
from cardkit.ingest import read_blocks
from cardkit.noise import clean
from cardkit.patterns import regex
from cardkit.prompts.pieces import ANSWER, PROMPT, SYSTEM, Pieces, pieces_of
from cardkit.prompts.printed import Printed, is_safe, printed
from cardkit.prompts.turns import Talk, Unclear, read_talk
from cardkit.record import Record
from cardkit.snippets.template import SPECIAL, has_marks
from cardkit.text import Span, lines_of, whole
from cardkit.vocabulary.words import aliases

SENTENCE = regex(r"(?<=[.。!?])\s*(?=\S)")


class Form(NamedTuple):
    """A text with slots: `{system}`, `{prompt}`, `{answer}`; the last two may stand repeatedly."""

    text: str
    where: Span
    """The characters of the raw card that show or say it."""


class Forms(NamedTuple):
    """The forms that a card documents beside its format; None with a reason for each."""

    with_system: Form | None = None
    """With a place for a system message; with several turns where the card shows them so."""
    turns: Form | None = None
    """Two turns, up to where the second answer begins, or to its end."""
    reasons: tuple[str, ...] = ()
    """Why a form is missing."""


class _Found(NamedTuple):
    """A conversation and where the card prints it."""

    talk: Talk
    where: Span


def forms_of(raw: str, record: Record) -> Forms:
    """Return the further forms of the prompt of a record that a card, the record's own, documents.

    Raises UnreadableCardError if the raw text is no card.
    """
    if record.prompt is None:
        return Forms(reasons=("the card documents no prompt",))
    return forms_in(read_blocks(raw, clean(lines_of(raw))).card, record.prompt.format)


def forms_in(card: Card, format: str) -> Forms:  # noqa: A002 - the record's word
    """Return the further forms of a format that a card documents.

    Raises CardkitError if the format's slots do not stand as messages follow each other.
    """
    pieces = pieces_of(format)
    if not has_marks(pieces.before_user + pieces.after_user) or not pieces.after_user.strip():
        return Forms(reasons=("its format marks no turns",))
    found, reasons = _conversations(card, pieces)
    turns = _turns(card, pieces, [f for f in found if f.talk.between_turns is not None])
    if isinstance(turns, str):  # then a form with a system message shows one turn too
        found = [_Found(f.talk._replace(between_turns=None), f.where) for f in found]
    asked = _with_system(pieces, [f for f in found if f.talk.before_system is not None])
    why = [form for form in (turns, asked) if isinstance(form, str)]
    if not isinstance(turns, Form):
        why += reasons
    return Forms(
        asked if isinstance(asked, Form) else None,
        turns if isinstance(turns, Form) else None,
        tuple(dict.fromkeys(why)),
    )


def _conversations(card: Card, pieces: Pieces) -> tuple[list[_Found], list[str]]:
    """Return the conversations that a card prints in its format, and why others are not read."""
    found, reasons = [], []
    for text in printed(card):
        talk = read_talk(text.text, pieces)
        if isinstance(talk, Unclear):
            reasons.append(f"{_place(text.where)}: {talk.because}")
        elif talk and not _came_through(talk, text, card):
            reasons.append(f"{_place(text.where)}: blank lines may be lost in the card")
        elif talk:
            found.append(_Found(talk, text.where))
    return found, reasons


def _came_through(talk: Talk, text: Printed, card: Card) -> bool:
    new = [talk.between_turns or ""]
    new += [talk.before_system, talk.before_user] if talk.before_system is not None else []
    return all(is_safe(piece, text, card) for piece in new)


def _place(where: Span) -> str:
    return f"characters {where.start} to {where.end}"


def _turns(card: Card, pieces: Pieces, found: list[_Found]) -> Form | str:
    """Return the form of several turns, or why there is none."""
    if not found:
        said = _said(card, pieces)
        return said or "the card shows one turn only"
    if len({f.talk[2:4] for f in found}) > 1:
        return "the card shows several turns in two ways"
    ends = {f.talk.after_answer for f in found if f.talk.after_answer is not None}
    if len(ends) > 1:
        return "the card ends the last answer in two ways"
    best = next((f for f in found if f.talk.before_system is None), found[0])
    talk = best.talk._replace(after_answer=ends.pop() if ends else None)
    return Form(_written(pieces[:2], talk, pieces), best.where)


def _with_system(pieces: Pieces, found: list[_Found]) -> Form | str:
    """Return the form with a system message, or why there is none."""
    if pieces.system:
        return "the format itself has a place for a system message"
    if not found:
        return "the card shows no system message"
    if len({f.talk[:2] for f in found}) > 1:
        return "the card shows system messages in two ways"
    best = next((f for f in found if f.talk.between_turns is not None), found[0])
    return Form(_written(best.talk[:2], best.talk, pieces), best.where)


def _written(head: tuple[str | None, str], talk: Talk, pieces: Pieces) -> str:
    """Return a form as text: its beginning, and one turn or two."""
    before_system, before_user = head
    text = "" if before_system is None else before_system + SYSTEM
    text += before_user + PROMPT
    if talk.between_turns is None or talk.before_answer is None:
        return text + pieces.after_user
    text += talk.before_answer + ANSWER + talk.between_turns + PROMPT
    if talk.after_answer is None:
        return text + pieces.after_user
    return text + talk.before_answer + ANSWER + talk.after_answer


def _said(card: Card, pieces: Pieces) -> Form | None:
    """Return the form of several turns that follows from what a sentence says of each turn.

    Only of a format of markers without blanks between them, whose message of the user ends with
    the marker that the sentence names: then the answer ends with it too, and the next message
    begins as the first one did.
    """
    marks = [match[0] for match in SPECIAL.finditer(pieces.after_user)]
    bare = len(marks) == 2 and "".join(marks) == pieces.after_user
    if pieces.system or not bare or not SPECIAL.fullmatch(pieces.before_user):
        return None
    for sentence, where in _sentences(card):
        named = _ends_each_turn(sentence)
        if named == marks[0]:
            turn = pieces.before_user + PROMPT + pieces.after_user
            return Form(f"{turn}{ANSWER}{named}{turn}", where)
    return None


def _sentences(card: Card) -> Iterator[tuple[str, Span]]:
    for placed in card.blocks:
        if isinstance(placed.block, Paragraph | Bullet) and not placed.commented:
            text = " ".join(line.text for line in placed.block.lines)
            if _words("each_turn").search(text):
                where = whole(placed.block.lines)
                yield from ((sentence, where) for sentence in SENTENCE.split(text))


def _ends_each_turn(sentence: str) -> str | None:
    """Return the one marker that ends each turn, as a sentence says."""
    whose = _words("each_turn").search(sentence)
    says = _words("says_end").search(sentence, whose.end()) if whose else None
    if not says:
        return None
    named = {match[0] for match in SPECIAL.finditer(sentence)}
    return named.pop() if len(named) == 1 else None


@lru_cache(maxsize=4)
def _words(name: str) -> re.Pattern[str]:
    words = sorted(aliases("prompt", name), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)), re.IGNORECASE)
