"""The script of every model of the registry runs, against a tiny model of its architecture."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs the extra `run`")
transformers = pytest.importorskip("transformers", reason="needs the extra `run`")

import cardkit
from cardkit import configs
from cardkit.entries import asking, tokens
from cardkit.entries.registry import Registry
from cardkit.rehearsal import standin
from cardkit.rehearsal.faults import CannotRehearseError
from tiny import build

ENTRIES = Registry(Path(__file__).parents[2] / "registry").entries()
NOT_HERE = {
    "minicpm-2b-dpo": "its code is in its own repository",
    "nemotron-4-340b-instruct": "its card runs it with NeMo",
    "olmo-7b": "its card runs it with hf_olmo",
    "skywork-13b-chat": "its code is in its own repository",
}
ENCODERS = ("legal-bert-base", "roberta-large-mnli", "sup-simcse-roberta-large")
TEXT = "Why is the sky blue?"
TURNS = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "One?"},
    {"role": "assistant", "content": "Two."},
    {"role": "user", "content": TEXT},
]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Run the scripts one after the other in one process; return what each printed and sent."""
    root = tmp_path_factory.mktemp("scripts")
    (root / "turns.json").write_text(json.dumps(TURNS))
    jobs = {}
    for name, entry in ENTRIES.items():
        if name in NOT_HERE:
            continue
        standin.build(entry, root / name)
        made = configs.make(entry, "transformers")
        words = [TEXT] if name != "guanaco-7b" else ["--turns", str(root / "turns.json")]
        words += ["--model", str(root / name), "--device", "cpu"]
        if name not in ENCODERS:
            words += ["--max-new-tokens", "5"]
        if name == "legal-bert-base":
            words[0] = "The sky is [MASK]."
        jobs[name] = {"script": str(configs.write(made, root / name)[0]), "words": words}
    outside = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HOME": str(root)}
    source = str(Path(cardkit.__file__).parents[1])
    child = subprocess.run(
        [sys.executable, "-P", str(Path(__file__).parent / "run_scripts.py")],
        input=json.dumps(list(jobs.values())),
        text=True, capture_output=True, check=False,
        env=os.environ | outside | {"PYTHONPATH": source, "HF_HOME": str(root)},
    )  # fmt: skip
    assert child.returncode == 0, child.stderr
    found = zip(jobs, json.loads(child.stdout), strict=True)
    return {name: told | {"folder": str(root / name)} for name, told in found}


@pytest.mark.parametrize("name", sorted(ENTRIES.keys() - NOT_HERE.keys()))
def test_a_models_script_runs_and_sends_its_prompt(done: dict[str, Any], name: str) -> None:
    told, entry = done[name], ENTRIES[name]
    assert told["error"] is None
    if name in ENCODERS:
        assert told["out"].strip()
        return
    documented = entry.prompt.format or entry.prompt.chat_template
    turns = TURNS if name == "guanaco-7b" else TURNS[-1:]
    text = asking.render(entry, turns) if documented else TEXT
    tokenizer = transformers.AutoTokenizer.from_pretrained(told["folder"])
    assert told["sent"] == tokenizer(text)["input_ids"]


@pytest.mark.parametrize("name", NOT_HERE)
def test_what_has_no_stand_in_is_known(name: str, tmp_path: Path) -> None:
    with pytest.raises(CannotRehearseError):
        standin.build(ENTRIES[name], tmp_path)


def test_dollys_answer_begins_behind_one_token(done: dict[str, Any], tmp_path: Path) -> None:
    dolly = ENTRIES["dolly-v2-7b"]
    assert [f.code for f in tokens.faults(dolly, done["dolly-v2-7b"]["folder"])] == []
    build("gpt_neox", tmp_path / "other")
    codes = [f.code for f in tokens.faults(dolly, str(tmp_path / "other")) if f.severity == "error"]
    assert codes == ["marker-split"]


@pytest.mark.parametrize("name", ["deepseek-v2-chat", "redpajama-3b-chat", "tulu-2-13b"])
def test_a_format_and_its_template_give_the_same_ids(done: dict[str, Any], name: str) -> None:
    found = tokens.faults(ENTRIES[name], done[name]["folder"])
    assert [fault for fault in found if fault.severity == "error"] == []
