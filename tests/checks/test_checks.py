"""Every layer is judged, no layer passes by accident, and each code of the list has its outcome."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cardkit import checks
from cardkit.checks import CHECKS, findings, judge, verdict
from cardkit.outcome import Loss, Outcome, Repeats
from cardkit.plan import LAYERS, Plan, Untried
from cardkit.report import Layer
from cardkit.vocabulary.codes import codes
from outcomes import (
    DIVERGENCE,
    DOLLY,
    ENTRIES,
    ISOLATION,
    PARITY,
    TEXT,
    answer,
    decided,
    error,
    files,
    load,
    numerics,
    outcome,
    plan,
    shape,
    tensors,
)

SPOKEN = decided(DOLLY, example={"expected_output": {"value": TEXT, "card": "1-9"}})
CAUGHT: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "env.missing_package": ("L1", {}, {"error": ("ModuleNotFoundError", "No module named 'ant'")}),
    "env.removed_api": (
        "L1", {}, {"error": ("ModuleNotFoundError", "No module named 'transformers.ant'")}
    ),
    "env.device_absent": ("L1", {}, {"error": ("RuntimeError", "No CUDA GPUs are available")}),
    "env.version_conflict": ("L1", {}, {"error": ("ImportError", "a.so: undefined symbol: b")}),
    "card.code_missing": ("L1", {}, {"loads": ()}),
    "hub.gated": ("L1", {}, {"error": ("GatedRepoError", "403")}),
    "hub.not_found": ("L0", {}, {"files": files(weights=())}),
    "hub.network": ("L1", {}, {"error": ("OfflineModeIsEnabled", "offline mode is enabled")}),
    "load.keys": ("L1", {}, {"loads": (load(missing=("a",)),)}),
    "load.tensor_differs": ("L1", {}, {"tensors": tensors(differing_count=1)}),
    "load.remote_code_required": ("L1", {}, {"error": ("RemoteCodeError", "x")}),
    "load.unsafe_weights": ("L0", {}, {"files": files(weights=(), pickles=("a.bin",))}),
    "run.out_of_memory": ("L1", {}, {"error": ("OutOfMemoryError", "")}),
    "run.timeout": ("", {}, {"isolation": ISOLATION.model_copy(update={"stopped": "run.timeout"})}),
    "run.exception": ("L1", {}, {"error": ("ValueError", "no")}),
    "run.forbidden": ("L1", {}, {"error": ("PermissionError", "[Errno 1]")}),
    "run.limit": ("L1", {}, {"error": ("OSError", "[Errno 28] No space left on device")}),
    "num.not_finite": ("L3", {}, {"numerics": numerics(finite=False)}),
    "num.loss": ("L3", {}, {"numerics": numerics(losses=(Loss(text="en", tokens=99, nats=11.0),))}),
    "num.cache": ("L3", {}, {"numerics": numerics(cache=9.0)}),
    "num.padding": ("L3", {}, {"numerics": numerics(padding=9.0)}),
    "num.causality": ("L3", {}, {"numerics": numerics(causality=9.0)}),
    "parity.logits": ("L4", {}, {"parity": PARITY.model_copy(update={"mutual_top5": 0.5})}),
    "parity.divergence": (
        "L5",
        {},
        {"divergence": DIVERGENCE.model_copy(update={"at": 1, "margin": 3.0, "in_top5": True})},
    ),
    "spec.conflict": ("L2", {}, {"shape": shape(tokenizer_length=60000)}),
    "out.degenerate": ("L6", {}, {"answers": (answer(""),)}),
    "out.mismatch": ("L7", {"entry": SPOKEN}, {"answers": (answer("No.", greedy=True),)}),
    "out.nondeterministic": ("L8", {}, {"repeats": Repeats(in_process=False)}),
}  # fmt: skip
"""For each code the layer that gives it, and an outcome in which it must be found."""
FROM_FETCHING = {
    "hub.mirror_mismatch",
    "hub.hash_mismatch",
    "hub.disk_full",
    "hub.unsafe_path",
}
FROM_PLANNING = {
    "card.code_unparsable",
    "card.code_repaired",
    "card.other_model_id",
    "card.prompt_missing",
}
NOT_YET = {"env.no_wheel", "benchmark.inconsistent"}
"""Nothing builds an environment of a card's date, and there is no L9."""


def made(wishes: dict[str, Any], pieces: dict[str, Any]) -> tuple[Plan, Outcome]:
    """Return plan and outcome; an error ended the example before it loaded anything."""
    if isinstance(raised := pieces.get("error"), tuple):
        nothing = ("tensors", "shape", "numerics", "parity", "divergence", "repeats")
        pieces = {"loads": (), "answers": (), **dict.fromkeys(nothing), "error": error(*raised)}
    return plan(**wishes), outcome(**pieces)


def verdicts(layers: tuple[Layer, ...]) -> dict[str, str]:
    return {layer.name: layer.verdict for layer in layers}


def test_a_healthy_run_passes_every_layer() -> None:
    got = plan(entry=SPOKEN), outcome(answers=(answer(greedy=True),))
    layers = judge(*got)
    assert verdicts(layers) == {name: "pass" for name in LAYERS if name != "L9"} | {"L9": "skipped"}
    assert [finding for layer in layers for finding in layer.findings] == []
    assert (findings(*got), verdict(layers, findings(*got))) == ((), "passed")
    assert [layer.because for layer in layers if not layer.because] == []


def test_the_files_are_the_table() -> None:
    files_there = Path(checks.__file__).parent.glob("l[0-9]_*.py")
    assert {path.stem.partition("_")[0].upper() for path in files_there} == set(CHECKS)


