"""A server that imports torch and transformers once, and forks a child for each job: CPU only.

It computes nothing itself: a process that has begun a parallel region of torch must not fork. Each
child closes the sandbox's box around itself, then does what `python -m cardkit.runner` does. What
the server holds before that is cardkit and the libraries, and no job.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cardkit.outcome import Isolation
from cardkit.runner.scene import Job
from cardkit.sandbox import Box, clean_environment, packages
from cardkit.sandbox.running import SandboxError

PROGRAM = """
import os, sys
sys.path[:] = {path!r}
from cardkit.runner.forking import serve
serve({file})
os._exit(0)
"""
"""It holds nothing that has to be put away, and to take torch apart takes most of a second."""
PARTING = 10.0
"""Seconds for the server to end what runs, once it is told to end."""
STARTING = 300.0
"""Seconds for the imports; they take 3 to 30, a cold disk among them."""


def fits(job: Job) -> bool:
    """Tell whether a job may run in a fork: on the CPU, without code of the repository.

    Libraries that were imported before know of no folder of the job's that code could lie in.
    """
    return job.plan.device == "cpu" and not job.plan.allow_remote_code


class ForkServer:
    """The server, from the outside: `with ForkServer() as server: server.run(…)`."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._socket: socket.socket | None = None
        self._is_ready = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, and wait for its imports; nothing is done where it runs already.

        Raises SandboxError where it does not come up.
        """
        self.begin()
        if not self._is_ready:
            assert self._socket is not None  # noqa: S101 - it has just been begun
            self._socket.settimeout(STARTING)
            self._answer()
            self._socket.settimeout(None)
            self._is_ready = True

    def begin(self) -> None:
        """Start it, and let it import while other things are done."""
        if self._process is not None:
            return
        self._folder = tempfile.TemporaryDirectory(prefix="cardkit-")
        self._socket, theirs = socket.socketpair()
        program = PROGRAM.format(path=packages.searched(), file=theirs.fileno())
        home = Box((), Path(self._folder.name), 0, None, 0, 0, 0)
        with theirs, (Path(self._folder.name) / "stderr").open("wb") as said:
            # In a session of its own: an interrupt at the terminal comes to us, and we pass it on.
            self._process = subprocess.Popen(  # noqa: S603 - this Python, and a program of our own
                [sys.executable, "-c", program],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                pass_fds=(theirs.fileno(),),
                env=clean_environment(home, {}),
                start_new_session=True,
            )

    def run(
        self,
        job: Path,
        box: Box,
        rung: str,
        *,
        module: str = "cardkit.runner.__main__",
        environment: Mapping[str, str],
        stdout: Path,
        stderr: Path,
    ) -> Isolation:
        """Run the job of a file in a box, until it ends or passes a limit.

        `module`: the one of cardkit whose `main` does it, with the file as its argument.
        As `sandbox.run`, with the job in the program's place; without the rung `bubblewrap`, which
        holds new programs only. Raises SandboxError; the server then is gone where it failed.
        """
        if self._socket is None or not self._is_ready:
            raise SandboxError("the fork server does not run", todo="start it")
        told = {
            "job": str(job),
            "module": module,
            "box": box.as_json(),
            "rung": rung,
            "environment": dict(environment),
            "home": str(Path.home()),
            "stdout": str(stdout.absolute()),
            "stderr": str(stderr.absolute()),
        }
        try:
            self._socket.sendall(json.dumps(told).encode() + b"\n")
            answer = self._answer()
        except BaseException:  # an interrupt too: the run ends with its server
            self.stop()
            raise
        if "error" in answer:
            raise SandboxError(answer["error"], todo=answer.get("todo", ""))
        return Isolation.model_validate(answer)

    def stop(self) -> None:
        """End the server, and what runs in it; it can be started again."""
        process, self._process = self._process, None
        if self._socket is not None:
            self._socket.close()  # its lifeline
            self._socket = None
        if process is not None:
            if not self._is_ready:
                process.kill()  # it runs nothing yet, and would hear of its end after its imports
            try:
                process.wait(PARTING)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
        self._is_ready = False

    def _answer(self) -> Any:
        assert self._socket is not None  # noqa: S101 - who asks has started it
        line = b""
        while not line.endswith(b"\n"):
            try:
                came = self._socket.recv(1 << 16)
            except TimeoutError:
                came = b""
            if not came:
                raise SandboxError(f"the fork server ended: {self._last()}", todo="report it")
            line += came
        return json.loads(line)

    def _last(self) -> str:
        """Return the last that it said, and stop it."""
        assert self._folder is not None  # noqa: S101
        said = (Path(self._folder.name) / "stderr").read_text(errors="replace").strip()
        self.stop()
        return said.rpartition("\n")[2] or "it said nothing"


def held(line: bytes) -> tuple[dict[str, Any], Box]:
    """Return what `run` told the server, and its box."""
    told = json.loads(line)
    return told, Box.from_json(told["box"])


def environ(values: Mapping[str, str]) -> None:
    """Let this process have another environment."""
    os.environ.clear()
    os.environ.update(values)
    tempfile.tempdir = None  # else the folder that was found before stays
