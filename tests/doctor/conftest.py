"""Packages that are not what they should be, in a folder of their own."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a package before all others; the child process finds it there too."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)

    def package(
        name: str,
        version: str,
        code: str = "",
        requires: Sequence[str] = (),
        backend: str = "",
    ) -> Path:
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(code)
        about = folder / f"{name}-{version or 0}.dist-info"
        about.mkdir()
        stated = [f"Version: {version}"] if version else []
        rows = ["Metadata-Version: 2.1", f"Name: {name}", *stated]
        rows += [f"Requires-Dist: {wanted}" for wanted in requires]
        (about / "METADATA").write_text("\n".join(rows) + "\n")
        if backend:
            (about / "entry_points.txt").write_text(f"[torch.backends]\n{name} = {backend}\n")
        importlib.invalidate_caches()
        return folder / name

    return package