@pytest.mark.parametrize("name", CAUGHT)
def test_each_code_is_found_in_an_outcome_that_has_it(name: str) -> None:
    layer, wishes, pieces = CAUGHT[name]
    got = made(wishes, pieces)
    layers = judge(*got)
    beside = findings(*got)
    where = {each.name: [found.code for found in each.findings] for each in layers}
    assert where.get(layer, [found.code for found in beside]) == [name]
    assert verdict(layers, beside) == {"fail": "failed"}.get(codes()[name].severity, "blocked")


def test_no_code_is_without_an_outcome_or_another_origin() -> None:
    others = FROM_FETCHING | FROM_PLANNING | NOT_YET
    assert (set(CAUGHT) | others, set(CAUGHT) & others) == (set(codes()), set())


@pytest.mark.parametrize("name", CHECKS)
def test_each_check_has_an_outcome_that_it_fails(name: str) -> None:
    failing = [
        code for code, (layer, wishes, pieces) in CAUGHT.items()
        if layer == name and CHECKS[name](*made(wishes, pieces)).verdict == "fail"
    ]  # fmt: skip
    assert failing


@pytest.mark.parametrize("name", CHECKS)
def test_no_check_passes_an_outcome_that_is_empty(name: str) -> None:
    empty = CHECKS[name](plan(entry=SPOKEN), Outcome())
    ended = CHECKS[name](plan(entry=SPOKEN), Outcome(reached="end", isolation=ISOLATION))
    assert {empty.verdict, ended.verdict} <= {"blocked", "unknown", "skipped"}
    assert empty.because
    assert ended.because


def test_a_layer_that_was_not_asked_for_is_skipped() -> None:
    layers = judge(plan(layers=("L0", "L6")), outcome())
    asked = {"L0": "pass", "L6": "pass"}
    assert verdicts(layers) == dict.fromkeys(LAYERS, "skipped") | asked
    assert {layer.because for layer in layers if layer.name not in asked} == {"not asked for"}


def test_a_benchmark_that_was_asked_for_is_unknown() -> None:
    layer = judge(plan(layers=("L9",)), outcome())[-1]
    assert (layer.verdict, layer.because) == (
        "unknown",
        "this version of cardkit has no check for it",
    )


def test_an_encoder_has_no_layers_of_generation() -> None:
    encoder = plan(entry=ENTRIES["roberta-large-mnli"], layers=tuple(LAYERS)[:9])
    assert encoder.kind == "classification"
    told = {layer.name: layer.because for layer in judge(encoder, outcome())}
    why = "the model is for classification, and generates no text"
    assert {name for name, said in told.items() if said == why} == {"L3", "L5", "L6", "L7"}


def test_an_error_after_the_load_stands_beside_the_layers() -> None:
    nothing = dict.fromkeys(("tensors", "shape", "numerics", "parity", "divergence", "repeats"))
    got = plan(), outcome(answers=(), error=error("ValueError", "no", line=3), **nothing)
    layers = judge(*got)
    (found,) = findings(*got)
    assert (found.code, found.said) == (
        "run.exception",
        "the example raised ValueError: no, line 3 of the example",
    )
    assert {layer.because for layer in layers[1:7]} == {
        "the example ended before it, with ValueError"
    }
    assert verdict(layers, (found,)) == "failed"


def test_a_run_that_was_ended_blocks_what_it_did_not_come_to() -> None:
    slow = ISOLATION.model_copy(update={"stopped": "run.timeout", "said": "it took over 60 s"})
    nothing = dict.fromkeys(("numerics", "parity", "divergence", "repeats"))
    got = plan(), outcome(isolation=slow, reached="measure numerics", **nothing)
    layers, beside = judge(*got), findings(*got)
    assert verdicts(layers) == {
        "L0": "pass", "L1": "pass", "L2": "pass", "L3": "blocked", "L4": "blocked",
        "L5": "blocked", "L6": "pass", "L7": "skipped", "L8": "blocked", "L9": "skipped",
    }  # fmt: skip
    assert ([found.code for found in beside], verdict(layers, beside)) == (
        ["run.timeout"],
        "blocked",
    )


def test_a_crash_is_a_failure_though_no_layer_fails() -> None:
    crashed = ISOLATION.model_copy(update={"exit_code": -11})
    nothing = dict.fromkeys(("parity", "divergence", "repeats"))
    got = plan(), outcome(isolation=crashed, reached="measure parity", **nothing)
    layers, beside = judge(*got), findings(*got)
    assert "fail" not in verdicts(layers).values()
    assert ([found.code for found in beside], verdict(layers, beside)) == (
        ["run.exception"],
        "failed",
    )


def test_a_measurement_that_could_not_be_made_does_not_hide_the_others() -> None:
    layers = judge(plan(), outcome(parity=Untried(untried="no class of the library runs it")))
    assert (verdicts(layers)["L4"], layers[4].because, verdict(layers, ())) == (
        "skipped",
        "no class of the library runs it",
        "passed",
    )


def test_what_was_never_run_is_blocked() -> None:
    layers = judge(plan(), Outcome())
    assert verdict(layers, ()) == "blocked"
    assert {layer.because for layer in layers[:7]} == {"nothing was fetched"}


def test_a_rehearsal_is_not_judged_by_what_it_says() -> None:
    random = outcome(
        answers=(answer("\ufffd" * 40),),
        numerics=numerics(losses=(Loss(text="en", tokens=99, nats=11.0),)),
    )
    told = verdicts(judge(plan(rehearsal=True, entry=SPOKEN), random))
    assert {name: told[name] for name in ("L3", "L6", "L7")} == {
        "L3": "pass",
        "L6": "skipped",
        "L7": "skipped",
    }
