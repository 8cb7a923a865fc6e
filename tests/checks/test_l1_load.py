"""The model in memory is the one in the files, on the device of the plan, or the layer fails."""

from __future__ import annotations

from typing import Any

import pytest

from cardkit.checks.l1_load import check
from cardkit.outcome import Difference, Idle
from cardkit.plan import Untried
from outcomes import ISOLATION, error, load, outcome, plan, tensors

NORM = "gpt_neox.layers.0.input_layernorm.weight"
FAULTS: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "one altered tensor": (
        {"tensors": tensors(differing=(Difference(name=NORM, largest=0.0078),), differing_count=1)},
        (
            "load.tensor_differs",
            f"1 tensor of 388 not what the files say: {NORM} (by up to 0.0078)",
        ),
    ),
    "random weights, of which twenty are listed": (
        {
            "tensors": tensors(
                differing=tuple(Difference(name=f"w{n}", because="of another shape") for n in "ab"),
                differing_count=388,
            )
        },
        (
            "load.tensor_differs",
            "388 tensors of 388 not what the files say: wa (of another shape), wb (of another "
            "shape)",
        ),
    ),
    "a difference that is not a number": (
        {"tensors": tensors(differing=(Difference(name=NORM),), differing_count=1)},
        ("load.tensor_differs", f"1 tensor of 388 not what the files say: {NORM}"),
    ),
    "values that never came": (
        {"tensors": tensors(on_meta=(NORM,))},
        ("load.tensor_differs", f"1 tensor without values, on the meta device: {NORM}"),
    ),
    "a second load that differs": (
        {"tensors": tensors(second_load_differs=(NORM,))},
        ("load.tensor_differs", f"a second load gave other values for 1 tensor: {NORM}"),
    ),
    "a config with a layer more": (
        {"loads": (load(missing=("l.32.a", "l.32.b", "l.32.c", "l.32.d", "l.32.e")),)},
        (
            "load.keys",
            "5 tensors of the model in no file, so made up at random: l.32.a, l.32.b, l.32.c and "
            "2 more",
        ),
    ),
    "a tensor in no file that loading did not tell of": (
        {"tensors": tensors(not_in_files=(NORM,))},
        ("load.keys", f"1 tensor of the model in no file, so made up at random: {NORM}"),
    ),
    "a config with a layer less": (
        {"loads": (load(unexpected=("l.31.a",)),), "tensors": tensors(not_in_memory=("l.31.a",))},
        ("load.keys", "1 tensor of the files not in the model: l.31.a"),
    ),
    "another shape": (
        {"loads": (load(mismatched=("embed_in.weight",)),)},
        ("load.keys", "1 tensor with another shape in the files: embed_in.weight"),
    ),
    "an error of loading": (
        {"loads": (load(errors=("size mismatch",)),)},
        ("load.keys", "loading said: size mismatch"),
    ),
    "an output matrix that a writing class leaves out": (
        {"loads": (load(unexpected=("lm_head.weight",)),)},
        ("load.keys", "1 tensor of the files not in the model: lm_head.weight"),
    ),
    "another device": (
        {"loads": (load(devices=("cuda:0",)),)},
        ("env.device_absent", "GPTNeoXForCausalLM is to be on cpu, and is on cuda:0"),
    ),
    "a part on another device": (
        {"loads": (load(devices=("cpu", "disk")),)},
        ("env.device_absent", "GPTNeoXForCausalLM is to be on cpu, and is on cpu, disk"),
    ),
    "the repository's code": (
        {"loads": (load(module="transformers_modules.ant.modeling_ant"),)},
        (
            "run.forbidden",
            "GPTNeoXForCausalLM is code of the repository, which was not allowed to run",
        ),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_loading_is_caught(fault: str) -> None:
    pieces, (code, said) = FAULTS[fault]
    layer = check(plan(), outcome(**pieces))
    assert ([(each.code, each.severity, each.said) for each in layer.findings], layer.verdict) == (
        [(code, "fail", said)],
        "fail",
    )


def test_a_model_that_is_its_files_passes_and_tells_its_figures() -> None:
    layer = check(plan(), outcome(tensors=tensors(casts={"float32 to bfloat16": 388})))
    assert (layer.verdict, layer.findings, layer.because) == (
        "pass",
        (),
        "388 tensors held against the files; 388 tensors cast float32 to bfloat16",
    )
    assert [(each.name, each.value, each.limit) for each in layer.figures] == [
        ("models loaded", 1, None),
        ("class", "GPTNeoXForCausalLM", None),
        ("load", 2.0, None),
        ("number format", "bfloat16", None),
        ("devices", "cpu", None),
        ("tensors compared", 388, None),
        ("tensors that differ", 0, 0),
        ("tensors in no file", 0, 0),
        ("tensors without values", 0, 0),
    ]


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("RobertaForSequenceClassification", "roberta.pooler.dense.weight"),
        ("BertModel", "cls.predictions.bias"),
        ("LlamaModel", "lm_head.weight"),
        ("LlamaForSequenceClassification", "lm_head.weight"),
        ("BertForMaskedLM", "cls.seq_relationship.bias"),
        ("BertForNextSentencePrediction", "cls.predictions.bias"),
        ("ElectraModel", "discriminator_predictions.dense.bias"),
        ("AlbertForMaskedLM", "sop_classifier.classifier.bias"),
        ("DistilBertModel", "vocab_projector.bias"),
    ],
)
def test_a_head_that_the_class_does_without_is_a_warning(model: str, name: str) -> None:
    got = outcome(
        loads=(load(model=model, unexpected=(name,)),), tensors=tensors(not_in_memory=(name,))
    )
    layer = check(plan(), got)
    assert ([(each.code, each.severity, each.said) for each in layer.findings], layer.verdict) == (
        [("load.keys", "warning", f"a head of the files that {model} does without: {name}")],
        "pass",
    )


