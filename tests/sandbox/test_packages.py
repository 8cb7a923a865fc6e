"""A run reads where packages lie, and nothing else of where Python looks for modules."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import cardkit
from cardkit.sandbox import packages

SOURCE = Path(cardkit.__file__).parents[1]


@pytest.fixture
def looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Let Python look into a project, a home, a folder of packages, and one that holds the home."""
    names = ("project", "packages", "above/home")
    found = {name: tmp_path / name for name in names} | {"above": tmp_path / "above"}
    for path in found.values():
        path.mkdir(parents=True, exist_ok=True)
    (found["project"] / "main.py").write_text("")
    for name in ("packages", "above", "above/home"):
        (found[name] / "ant-1.0.dist-info").mkdir()
    monkeypatch.setenv("HOME", str(found["above/home"]))
    monkeypatch.setattr(sys, "path", ["", *map(str, found.values()), *sys.path])
    return found


def test_only_where_packages_were_installed(looked: dict[str, Path]) -> None:
    found = packages.folders()
    assert [name for name, path in looked.items() if path in found] == ["packages"]
    assert SOURCE in found


def test_a_run_looks_for_modules_only_where_it_may_read(looked: dict[str, Path]) -> None:
    found = packages.searched()
    assert [name for name, path in looked.items() if str(path) in found] == ["packages"]
    assert "" not in found
