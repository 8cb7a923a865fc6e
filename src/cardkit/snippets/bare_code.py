"""Code without a fence: what begins and stands like a program, in text that lost its marks.

A page printed as text leaves code in lines of its own, its indentation kept. Python is cut where
it compiles, JSON and BibTeX where their braces close, commands where their paragraph ends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from cardkit.blocks import Code
from cardkit.patterns import regex
from cardkit.snippets import snippet
from cardkit.text import Line
from cardkit.vocabulary import load

MAX_LINES = 400
MAX_LINE = 1000
"""Characters by which a line is told; no program's line needs more."""
MAX_DEPTH = 20
"""Brackets that no printed JSON leaves open at once."""
MAX_TRIES = 6
"""How many of the last blank lines of a program may be its end."""
MAX_COMMENT = 8
MIN_CONFIG = 3
"""Lines that a config without a fence has at least."""
TWO = 2
"""Lines beyond doubt that make a block code though it does not compile."""

_MARK = regex(r"\s*(?:[•◦▪▫●○‣·]|\d{1,3}[.)](?=\s))")
_PYTHON = regex(
    r"\s*(?:from [\w.]+ import [\w*(]|import [A-Za-z_][\w.]*(?: as \w+)?(?:\s*(?:,|#|$))|"
    r"(?:async )?def \w+\(|class \w+.*:\s*$|@\w[\w.]*(?:\(|\s*$)|>>> |#[ \t]*\S|"
    r"(?:for .+ in .+|while .+|with .+|if .+|elif .+|else|try|except.*|finally)\s*:\s*(?:#.*)?$|"
    r"(?:return|assert|raise|del|yield) ?\S*.*|(?:pass|break|continue)$|"
    r"[A-Za-z_][\w.]*(?:\[[^\]]*\])?(?:, ?[A-Za-z_][\w.]*)* ?[-+*/|]?= ?[^=\s].*|"
    r"[A-Za-z_][\w.]*(?:\[[^\]]*\][\w.]*)*\(|[)\]}]+)"
)
_STRONG = regex(
    r"\s*(?:>>> |from [\w.]+ import [\w*(]|import [A-Za-z_][\w.]*(?: as \w+)?\s*(?:#.*)?$|"
    r"(?:async )?def \w+\(.*|class \w+.*:\s*$|"
    r"[A-Za-z_][\w.]*(?:, ?[A-Za-z_][\w.]*)* ?= ?[A-Za-z_\[{(\"'fr\d-].*|"
    r"(?:print|model|tokenizer|pipe|\w+\.\w+)\(.*)"
)
_BEFORE_COMMAND = regex(r"\s*(?:[$!%] ?)?(?:sudo )?(?:[A-Z][A-Z_]+=\S+ )*")
_SCRIPT = regex(r"(?:python|python3|python3\.\d+|bash|sh)\s\S+\.(?:py|sh)\b")
_ARGUMENT = regex(r"[-/.$~=_<>\d]")
_PROSE = regex(r"(?:\b\w{1,30} ){6}\w|[a-z][.:]$")
_OPENS_DATA = regex(r"\s*[{\[]")
_KEY = regex(r"\s*(?:- )?[A-Za-z_][\w.-]*[:：](?:\s|$|(?<=：))")
_YAML_LINE = regex(r"\s*(?:#.*|[\w./-]+[:：](?:\s.*|$|(?<=：).*)|- \S.*|[\]}],?\s*)$")
_COMMENT = regex(r"\s*#+ \S")
_YAML_COMMENT = regex(r"^\s*#|\S\s+#\s?\S")
_OPENS_MAP = regex(r"\s*(?:- )?[\w.-]+:\s*(?:&\w+\s*)?(?:#.*)?$")
_BIBTEX = regex(r"\s*@[A-Za-z]+\s*\{")

Found = tuple[Code, int]
"""A block of code and the number of the line behind it."""


