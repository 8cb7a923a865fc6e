"""The Chinese card of DCLM-7B prints an example for `npu:0`: it runs, its device untouched."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

pytest.importorskip("torch", reason="needs the extra `run`")

from tiny import build

ENTRY = Path(__file__).parent.parent.parent / "registry" / "dclm-7b" / "model.yaml"
IMPORTS = (
    ("from open_lm.hf import *\n", "from cardkit.openlm import register\nregister()\n"),
    ("from openmind import ", "from transformers import "),
)
"""Neither package can be had here; all other lines run as they are printed."""
LOOK = """
import torch
print(model.device, inputs["input_ids"].device, torch.npu.is_simulated)
"""


def test_the_example_of_the_card_runs_on_the_npu(npu_python: Path, tmp_path: Path) -> None:
    code = yaml.safe_load(ENTRY.read_text(encoding="utf-8"))["example"]["code"]["value"]
    assert "device_map='npu:0'" in code
    for printed, here in IMPORTS:
        assert printed in code
        code = code.replace(printed, here)
    build("openlm", tmp_path / "AI-Research" / "DCLM-7B")  # found by its id from this folder
    done = subprocess.run(
        [npu_python, "-I", "-c", code + LOOK],
        cwd=tmp_path,
        env={"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *text, told = done.stdout.splitlines()
    assert "\n".join(text).startswith("A glacier moves because")
    assert told == "npu:0 npu:0 True"
