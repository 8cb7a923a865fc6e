"""A plan made from an entry: which files, which example, which prompt, which layers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from cardkit import inputs
from cardkit.configs.kinds import KINDS, kind_of
from cardkit.entries import asking
from cardkit.entries.deriving import PLAIN
from cardkit.entries.entry import Entry
from cardkit.entries.making import RECORD
from cardkit.entries.registry import Registry
from cardkit.errors import CardkitError, UsageError
from cardkit.hubs import address
from cardkit.plan import LAYERS, Device, Kind, Limits, Plan, Source
from cardkit.tables import pick
from cardkit.vocabulary import load

SEEDS = 1 << 32
"""Seeds that numpy takes, which transformers gives them to."""
UNASKED = ("L9",)
"""Layers that run only when they are named: they need more than the model."""


class Wishes(NamedTuple):
    """What whoever verifies may choose."""

    device: str = "cpu"
    dtype: str | None = None
    layers: Sequence[str] = ()
    """None for all but L9."""
    hub: str | None = None
    revision: str | None = None
    seed: int = 0
    limits: Limits = Limits()
    allow_remote_code: bool = False
    rehearse: bool = False


class PlanError(CardkitError):
    """An entry that no plan can be made of."""

    exit_code = 3

    def __init__(self, code: str, error: CardkitError) -> None:
        super().__init__(error.problem, where=error.where, todo=error.todo)
        self.code = code
        """Of `vocabulary/codes.yaml`."""


def make(registry: Registry, entry: Entry, wishes: Wishes) -> Plan:
    """Return what is to be done with an entry's model.

    Raises UsageError for a wish that is none, PlanError if it cannot be told what the model gives
    or where it is.
    """
    try:
        kind = kind_of(entry)
    except CardkitError as error:
        raise PlanError("card.code_missing", error) from error
    if not 0 <= wishes.seed < SEEDS:
        raise UsageError(f"no seed {wishes.seed}", todo=f"give one from 0 to {SEEDS - 1}")
    source = _source(registry, entry, kind)
    try:
        place = address.of_entry(entry, wishes.hub or _hub(entry, source))
    except UsageError as error:
        if wishes.hub:
            raise
        raise PlanError("hub.not_found", error) from error
    asked = _asked(entry, source)
    return Plan(
        entry=entry,
        hub=cast("Any", place.hub),
        id=place.id,
        revision=wishes.revision or place.revision,
        device=device(wishes.device),
        dtype=cast("Any", wishes.dtype),
        kind=cast("Kind", kind),
        loader=entry.load.loader.value
        if entry.load.loader and entry.load.loader.value.startswith("AutoModel")
        else KINDS[kind].loader,
        source=source,
        asked=asked,
        prompt=_prompt(entry, asked),
        layers=_layers(wishes.layers),
        seed=wishes.seed,
        limits=wishes.limits,
        allow_remote_code=wishes.allow_remote_code,
        rehearsal=wishes.rehearse,
    )


def device(written: str) -> Device:
    """Return a device with its number. Raises UsageError for what is none.

    >>> device("npu")
    'npu:0'
    """
    kind, _, number = written.partition(":")
    if kind not in ("cpu", "cuda", "npu") or (":" in written and not number.isdecimal()):
        raise UsageError(
            f"no device {written!r}", todo="give cpu, cuda, cuda:0, npu or npu:0, or the like"
        )
    if kind == "cpu":
        if number:
            raise UsageError(f"no device {written!r}", todo="the cpu has no number")
        return kind
    return f"{kind}:{int(number or 0)}"


def _layers(named: Sequence[str]) -> tuple[str, ...]:
    """Return the layers that are named, as `L3` or `numerics`; all but L9 where none is."""
    if not named:
        return tuple(name for name in LAYERS if name not in UNASKED)
    names = {name.casefold(): name for name in LAYERS} | {
        title: name for name, title in LAYERS.items()
    }
    wanted = {pick(names, each.strip().casefold(), "layer") for each in named}
    return tuple(name for name in LAYERS if name in wanted)


def _source(registry: Registry, entry: Entry, kind: str) -> Source:
    """Return the card's example for this model; without one, what the prompt can make."""
    example = entry.example
    text = card(registry, entry)
    if example.code is not None:
        span = example.code.span
        printed = text[slice(*span)] if text is not None and span is not None else None
        return Source(origin="card", code=example.code.value, printed=printed)
    because = example.none.value if example.none else "the entry has no example"
    known = entry.prompt.format is not None or kind != "causal"
    printed = _others(registry, entry, text)
    return Source(origin="prompt" if known else "none", because=because, printed=printed)


def card(registry: Registry, entry: Entry) -> str | None:
    """Return the raw card; None where it is not there: then nothing can be shown as printed."""
    if entry.card is None:
        return None
    try:
        return inputs.read(str(registry.root / entry.card)).text
    except CardkitError:
        return None


def _others(registry: Registry, entry: Entry, text: str | None) -> str | None:
    """Return the first example that the card prints, though it is not this model's."""
    path = registry.path(entry.name).with_name(RECORD)
    try:
        record = json.loads(path.read_bytes())
        place = record["evidence"]["/examples/0"]
        return None if text is None else text[place["start"] : place["end"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _hub(entry: Entry, source: Source) -> str | None:
    """Return the hub whose id the card's own example loads; None where that does not tell."""
    revisions = [str(hub) for hub in entry.hubs.revisions]
    for hub in ("huggingface", "modelscope", "modelers"):
        known = getattr(entry.hubs, hub)
        if known is None or source.code is None or source.origin != "card":
            continue
        if any(f"{quote}{known.value}{quote}" in source.code for quote in "'\""):
            same = [
                each
                for each in revisions
                if getattr(entry.hubs, each) and getattr(entry.hubs, each).value == known.value
            ]
            return same[0] if same else hub
    return None


def _asked(entry: Entry, source: Source) -> str:
    """Return the text that is asked: the card's own first input, or cardkit's question."""
    if entry.example.inputs and source.origin == "card":
        return entry.example.inputs[0].value
    begins = entry.prompt.format is None or entry.prompt.format.value == PLAIN
    questions = load("questions.yaml")["begin" if begins else "ask"]
    spoken = [each.value for each in entry.about.languages]
    return str(next((questions[each] for each in spoken if each in questions), questions["en"]))


def _prompt(entry: Entry, asked: str) -> str | None:
    """Return the documented prompt around one text; None where no form takes one text alone."""
    if entry.prompt.format is None and entry.prompt.chat_template is None:
        return None
    try:
        return asking.render(entry, [{"role": "user", "content": asked}])
    except CardkitError:
        return None
