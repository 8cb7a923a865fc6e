"""Front matter: where it stands in a card, and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cardkit.facts import Problem
from cardkit.patterns import regex
from cardkit.text import Line
from cardkit.vocabulary.front_matter import top
from cardkit.yaml_mends import invalid, salvage
from cardkit.yaml_tree import (
    MAX_CHARACTERS,
    BeyondLimitError,
    BrokenYamlError,
    Node,
    empty,
    get,
    plain,
    repaired,
    scalars,
)
from cardkit.yaml_tree import read as read_yaml

__all__ = ["Node", "Place", "empty", "find", "get", "plain", "read", "scalars", "split"]

BEFORE = 3  # lines of a page or a title that may stand above a front matter
INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"
FENCE = regex(r"\s*-{3,}\s*")
DOTS = regex(r"\.{3}\s*")
HEADING = regex(r"#{1,6}\s+\S")
COMMENT_OPENS = regex(r"\s*<!--")
KEY = regex(r"""(["']?)([A-Za-z_][\w./-]*(?: [\w./-]+){0,3})\1[ \t]*[:：](?:\s|$)""")
LOOSE_KEY = regex(r"""(["']?)([A-Za-z_][\w.-]*)\1[ \t]*[:：](?!//)""")
YAML_LINE = regex(r"-(?:\s|$)|\s|[\]})]|\{[{%}]|$")


class Place(NamedTuple):
    """The lines of a front matter, and the line that the rest of the card goes on with."""

    opens: int
    """The first fence; the first line of the front matter when that fence is missing."""
    start: int
    end: int
    after: int


def split(lines: Sequence[Line]) -> tuple[list[Line], list[Line]] | None:
    """Return the lines of the front matter, without its fences, and the rest of the card.

    None when the card has none; a rule in the body (`---`) is not a fence.
    """
    place = find(lines)
    if place is None:
        return None
    rest = [*lines[: place.opens], *lines[place.after :]]
    return list(lines[place.start : place.end]), rest


def find(lines: Sequence[Line]) -> Place | None:
    """Return where the front matter of a card stands."""
    texts = [line.text for line in lines]
    first = _skip(texts, 0)
    if first == len(texts):
        return None
    if _is_fence(texts[first]):
        return _fenced(texts, first)
    opens, seen = first, 0
    while opens < len(texts) and seen < BEFORE and not _is_fence(texts[opens]):
        seen += bool(texts[opens].strip())
        opens += 1
    if opens < len(texts) and _is_fence(texts[opens]):
        end = _closing(texts, opens + 1)
        if end is not None and known(texts[opens + 1]) and unmistakable(texts[opens + 1 : end], 1):
            return Place(opens, opens + 1, end, end + 1)
    if known(texts[first]):
        end = _closing(texts, first)
        if end is not None and unmistakable(texts[first:end], 2):
            return Place(first, first, end, end + 1)
    return None


def _fenced(texts: list[str], opens: int) -> Place | None:
    """Return the front matter that a fence at the top opens."""
    start = opens + 1
    end = _closing(texts, start)
    last = len(texts) if end is None else end
    stop = _body_begins(texts, start, last, closed=end is not None)
    if stop is not None:
        last, end = stop, None
    if not _starts_like_yaml(texts[start:last], closed=end is not None):
        return None
    return Place(opens, start, last, last if end is None else last + 1)


def _skip(texts: list[str], at: int) -> int:
    """Return where blank lines and comments end."""
    while at < len(texts):
        if COMMENT_OPENS.match(texts[at].lstrip(INVISIBLE)):
            closes = at
            while closes < len(texts) and "-->" not in texts[closes]:
                closes += 1
            if closes == len(texts) or texts[closes].partition("-->")[2].strip():
                return at
            at = closes
        elif texts[at].strip(INVISIBLE).strip():
            return at
        at += 1
    return at


def _is_fence(text: str) -> bool:
    return "---" in text and FENCE.fullmatch(text.strip(INVISIBLE)) is not None


def _closing(texts: list[str], start: int) -> int | None:
    """Return the line that ends a front matter: `---` or `...`, best at the line's beginning."""
    indented = None
    for at in range(start, len(texts)):
        text = texts[at]
        if text.startswith("---") and FENCE.fullmatch(text):
            return at
        if text.startswith("...") and DOTS.fullmatch(text):
            return at
        if indented is None and text[:1] == " " and len(text) < 99 and FENCE.fullmatch(text):
            indented = at
    return indented


def _body_begins(texts: list[str], start: int, last: int, *, closed: bool) -> int | None:
    """Return where Markdown begins in what should be YAML: a front matter without its end."""
    latest = start
    for at in range(last - 1, start - 1, -1):
        if known(texts[at]):
            latest = at
            break
    for at in range(latest + 1, last):
        text = texts[at]
        if HEADING.match(text):
            after = next((t for t in texts[at + 1 : last] if t.strip() and t[0] != "#"), "# ")
            if not _like_yaml(after) or after == "# ":
                return at
        elif not closed and not _like_yaml(text) and text[0] != "#" and not texts[at - 1].strip():
            return at
    return None


def known(text: str) -> bool:
    """Return whether a line begins with a key that cards use at the top."""
    match = LOOSE_KEY.match(text.lstrip(INVISIBLE))
    return match is not None and match[2] in top()


def _like_yaml(text: str) -> bool:
    return YAML_LINE.match(text) is not None or KEY.match(text) is not None or known(text)


def unmistakable(texts: list[str], keys: int) -> bool:
    """Return whether each line is YAML and the first key, or the first ones, are known."""
    tops = [text for text in texts if text.strip() and not YAML_LINE.match(text)]
    tops = [text for text in tops if text[0] != "#"]
    return (
        len(tops) >= keys
        and all(_like_yaml(text) for text in tops)
        and sum(map(known, tops)) >= max(keys, len(tops) / 2)
    )


def _starts_like_yaml(texts: list[str], *, closed: bool) -> bool:
    """Return whether the first line that is no comment is a key, a list or a template."""
    begun = [text for text in texts if text.strip() and text.lstrip()[0] != "#"]
    if not begun:
        return closed and not any(text.strip() for text in texts)
    first = begun[0].strip()
    if known(first):
        return True
    tops = [text for text in begun if not YAML_LINE.match(text)]
    if 0 < len(tops) <= 2 * sum(map(known, tops)):
        return True
    sure = KEY.match(first) or (first[0] == "{" and first[-1] == "}")
    return bool(sure) and closed and all(_like_yaml(text) for text in begun)


def read(lines: Sequence[Line]) -> tuple[Node | None, tuple[Problem, ...]]:
    """Return a front matter as a tree, and what was wrong with it.

    What is not YAML is read key by key; each repair and each loss is a problem.
    """
    if sum(len(line.text) + 1 for line in lines) > MAX_CHARACTERS:
        return None, (invalid(lines, f"more than {MAX_CHARACTERS} characters"),)
    try:
        root, problems = read_yaml(lines)
    except BrokenYamlError as error:
        found, problems = salvage(lines)
        if isinstance(error, BeyondLimitError):
            problems.insert(0, invalid(lines, error.problem))
        return found, tuple(problems)
    if root.kind == "list":
        root, problems = _unlisted(root, problems)
    if root.kind == "map":
        return root, tuple(problems)
    if empty(root.line):
        return Node("map", root.line), tuple(problems)
    found, problems = salvage(lines)
    return found, tuple(problems)


def _unlisted(root: Node, problems: list[Problem]) -> tuple[Node, list[Problem]]:
    """Return the keys of a front matter that was written as a list: `- license: mit`."""
    pairs = tuple(pair for entry in root.entries for pair in entry.pairs)
    if not pairs or not all(entry.pairs for entry in root.entries) or pairs[0][0].text not in top():
        return root, problems
    says = "begins with a dash; keys at the top have none"
    return Node("map", root.line, pairs=pairs), [*problems, repaired(root.line, says)]
