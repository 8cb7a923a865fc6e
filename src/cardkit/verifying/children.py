"""The child processes of verifications: those that may share one import of torch do."""

from __future__ import annotations

import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from cardkit import sandbox
from cardkit.outcome import Isolation
from cardkit.plan import Plan
from cardkit.runner.fork_server import ForkServer
from cardkit.sandbox import Box, packages

PROGRAM = """
import os, sys
sys.path[:] = {path!r}
from {module} import main
main()
sys.stdout.flush()
sys.stderr.flush()
os._exit(0)
"""
"""As a fork ends, without taking torch apart first: that takes most of a second."""
FORKED = "landlock"
"""The rung of what is forked: the strongest one that closes around a process that runs."""
ONE_THREAD = {"OMP_NUM_THREADS": "1"}
"""For a stand-in: on a busy machine its threads wait for each other longer than they compute."""


class Children:
    """Starts them: `with Children() as children: children.run(…)`."""

    def __init__(self) -> None:
        self._server: ForkServer | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.stop()

    def rung(self, plan: Plan) -> str:
        """Return the rung that a plan's children run in.

        A child of the fork server runs in Landlock; every other in the strongest rung there is.
        """
        return FORKED if self._shares(plan) else sandbox.best()

    def expect(self, plan: Plan) -> ForkServer | None:
        """Let torch be imported for a plan whose children are forked, while its files come."""
        if not self._shares(plan):
            return None
        if self._server is None:
            self._server = ForkServer()
        self._server.begin()
        return self._server

    def run(self, plan: Plan, module: str, told: Path, box: Box, work: Path) -> Isolation:
        """Run the `main` of a module of cardkit in the box, with one argument, a file's path.

        Its output goes to `stdout` and `stderr` in `work`. Raises SandboxError.
        """
        environment = sandbox.clean_environment(box, ONE_THREAD if plan.rehearsal else {})
        outputs = {"stdout": work / "stdout", "stderr": work / "stderr"}
        server = self.expect(plan)
        if server is not None:
            server.start()
            return server.run(told, box, FORKED, module=module, environment=environment, **outputs)
        program = PROGRAM.format(path=packages.searched(), module=module)
        arguments = [sys.executable, "-c", program, str(told)]
        return sandbox.run(arguments, box, sandbox.best(), environment=environment, **outputs)

    def _shares(self, plan: Plan) -> bool:
        """Tell whether a fork will do.

        Not where a driver is opened, which no fork survives, nor for code of a repository: no
        other code may have been imported in its process.
        """
        return plan.device == "cpu" and not plan.allow_remote_code and FORKED in sandbox.available()
