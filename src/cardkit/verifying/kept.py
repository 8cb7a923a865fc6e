"""The reports that are kept, and which of them still holds: the ledger of what was judged.

A report is a file of its own, `cpu.json`, `npu-0.json`, `cpu.rehearsal.json`; it is written whole
or not at all. Its key names everything that the judgement hangs on.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from cardkit import __version__
from cardkit.errors import CardkitError
from cardkit.plan import Plan
from cardkit.report import Report, read
from cardkit.verifying import environment


def key(plan: Plan) -> str:
    """Return what names a judgement: model, revision, device, environment, cardkit's version.

    And the wishes that decide what is judged: layers, number format, seed, limits, remote code.
    """
    parts = {
        "plan": plan.model_dump(mode="json"),
        "environment": environment.digest(),
        "cardkit": __version__,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def name(plan: Plan) -> str:
    """Return the file's name of a plan's report."""
    rehearsal = ".rehearsal" if plan.rehearsal else ""
    return f"{plan.device.replace(':', '-')}{rehearsal}.json"


def keep(report: Report, folder: Path, file: str) -> Path | None:
    """Write a report, in one step; one that judged no model takes no judged one's place."""
    if not _is_judgement(report) and _judged(folder / file):
        return None
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".{file}.{os.getpid()}"
    fresh.write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
    os.replace(fresh, folder / file)
    return folder / file


def done(plan: Plan, folder: Path) -> Report | None:
    """Return the kept report of exactly this plan here; None where it is to be judged anew.

    What was blocked was not judged, nor was a model whose files did not come as they should.
    """
    report = _judged(folder / name(plan))
    return report if report is not None and report.key == key(plan) else None


def _judged(path: Path) -> Report | None:
    """Return the kept report of a model that passed or failed."""
    try:
        report = read(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, CardkitError):
        return None
    return report if _is_judgement(report) else None


def _is_judgement(report: Report) -> bool:
    return report.verdict != "blocked" and report.files is not None
