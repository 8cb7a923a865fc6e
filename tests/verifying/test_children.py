"""A child process is the same, whether it is forked or started by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the extra `run`")
pytest.importorskip("transformers", reason="needs the extra `run`")

from cardkit.plan import Plan, Script
from cardkit.verifying import running
from cardkit.verifying.children import Children
from example_runs import job

CODE = """
import atexit, sys
atexit.register(print, "late")
print("early")
print("said", file=sys.stderr)
"""


class Alone(Children):
    """Children that are processes of their own."""

    def _shares(self, plan: Plan) -> bool:
        del plan
        return False


@pytest.mark.parametrize("kind", [Alone, Children])
def test_it_ends_at_once_and_what_it_said_is_there(kind: type[Children], tmp_path: Path) -> None:
    model, work = tmp_path / "model", tmp_path / "work"
    model.mkdir()
    plan = job(CODE, model, work).plan
    with kind() as children:
        found = running.run(children, plan, Script(code=CODE, origin="card"), model, model, work)
    assert (found.reached, found.error, found.printed) == ("end", None, "early\n")
    assert found.isolation is not None
    assert found.isolation.exit_code == 0
    assert (work / "stdout").read_text() == "early\n"
    assert (work / "stderr").read_text() == "said\n"
