"""Runs a script in the sandbox, in a child process, and returns what came out."""

from __future__ import annotations

import secrets
from pathlib import Path

from cardkit.outcome import Outcome
from cardkit.plan import Plan, Script
from cardkit.runner.outcomes import is_forged, read_outcome
from cardkit.runner.scene import Job
from cardkit.sandbox import Box, packages
from cardkit.verifying.children import Children

RUNNER = "cardkit.runner.__main__"
FORGED = "write its own outcome"
DEVICE_FILES = {
    "cpu": (),
    "cuda": ("/dev/nvidia*", "/dev/dri/*", "/dev/kfd"),
    "npu": ("/dev/davinci*", "/dev/devmm_svm", "/dev/hisi_hdc"),
}
"""What the drivers put there: https://github.com/Ascend/ascend-docker-runtime for npu."""


def run(
    children: Children, plan: Plan, script: Script, folder: Path, files: Path, work: Path, *,
    only_example: bool = False,
) -> Outcome:  # fmt: skip
    """Return the outcome of a script on a model's folder, whose links lead into `files`.

    Raises SandboxError.
    """
    inside = work / "inside"
    inside.mkdir(parents=True)
    job = Job(
        plan=plan,
        script=script.code,
        foreign=script.foreign,
        folder=str(folder),
        work=str(inside),
        seal=secrets.token_hex(),
        only_example=only_example,
    )
    told = inside / "job.json"
    told.write_text(job.model_dump_json(), encoding="utf-8")
    isolation = children.run(plan, RUNNER, told, box_of(plan, inside, (folder, files)), work)
    if is_forged(inside, job.seal):
        denied = (*isolation.denied, FORGED)
        isolation = isolation.model_copy(update={"denied": denied})
    return read_outcome(inside, job.seal).model_copy(update={"isolation": isolation})


def box_of(plan: Plan, inside: Path, read: tuple[Path, ...]) -> Box:
    """Return what a plan's run may touch and take."""
    limits = plan.limits
    return Box(
        read=(*read, *packages.folders()),
        write=inside,
        seconds=limits.seconds,
        memory=limits.memory,
        processes=limits.processes,
        disk=limits.disk,
        printed=limits.printed,
        devices=DEVICE_FILES[plan.device_type],
        address_space=plan.device == "cpu",
    )
