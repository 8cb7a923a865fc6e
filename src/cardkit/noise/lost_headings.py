"""Headings that lost their marks, in a card that has none left.

Seen on: converters that strip Markdown, text copied from a page, editors that set headings in bold.
A line is one when it stands alone and like a heading, in a card in which others are headings that
cards share.
"""

from __future__ import annotations

from cardkit.blocks.front_matter import find as find_front_matter
from cardkit.noise import Repaired, text_of
from cardkit.page.heading_lines import is_heading
from cardkit.patterns import regex
from cardkit.text import Line, Piece, join, whole
from cardkit.vocabulary import words

LEAST = 3
KNOWN = 2
"""Headings that cards share, at least."""
MORE = 2
"""How many more of both, when the card does not begin with one."""
MARKED = regex(
    r"^(?: {0,3}#{1,6}[ \t]*[^\s#]| {0,3}(?:=|-{2,})[=-]*[ \t]*$)|<h[1-6]\b", flags=8 | 2
)
FENCE = regex(r"\s*(`{3,}|~{3,})")
GLUED = regex(r"[#＃](?=[^\W\d_])[^#]*$")
H1 = regex(r" {0,3}#[ \t]+\S")
BOLD = regex(r"(\*\*|__)([^*_\s](?:[^*_]|(?<=\w)_(?=\w)){0,80}?)\1")


def repair(lines: list[Line]) -> Repaired | None:
    """Put the marks back before headings."""
    text = text_of(lines)
    if "\n## " in text and "\n# " in text:
        return None
    front = find_front_matter(lines)
    start = front.after if front else 0
    body = lines[start:] if start else lines
    if _is_marked(body):
        return _glued(lines, start)
    found = _alone(body)
    known = [n for n in found if words.section_of(found[n].text)]
    first = next(
        (n for n, line in enumerate(body) if line.text.strip() and not _is_picture(line)), 0
    )
    titled = first in found and first not in known
    more = 0 if titled else MORE
    if len(found) < LEAST + more or len(known) < KNOWN + more:
        return None
    card = list(body)
    for n, line in found.items():
        mark = "# " if n == first else "## " if n in known else "### "
        place = line.span().start
        card[n] = join([Line(mark, (Piece(0, place, place, exact=False),)), line])
    return Repaired([*lines[:start], *card], len(found), whole(found.values()))


def _glued(lines: list[Line], start: int) -> Repaired | None:
    """Part the mark and the words of a title that begins a card: `#Ant 1B`."""
    first = next(
        (n for n in range(start, len(lines))
         if lines[n].text.strip() and not _is_picture(lines[n])),
        None,
    )  # fmt: skip
    if first is None or not GLUED.match(lines[first].text):
        return None
    line = lines[first]
    if not is_heading(line.text.lstrip("#＃")) or any(H1.match(other.text) for other in lines):
        return None
    end = len(line) - len(line.text.lstrip("#＃"))
    card = [*lines[:first], line.swap(0, end, "# "), *lines[first + 1 :]]
    return Repaired(card, 1, line.span())


def _is_picture(line: Line) -> bool:
    return line.text.lstrip().startswith(("<", "!", "[!"))


def _is_marked(body: list[Line]) -> bool:
    """Return whether a card has a heading of its own, outside its code."""
    if not MARKED.search(text_of(body)):
        return False
    fence = ""
    for n, line in enumerate(body):
        text = line.text
        mark = FENCE.match(text) if "`" in text or "~" in text else None
        if mark:
            fence = "" if fence and text.strip().startswith(fence) else fence or mark[1]
        elif not fence and MARKED.search(text):
            rule = text.strip(" -\t") == ""
            if not rule or (n and body[n - 1].text.strip() and "|" not in body[n - 1].text):
                return True
    return False


def _alone(body: list[Line]) -> dict[int, Line]:
    """Return the lines that stand alone and like headings, code left out."""
    found: dict[int, Line] = {}
    fence = ""
    for n, line in enumerate(body):
        text = line.text
        mark = FENCE.match(text) if "`" in text or "~" in text else None
        if mark:
            fence = "" if fence and text.strip().startswith(fence) else fence or mark[1]
        if fence or mark or not text.strip() or len(text) > 100:
            continue
        above = n == 0 or not body[n - 1].text.strip()
        below = n + 1 < len(body) and not body[n + 1].text.strip()
        if above and below:
            bold = BOLD.fullmatch(text.strip())
            bare = line.strip()[len(bold[1]) : -len(bold[1])] if bold else line
            if is_heading(bare.text.rstrip(":：") if bold else bare.text):
                found[n] = bare.rstrip()
    last = max((n for n, line in enumerate(body) if line.text.strip()), default=0)
    found.pop(last, None)
    return found
