"""Where a run finds Python's packages: of all that Python looks into, only where some lie.

The current folder, or that of a script, is a user's own, and may be the home or a project.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from cardkit.sandbox.box import PACKAGE, holds_home

LIBRARIES = ("torch", "torch_npu", "transformers", "accelerate", "tokenizers", "safetensors")
"""What is looked for by its name too: one that is worked on lies where its source is."""
INSTALLED = "*.dist-info"
"""What an installer leaves beside each package: https://peps.python.org/pep-0376/."""


def folders() -> list[Path]:
    """Return the folders that packages were installed into, and the one that cardkit lies in.

    None of them holds the home of the user.
    """
    return [path for path in dict.fromkeys(_folders()) if not holds_home(path)]


def searched() -> list[str]:
    """Return where a run's Python looks for modules: what it may read of where this one does."""
    known = [*folders(), *map(Path, (sys.prefix, sys.base_prefix, sys.exec_prefix))]
    real = [path.resolve() for path in known if not holds_home(path)]
    return [each for each in sys.path if each and _is_in(Path(each).resolve(), real)]


def _folders() -> Iterator[Path]:
    yield PACKAGE.parent
    for each in sys.path:
        if each and os.path.isdir(each) and any(Path(each).glob(INSTALLED)):
            yield Path(each)
    for name in LIBRARIES:
        found = find_spec(name)
        for place in (found and found.submodule_search_locations) or ():
            yield Path(place).parent


def _is_in(path: Path, folders: list[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)
