"""Entries written as YAML that people edit: their comments and their order stay."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cardkit.entries import yaml_values
from cardkit.entries.merging import is_leaf

HEADER = """\
# How to load and prompt this model, and where each value comes from: characters of the card,
# a file of the hub, a decision, or other values. `cardkit build` makes it anew from its card and
# never touches what has `decided`. To decide a value, write  name: {value: …, decided: why}
"""
WIDTH = 100


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
    text = as_yaml(tree, before)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
    return True


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
        special = "\n" in part or part != part.strip() or not part.isprintable()
        if special or yaml_values.scalar(part) != part:
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


def _sync(node: Any, part: Mapping[str, Any]) -> None:
    """Make a document say what a tree says, and leave alone what says it already."""
    for key in [key for key in node if key not in part]:
        del node[key]
    for place, (key, wanted) in enumerate(part.items()):
        if key not in node:
            node.insert(place, key, _node(wanted, key))
        elif _plain(node[key]) == wanted:
            continue
        elif isinstance(wanted, Mapping) and not is_leaf(wanted) and hasattr(node[key], "insert"):
            _sync(node[key], wanted)
        else:
            node[key] = _node(wanted, key)


def _plain(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {str(key): _plain(each) for key, each in node.items()}
    if isinstance(node, list):
        return [_plain(each) for each in node]
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node
