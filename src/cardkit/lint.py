"""A card's problems as a report for its author: where, what is wrong, what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from cardkit import problems
from cardkit.blocks import front_matter
from cardkit.errors import CardkitError
from cardkit.facts import Problem
from cardkit.fixes import licence_id, untidy
from cardkit.noise import clean
from cardkit.patterns import regex
from cardkit.place import Lines, Place, lines_in
from cardkit.text import Line, Span, lines_of
from cardkit.vocabulary import languages, libraries, licences
from cardkit.yaml_tree import Node, get, scalars

SENTENCES = regex(r"(?<=[.!?。])\s+(?=\S)")
ORDER = ("error", "warning", "note")


class Finding(NamedTuple):
    """A problem as its author reads it."""

    uri: str
    start: Place
    end: Place
    severity: str
    code: str
    message: str
    """What is wrong."""
    todo: str
    """What to do."""
    source: str
    """The line that it begins on."""


def findings(raw: str, record: Mapping[str, Any], *, ignore: Iterable[str] = ()) -> list[Finding]:
    """Return what is wrong with a card: the record's problems, and what only its author minds.

    Raises UnknownNameError if a code to ignore is none.
    """
    ignored = {problems.explain(code).code for code in ignore}
    lines = lines_in(raw)
    found = [
        Problem(
            problem["code"],
            problem["severity"],
            problem["message"],
            Span(**problem["at"]) if problem.get("at") else Span(0, 0),
        )
        for problem in record.get("problems", ())
    ]
    marked = raw.startswith("\ufeff") and record["source"].get("encoding") != "utf-8"
    found += _for_the_author(raw, found, marked=marked)
    uri = record["source"]["uri"]
    return [
        _finding(uri, problem, lines)
        for problem in sorted(found, key=lambda problem: problem.where)
        if problem.code not in ignored
    ]


def unreadable(uri: str, error: CardkitError, *, ignore: Iterable[str] = ()) -> list[Finding]:
    """Return the finding for a card that could not be read at all."""
    code = getattr(error, "code", "no-card")
    top = Place(1, 1)
    finding = Finding(uri, top, top, "error", code, error.problem, error.todo, "")
    return [] if code in ignore else [finding]


def _finding(uri: str, problem: Problem, lines: Lines) -> Finding:
    says = SENTENCES.split(problem.message)
    todo = " ".join(says[1:]) or problems.explain(problem.code).todo
    start = lines.place(problem.where.start)
    return Finding(
        uri,
        start,
        lines.place(problem.where.end),
        problem.severity,
        problem.code,
        says[0],
        todo,
        lines.text(start.line),
    )


def _for_the_author(raw: str, found: list[Problem], *, marked: bool) -> Iterator[Problem]:
    """Yield what stands in no record: it says nothing about the model."""
    told = {problem.where.start for problem in found}
    for change in untidy(raw, marked=marked):
        if change.start not in told:
            message = f"{change.says} Run `cardkit lint --fix`."
            yield _problem("frontmatter-untidy", message, Span(change.start, change.end))
    split = front_matter.split(clean(lines_of(raw)).lines)
    front = front_matter.read(split[0])[0] if split else None
    if front is not None:
        for code, rule in RULES.items():
            for line, says in rule(front):
                yield _problem(code, says, line.span())


def _problem(code: str, says: str, where: Span) -> Problem:
    return Problem(code, problems.explain(code).severity, says, where)


Saying = tuple[Line, str]


def _license_missing(front: Node) -> Iterator[Saying]:
    keys = {key.text for key, _ in front.pairs}
    if front.pairs and not keys & {"license", "licence", "licenses", "license_name"}:
        yield front.pairs[0][0], "The front matter names no licence."


def _license_unknown(front: Node) -> Iterator[Saying]:
    for line in scalars(get(front, "license")):
        if line.text.lower() not in licences.licences() and licence_id(line.text) is None:
            near = licences.find(line.text)
            known = f" Did you mean `{near.id}`?" if near else ""
            yield line, f"`{line.text[:60]}` is no licence id of the Hub.{known}"


def _license_unnamed(front: Node) -> Iterator[Saying]:
    keys = {key.text for key, _ in front.pairs}
    for line in scalars(get(front, "license")):
        if line.text == "other" and not keys & {"license_name", "license_link"}:
            yield line, "The licence is `other`, and nothing says which."


def _language_unknown(front: Node) -> Iterator[Saying]:
    for line in scalars(get(front, "language")):
        if languages.code(line.text) is None:
            yield line, f"`{line.text[:60]}` is no language code."


def _pipeline_tag_unknown(front: Node) -> Iterator[Saying]:
    for line in scalars(get(front, "pipeline_tag")):
        if libraries.pipeline_tag(line.text) is None:
            yield line, f"`{line.text[:60]}` is no pipeline tag of the Hub."


def _model_index_empty(front: Node) -> Iterator[Saying]:
    index = get(front, "model-index")
    for model in index.entries if index else ():
        results = get(model, "results")
        if model.pairs and (results is None or not results.entries):
            yield model.pairs[0][0], "This model of `model-index` has no results."


RULES: dict[str, Callable[[Node], Iterator[Saying]]] = {
    "license-missing": _license_missing,
    "license-unknown": _license_unknown,
    "license-unnamed": _license_unnamed,
    "language-unknown": _language_unknown,
    "pipeline-tag-unknown": _pipeline_tag_unknown,
    "model-index-empty": _model_index_empty,
}
