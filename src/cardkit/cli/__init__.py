"""The command line: reads its arguments, calls one function, prints.

What is slow to import is imported in the command that needs it, so that `--help` is quick.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from cardkit import commands
from cardkit.cli import cards, dataset, doctor, exports, hubs, models
from cardkit.cli import verify as verifying
from cardkit.errors import CardkitError

COMMANDS: dict[str, dict[str, Callable[..., None]]] = {
    "Cards": {
        "ingest": cards.ingest,
        "lint": cards.lint,
        "explain": cards.explain,
        "schema": cards.schema,
        "diff": models.diff,
        "export": exports.export,
    },
    "Registry": {
        "add": models.add,
        "build": models.build,
        "models": models.models,
        "show": models.show,
        "check": models.check,
        "prompt": models.prompt,
        "config": models.config,
        "memory": models.memory,
    },
    "Models": {
        "verify": verifying.verify,
    },
    "Hubs": {
        "fetch": hubs.fetch,
    },
    "Machine": {
        "doctor": doctor.doctor,
    },
}

GROUPS: dict[str, tuple[str, dict[str, Callable[..., None]]]] = {
    "dataset": (
        "Build the data set of many cards, and query it.",
        {"build": dataset.build, "query": dataset.query, "stats": dataset.stats},
    ),
}
"""Commands of two words."""

app = typer.Typer(
    name="cardkit",
    help="Read model cards into typed records, keep a registry of models, prove that they run.",
    epilog="Exit codes: 0 fine, 1 a bad card or an error in one, 2 wrong use, 3 not possible here.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for _room in COMMANDS.values():
    for _name, _command in _room.items():
        app.command(_name)(_command)
for _name, (_help, _commands) in GROUPS.items():
    _group = typer.Typer(help=_help, no_args_is_help=True, rich_markup_mode=None)
    for _word, _command in _commands.items():
        _group.command(_word)(_command)
    app.add_typer(_group, name=_name)


def _version(wanted: bool) -> None:
    if wanted:
        from cardkit import __version__

        typer.echo(f"cardkit {__version__}")
        raise typer.Exit


@app.callback()
def cardkit(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Read model cards in any shape into typed records, and keep a registry of models."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; what is wrong is said in two lines, and by the exit code."""
    commands.write_any_text()
    try:
        app(arguments, prog_name="cardkit")
    except CardkitError as error:
        sys.exit(commands.say_all([error]))
