"""Python whose line ends are gone, cut into statements where Python allows no other reading.

Two names, or a bracket and a name, cannot stand side by side in one statement: a line ended there.
Where a comment or a block ended is not to be known: the statements are good for what each of them
says, not for a program.
"""

from __future__ import annotations

import re

from cardkit.patterns import regex

WORD = regex(
    r"(?P<string>[rRbBfFuU]{0,2}(?:'''.*?'''|\"\"\".*?\"\"\"|'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"))|"
    r"(?P<comment>#)|(?P<number>(?:\d[\w.]*|\.\d\w*))|(?P<name>[^\W\d]\w*)|(?P<blank>\s+)|"
    r"(?P<sign>\*\*=?|//=?|[-+*/%&|^@<>=!]=|->|:=|.)",
    re.DOTALL,
)
BEGINS = regex(
    r"(?:from [\w.]+ import |import [A-Za-z_]|(?:with|for|def|class|if|return|print)\b[ (]|"
    r"[A-Za-z_][\w.]*(?:, ?[A-Za-z_]\w*)*(?:\[[^\]]{0,40}\])? ?= ?[^=\s]|[A-Za-z_]\w*(?:\.\w+)+\()"
)
JOINS = {"and", "or", "in", "is", "not", "if", "else", "as", "import", "async", "from"}
OPENERS = {"def", "class", "with", "for", "if", "elif", "else", "try", "except", "while", "finally"}
KEYWORDS = (
    JOINS | OPENERS | {"return", "lambda", "yield", "await", "assert", "del", "raise", "global"}
)
LIMIT = 20_000


def cut(text: str) -> list[str]:
    """Return the statements of code whose lines were glued together.

    >>> cut('import torch from a import b m = b.load("x") m.to("cpu")')
    ['import torch', 'from a import b', 'm = b.load("x")', 'm.to("cpu")']
    """
    if ">>> " in text:
        parts = text[:LIMIT].replace(" ... ", " ").split(">>> ")
        return [statement for part in parts if part.strip() for statement in cut(part)]
    statements: list[str] = []
    start = at = depth = 0
    first = before = kind = ""
    seen_import = False
    text = text[:LIMIT]
    while match := WORD.match(text, at):
        at = match.end()
        group, word = str(match.lastgroup), match[0]
        if group == "blank":
            continue
        new = group == "comment"
        if new:
            statements.append(text[start : match.start()])
            start = at = _behind_comment(text, at)
        elif depth == 0 and before and _ends(kind, before, group, word, first, seen_import):
            statements.append(text[start : match.start()])
            start, first, seen_import = match.start(), "", False
        elif word == ":" and depth == 0 and first in OPENERS:
            statements.append(text[start:at])
            start, new = at, True
        if new:
            first = before = kind = ""
            depth, seen_import = 0, False
            continue
        if group == "sign":
            depth = max(0, depth + (word in "([{") - (word in ")]}"))
        seen_import = seen_import or word == "import"
        first = first or word
        before, kind = word, group
    statements.append(text[start:])
    return [s.strip() for s in statements if s.strip()]


def _ends(kind: str, before: str, group: str, word: str, first: str, seen_import: bool) -> bool:
    """Tell whether a statement ended between two words that stand side by side."""
    if kind == "sign" and before not in ")]}":
        return False
    if kind == "name" and before in KEYWORDS:
        return False
    if group == "sign":
        return False
    if group == "string":
        return kind == "name" or (kind == "sign" and before in ")]}")
    if word in ("import", "from"):
        if first == "from" and not seen_import:
            return False
        return first != "yield"
    if word == "as":
        return False
    return word not in JOINS


def _behind_comment(text: str, at: int) -> int:
    """Return where code may begin again behind a comment; a comment that is code is left out."""
    end = text.find("#", at)
    end = len(text) if end < 0 else end
    begins = BEGINS.search(text, at, end)
    if begins and (not (words := text[at : begins.start()].rstrip()) or words.endswith(":")):
        begins = BEGINS.search(text, begins.end(), end)
    return begins.start() if begins else end
