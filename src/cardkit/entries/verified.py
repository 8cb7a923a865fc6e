"""Where a model was verified: the reports that lie beside its entry."""

from __future__ import annotations

import json
from pathlib import Path


def devices(folder: Path) -> list[str]:
    """Return the devices on which a kept report says that the model passed; rehearsals aside."""
    found = set()
    for path in sorted((folder / "reports").glob("*.json")):
        report = json.loads(path.read_bytes())
        if report.get("verdict") == "passed" and not report.get("rehearsal"):
            found.add(str(report["device"]))
    return sorted(found)
