# ruff: noqa: BLE001, S102, T201 - it runs what a test says, and this is how it answers
"""A server that forks a child for each run, after slow imports; its child closes the box itself.

The argument: a job. Prints what came of it as JSON, like driver.py.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import tempfile
from pathlib import Path

from cardkit.errors import CardkitError
from cardkit.sandbox import Box, clean_environment, landlock, restrict, watch


def main(job: dict) -> dict:
    if job.get("abi"):
        real = landlock.version()
        landlock.version = lambda: (min(job["abi"], real[0]), 0)
    folder = Path(tempfile.mkdtemp(dir=job["folder"]))
    write = folder / "work"
    write.mkdir()
    read = (Path(job["folder"], "read"),)
    box = Box(read, write, 10.0, 400 << 20, 4, 4 << 20, 1 << 16)
    ours, theirs = socket.socketpair() if job["channel"] else (None, None)
    out = folder / "out"
    pid = os.fork()
    if not pid:
        try:
            os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT), 1)
            os.environ.update(clean_environment(box, {}))
            restrict(box, job["rung"], theirs)
            exec(job["code"], {"__name__": "__main__"})
            sys.stdout.flush()
            os._exit(0)
        except BaseException as error:
            os.write(1, f"{type(error).__name__}: {error}"[:300].encode())
            os._exit(1)
    if theirs:
        theirs.close()
    try:
        isolation = watch(pid, box, job["rung"], channel=ours, outputs=[out])
    except CardkitError as error:
        return {"error": str(error)}
    return {**isolation.model_dump(mode="json"), "out": out.read_text()[:400]}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
