"""What the tests of attacks and of secrets share: a home with secrets, servers, one stand-in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from attacked_cards import one_stand_in
from sandbox_ground import Servers

HUB_TOKEN = ".cache/huggingface/token"  # noqa: S105 - a path
PLANTED = {
    "diary.txt": "planted in the diary",
    HUB_TOKEN: "hf_planted_in_the_cache",
    ".netrc": "machine example.org login me password planted-netrc-word",
    ".git-credentials": "https://me:planted-git-word@example.org",
    ".ssh/id_ed25519": "planted key",
}
"""Files of the home that is attacked."""
SECRETS = {
    "HF_TOKEN": "hf_planted0123456789",
    "MODELSCOPE_API_TOKEN": "ms-planted-0123456789",
    "DATABASE_PASSWORD": "planted-hunter2-hunter2",
    "AWS_SECRET_ACCESS_KEY": "planted/aws+secret0123456789",
    "HTTPS_PROXY": "http://proxyuser:planted-proxy-word@127.0.0.1:9",
    "MY_APP_CONFIG": "planted-in-a-variable-of-no-special-name",
}
"""Variables of who verifies; the last one's name tells nothing of what it holds."""


class Ground(NamedTuple):
    """What is attacked, and where it is."""

    folder: Path
    """All the rest lies in it, and what verifications write meanwhile."""
    home: Path
    servers: Servers
    victim: subprocess.Popen[bytes]
    """A process with a token in its environment."""

    def at(self, said: str, registry: Path) -> dict[str, Any]:
        """Return what attacks are told of it, fresh for one example. `said`: what they send."""
        fresh = self.folder / said
        for name in ("project", "model", "outside", "mount"):
            (fresh / name).mkdir(parents=True)
            (fresh / name).chmod(0o777)
        texts = {
            "project/main.py": "planted", "model/weights": "1", "model/config": "1",
            "outside/old.txt": "old", "outside/gone.txt": "old",
        }  # fmt: skip
        for path, text in texts.items():
            (fresh / path).write_text(text)
            (fresh / path).chmod(0o666)
        servers = ("port", "port6", "udp", "unix", "dgram", "abstract")
        return {
            **{name: getattr(self.servers, name) for name in servers},
            **{name: str(fresh / name) for name in ("project", "model", "outside", "mount")},
            "home": str(self.home),
            "tmp": str(self.folder),
            "registry": str(registry),
            "victim": self.victim.pid,
            "said": said,
        }

    def outside(self, said: str) -> dict[str, str]:
        """Return what lies now where the attacks of one example wanted to change something."""
        fresh = self.folder / said
        return {
            path.relative_to(fresh).as_posix(): path.read_text()
            for path in sorted(fresh.rglob("*"))
            if path.is_file()
        }


UNTOUCHED = {
    "model/config": "1",
    "model/weights": "1",
    "outside/gone.txt": "old",
    "outside/old.txt": "old",
    "project/main.py": "planted",
}


@pytest.fixture(scope="session")
def ground() -> Iterator[Ground]:
    """Give a ground whose home and temporary folder are this process's, and its secrets too."""
    folder = Path(tempfile.mkdtemp(prefix="cardkit-attacked-")).resolve()
    folder.chmod(0o777)
    home = folder / "home"
    for name, text in PLANTED.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "tmp").mkdir()
    (folder / "tmp").chmod(0o777)
    victim = subprocess.Popen(["sleep", "600"], env={**os.environ, **SECRETS})
    try:
        yield Ground(folder, home, Servers(folder), victim)
    finally:
        victim.kill()
        victim.wait()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def at_home(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> Ground:
    """Let the ground's home, its secrets and its temporary folder be this process's."""
    from huggingface_hub import constants  # it remembers the home that it is imported in

    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(ground.home / HUB_TOKEN))
    monkeypatch.setenv("HOME", str(ground.home))
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(tempfile, "tempdir", str(ground.folder / "tmp"))
    return ground


@pytest.fixture
def stand_in(ground: Ground) -> Iterator[Path]:
    """Let one stand-in stand for every plan of a test; it is built for the first."""
    with one_stand_in(ground.folder) as made:
        yield made


def planted() -> list[str]:
    """Return every secret there is."""
    words = [json.dumps(value)[1:-1] for value in (*PLANTED.values(), *SECRETS.values())]
    return [*words, "planted-proxy-word", "planted-netrc-word", "planted-git-word"]
