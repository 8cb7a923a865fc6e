"""What a source is, and how its bytes are opened, here or far."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, NamedTuple

from cardkit.dataset import far
from cardkit.dataset.far import is_far
from cardkit.dataset.rows import Card
from cardkit.errors import CardkitError, UsageError
from cardkit.hubs.address import ID
from cardkit.vocabulary import load

BLOCK = 1 << 20


class Choice(NamedTuple):
    """Which columns of a table hold ids and cards, where the user says so."""

    id: str | None = None
    card: str | None = None


class Source(NamedTuple):
    """Where cards come from."""

    name: str
    """Unique in a data set; keys of its cards begin with it."""
    kind: str
    """A row of KINDS."""
    path: str
    """As it was given."""
    choice: Choice = Choice()
    kept: str | None = None
    """Where what was fetched is kept, so that it is not fetched again."""


class Found(NamedTuple):
    """A card of a source."""

    card: Card
    share: float
    """How much of the source has been read, 0 to 1."""
    row: int | None = None
    """Its row in a file of rows, from 0; None where cards have paths."""


def row_card(source: Source, row: int, given_id: object, card: object) -> Card:
    """Return the card of a row: its key is the row's number, and the id is used where it is one."""
    key = f"{source.name}#{row}"
    said = None if given_id is None else str(given_id)
    model_id = said if said is not None and ID.fullmatch(said) else None
    if isinstance(card, str):
        raw = card.encode("utf-8", "surrogatepass")
    elif isinstance(card, bytes):
        raw = card
    elif card is None:
        raw = b""
    else:
        return refused(source, row, f"Its card is no text but {type(card).__name__}.", said)
    return Card(key, source.name, raw, model_id, said)


def refused(source: Source, row: int, why: str, given_id: str | None = None) -> Card:
    """Return a row that holds no card, with the reason."""
    key = f"{source.name}#{row}"
    return Card(key, source.name, b"", given_id=given_id, refused=("no-card", why))


def chosen(source: Source, columns: list[str]) -> Choice:
    """Return which of a table's columns hold the ids and the cards.

    Raises UsageError if there is no column for cards; ids may be missing.
    """
    words = load("dump_columns.yaml")
    found = {}
    for what in ("id", "card"):
        given = getattr(source.choice, what)
        if given is not None and given not in columns:
            raise UsageError(
                f"it has no column {given!r}",
                where=source.path,
                todo=f"its columns are {', '.join(columns)}",
            )
        found[what] = given or next((word for word in words[what] if word in columns), None)
    if found["card"] is None:
        raise UsageError(
            "no column is known to hold cards",
            where=source.path,
            todo=f"name it with --card-column; the columns are {', '.join(columns)}",
        )
    return Choice(found["id"], found["card"])


@contextmanager
def opened(path: str) -> Iterator[IO[bytes]]:
    """Open a file for reading, here or far.

    Raises CardkitError if it cannot be.
    """
    try:
        with far.opened(path) if is_far(path) else open(path, "rb") as file:
            yield file
    except (OSError, EOFError, zlib.error) as error:  # of reading, and of taking apart what is read
        reason = getattr(error, "strerror", None) or str(error)
        raise CardkitError(
            f"it cannot be read: {reason[:1].lower()}{reason[1:]}",
            where=path,
            todo="check the path, and that it may be read; then run the same command again",
        ) from error


def size_of(path: str) -> int:
    """Return the bytes of a file, here or far."""
    if is_far(path):
        return int(far.about(path).get("size") or 0)
    with opened(path):
        return os.path.getsize(path)


def digest_of(path: str, *also: Any) -> str | None:
    """Return a digest of a file's bytes; of a far one what its store tells that it is unchanged."""
    digest = hashlib.sha256(repr(also).encode())
    if is_far(path):
        if (told := far.digest(path)) is None:
            return None
        digest.update(told.encode())
    else:
        with opened(path) as file:
            while block := file.read(BLOCK):
                digest.update(block)
    return digest.hexdigest()
