"""Ollama's reading of a Modelfile and of its template, written anew from its documentation.

The parser follows the states of parser/parser.go, the evaluator the part of Go's text/template
that cardkit writes (https://pkg.go.dev/text/template).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

Tree = list[Any]
ACTION = re.compile(r'\{\{((?:[^"}]|"(?:[^"\\]|\\.)*"|\}(?!\}))*)\}\}', re.DOTALL)
WORD = re.compile(r'"(?:[^"\\]|\\.)*"|\S+')


class Refused(Exception):  # noqa: N818 - it is what the template says
    """A template that stopped at what is not documented."""


def parse(text: str) -> list[tuple[str, str]]:
    """Return the instructions of a Modelfile, each with its value; a parameter under its name."""
    found: list[tuple[str, str]] = []
    rest = text
    while rest.strip():
        rest = rest.lstrip(" \t\r\n")
        if rest.startswith("#"):
            rest = rest.partition("\n")[2]
            continue
        name, _, rest = rest.partition(" ")
        if name == "PARAMETER":
            name, _, rest = rest.partition(" ")
        value, rest = _value(rest)
        found.append((name, value))
    return found


def _value(rest: str) -> tuple[str, str]:
    """Return a value, which ends at the first line end where its quotes are closed."""
    held = ""
    for i, sign in enumerate(rest):
        if sign in "\r\n" and _unquoted(held.strip()) is not None:
            return str(_unquoted(held.strip())), rest[i:]
        if sign in "\r\n\t" or sign.isprintable():  # others are dropped
            held += sign
    value = _unquoted(held.strip())
    assert value is not None, "its quotes are open at the end"
    return value, ""


def _unquoted(text: str) -> str | None:
    if text.startswith('"""'):
        return text[3:-3] if len(text) >= 6 and text.endswith('"""') else None
    if text.startswith('"'):
        return text[1:-1] if len(text) >= 2 and text.endswith('"') else None
    return text


def execute(template: str, messages: list[dict[str, str]]) -> str:
    """Return what a template makes of messages.

    Raises Refused where it stops.
    """
    system = "\n\n".join(each["content"] for each in messages if each["role"] == "system")
    names: dict[str, Any] = {".System": system, "$.System": system}
    names[".Messages"] = [{".Role": each["role"], ".Content": each["content"]} for each in messages]
    parts = iter(_parts(template))
    tree, ended = _tree(parts)
    assert ended is None
    return _run(tree, names, names)


def _parts(template: str) -> Iterator[tuple[str, str]]:
    at = 0
    for found in ACTION.finditer(template):
        yield "text", template[at : found.start()]
        yield "action", found[1].strip()
        at = found.end()
    rest = template[at:]
    assert "{{" not in rest, f"an action that does not end: {rest!r}"
    yield "text", rest


def _tree(parts: Iterator[tuple[str, str]]) -> tuple[Tree, str | None]:
    """Return the nodes up to what ends them: `end`, or an `else` with what follows it."""
    nodes: Tree = []
    for kind, text in parts:
        if kind == "text":
            assert "{{" not in text, f"an action that does not end: {text!r}"
            nodes.append(("text", text))
        elif text == "end" or text.split()[0] == "else":
            return nodes, text
        elif text.split()[0] in ("if", "range"):
            nodes.append(_branch(text, parts))
        else:
            nodes.append(("do", text))
    return nodes, None


def _branch(text: str, parts: Iterator[tuple[str, str]]) -> tuple[Any, ...]:
    verb, _, condition = text.partition(" ")
    then, ended = _tree(parts)
    assert ended is not None
    other: Tree = []
    if ended.startswith("else if"):
        other = [_branch(ended.removeprefix("else "), parts)]
    elif ended == "else":
        other, ended = _tree(parts)
        assert ended == "end"
    return verb, condition, then, other


def _run(tree: Tree, names: dict[str, Any], outer: dict[str, Any]) -> str:
    made = ""
    for node in tree:
        match node:
            case ("text", text):
                made += text
            case ("do", text):
                made += _do(text, names)
            case ("if", condition, then, other):
                made += _run(then if _value_of(condition, names) else other, names, outer)
            case ("range", what, then, _):
                for each in names[what]:
                    names.update(each)
                    made += _run(then, names, outer)
    return made


def _do(text: str, names: dict[str, Any]) -> str:
    words = WORD.findall(text)
    if len(words) == 3 and words[1] in ("=", ":="):
        names[words[0]] = _one(words[2], names)
        return ""
    return str(_value_of(text, names))


def _value_of(text: str, names: dict[str, Any]) -> Any:
    words = WORD.findall(text)
    values = [_one(word, names) for word in words[1:]]
    match words[0]:
        case "eq":
            return values[0] == values[1]
        case "ne":
            return values[0] != values[1]
        case "not":
            return not values[0]
        case "slice":
            assert len(values[0]) < values[1]
            raise Refused(values[0])
    assert len(words) == 1, text
    return _one(words[0], names)


def _one(word: str, names: dict[str, Any]) -> Any:
    if word.startswith('"') or word.isdigit():
        return json.loads(word)  # the escapes that cardkit writes are also JSON's
    return names[word]
