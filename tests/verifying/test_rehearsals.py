"""The five seeds rehearse: from the registry's own cards, and from the real ones."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cardkit.entries import making
from cardkit.entries.registry import Registry, find
from cardkit.report import Report
from cardkit.verifying import Judged, Ways, Wishes, verify_all
from cardkit.verifying.children import Children

OURS = find()
REAL = OURS.root.parent / "shared" / "cards" / "seeds"
SEEDS = {
    "dclm-1b-it": "000_9be085bab0b09833.txt",
    "dclm-7b": "001_51133066599b607a.txt",
    "redpajama-3b-chat": "002_7abee99ad6073733.txt",
    "tulu-2-13b": "003_f41f5e2765962d81.txt",
    "dolly-v2-7b": "004_dc37311b3182f8da.txt",
}
REPORTS = shutil.ignore_patterns("reports")
PASSES = {
    **dict.fromkeys(["L0", "L1", "L2", "L3", "L4", "L5", "L8"], "pass"),
    **dict.fromkeys(["L6", "L7", "L9"], "skipped"),
}
Rehearse = Callable[[str, str], Report]


def from_real_cards(folder: Path, name: str, card: str) -> Registry:
    """Return a registry whose entry is made anew from the real card; what was decided stays."""
    (folder / "cards").mkdir()
    shutil.copy(REAL / card, folder / "cards" / card)
    (folder / "registry" / name).mkdir(parents=True)
    shutil.copy(OURS.path(name), folder / "registry" / name)
    registry = Registry(folder / "registry")
    making.save(registry, making.make(registry, name, f"cards/{card}"))
    return registry


@pytest.fixture(params=["our card", "the real card"])
def rehearse(request: pytest.FixtureRequest, children: Children, tmp_path: Path) -> Rehearse:
    """Rehearse an entry on a device."""

    def rehearsal(name: str, device: str = "cpu") -> Report:
        registry = OURS
        if request.param == "the real card":
            if not REAL.is_dir():
                pytest.skip("the shared cards are not beside the project")
            registry = from_real_cards(tmp_path, name, SEEDS[name])
        else:
            shutil.copytree(OURS.folder / name, tmp_path / "registry" / name, ignore=REPORTS)
            shutil.copytree(OURS.root / "cards", tmp_path / "cards")
            registry = Registry(tmp_path / "registry")
        wishes = Wishes(device=device, rehearse=True)
        (judged,) = verify_all(
            [name], wishes, Ways(), registry_folder=registry.folder, children=children
        )
        return judged.report

    return rehearsal


def rules(report: Report) -> list[str]:
    return sorted({change.rule for change in report.changes})


def verdicts(report: Report) -> dict[str, str]:
    return {layer.name: layer.verdict for layer in report.layers}


def codes(report: Report) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity) for finding in report.findings]


@pytest.mark.parametrize("name", SEEDS)
def test_each_seed_passes(name: str, rehearse: Rehearse) -> None:
    report = rehearse(name, "cpu")
    assert (report.verdict, verdicts(report)) == ("passed", PASSES)
    assert (report.rehearsal, report.simulated, report.device) == (True, False, "cpu")
    assert report.isolation is not None
    assert (report.isolation.rung, report.isolation.denied) == ("landlock", ())


def test_lost_indentation_and_open_lm_show(rehearse: Rehearse) -> None:
    report = rehearse("dclm-1b-it", "cpu")
    assert report.origin == "card"
    assert rules(report) == ["device", "dtype", "indentation", "model_id", "open_lm"]
    assert codes(report) == [("card.code_repaired", "warning")]


def test_openmind_and_open_lm_show(rehearse: Rehearse) -> None:
    report = rehearse("dclm-7b", "cpu")
    assert report.origin == "card"
    assert rules(report) == ["device", "model_id", "open_lm", "openmind"]
    assert report.files is not None
    assert (report.files.hub, report.files.id) == ("modelers", "AI-Research/DCLM-7B")


def test_modelscope_shows(rehearse: Rehearse) -> None:
    report = rehearse("dolly-v2-7b", "cpu")
    assert report.origin == "card"
    assert "modelscope" in rules(report)
    assert report.files is not None
    assert (report.files.hub, report.files.revision) == ("modelscope", "v1.0.1")


def test_a_missing_example_is_made_from_the_prompt_and_called_so(rehearse: Rehearse) -> None:
    report = rehearse("redpajama-3b-chat", "cpu")
    assert (report.origin, report.changes) == ("prompt", ())
    assert codes(report) == [("card.code_missing", "warning")]
    assert report.answers[0].prompts == (
        "<|prompter|>Name three colours of the rainbow.<|endoftext|><|assistant|>",
    )


def test_another_models_example_is_refused_and_one_is_made_from_the_prompt(
    rehearse: Rehearse,
) -> None:
    report = rehearse("tulu-2-13b", "cpu")
    assert (report.origin, report.changes) == ("prompt", ())
    assert codes(report) == [("card.other_model_id", "warning")]
    assert "HuggingFaceH4/tulu-2-dpo-70b" in report.refused
    assert "tulu-2-dpo-70b" in (report.printed_example or "")
    assert report.answers[0].prompts == (
        "<|user|>\nName three colours of the rainbow.\n<|assistant|>\n",
    )


@pytest.mark.parametrize(
    ("name", "without", "warnings"),
    [
        # an output matrix of its own, which the config class of T5 denies; its own tokenizer
        ("promptclue-base", {"L4", "L6", "L7", "L8", "L9"}, []),
        # the encoder of a masked model: its heads stay in the file
        ("legal-bert-base", {"L3", "L5", "L6", "L7", "L9"}, ["load.keys"]),
    ],
)
def test_an_example_that_only_loads_passes_what_can_be_judged(
    name: str, without: set[str], warnings: list[str], children: Children, tmp_path: Path
) -> None:
    shutil.copytree(OURS.folder / name, tmp_path / "registry" / name, ignore=REPORTS)
    (judged,) = verify_all(
        [name], Wishes(rehearse=True), Ways(),
        registry_folder=tmp_path / "registry", children=children,
    )  # fmt: skip
    found = verdicts(judged.report)
    assert judged.report.verdict == "passed"
    assert {layer for layer, verdict in found.items() if verdict == "skipped"} == without
    assert {verdict for layer, verdict in found.items() if layer not in without} == {"pass"}
    assert [each.code for layer in judged.report.layers for each in layer.findings] == warnings


def test_what_cannot_be_rehearsed_says_why(children: Children, tmp_path: Path) -> None:
    shutil.copytree(OURS.folder, tmp_path / "registry", ignore=REPORTS)
    names = ["olmo-7b", "nemotron-4-340b-instruct", "skywork-13b-chat"]
    judged: list[Judged] = list(
        verify_all(
            names, Wishes(rehearse=True), Ways(),
            registry_folder=tmp_path / "registry", children=children,
        )
    )  # fmt: skip
    assert [each.report.verdict for each in judged] == ["blocked"] * 3
    assert [each.report.exit_code for each in judged] == [3] * 3
    said = [
        [finding.code for finding in each.report.findings if finding.severity == "blocked"]
        for each in judged
    ]
    assert said == [["env.missing_package"], ["card.code_missing"], ["load.remote_code_required"]]
