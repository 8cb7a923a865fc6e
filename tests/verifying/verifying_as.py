# ruff: noqa: T201 - this is how it answers
"""Verifies entries as whoever it is started as; prints each report as a line of JSON.

The argument: a file with the folder for what is written meanwhile, the one that holds a stand-in,
and registries with limits.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from attacked_cards import one_stand_in
from cardkit.plan import Limits
from cardkit.verifying import Ways, Wishes, verify_all
from cardkit.verifying.children import Children


def main() -> None:
    told = json.loads(Path(sys.argv[1]).read_text())
    tempfile.tempdir = told["folder"]
    with Children() as children, one_stand_in(Path(told["shared"])):
        for job in told["jobs"]:
            wishes = Wishes(layers=("L0",), rehearse=True, limits=Limits(**job["limits"]))
            (judged,) = verify_all(
                None,
                wishes,
                Ways(),
                registry_folder=job["registry"],
                again=True,
                children=children,
            )
            print(judged.report.model_dump_json(), flush=True)


if __name__ == "__main__":
    main()
