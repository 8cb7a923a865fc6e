"""What the sandbox's tests attack and start: users, servers outside of the box, attacks."""

from __future__ import annotations

import json
import os
import runpy
import socket
import sys
import threading
from pathlib import Path
from typing import Any

import cardkit

HERE = Path(__file__).parent / "sandbox"
LINUX = sys.platform == "linux"
SHOWN = [sys.prefix, sys.base_prefix, str(HERE.parent), str(Path(cardkit.__file__).parent.parent)]
"""What another user must be able to read to run cardkit."""

Rows = list[dict[str, Any]]


def users() -> list[str]:
    return ["root", "user"] if LINUX and os.geteuid() == 0 else ["user"]


def command(user: str, *words: str) -> list[str]:
    """Return a command of this Python, as a user: as `user`, without powers."""
    python = [sys.executable, *words]
    if user == "user" and os.geteuid() == 0:
        return [sys.executable, str(HERE / "plain_user.py"), json.dumps(SHOWN), *python]
    return python


def attacks() -> list[str]:
    """Return the names of all attacks."""
    return list(runpy.run_path(str(HERE / "attacks.py"))["ATTACKS"])


class Servers:
    """Servers outside of the box, and what they heard."""

    def __init__(self, folder: Path) -> None:
        self.heard: set[str] = set()
        self.unix, self.dgram = str(folder / "stream.sock"), str(folder / "dgram.sock")
        self.abstract = f"cardkit-{os.getpid()}-{folder.name}"
        self.port = self.listen(socket.AF_INET, ("127.0.0.1", 0))[1]
        self.port6 = self.listen(socket.AF_INET6, ("::1", 0))[1] if has_inet6() else 9
        self.listen(socket.AF_UNIX, self.unix)
        self.listen(socket.AF_UNIX, "\0" + self.abstract)
        self.udp = self.receive(socket.AF_INET, ("127.0.0.1", 0))[1]
        self.receive(socket.AF_UNIX, self.dgram)
        for path in (self.unix, self.dgram):
            os.chmod(path, 0o777)  # noqa: S103 - of another user

    def listen(self, family: int, address: Any) -> Any:
        server = socket.socket(family, socket.SOCK_STREAM)
        server.bind(address)
        server.listen()

        def serve() -> None:
            while True:
                talks, _ = server.accept()
                with talks:
                    self.heard.add(talks.recv(100).decode())

        threading.Thread(target=serve, daemon=True).start()
        return server.getsockname()

    def receive(self, family: int, address: Any) -> Any:
        server = socket.socket(family, socket.SOCK_DGRAM)
        server.bind(address)

        def serve() -> None:
            while True:
                self.heard.add(server.recv(100).decode())

        threading.Thread(target=serve, daemon=True).start()
        return server.getsockname()


def has_inet6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as tries:
            tries.bind(("::1", 0))
    except OSError:
        return False
    return True
