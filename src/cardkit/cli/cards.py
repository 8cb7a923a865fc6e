"""Commands about cards: ingest, lint, explain, schema."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from cardkit import commands
from cardkit.cli.leaving import leave


class Format(StrEnum):
    """How records are printed."""

    text = "text"
    json = "json"
    jsonl = "jsonl"
    yaml = "yaml"


class LintFormat(StrEnum):
    """How findings are printed."""

    text = "text"
    json = "json"
    github = "github"


Cards = Annotated[
    list[str],
    typer.Argument(
        metavar="CARD",
        help="A file, a folder (its .md, .markdown, .txt, .html and .htm files, also below it), "
        "a glob, or - for standard input. A card named twice is read once.",
        show_default=False,
    ),
]
CardsOrHubs = Annotated[
    list[str],
    typer.Argument(
        metavar="CARD",
        help="A file, a folder (its .md, .markdown, .txt, .html and .htm files, also below it), "
        "a glob, or - for standard input; or a model at a hub: hf:owner/name@revision, "
        "modelscope:owner/name, modelers:owner/name. A card named twice is read once.",
        show_default=False,
    ),
]


def ingest(
    cards: CardsOrHubs,
    format: Annotated[  # noqa: A002 - the option's name
        Format | None,
        typer.Option(
            "--format",
            "-f",
            help="text for people, json for one card, jsonl for many (one a line, as they are "
            "read), or yaml. Default: text, or what the ending of --output says.",
            show_default=False,
        ),
    ] = None,
    model_id: Annotated[
        str | None,
        typer.Option(metavar="OWNER/NAME", help="The model's id, where the card does not tell."),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="Write to a file; or to a folder, NAME.json for each card.",
        ),
    ] = None,
    with_config: Annotated[
        bool,
        typer.Option(
            "--with-config",
            help="At a hub: compare the spec with config.json and the headers of the weights "
            "too; each difference is a problem of the record.",
        ),
    ] = False,
) -> None:
    """Read cards into records."""
    leave(
        commands.ingest(cards, format and format.value, model_id, output, with_config=with_config)
    )


def lint(
    cards: Cards,
    format: Annotated[  # noqa: A002 - the option's name
        LintFormat,
        typer.Option("--format", "-f", help="text, json, or github: notes beside a change."),
    ] = LintFormat.text,
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE", help="Switch a rule off; may be given several times."),
    ] = None,
    fix: Annotated[
        bool,
        typer.Option("--fix", help="Mend in the files what needs no judgement; show the diff."),
    ] = False,
    diff: Annotated[
        bool,
        typer.Option("--diff", help="Show what --fix would change; write nothing."),
    ] = False,
) -> None:
    """Say what is wrong with cards."""
    from cardkit import fix_files, inputs, readings
    from cardkit import lint as linter
    from cardkit.problems import explain
    from cardkit.shown import findings
    from cardkit.shown.terminal import paint_for

    ignored = [explain(name).code for name in ignore or ()]
    uris, errors = inputs.find(cards)
    code = commands.say_all(errors)
    paint = paint_for(sys.stdout)
    if fix or diff:
        # Programs read findings from stdout: there the diff must not be.
        stream = sys.stdout if format is LintFormat.text else sys.stderr
        for uri in uris:
            commands.say(
                fix_files.as_text(fix_files.mend(uri, write=not diff), paint_for(stream)),
                stream,
            )
    found: list[linter.Finding] = []
    for reading in readings.readings(uris):
        if reading.error:
            here = linter.unreadable(reading.uri, reading.error, ignore=ignored)
        else:
            here = linter.findings(reading.text, reading.record or {}, ignore=ignored)
        found += here
        if format is not LintFormat.json:
            commands.say(findings.FORMATS[format](here, paint))
    if format is LintFormat.json:
        commands.say(findings.FORMATS[format](found))
    elif format is LintFormat.text and uris:
        commands.say(findings.tally(found, len(uris), paint))
    leave(max(code, int(any(finding.severity == "error" for finding in found))))


def explain(
    code: Annotated[
        str | None,
        typer.Argument(metavar="[CODE]", help="A problem's code.", show_default=False),
    ] = None,
) -> None:
    """Tell what a problem code means."""
    from cardkit import problems

    commands.say(problems.explain(code).as_text() if code else problems.listed())
    leave(0)


def schema() -> None:
    """Print the JSON Schema of the record."""
    from cardkit import schema as schema_of_record

    commands.say(schema_of_record.as_json())
    leave(0)
