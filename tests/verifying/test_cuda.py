"""On a CUDA GPU the five seeds rehearse and pass: `pytest -m cuda`, where there is one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cardkit.entries.registry import find
from cardkit.verifying import Ways, Wishes, verify_all

OURS = find()
SEEDS = ("dclm-1b-it", "dclm-7b", "dolly-v2-7b", "redpajama-3b-chat", "tulu-2-13b")


@pytest.mark.cuda
def test_all_seeds_pass(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="needs the extra `run`")
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA GPU")
    shutil.copytree(OURS.folder, tmp_path / "registry", ignore=shutil.ignore_patterns("reports"))
    shutil.copytree(OURS.root / "cards", tmp_path / "cards")
    wishes = Wishes(device="cuda:0", rehearse=True)
    found = [
        judged.report
        for judged in verify_all(SEEDS, wishes, Ways(), registry_folder=tmp_path / "registry")
    ]
    assert [(each.model, each.verdict, each.simulated) for each in found] == [
        (name, "passed", False) for name in SEEDS
    ]
