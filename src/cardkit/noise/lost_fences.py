"""Code whose fences are lost, its lines and their indentation kept.

Seen on: converters that drop fences, pages with a button "Copy" above each block of code, word
processors that make other signs of three backticks.
"""

from __future__ import annotations

from collections.abc import Iterator

from cardkit.blocks.front_matter import find as find_front_matter
from cardkit.noise import Repaired, text_of
from cardkit.patterns import regex
from cardkit.text import Line, Piece, whole

CODE = regex(
    r"^(?:from [\w.]+ import [\w*(]|import [A-Za-z_][\w.]*(?: as \w+)?[ \t]*$|pip3? install -?\w)",
    flags=8,  # of many lines
)
LISTED = regex(r"[ \t]*(?:[-*+•>|<]|\d{1,3}[.)] )")


def repair(lines: list[Line]) -> Repaired | None:
    """Put fences around programs and commands, in a card that has no fence."""
    text = text_of(lines)
    if "```" in text or "~~~" in text or not CODE.search(text):
        return None
    found = list(_code(lines))
    if not any(language == "python" for _, _, language in found):
        return None
    card = list(lines)
    code: list[Line] = []
    for start, end, language in reversed(found):
        block = card[start:end]
        first, last = whole(block)
        opening = Line(f"```{language}", (Piece(0, first, first, exact=False),))
        closing = Line("```", (Piece(0, last, last, exact=False),))
        card[start:end] = [opening, *block, closing]
        code += block
    return Repaired(card, len(found), whole(code))


def _code(lines: list[Line]) -> Iterator[tuple[int, int, str]]:
    """Yield where code begins and ends, and its language."""
    from cardkit.snippets import bare_code  # few cards need it

    front = find_front_matter(lines)
    at = front.after if front else 0
    above = True  # a blank line
    while at < len(lines):
        line = lines[at]
        text = line.text
        if not text.strip():
            above = True
        elif above and not LISTED.match(text) and not text.startswith("    "):
            code = bare_code.find(lines, at)
            if code is not None and not _is_settings(lines[at : code[1]]):
                yield at, code[1], code[0].language
                at = code[1]
                continue
            above = False
        at += 1


def _is_settings(code: list[Line]) -> bool:
    """Return whether a program tells how the model was trained, which is read as prose."""
    return any("TrainingArguments(" in line.text for line in code)
