"""Many cards read one after the other: a bad one is said and does not stop the others."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cardkit import inputs
from cardkit.errors import CardkitError, CrashedError, UsageError
from cardkit.ingest import read_record
from cardkit.patterns import regex

MODEL_ID = regex(r"(?![.-])[\w.-]{1,96}/(?![.-])[\w.-]{1,96}")


class Reading(NamedTuple):
    """What came of one card: its record, or why there is none."""

    uri: str
    text: str
    """The card as text; "" where it is none."""
    record: dict[str, Any] | None
    error: CardkitError | None = None


def readings(uris: Sequence[str], *, model_id: str | None = None) -> Iterator[Reading]:
    """Yield what comes of each card, in order.

    A fault of cardkit is raised when there is one card, and one more error among several.
    """
    for uri in uris:
        text = ""
        try:
            card = inputs.read(uri)
            text = card.text
            decoded = inputs.Decoded(card.text, card.encoding, card.problems)
            record = read_record(card.raw, uri=uri, model_id=model_id, decoded=decoded)
        except CardkitError as error:
            error.where = error.where or uri
            yield Reading(uri, text, None, error)
        except Exception as error:
            if len(uris) == 1:
                raise
            yield Reading(uri, text, None, _crash(uri, error))
        else:
            yield Reading(uri, text, record)


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


def _crash(uri: str, error: Exception) -> CrashedError:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return CrashedError(
        f"cardkit failed: {type(error).__name__}: {error} "
        f"({Path(frame.filename).name}:{frame.lineno})",
        where=uri,
        todo="this is a bug of cardkit; read the card alone to see all of it, and report both",
    )
