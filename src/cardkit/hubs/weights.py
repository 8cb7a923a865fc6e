"""Counts a model's parameters from the headers of its safetensors weights, without the weights.

A file begins with 8 bytes, the length of its header as a little-endian number, then the header:
JSON that gives each tensor's dtype, shape and place
(https://huggingface.co/docs/safetensors). A part of a file has no hash that it could be held to;
so each header is held to itself and to the size that the tree tells.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from cardkit.errors import UnreadableValueError
from cardkit.hubs.asking import Source
from cardkit.hubs.cards import bytes_of
from cardkit.hubs.faults import TryAgainError
from cardkit.hubs.tree import RemoteFile

SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
LONGEST_HEADER = 16 << 20
"""Bytes; the headers of the largest models' shards have some hundred thousand."""
LARGEST_INDEX = 32 << 20
"""Bytes; that of a model with 256 experts in each of 61 layers has nine million."""
MOST_SHARDS = 64
FLOATS = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1, "F8_E5M2": 1}
"""Bytes of one parameter."""
NO_PARAMETERS = ("BOOL", "I64")
"""Masks and positions that are saved beside the parameters."""
DIMENSIONS = 32


class Bytes(Protocol):
    """Where the bytes of files come from."""

    def first(self, file: RemoteFile, size: int) -> bytes:
        """Return a file's first bytes."""

    def whole(self, file: RemoteFile) -> bytes:
        """Return all of them."""


class AtHub(NamedTuple):
    """Files at a hub."""

    found: Source

    def first(self, file: RemoteFile, size: int) -> bytes:
        """Return a file's first bytes; a server that knows no ranges is left after them."""
        return _first(self.found, file, size)

    def whole(self, file: RemoteFile) -> bytes:
        """Return all of them, held to the hash that the tree tells."""
        return bytes_of(self.found, file)


class InFolder(NamedTuple):
    """Files on this machine."""

    folder: Path

    def first(self, file: RemoteFile, size: int) -> bytes:
        """Return a file's first bytes."""
        with (self.folder / file.path).open("rb") as stream:
            return stream.read(size)

    def whole(self, file: RemoteFile) -> bytes:
        """Return all of them."""
        return (self.folder / file.path).read_bytes()


def count(found: Bytes, files: Mapping[str, RemoteFile]) -> int | None:
    """Return how many parameters the weights hold; None where there are no safetensors.

    Raises UnreadableValueError if they cannot be counted, and HubError.
    """
    if INDEX not in files:
        return sum(_sizes(found, files[SINGLE]).values()) if SINGLE in files else None
    shards = _shards(found, files[INDEX])
    total = 0
    for name, tensors in shards.items():
        if name not in files:
            raise _bad(INDEX, f"it names {name!r}, which is not there")
        sizes = _sizes(found, files[name])
        if lost := tensors - sizes.keys():
            raise _bad(name, f"it lacks {min(lost)!r}, which {INDEX} names")
        total += sum(sizes[tensor] for tensor in tensors)
    return total


def _shards(found: Bytes, index: RemoteFile) -> dict[str, set[str]]:
    """Return the names of the tensors of each shard."""
    if index.size > LARGEST_INDEX:
        raise _bad(INDEX, f"it has {index.size:,} bytes, the limit is {LARGEST_INDEX:,}")
    told = _object(INDEX, found.whole(index))
    places = told.get("weight_map")
    if not isinstance(places, dict) or not all(isinstance(each, str) for each in places.values()):
        raise _bad(INDEX, "it has no weight_map of names")
    shards: dict[str, set[str]] = {}
    for tensor, name in places.items():
        shards.setdefault(name, set()).add(tensor)
    if len(shards) > MOST_SHARDS:
        raise _bad(INDEX, f"it names {len(shards)} files, the limit is {MOST_SHARDS}")
    return shards


def _sizes(found: Bytes, file: RemoteFile) -> dict[str, int]:
    """Return the parameters of each tensor of a file; 0 for what is none."""
    room = file.size - 8
    length = int.from_bytes(found.first(file, 8), "little") if room > 0 else 0
    if not 2 <= length <= room:
        raise _bad(file.path, "it does not begin as safetensors do")
    if length > LONGEST_HEADER:
        raise _bad(file.path, f"its header has {length:,} bytes, the limit is {LONGEST_HEADER:,}")
    header = _object(file.path, found.first(file, 8 + length)[8:])
    return dict(_tensors(file.path, header, room - length))


def _tensors(path: str, header: Mapping[str, Any], room: int) -> Iterator[tuple[str, int]]:
    """Yield each tensor's name and parameters, held to the bytes that are there for it."""
    taken = 0
    for name, told in header.items():
        if name == "__metadata__":
            continue
        row = told if isinstance(told, dict) else {}
        shape, place = _lengths(row.get("shape"), room), _lengths(row.get("data_offsets"), room)
        if shape is None or place is None or len(place) != 2:
            raise _bad(path, f"its header gives {name!r} no shape and place")
        dtype, size, held = row.get("dtype"), math.prod(shape), place[1] - place[0]
        taken += held
        if dtype in NO_PARAMETERS:
            yield name, 0
        elif dtype not in FLOATS:
            raise _bad(path, f"{name!r} is {dtype}: packed, its numbers are not its parameters")
        elif size * FLOATS[dtype] != held:
            raise _bad(path, f"its header gives {name!r} {held} bytes for {size} of {dtype}")
        else:
            yield name, size
    if taken != room:
        raise _bad(path, f"its header tells of {taken} bytes, {room} are there")


def _lengths(told: Any, largest: int) -> list[int] | None:
    """Return a list of lengths that a file may have; None for anything else."""
    if not isinstance(told, list) or len(told) > DIMENSIONS:
        return None
    return told if all(type(each) is int and 0 <= each <= largest for each in told) else None


def _first(found: Source, file: RemoteFile, size: int) -> bytes:
    """Return a file's first bytes; a server that knows no ranges is left after them."""

    def read() -> bytes:
        taken = bytearray()
        with found.web.stream(found.url(file), end=size) as response:
            if response.status_code == 416:
                raise TryAgainError("it has no first bytes")
            for piece in response.iter_raw():
                taken += piece
                if len(taken) >= size:
                    return bytes(taken[:size])
        raise TryAgainError(f"it ends after {len(taken)} of {size} bytes")

    return found.web.patiently(read)


def _object(path: str, raw: bytes) -> dict[str, Any]:
    try:
        told = json.loads(raw)
    except (ValueError, RecursionError):
        raise _bad(path, "it is no JSON") from None
    if not isinstance(told, dict):
        raise _bad(path, "it holds no object")
    return told


def _bad(path: str, why: str) -> UnreadableValueError:
    return UnreadableValueError(why, where=path)
