"""Where a model's files come from, and where each value of its entry does."""

from __future__ import annotations

from typing import Any

from cardkit.entries.entry import Entry
from cardkit.entries.origins import Valued
from cardkit.errors import CardkitError

OF_OTHER_HUBS = {"modelscope": "modelscope", "openmind": "modelers", "swift": "modelscope"}
"""The hub that a library loads from: what an example states is true of that hub."""


def origin(value: Valued[Any]) -> str:
    """Return where a value comes from, on one line.

    >>> origin(Valued(value=1, card="120-124"))
    'the card, 120-124'
    """
    if value.card:
        return f"the card, {value.card}"
    if value.hub:
        return f"the hub's {value.hub}"
    if value.decided:
        return f"decided: {' '.join(value.decided.split())}"
    return f"derived from {' '.join(str(value.derived).split())}"


def revision_of(entry: Entry, hub: str) -> str | None:
    """Return the revision that the entry states, if it is one of this hub."""
    if entry.load.revision is None:
        return None
    library = entry.load.library.value if entry.load.library else ""
    others = [name for name in ("huggingface", "modelscope", "modelers") if name != hub]
    own = OF_OTHER_HUBS.get(library, "huggingface") == hub
    alone = not any(getattr(entry.hubs, name) for name in others)
    return entry.load.revision.value if own or alone else None


def fetched(entry: Entry, folder: str) -> list[str]:
    """Return the commands that fetch a model's files into a folder; none without an id."""
    from cardkit.configs.shell import quoted

    hubs = entry.hubs
    for hub, valued, parts in (
        ("huggingface", hubs.huggingface, ("hf download", "--local-dir")),
        ("modelscope", hubs.modelscope, ("modelscope download --model", "--local_dir")),
    ):
        if valued:
            revision = revision_of(entry, hub)
            pinned = f" --revision {quoted(revision)}" if revision else ""
            return [f"{parts[0]} {quoted(valued.value)}{pinned} {parts[1]} {quoted(folder)}"]
    return []


def missing_id(entry: Entry) -> list[str]:
    """Return what to say where no hub's command can fetch the model."""
    if entry.hubs.huggingface or entry.hubs.modelscope:
        return []
    if entry.hubs.modelers:
        there = entry.hubs.modelers.value
        return [f"No command fetches {there} from Modelers: fetch it there and give its folder."]
    return ["No hub's id is known: give the folder that holds the model."]


def one_line(error: CardkitError) -> str:
    """Return an error as one sentence."""
    return f"{error.problem}."
