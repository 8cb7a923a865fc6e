"""Commands about the registry: add, build, models, show, check, diff, prompt, config, memory."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cardkit import commands
from cardkit.cli.leaving import leave

if TYPE_CHECKING:
    from cardkit.entries.making import Made
    from cardkit.entries.registry import Registry

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="An entry: its name, an alias, or a hub id, in any case.",
        show_default=False,
    ),
]
Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME]...", help="Entries. Default: all.", show_default=False),
]
Folder = Annotated[
    str | None,
    typer.Option(
        "--registry",
        metavar="FOLDER",
        help="The folder that holds NAME/model.yaml. Default: $CARDKIT_REGISTRY, ./registry (here "
        "or above), or the one that comes with cardkit.",
        show_default=False,
    ),
]


class TableFormat(StrEnum):
    """How tables are printed."""

    text = "text"
    json = "json"
    csv = "csv"


class EntryFormat(StrEnum):
    """How an entry is printed."""

    text = "text"
    json = "json"
    yaml = "yaml"


class Format(StrEnum):
    """How findings are printed."""

    text = "text"
    json = "json"


class Column(StrEnum):
    """What the table of models is sorted by."""

    name = "name"
    size = "size"
    licence = "licence"
    context = "context"
    languages = "languages"
    verified = "verified"


class Target(StrEnum):
    """What a config is for."""

    transformers = "transformers"
    vllm = "vllm"
    ollama = "ollama"
    llama_cpp = "llama.cpp"
    chat_template = "chat-template"


def add(
    card: Annotated[str, typer.Argument(metavar="CARD", help="A card's file.", show_default=False)],
    name: Annotated[
        str, typer.Option(metavar="NAME", help="The new entry's name.", show_default=False)
    ],
    hub_files: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            help="A folder with the model's own config.json, generation_config.json and "
            "tokenizer_config.json: what the card does not say is taken from them.",
            show_default=False,
        ),
    ] = None,
    model_id: Annotated[
        str | None,
        typer.Option(
            metavar="OWNER/NAME",
            help="Its id on the Hugging Face Hub, where the card does not tell.",
            show_default=False,
        ),
    ] = None,
    registry: Folder = None,
) -> None:
    """Make an entry from a card."""
    from cardkit.entries import faults, making

    place = _place(registry, make=True)
    making.check_name(place, name)
    made = making.make(place, name, making.relative(place, card), hub_files, model_id)
    making.save(place, made)
    commands.say(f"made {place.path(name)}")
    _say_contradictions([made])
    for fault in faults.faults(place, [name]):
        commands.say(f"{name}: {fault.message}\n  → {fault.todo}", sys.stderr)
    leave(0)


def build(
    names: Names = None,
    hub_files: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            help="The model's own files, for one NAME, as with add.",
            show_default=False,
        ),
    ] = None,
    registry: Folder = None,
) -> None:
    """Make entries anew from their cards; what was decided stays."""
    from cardkit.entries import making
    from cardkit.errors import CardkitError, UsageError
    from cardkit.shown.progress import Progress

    place = _place(registry)
    if place.is_ours:
        raise UsageError(
            "there is no registry here, and the one that comes with cardkit stays as it is",
            todo="go to the folder that holds registry/, or give --registry",
        )
    wanted = [place.find(name).name for name in names] if names else place.names()
    if hub_files and len(wanted) != 1:
        raise UsageError("--hub-files are one model's", todo="name one entry")
    code, changed, mades = 0, 0, []
    with Progress(sys.stderr, len(wanted)) as progress:
        for name in wanted:
            progress.step(name)
            try:
                made = making.make(place, name, None, hub_files)
            except CardkitError as error:
                progress.clear()
                code = max(code, commands.say_all([error]))
                continue
            mades.append(made)
            if making.save(place, made):
                changed += 1
                progress.clear()
                commands.say(f"changed {place.path(name)}")
    commands.say(f"{len(mades)} entries, {changed} changed")
    _say_contradictions(mades)
    leave(code)


def models(
    sort: Annotated[Column, typer.Option(help="Unknown values stand at the end.")] = Column.name,
    reverse: Annotated[bool, typer.Option("--reverse", help="The largest first.")] = False,
    format: Annotated[  # noqa: A002 - the option's name
        TableFormat, typer.Option("--format", "-f", help="text, json or csv.")
    ] = TableFormat.text,
    registry: Folder = None,
) -> None:
    """List the models of the registry."""
    from cardkit.entries import verified
    from cardkit.shown import entries as shown
    from cardkit.shown.terminal import paint_for

    place = _place(registry)
    rows = [
        shown.row(entry, verified.devices(verified.folder(place, name)))
        for name, entry in place.entries().items()
    ]
    known = shown.sort_key(sort.value)
    first = sorted((row for row in rows if not known(row)[0]), key=known, reverse=reverse)
    rows = first + [row for row in rows if known(row)[0]]
    commands.say(shown.FORMATS[format.value](rows, paint_for(sys.stdout)))
    leave(0)


def show(
    name: Name,
    format: Annotated[  # noqa: A002 - the option's name
        EntryFormat, typer.Option("--format", "-f", help="text, json or yaml.")
    ] = EntryFormat.text,
    registry: Folder = None,
) -> None:
    """Show an entry, each value with where it comes from."""
    from cardkit import inputs
    from cardkit.errors import CardkitError
    from cardkit.shown import entries as shown
    from cardkit.shown.terminal import paint_for, width_of

    place = _place(registry)
    entry = place.find(name)
    if format is EntryFormat.yaml:
        commands.say(place.path(entry.name).read_text(encoding="utf-8").rstrip("\n"))
    elif format is EntryFormat.json:
        commands.say(entry.model_dump_json(indent=2, exclude_none=True))
    else:
        try:
            text = inputs.read(str(place.root / entry.card)).text if entry.card else None
        except CardkitError:
            text = None  # then its values show numbers of characters, and check says what is wrong
        commands.say(shown.shown(entry, text, width_of(sys.stdout), paint_for(sys.stdout)))
    leave(0)


def check(
    names: Names = None,
    tokenizer: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            help="The tokenizer of one NAME: its prompt and its template must give the same ids, "
            "and its markers must be the tokens that they are meant to be.",
            show_default=False,
        ),
    ] = None,
    format: Annotated[  # noqa: A002 - the option's name
        Format, typer.Option("--format", "-f", help="text or json.")
    ] = Format.text,
    registry: Folder = None,
) -> None:
    """Hold the registry together; exit with 1 when something is wrong."""
    import json

    from cardkit.entries import faults, tokens
    from cardkit.errors import UsageError

    place = _place(registry)
    known = place.names()
    wanted = [name if name in known else place.find(name).name for name in names or ()] or None
    if tokenizer and (wanted is None or len(wanted) != 1):
        raise UsageError("--tokenizer is one model's", todo="name one entry")
    found = list(faults.faults(place, wanted))
    if tokenizer and wanted:
        found += tokens.faults(place.load(wanted[0]), tokenizer)
    if format is Format.json:
        commands.say(json.dumps([each._asdict() for each in found], ensure_ascii=False, indent=2))
    else:
        for each in found:
            commands.say(
                f"{each.entry}: {each.severity}: {each.message} [{each.code}]\n  → {each.todo}"
            )
        errors = sum(each.severity == "error" for each in found)
        count = len(wanted or known)
        commands.say(f"{errors} errors, {len(found) - errors} warnings in {count} entries")
    leave(int(any(each.severity == "error" for each in found)))


def diff(
    old: Annotated[
        str,
        typer.Argument(
            metavar="OLD",
            help="A card, a record.json, a model.yaml, or an entry's name.",
            show_default=False,
        ),
    ],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The same.", show_default=False)],
    format: Annotated[  # noqa: A002 - the option's name
        Format, typer.Option("--format", "-f", help="text or json.")
    ] = Format.text,
    registry: Folder = None,
) -> None:
    """Say what changed between two cards or entries; exit with 1 when something did."""
    import json

    from cardkit.entries import diffs
    from cardkit.shown.changes import as_text
    from cardkit.shown.terminal import paint_for

    found = diffs.diff(old, new, _place(registry) if registry else None)
    if format is Format.json:
        commands.say(json.dumps([each._asdict() for each in found], ensure_ascii=False, indent=2))
    else:
        commands.say(as_text(found, paint_for(sys.stdout)))
    leave(int(bool(found)))


def prompt(
    name: Name,
    text: Annotated[
        str | None,
        typer.Argument(
            metavar="[TEXT]", help="What is asked; - for standard input.", show_default=False
        ),
    ] = None,
    system: Annotated[
        str | None, typer.Option(metavar="TEXT", help="A system message.", show_default=False)
    ] = None,
    turns: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Several turns, as JSON or YAML: a list of {role, content}; - for standard input.",
            show_default=False,
        ),
    ] = None,
    visible: Annotated[
        bool, typer.Option("--visible", help="Show line ends and blanks as signs.")
    ] = False,
    registry: Folder = None,
) -> None:
    """Print exactly what is sent to the model, and nothing else."""
    from cardkit.entries import asking
    from cardkit.prompts import rendering

    entry = _place(registry).find(name)
    asked = asking.asked(entry, text, system, turns)
    if visible:
        commands.say(rendering.visible(asked))
    else:
        sys.stdout.write(asked)
    leave(0)


def config(
    name: Name,
    target: Annotated[
        Target, typer.Option("--for", help="What runs the model.", show_default=False)
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="FOLDER", help="Write its files there.", show_default=False
        ),
    ] = None,
    registry: Folder = None,
) -> None:
    """Print a config that runs the model; what it could not express is said on standard error."""
    from cardkit import configs

    entry = _place(registry).find(name)
    made = configs.make(entry, target.value)
    if output:
        for path in configs.write(made, Path(output)):
            commands.say(f"wrote {path}")
    else:
        commands.say(configs.as_text(made))
    commands.say("\n".join(f"cardkit: not expressed: {each}" for each in made.missing), sys.stderr)
    leave(0)


def memory(
    name: Name,
    dtype: Annotated[
        str | None,
        typer.Option(
            metavar="DTYPE", help="Number format of the weights. Default: all.", show_default=False
        ),
    ] = None,
    on: Annotated[
        str | None,
        typer.Option(
            metavar="DEVICE", help="A device, or its memory: H100-80GB, 24GiB.", show_default=False
        ),
    ] = None,
    registry: Folder = None,
) -> None:
    """Say what a model's weights need; exit with 1 when a device holds them in no format."""
    from cardkit.entries import sizes
    from cardkit.memory import Fit
    from cardkit.shown import needs
    from cardkit.shown.terminal import paint_for

    entry = _place(registry).find(name)
    answers = sizes.needs(entry, dtype, on)
    commands.say(needs.as_text(entry.name, answers, paint_for(sys.stdout)))
    fits = [answer for answer in answers if isinstance(answer, Fit)]
    leave(int(bool(fits) and not any(fit.holds for fit in fits)))


def _place(folder: str | None, *, make: bool = False) -> Registry:
    from cardkit.entries import registry

    return registry.find(folder, make=make)


def _say_contradictions(mades: list[Made]) -> None:
    for made in mades:
        for each in (*made.contradictions, *made.differences):
            commands.say(f"{made.name}: {each}", sys.stderr)
