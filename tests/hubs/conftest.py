"""A hub on this machine, a mirror of it, and `fetch` between them and a new cache."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cardkit import hubs
from cardkit.hubs import web
from hub_contents import FILES, MODEL, Fetch
from hub_server import HubServer, Repo


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let no variable, token or cache of this machine play a part, and waits be short."""
    for name in list(os.environ):
        if name.startswith(("HF_", "HUGGING", "MODELSCOPE", "OPENMIND", "CARDKIT")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home" / ".cache"))
    monkeypatch.setattr(web, "FIRST_WAIT", 0.01)


def _served() -> Iterator[HubServer]:
    server = HubServer()
    server.repos[MODEL] = Repo(dict(FILES))
    yield server
    server.stop()
    assert server.errors == []


@pytest.fixture(name="hub")
def _hub() -> Iterator[HubServer]:
    """Give a hub that holds one model."""
    yield from _served()


@pytest.fixture(name="mirror")
def _mirror() -> Iterator[HubServer]:
    """Give another with the same."""
    yield from _served()


@pytest.fixture(name="cache")
def _cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture(name="fetch")
def _fetch(hub: HubServer, cache: Path) -> Fetch:
    """Give `fetch` from that hub into a new cache."""

    def fetch(name: str = f"hf:{MODEL}", **how: Any) -> hubs.Fetched:
        return hubs.fetch(name, **{"origin": hub.url, "cache_folder": cache, **how})

    return fetch
