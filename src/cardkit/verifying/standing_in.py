"""A stand-in that is built in a child process: this process never imports torch."""

from __future__ import annotations

from pathlib import Path

from cardkit.plan import Plan
from cardkit.rehearsal.__main__ import REFUSED, Refused, Wanted
from cardkit.rehearsal.faults import CannotRehearseError
from cardkit.sandbox.running import SandboxError
from cardkit.verifying.children import Children
from cardkit.verifying.running import box_of

MODULE = "cardkit.rehearsal.__main__"


def build(children: Children, plan: Plan, card: str | None, work: Path) -> Path:
    """Return the folder of a stand-in for a plan's model.

    `card`: the raw card, whose words its tokenizer learns. Raises CannotRehearseError where there
    can be none, SandboxError where building it failed.
    """
    inside = work / "inside"
    inside.mkdir(parents=True)
    folder = inside / "standin"
    told = inside / "wanted.json"
    wanted = Wanted(entry=plan.entry, text=card, folder=str(folder))
    told.write_text(wanted.model_dump_json(), encoding="utf-8")
    on_cpu = plan.model_copy(update={"device": "cpu"})
    isolation = children.run(on_cpu, MODULE, told, box_of(on_cpu, inside, ()), work)
    refused = inside / REFUSED
    if refused.is_file():
        why = Refused.model_validate_json(refused.read_bytes())
        raise CannotRehearseError(why.problem, todo=why.todo, code=why.code)
    if isolation.exit_code != 0 or not (folder / "config.json").is_file():
        said = (work / "stderr").read_text("utf-8", "replace").strip().rpartition("\n")[2]
        raise SandboxError(
            f"no stand-in was built: {isolation.said or said or 'its process ended'}",
            todo="report it, with this line",
        )
    return folder
