"""Where the registry lies, and which entry a name means."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from cardkit.entries import files
from cardkit.entries.entry import Entry
from cardkit.errors import CardkitError, UsageError
from cardkit.tables import nearest, pick

VARIABLE = "CARDKIT_REGISTRY"
HERE = Path(__file__).parents[1]


class Registry(NamedTuple):
    """A folder of entries, one folder each."""

    folder: Path

    @property
    def root(self) -> Path:
        """The folder that paths of cards are relative to."""
        return self.folder.parent

    def names(self) -> list[str]:
        """Return the names of its entries, sorted."""
        return sorted(path.parent.name for path in self.folder.glob(f"*/{files.FILE}"))

    @property
    def is_ours(self) -> bool:
        """Whether it lies in the installed package, where no entry is to be made or changed."""
        return self.folder == HERE / "shipped" / "registry"

    def path(self, name: str) -> Path:
        """Return the file of an entry."""
        return self.folder / name / files.FILE

    def load(self, name: str) -> Entry:
        """Return an entry by the name of its folder."""
        entry = files.load(self.path(name))
        if entry.name != name:
            raise CardkitError(
                f"it calls itself {entry.name!r}",
                where=str(self.path(name)),
                todo=f"write name: {name}, as its folder is called",
            )
        return entry

    def entries(self) -> dict[str, Entry]:
        """Return all entries; the first one that cannot be read raises."""
        return {name: self.load(name) for name in self.names()}

    def find(self, name: str) -> Entry:
        """Return the entry that a name, an alias or a hub id means.

        Raises UnknownNameError, with the nearest names, if there is none.
        """
        if name in self.names():
            return self.load(name)
        entries = self.entries()
        owners = known(entries)
        meant = owners.get(fold(name), set())
        if len(meant) > 1:
            raise UsageError(
                f"{name!r} names {len(meant)} models", todo=f"say {' or '.join(sorted(meant))}"
            )
        if meant:
            return entries[meant.pop()]
        spelled = {spelling: entry for entry in entries.values() for spelling in called(entry)}
        return pick(spelled if nearest(spelled, name) else entries, name, "model")


def find(folder: str | Path | None = None, *, make: bool = False) -> Registry:
    """Return the registry: the folder given, $CARDKIT_REGISTRY, ./registry (here or above), ours.

    Where one is to `make` entries, it may be new: ./registry, and never ours.
    Raises UsageError if a folder was given and is none.
    """
    given = folder or os.environ.get(VARIABLE)
    if given:
        if not make and not Path(given).is_dir():
            raise UsageError(
                f"no registry at {given}", todo="give the folder that holds <name>/model.yaml"
            )
        return Registry(Path(given))
    for above in (Path.cwd(), *Path.cwd().parents):
        if any((above / "registry").glob(f"*/{files.FILE}")):
            return Registry(above / "registry")
    return Registry(Path.cwd() / "registry") if make else shipped()


def shipped() -> Registry:
    """Return the registry that comes with cardkit."""
    for root in (HERE / "shipped", HERE.parents[1]):  # in a wheel; in a checkout
        if any((root / "registry").glob(f"*/{files.FILE}")):
            return Registry(root / "registry")
    raise CardkitError(
        "there is no registry here", todo="make an entry: cardkit add CARD --name NAME"
    )


def known(entries: Mapping[str, Entry]) -> dict[str, set[str]]:
    """Return the entries that each folded name means: more than one is a fault of the registry."""
    owners: dict[str, set[str]] = {}
    for name, entry in entries.items():
        for spelling in called(entry):
            owners.setdefault(fold(spelling), set()).add(name)
    return owners


def called(entry: Entry) -> list[str]:
    """Return all that an entry is called: its name, title, aliases, and hub ids."""
    ids = (entry.hubs.huggingface, entry.hubs.modelscope, entry.hubs.modelers)
    valued = (entry.names.title, *entry.names.aliases, *ids)
    return [entry.name, *(each.value for each in valued if each)]


def fold(name: str) -> str:
    """Return a name as it is compared: case, blanks and underscores aside.

    >>> fold("Tulu 2_13B")
    'tulu-2-13b'
    """
    return "-".join(name.casefold().replace("_", " ").replace("-", " ").split())
