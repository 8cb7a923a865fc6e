"""YAML 1.2 as values, with the line that each was written on.

`no`, `on` and dates stay strings, as people who edit an entry by hand expect.
"""

from __future__ import annotations

from math import isfinite
from typing import Any, NamedTuple

import yaml

from cardkit.errors import CardkitError
from cardkit.patterns import regex

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
INTEGER = regex(r"[-+]?[0-9]+")
FLOAT = regex(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
LONGEST = 300
"""Characters of a number; what is longer is a text."""
WORDS = {"null": None, "~": None, "": None, "true": True, "false": False}
# https://yaml.org/spec/1.2.2/#103-core-schema, without octal and hexadecimal numbers

Path = tuple[str | int, ...]


class Document(NamedTuple):
    """The values of a YAML file, and the line (from 1) of each by its path."""

    values: Any
    lines: dict[Path, int]

    def line(self, path: Path) -> int:
        """Return the line of a value, or of the nearest one around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(text: str, where: str) -> Document:
    """Return what a YAML file holds.

    Raises CardkitError with file and line if it is not YAML, holds an alias or a key twice.

    >>> read("a: {b: no, c: 1e3}", "x.yaml").values
    {'a': {'b': 'no', 'c': 1000.0}}
    """
    lines: dict[Path, int] = {}
    try:
        for event in yaml.parse(text, Loader=LOADER):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "tag", None):
                raise CardkitError(
                    "it holds an alias or a tag",
                    where=f"{where}:{event.start_mark.line + 1}" if event.start_mark else where,
                    todo="write the value itself",
                )
        node = yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise CardkitError(
            f"it is not YAML: {error.problem or error}",
            where=f"{where}:{mark.line + 1}" if mark else where,
            todo="put the value in quotes, or mend the indentation of this line",
        ) from error
    except yaml.YAMLError as error:
        raise CardkitError(
            f"it is not YAML: {error}", where=where, todo="save it as UTF-8 text"
        ) from error
    values = _value(node, (), lines, where) if node is not None else None
    return Document(values, lines)


def _value(node: Any, path: Path, lines: dict[Path, int], where: str) -> Any:
    if path in lines or len(path) > 20:
        at = f"{where}:{node.start_mark.line + 1}"
        raise CardkitError("it is too deep", where=at, todo="write each value once")
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return [_value(each, (*path, i), lines, where) for i, each in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key, each in node.value:
            name = str(key.value)
            if name in found:
                raise CardkitError(
                    f"the key {name!r} stands twice",
                    where=f"{where}:{key.start_mark.line + 1}",
                    todo="keep one of them",
                )
            found[name] = _value(each, (*path, name), lines, where)
            lines[(*path, name)] = key.start_mark.line + 1
        return found
    return node.value if node.style else scalar(node.value)  # a style is quotes or a block


def scalar(written: str) -> Any:
    """Return what a plain scalar means.

    >>> [scalar(each) for each in ("7", "1e-5", "true", "no", "2024-07-01", "~")]
    [7, 1e-05, True, 'no', '2024-07-01', None]
    """
    if written.lower() in WORDS and written in (written.lower(), written.capitalize()):
        return WORDS[written.lower()]
    if len(written) > LONGEST:
        return written
    if INTEGER.fullmatch(written):
        return int(written)
    if FLOAT.fullmatch(written) and isfinite(float(written)):
        return float(written)
    return written
