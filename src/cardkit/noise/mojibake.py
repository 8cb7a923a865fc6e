"""UTF-8 that was read in another code page: `Ã©` for é, `πͺ` for a camel.

Seen on: proxies, which also drop the bytes 80 to 9F as control characters. A text whose bytes are
all there is mended exactly. Of signs that lost bytes, those are put back or taken out that nothing
else could be; what may also be a word or a formula stays. All are reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from cardkit.facts import Problem
from cardkit.noise import Repaired, text_of
from cardkit.patterns import regex
from cardkit.text import Line, Span, whole
from cardkit.vocabulary import load

CODE_PAGES = ("cp1252", "iso8859_7", "cp1253", "cp1251", "mac_roman", "cp437")
WESTERN = "cp1252"
MOST_TIMES = 3
"""Times that a text may have been read in a wrong code page."""
MOST_PROBLEMS = 12
CONTROLS_LOST = dict.fromkeys(range(0x80, 0xA0), "\ufffd")
CONTROLS_GONE = dict.fromkeys([*range(0x80, 0xA0), 0xFFFD])

NOT_ASCII = regex(r"[^\x00-\x7f]+")
# A byte that begins a character of UTF-8 and one that goes on with it, as these pages print them.
SUSPECT = regex(
    "[\u00c2\u00c3\u00e2\u00ef\u00f0\u00e3-\u00e9][\u0080-\u00bf\u0152-\u0178\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
    "|[πβοβΒΓ][\u00a0-\u00b7\u037a\u0384-\u038f\u20a0-\u20af\u2015-\u2019]?"
    "|\u0432\u0402|\u0440\u045f|\u0393[\u00c7\u00e9]|\u2261\u0192|\u9225|\u951f\u65a4\u62f7|\ufffd"
)
BEGINS = regex(
    "[\u00c2\u00c3\u00e2-\u00e9\u00ef\u00f0\u0392\u0393\u03b2\u03bf\u03c0\u0432\u0440\u2261\u9225\u951f\ufffd]"
)
"""With what each suspect begins: most texts hold none of it, and are done with quickly."""
LOST = regex("\ufffd+|\u951f\u65a4\u62f7|\u9225[^\\x00-\\x7f]?")
RUBBLE = regex("(?:[Ά-ώ][ -½€₯ͺ΄΅‘’―]){2}")
GREEK_WORD = regex("[α-ωάέήίόύώς]{4,}")
PLAUSIBLE = regex(
    "[\u00a0-\u024f\u0300-\u036f\u2000-\u2bff\u3000-\u9fff\uac00-\ud7a3\uf900-\ufaff\ufe0f\uff00-\uffef\U0001f000-\U0001faff]+"
)
IN_WORD = regex(r"(?<=[A-Za-z])(?:β|\u00e2\u20ac|\u00e2)(?=(?:s|t|re|ve|ll|m|d)\b)")
ALONE = regex(r"(?<![^\s|*#>])[πβ]+(?![^\s|*])")


class Ruins(NamedTuple):
    """What became of the signs that cards use."""

    known: dict[str, tuple[str, ...]]
    """Each ruin with the signs that it may have been."""
    lengths: tuple[int, ...]
    """How long they are, the longest first."""
    begin: frozenset[str]
    """The characters that they begin with."""

    def within(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where ruins stand in a text."""
        at = 0
        while at < len(text):
            length = 1
            if text[at] in self.begin:
                for length in self.lengths:
                    if text[at : at + length] in self.known:
                        yield at, at + length
                        break
                else:
                    length = 1
            at += length


@lru_cache(maxsize=1)
def ruins() -> Ruins:
    """Return what each sign looks like once its UTF-8 was read in another code page."""
    table: dict[str, str] = load("signs.yaml")
    signs = [s for s in (*table["emoji"], *table["marks"]) if not s.isspace()]
    signs += [s + "\ufe0f" for s in table["emoji"] if ord(s) < 0x10000]
    found: dict[str, list[str]] = {}
    for sign in signs:
        for page in CODE_PAGES:
            for ruin in _ruined(sign, page):
                if len(ruin) > 1 and ruin != sign and sign not in found.setdefault(ruin, []):
                    found[ruin].append(sign)
    lengths = sorted({len(ruin) for ruin in found}, reverse=True)
    known = {ruin: tuple(of) for ruin, of in found.items()}
    return Ruins(known, tuple(lengths), frozenset(ruin[0] for ruin in found))


def _ruined(sign: str, page: str) -> Iterator[str]:
    """Yield a sign in a wrong code page: with its control characters, and without them."""
    octets = sign.encode()
    shown = _shown(page)
    kept = "".join([shown[octet] for octet in octets])
    yield kept
    yield kept.translate(CONTROLS_LOST)
    yield kept.translate(CONTROLS_GONE)
    if page == WESTERN:  # the page proper, Latin-1, drops what this one shows
        yield octets.decode("latin-1").translate(CONTROLS_GONE)


@lru_cache(maxsize=len(CODE_PAGES))
def _shown(page: str) -> str:
    """Return what a code page shows for each byte; U+FFFD for what it does not know."""
    shown = bytes(range(0x100)).decode(page, "replace")
    controls = "".join(
        chr(octet) if shown[octet] == "\ufffd" else shown[octet] for octet in range(0x80, 0xA0)
    )
    return shown[:0x80] + controls + shown[0xA0:]


@lru_cache(maxsize=len(CODE_PAGES))
def _octets(page: str) -> dict[str, int]:
    """Return the byte of each character that a code page shows."""
    shown = _shown(page)
    return {shown[octet]: octet for octet in range(0x80, 0x100) if shown[octet] != "\ufffd"}


