"""What changed between two cards or two entries, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cardkit import inputs, records
from cardkit.entries import deriving, files, making, merging, registry
from cardkit.entries.entry import Entry

PARTS = ("model", "spec", "variants", "training", "evaluations", "prompt", "examples")
"""Parts of a record that say something of the model."""
KEYS = {
    "evaluations": ("model", "benchmark", "benchmark_text", "num_fewshot", "method", "metric",
                    "split", "group"),
    "variants": ("model_name",),
    "hyperparameters": ("name",),
    "base_model": ("id",),
    "training": ("stage",),
}  # fmt: skip
"""What tells the objects of a list apart, whatever their order."""


class Change(NamedTuple):
    """A field that differs; None on the side that lacks it."""

    field: str
    old: Any
    new: Any


class Side(NamedTuple):
    """One of the two that are compared."""

    name: str
    kind: str
    """`card` or `entry`."""
    fields: dict[str, Any]
    """Of an entry, or of what a card would make of one."""
    record: Mapping[str, Any] | None = None
    ids: tuple[str, ...] = ()
    """Of an entry: the ids that it knows its model by."""


def diff(old: str, new: str, place: registry.Registry | None = None) -> list[Change]:
    """Return what changed; each side is a card, a record.json, a model.yaml or an entry's name.

    Two cards are compared by their records; else both as entries, by their values alone.
    """
    one = side(old, place)
    other = side(new, place, one.ids)
    if other.ids and one.kind == "card":
        one = side(old, place, other.ids)
    if one.record is not None and other.record is not None:
        return changes(record_fields(one.record), record_fields(other.record))
    return changes(one.fields, other.fields)


def side(written: str, place: registry.Registry | None = None, own_ids: Iterable[str] = ()) -> Side:
    """Return what a word of the command line stands for; `own_ids` are more ids of a card's model.

    Raises CardkitError if it is neither a file nor an entry.
    """
    path = Path(written)
    if path.suffix == ".yaml":
        return _of_entry(files.load(path))
    if path.suffix == ".json":
        record = records.load(path).model_dump(mode="json", exclude_none=True)
        return Side(written, "card", {}, record)
    if path.is_file() or written == "-" or path.suffix in inputs.SUFFIXES:
        record, fresh = making.reading(inputs.read(written), written, own_ids)
        merged, _ = merging.merge({}, fresh)
        return Side(written, "card", tree_fields(deriving.derive(merged)), record)
    return _of_entry((place or registry.find()).find(written))


def _of_entry(entry: Entry) -> Side:
    tree = entry.model_dump(mode="json", exclude_none=True)
    return Side(entry.name, "entry", tree_fields(tree), None, tuple(making.known_ids(tree)))


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Return the fields that differ, in the order of the old side, new ones at the end."""
    names = (*old, *(name for name in new if name not in old))
    return [
        Change(name, old.get(name), new.get(name))
        for name in names
        if old.get(name) != new.get(name)
    ]


def tree_fields(tree: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """Return the values of an entry's sections by their paths, without origins."""
    found: dict[str, Any] = {}
    for key, part in tree.items():
        at = f"{path}.{key}" if path else key
        if merging.is_leaf(part):
            found[at] = part["value"]
        elif isinstance(part, Mapping):
            found |= tree_fields(part, at)
        elif isinstance(part, list) and part:
            found[at] = sorted(str(leaf["value"]) for leaf in part)
    return found


def record_fields(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record's values by their fields; the objects of a list by what they are about."""
    found: dict[str, Any] = {}
    for part in PARTS:
        found |= dict(_fields(record.get(part), part, part))
    return found


def _fields(value: Any, at: str, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _fields(each, f"{at}.{key}", key)
    elif isinstance(value, list) and value and all(isinstance(v, Mapping) for v in value):
        for label, each in _named(value, KEYS.get(name, ())):
            keys = KEYS.get(name, ())
            rest = {key: part for key, part in each.items() if key not in (*keys, "table", "text")}
            yield from _fields(rest, f"{at}[{label}]", name)
    elif value not in (None, [], {}):
        yield at, sorted(map(str, value)) if isinstance(value, list) else value


def _named(rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Yield the objects of a list with what tells them apart, a number where nothing does."""
    seen: dict[str, int] = {}
    for i, row in enumerate(rows):
        label = " | ".join(str(row[key]) for key in keys if row.get(key) is not None) or str(i)
        seen[label] = seen.get(label, 0) + 1
        yield (label if seen[label] == 1 else f"{label} #{seen[label]}"), row
