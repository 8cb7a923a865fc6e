"""The command that proves that a model runs: verify."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cardkit import commands
from cardkit.cli.hubs import HubName
from cardkit.cli.leaving import leave
from cardkit.cli.models import Folder


class ReportFormat(StrEnum):
    """How a report is printed."""

    text = "text"
    markdown = "markdown"
    json = "json"


class Dtype(StrEnum):
    """Number formats that a model can be run in."""

    float32 = "float32"
    float16 = "float16"
    bfloat16 = "bfloat16"


def verify(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...",
            help="Entries: a name, an alias, or a hub id, in any case.",
            show_default=False,
        ),
    ] = None,
    device: Annotated[
        str, typer.Option(metavar="DEVICE", help="cpu, cuda[:n] or npu[:n].")
    ] = "cpu",
    rehearse: Annotated[
        bool,
        typer.Option(
            "--rehearse",
            help="Go the whole way with a small stand-in of the same architecture: no download, "
            "under a minute, and no proof of the model itself.",
        ),
    ] = False,
    every: Annotated[
        bool,
        typer.Option("--all", help="Every entry; what a kept report says is not done again."),
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="With several: also what a kept report says.")
    ] = False,
    layers: Annotated[
        str | None,
        typer.Option(
            metavar="L0,L1,…",
            help="Which layers of checks. Default: all but L9.",
            show_default=False,
        ),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS", help="For each run. Default: an hour.", min=1, show_default=False
        ),
    ] = None,
    max_memory: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE",
            help="Memory of the run: 24GiB. Default: what the machine has.",
            show_default=False,
        ),
    ] = None,
    dtype: Annotated[
        Dtype | None,
        typer.Option(help="Number format. Default: as the example says.", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of every random choice.")] = 0,
    allow_remote_code: Annotated[
        bool,
        typer.Option(
            "--allow-remote-code",
            help="Let code of the model's own repository run, in the sandbox, at a pinned commit.",
        ),
    ] = False,
    hub: Annotated[
        HubName | None,
        typer.Option(
            help="Which hub, where an entry names several. Default: the one that the card's "
            "example loads from.",
            show_default=False,
        ),
    ] = None,
    revision: Annotated[
        str | None,
        typer.Option(
            metavar="R",
            help="A branch, tag or commit. Default: what the entry says, or the main branch.",
            show_default=False,
        ),
    ] = None,
    endpoint: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="A mirror to fetch from, as with fetch.", show_default=False
        ),
    ] = None,
    cache: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER", help="Where models are kept, as with fetch.", show_default=False
        ),
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask no hub: what lies in the cache must do.")
    ] = False,
    keep: Annotated[
        bool,
        typer.Option(
            "--keep",
            help="Keep what came for this run. Without it, the files of a model that passed are "
            "removed again, but for those that lay there before.",
        ),
    ] = False,
    format: Annotated[  # noqa: A002 - the option's name
        ReportFormat, typer.Option("--format", "-f", help="text, markdown or json.")
    ] = ReportFormat.text,
    registry: Folder = None,
) -> None:
    """Run a model's documented example in a sandbox, and check what comes out.

    Exit codes: 0 passed, 1 failed, 2 wrong use, 3 blocked: it could not be tried.
    """
    from cardkit import memory, verifying
    from cardkit.errors import UnreadableValueError, UsageError
    from cardkit.plan import Limits
    from cardkit.shown import reports
    from cardkit.shown.terminal import paint_for, width_of
    from cardkit.shown.transfer import Transfer

    if every == bool(names):
        raise UsageError("give either NAMEs or --all", todo="cardkit models lists the names")
    limits = Limits()
    if timeout is not None:
        limits = limits.model_copy(update={"seconds": timeout})
    if max_memory is not None:
        try:
            size = memory.read_size(max_memory)
        except UnreadableValueError as error:
            raise UsageError(error.problem, where="--max-memory", todo=error.todo) from error
        limits = limits.model_copy(update={"memory": size})
    wishes = verifying.Wishes(
        device=device,
        dtype=dtype and dtype.value,
        layers=layers.split(",") if layers else (),
        hub=hub and hub.value,
        revision=revision,
        seed=seed,
        limits=limits,
        allow_remote_code=allow_remote_code,
        rehearse=rehearse,
    )
    found = []
    width, paint = width_of(sys.stdout), paint_for(sys.stdout)
    with Transfer(sys.stderr, width_of(sys.stderr)) as transfer:
        ways = verifying.Ways(
            endpoint=endpoint, cache_folder=cache, offline=offline, keep=keep, watch=transfer
        )
        several = every or len(names or ()) > 1
        try:
            for judged in verifying.verify_all(
                names, wishes, ways, registry_folder=registry, again=again or not several
            ):
                transfer.clear()
                found.append(judged.report)
                if format is not ReportFormat.json:
                    shown = (
                        reports.as_markdown(judged.report)
                        if format is ReportFormat.markdown
                        else reports.as_text(judged.report, width, paint)
                    )
                    held = "" if judged.is_new else "\n(judged before; --again judges it anew)"
                    commands.say(f"{shown}{held}\n")
                if judged.path is not None and judged.is_new:
                    commands.say(f"report: {_near(judged.path)}", sys.stderr)
        except KeyboardInterrupt:
            transfer.clear()
            commands.say(
                "cardkit: stopped; what was fetched and judged is kept: run the same command "
                "again and it goes on from there",
                sys.stderr,
            )
            leave(130)
    if format is ReportFormat.json:
        commands.say(reports.as_json(found))
    elif several:
        for report in found:
            commands.say(paint(reports.headline(report), reports.STYLES[report.verdict]))
    leave(max((report.exit_code for report in found), default=0, key=[0, 3, 1].index))


def _near(path: Path) -> Path:
    """Return a path as seen from here or from the home; it may be shown to others."""
    path = path.absolute()
    if path.is_relative_to(Path.cwd()):
        return path.relative_to(Path.cwd())
    return "~" / path.relative_to(Path.home()) if path.is_relative_to(Path.home()) else path
