"""What a child says to its watchdog while its box is closed: over a pair of sockets."""

from __future__ import annotations

import json
import os
import socket
from typing import NamedTuple

from cardkit.sandbox.denied import hide

LARGEST = 1 << 16
"""Bytes of a message."""


class Said(NamedTuple):
    """One message."""

    ready: bool = False
    """The box is closed; what comes now is foreign."""
    error: str = ""
    """Why the box could not be closed, or the program not be started."""
    inner: tuple[int, int, int] | None = None
    """From inside of bubblewrap: exit code, processes left behind, resident bytes at most."""
    stayed: bool = False
    """Whether one of those that were left behind had begun a session of its own."""
    listener: int | None = None
    """The file that the filter's questions come to."""


def send(channel: socket.socket, said: Said) -> None:
    """Send one message, its file as a file."""
    files = [] if said.listener is None else [said.listener]
    row = json.dumps(said._replace(listener=None)._asdict()) + "\n"
    socket.send_fds(channel, [row.encode()], files)


def receive(channel: socket.socket) -> Said | None:
    """Return the next message; None: there will be none any more."""
    raw, files, _, _ = socket.recv_fds(channel, LARGEST, 1)
    if not raw:
        return None
    said = Said()
    for line in raw.decode().splitlines():  # several may have come at once
        row = json.loads(line)
        inner = row["inner"] and tuple(row["inner"])
        stayed = said.stayed or row["stayed"]
        ready, error = said.ready or row["ready"], said.error or row["error"]
        said = Said(ready, error, said.inner or inner, stayed)
    return said._replace(listener=files[0] if files else None)


def in_words(error: BaseException) -> str:
    """Return an error without what its paths tell of this machine."""
    if isinstance(error, OSError) and error.strerror:
        name = f" ({hide(os.fsdecode(error.filename))})" if error.filename else ""
        return f"{error.strerror}{name}"
    return f"{type(error).__name__}: {error}"
