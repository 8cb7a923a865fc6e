# ruff: noqa: T201 - this is how it answers
"""Runs jobs in the sandbox, as whoever it is started as; prints what came of each as JSON.

Tests start it as another user, kill it, interrupt it. The argument: a list of jobs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from cardkit.errors import CardkitError
from cardkit.sandbox import Box, available, clean_environment, run

LIMITS = {
    "seconds": 20.0,
    "memory": 400 << 20,
    "processes": 8,
    "disk": 4 << 20,
    "printed": 1 << 16,
}


def do(job: dict[str, Any]) -> dict[str, Any]:
    """Run one program: `arguments` of this Python, `{write}` and `{victim}` filled in."""
    folder = Path(tempfile.mkdtemp(dir=job["folder"]))
    write = folder / "work"
    write.mkdir()
    box = Box(tuple(map(Path, job.get("read", ()))), write, **{**LIMITS, **job.get("limits", {})})
    victim = subprocess.Popen(["sleep", "60"], env={**os.environ, "HF_TOKEN": "hf_planted"})
    out, err = folder / "out", folder / "err"
    try:
        fill = {"{write}": str(write), "{victim}": str(victim.pid)}
        arguments = list(job["arguments"])
        for mark, value in fill.items():
            arguments = [word.replace(mark, value) for word in arguments]
        isolation = run(
            [sys.executable, *arguments],
            box,
            job["rung"],
            environment=clean_environment(box, {}),
            stdout=out,
            stderr=err,
        )
        row = isolation.model_dump(mode="json")
    except CardkitError as error:
        row = {"error": str(error)}
        time.sleep(0.3)  # whose watchdog was killed is ended by the kernel, in its own time
    finally:
        victim_lives = victim.poll() is None
        victim.kill()
        victim.wait()
    wrote = write / "went.json"
    return {
        **row,
        "out": out.read_bytes()[:400].decode(errors="replace"),
        "printed": out.stat().st_size,
        "err": err.read_text(errors="replace")[-2000:],
        "went": json.loads(wrote.read_text()) if wrote.exists() else None,
        "victim_lives": victim_lives,
        "still_there": running(job["mark"]),
    }


def running(mark: str) -> list[int]:
    """Return the processes that have a word in their command line, this one and its own apart."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if mark in words and not any("driver.py" in word for word in words):
            found.append(int(path.parent.name))
    return found


if __name__ == "__main__":
    if sys.argv[1] == "available":
        print(json.dumps(available()))
    else:
        for one in json.loads(Path(sys.argv[1]).read_text()):
            print(json.dumps(do(one)), flush=True)
