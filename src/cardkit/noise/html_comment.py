"""HTML comments: what they hold is set aside, and one that never closes is reported.

Seen on: 123 of 454 cards: hints of templates, whole examples and tables. The block scanner reads
what stands in them; here they are only counted.
"""

from __future__ import annotations

from cardkit.facts import Problem
from cardkit.noise import Repaired, text_of
from cardkit.text import Line, Span, whole

OPENS, CLOSES = "<!--", "-->"


def repair(lines: list[Line]) -> Repaired | None:
    """Count the comments; report one that never closes, or opens again before it closes."""
    if OPENS not in text_of(lines):
        return None
    comments: list[Line] = []
    problems: list[Problem] = []
    opened: Line | None = None
    fence = ""
    for line in lines:
        text, at = line.text, 0
        bare = text.lstrip()
        if opened is None and bare.startswith(fence or ("```", "~~~")):
            fence = "" if fence else bare[:3]
            continue
        if fence:
            continue
        while True:
            mark = CLOSES if opened is not None else OPENS
            found = text.find(mark, at)
            again = text.find(OPENS, at, found if found >= 0 else len(text)) if opened else -1
            if again >= 0 and opened is not None:
                problems.append(_unclosed(opened, "opens again before it closes"))
            if found < 0:
                break
            if opened is None:
                opened = line[found : found + 4]
                at = found + 4
            else:
                comments += [opened, line[found : found + 3]]
                opened, at = None, found + 3
    if opened is not None:
        problems.append(_unclosed(opened, "never closes"))
        comments += [opened, opened]
    if not comments:
        return None
    return Repaired(lines, len(comments) // 2, whole(comments), problems=tuple(problems[:1]))


def _unclosed(opened: Line, how: str) -> Problem:
    return Problem(
        "comment-unclosed",
        "warning",
        f"A comment {how}, so a page may hide what follows. Close it with -->.",
        Span(*opened.span()),
    )
