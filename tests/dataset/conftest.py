"""Small cards, and a data set built of them."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
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


@pytest.fixture(name="bucket")
def _bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give a bucket of a server on this machine that speaks S3."""
    s3fs = pytest.importorskip("s3fs", reason="needs the extra `scale`")
    moto = pytest.importorskip("moto.server", reason="needs the extra `formats`")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "ant",
        "AWS_SECRET_ACCESS_KEY": "ant",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem(skip_instance_cache=True).mkdir("s3://ants")
    yield "s3://ants"
    server.stop()
    assert threading.active_count() < 50
