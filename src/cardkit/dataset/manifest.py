"""The manifest: which parts a data set is made of, and which sources they came from."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from cardkit import __version__
from cardkit.dataset.parts import LAYOUT, fingerprint
from cardkit.dataset.shelf import Shelf
from cardkit.errors import CardkitError

FILE = "manifest.json"


class Part(NamedTuple):
    """A part of a source."""

    name: str
    cards: int


class Known(NamedTuple):
    """A source as it was when it was last read."""

    kind: str
    place: str
    """A digest of where it lay, so that another one of the same name is noticed."""
    digest: str | None
    """Of its content, where it is one file."""
    parts: tuple[Part, ...]


class File(NamedTuple):
    """A file of a table."""

    rows: int
    bytes: int
    sha256: str


class Manifest(NamedTuple):
    """All of it."""

    cardkit: str = __version__
    fingerprint: str = ""
    """Of the cardkit that built it; parts of another one are made anew."""
    sources: dict[str, Known] = {}  # noqa: RUF012 - a NamedTuple's; never changed
    files: dict[str, File] = {}  # noqa: RUF012

    def as_json(self) -> bytes:
        """Return it as it is written."""
        sources = {
            name: {**known._asdict(), "parts": [part._asdict() for part in known.parts]}
            for name, known in self.sources.items()
        }
        tree: dict[str, Any] = {
            "layout": LAYOUT,
            "cardkit": self.cardkit,
            "fingerprint": self.fingerprint,
            "sources": sources,
            "files": {name: file._asdict() for name, file in self.files.items()},
        }
        return (json.dumps(tree, ensure_ascii=False, indent=1) + "\n").encode()


def read(shelf: Shelf) -> Manifest | None:
    """Return the manifest of a data set; None where there is none.

    Raises CardkitError if it cannot be read, or is of another layout.
    """
    raw = shelf.get(FILE)
    if raw is None:
        return None
    try:
        tree = json.loads(raw)
        if tree["layout"] != LAYOUT:
            raise CardkitError(
                f"it was built in layout {tree['layout']}; this cardkit knows {LAYOUT}",
                where=shelf.path(FILE),
                todo="build into another folder",
            )
        sources = {
            name: Known(**{**known, "parts": tuple(Part(**part) for part in known["parts"])})
            for name, known in tree["sources"].items()
        }
        files = {name: File(**file) for name, file in tree["files"].items()}
        return Manifest(tree["cardkit"], tree["fingerprint"], sources, files)
    except (ValueError, KeyError, TypeError) as error:
        raise CardkitError(
            f"it is no manifest of a data set: {error}",
            where=shelf.path(FILE),
            todo="build into another folder",
        ) from error


def new() -> Manifest:
    """Return the manifest of an empty data set."""
    return Manifest(fingerprint=fingerprint())
