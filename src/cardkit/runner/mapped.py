"""Which values of a tensor this process holds itself, where the others still are the file's.

`from_pretrained` maps a file into memory where it needs no cast. A page of such a mapping is read
from the file when it is first touched, so that one which never was is the file. To compare it
would only make this process larger: an embedding of many rows stays on the disk but for the few
that an example looks up. Changed pages are held by the process, and so are those that it touched.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from cardkit.runner.weight_files import PART, Stored, parts

PAGES, MAPS = Path("/proc/self/pagemap"), Path("/proc/self/maps")
ENTRY = 8
"""Bytes of a page in PAGES: https://docs.kernel.org/admin-guide/mm/pagemap.html"""
HELD = 0b11 << 62
"""Bits of an entry: the page is in memory, or was and is swapped out."""


class Mapping(NamedTuple):
    """A part of this process's memory that is a file's."""

    begin: int
    end: int
    offset: int
    """Where it begins in the file."""
    path: str


def mappings() -> list[Mapping]:
    """Return what is mapped; nothing where the machine does not say."""
    found = []
    try:
        with MAPS.open(encoding="utf-8", errors="surrogateescape") as lines:
            for line in lines:
                place, _, offset, _, inode, *path = line.rstrip("\n").split(maxsplit=5)
                if path and int(inode):
                    begin, end = (int(each, 16) for each in place.split("-"))
                    found.append(Mapping(begin, end, int(offset, 16), path[0]))
    except OSError:
        return []
    return found


def held(at: Stored, flat: Any, maps: list[Mapping]) -> Iterator[tuple[int, int]]:
    """Yield where values that are to be compared begin and end: all, unless `flat` is mapped.

    `flat`: the tensor in memory, of one dimension. It counts as mapped where it lies, whole and in
    the file's number format, at its own place in a mapping of its own file.
    """
    address, size, wide = flat.data_ptr(), flat.numel() * flat.element_size(), flat.element_size()
    own = _mapped(flat, maps)
    if own is None or own != at._replace(path=Path(os.path.realpath(at.path)), shape=own.shape):
        yield 0, flat.numel()
        return
    for begin, end in _touched(address, size):
        yield begin // wide, -(-end // wide)  # a page may end inside of a value


def values(flat: Any, maps: list[Mapping]) -> Iterator[Any]:
    """Yield the values of a tensor of one dimension, part by part, each gone with the next.

    What is mapped from a file and was never touched is read from there, and stays untouched.
    """
    at = _mapped(flat, maps)
    done, size, step = 0, flat.numel(), PART // flat.element_size()
    if at is not None and at.path.is_file():  # else it was removed since
        buffer = bytearray(PART)
        for begin, end in held(at, flat, maps):
            yield from (part for _, part in parts(at, buffer, done, begin))
            yield from flat[begin:end].split(step)
            done = end
        yield from (part for _, part in parts(at, buffer, done, size))
    else:
        yield from flat.split(step)


def _mapped(flat: Any, maps: list[Mapping]) -> Stored | None:
    """Return where a tensor lies in a file that is mapped; None where it is not, or not whole."""
    address, size = flat.data_ptr(), flat.numel() * flat.element_size()
    own = next(
        (each for each in maps if each.begin <= address and address + size <= each.end), None
    )
    if own is None or flat.device.type != "cpu":
        return None
    begin, dtype = address - own.begin + own.offset, str(flat.dtype).removeprefix("torch.")
    return Stored(Path(own.path), begin, (flat.numel(),), dtype)


def _touched(address: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield the bytes, from 0 at the address on, whose pages this process holds."""
    page = os.sysconf("SC_PAGE_SIZE")
    first, last = address // page, -(-(address + size) // page)
    try:
        with PAGES.open("rb", buffering=0) as file:
            file.seek(first * ENTRY)
            entries = memoryview(file.read((last - first) * ENTRY)).cast("Q")
    except OSError:
        entries = memoryview(b"").cast("Q")
    if len(entries) != last - first:
        yield 0, size
        return
    since = None
    for number, entry in enumerate(chain(entries, (0,)), start=first):
        if entry & HELD:
            since = number if since is None else since
        elif since is not None:
            yield max(0, since * page - address), min(size, number * page - address)
            since = None
