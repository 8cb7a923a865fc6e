"""Libraries that load models, and the Hub's pipeline tags."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from cardkit.vocabulary import fold, load, spread


class Library(NamedTuple):
    """A library that loads models."""

    id: str
    """The Hub's library id; the import name for a library that the Hub does not list."""
    hub: str | None
    """The hub that it loads from when told nothing else; None when it loads from no hub."""
    entry_points: tuple[str, ...] = ()
    """Classes and functions that no other library has."""


@lru_cache(maxsize=1)
def _rows() -> dict[str, dict[str, str | None]]:
    return load("libraries.yaml")  # type: ignore[no-any-return]


@lru_cache(maxsize=1)
def libraries() -> dict[str, Library]:
    """Return the libraries by id."""
    return {
        key: Library(key, row["hub"], tuple(spread(row.get("entry_points"))))
        for key, row in _rows().items()
    }


@lru_cache(maxsize=1)
def names() -> dict[str, str]:
    """Return each folded name of a library with its id."""
    return {
        fold(name): key for key, row in _rows().items() for name in [key, *spread(row.get("also"))]
    }


@lru_cache(maxsize=1)
def own_labels() -> dict[str, frozenset[str]]:
    """Return the folded settings that mean something else in a library, by its folded name."""
    return {
        fold(key): frozenset(map(fold, spread(row["labels"])))
        for key, row in _rows().items()
        if "labels" in row
    }


@lru_cache(maxsize=1)
def _of_entry_points() -> dict[str, str]:
    return {name: key for key, library in libraries().items() for name in library.entry_points}


def find(text: str) -> Library | None:
    """Return the library behind an import name, front matter word or framework name, or None.

    An import's first part decides when the whole is not known.

    >>> find("sentence_transformers").id, find("nemo.collections.asr.models").id
    ('sentence-transformers', 'nemo')
    >>> find("openmind").hub, find("os")
    ('modelers', None)
    """
    text = text.strip()
    if len(text) > 80:
        return None
    key = names().get(fold(text)) or names().get(fold(text.split(".", 1)[0]))
    return libraries()[key] if key else None


def of_entry_point(name: str) -> Library | None:
    """Return the library that alone has a class or function, or None.

    >>> of_entry_point("SentenceTransformer").id, of_entry_point("AutoModelForCausalLM")
    ('sentence-transformers', None)
    """
    key = _of_entry_points().get(name)
    return libraries()[key] if key else None


@lru_cache(maxsize=1)
def _tags() -> dict[str, str]:
    rows: dict[str, str | None] = load("tasks.yaml")
    return {fold(name): tag for tag, row in rows.items() for name in [tag, *spread(row)]}


def pipeline_tag(text: str) -> str | None:
    """Return the Hub's pipeline tag for a tag or a ModelScope task, or None.

    >>> pipeline_tag("auto-speech-recognition"), pipeline_tag("Text Generation")
    ('automatic-speech-recognition', 'text-generation')
    """
    return _tags().get(fold(text)) if len(text) <= 80 else None
