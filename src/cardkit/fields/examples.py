"""The code blocks that load or run a model, in the order of the card."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from cardkit.blocks import Bullet, Code, Heading, Paragraph, Placed
from cardkit.card import Card
from cardkit.facts import Fact, Found, Problem
from cardkit.problems import explain
from cardkit.snippets import code
from cardkit.snippets.code import Usage
from cardkit.snippets.snippet import packages, requirements
from cardkit.snippets.witness import Load, library_of
from cardkit.text import Line, Span, whole
from cardkit.vocabulary import calls, libraries

RULE = "example-code"
PATHS = ("entry_point", "model_id", "device", "dtype")
"""What is printed in the code as it is recorded."""
BLOCKS_AHEAD = 3
"""How many blocks may stand between an example and what it prints."""


class Wanted(NamedTuple):
    """Packages that a block or sentence says to install."""

    names: tuple[str, ...]
    path: tuple[Heading, ...]


def read(card: Card, so_far: Mapping[str, Found]) -> Found:  # noqa: ARG001
    """Read the examples; problems tell of those that are hidden, broken or missing."""
    examples: list[dict[str, Any]] = []
    problems: list[Problem] = []
    installs: list[Wanted] = []
    title = _title(card)
    usages = iter(code.usages(card))
    for i, placed in enumerate(card.blocks):
        block = placed.block
        if not isinstance(block, Code):
            if isinstance(block, (Paragraph, Bullet)) and not placed.commented:
                installs += _wanted(block.lines, placed)
            continue
        *_, usage = next(usages)
        if usage is None or not usage.runs:
            installs += _wanted(block.lines, placed)
            continue
        load = _own_load(usage.loads, title)
        example = _example(usage, load, block, placed)
        named = usage.installs or _installs(installs, placed, example.get("library"))
        if named:
            example["installs"] = list(named)
        if usage.output is None and (output := _output_behind(card.blocks, i)):
            example["expected_output"] = output
        examples.append(example)
        problems += _problems(usage, block, placed)
    if not examples:
        problems.append(_problem("example-missing", Span(0, 0)))
    return Found(examples, tuple(problems))


def _problem(name: str, where: Span, detail: str = "") -> Problem:
    meaning = explain(name)
    message = " ".join(x for x in (meaning.meaning, detail, meaning.todo) if x)
    return Problem(name, meaning.severity, message, where)


def _problems(usage: Usage, block: Code, placed: Placed) -> list[Problem]:
    where = whole(block.lines)
    found = [_problem("example-commented-out", where)] if placed.commented else []
    if usage.broken:
        found.append(_problem("example-does-not-compile", where))
    return found


def _example(usage: Usage, load: Load | None, block: Code, placed: Placed) -> dict[str, Any]:
    """Return one example as the record has it; what the code does not say is left out."""
    where = whole(block.lines)
    example: dict[str, Any] = {
        "@": Fact(None, "", where, RULE),
        "language": usage.language,
        "commented_out": placed.commented,
    }
    if usage.code:
        example["code"] = Fact(usage.code, usage.code, where, RULE)
    read = {
        "entry_point": load.entry_point if load else usage.entry_point,
        "model_id": load.model_id if load else usage.model_id,
        "device": usage.device,
        "dtype": usage.dtype,
    }
    for name in PATHS:
        if value := read[name]:
            example[name] = _printed(value, block.lines)
    library, hub = library_of(load) if load else (usage.library, usage.hub)
    hub = usage.hub or hub
    plain = {
        "library": library,
        "hub": hub if read["model_id"] else None,
        "trust_remote_code": usage.trust_remote_code,
        "inputs": list(usage.inputs),
        "generation": dict(usage.generation),
        "expected_output": usage.output,
    }
    return {**example, **{k: v for k, v in plain.items() if v not in (None, [], {})}}


def _printed(value: str, lines: tuple[Line, ...]) -> Any:
    """Return a value with the first place where the code prints it."""
    for line in lines:
        at = line.text.find(value)
        if at >= 0:
            return Fact(value, value, line.span(at, at + len(value)), RULE)
    return value


def _title(card: Card) -> str:
    """Return what the card calls its model, for telling its own among several loads."""
    words = [card.model_id or ""]
    words += [word.line.text for word in card.page if word.says == "model_id"]
    words += [heading.line.text for heading, _ in card.of(Heading)][:1]
    return _squash(" ".join(words))


def _squash(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _own_load(loads: tuple[Load, ...], title: str) -> Load | None:
    """Return the one load among several that the title names; None leaves the choice to code."""
    ids = {load.model_id for load in loads if load.model_id}
    if len(ids) < 2 or not title:
        return None
    named = [
        load for load in loads
        if load.model_id and len(name := _squash(load.model_id.rpartition("/")[2])) > 4
        and name in title
    ]  # fmt: skip
    return named[0] if len({load.model_id for load in named}) == 1 else None


def _wanted(lines: tuple[Line, ...], placed: Placed) -> list[Wanted]:
    """Return what a block says to install, if it does."""
    text = "\n".join([line.text for line in lines])
    if "install" not in text and "=" not in text:
        return []
    names = packages(text, prose=not isinstance(placed.block, Code))
    if not names and isinstance(placed.block, Code):
        names = requirements(text)
    return [Wanted(names, placed.path)] if names else []


def _installs(wanted: list[Wanted], placed: Placed, library: str | None) -> tuple[str, ...]:
    """Return what was to be installed before an example, and forget what is used up."""
    own = [w for w in wanted if _shared(w.path, placed.path) == len(w.path)]
    near = own or [
        w
        for w in wanted
        if len(w.path) - _shared(w.path, placed.path) == 1
        and not _is_of_another(w.path[-1], library)
    ]
    if near:
        wanted.clear()
    return tuple(dict.fromkeys(name for w in near for name in w.names))


def _is_of_another(heading: Heading, library: str | None) -> bool:
    """Return whether a heading names libraries, and not the one that runs an example."""
    named = {found.id for word in heading.line.text.split() if (found := libraries.find(word))}
    return library is not None and bool(named) and library not in named


def _shared(above: tuple[Heading, ...], here: tuple[Heading, ...]) -> int:
    """Return how many headings two places have in common."""
    shared = 0
    for a, b in zip(above, here, strict=False):
        if a is not b:
            break
        shared += 1
    return shared


def _output_behind(blocks: tuple[Placed, ...], i: int) -> str | None:
    """Return what the card shows as the output of the example at a place, if it does."""
    announced = False
    for placed in blocks[i + 1 : i + 1 + BLOCKS_AHEAD]:
        block = placed.block
        if isinstance(block, (Paragraph, Bullet, Heading)) and not announced:
            lines = (block.line,) if isinstance(block, Heading) else block.lines
            words = lines[-1].text.strip(" *_`#>")
            announced = bool(calls.output_head().fullmatch(words))
            if not announced:
                return None
        elif isinstance(block, Code) and announced:
            return "\n".join(line.text for line in block.lines).strip() or None
        else:
            return None
    return None
