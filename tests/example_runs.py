"""A folder with a tiny model, and a run of a script on it in this process."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cardkit.entries.entry import Entry
from cardkit.outcome import Outcome
from cardkit.plan import Limits, Plan, Source
from cardkit.runner.outcomes import read_outcome
from cardkit.runner.scene import Job

ASKED = "Name three colours of the sky."
HEAD = """
from transformers import AutoTokenizer, AutoModelForCausalLM
tokenizer = AutoTokenizer.from_pretrained(MODEL)
model = AutoModelForCausalLM.from_pretrained(MODEL)
inputs = tokenizer("Name three colours of the sky.", return_tensors="pt")
"""
GENERATE = HEAD + "model.generate(**inputs, max_new_tokens=4, do_sample=False)\n"


def job(script: str, folder: Path, work: Path, **others: Any) -> Job:
    """Return a job; `entry`, `limits` and fields of the plan and the job may be given."""
    plan = Plan(
        entry=Entry.model_validate({"name": "x", **others.pop("entry", {})}),
        hub="huggingface",
        id="o/x",
        kind=others.pop("kind", "causal"),
        loader="AutoModelForCausalLM",
        source=Source(origin="card", code=script),
        asked=ASKED,
        limits=Limits(**others.pop("limits", {})),
        layers=tuple(others.pop("layers", "").split()),
        allow_remote_code=others.pop("allow_remote_code", False),
        seed=others.pop("seed", 0),
    )
    return Job(plan=plan, script=script, foreign=True, folder=str(folder), work=str(work), **others)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return what builds a tiny model, each once."""
    pytest.importorskip("torch", reason="needs the extra `run`")
    pytest.importorskip("transformers", reason="needs the extra `run`")
    from tiny import build

    made: dict[str, Path] = {}

    def get(name: str) -> Path:
        if name not in made:
            made[name] = build(name, tmp_path_factory.mktemp("built"))
        return made[name]

    return get


@pytest.fixture
def folder(built: Callable[[str], Path], tmp_path: Path) -> Path:
    """Return a folder with a tiny Llama that may be changed."""
    return Path(shutil.copytree(built("llama"), tmp_path / "model"))


@pytest.fixture
def ran(folder: Path, tmp_path: Path) -> Iterator[Callable[..., Outcome]]:
    """Return what runs a script in this process, and gives its outcome."""
    import torch

    from cardkit.runner.child import run

    torch.set_num_threads(1)  # faster for matrices so small, and others share the cores

    def do(script: str, at: Path | None = None, **others: Any) -> Outcome:
        work = tmp_path / f"work{len(list(tmp_path.iterdir()))}"
        work.mkdir()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the example's own, of which there are many
            run(job(script, at or folder, work, **others))
        return read_outcome(work)

    yield do
    torch.use_deterministic_algorithms(mode=False)
