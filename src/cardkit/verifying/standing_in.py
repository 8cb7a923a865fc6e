"""A stand-in that is built in a child process: this process never imports torch."""

from __future__ import annotations

from pathlib import Path

from cardkit.plan import Plan
from cardkit.rehearsal.__main__ import REFUSED, Refused, Wanted
from cardkit.rehearsal.faults import CannotRehearseError
from cardkit.sandbox.running import SandboxError
from cardkit.verifying.children import Children
from cardkit.verifying.running import box_of
from cardkit.vocabulary import codes

MODULE = "cardkit.rehearsal.__main__"
MORE = {"run.out_of_memory": "give more memory with --max-memory"}
"""Next steps that are not the codes' own: no device and no number format helps here."""


def build(children: Children, plan: Plan, card: str | None, work: Path) -> Path:
    """Return the folder of a stand-in for a plan's model.

    `card`: the raw card, whose words its tokenizer learns. Raises CannotRehearseError where there
    can be none, or making it took more than the run may, SandboxError where building it failed.
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
    if isolation.stopped:
        todo = MORE.get(isolation.stopped) or codes.code(isolation.stopped).todo
        said = f"no stand-in was built: building it {isolation.said}"
        raise CannotRehearseError(said, todo=todo, code=isolation.stopped)
    if isolation.exit_code != 0 or not (folder / "config.json").is_file():
        said = (work / "stderr").read_text("utf-8", "replace").strip().rpartition("\n")[2]
        raise SandboxError(
            f"no stand-in was built: {said or 'its process ended'}",
            todo="report it, with this line",
        )
    return folder
