"""What mirrors, pages and copies did to a card, undone: one noise per file.

A repair puts back only what was certainly there; what needs judgement is left to the readers.
To add one: a file with `repair`, a row in REPAIRS, and cases in tests/noise/.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from cardkit.facts import PageWord, Problem
from cardkit.kept import kept
from cardkit.patterns import regex
from cardkit.text import Line, Span

DASHES = ("|--", "| --", "|:-", "| :-", "|-|", "<td")
FENCE = regex(r"\s*(`{3,}|~{3,})")


class Repaired(NamedTuple):
    """A card with one noise undone."""

    lines: list[Line]
    count: int  # type: ignore[assignment]  # a tuple's method, not needed here
    """How many places were mended."""
    at: Span
    """From the first to the last of them, in the raw card."""
    page: tuple[PageWord, ...] = ()
    problems: tuple[Problem, ...] = ()
    form: str = ""
    """The `source.form` that this noise gives away; "" when it gives none away."""
    kind: str = ""
    """The name in `source.repairs`, where it differs from the file's."""


class Repair(Protocol):
    """What a module of this folder must hold."""

    def repair(self, lines: list[Line]) -> Repaired | None:
        """Undo the noise; None when the card has none of it."""


class Undone(NamedTuple):
    """A noise that was undone: a row of `source.repairs`."""

    kind: str
    count: int  # type: ignore[assignment]  # a tuple's method, not needed here
    at: Span


@kept
def text_of(lines: list[Line]) -> str:
    """Return the text of a card: one look at it tells which noises cannot be in any line."""
    return "\n".join([line.text for line in lines])


def in_code(lines: list[Line]) -> list[bool]:
    """Return whether each line is a fence or stands between two."""
    fence, inside = "", []
    for line in lines:
        text = line.text
        mark = FENCE.match(text) if "`" in text or "~" in text else None
        inside.append(bool(fence or mark))
        if mark:
            fence = "" if fence and text.strip().startswith(fence) else fence or mark[1]
    return inside


@kept
def texts_of(lines: list[Line]) -> list[str]:
    """Return the texts of a card's lines, for the noises that look at each of them."""
    return [line.text for line in lines]


@kept
def has_dashes(lines: list[Line]) -> bool:
    """Return whether some table may have its row of dashes, or tags: then none has lost it."""
    text = text_of(lines)
    return any(sign in text for sign in DASHES)


class Cleaned(NamedTuple):
    """A card with all its noise undone."""

    lines: list[Line]
    repairs: tuple[Undone, ...] = ()
    form: str = "markdown"
    page: tuple[PageWord, ...] = ()
    problems: tuple[Problem, ...] = ()


from cardkit.noise import (  # noqa: E402 - the repairs need the types above
    aligned_table,
    code_indentation,
    code_numbers,
    collapsed_lines,
    cut_lines,
    cut_row,
    doubled_lines,
    drawn_table,
    escaped_text,
    frontmatter_fence,
    frontmatter_indentation,
    full_width,
    html_comment,
    line_number_gutter,
    lost_blank_lines,
    lost_fences,
    lost_headings,
    marked_lines,
    mirror_link,
    mojibake,
    odd_spaces,
    page_chrome,
    saved_page,
    smart_quotes,
    tab_table,
    wrapped_rows,
)

REPAIRS: dict[str, Repair] = {
    "escaped_text": escaped_text,  # a string holds all that follows
    "saved_page": saved_page,  # what is HTML is no text yet
    "odd_spaces": odd_spaces,  # before all that looks for blanks
    "marked_lines": marked_lines,
    "doubled_lines": doubled_lines,
    "page_chrome": page_chrome,  # a page may show a gutter, a gutter shows no page
    "line_number_gutter": line_number_gutter,  # before all that looks at a line's beginning
    "cut_lines": cut_lines,
    "cut_row": cut_row,
    "wrapped_rows": wrapped_rows,
    "tab_table": tab_table,
    "drawn_table": drawn_table,
    "aligned_table": aligned_table,
    "collapsed_lines": collapsed_lines,  # before all that reads line by line
    "lost_blank_lines": lost_blank_lines,  # as soon as there are lines
    "lost_fences": lost_fences,
    "code_numbers": code_numbers,
    "mojibake": mojibake,  # characters before words
    "smart_quotes": smart_quotes,
    "full_width": full_width,  # before front matter is looked for
    "mirror_link": mirror_link,
    "frontmatter_fence": frontmatter_fence,
    "lost_headings": lost_headings,  # below the front matter
    "frontmatter_indentation": frontmatter_indentation,
    "code_indentation": code_indentation,
    "html_comment": html_comment,  # last: it changes nothing
}


UNMARKED = ("rendered-page", "repost")
"""Forms of a card that has lost all its marks; they have a reader of their own."""
MARKS = ("lost_fences", "lost_headings")
"""What puts single marks back."""


def clean(lines: list[Line]) -> Cleaned:
    """Undo all noise, the outermost first.

    >>> from cardkit.text import lines_of
    >>> clean(lines_of("# Ant 1B")).repairs
    ()
    """
    undone: list[Undone] = []
    page: list[PageWord] = []
    problems: list[Problem] = []
    form = ""
    if lines and lines[0].text.startswith("\ufeff"):
        lines = [lines[0][1:], *lines[1:]]
    for name, noise in REPAIRS.items():
        if form in UNMARKED and name in MARKS:
            continue
        done = noise.repair(lines)
        if done is None:
            continue
        lines = done.lines
        page += done.page
        problems += done.problems
        form = form or done.form
        if done.count:
            undone.append(Undone(done.kind or name.replace("_", "-"), done.count, done.at))
    return Cleaned(lines, tuple(undone), form or "markdown", tuple(page), tuple(problems))
