"""A printed conversation, read against the pieces of the format that it repeats."""

from __future__ import annotations

import re
from typing import NamedTuple

from cardkit.patterns import regex
from cardkit.prompts.pieces import PROMPT, SYSTEM, Pieces, is_cut
from cardkit.snippets.template import BRACED, LIMIT, MARKER, SPECIAL, from_text, has_marks, kind_of

ELISION = regex(r"\n[ \t]*(?:\.{3,}|…+|\[(?:\.{3}|…)\])[ \t]*(?=\n)")
END = regex(rf"(?:\s|{MARKER})*\Z", re.IGNORECASE)
PLACEHOLDER = regex(r"[{<\[][^{}<>\[\]\n]+[}>\]]")


class Talk(NamedTuple):
    """What a printed conversation adds to a format of one turn."""

    before_system: str | None
    before_user: str
    before_answer: str | None
    between_turns: str | None
    after_answer: str | None
    """What ends the last answer; None when the text ends where an answer begins."""


class Unclear(NamedTuple):
    """Why a text that repeats the format's pieces is not read."""

    because: str


def read_talk(text: str, pieces: Pieces) -> Talk | Unclear | None:
    r"""Return what a text says beyond a format; None when it does not repeat the format at all.

    >>> pieces = Pieces(None, "User: ", "\nBot:")
    >>> read_talk("User: {q_1}\nBot: {a_1}</s>User: {q_2}\nBot:", pieces)[2:4]
    ('\nBot: ', '</s>User: ')
    """
    core = pieces.after_user.rstrip()
    if not core.strip() or core not in text or len(text) > LIMIT:
        return None
    first, *others = ELISION.sub("", text).split(core)
    head = _head(first, core, pieces)
    if head is None:
        return Unclear("it begins otherwise than the format") if len(others) > 1 else None
    *gaps, last = others
    mark = _user_mark(gaps[0], pieces.before_user) if gaps else None
    read = [_gap(gap, mark) for gap in gaps]
    if None in read or len(set(read)) > 1:
        return Unclear("its turns are not alike, or it is not sure where one ends")
    blank, between = read[0] if read and read[0] else (None, None)
    end = None
    if last.strip():
        answer, blank_there, end = _answer(last)
        if not answer or (blank is not None and blank_there != blank):
            return Unclear("its last answer does not stand as the others do")
        if between is not None and not between.startswith(end):
            return Unclear("its last answer ends otherwise than the others")
        blank = blank_there
    before_answer = None if blank is None else core + blank
    if before_answer is not None and not before_answer.startswith(pieces.after_user):
        return Unclear("an answer begins otherwise than the format says")
    return Talk(*head, before_answer, between, end)


def _head(first: str, core: str, pieces: Pieces) -> tuple[str | None, str] | None:
    """Return what stands before the system message and before the user's text; None if unfit."""
    asked = _with_system(first, core, pieces)
    if asked:
        return asked if _fits(*asked, pieces) else None
    message = first.removeprefix(pieces.before_user)
    if pieces.system or not first.startswith(pieces.before_user) or not _is_message(message):
        return None
    return None, pieces.before_user


def _with_system(first: str, core: str, pieces: Pieces) -> tuple[str, str] | None:
    """Return what stands before a system message and behind it, up to the user's text."""
    made = from_text(first + core)
    if made and SYSTEM in made.format:
        before, _, rest = made.format.partition(SYSTEM)
        return before, rest.partition(PROMPT)[0]
    place = next((m for m in BRACED.finditer(first) if kind_of(m[0]) == "system"), None)
    rest = first[place.end() :] if place else ""
    mark = _user_mark(rest, pieces.before_user)
    if place is None or mark is None or rest.count(mark) != 1:
        return None
    before_user, _, message = rest.partition(mark)
    return (first[: place.start()], before_user + mark) if _is_message(message) else None


def _fits(before_system: str, before_user: str, pieces: Pieces) -> bool:
    """Tell whether a beginning with a system message is the format's with one put into it."""
    if pieces.system:
        return (before_system, before_user) == pieces[:2]
    plain = pieces.before_user
    return any(
        is_cut(plain, at)
        and before_system.startswith(plain[:at])
        and before_user.endswith(plain[at:])
        for at in range(len(plain) + 1)
    )


def _is_message(text: str) -> bool:
    """Tell whether a text can be what somebody says: its blanks are its own, no marker in it."""
    return bool(text) and text == text.strip() and not SPECIAL.search(text)


def _gap(text: str, mark: str | None) -> tuple[str, str] | None:
    """Return the blank before an answer and what stands between it and the next message."""
    if mark is None or text.count(mark) != 1:
        return None
    said, _, message = text.partition(mark)
    answer, blank, end = _answer(said)
    if not answer or not _is_message(message):
        return None
    if not end and not PLACEHOLDER.fullmatch(answer) and not SPECIAL.match(mark):
        return None  # nothing says where a real answer ends
    return blank, end + mark


def _user_mark(text: str, before_user: str) -> str | None:
    """Return the longest ending of what stands before the user's text that is found again."""
    for at in range(len(before_user)):
        mark = before_user[at:]
        if mark in text and is_cut(before_user, at):
            known = has_marks(mark) or any(sign.isalnum() for sign in mark)
            return mark if known and is_cut(text, text.index(mark)) else None
    return None


def _answer(text: str) -> tuple[str, str, str]:
    """Return an answer, the blank before it, and the markers and blanks behind it."""
    found = END.search(text)
    end = found[0] if found else ""
    said = text[: len(text) - len(end)]
    answer = said.lstrip()
    return ("" if SPECIAL.search(answer) else answer), said[: len(said) - len(answer)], end
