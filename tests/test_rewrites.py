"""Each rewrite changes what it is for, says so, leaves all else byte for byte, and ends.

Cases in rewrites/<rewrite>.md have a part `before`, and `after` (what one rewrite makes of it),
`stays` (it is not its concern) or `refused` (the code for which it is given up, and the words). A
part `plan` says what is not the usual: `device: npu:0`. A part `said` is what the changes say.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from cardkit import rewrites
from cardkit.entries import files
from cardkit.plan import Plan
from cardkit.rewrites import REWRITES, RefusedError, code, rules
from cardkit.rewrites.target import target_of
from cardkit.vocabulary.codes import codes
from plans import PACKAGES, plan_of

CASES = Path(__file__).parent / "rewrites"
ENTRY = """
schema_version: "1"
name: ant
hubs:
  huggingface: {value: Ant/ant-1b, card: 1-2}
  modelscope: {value: ant-scope/ant-1b, card: 1-2}
names:
  aliases: [{value: ant-1b, card: 1-2}]
load:
  loader: {value: AutoModelForCausalLM, card: 1-2}
"""
CLEAN = '''\
"""Ask a model."""

from __future__ import annotations

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(MODEL)  # its own
model = AutoModelForCausalLM.from_pretrained(
    MODEL,
    dtype=torch.bfloat16,
    device_map="cpu",  # what is asked for
)
inputs = tokenizer("Was ist ein Bär? 熊是什么？", return_tensors="pt").to(model.device)
with torch.no_grad():
    output = model.generate(**inputs, max_new_tokens=20)
print(tokenizer.decode(output[0], skip_special_tokens=True), "on cuda, or cpu")
'''


def plan(case: Any) -> Plan:
    """Return the plan of a case."""
    told = yaml.safe_load(case.parts.get("plan", "")) or {}
    told.pop("packages", None)
    return plan_of(files.parse(ENTRY, "ant"), **told)


def packages(case: Any) -> dict[str, str]:
    """Return what is installed in a case."""
    told = yaml.safe_load(case.parts.get("plan", "")) or {}
    more = told.get("packages", [])
    return {**PACKAGES, **dict.fromkeys(more, "1.0")} if more is not None else {}


def done(case: Any, text: str) -> tuple[str, list[Any]]:
    """Return what one rewrite makes of a text, and what it says."""
    told = target_of(plan(case), packages(case))
    one = {case.file: REWRITES[case.file]}
    found, changes = rewrites.rewritten(code.read(text), told, one)
    return found.text, changes


def test_every_file_is_in_the_table_and_has_cases(read_cases: Any) -> None:
    here = {path.stem for path in Path(rules.__file__).parent.glob("[a-z]*.py")}
    assert here == set(REWRITES), "add the new file to REWRITES in rewrites/rules/__init__.py"
    cases = {path.stem: read_cases(path) for path in CASES.glob("*.md")}
    assert set(cases) == here, "give each rewrite a file of cases in tests/rewrites/"
    for name, of in cases.items():
        kinds = {part for case in of for part in case.parts}
        assert kinds & {"after", "refused"}, f"{name}: one that it changes or refuses"
        assert "stays" in kinds, f"{name}: one that looks like it and stays"


def test_case(case: Any) -> None:
    before = case.parts["before"] + "\n"
    if "refused" in case.parts:
        with pytest.raises(RefusedError) as refused:
            done(case, before)
        assert f"{refused.value.code}: {refused.value.problem}" == case.parts["refused"]
        return
    text, changes = done(case, before)
    assert text == (before if "stays" in case.parts else case.parts["after"] + "\n")
    assert bool(changes) == ("after" in case.parts)
    if "said" in case.parts:
        said = [f"{each.line}: {each.before} -> {each.after}".strip() for each in changes]
        assert said == case.parts["said"].split("\n")


def test_a_second_rewrite_finds_nothing(case: Any) -> None:
    if "after" in case.parts:
        after = case.parts["after"] + "\n"
        assert done(case, after) == (after, [])


def test_every_change_says_where_and_why(case: Any) -> None:
    if "after" not in case.parts:
        return
    lines = case.parts["before"].split("\n")
    for change in done(case, case.parts["before"] + "\n")[1]:
        assert change.rule == case.file
        assert change.because
        assert change.code is None or change.code in codes()
        assert change.before != change.after
        first = change.before.split("\n")[0]
        assert first in lines[change.line - 1]


@pytest.mark.parametrize("name", REWRITES)
def test_leaves_clean_code_alone(name: str) -> None:
    told = target_of(plan_of(files.parse(ENTRY, "ant")), PACKAGES)
    found, changes = rewrites.rewritten(code.read(CLEAN), told, {name: REWRITES[name]})
    assert (found.text, changes) == (CLEAN, [])
