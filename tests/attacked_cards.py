"""Entries whose example attacks, beside a load and an answer as a card prints them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from cardkit.entries.registry import find
from cardkit.plan import Limits
from cardkit.verifying import Wishes

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


def registry_of(folder: Path, code: str) -> Path:
    """Make a registry with one entry, whose example is the code; return its folder."""
    here = find()
    told = yaml.safe_load(here.path(NAME).read_text(encoding="utf-8"))
    told["example"] = {"code": {"value": code, "decided": "what a card could print"}}
    made = folder / "registry" / NAME
    made.mkdir(parents=True)
    (made / "model.yaml").write_text(
        yaml.safe_dump(told, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    (folder / "cards").mkdir()
    shutil.copy(here.root / told["card"], folder / told["card"])
    return made.parent


def wishes_of(
    layers: Sequence[str] = (), device: str = "cpu", *, remote_code: bool = False, **limits: Any
) -> Wishes:
    return Wishes(
        device=device,
        layers=layers,
        limits=Limits(**limits),
        allow_remote_code=remote_code,
        rehearse=True,
    )
