"""On a simulated NPU all is as on the CPU, and what it computes wrong is found."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cardkit.entries.registry import find
from cardkit.report import Report

OURS = find()
SEEDS = ("dclm-1b-it", "dclm-7b", "dolly-v2-7b", "redpajama-3b-chat", "tulu-2-13b")
FASTER = "L0,L1,L2,L3,L4,L5"
"""Without L8, which starts a second process."""


def rehearsed(
    python: Path, folder: Path, *words: str, **texts: tuple[str, str]
) -> dict[str, Report]:
    """Return the reports of entries on npu:0, by name; `name=(old, new)` changes its model.yaml."""
    shutil.copytree(OURS.root / "cards", folder / "cards")
    shutil.copytree(OURS.folder, folder / "registry", ignore=shutil.ignore_patterns("reports"))
    for name, (old, new) in texts.items():
        path = folder / "registry" / name.replace("_", "-") / "model.yaml"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")
    done = subprocess.run(
        [python, "-m", "cardkit", "verify", *words, "--rehearse", "--device", "npu:0",
         "--format", "json", "--registry", folder / "registry"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    told: Any = json.loads(done.stdout or "[]")
    found = [Report.model_validate(each) for each in (told if isinstance(told, list) else [told])]
    assert found, done.stderr
    assert done.returncode == max(report.exit_code for report in found)
    return {report.model: report for report in found}


def verdicts(report: Report) -> dict[str, str]:
    return {layer.name: layer.verdict for layer in report.layers}


def test_all_seeds_pass_and_every_place_says_simulated(npu_python: Path, tmp_path: Path) -> None:
    found = rehearsed(npu_python, tmp_path, *SEEDS, "--layers", FASTER)
    passes = dict.fromkeys(FASTER.split(","), "pass")
    skipped = dict.fromkeys(["L6", "L7", "L8", "L9"], "skipped")
    assert {name: (each.verdict, verdicts(each)) for name, each in found.items()} == dict.fromkeys(
        SEEDS, ("passed", passes | skipped)
    )
    assert all(each.simulated and each.device == "npu:0" for each in found.values())
    assert all(each.loads_on_device for each in map(Seen, found.values()))
    chinese = found["dclm-7b"]
    assert "device_map='npu:0'" in (chinese.example or "")
    assert sorted({change.rule for change in chinese.changes}) == [
        "model_id", "open_lm", "openmind",
    ]  # fmt: skip
    kept = json.loads((tmp_path / "registry/dclm-7b/reports/npu-0.rehearsal.json").read_text())
    assert (kept["simulated"], kept["rehearsal"]) == (True, True)


class Seen:
    """What a report shows of the device."""

    def __init__(self, report: Report) -> None:
        (layer,) = (each for each in report.layers if each.name == "L1")
        figures = {figure.name: figure.value for figure in layer.figures}
        self.loads_on_device = figures["devices"] == "npu:0"


def failures(report: Report) -> list[str]:
    found = [*(each for layer in report.layers for each in layer.findings), *report.findings]
    return [f"{each.code}: {each.said}" for each in found if each.severity in ("fail", "blocked")]


def test_the_same_seed_gives_the_same_in_a_new_process(npu_python: Path, tmp_path: Path) -> None:
    report = rehearsed(npu_python, tmp_path, "dclm-7b", "--layers", "L8")["dclm-7b"]
    assert (report.verdict, verdicts(report)["L8"]) == ("passed", "pass")


def test_tensors_on_two_devices_fail_as_on_hardware(npu_python: Path, tmp_path: Path) -> None:
    added = "print(model.get_input_embeddings().weight[0] + inputs['input_ids'].new_ones(64).cpu())"
    texts = ("      print(output)\n    card: 633", f"      {added}\n    card: 633")
    found = rehearsed(npu_python, tmp_path, "dclm-7b", "--layers", FASTER, dclm_7b=texts)
    (failure,) = failures(found["dclm-7b"])
    assert found["dclm-7b"].verdict == "failed"
    assert failure.startswith("run.exception: ")
    assert "Expected all tensors to be on the same device" in failure


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("matmul-noise", "parity.logits"),
        ("rotary-garbage", "parity.logits"),
        ("nan", "num.not_finite"),
        ("out-of-memory", "run.out_of_memory"),
    ],
)
def test_a_device_that_computes_wrong_is_found(
    fault: str, code: str, npu_pythons: Callable[[str], Path], tmp_path: Path
) -> None:
    found = rehearsed(npu_pythons(fault), tmp_path, "redpajama-3b-chat", "--layers", FASTER)
    codes = [each.partition(":")[0] for each in failures(found["redpajama-3b-chat"])]
    assert code in codes, failures(found["redpajama-3b-chat"])
