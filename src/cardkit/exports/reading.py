"""The record that an export is made from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cardkit import inputs, records
from cardkit.entries import making, registry
from cardkit.hubs import address, read_card
from cardkit.ingest import read_record


def record_of(written: str, folder: str | None = None) -> Mapping[str, Any]:
    """Return the record of a card, a record.json, a model at a hub, or a registry's entry.

    Raises CardkitError if there is none.
    """
    if written.endswith(".json"):
        return records.load(written).model_dump(mode="json")
    if address.is_uri(written) and not Path(written).exists():
        found = read_card(written)
        return read_record(found.raw, uri=found.pinned, model_id=found.id)
    if Path(written).exists():
        given = inputs.read(written)
        decoded = inputs.Decoded(given.text, given.encoding, given.problems)
        return read_record(given.raw, uri=written, decoded=decoded)
    place = registry.find(folder)
    entry = place.find(written)
    return records.load(place.path(entry.name).with_name(making.RECORD)).model_dump(mode="json")
