"""A plan is made from an entry alone."""

from __future__ import annotations

import pytest

from cardkit.entries.registry import find
from cardkit.errors import UsageError
from cardkit.plan import Plan
from cardkit.verifying import planning
from cardkit.verifying.planning import PlanError, Wishes

REGISTRY = find()
SEEDS = ("dclm-1b-it", "dclm-7b", "dolly-v2-7b", "redpajama-3b-chat", "tulu-2-13b")


def plan(name: str, **wishes: object) -> Plan:
    return planning.make(REGISTRY, REGISTRY.load(name), Wishes(**wishes))  # type: ignore[arg-type]


def test_the_hub_is_the_one_that_the_example_loads_from() -> None:
    found = {name: plan(name) for name in SEEDS}
    assert {name: (made.hub, made.id, made.revision) for name, made in found.items()} == {
        "dclm-1b-it": ("huggingface", "TRI-ML/DCLM-1B-IT", None),
        "dclm-7b": ("modelers", "AI-Research/DCLM-7B", None),
        "dolly-v2-7b": ("modelscope", "AI-ModelScope/dolly-v2-7b", "v1.0.1"),
        "redpajama-3b-chat": ("huggingface", "ikala/redpajama-3b-chat", None),
        "tulu-2-13b": ("huggingface", "allenai/tulu-2-13b", None),
    }


def test_a_hub_and_a_revision_that_are_wished_for_go_first() -> None:
    made = plan("dclm-7b", hub="huggingface", revision="main")
    assert (made.hub, made.id, made.revision) == ("huggingface", "apple/DCLM-7B", "main")


def test_the_example_is_the_cards_own_where_it_has_one_and_as_it_prints_it() -> None:
    source = plan("dclm-7b").source
    assert (source.origin, source.because) == ("card", "")
    assert source.printed == source.code


def test_lost_indentation_shows_beside_the_code_that_has_it_again() -> None:
    source = plan("dclm-1b-it").source
    assert source.printed is not None
    assert source.code is not None
    assert source.printed != source.code
    assert "".join(source.printed.split()) == "".join(source.code.split())


def test_another_models_example_is_shown_and_not_taken() -> None:
    source = plan("tulu-2-13b").source
    assert (source.origin, source.code) == ("prompt", None)
    assert "HuggingFaceH4/tulu-2-dpo-70b" in source.because
    assert source.printed is not None
    assert "HuggingFaceH4/tulu-2-dpo-70b" in source.printed


def test_without_an_example_the_prompt_makes_one() -> None:
    made = plan("redpajama-3b-chat")
    assert (made.source.origin, made.source.printed) == ("prompt", None)
    assert made.prompt == f"<|prompter|>{made.asked}<|endoftext|><|assistant|>"


def test_without_either_there_is_nothing_to_run() -> None:
    assert plan("guanaco-7b").source.origin == "none"


@pytest.mark.parametrize(
    ("written", "device"),
    [("cpu", "cpu"), ("npu", "npu:0"), ("npu:1", "npu:1"), ("cuda:07", "cuda:7")],
)
def test_a_device_has_its_number(written: str, device: str) -> None:
    assert plan("dclm-7b", device=written).device == device


@pytest.mark.parametrize("written", ["gpu", "cpu:0", "npu:", "npu:x", "", "cuda:0:1"])
def test_what_is_no_device_is_refused(written: str) -> None:
    with pytest.raises(UsageError, match="no device"):
        plan("dclm-7b", device=written)


def test_layers_are_named_by_number_or_by_title() -> None:
    assert plan("dclm-7b", layers=["numerics", "l1", " L0"]).layers == ("L0", "L1", "L3")
    with pytest.raises(UsageError, match="no layer 'l12'"):
        plan("dclm-7b", layers=["L12"])


def test_what_cannot_be_planned_has_a_code() -> None:
    with pytest.raises(PlanError) as caught:
        plan("nemotron-4-340b-instruct")
    assert (caught.value.code, caught.value.exit_code) == ("card.code_missing", 3)
