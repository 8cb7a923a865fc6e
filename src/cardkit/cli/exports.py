"""The command for the formats of others: export."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cardkit import commands
from cardkit.cli.leaving import leave
from cardkit.cli.models import Folder

if TYPE_CHECKING:
    from cardkit.exports import Export


class To(StrEnum):
    """The formats."""

    eval_results = "eval-results"
    model_index = "model-index"
    every_eval_ever = "every-eval-ever"
    cyclonedx = "cyclonedx"
    croissant = "croissant"


def export(
    card: Annotated[
        str,
        typer.Argument(
            metavar="CARD",
            help="A card, a record.json, an entry's name, or a model at a hub (hf:owner/name); "
            "for croissant the folder of a data set.",
            show_default=False,
        ),
    ],
    to: Annotated[
        To,
        typer.Option(
            "--to",
            help="eval-results: the Hub's .eval_results/*.yaml. model-index: front matter. "
            "every-eval-ever: JSON. cyclonedx: an ML-BOM. croissant: a data set's description.",
            show_default=False,
        ),
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="FOLDER", help="Write its files there.", show_default=False
        ),
    ] = None,
    registry: Folder = None,
) -> None:
    """Write what a card says in another format; what that cannot carry is said."""
    from cardkit.shown.outputs import write

    made = _croissant(card) if to is To.croissant else _record(card, to, registry)
    if output:
        for name, text in made.files.items():
            path = str(Path(output) / name)
            write(path, text)
            commands.say(f"wrote {path}")
    else:
        many = len(made.files) > 1
        commands.say(
            "\n".join(
                (f"# {name}\n" if many else "") + text.rstrip("\n")
                for name, text in made.files.items()
            )
        )
    commands.say("\n".join(f"cardkit: not carried: {each}" for each in made.missing), sys.stderr)
    if not made.files:
        commands.say(f"cardkit: {card}: nothing to say in {to.value}", sys.stderr)
    leave(int(not made.files))


def _croissant(folder: str) -> Export:
    """Return the description of a data set."""
    from cardkit.dataset import croissant, manifest
    from cardkit.dataset.shelf import Shelf
    from cardkit.errors import UsageError
    from cardkit.exports.export import Export

    found = manifest.read(Shelf(folder))
    if found is None:
        raise UsageError(
            "Croissant describes data sets, and this is none",
            where=folder,
            todo="give the folder of one: cardkit dataset build makes it",
        )
    return Export({"croissant.json": croissant.as_json(found)})


def _record(card: str, to: To, folder: str | None) -> Export:
    from cardkit.exports import EXPORTS
    from cardkit.exports.reading import record_of

    return EXPORTS[to.value](record_of(card, folder))
