"""The folder that the example loads from: links to the fetched files, without what names code."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from cardkit.errors import UnreadableValueError
from cardkit.hubs import weights
from cardkit.hubs.fetching import Fetched
from cardkit.outcome import Files

CODE_KEYS = (
    "auto_map",
    "custom_pipelines",
    "_attn_implementation_internal",
    "_attn_implementation",
    "attn_implementation",
    "_experts_implementation_internal",
)
"""Keys of a config that name code: files of the repository, or a kernel on a hub."""
NO_CODE = ("eager", "sdpa", "flash_attention_2", "flash_attention_3", "flex_attention", None)
"""Values of the attention keys that are the library's own."""
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".msgpack", ".h5")
SAFE = ".safetensors"
LARGEST = 32 << 20


class Laid(NamedTuple):
    """The folder, and what is to be known of it."""

    folder: Path
    files: Files


def lay_out(fetched: Fetched, folder: Path, *, allow_code: bool) -> Laid:
    """Make the folder: no Python file and no config key that names code, unless allowed."""
    folder.mkdir(parents=True)
    dropped: set[str] = set()
    code = []
    for file in fetched.files:
        if file.path.endswith(".py"):
            code.append(file.path)
            if not allow_code:
                continue
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        source = fetched.folder / file.path
        clean = None
        if file.path.endswith("config.json") and file.size <= LARGEST:
            clean = _without_code(source.read_bytes(), dropped)
        if clean is not None and not allow_code:
            target.write_text(clean, encoding="utf-8")
        else:
            os.symlink(source.resolve(), target)
    code += [path for path in fetched.others if path.endswith(".py")]
    return Laid(folder, _files(fetched, tuple(sorted(code)), tuple(sorted(dropped))))


def _without_code(raw: bytes, dropped: set[str]) -> str | None:
    """Return a config without keys that name code; None where it has none, or is no config."""
    try:
        told = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    found: set[str] = set()
    clean = _cleaned(told, found)
    dropped |= found
    return json.dumps(clean, ensure_ascii=False, indent=2) if found else None


def _cleaned(told: Any, found: set[str]) -> Any:
    if isinstance(told, list):
        return [_cleaned(each, found) for each in told]
    if not isinstance(told, dict):
        return told
    kept = {}
    for key, value in told.items():
        own = "attn_implementation" in key and (isinstance(value, str | None) and value in NO_CODE)
        if key in CODE_KEYS and not own:
            found.add(key)
        else:
            kept[key] = _cleaned(value, found)
    return kept


def _files(fetched: Fetched, code: tuple[str, ...], keys: tuple[str, ...]) -> Files:
    paths = [file.path for file in fetched.files]
    notes = list(fetched.notes)
    try:
        counted = weights.count(
            weights.InFolder(fetched.folder), {file.path: file for file in fetched.files}
        )
    except UnreadableValueError as error:
        counted = None
        notes.append(f"{error.where}: {error.problem}; its parameters were not counted")
    return Files(
        hub=fetched.hub,
        id=fetched.id,
        revision=fetched.revision,
        commit=fetched.commit,
        pin=fetched.pin,
        endpoint=fetched.endpoint,
        tree_from=fetched.tree_from,
        count=len(paths),
        size=sum(file.size for file in fetched.files),
        came=fetched.came,
        weights=tuple(path for path in paths if path.endswith(SAFE)),
        pickles=tuple(path for path in (*paths, *fetched.others) if path.endswith(PICKLES)),
        code=code,
        config_keys=keys,
        num_parameters=counted,
        notes=tuple(notes),
    )
