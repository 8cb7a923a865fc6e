"""Where a model was verified: the reports that lie beside its entry."""

from __future__ import annotations

import json
from pathlib import Path


def devices(folder: Path) -> list[str]:
    """Return the devices on which a kept report says that the model passed; rehearsals aside."""
    found = set()
    for path in sorted((folder / "reports").glob("*.json")):
        try:
            report = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError):
            continue  # it proves nothing
        if not isinstance(report, dict) or not isinstance(report.get("device"), str):
            continue
        if report.get("verdict") == "passed" and not report.get("rehearsal"):
            found.add(report["device"])
    return sorted(found)
