"""Plans for tests, from an entry: what `verify` decides, in a few lines."""

from __future__ import annotations

from typing import Any

from cardkit.configs.kinds import KINDS, kind_of
from cardkit.entries import asking
from cardkit.entries.entry import Entry
from cardkit.errors import CardkitError
from cardkit.plan import Plan, Source

PACKAGES = {"torch": "2.13.0", "transformers": "5.23.0", "accelerate": "1.15.0", "numpy": "2.4.6"}
ASKED = "Why is the sky blue?"


def plan_of(entry: Entry, device: str = "cpu", printed: str | None = None, **more: Any) -> Plan:
    """Return the plan of an entry's model on a device."""
    kind = kind_of(entry)
    hubs = entry.hubs
    known = {"huggingface": hubs.huggingface, "modelscope": hubs.modelscope}
    hub, name = next(
        ((hub, each.value) for hub, each in known.items() if each), ("huggingface", "none/none")
    )
    asked = entry.example.inputs[0].value if entry.example.inputs else ASKED
    told: dict[str, Any] = {
        "entry": entry, "hub": hub, "id": name, "device": device, "kind": kind,
        "loader": KINDS[kind].loader, "source": source_of(entry, printed), "asked": asked,
        "prompt": prompt_of(entry, asked),
    }  # fmt: skip
    return Plan(**told | more)


def prompt_of(entry: Entry, asked: str) -> str | None:
    """Return the documented prompt around a text."""
    try:
        return asking.asked(entry, asked)
    except CardkitError:
        return None


def source_of(entry: Entry, printed: str | None) -> Source:
    """Return where an entry's example comes from."""
    example = entry.example
    if example.code:
        return Source(origin="card", code=example.code.value, printed=printed)
    if example.number:
        return Source(origin="card", because="it does not compile", printed=printed)
    because = example.none.value if example.none else "the card has no example"
    return Source(origin="prompt", because=because)
