"""A model that test hubs hold, and what lies in a folder, for tests that compare the whole."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from cardkit import hubs

MODEL = "ant/ant-1b"
FILES = {
    "README.md": b"---\nlicense: mit\n---\n# Ant 1B\n\nAnt 1B has 1.2B parameters.\n",
    "config.json": b'{"model_type": "ant"}\n',
    "empty.txt": b"",
    "model-1.safetensors": bytes(range(256)) * 1200,
    "model-2.safetensors": bytes(range(255, -1, -1)) * 1200,
    "onnx/deep/model.onnx": b"onnx" * 500,
    "onnx/same.onnx": b"onnx" * 500,
}
Fetch = Callable[..., hubs.Fetched]
"""`hubs.fetch` from a hub on this machine into a new cache."""


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder by their paths; links as what they lead to."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def blobs(cache: Path) -> dict[str, int]:
    """Return the sizes of what lies among the blobs of all models, broken or on its way too."""
    sizes = {}
    for path in sorted(cache.glob("*/blobs/*")):
        with contextlib.suppress(FileNotFoundError):  # a fetch goes on beside us
            sizes[path.name] = path.stat().st_size
    return sizes
