"""Each fault of a model fails `verify` at its layer, with its code: the whole way, from a hub.

The model is a taught one, so that without the fault all layers pass (`test_healthy.py`).
"""

from __future__ import annotations

import copy
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pytest.importorskip("torch", reason="needs the extra `run`")

from faulty import DOWN, FAULTS, OWN_CODE, SABOTAGE, copied
from taught import Taught, behind_the_load, seen, why, with_code
from verifying.conftest import Judge

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:transformers")

Lessons = Callable[..., Taught]
LLAMA, BASE, NEOX, SEQUENTIAL = "tulu-2-13b", "dclm-7b", "dolly-v2-7b", "redpajama-3b-chat"
NOT_LOADED = {"L1": "fail run.exception", **dict.fromkeys(["L2", "L3", "L4", "L5", "L6", "L7"], "unknown")}  # fmt: skip


class Row(NamedTuple):
    """Where a fault is found."""

    wrong: dict[str, str]
    """Each layer that does not pass, with its codes."""
    whatever: str = ""
    """Layers that say of the broken model what chance has it: its text, a second load."""


NO_LOSS = Row({"L3": "fail num.loss", "L7": "fail out.mismatch"}, "L6")
LAYER_LESS = Row({"L1": "fail load.keys", "L2": "fail spec.conflict"}, "L6 L7")
LAYER_MORE = Row(
    {"L1": "fail load.keys load.tensor_differs", "L2": "fail spec.conflict"}, "L4 L5 L6 L7"
)
OTHER_SPEC = Row({"L2": "fail spec.conflict"}, "L6 L7")
NO_TEXT = Row({"L6": "fail out.degenerate", "L7": "fail out.mismatch"})
IN_FILES = {
    ("nan in a weight", LLAMA): Row(
        {
            "L3": "fail num.not_finite",
            "L4": "skipped",
            "L5": "skipped",
            "L6": "fail out.degenerate",
            "L7": "fail out.mismatch",
        }
    ),
    ("nan in a weight", BASE): Row(  # its example samples, and torch cannot
        {
            "L3": "fail num.not_finite",
            "L4": "skipped",
            "L5": "skipped",
            "L6": "unknown",
            "L7": "unknown",
            "beside": "run.exception",
        }
    ),
    ("rows shuffled", LLAMA): NO_LOSS,
    ("rows shuffled", BASE): NO_LOSS,
    ("output rows shuffled", NEOX): NO_LOSS,
    ("mlp zeroed", LLAMA): Row({"L7": "fail out.mismatch"}, "L6"),
    ("exponent bit flipped", BASE): NO_LOSS,
    ("random weights", LLAMA): NO_LOSS,
    ("random weights", SEQUENTIAL): NO_LOSS,
    ("one layer less", LLAMA): LAYER_LESS,
    ("one layer less", BASE): LAYER_LESS,
    ("one layer more", NEOX): LAYER_MORE,
    ("one layer more", SEQUENTIAL): LAYER_MORE,
    ("another activation", LLAMA): OTHER_SPEC,
    ("another activation", NEOX): OTHER_SPEC,
    ("rope base x50", LLAMA): OTHER_SPEC,
    ("rope base x50", SEQUENTIAL): OTHER_SPEC,
    ("rope base x50 in the file", BASE): Row(NOT_LOADED),
    ("rotary pct changed", NEOX): OTHER_SPEC,
    ("rotary pct changed", SEQUENTIAL): OTHER_SPEC,
    ("parallel residual flipped", NEOX): OTHER_SPEC,
    ("parallel residual flipped", SEQUENTIAL): OTHER_SPEC,
    ("tokenizer of another text", BASE): NO_LOSS,
    ("vocabulary shifted", LLAMA): NO_LOSS,
    ("more tokens than rows", LLAMA): Row({"L2": "fail spec.conflict"}),
    ("truncated", LLAMA): Row(NOT_LOADED),
    ("pointer of git lfs", BASE): Row(NOT_LOADED),
    ("page of html", NEOX): Row(NOT_LOADED),
    ("empty file", SEQUENTIAL): Row(NOT_LOADED),
}
"""Done to the files that the hub has: all hashes agree."""
LEARNT = {
    "looping text": NO_TEXT,
    "echoed prompt": NO_TEXT,
    "broken characters": NO_TEXT,
    "empty answer": NO_TEXT,
    "another answer": Row({"L7": "fail out.mismatch"}),
}
"""Models that were taught to answer so."""
CHANGED = f"model.get_parameter({DOWN['llama'].format(1)!r}).data.mul_(1.01)\n"
IN_MEMORY = {
    ("k norm by q norm", BASE): "L4 parity.logits",
    ("rotary over other dimensions", NEOX): "L4 parity.logits",
    ("rotary over other dimensions", SEQUENTIAL): "L4 parity.logits",
    ("residual flipped", NEOX): "L4 parity.logits",
    ("residual flipped", SEQUENTIAL): "L4 parity.logits",
    ("rows rolled", LLAMA): "L4 parity.logits",
    ("code one tensor changed", LLAMA): "L1 load.tensor_differs",
    ("code mask dropped", LLAMA): "L3 num.padding",
    ("code cache misplaced", LLAMA): "L3 num.cache",
    ("code sees ahead", NEOX): "L3 num.causality",
    ("code unseeded noise", LLAMA): "L8 out.nondeterministic",
}
"""Done to the model in memory, by statements of the example behind its load: a device that errs."""
REMOTE = {
    "code k norm by q norm": "L4 parity.logits",
    "code random as it loads": "L1 load.tensor_differs",
}
"""Done by code of the repository, which may run."""
KIND = {LLAMA: "llama", BASE: "openlm", NEOX: "gpt_neox", SEQUENTIAL: "gpt_neox sequential"}


def model_of(name: str, lessons: Lessons, *, reads: bool = True) -> Taught:
    """Return a taught model; where the card has no example, with one."""
    model = lessons(name, reads=reads)
    return model if name == BASE else with_code(model)


@pytest.mark.parametrize(("fault", "name"), IN_FILES)
def test_a_fault_of_the_files_is_found(
    fault: str, name: str, lessons: Lessons, judged: Judge, tmp_path: Path
) -> None:
    model, row = model_of(name, lessons), IN_FILES[fault, name]
    bad = copied(model.folder, tmp_path / "bad")
    FAULTS[fault](bad)
    report = judged(model._replace(folder=bad))
    assert seen(report, f"L8 {row.whatever}") == ("failed", row.wrong), why(report)