def find(lines: Sequence[Line], at: int) -> Found | None:
    r"""Return the code that begins at a line, and where it ends; None when none begins there.

    >>> from cardkit.text import lines_of
    >>> code, end = find(lines_of("import ant\nant.run()\n\nThat is all."), 0)
    >>> code.language, end
    ('python', 2)
    """
    text = lines[at].text[:MAX_LINE]
    if _OPENS_DATA.match(text):
        return _json(lines, at)
    if _BIBTEX.match(text):
        return _bibtex(lines, at)
    if _is_command(text):
        return _commands(lines, at)
    if _KEY.match(text) and (data := _yaml(lines, at)):
        return data
    if text.lstrip().startswith(("#", "@")):
        below = _below(lines, at)
        if _is_command(below):
            return _commands(lines, at)
        if _KEY.match(below) and _COMMENT.match(text) and (data := _yaml(lines, at)):
            return data
        return _python(lines, at) if _STRONG.match(below) else None
    return _python(lines, at) if _STRONG.match(text) else None


@cache
def _commands_known() -> frozenset[str]:
    return frozenset(load("commands.yaml")["commands"])


def _is_command(text: str) -> bool:
    """Return whether a line begins like a line for a shell."""
    before = _BEFORE_COMMAND.match(text)
    rest = text[before.end() :] if before else text
    if before and before.end() and rest and before[0].lstrip()[:1] in ("$", "!", "%"):
        return rest[0].isalpha() and rest.isascii()
    words = rest.split(maxsplit=2)
    if not words or not rest.isascii():
        return False
    if words[:1] == ["cd"] and len(words) == 2:
        return True
    if words[0] in _commands_known():
        return bool(_ARGUMENT.search(rest, len(words[0]))) and not _PROSE.search(rest)
    return " ".join(words[:2]) in _commands_known() or bool(_SCRIPT.match(rest))


def _is_bare(line: Line) -> bool:
    return not line.text or line.text.isspace()


def _below(lines: Sequence[Line], at: int) -> str:
    """Return the first line below comments and decorators that stands with them, or ""."""
    for line in lines[at + 1 : at + MAX_COMMENT]:
        if _is_bare(line) or not line.text.lstrip().startswith(("#", "@")):
            return line.text[:MAX_LINE]
    return ""


def _closes(lines: Sequence[Line], at: int, opening: str, closing: str) -> int | None:
    """Return the number of the line behind the bracket that closes the first one."""
    depth = 0
    for end in range(at, min(at + MAX_LINES, len(lines))):
        text = lines[end].text
        depth += sum(map(text.count, opening)) - sum(map(text.count, closing))
        if depth <= 0:
            return end + 1
        if depth > MAX_DEPTH:
            break
    return None


def _json(lines: Sequence[Line], at: int) -> Found | None:
    """Return an object, or a list of more than numbers."""
    end = _closes(lines, at, "{[", "}]")
    if end is None:
        return None
    try:
        value = json.loads("\n".join(line.text for line in lines[at:end]))
    except (ValueError, RecursionError):
        return None
    if not value or (isinstance(value, list) and not isinstance(value[0], (dict, str, list))):
        return None
    return Code(tuple(lines[at:end]), "json", fenced=False), end


def _yaml(lines: Sequence[Line], at: int) -> Found | None:
    """Return keys and values of a config: some key holds others, or a comment parts them."""
    if at and not _is_bare(lines[at - 1]) and _YAML_LINE.match(lines[at - 1].text[:MAX_LINE]):
        return None  # its beginning was looked at
    end = at
    while end < min(len(lines), at + MAX_LINES):
        text = lines[end].text[:MAX_LINE]
        if _is_bare(lines[end]):
            below = lines[end + 1].text[:MAX_LINE] if end + 1 < len(lines) else ""
            if not (_YAML_LINE.match(below) and _indent(below) and not below.isspace()):
                break
        elif not _YAML_LINE.match(text):
            break
        end += 1
    if end - at < MIN_CONFIG:
        return None
    texts = [line.text[:MAX_LINE] for line in lines[at:end] if not _is_bare(line)]
    nests = any(
        _OPENS_MAP.match(text) and _indent(below) > _indent(text) and _KEY.match(below)
        for text, below in pairwise(texts)
    )
    comments = sum(bool(_YAML_COMMENT.search(text)) for text in texts)
    if not nests and comments < TWO and not _COMMENT.match(texts[0]):
        return None
    return Code(tuple(lines[at:end]), "yaml", fenced=False), end


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _bibtex(lines: Sequence[Line], at: int) -> Found | None:
    end = _closes(lines, at, "{", "}")
    return (Code(tuple(lines[at:end]), "bibtex", fenced=False), end) if end else None


