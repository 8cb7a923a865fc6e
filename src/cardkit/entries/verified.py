"""Where a model was verified: the reports that are kept of it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from cardkit.entries.registry import Registry


def folder(registry: Registry, name: str) -> Path:
    """Return where an entry's reports are kept: beside it, or with the user where it is ours."""
    if not registry.is_ours:
        return registry.path(name).parent / "reports"
    # https://specifications.freedesktop.org/basedir-spec/latest/
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(state).expanduser() / "cardkit" / "reports" / name


def devices(reports: Path) -> list[str]:
    """Return the devices on which a kept report says that the model passed.

    Rehearsals and simulated devices prove nothing of it.
    """
    found = set()
    for path in sorted(reports.glob("*.json")):
        try:
            report = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError):
            continue  # it proves nothing
        if not isinstance(report, dict) or not isinstance(report.get("device"), str):
            continue
        real = not report.get("rehearsal") and not report.get("simulated")
        if report.get("verdict") == "passed" and real:
            found.add(report["device"])
    return sorted(found)
