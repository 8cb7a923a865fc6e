"""Entries written as YAML that people edit: their comments and their order stay."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cardkit.entries import yaml_values
from cardkit.entries.merging import is_leaf
from cardkit.errors import CardkitError
from cardkit.patterns import regex

HEADER = """\
# How to load and prompt this model, and where each value comes from: characters of the card,
# a file of the hub, a decision, or other values. `cardkit build` makes it anew from its card and
# never touches what has `decided`. To decide a value, write  name: {value: …, decided: why}
"""
WIDTH = 100
PLAIN = regex(r"[^\W_](?:[\w ./()+'-]*[\w.)])?")
"""Texts that need no quotes, whoever reads them."""


def as_yaml(tree: Mapping[str, Any], before: str | None = None) -> str:
    """Return an entry as YAML; over a text from before, only what differs changes."""
    from ruamel.yaml import YAML

    writer = YAML(typ="rt")
    writer.width = 1 << 20  # a value is one line
    writer.preserve_quotes = True
    writer.indent(mapping=2, sequence=4, offset=2)
    writer.allow_unicode = True
    writer.representer.add_representer(type(None), _null)
    if before is None:
        document = _node(tree)
    else:
        document = writer.load(before)
        _sync(document, tree)
    out = io.StringIO()
    writer.dump(document, out)
    return (HEADER if before is None else "") + out.getvalue()


def write(path: Path, tree: Mapping[str, Any]) -> bool:
    """Write an entry to its file; return whether that changed it."""
    before = path.read_text(encoding="utf-8") if path.exists() else None
    if before is not None and yaml_values.read(before, str(path)).values == tree:
        return False
    put(path, as_yaml(tree, before))
    return True


def put(path: Path, text: str) -> None:
    """Write a text to a file whole or not at all.

    Raises CardkitError if it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise CardkitError(
            f"it cannot be written: {(error.strerror or str(error)).lower()}",
            where=str(path),
            todo="choose another name, or a folder that you may write to",
        ) from error


def _null(representer: Any, _: None) -> Any:
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")


BLOCKS = ("code", "chat_template", "expected_output")
"""Values that are written as blocks of lines; all others on one line, line ends as \\n."""


def _node(part: Any, name: str = "") -> Any:
    """Return a part as what ruamel writes: each value with its origin on one line."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

    if isinstance(part, Mapping):
        node = CommentedMap(
            {key: _node(each, name if is_leaf(part) else key) for key, each in part.items()}
        )
        block = is_leaf(part) and any(
            isinstance(each, LiteralScalarString) or _long(part) for each in node.values()
        )
        if is_leaf(part) and not block:
            node.fa.set_flow_style()
        return node
    if isinstance(part, list):
        seq = CommentedSeq([_node(each) for each in part])
        if not any(isinstance(each, Mapping) for each in part):
            seq.fa.set_flow_style()
        return seq
    if isinstance(part, str):
        if name in BLOCKS and "\n" in part and _fits_a_block(part):
            return LiteralScalarString(part)
        if not PLAIN.fullmatch(part) or yaml_values.scalar(part) != part:
            return DoubleQuotedScalarString(part)
    return part


def _long(leaf: Mapping[str, Any]) -> bool:
    return sum(len(str(each)) + len(key) + 4 for key, each in leaf.items()) > WIDTH


def _fits_a_block(text: str) -> bool:
    """Return whether a literal block gives a text back: no odd line ends, no blank at its ends."""
    lines = text.split("\n")
    return (
        all(line.isprintable() and line == line.rstrip() for line in lines)
        and not text.startswith((" ", "\n"))
        and not text.endswith("\n\n")
    )


def _same_rows(node: Any, wanted: list[Any]) -> bool:
    """Return whether two lists hold the same values, so that only their origins can differ."""
    old = _plain(node)
    return (
        isinstance(old, list)
        and all(is_leaf(each) for each in (*old, *wanted))
        and [each["value"] for each in old] == [each["value"] for each in wanted]
    )


def _sync(node: Any, part: Mapping[str, Any], name: str = "") -> None:
    """Make a document say what a tree says, and leave alone what says it already.

    It is changed where it stands, so that comments stay beside what they are about.
    """
    for key in [key for key in node if key not in part]:
        del node[key]
    for place, (key, wanted) in enumerate(part.items()):
        spelled = name if is_leaf(part) else key
        if key not in node:
            node.insert(place, key, _node(wanted, spelled))
        elif _plain(node[key]) == wanted:
            continue
        elif isinstance(wanted, Mapping) and hasattr(node[key], "insert"):
            _sync(node[key], wanted, key)
        elif isinstance(wanted, list) and _same_rows(node[key], wanted):
            for old, new in zip(node[key], wanted, strict=True):
                _sync(old, new, key)
        else:
            node[key] = _node(wanted, spelled)


def _plain(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {str(key): _plain(each) for key, each in node.items()}
    if isinstance(node, list):
        return [_plain(each) for each in node]
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node
