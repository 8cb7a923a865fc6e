"""Commands about hubs: fetch."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from cardkit import commands
from cardkit.cli.leaving import leave
from cardkit.cli.models import Folder


class FetchFormat(StrEnum):
    """How a fetch is printed."""

    text = "text"
    json = "json"


class HubName(StrEnum):
    """Where models come from."""

    huggingface = "huggingface"
    modelscope = "modelscope"
    modelers = "modelers"


def fetch(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="An entry of the registry; owner/name; or hf:, modelscope: or modelers: before "
            "owner/name@revision.",
            show_default=False,
        ),
    ],
    revision: Annotated[
        str | None,
        typer.Option(
            metavar="R",
            help="A branch, tag or commit. Default: what the entry says, or the main branch.",
            show_default=False,
        ),
    ] = None,
    hub: Annotated[
        HubName | None,
        typer.Option(help="Which hub, where an entry names several.", show_default=False),
    ] = None,
    endpoint: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="A mirror. Default: HF_ENDPOINT, MODELSCOPE_ENDPOINT, OPENMIND_HUB_ENDPOINT, or "
            "the hub itself. A mirror is sent no token, and is held to the hub's hashes.",
            show_default=False,
        ),
    ] = None,
    cache: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            help="Where models are kept. Default: where the hub's own library keeps them.",
            show_default=False,
        ),
    ] = None,
    files: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GLOB",
            help="Only files like this; may be given several times. Default: what the entry "
            "says, or all.",
            show_default=False,
        ),
    ] = None,
    format: Annotated[  # noqa: A002 - the option's name
        FetchFormat, typer.Option("--format", "-f", help="text or json.")
    ] = FetchFormat.text,
    registry: Folder = None,
) -> None:
    """Bring a model's files, resumed where it was cut, each held to the hash of its hub."""
    from cardkit.hubs.faults import KEPT
    from cardkit.hubs.fetching import fetch
    from cardkit.shown import fetches
    from cardkit.shown.terminal import width_of
    from cardkit.shown.transfer import Transfer

    try:
        with Transfer(sys.stderr, width_of(sys.stderr)) as transfer:
            fetched = fetch(
                name,
                revision=revision,
                hub=hub and hub.value,
                endpoint=endpoint,
                cache_folder=cache,
                files=files or (),
                registry_folder=registry,
                watch=transfer,
            )
    except KeyboardInterrupt:
        commands.say(f"cardkit: stopped; {KEPT}", sys.stderr)
        leave(130)
    commands.say(fetches.FORMATS[format.value](fetched))
    leave(0)
