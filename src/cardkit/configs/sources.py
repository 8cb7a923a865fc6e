"""Where a model's files come from, and where each value of its entry does."""

from __future__ import annotations

from typing import Any

from cardkit.configs.shell import quoted
from cardkit.entries.entry import Entry, Hub
from cardkit.entries.origins import Valued

FETCHES: dict[Hub, tuple[str, str]] = {
    "huggingface": ("hf download", "--local-dir"),
    "modelscope": ("modelscope download --model", "--local_dir"),
}
"""The commands of the hubs' own packages (huggingface_hub 1.0, modelscope), the first that fits."""

OUTTYPES = {"float32": "f32", "float16": "f16", "bfloat16": "bf16"}
"""`--outtype` of convert_hf_to_gguf.py, by number format."""


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


def revision_of(entry: Entry, hub: Hub) -> str | None:
    """Return the revision that the entry states for a hub."""
    found = entry.hubs.revisions.get(hub)
    return found.value if found else None


def fetched(entry: Entry, folder: str) -> list[str]:
    """Return the commands that fetch a model's files into a folder; none without an id."""
    for hub, (download, into) in FETCHES.items():
        valued = getattr(entry.hubs, hub)
        if valued:
            revision = revision_of(entry, hub)
            pinned = f" --revision {quoted(revision)}" if revision else ""
            return [f"{download} {quoted(valued.value)}{pinned} {into} {quoted(folder)}"]
    return []


def converted(entry: Entry, folder: str) -> str:
    """Return the command of llama.cpp that makes a GGUF file of a folder."""
    dtype = entry.load.dtype.value if entry.load.dtype else ""
    outtype = f" --outtype {OUTTYPES[dtype]}" if dtype in OUTTYPES else ""
    return f"python convert_hf_to_gguf.py {folder} --outfile {folder}.gguf{outtype}"


def missing_id(entry: Entry) -> list[str]:
    """Return what to say where no hub's command can fetch the model."""
    if entry.hubs.huggingface or entry.hubs.modelscope:
        return []
    if entry.hubs.modelers:
        there = entry.hubs.modelers.value
        return [f"No command fetches {there} from Modelers: fetch it there and give its folder."]
    return ["No hub's id is known: give the folder that holds the model."]
