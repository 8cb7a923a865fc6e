"""Findings as a person, a program or a code review reads them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from cardkit.lint import ORDER, Finding
from cardkit.shown.terminal import Paint, cells, clip, plain, visible

WINDOW = 96
"""Columns of a source line that are shown."""
LEVELS = {"error": "error", "warning": "warning", "note": "notice"}
"""Severities as GitHub's workflow commands call them."""


def as_text(findings: Sequence[Finding], paint: Paint = plain) -> str:
    """Return findings for a person, with the text underlined."""
    return "\n".join("\n".join(_lines(finding, paint)) for finding in findings)


def as_json(findings: Sequence[Finding], paint: Paint = plain) -> str:  # noqa: ARG001
    """Return findings as an array of JSON."""
    return json.dumps([_object(finding) for finding in findings], ensure_ascii=False, indent=2)


def as_github(findings: Sequence[Finding], paint: Paint = plain) -> str:  # noqa: ARG001
    """Return findings as workflow commands, which GitHub shows beside the lines of a change.

    https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    """
    return "\n".join(map(_command, findings))


FORMATS: dict[str, Callable[..., str]] = {"text": as_text, "json": as_json, "github": as_github}


def tally(findings: Sequence[Finding], cards: int, paint: Paint = plain) -> str:
    """Return how many findings there are.

    >>> tally([], 2)
    'no problems in 2 cards'
    """
    count = Counter(finding.severity for finding in findings)
    parts = [paint(f"{count[s]} {s}{'s' * (count[s] > 1)}", s) for s in ORDER if count[s]]
    return f"{', '.join(parts) or 'no problems'} in {cards} card{'s' * (cards != 1)}"


def _lines(finding: Finding, paint: Paint) -> list[str]:
    place = f"{visible(finding.uri)}:{finding.start.line}:{finding.start.column}"
    severity = paint(finding.severity, finding.severity)
    head = f"{paint(place, 'title')}: {severity}: {visible(finding.message)} "
    lines = [head + paint(f"[{finding.code}]", "label")]
    about_all = finding.start == finding.end == (1, 1)
    if finding.source.strip() and not about_all:
        shown, before, marked = _window(finding)
        number = str(finding.start.line)
        lines += [
            f"  {paint(number + ' |', 'label')} {shown}",
            f"  {' ' * len(number)} {paint('|', 'label')} {' ' * before}"
            + paint("^" * marked, finding.severity),
        ]
    return [*lines, f"  → {visible(finding.todo)}"]


def _window(finding: Finding) -> tuple[str, int, int]:
    """Return the part of the source line to show, the columns before the mark, and of the mark."""
    source = visible(finding.source)
    start = min(finding.start.column - 1, len(source))
    end = finding.end.column - 1 if finding.end.line == finding.start.line else len(source)
    left = 0
    if cells(source[: min(end, start + WINDOW)]) > WINDOW:
        left = max(0, start - WINDOW // 4)
    dots = "…" if left else ""
    shown = clip(dots + source[left : left + WINDOW + 1], WINDOW)
    before = cells(dots + source[left:start])
    marked = min(cells(source[start : min(end, start + WINDOW)]), cells(shown) - before)
    return shown, before, max(1, marked)


def _object(finding: Finding) -> dict[str, Any]:
    return {
        "uri": finding.uri,
        "line": finding.start.line,
        "column": finding.start.column,
        "end_line": finding.end.line,
        "end_column": finding.end.column,
        "severity": finding.severity,
        "code": finding.code,
        "message": finding.message,
        "todo": finding.todo,
    }


def _command(finding: Finding) -> str:
    where = {"file": finding.uri, "line": finding.start.line, "endLine": finding.end.line}
    if finding.start.line == finding.end.line:
        where |= {"col": finding.start.column, "endColumn": finding.end.column}
    where |= {"title": finding.code}
    written = ",".join(f"{key}={_escaped(str(value), ':,')}" for key, value in where.items())
    message = _escaped(f"{finding.message} {finding.todo}")
    return f"::{LEVELS[finding.severity]} {written}::{message}"


def _escaped(text: str, signs: str = "") -> str:
    for sign in "%\r\n" + signs:
        text = text.replace(sign, f"%{ord(sign):02X}")
    return text
