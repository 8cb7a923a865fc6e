"""A registry: the cards that its entries are made from, and the reports that lie beside them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cardkit import inputs
from cardkit.dataset.rows import Card
from cardkit.dataset.sources.source import Found, Source, opened
from cardkit.entries import files, registry
from cardkit.report import read

PREFIX = "registry:"


def is_one(path: str) -> bool:
    """Return whether it is `registry:`, `registry:FOLDER`, or a folder of entries."""
    return path.startswith(PREFIX) or any(Path(path).glob(f"*/{files.FILE}"))


def size(source: Source) -> int:
    """Return the number of entries: a card has some thousand bytes."""
    return 4096 * len(_place(source).names())


def digest(source: Source) -> str | None:  # noqa: ARG001 - a Kind's
    """Return None: the files must be looked at."""
    return None


def cards(source: Source) -> Iterator[Found]:
    """Yield the card of each entry, in the order of their names.

    Raises CardkitError if an entry or a report cannot be read.
    """
    place = _place(source)
    names = place.names()
    for done, name in enumerate(names, 1):
        entry = place.load(name)
        key = f"{source.name}#{name}"
        reports = tuple(_reports(place.path(name).parent))
        architecture = entry.load.architecture.value if entry.load.architecture else None
        card = Card(key, source.name, b"", entry=name, architecture=architecture, reports=reports)
        if entry.card is None:
            card = card._replace(refused=("no-card", "Its entry names no card."))
        else:
            with opened(str(place.root / entry.card)) as file:
                card = card._replace(raw=file.read(inputs.LIMIT + 1))
        yield Found(card, done / len(names))


def _place(source: Source) -> registry.Registry:
    folder = source.path.removeprefix(PREFIX)
    return registry.find(folder or None)


def _reports(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted((folder / "reports").glob("*.json")):
        report = read(path.read_text(encoding="utf-8", errors="replace"), str(path))
        if not report.rehearsal:  # it proves nothing of the model
            yield report.model_dump(mode="json")
