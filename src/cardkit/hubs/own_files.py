"""What a model's own files say beside its card, at the same revision."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from cardkit.entries.hub_files import CONFIG, GENERATION, TOKENIZER, of_configs
from cardkit.errors import UnreadableValueError
from cardkit.hubs import weights
from cardkit.hubs.asking import Source
from cardkit.hubs.cards import bytes_of
from cardkit.hubs.tree import RemoteFile

LARGEST = 32 << 20
"""Bytes of a config that is read: a tokenizer's may list all its tokens."""


class OwnFiles(NamedTuple):
    """What a model's files say of what a card's spec says."""

    spec: dict[str, Any]
    """Values of config.json, by their names in the record."""
    parameters: int | None
    """The exact count of the weights' headers."""
    scaled: tuple[float, ...] = ()
    """Contexts that config.json reaches by scaling its positions."""
    notes: tuple[str, ...] = ()
    """What is not there or could not be read."""


def read(found: Source) -> OwnFiles:
    """Return what the files at a hub say; what is missing or broken is noted.

    Raises HubError if bytes do not come, or others than the tree tells.
    """
    files = {file.path: file for file in found.tree.files}
    notes: list[str] = []
    config, generation, tokenizer = (
        _config(found, files, name, notes) for name in (CONFIG, GENERATION, TOKENIZER)
    )
    if CONFIG not in files:
        notes.append(f"it has no {CONFIG}: the spec's shape was not compared")
    said = of_configs(config, generation, tokenizer)
    leaves = {**said["spec"], "dtype": said["load"]["dtype"]}
    spec = {name: leaf["value"] for name, leaf in leaves.items() if leaf and "value" in leaf}
    if quantized := config.get("quantization_config") is not None:
        spec.pop("dtype", None)  # that of the parts that were left whole
    parameters = None if quantized else _parameters(found, files, notes)
    if quantized:
        notes.append(f"{CONFIG} says that it is quantized: its parameters were not counted")
    return OwnFiles(spec, parameters, _scaled(config), tuple(notes))


def _config(
    found: Source, files: Mapping[str, RemoteFile], name: str, notes: list[str]
) -> dict[str, Any]:
    """Return a config, {} where there is none that can be read."""
    if name not in files:
        return {}
    if files[name].size > LARGEST:
        notes.append(f"{name} has {files[name].size:,} bytes, the limit is {LARGEST:,}: not read")
        return {}
    try:
        told = json.loads(bytes_of(found, files[name]))
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        notes.append(f"{name} holds no JSON object: nothing was compared with it")
        return {}
    return told


def _parameters(found: Source, files: Mapping[str, RemoteFile], notes: list[str]) -> int | None:
    try:
        counted = weights.count(weights.AtHub(found), files)
    except UnreadableValueError as error:
        notes.append(f"{error.where}: {error.problem}; its parameters were not counted")
        return None
    if counted is None:
        notes.append(f"it has no {weights.SINGLE}: its parameters were not counted")
    elif found.code == "hub.mirror_mismatch":
        notes.append(
            f"the headers of its weights are what {found.web.host} gives: "
            "a part of a file has no hash to hold it to"
        )
    return counted


def _scaled(config: Mapping[str, Any]) -> tuple[float, ...]:
    scaling = config.get("rope_scaling")
    if not isinstance(scaling, dict):
        return ()
    factor = scaling.get("factor")
    lengths = (
        config.get("max_position_embeddings"),
        scaling.get("original_max_position_embeddings"),
    )
    if not isinstance(factor, (int, float)):
        return ()
    return tuple(length * factor for length in lengths if isinstance(length, int))