def repair(lines: list[Line]) -> Repaired | None:
    """Mend what can be mended without a choice, and report what is damaged."""
    text = text_of(lines)
    if text.isascii() or not BEGINS.search(text):
        return None
    suspects = [
        n for n, line in enumerate(lines) if not line.text.isascii() and SUSPECT.search(line.text)
    ]
    if not suspects:
        return None
    greek = sum(len(GREEK_WORD.findall(lines[n].text)) for n in suspects) > 4
    card = list(lines)
    mended: list[Line] = []
    count = 0
    problems: list[Problem] = []
    fenced = _fenced(lines)
    for n in suspects:
        if n in fenced:
            continue  # what a program's strings hold may be meant
        line, times, damaged = _mend(lines[n], greek=greek)
        problems += damaged
        for _ in range(MOST_TIMES if times else 0):
            if line.text.isascii():
                break
            line, _, _ = _mend(line, greek=greek)
        if times:
            card[n] = line
            mended.append(lines[n])
            count += times
    if not count and not problems:
        return None
    at = whole(mended) if mended else Span(0, 0)
    once = {problem.message: problem for problem in reversed(problems)}
    shown = sorted(once.values(), key=lambda problem: problem.where)
    return Repaired(card, count, at, problems=tuple(shown[:MOST_PROBLEMS]))


def _fenced(lines: list[Line]) -> set[int]:
    """Return the lines that stand in code blocks."""
    inside: set[int] = set()
    fence = ""
    for n, line in enumerate(lines):
        bare = line.text.lstrip()
        if bare.startswith(fence or ("```", "~~~")):
            fence = "" if fence else bare[:3]
        elif fence:
            inside.add(n)
    return inside


def _mend(line: Line, *, greek: bool) -> tuple[Line, int, list[Problem]]:
    """Return a line mended, how often, and what is wrong with it."""
    pages = [page for page in CODE_PAGES if not (greek and page in ("iso8859_7", "cp1253"))]
    for page in pages:
        exact = _reread(line, page)
        if exact is not None:
            mended, first = exact
            words = "is UTF-8 that was read in another code page; it was put back"
            return mended, 1, [_damaged(first, words)]
    problems: list[Problem] = []
    known = ruins()
    changes = list(_western(line.text))
    taken = {at for start, end, _ in changes for at in range(start, end)}
    for start, end in known.within(line.text) if not greek else ():
        if start in taken or _is_word(line.text, start, end):
            continue
        of = known.known[line.text[start:end]]
        sign = of[0] if len(of) == 1 else ""
        if len(of) > 1 and not all(_is_emoji(s) for s in of):
            problems.append(_damaged(line[start:end], f"may be {' or '.join(of[:4])}"))
            continue
        changes.append((start, end, sign))
    taken = {at for start, end, _ in changes for at in range(start, end)}
    changes += [
        (mark.start(), mark.end(), "’")
        for mark in IN_WORD.finditer(line.text)
        if mark.start() not in taken
    ]
    problems += [
        _damaged(line[lost.start() : lost.end()], "stands for characters that are lost")
        for lost in LOST.finditer(line.text)
    ]
    if not greek and (rubble := RUBBLE.search(line.text)):
        problems.append(
            _damaged(line[rubble.start() : rubble.end()], "and more is read in a wrong code page")
        )
    if not greek and (line.text.lstrip().startswith("#") or changes):
        changes += [
            (alone.start(), alone.end(), "")
            for alone in ALONE.finditer(line.text)
            if alone.start() not in taken and alone.end() - 1 not in taken
        ]
    changes.sort()
    for start, end, sign in changes:
        what = (
            f"was read as {sign}" if sign else "stands for a sign that is lost, and was taken out"
        )
        problems.append(_damaged(line[start:end], what))
    return line.swaps(changes) if changes else line, len(changes), problems


def _damaged(line: Line, what: str) -> Problem:
    shown = line.text if len(line.text) < 20 else line.text[:20] + "…"
    return Problem(
        "text-damaged",
        "warning",
        f"{shown!r} {what}. Write it as it is in the original card.",
        line.span(),
    )


def _is_emoji(sign: str) -> bool:
    return sign in load_emoji()


@lru_cache(maxsize=1)
def load_emoji() -> frozenset[str]:
    """Return the signs that are pictures and no punctuation."""
    emoji = load("signs.yaml")["emoji"]
    return frozenset([*emoji, *(sign + "\ufe0f" for sign in emoji)])


def _western(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the parts of a text that are UTF-8 read in the Western code page, put back."""
    octets = _octets(WESTERN)
    for run in NOT_ASCII.finditer(text):
        if len(run[0]) < 2 or any(c not in octets for c in run[0]):
            continue
        try:
            right = bytes(octets[c] for c in run[0]).decode()
        except UnicodeDecodeError:
            continue
        if PLAUSIBLE.fullmatch(right):
            yield run.start(), run.end(), right


def _is_word(text: str, start: int, end: int) -> bool:
    """Return whether a ruin stands inside a word of letters that are not ASCII."""
    before, behind = text[max(0, start - 1) : start], text[end : end + 1]
    return any(c.isalpha() and not c.isascii() for c in (before, behind))


def _reread(line: Line, page: str) -> tuple[Line, Line] | None:
    """Return a line read in its right code page, if all of it that is not ASCII fits."""
    text = line.text
    octets = _octets(page)
    runs = list(NOT_ASCII.finditer(text))
    changes = []
    for run in runs:
        if any(c not in octets for c in run[0]):
            return None
        try:
            right = bytes(octets[c] for c in run[0]).decode()
        except UnicodeDecodeError:
            return None
        if not PLAUSIBLE.fullmatch(right):
            return None
        changes.append((run.start(), run.end(), right))
    first = line[runs[0].start() : runs[0].end()]
    return line.swaps(changes), first
