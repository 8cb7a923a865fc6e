"""Entries in files: `registry/<name>/model.yaml`, read with a line for each mistake."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from cardkit.entries import yaml_values
from cardkit.entries.entry import ENTRY_VERSION, Entry
from cardkit.entries.origins import ORIGINS, Valued
from cardkit.errors import CardkitError

FILE = "model.yaml"
SHAPE = "{value: …, decided: why}"
TYPES = ("bool", "int", "float", "str")
PATTERNS = {
    "card": "two character numbers, start-end",
    "name": "small letters, digits, - . _",
    "value": "owner/name",
}
"""What a text must look like, by the key that holds it."""


def load(path: str | Path) -> Entry:
    """Return the entry that a file holds.

    Raises CardkitError with file, line and what to do for the first mistake in it.
    """
    where = str(path)
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise CardkitError(
            f"it cannot be read: {(error.strerror or str(error)).lower()}",
            where=where,
            todo="`cardkit models` lists the entries, `cardkit add CARD --name NAME` makes one",
        ) from error
    except UnicodeDecodeError as error:
        raise CardkitError(
            f"byte {error.start} is not UTF-8", where=where, todo="save it as UTF-8"
        ) from error
    return parse(text, where)


def parse(text: str, where: str) -> Entry:
    """Return the entry of a text; `where` names it in errors."""
    document = yaml_values.read(text, where)
    if not isinstance(document.values, dict):
        raise CardkitError(
            "it holds no entry", where=where, todo="make it anew: cardkit add CARD --name NAME"
        )
    version = document.values.get("schema_version")
    if version != ENTRY_VERSION:
        raise CardkitError(
            f"its schema_version is {version!r}; this cardkit reads {ENTRY_VERSION!r}",
            where=f"{where}:{document.line(('schema_version',))}",
            todo=f'write schema_version: "{ENTRY_VERSION}", or install the cardkit that wrote it',
        )
    try:
        return Entry.model_validate(document.values)
    except ValidationError as error:
        mistakes = error.errors(include_url=False)
        first = min(mistakes, key=lambda mistake: document.line(_path(mistake)))
        problem, todo = _said(first)
        others = len({_path(mistake) for mistake in mistakes}) - 1
        more = f" (and {others} more)" if others else ""
        raise CardkitError(
            problem + more, where=f"{where}:{document.line(_path(first))}", todo=todo
        ) from error


def _path(mistake: Any) -> yaml_values.Path:
    """Return where a mistake is; of a value of several types without the type that was tried."""
    path = tuple(mistake["loc"])
    return path[:-1] if path[-2:-1] == ("value",) and path[-1] in TYPES else path


def _said(mistake: Any) -> tuple[str, str]:
    """Return what is wrong with a value and what to do."""
    path = _path(mistake)
    dotted = ".".join(map(str, path))
    if mistake["type"] == "extra_forbidden":
        keys = _keys(path[:-1])
        near = get_close_matches(str(path[-1]), keys, n=2, cutoff=0.5)
        todo = f"did you mean {' or '.join(near)}?" if near else f"the keys are {', '.join(keys)}"
        return f"{dotted} is no key of an entry", todo
    if mistake["type"] in ("model_type", "dict_type", "list_type"):
        kind = _kind(path)
        if not (isinstance(kind, type) and issubclass(kind, Valued)):
            shape = "a list, - " + SHAPE if mistake["type"] == "list_type" else "its keys below it"
            return f"{dotted} is {mistake['input']!r}", f"write {shape}"
        return (
            f"{dotted} is {mistake['input']!r}, without an origin",
            f"write {path[-1]}: {{value: {mistake['input']}, decided: why}}",
        )
    if mistake["type"] == "missing":
        return f"{dotted} is missing", f"write it as {SHAPE}"
    if mistake["type"] == "value_error":
        reason = str(mistake["msg"]).removeprefix("Value error, ")
        return f"{dotted} {reason}", f"write it as {SHAPE}, or with card, hub or derived"
    if mistake["type"] == "string_too_short":
        return f"{dotted} says nothing", "say where the value comes from, in words"
    if mistake["type"] == "string_pattern_mismatch":
        expected = PATTERNS.get(str(path[-1]), "a version such as >=5.13.1")
        return f"{dotted} is {mistake['input']!r}", f"write {expected}"
    if mistake["loc"] != path:
        return f"{dotted} is {mistake['input']!r}", "write a number, true, false or a text"
    says = (
        str(mistake["msg"])
        .removeprefix("Input ")
        .replace("a valid i", "an i")
        .replace("valid ", "")
    )
    return f"{dotted} is {mistake['input']!r}", f"it {says}"


def _keys(path: yaml_values.Path) -> list[str]:
    """Return the keys that may stand at a place of an entry."""
    kind = _kind(path)
    if isinstance(kind, type) and issubclass(kind, Valued):
        return ["value", *ORIGINS, "over", "text"]
    return list(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else []


def _kind(path: yaml_values.Path) -> Any:
    """Return what stands at a place of an entry: a model, or the type of a value."""
    kind: Any = Entry
    for name in path:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            field = kind.model_fields.get(str(name))
            kind = field and _without_none(field.annotation)
        elif get_origin(kind) in (list, dict):
            kind = get_args(kind)[-1]
        else:
            return None
    return kind


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, UnionType):
        kinds = [each for each in get_args(annotation) if each is not type(None)]
        return kinds[0] if len(kinds) == 1 else annotation
    return annotation
