"""Small cards, and a data set built of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from small_cards import CARDS, NAMES, line


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no file of a test wait for the disk: it need not outlive a power cut."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    """Give a folder with a file for each card."""
    folder = tmp_path / "ants"
    folder.mkdir()
    for name, text in CARDS.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(name="lines")
def _lines(tmp_path: Path) -> Path:
    """Give JSON lines with the cards and their ids."""
    path = tmp_path / "pool.jsonl"
    path.write_text("".join(line(name) for name in NAMES), encoding="utf-8")
    return path


@pytest.fixture(name="built", scope="session")
def _built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the data set of this repository's registry and cards, built once."""
    pytest.importorskip("pyarrow", reason="needs the extra `data`")
    from cardkit.dataset.build import build

    root = Path(__file__).parents[2]
    folder = tmp_path_factory.mktemp("built") / "dataset"
    build([str(root / "registry"), str(root / "cards")], str(folder))
    return folder
