"""Child processes that share one import of torch, for all tests of a module."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cardkit.verifying.children import Children


@pytest.fixture(scope="session")
def children() -> Iterator[Children]:
    """Give the child processes of verifications; without torch there are none."""
    if importlib.util.find_spec("torch") is None:
        pytest.skip("needs the extra `run`")
    with Children() as found:
        yield found


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let no variable, token or cache of this machine play a part."""
    for name in list(os.environ):
        if name.startswith(("HF_", "HUGGING", "MODELSCOPE", "OPENMIND", "CARDKIT")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home" / ".cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home" / ".state"))
