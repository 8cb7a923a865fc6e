"""From a card of a source to its rows: what a worker does."""

from __future__ import annotations

from typing import Any, NamedTuple

from cardkit import readings
from cardkit.dataset.tables import TABLES, Rows
from cardkit.errors import CardkitError


class Card(NamedTuple):
    """A card as a source gives it."""

    key: str
    """The source's name, `#`, and the card's path, row or id there."""
    source: str
    raw: bytes
    model_id: str | None = None
    """Its id at the Hugging Face Hub, where the source has one that is one."""
    given_id: str | None = None
    """What the source has beside the card, as it stands."""
    entry: str | None = None
    """The registry's entry that is made from it."""
    architecture: str | None = None
    """The class that this entry names."""
    reports: tuple[dict[str, Any], ...] = ()
    """What `cardkit verify` found of this entry."""
    refused: tuple[str, str] | None = None
    """A problem's code and message, where the source has no card to give."""


def read(card: Card) -> Rows:
    """Return the rows of a card: those of its record, or of the reason why it has none."""
    rows: Rows = {}
    if card.refused:
        rows["problems"] = [refusal(card.key, *card.refused)]
    else:
        given = readings.Given(card.raw, card.model_id)
        reading = readings.read((card.key, given))
        if reading.record is None:
            assert reading.error is not None  # noqa: S101 - one of them is there
            rows["problems"] = [failure(card.key, reading.error)]
        else:
            rows = of_record(card, reading.record)
    if card.reports:
        table = TABLES["verifications"]
        rows["verifications"] = [
            table.row((card.key, number), report) for number, report in enumerate(card.reports)
        ]
    return rows


def of_record(card: Card, record: dict[str, Any]) -> Rows:
    """Return the rows of a record."""
    key = card.key
    own = (key, card.source, card.given_id, card.entry, card.architecture)
    rows: Rows = {"models": [TABLES["models"].row(own, record)]}
    for name in ("variants", "evaluations", "examples", "problems", "unread"):
        if things := record.get(name):
            rows[name] = _listed(name, key, things)
    if repairs := record["source"]["repairs"]:
        rows["repairs"] = _listed("repairs", key, repairs)
    if setups := record.get("training"):
        rows["trainings"] = _listed("trainings", key, setups)
        row = TABLES["hyperparameters"].row
        rows["hyperparameters"] = [
            row((key, at, number, setup.get("stage"), *_value(each["value"])), each)
            for at, setup in enumerate(setups)
            for number, each in enumerate(setup.get("hyperparameters", ()))
        ]
    rows["evidence"] = [
        (key, pointer, each["start"], each["end"], each["text"], each["rule"])
        for pointer, each in record["evidence"].items()
    ]
    return rows


def failure(key: str, error: CardkitError, number: int = 0) -> tuple[Any, ...]:
    """Return the row of a card that could not be read."""
    code = str(getattr(error, "code", "no-card"))
    todo = f" {error.todo[:1].upper()}{error.todo[1:]}." if error.todo else ""
    return refusal(key, code, f"{error.problem[:1].upper()}{error.problem[1:]}.{todo}", number)


def refusal(key: str, code: str, message: str, number: int = 0) -> tuple[Any, ...]:
    """Return the row that says why a card, or a value of it, is missing."""
    thing = {"code": code, "severity": "error", "message": message}
    return TABLES["problems"].row((key, number), thing)


def _listed(name: str, key: str, things: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    row = TABLES[name].row
    return [row((key, number), thing) for number, thing in enumerate(things)]


def _value(value: Any) -> tuple[str, float | None]:
    """Return a setting as text and, where it is one, as a number.

    >>> _value(2e-05), _value("AdamW"), _value(True)
    (('2e-05', 2e-05), ('AdamW', None), ('true', None))
    """
    if isinstance(value, bool):
        return ("true" if value else "false"), None
    if isinstance(value, (int, float)):
        return str(value), float(value)
    return str(value), None
