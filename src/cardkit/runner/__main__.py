"""The child process: `python -m cardkit.runner JOB.json`. It prints nothing of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from cardkit.runner.child import run
from cardkit.runner.scene import Job


def main() -> None:
    """Do the job whose file is the last argument."""
    told = Path(sys.argv[-1])
    job = Job.model_validate_json(told.read_bytes())
    if job.seal:  # the example is not to read it
        told.unlink()
    os.chdir(job.work)
    run(job)


if __name__ == "__main__":
    main()