def _commands(lines: Sequence[Line], at: int) -> Found:
    """Return commands, and the lines that stand with them without being prose."""
    end = at + 1
    while end < len(lines):
        if _is_bare(lines[end]):
            if not _commands_follow(lines, end):
                break
            end += 1
            continue
        text = lines[end].text[:MAX_LINE]
        goes_on = lines[end - 1].text.rstrip().endswith(("\\", "&&", "|"))
        if not (goes_on or text.lstrip().startswith("#") or _is_command(text)) and (
            _MARK.match(text) or _STRONG.match(text) or not text.isascii() or _PROSE.search(text)
        ):
            break
        end += 1
    return Code(tuple(lines[at:end]), "bash", fenced=False), end


def _commands_follow(lines: Sequence[Line], at: int) -> bool:
    """Return whether a comment and a command, or a command, stand below one blank line."""
    below = lines[at + 1].text[:MAX_LINE] if at + 1 < len(lines) else ""
    if below.startswith("# "):
        return _is_command(_below(lines, at + 1))
    return _is_command(below)


def _python(lines: Sequence[Line], at: int) -> Found | None:
    """Return the longest run of lines that looks like Python, cut where it compiles."""
    ends: list[int] = []
    depth, quote, end = 0, "", at
    while end < min(len(lines), at + MAX_LINES):
        text = lines[end].text[:MAX_LINE]
        if _is_bare(lines[end]):
            ends.append(end)
            while end < len(lines) and _is_bare(lines[end]):
                end += 1
            if end == len(lines) or not (quote or _goes_on(lines[end].text[:MAX_LINE])):
                end = ends.pop()
                break
            continue
        if not (depth or quote or _goes_on(text) or _is_command(text)):
            break
        depth, quote = _left_open(text, depth, quote)
        end += 1
    ends.append(end)
    for stop in reversed(ends[-MAX_TRIES:]):
        if stop > at and _compiles(lines[at:stop]):
            return Code(tuple(lines[at:stop]), "python", fenced=False), stop
    sure = sum(bool(_STRONG.match(line.text[:MAX_LINE])) for line in lines[at:end])
    return (Code(tuple(lines[at:end]), "", fenced=False), end) if sure >= TWO else None


def _goes_on(text: str) -> bool:
    """Return whether a line can stand inside a program."""
    return not _MARK.match(text) and (text[:1] in " \t" or bool(_PYTHON.match(text)))


def _compiles(lines: Sequence[Line]) -> bool:
    """Return whether lines are Python as they stand, prompts and printed output aside."""
    return not snippet.set_apart("\n".join(line.text for line in lines)).broken


def _left_open(text: str, depth: int, quote: str) -> tuple[int, str]:
    """Return the open brackets and the open triple quote after a line of Python."""
    at = 0
    while at < len(text):
        three = text[at : at + 3]
        if quote or three in _TRIPLE:
            at += 3 if three == quote or not quote else 1
            quote = ("" if three == quote else quote) if quote else three
            continue
        sign = text[at]
        if sign == "#":
            break
        if sign in "\"'":
            close = _STRING_END[sign].match(text, at + 1)
            at = close.end() if close else len(text)
            continue
        depth += (sign in "([{") - (sign in ")]}")
        at += 1
    return max(0, depth), quote


_TRIPLE = ('"""', "'''")
_STRING_END = {sign: re.compile(rf"(?:[^{sign}\\]|\\.)*+{sign}") for sign in "\"'"}
