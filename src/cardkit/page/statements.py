"""Python that lost its line ends: where its statements began, when only one reading is possible.

Two expressions that stand side by side are two statements. Blocks are left alone, since where one
ends is not in the text, and so is code whose comments may have swallowed a statement.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from typing import NamedTuple

from cardkit.patterns import regex

MOST = 20_000
"""Characters beyond which a text is no example."""

TOKEN = regex(
    r"(?P<blank>\s+)"
    r"|(?P<comment>\#)"
    r"|(?P<string>(?i:[rbfu]{0,2})(?:'''(?:[^\\]|\\.)*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\""
    r"|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"))"
    r"|(?P<number>\d[\w.]*|\.\d[\w.]*)"
    r"|(?P<name>[^\W\d]\w*)"
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])"
    r"|(?P<sign>[-+*/%@&|^~<>=!.,:;]+)",
    re.S,
)
# Words that go on with an expression instead of beginning a statement.
JOINING = frozenset(
    ["in", "is", "and", "or", "not", "if", "else", "for", "as", "lambda", "await", "async"]
)
BEGINNING = frozenset(["import", "from", "print", "del", "assert", "return", "raise", "global"])
BLOCKS = frozenset(["def", "class", "while", "with", "try", "except", "finally", "elif", "match"])
# What certainly begins a statement behind a comment.
BEHIND_COMMENT = regex(
    r"(?<=\s)(?:(?P<name>[^\W\d]\w*)(?:\.\w+|\[[^\[\]]{0,60}\])*(?:,\s[^\W\d]\w*)*\s?=\s(?!=)"
    r"|from\s[\w.]+\simport\s|import\s[a-z_][\w.]*(?=\s(?:as|import|from|#)\s)"
    r"|print\(|(?P<known>[^\W\d]\w*)(?:\.\w+)*\()"
)
LOOKS_LIKE_CODE = regex(
    r"\w\(|\s=\s|\w=['\"\w\[]|\bimport\s|[\[{]\s?['\"{]"
    r"|\b(?:for|if|while|with|def|class|else|try)\b[^#]{0,200}:(?:\s|$)"
)
KINDS = (
    ast.Import,
    ast.ImportFrom,
    ast.Assign,
    ast.AugAssign,
    ast.AnnAssign,
    ast.Delete,
    ast.Assert,
)


class _Seen(NamedTuple):
    kind: str
    text: str


def statements(text: str) -> list[int]:
    """Return where each statement and comment of a text on one line begins; [] if not certain.

    >>> code = "import ant # load it m = ant.load('a b') print(m)"
    >>> [code[i:j].strip() for i, j in zip(statements(code), [*statements(code)[1:], None])]
    ['import ant', '# load it', "m = ant.load('a b')", 'print(m)']
    >>> statements("for x in y: f(x) g(x)")
    []
    """
    if not text.strip() or len(text) > MOST:
        return []
    try:
        starts = list(_starts(text))
    except _UncertainError:
        return []
    return starts if len(starts) > 1 and _is_program(text, starts) else []


class _UncertainError(Exception):
    """The text can be read in two ways."""


def _starts(text: str) -> Iterator[int]:
    at, depth = 0, 0
    before: _Seen | None = None
    after_from = False
    assigned: set[str] = set()
    while at < len(text):
        token = TOKEN.match(text, at)
        if token is None:
            raise _UncertainError
        kind, word, start = str(token.lastgroup), token[0], at
        at = token.end()
        if kind == "blank":
            continue
        if kind == "comment":
            if depth:
                raise _UncertainError
            yield start
            at = _comment_end(text, start, assigned)
            before = None
            continue
        if kind == "sign" and ":" in word and not depth:
            raise _UncertainError
        if word in BLOCKS and kind == "name":
            raise _UncertainError
        begins = not depth and _begins(before, _Seen(kind, word), after_from=after_from)
        if begins:
            after_from = word == "from"
            yield start
        elif word == "import" and not depth:
            after_from = False
        if kind == "name" and not depth:
            assigned.add(word)
        depth += (kind == "open") - (kind == "close")
        if depth < 0:
            raise _UncertainError
        before = _Seen(kind, word)
    if depth:
        raise _UncertainError


def _begins(before: _Seen | None, here: _Seen, *, after_from: bool) -> bool:
    """Return whether a token outside all brackets begins a statement."""
    if before is None:
        return True
    ended = before.kind in ("number", "string", "close") or (
        before.kind == "name" and before.text not in JOINING | BEGINNING
    )
    if not ended or here.kind not in ("name", "number", "string"):
        return False
    if here.kind == "string" and before.kind == "string":
        return False
    if here.text in JOINING:
        return False
    return not (here.text == "import" and after_from)


def _comment_end(text: str, start: int, assigned: set[str]) -> int:
    """Return where a comment ends: where a statement certainly begins, or a comment."""
    nearest = text.find(" # ", start + 1)
    for found in BEHIND_COMMENT.finditer(text, start + 1):
        if 0 <= nearest < found.start():
            break
        if found["known"] and found["known"] not in assigned:
            continue
        said = text[start : found.start()]
        if LOOKS_LIKE_CODE.search(said) or not said.strip("# "):
            raise _UncertainError
        return found.start()
    end = nearest + 1 if nearest >= 0 else len(text)
    if LOOKS_LIKE_CODE.search(text[start:end]):
        raise _UncertainError
    return end


def _is_program(text: str, starts: list[int]) -> bool:
    """Return whether the lines compile and each does something: no word stands alone."""
    lines = [text[i:j].strip() for i, j in zip(starts, [*starts[1:], len(text)], strict=True)]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse("\n".join(lines)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return bool(body) and all(
        isinstance(each, KINDS)
        or (
            isinstance(each, ast.Expr)
            and isinstance(each.value, ast.Call | ast.Await | ast.Attribute)
        )
        for each in body
    )
