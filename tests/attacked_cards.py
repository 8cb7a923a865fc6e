"""Entries whose example attacks, beside a load and an answer as a card prints them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from cardkit.entries.registry import find
from cardkit.plan import Plan
from cardkit.verifying import standing_in
from cardkit.verifying.children import Children

NAME = "tulu-2-13b"
"""A Llama: what a fork server has imported already."""
LOAD = """\
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("allenai/tulu-2-13b")
model = AutoModelForCausalLM.from_pretrained("allenai/tulu-2-13b")
"""
ASK = """\
inputs = tokenizer("<|user|>\\nName a colour.\\n<|assistant|>\\n", return_tensors="pt")
output = model.generate(**inputs, max_new_tokens=8, do_sample=False)
print(tokenizer.decode(output[0]))
"""
SOURCE = Path(__file__).with_name("sandbox") / "attacks.py"
MORE = Path(__file__).with_name("verifying") / "more_attacks.py"
NO_ATTACK = {"use_own_process"}


def registry_of(folder: Path, code: str, name: str = NAME) -> Path:
    """Make a registry with one entry, whose example is the code; return its folder."""
    here = find()
    told = yaml.safe_load(here.path(name).read_text(encoding="utf-8"))
    told["example"] = {"code": {"value": code, "decided": "what a card could print"}}
    made = folder / "registry" / name
    made.mkdir(parents=True)
    (made / "model.yaml").write_text(
        yaml.safe_dump(told, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    (folder / "cards").mkdir()
    shutil.copy(here.root / told["card"], folder / told["card"])
    return made.parent


def unseen(code: str) -> str:
    """Return code that the reading of an example does not see into."""
    return f"exec({code!r})\n"


def attacking(at: Mapping[str, Any]) -> str:
    """Return an example that tries every attack, keeps silent about errors, and goes on.

    It ends in an error with the names of those that went well. `at`: what there is to attack.
    """
    known = [path.read_text(encoding="utf-8") for path in (SOURCE, MORE)]
    source = "\n".join(text.partition("def main()")[0] for text in known)
    source = source.replace("from __future__ import annotations", "")
    given = f"at = SimpleNamespace(**{dict(at)!r})\n"
    return LOAD + unseen(source + given + TRY) + ASK


TRY = f"""\
went = []
for name in ATTACKS:
    if name not in {NO_ATTACK!r}:
        try:
            if ATTACKS[name](at):
                went.append(name)
        except Exception:
            continue
if went:
    raise RuntimeError(f"went well: {{went}}")
"""


@contextmanager
def one_stand_in(folder: Path) -> Iterator[Path]:
    """Let the same stand-in stand for every plan: it is built once. Give its folder."""
    build, made = standing_in.build, folder / "standin"

    def once(children: Children, plan: Plan, card: str | None, work: Path) -> Path:
        if not made.is_dir():
            shutil.copytree(build(children, plan, card, work), made)
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(standing_in, "build", once)
        yield made


def living_in(folder: Path) -> list[int]:
    """Return the processes whose current folder lies in one."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if Path(os.readlink(path)).is_relative_to(folder):
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found
