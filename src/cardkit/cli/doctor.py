"""The command about this machine: doctor."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from cardkit import commands
from cardkit.cli.leaving import leave


class Format(StrEnum):
    """How lines are printed."""

    text = "text"
    json = "json"


def doctor(
    format: Annotated[  # noqa: A002 - the option's name
        Format, typer.Option("--format", "-f", help="text or json.")
    ] = Format.text,
    offline: Annotated[bool, typer.Option("--offline", help="Do not ask the hubs.")] = False,
) -> None:
    """Say what this machine has for running models, and what to do about the rest."""
    from cardkit import doctor as machine
    from cardkit.shown.terminal import paint_for, width_of

    lines = []
    for line in machine.examine(offline=offline):
        lines.append(line)
        if format is Format.text:
            commands.say(machine.as_text(line, width_of(sys.stdout), paint_for(sys.stdout)))
    commands.say(machine.as_json(lines) if format is Format.json else machine.tally(lines))
    leave(machine.exit_code(lines))