POOLER = ("pooler.dense.bias", "pooler.dense.weight")
MADE_UP = (
    "2 tensors of the model in no file, so made up at random: pooler.dense.bias, "
    "pooler.dense.weight"
)
IDLE = Idle(names=POOLER, values=4160, fields=("pooler_output",))


@pytest.mark.parametrize(
    ("missing", "idle", "expected"),
    [
        (POOLER, None, ("fail", MADE_UP)),
        (
            POOLER,
            IDLE,
            (
                "warning",
                f"{MADE_UP}; only pooler_output hangs on them, and the example does not read that",
            ),
        ),
        (
            POOLER,
            IDLE.model_copy(update={"fields": ()}),
            ("warning", f"{MADE_UP}; nothing that the model gives hangs on them"),
        ),
        (
            (*POOLER, "l.1.a"),
            IDLE,
            ("fail", f"{MADE_UP.replace('2', '3')}, l.1.a"),
        ),
    ],
)
def test_what_was_made_up_fails_unless_nothing_that_is_read_hangs_on_it(
    missing: tuple[str, ...], idle: Idle | None, expected: tuple[str, str]
) -> None:
    got = outcome(
        loads=(load(missing=missing),),
        tensors=tensors(not_in_files=POOLER, idle=idle, second_load_differs=POOLER),
    )
    layer = check(plan(), got)
    severity = expected[0]
    assert ([(each.severity, each.said) for each in layer.findings], layer.verdict) == (
        [expected],
        "fail" if severity == "fail" else "pass",
    )
    shown = {each.name: each.value for each in layer.figures if "in no file" in each.name}
    told = {"tensors in no file": 2 if idle is None else 0}
    told |= {"tensors in no file that nothing read hangs on": 2} if idle else {}
    assert shown == told


@pytest.mark.parametrize(
    ("asked", "got"), [("npu:0", "npu:0"), ("cuda", "cuda:1"), ("npu:0", "npu"), ("cpu", "cpu")]
)
def test_the_device_that_was_asked_for_passes(asked: str, got: str) -> None:
    assert check(plan(device=asked), outcome(loads=(load(devices=(got,)),))).verdict == "pass"


def test_code_of_the_repository_passes_where_it_was_allowed() -> None:
    remote = load(module="transformers_modules.ant.modeling_ant")
    assert check(plan(allow_remote_code=True), outcome(loads=(remote,))).verdict == "pass"


@pytest.mark.parametrize(
    ("pieces", "because"),
    [
        ({"tensors": tensors(compared=0)}, "no tensor was compared with the files"),
        ({"tensors": Untried(untried="the model is quantized")}, "the model is quantized"),
        ({"tensors": None}, "the run came to its end and did not measure it"),
        ({"loads": (load(devices=()),)}, "nothing says which device the model is on"),
    ],
)
def test_what_was_not_compared_is_unknown_and_does_not_pass(
    pieces: dict[str, Any], because: str
) -> None:
    layer = check(plan(), outcome(**pieces))
    assert (layer.verdict, layer.because, layer.findings) == ("unknown", because, ())


def test_a_second_load_that_was_not_made_is_told() -> None:
    layer = check(plan(), outcome(tensors=tensors(second_load_differs=None)))
    assert layer.because == "388 tensors held against the files; not loaded a second time"


def test_an_error_before_any_load_is_the_layers_finding() -> None:
    absent = error("AssertionError", "Torch not compiled with CUDA enabled", line=4)
    layer = check(plan(device="cuda:0"), outcome(loads=(), tensors=None, error=absent))
    (found,) = layer.findings
    assert (layer.verdict, layer.because, found.code, found.said) == (
        "blocked",
        "no model was loaded",
        "env.device_absent",
        "it is to run on cuda:0, and torch is a build without CUDA (AssertionError: Torch not "
        "compiled with CUDA enabled, line 4 of the example)",
    )


def test_a_run_that_was_ended_before_any_load_is_blocked() -> None:
    slow = ISOLATION.model_copy(update={"stopped": "run.timeout", "said": "it took over 60 s"})
    layer = check(plan(), outcome(loads=(), tensors=None, isolation=slow, reached="example"))
    assert (layer.verdict, layer.because) == (
        "blocked",
        "the run was ended before it: it took over 60 s",
    )


def test_an_example_that_loads_nothing_is_blocked() -> None:
    layer = check(plan(), outcome(loads=(), tensors=None))
    (found,) = layer.findings
    assert (layer.verdict, found.code, found.said) == (
        "blocked",
        "card.code_missing",
        "the example came to its end and loaded no model",
    )
