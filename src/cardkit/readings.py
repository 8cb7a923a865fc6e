"""Many cards read one after the other: a bad one is said and does not stop the others."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cardkit import inputs, limits
from cardkit.errors import CardkitError, CrashedError, TimeExceededError, UsageError
from cardkit.ingest import read_record
from cardkit.patterns import regex

if TYPE_CHECKING:
    from cardkit import workers

MODEL_ID = regex(r"(?![.-])[\w.-]{1,96}/(?![.-])[\w.-]{1,96}")


class Given(NamedTuple):
    """A card whose bytes are here already: standard input, or a hub's."""

    raw: bytes
    model_id: str | None = None
    """The id that it has at its hub."""


class Reading(NamedTuple):
    """What came of one card: its record, or why there is none."""

    uri: str
    text: str
    """The card as text; "" where it is none."""
    record: dict[str, Any] | None
    error: CardkitError | None = None


def readings(
    uris: Sequence[str],
    *,
    model_id: str | None = None,
    given: Mapping[str, Given] | None = None,
    reader: str = "cardkit.readings:read",
    seconds: float | None = None,
) -> Iterator[Reading]:
    """Yield what comes of each card, in order; of those from hubs the bytes are given.

    One card is read here, and a fault of cardkit is raised. Several are read by the reader in
    worker processes, each in a number of seconds: a fault, a crash and a hang are one more error.
    """
    known = given or {}
    if len(uris) == 1:
        own = known.get(uris[0])
        yield _read(uris[0], model_id or (own and own.model_id), own and own.raw)
        return
    from cardkit import workers

    budget = limits.most("seconds") if seconds is None else seconds
    if "-" in uris:
        known = {**known, "-": Given(sys.stdin.buffer.read(inputs.LIMIT + 1))}
    tasks = [(uri, known.get(uri)) for uri in uris]
    came = workers.run(reader, tasks, seconds=budget)
    for uri, reading in zip(uris, came, strict=True):
        yield lost(uri, reading, budget) if isinstance(reading, workers.Lost) else reading


def read(task: tuple[str, Given | None]) -> Reading:
    """Return what comes of one card of several; of some the bytes come along."""
    uri, given = task
    try:
        return _read(uri, given and given.model_id, given and given.raw)
    except Exception as error:  # noqa: BLE001 - it becomes this card's error
        return Reading(uri, "", None, _crash(uri, error))


def _read(uri: str, model_id: str | None, raw: bytes | None = None) -> Reading:
    text = ""
    try:
        card = inputs.read(uri, raw)
        text = card.text
        decoded = inputs.Decoded(card.text, card.encoding, card.problems)
        record = read_record(card.raw, uri=uri, model_id=model_id, decoded=decoded)
    except CardkitError as error:
        error.where = error.where or uri
        return Reading(uri, text, None, error)
    return Reading(uri, text, record)


def check_model_id(model_id: str | None, uris: Sequence[str]) -> None:
    """Refuse a model's id that is none, or that is given for several cards.

    Raises UsageError.

    >>> check_model_id("ant", ["card.md"])
    Traceback (most recent call last):
    ...
    cardkit.errors.UsageError: no model id: 'ant'
      → write it as owner/name, as in the address of its page
    """
    if model_id is None:
        return
    if not MODEL_ID.fullmatch(model_id):
        raise UsageError(
            f"no model id: {model_id!r}",
            todo="write it as owner/name, as in the address of its page",
        )
    if len(uris) > 1:
        raise UsageError(
            f"one model id for {len(uris)} cards", todo="give --model-id with one card only"
        )


def lost(uri: str, lost: workers.Lost, seconds: float) -> Reading:
    """Return what is said of a card whose worker is gone."""
    error = (
        TimeExceededError(
            f"reading it took more than {seconds:g} seconds, and was stopped",
            where=uri,
            todo="read the card alone; if it is slow again, report it as a bug with the card",
        )
        if lost.overdue
        else CrashedError(
            f"the process that read it ended with exit code {lost.code}",
            where=uri,
            todo="this is a bug of cardkit or of a library; report it with the card",
        )
    )
    return Reading(uri, "", None, error)


def _crash(uri: str, error: Exception) -> CrashedError:
    import traceback

    frame = traceback.extract_tb(error.__traceback__)[-1]
    return CrashedError(
        f"cardkit failed: {type(error).__name__}: {error} "
        f"({Path(frame.filename).name}:{frame.lineno})",
        where=uri,
        todo="this is a bug of cardkit; read the card alone to see all of it, and report both",
    )
