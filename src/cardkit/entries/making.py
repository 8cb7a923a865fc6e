"""Entries made from cards: `cardkit add` and `cardkit build`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from cardkit import inputs
from cardkit.entries import building, deriving, files, hub_files, merging, writing, yaml_values
from cardkit.entries.entry import ENTRY_VERSION, Entry
from cardkit.entries.merging import Contradiction
from cardkit.entries.registry import Registry, fold
from cardkit.errors import CardkitError, UsageError
from cardkit.ingest import read_blocks, read_record
from cardkit.noise import clean
from cardkit.patterns import regex
from cardkit.text import lines_of

RECORD = "record.json"
ORDER = tuple(Entry.model_fields)
NAME = regex(r"[a-z0-9][a-z0-9._-]{0,99}")
NO_NAME = regex(r"[^a-z0-9._-]+")


class Made(NamedTuple):
    """An entry as it was made."""

    name: str
    entry: Entry
    tree: dict[str, Any]
    """The entry as plain values, in the order of its file."""
    record: dict[str, Any]
    contradictions: list[Contradiction]
    differences: list[str]
    """Where the card and the model's own files differ, when these were given."""


def make(
    registry: Registry,
    name: str,
    card: str | None = None,
    own_files: str | None = None,
    model_id: str | None = None,
) -> Made:
    """Return the entry of a card, over what was decided before; nothing is written.

    `card` is its path relative to the registry's root; by default the one it was made from.
    `own_files` is a folder with the model's config.json and the files beside it. `model_id` is its
    id on the Hugging Face Hub, as whoever makes the entry knows it.
    """
    path = registry.path(name)
    old: dict[str, Any] = {}
    if path.exists():
        entry = files.load(path)
        old = yaml_values.read(path.read_text(encoding="utf-8"), str(path)).values
        card = card or entry.card
    if model_id:
        given_id = {"value": model_id, "decided": "given by who made this entry"}
        old["hubs"] = {**old.get("hubs", {}), "huggingface": given_id}
    if not card:
        raise CardkitError(
            "it names no card", where=str(path), todo="write card: and its path, or remove it"
        )
    card = relative(registry, registry.root / card)
    given = inputs.read(str(registry.root / card))
    record, fresh = reading(given, card, known_ids(old))
    differences: list[str] = []
    if own_files:
        fresh, differences = hub_files.beside(fresh, hub_files.of_files(own_files))
    sections = {key: part for key, part in old.items() if isinstance(part, dict)}
    merged, contradictions = merging.merge(_without_derived(sections), fresh)
    tree = {
        "schema_version": ENTRY_VERSION,
        "name": name,
        "card": card,
        "card_sha256": record["source"]["sha256"],
        **_derived(_settled(merged, contradictions), path),
    }
    tree = {key: tree[key] for key in ORDER if tree.get(key)}
    entry = files.parse(writing.as_yaml(tree), f"{path}, as it would be made")
    return Made(name, entry, tree, record, contradictions, differences)


def reading(
    given: inputs.Input, uri: str, own_ids: Iterable[str] = ()
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the record of a card, and what the card says of its entry."""
    decoded = inputs.Decoded(given.text, given.encoding, given.problems)
    record = json.loads(json.dumps(read_record(given.raw, uri=uri, decoded=decoded)))
    fresh = building.of_card(record, given.text, own_ids)
    if record.get("prompt"):
        fresh["prompt"] |= _forms(given.text, record["prompt"]["format"])
    return record, fresh


def known_ids(tree: dict[str, Any]) -> list[str]:
    """Return the ids of a model that its entry knows: an example that loads one is its own."""
    leaves = [*tree.get("hubs", {}).values(), *tree.get("names", {}).get("aliases", ())]
    return [leaf["value"] for leaf in leaves if "value" in leaf]


def _derived(tree: dict[str, Any], path: Path) -> dict[str, Any]:
    try:
        return deriving.derive(tree)
    except CardkitError as error:
        raise CardkitError(f"prompt: {error.problem}", where=str(path), todo=error.todo) from error


def _forms(raw: str, format: str) -> dict[str, Any]:  # noqa: A002 - the record's word
    """Return the further forms of a prompt that a card documents: with a system message, turns."""
    from cardkit.prompts.forms import forms_in

    forms = forms_in(read_blocks(raw, clean(lines_of(raw))).card, format)
    found = {"with_system": forms.with_system, "turns": forms.turns}
    return {
        name: {"value": form.text, "card": f"{form.where.start}-{form.where.end}"}
        for name, form in found.items()
        if form
    }


def save(registry: Registry, made: Made) -> bool:
    """Write an entry and its record; return whether the entry's file changed."""
    changed = writing.write(registry.path(made.name), made.tree)
    text = json.dumps(made.record, ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    writing.put(registry.path(made.name).with_name(RECORD), text)
    return changed


def check_name(registry: Registry, name: str) -> None:
    """Refuse a name for a new entry that is taken or none.

    Raises UsageError.
    """
    if not NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} is no name of an entry",
            todo=f"write small letters, digits, - . _: perhaps {_free(registry, fold(name))}",
        )
    if name in registry.names():
        raise UsageError(f"{name} is in the registry", todo=f"remake it: cardkit build {name}")


def _free(registry: Registry, name: str) -> str:
    """Return a name, or one with a number behind it where it is taken."""
    name = NO_NAME.sub("-", name).strip("-._") or "model"
    taken = registry.names()
    numbered = (f"{name}-{number}" for number in count(2))
    return name if name not in taken else next(each for each in numbered if each not in taken)


def relative(registry: Registry, card: str | Path) -> str:
    """Return a card's path relative to the registry's root.

    Raises UsageError if it lies elsewhere: then the registry could not be moved.
    """
    path = Path(card).resolve()
    try:
        return path.relative_to(registry.root.resolve()).as_posix()
    except ValueError:
        raise UsageError(
            f"{card} lies outside {registry.root}",
            todo=f"copy it to {registry.root / 'cards'} first, so that both move together",
        ) from None


def _without_derived(sections: dict[str, Any]) -> dict[str, Any]:
    """Return sections without what is computed: it is computed anew."""
    kept: dict[str, Any] = {}
    for key, part in sections.items():
        if merging.is_leaf(part):
            if "derived" not in part:
                kept[key] = part
        else:
            kept[key] = _without_derived(part) if isinstance(part, dict) else part
    return kept


def _settled(tree: dict[str, Any], contradictions: list[Contradiction]) -> dict[str, Any]:
    """Return sections that hold something or a reason for nothing; a decided reason prevails."""
    for section, holds in (("prompt", "format"), ("example", "number")):
        part = tree.get(section, {})
        none = part.get("none")
        if none is None or holds not in part:
            continue
        if "decided" not in none:
            tree[section] = {key: leaf for key, leaf in part.items() if key != "none"}
            continue
        says = part[holds]["value"]
        if none.get("over") != str(says):
            contradictions.append(Contradiction(f"{section}.none", none["value"], str(says), None))
        tree[section] = {"none": none}
    return tree
