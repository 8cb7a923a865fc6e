"""What stands between an example as a card prints it and code that parses.

Prompts and lines for the shell go, lost indentation was restored; each is said as a change.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from cardkit.plan import Change
from cardkit.rewrites.refused import RefusedError
from cardkit.snippets.snippet import GOES_ON as CONTINUED
from cardkit.snippets.snippet import PROMPT, SHELL_LINE, parse, set_apart

SHELL = "installs and lines for a shell are no Python"
PROMPTS = "the prompts of an interactive session are no Python"
INDENTED = "the page lost the indentation"
MENDED = "the page changed the characters"
UNPARSABLE = "the example is no Python that parses"
APART = "it is what the code printed, or a line that is no code"


def code_of(source: str) -> str:
    """Return the Python of an example, its prompts and lines for the shell set apart.

    Raises RefusedError where it does not parse.
    """
    text = source.replace("\r\n", "\n").replace("\r", "\n")
    if parse(text) is not None:
        return text
    snippet = set_apart(text)
    if snippet.tree is None:
        raise RefusedError("card.code_unparsable", UNPARSABLE)
    return snippet.code


def changes(printed: str, code: str) -> Iterator[Change]:
    """Yield what was done to an example before it parsed; the lines are the code's."""
    old = [line.rstrip() for line in printed.replace("\r\n", "\n").strip("\n").split("\n")]
    new = [line.rstrip() for line in code.split("\n")]
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "equal":
            continue
        yield from _runs(old[i:j], new[k:m], min(k + 1, len(new)))


def _runs(old: list[str], new: list[str], line: int) -> Iterator[Change]:
    """Yield the changes of some lines that became others."""
    left = [(number, text) for number, text in enumerate(new) if text.strip()]
    before: list[str] = []
    after: list[str] = []
    rule = because = ""
    start = line
    at = 0
    for text in old:
        if not text.strip():
            continue
        came = left[at] if at < len(left) else None
        found = _rule(text, came[1] if came else None)
        if found[2]:
            at += 1
        if found[0] != rule and before:
            yield _change(rule, start, before, after, because)
            before, after = [], []
        if not before:
            start = line + (came[0] if came else max(0, len(new) - 1))
        rule, because = found[:2]
        before.append(text)
        after += [came[1]] if came and found[2] else []
    if before:
        yield _change(rule, start, before, after, because)
    if at < len(left):
        added = [text for _, text in left[at:]]
        yield _change("characters", line + left[at][0], [], added, MENDED)


def _rule(text: str, came: str | None) -> tuple[str, str, bool]:
    """Return the rule that a printed line fell under, why, and whether it became a line."""
    if came is not None and text.strip() == came.strip():
        return "indentation", INDENTED, True
    for prompt in (PROMPT, CONTINUED):
        match = prompt.match(text)
        if match and came is not None and text[match.end() :].strip() == came.strip():
            return "prompts", PROMPTS, True
        if match and not text[match.end() :].strip():
            return "prompts", PROMPTS, False
    if SHELL_LINE.match(text):
        return "shell_lines", SHELL, False
    if came is None or text.strip() not in (came.strip(),):
        same = came is not None and _letters(text) == _letters(came)
        return ("characters", MENDED, True) if same else ("output", APART, False)
    return "characters", MENDED, True


def _letters(text: str) -> str:
    """Return the characters of a line that no page changes: letters and digits."""
    return "".join(sign for sign in text if sign.isalnum())


def _change(rule: str, line: int, before: list[str], after: list[str], because: str) -> Change:
    return Change(
        rule=rule,
        line=line,
        before="\n".join(before),
        after="\n".join(after),
        because=because,
        code="card.code_repaired" if rule in ("indentation", "characters") else None,
    )
