"""Child processes that share one import of torch, and taught models that a hub serves."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from attacked_ground import at_home, ground, stand_in
from cardkit import sandbox
from cardkit.hubs import web
from cardkit.plan import Plan
from cardkit.report import Report
from cardkit.runner import fork_server
from cardkit.sandbox import Box
from cardkit.verifying import Ways, Wishes, verify_all
from cardkit.verifying.children import Children
from hub_server import HubServer, Repo
from taught import Judge, Lessons, Taught, put, repo, serve, taught

__all__ = ["at_home", "ground", "stand_in"]


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


@pytest.fixture(scope="session")
def lessons(tmp_path_factory: pytest.TempPathFactory) -> Lessons:
    """Return `taught.taught` without its folder: each model is taught once, for all tests."""
    return cache(
        lambda *what, **how: taught(what[0], tmp_path_factory.mktemp("a"), *what[1:], **how)
    )


class Forking(Children):
    """Forks for code of a repository too: a process of its own costs seconds of imports."""

    def _shares(self, plan: Plan) -> bool:  # noqa: ARG002
        return True


@pytest.fixture(scope="session")
def forking() -> Iterator[Children]:
    """Give child processes that fork always; where they put a repository's code is their own."""
    if importlib.util.find_spec("torch") is None:
        pytest.skip("needs the extra `run`")
    if "landlock" not in sandbox.available():
        pytest.skip("no kernel that closes a box around what is forked")

    def environment(box: Box, more: dict[str, str]) -> dict[str, str]:
        return sandbox.clean_environment(box, {**more, "HF_MODULES_CACHE": "modules"})

    with Forking() as found:
        found._server = fork_server.ForkServer()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(fork_server, "clean_environment", environment)
            found._server.start()
        yield found


@pytest.fixture
def judged(children: Children, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Judge:
    """Verify a taught model, served by a hub on this machine, and return the report."""
    if sandbox.best() == "process":
        pytest.skip("no sandbox of this machine holds the example of a card")
    monkeypatch.setattr(web, "FIRST_WAIT", 0.01)

    def judge(
        model: Taught,
        *,
        layers: int = 8,
        only: Sequence[str] = (),
        children: Children = children,
        files: Repo | None = None,
        happens: Callable[[HubServer], None] = lambda _: None,
        mirror: Repo | None = None,
        **wishes: Any,
    ) -> Report:
        hub, other = HubServer(), HubServer()
        serve(hub, model.tree, files or repo(model.folder))
        if mirror is not None:
            serve(other, model.tree, mirror)
        happens(hub)
        ways = Ways(
            endpoint=other.url if mirror else None, origin=hub.url, cache_folder=tmp_path / "cache"
        )
        try:
            [found] = verify_all(
                [model.tree["name"]],
                Wishes(layers=only or [f"L{number}" for number in range(layers)], **wishes),
                ways,
                registry_folder=put(model.tree, tmp_path),
                children=children,
            )
        finally:
            hub.stop()
            other.stop()
        assert hub.errors == other.errors == []
        return found.report

    return judge
