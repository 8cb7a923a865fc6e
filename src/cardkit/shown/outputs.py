"""Records written down: as text for a person, as JSON or YAML for a program, in files."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple, TextIO, TypeAlias

from cardkit.errors import UsageError
from cardkit.inputs import SUFFIXES
from cardkit.shown.summary import summary
from cardkit.shown.terminal import Paint, paint_for, plain, width_of


def as_text(record: Mapping[str, Any], raw: str, width: int = 100, paint: Paint = plain) -> str:
    """Return a record for a person."""
    return summary(record, raw, width=width, paint=paint)


def as_json(record: Mapping[str, Any], *_: Any) -> str:
    """Return a record as indented JSON."""
    return json.dumps(record, ensure_ascii=False, allow_nan=False, indent=2)


def as_jsonl(record: Mapping[str, Any], *_: Any) -> str:
    """Return a record as one line of JSON."""
    return json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def as_yaml(record: Mapping[str, Any], *_: Any) -> str:
    """Return a record as a YAML document that begins with its marker."""
    import yaml

    dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    # Through JSON: the same object in two places would become an anchor.
    plain_record = json.loads(as_jsonl(record))
    text = yaml.dump(plain_record, Dumper=dumper, allow_unicode=True, sort_keys=False, width=100)
    return "---\n" + str(text).rstrip("\n")


FORMATS: dict[str, Callable[..., str]] = {
    "text": as_text,
    "json": as_json,
    "jsonl": as_jsonl,
    "yaml": as_yaml,
}
ENDINGS = {"text": ".txt", "json": ".json", "jsonl": ".jsonl", "yaml": ".yaml"}
OF_ENDING = {ending: kind for kind, ending in ENDINGS.items()} | {".yml": "yaml"}


class Ways(NamedTuple):
    """What was asked for: a format, a place, the cards."""

    format: str | None
    output: str | None
    uris: tuple[str, ...]

    @property
    def folder(self) -> bool:
        """Whether each card gets a file of its own."""
        if self.output is None:
            return False
        if os.path.isdir(self.output) or self.output.endswith(("/", os.sep)):
            return True
        return len(self.uris) > 1 and not os.path.splitext(self.output)[1]

    @property
    def kind(self) -> str:
        """The format: as asked for, else as the output's name says.

        >>> Ways(None, "ant.yaml", ("ant.md",)).kind, Ways(None, None, ("ant.md",)).kind
        ('yaml', 'text')
        """
        if self.format is not None or self.output is None:
            return self.format or "text"
        ending = os.path.splitext(self.output)[1].lower()
        return "json" if self.folder else OF_ENDING.get(ending, "text")


Put: TypeAlias = Callable[[str, Mapping[str, Any], str], None]
"""Takes a card's uri, record and text, and writes it."""


@contextmanager
def opened(ways: Ways) -> Iterator[Put]:
    """Give what writes records where they were asked for.

    Raises UsageError if that cannot be.
    """
    render, uris = FORMATS[ways.kind], ways.uris
    if ways.folder:
        output = str(ways.output)
        names = file_names(uris, ENDINGS[ways.kind])
        paths = {uri: os.path.join(output, name) for uri, name in names.items()}
        for path in paths.values():
            check(path, uris)
        yield lambda uri, record, raw: write(paths[uri], render(record, raw) + "\n")
        return
    if ways.kind == "json" and len(uris) > 1:
        raise UsageError(
            f"{len(uris)} cards do not go into one JSON object",
            todo="use --format jsonl, one record a line, or --output FOLDER",
        )
    if ways.output is not None:
        check(ways.output, uris)
        with ExitStack() as stack:
            files: list[TextIO] = []

            def put(uri: str, record: Mapping[str, Any], raw: str) -> None:  # noqa: ARG001
                if not files:  # not before there is a record: a bad card empties no file
                    files.append(stack.enter_context(_open(str(ways.output))))
                files[0].write(render(record, raw) + "\n")

            yield put
        return
    paint = paint_for(sys.stdout)
    width = width_of(sys.stdout)
    first = True

    def show(uri: str, record: Mapping[str, Any], raw: str) -> None:  # noqa: ARG001
        nonlocal first
        if ways.kind == "text" and not first:
            sys.stdout.write(f"\n{paint('─' * width, 'label')}\n\n")
        first = False
        sys.stdout.write(render(record, raw, width, paint) + "\n")
        sys.stdout.flush()

    yield show


def file_names(uris: Sequence[str], ending: str) -> dict[str, str]:
    """Return a file name for each card: its own, with as many folders as tell it from others.

    >>> file_names(["a/README.md", "b/README.md", "c/ant.md"], ".json")
    {'a/README.md': 'a__README.json', 'b/README.md': 'b__README.json', 'c/ant.md': 'ant.json'}
    """
    parts = {uri: _parts(uri) for uri in uris}
    depth = dict.fromkeys(uris, 1)
    while True:
        names = {uri: "__".join(parts[uri][-depth[uri] :]) for uri in uris}
        count = Counter(name.casefold() for name in names.values())
        same = [uri for uri in uris if count[names[uri].casefold()] > 1]
        deeper = [uri for uri in same if depth[uri] < len(parts[uri])]
        if not deeper:
            break
        for uri in deeper:
            depth[uri] += 1
    seen: Counter[str] = Counter()
    for uri in uris:  # `ant.md` and `ant.txt` of one folder
        key = names[uri].casefold()
        if count[key] > 1:
            seen[key] += 1
            names[uri] += f"__{os.path.splitext(uri)[1][1:] or seen[key]}"
    return {uri: name + ending for uri, name in names.items()}


def check(path: str, uris: Sequence[str]) -> None:
    """Refuse to write over a card.

    Raises UsageError if a file is one of the cards that are read, or looks like another.
    """
    read = {os.path.realpath(uri) for uri in uris if uri != "-"}
    looks_like_one = path.lower().endswith(SUFFIXES) and not path.lower().endswith(".txt")
    if os.path.realpath(path) in read or (looks_like_one and os.path.exists(path)):
        raise UsageError(
            "it is a card and is not written over", where=path, todo="give --output another name"
        )


def write(path: str, text: str) -> None:
    """Write a file whole or not at all."""
    part = f"{path}.part"
    with _open(part) as file:
        file.write(text)
    os.replace(part, path)


def _open(path: str) -> TextIO:
    """Open a file to write to, and make the folder that it is in."""
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        return open(path, "w", encoding="utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        raise UsageError(
            f"it cannot be written: {(error.strerror or str(error)).lower()}",
            where=path,
            todo="give --output a place that you may write to",
        ) from error


def _parts(uri: str) -> list[str]:
    if uri == "-":
        return ["stdin"]
    path = os.path.splitext(os.path.abspath(uri))[0]
    return [part for part in path.split(os.sep) if part]
