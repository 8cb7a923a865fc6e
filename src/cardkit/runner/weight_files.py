"""The tensors of a folder's safetensors files, read a part at a time.

https://huggingface.co/docs/safetensors: eight bytes with the header's length, the header as JSON,
then the tensors' bytes, little endian. Read plainly and not mapped into memory, so that no tensor
counts twice for this process.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from cardkit.runner.scene import Scene, UntriedError

LONGEST = 100 << 20
"""Bytes of a header, as the format bounds it."""
PART = 8 << 20
"""Bytes that are read at a time."""
FORMATS = {
    "BOOL": "bool",
    "U8": "uint8",
    "I8": "int8",
    "I16": "int16",
    "U16": "uint16",
    "I32": "int32",
    "U32": "uint32",
    "I64": "int64",
    "U64": "uint64",
    "F16": "float16",
    "BF16": "bfloat16",
    "F32": "float32",
    "F64": "float64",
    "F8_E4M3": "float8_e4m3fn",
    "F8_E5M2": "float8_e5m2",
}
"""Number formats of the files, as torch calls them."""


class Stored(NamedTuple):
    """A tensor in a file."""

    path: Path
    begin: int
    """Its first byte in the file."""
    shape: tuple[int, ...]
    dtype: str
    """As torch calls it."""

    @property
    def size(self) -> int:
        """Values."""
        return math.prod(self.shape)


def stored(scene: Scene) -> dict[str, Stored]:
    """Return the tensors of the files that the model was loaded from, by their names there.

    Raises UntriedError where there are no such files, or a header cannot be read.
    """
    found: dict[str, Stored] = {}
    for path in files(scene):
        found |= header(path)
    return found


def files(scene: Scene) -> list[Path]:
    """Return the files that `from_pretrained` reads for the arguments it was given."""
    arguments = scene.arguments
    if arguments.get("gguf_file"):
        raise UntriedError("the model was loaded from a GGUF file, whose numbers are quantized")
    folder = scene.folder / (arguments.get("subfolder") or "")
    variant = arguments.get("variant")
    dot = f".{variant}" if variant else ""
    single = folder / f"model{dot}.safetensors"
    index = folder / f"model.safetensors.index{dot}.json"
    if single.is_file():
        return [single]
    if index.is_file():
        named = json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()
        return [folder / name for name in sorted(set(named))]
    raise UntriedError("the folder has no model.safetensors and no index of several")


def header(path: Path) -> dict[str, Stored]:
    """Return the tensors of one file."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > LONGEST:
            raise UntriedError(f"{path.name} begins with no header of safetensors")
        rows = json.loads(file.read(length))
    found = {}
    for name, row in rows.items():
        if name == "__metadata__":
            continue
        if row["dtype"] not in FORMATS:
            raise UntriedError(f"{name} has the number format {row['dtype']}")
        begin = 8 + length + row["data_offsets"][0]
        found[name] = Stored(path, begin, tuple(row["shape"]), FORMATS[row["dtype"]])
    return found


def parts(
    at: Stored, buffer: bytearray, begin: int = 0, end: int | None = None
) -> Iterator[tuple[int, Any]]:
    """Yield a tensor's values, from one to another, part by part, with the place of its first.

    A part is a flat tensor that lies in the buffer, and is gone with the next.
    """
    import torch

    dtype = getattr(torch, at.dtype)
    wide = dtype.itemsize
    step = len(buffer) // wide
    end = at.size if end is None else end
    with at.path.open("rb", buffering=0) as file:
        file.seek(at.begin + begin * wide)
        for first in range(begin, end, step):
            count = min(step, end - first)
            view = memoryview(buffer)[: count * wide]
            if _filled(file, view) < len(view):
                raise UntriedError(f"{at.path.name} ends in the middle of a tensor")
            yield first, torch.frombuffer(buffer, dtype=dtype, count=count)


def whole(at: Stored) -> Any:
    """Return a tensor in memory."""
    import torch

    if not at.size:
        return torch.empty(at.shape, dtype=getattr(torch, at.dtype))
    buffer = bytearray(at.size * getattr(torch, at.dtype).itemsize)
    return next(tensor for _, tensor in parts(at, buffer)).reshape(at.shape)


def _filled(file: Any, view: memoryview) -> int:
    done = 0
    while done < len(view):
        got = file.readinto(view[done:])
        if not got:
            break
        done += got
    return done
