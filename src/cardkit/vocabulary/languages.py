"""Languages: their names, codes and the spellings that hubs use."""

from __future__ import annotations

from typing import NamedTuple


class Mention(NamedTuple):
    """A language named inside a text."""

    code: str
    start: int
    end: int


def find(text: str) -> str | None:
    """Return the code of one language name, code or alias, or None."""
    return None


def code(text: str) -> str | None:
    """Return a front matter's language code as the Hub writes it, or None."""
    return None


def mentioned(text: str) -> list[Mention]:
    """Return the languages named inside a text, in order."""
    return []
