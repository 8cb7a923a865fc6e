"""What the sandbox's tests attack: servers, a home, a project; and users who start the attacks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import cardkit
from sandbox_ground import HERE, Rows, Servers, command, users


@pytest.fixture(scope="session")
def ground() -> Iterator[Path]:
    """Give a folder that all users may write into."""
    folder = Path(tempfile.mkdtemp(prefix="cardkit-sandbox-")).resolve()
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def environment(ground: Path) -> dict[str, str]:
    """Give the environment of who starts the sandbox, with a home and a secret in it."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    path = os.pathsep.join([str(Path(cardkit.__file__).parent.parent)])
    secret = {"HF_TOKEN": "hf_planted", "HTTPS_PROXY": "http://user:word@10.0.0.1"}
    return {**kept, **secret, "HOME": str(ground / "home"), "PYTHONPATH": path}


@pytest.fixture(scope="session")
def drive(ground: Path, environment: dict[str, str]) -> Callable[[str, Rows], Rows]:
    """Give a function that runs jobs as a user and returns what came of them."""

    def run(user: str, jobs: Rows) -> Rows:
        told = Path(tempfile.mkstemp(dir=ground)[1])
        told.write_text(json.dumps([{"folder": str(ground), **job} for job in jobs]))
        told.chmod(0o644)
        done = subprocess.run(
            command(user, str(HERE / "driver.py"), str(told)),
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


@pytest.fixture(scope="session")
def rungs(environment: dict[str, str]) -> dict[str, list[str] | str]:
    """Give the rungs that each user has; words where the user cannot run cardkit at all."""
    found: dict[str, list[str] | str] = {}
    for user in users():
        done = subprocess.run(
            command(user, str(HERE / "driver.py"), "available"),
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        lines = done.stderr.strip().splitlines() or ["no word"]
        found[user] = lines[-1] if done.returncode else json.loads(done.stdout)
    return found


@pytest.fixture
def needs(rungs: dict[str, list[str] | str]) -> Callable[[str, str], None]:
    """Give a function that skips where a user has no such rung, and says why."""

    def look(user: str, rung: str) -> None:
        found = rungs[user]
        if isinstance(found, str):
            pytest.skip(f"this Python cannot be shown to another user: {found}")
        if rung not in found:
            pytest.skip(f"no {rung} here: see `cardkit doctor`")

    return look


@pytest.fixture(scope="session")
def servers(ground: Path) -> Servers:
    return Servers(ground)
