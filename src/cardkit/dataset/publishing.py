"""The last step of a build: its parts become the data set, with all that is told about it."""

from __future__ import annotations

import hashlib

from cardkit.dataset import croissant, dataset_card, dictionary, manifest, rows_as_json
from cardkit.dataset.manifest import File, Manifest
from cardkit.dataset.reading import UNFINISHED
from cardkit.dataset.shelf import Shelf
from cardkit.dataset.tables import TABLES

JSONL = "jsonl"
PAPERS = {
    "README.md": dataset_card.as_markdown,
    "DICTIONARY.md": dictionary.as_markdown,
    "croissant.json": croissant.as_json,
}


def publish(shelf: Shelf, new: Manifest, old: Manifest, *, jsonl: bool = False) -> Manifest:
    """Move new parts to their place, write what is told about them, remove what is left over.

    Stopped anywhere, it does the same again.
    """
    there = shelf.names()
    names = [part.name for known in new.sources.values() for part in known.parts]
    wanted = {f"{table}/{name}.parquet": table for table in TABLES for name in names}
    files: dict[str, File] = {}
    for path in wanted:
        if path in there and path in old.files:
            files[path] = old.files[path]
            continue
        if f"{UNFINISHED}/{path}" in there:
            shelf.move(f"{UNFINISHED}/{path}", path)
        files[path] = _file(shelf, path)
    new = new._replace(files=files)
    lines = {f"{JSONL}/{path.removesuffix('.parquet')}.jsonl.gz": path for path in wanted}
    jsonl = jsonl or any(path.startswith(f"{JSONL}/") for path in there)  # once asked for, kept
    if jsonl:
        for path, parquet in lines.items():
            if path not in there:
                shelf.put(path, rows_as_json.as_jsonl_gz(shelf.get(parquet) or b""))
    for name, paper in PAPERS.items():
        _renew(shelf, name, paper(new).encode())
    _renew(shelf, manifest.FILE, new.as_json())
    left = [
        path
        for path in shelf.names()
        if path.startswith((f"{UNFINISHED}/", *(f"{table}/" for table in TABLES)))
        or (path.startswith(f"{JSONL}/") and not (jsonl and path in lines))
        if path not in wanted
    ]
    shelf.remove(left)
    return new


def _renew(shelf: Shelf, name: str, content: bytes) -> None:
    """Write a file unless it is as it should be: at some stores each writing leaves a version."""
    if shelf.get(name) != content:
        shelf.put(name, content)


def _file(shelf: Shelf, path: str) -> File:
    import io

    import pyarrow.parquet

    content = shelf.get(path) or b""
    rows = pyarrow.parquet.read_metadata(io.BytesIO(content)).num_rows
    return File(rows, len(content), hashlib.sha256(content).hexdigest())
