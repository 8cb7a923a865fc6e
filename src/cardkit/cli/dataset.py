"""Commands about the data set: build, query, stats."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cardkit import commands
from cardkit.cli.leaving import leave

if TYPE_CHECKING:
    from cardkit.dataset.parts import Part
    from cardkit.dataset.reading import Watch
    from cardkit.dataset.sources.source import Source
    from cardkit.shown.building import Building


class Format(StrEnum):
    """How rows are printed."""

    table = "table"
    csv = "csv"
    json = "json"


class StatsFormat(StrEnum):
    """How figures are printed."""

    text = "text"
    json = "json"


Folder = Annotated[
    str,
    typer.Option(
        "--dataset",
        "-d",
        metavar="DIR",
        envvar="CARDKIT_DATASET",
        help="The folder of the data set; also s3://, https://, hf://datasets/owner/name.",
    ),
]


class Engine(StrEnum):
    """Who reads the cards."""

    local = "local"
    ray = "ray"


def build(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE",
            help="A folder of cards; .jsonl (also .gz, .zst); .tar (also .gz, .zst); .parquet; a "
            "registry's folder, or registry: for the one at hand; hf:owner/name, or ids:FILE with "
            "an id a line. Paths may be s3://, hf:// or https://, with * in them. NAME=SOURCE "
            "gives it a name.",
            show_default=False,
        ),
    ],
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="A new folder, or a data set that the sources are added to.",
            show_default=False,
        ),
    ],
    id_column: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The column of model ids, where it is not found.",
            show_default=False,
        ),
    ] = None,
    card_column: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="The column of cards, where it is not found.", show_default=False
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, help="Processes that read cards. Default: one a processor.", show_default=False
        ),
    ] = None,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Write JSON lines beside Parquet.")
    ] = False,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Ask hubs again for cards fetched before.")
    ] = False,
    part_cards: Annotated[
        int,
        typer.Option(min=1, help="Cards of a part: what a build that is stopped does again."),
    ] = 4096,
    engine: Annotated[Engine, typer.Option(help="local, or a Ray cluster.")] = Engine.local,
    address: Annotated[
        str | None,
        typer.Option(help="Of the Ray cluster. Default: one on this machine.", show_default=False),
    ] = None,
) -> None:
    """Read many cards into Parquet tables; stopped anywhere, it goes on where it was."""
    from cardkit.dataset.build import build as build_dataset
    from cardkit.dataset.engines import How
    from cardkit.dataset.sources.source import Choice
    from cardkit.shown.building import Building
    from cardkit.shown.terminal import width_of

    try:
        with Building(sys.stderr, width_of(sys.stderr)) as building:
            built = build_dataset(
                sources,
                output,
                choice=Choice(id_column, card_column),
                jsonl=jsonl,
                refresh=refresh,
                part_cards=part_cards,
                engine=engine.value,
                how=How(workers, address),
                plan=lambda found: _watch(building, found),
            )
    except KeyboardInterrupt:
        commands.say(
            "cardkit: stopped; what is done is kept: run the same command again and it goes on",
            sys.stderr,
        )
        leave(130)
    commands.say(f"{built.cards:,} cards, {built.read:,} of them read now, in {built.folder}")
    commands.say("\n".join(f"  {name:16}{rows:>12,}" for name, rows in built.rows.items()))
    leave(0)


def _watch(building: Building, found: list[Source]) -> Watch:
    """Return what tells a build's progress."""
    from cardkit.dataset.sources import KINDS

    if building.is_watched:
        building.plan([(source.name, KINDS[source.kind].size(source)) for source in found])

    def step(part: Part, number: int, bad: bool) -> None:
        done = part.begins + (part.share - part.begins) * (number + 1) / len(part.cards)
        building.step(part.source, done, bad=bad)

    return step


def query(
    sql: Annotated[
        str | None,
        typer.Argument(
            metavar="[SQL]", help="A query. Default: list tables and views.", show_default=False
        ),
    ] = None,
    dataset: Folder = "dataset",
    format: Annotated[  # noqa: A002 - the option's name
        Format, typer.Option("--format", "-f", help="table, csv or json.")
    ] = Format.table,
) -> None:
    """Ask a data set in SQL, through DuckDB."""
    from cardkit.dataset import query as asking
    from cardkit.dataset.tables import TABLES
    from cardkit.shown import grid
    from cardkit.shown.terminal import width_of

    if sql is None:
        kinds = [("table", name, table.text) for name, table in TABLES.items()]
        kinds += [("view", name, text) for name, text in asking.described().items()]
        answer = asking.Answer(("kind", "name", "what"), kinds)
    else:
        answer = asking.query(sql, dataset)
    commands.say(grid.FORMATS[format.value](answer.columns, answer.rows, width_of(sys.stdout)))
    leave(0)


def stats(
    dataset: Folder = "dataset",
    format: Annotated[  # noqa: A002 - the option's name
        StatsFormat, typer.Option("--format", "-f", help="text or json.")
    ] = StatsFormat.text,
    plots: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER", help="Write them as plots, too: SVG files.", show_default=False
        ),
    ] = None,
) -> None:
    """Say what a data set holds: counts, coverage of fields, problems by kind."""
    from cardkit.dataset import stats as figures
    from cardkit.shown import figures as shown
    from cardkit.shown.terminal import width_of

    found = figures.stats(dataset)
    if plots:
        from cardkit.dataset import plots as plotting

        for path in plotting.write(found, plots):
            commands.say(f"wrote {path}", sys.stderr)
    if format is StatsFormat.json:
        import json

        commands.say(json.dumps(found._asdict(), ensure_ascii=False, indent=2))
    else:
        commands.say(shown.as_text(found._asdict(), width_of(sys.stdout)))
    leave(0)
