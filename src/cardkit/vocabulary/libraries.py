"""Libraries that load models, and the Hub's pipeline tags."""

from __future__ import annotations

from typing import NamedTuple


class Library(NamedTuple):
    """A library that loads models."""

    id: str
    """The Hub's library id."""
    hub: str | None
    """The hub that it loads from when told nothing else."""
    entry_points: tuple[str, ...]


def find(text: str) -> Library | None:
    """Return the library behind an import name, front matter word or framework name, or None."""
    return None


def of_entry_point(name: str) -> Library | None:
    """Return the library that a class or function is characteristic of, or None."""
    return None


def pipeline_tag(text: str) -> str | None:
    """Return the Hub's pipeline tag for a tag or a ModelScope task, or None."""
    return None
