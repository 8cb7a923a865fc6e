"""How a command ends."""

from __future__ import annotations

import sys
from typing import NoReturn

import typer


def leave(code: int) -> NoReturn:
    """End a command with an exit code."""
    sys.stdout.flush()  # here a closed pipe is still met by typer, quietly
    raise typer.Exit(code)
