"""What is wrong with the registry: `cardkit check`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Literal, NamedTuple

from cardkit.entries import deriving, making, registry, sizes
from cardkit.entries.entry import Entry
from cardkit.entries.making import Made
from cardkit.entries.registry import Registry
from cardkit.errors import CardkitError
from cardkit.values.printed import rounds_to

Severity = Literal["error", "warning"]
Complaint = tuple[Severity, str, str]
"""How bad, what is wrong, what to do."""


class Fault(NamedTuple):
    """Something wrong with an entry."""

    entry: str
    code: str
    severity: Severity
    message: str
    todo: str


def faults(place: Registry, names: list[str] | None = None) -> Iterator[Fault]:
    """Yield what is wrong with entries; with all of them, and with their names, by default."""
    entries: dict[str, Entry] = {}
    for name in place.names():
        try:
            entries[name] = place.load(name)
        except CardkitError as error:
            if names is None or name in names:
                yield Fault(name, "entry-unreadable", "error", _one_line(error), error.todo)
    for name in names or entries:
        if name in entries:
            yield from _of_entry(place, name, entries[name])
    yield from _shared_names(entries, names)


def _of_entry(place: Registry, name: str, entry: Entry) -> Iterator[Fault]:
    try:
        made = making.make(place, name)
    except CardkitError as error:
        yield Fault(name, "card-unreadable", "error", _one_line(error), error.todo)
    else:
        yield from _stale(place, name, entry, made)
    for code, check in CHECKS.items():
        for severity, message, todo in check(entry):
            yield Fault(name, code, severity, message, todo)


def _stale(place: Registry, name: str, entry: Entry, made: Made) -> Iterator[Fault]:
    again = f"look at `cardkit diff`, then: cardkit build {name}"
    if entry.card_sha256 != made.entry.card_sha256:
        yield Fault(name, "card-changed", "error", f"{entry.card} is not what it was", again)
    elif made.entry != entry:
        paths = ", ".join(differing(entry, made.entry))
        yield Fault(name, "entry-stale", "error", f"its card reads otherwise today: {paths}", again)
    record = place.path(name).with_name(making.RECORD)
    try:
        kept = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        kept = None
    if kept != made.record:
        yield Fault(
            name, "record-stale", "error", f"{record.name} is not what its card reads into", again
        )
    for each in made.contradictions:
        yield Fault(
            name,
            "card-contradicts",
            "warning",
            str(each),
            "decide again; write the card's value as over: beside decided: to keep the decision",
        )


def differing(one: Entry, other: Entry) -> list[str]:
    """Return the paths of the values in which two entries differ."""
    from cardkit.entries.origins import leaves

    first, second = dict(leaves(one)), dict(leaves(other))
    paths = (*first, *(path for path in second if path not in first))
    return [path for path in paths if first.get(path) != second.get(path)]


def _shared_names(entries: Mapping[str, Entry], names: list[str] | None) -> Iterator[Fault]:
    for spelling, owners in registry.known(entries).items():
        if len(owners) > 1 and (names is None or owners & set(names)):
            first, *others = sorted(owners)
            yield Fault(
                first,
                "name-shared",
                "error",
                f"{spelling!r} is also a name of {' and '.join(others)}",
                "change it in one of them; a card's name goes by another that is decided over it: "
                "{value: …, decided: why, over: …}",
            )


def _prompt(entry: Entry) -> Iterator[Complaint]:
    """Find fault with a prompt that does not render to what the card documents."""
    from cardkit.prompts import rendering

    prompt = entry.prompt
    if prompt.none and prompt.format:
        yield "error", "prompt.none stands beside prompt.format", "keep one of them"
    if not prompt.format:
        wrong = prompt.chat_template and rendering.syntax_error(prompt.chat_template.value)
        if wrong:
            yield "error", f"prompt.chat_template, {wrong}", "mend it, or take it out"
        return
    if prompt.format.value.count("{prompt}") != 1:
        yield (
            "error",
            "prompt.format has not one {prompt}",
            "write {prompt} once, where the text goes",
        )
        return
    if not prompt.chat_template:
        if prompt.format.value != deriving.PLAIN:
            yield (
                "error",
                "prompt.format has no chat template",
                f"remake it: cardkit build {entry.name}",
            )
        return
    asked = "What is 2 + 2?"
    system = prompt.system.value if prompt.system else None
    expected = rendering.fill(prompt.format.value, asked, system)
    try:
        got = rendering.render(prompt.chat_template.value, [{"role": "user", "content": asked}])
    except CardkitError as error:
        yield "error", f"prompt.chat_template: {error.problem}", error.todo
        return
    if got != expected:
        yield (
            "error",
            f"prompt.chat_template renders {got!r}, prompt.format is {expected!r}",
            f"take the template out and remake it: cardkit build {entry.name}",
        )


def _parameters(entry: Entry) -> Iterator[Complaint]:
    """Find fault with a spec whose figures cannot be those of one model."""
    stated, counted = entry.spec.num_parameters, sizes.count(entry)
    if stated and counted and counted.parameters:
        words = stated.text or str(stated.value)
        if not rounds_to(counted.parameters, stated.value, words):
            yield (
                "warning" if stated.card else "error",  # a card may count in its own way
                f"spec.num_parameters is {stated.value:,} ({words}), and by {counted.because} "
                f"this shape has {counted.parameters:,}",
                "look which figure of spec is another model's, and decide it",
            )


CHECKS: dict[str, Callable[[Entry], Iterator[Complaint]]] = {
    "prompt-differs": _prompt,
    "parameters-differ": _parameters,
}


def _one_line(error: CardkitError) -> str:
    return f"{error.where}: {error.problem}" if error.where else error.problem
