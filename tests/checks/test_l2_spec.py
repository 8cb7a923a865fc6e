"""The model is the one that headers, formula, card and entry tell of."""

from __future__ import annotations

from typing import Any

import pytest

from cardkit.checks.l2_spec import check
from cardkit.outcome import Idle, Shape
from cardkit.plan import Plan
from outcomes import (
    DOLLY,
    ENTRIES,
    MARKER,
    PARAMETERS,
    decided,
    files,
    load,
    outcome,
    shape,
    tensors,
)
from outcomes import plan as plan_of

TULU = ENTRIES["tulu-2-13b"]
DCLM = ENTRIES["dclm-7b"]
WHY = "pythia-6.9b, the base model, has this shape"
FAULTS: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "the headers count another number": (
        {"files": files(num_parameters=PARAMETERS + 4096)},
        [
            (
                "fail",
                "the headers of the weights count 6,856,060,928 values; the model has "
                "6,856,056,832 parameters",
            )
        ],
    ),
    "saved buffers do not explain the headers": (
        {"files": files(num_parameters=PARAMETERS + 4096), "shape": shape(beside=4095)},
        [
            (
                "fail",
                "the headers of the weights count 6,856,060,928 values, 4,095 of them no "
                "parameters; the model has 6,856,056,832 parameters",
            )
        ],
    ),
    "a layer less, in config and files": (
        {
            "files": files(num_parameters=6_654_676_992),
            "shape": shape(num_parameters=6_654_676_992, config={"num_hidden_layers": 31}),
        },
        [
            ("fail", f"num_hidden_layers: the entry decided 32 ({WHY}), the model has 31"),
            ("warning", "parameters: the card says 6.9 billion, the model has 6,654,676,992"),
        ],
    ),
    "a switch that config.json does not tell of": (
        {"shape": shape(config={"attention_bias": False})},
        [
            (
                "fail",
                "the formula of GPTNeoXForCausalLM gives 6,855,532,544 parameters; the model has "
                "6,856,056,832",
            )
        ],
    ),
    "rotary_pct of another model": (
        {"shape": shape(config={"rotary_pct": 1.0})},
        [("fail", f"rotary_pct: the entry decided 0.25 ({WHY}), the model has 1.0")],
    ),
    "the residual flipped": (
        {"shape": shape(config={"use_parallel_residual": False})},
        [("fail", f"use_parallel_residual: the entry decided True ({WHY}), the model has False")],
    ),
    "an option that the config does not have": (
        {"shape": shape(config={"use_parallel_residual": None})},
        [
            (
                "warning",
                f"use_parallel_residual: the entry decided True ({WHY}), and the model's config "
                "does not say",
            )
        ],
    ),
    "a context of another length": (
        {"shape": shape(config={"context_length": 4096})},
        [("warning", f"context_length: the entry decided 2048 ({WHY}), the model has 4096")],
    ),
    "another architecture": (
        {"shape": shape(model_type="llama", config={"num_key_value_heads": 32})},
        [
            (
                "fail",
                "the entry has a model of type gpt_neox, the files one of llama",
            )
        ],
    ),
    "more tokens than rows": (
        {"shape": shape(tokenizer_length=50281)},
        [("fail", "the tokenizer has ids up to 50,280, the embedding only 50,280 rows")],
    ),
    "an embedding that config.json does not tell of": (
        {"shape": shape(embedding_rows=50288)},
        [("fail", "config.json tells of a vocabulary of 50,280, the embedding has 50,288 rows")],
    ),
    "dolly's marker in pieces": (
        {"shape": shape(single_tokens={MARKER: (4, 5, 6, 7)})},
        [("fail", "the marker '### Response:\\n' is to be one token, and is 4")],
    ),
    "a marker that was not looked up": (
        {"shape": shape(single_tokens={})},
        [("warning", "markers that were not looked up in the tokenizer: '### Response:\\n'")],
    ),
    "dolly's prompt without its last newline": (
        {
            "shape": shape(
                prompt_findings=(
                    ("marker-missed", "error", "'### Response:\\n' is one token"),
                    ("start-added", "note", "'<s>' is put before the prompt"),
                )
            )
        },
        [
            ("fail", "the prompt's tokens: '### Response:\\n' is one token"),
            ("note", "the prompt's tokens: '<s>' is put before the prompt"),
        ],
    ),
}


def plan(**more: Any) -> Plan:
    return plan_of(**more)


def told(layer: Any) -> list[tuple[str, str]]:
    assert {each.code for each in layer.findings} <= {"spec.conflict"}
    return [(each.severity, each.said) for each in layer.findings]


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_the_spec_is_caught(fault: str) -> None:
    pieces, expected = FAULTS[fault]
    layer = check(plan(), outcome(**pieces))
    worst = "fail" if "fail" in {severity for severity, _ in expected} else "pass"
    assert (told(layer), layer.verdict) == (expected, worst)


def test_three_counts_and_the_entry_agree() -> None:
    layer = check(plan(), outcome())
    assert (layer.verdict, layer.findings, layer.because) == (
        "pass",
        (),
        "Parameters counted by the model, the headers, the formula of GPTNeoXForCausalLM. 8 values "
        "of the entry agree with config.json.",
    )
    assert [(each.name, each.value, each.limit) for each in layer.figures] == [
        ("parameters of the model", PARAMETERS, None),
        ("values by the headers", PARAMETERS, PARAMETERS),
        ("parameters by the formula", PARAMETERS, PARAMETERS),
        ("rows of the embedding", 50280, None),
        ("ids of the tokenizer", 50280, 50280),
    ]


def test_saved_buffers_are_no_parameters() -> None:
    got = outcome(files=files(num_parameters=PARAMETERS + 4096), shape=shape(beside=4096))
    assert check(plan(), got).verdict == "pass"


def test_parameters_that_l1_found_in_no_file_and_idle_are_not_in_the_headers() -> None:
    idle = Idle(names=("pooler.weight",), values=4096, fields=("pooler_output",))
    got = outcome(
        files=files(num_parameters=PARAMETERS - 4096),
        tensors=tensors(not_in_files=idle.names, idle=idle),
    )
    layer = check(plan(), got)
    assert (layer.verdict, layer.findings) == ("pass", ())
    figures = {each.name: (each.value, each.limit) for each in layer.figures}
    assert figures["values by the headers"] == (PARAMETERS - 4096, PARAMETERS - 4096)
    assert figures["parameters in no file"] == (4096, None)
    got = outcome(files=files(num_parameters=PARAMETERS - 4095), tensors=got.tensors)
    assert told(check(plan(), got)) == [
        (
            "fail",
            "the headers of the weights count 6,856,052,737 values; the model has 6,856,052,736 "
            "parameters from files",
        )
    ]


@pytest.mark.parametrize(("copies", "verdict"), [(0, "fail"), (400 * 64, "pass")])
def test_embeddings_that_only_the_library_ties_are_counted_as_the_files_hold_them(
    copies: int, verdict: str
) -> None:
    config = {
        "vocab_size": 400, "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
        "num_key_value_heads": 4, "intermediate_size": 256, "tie_word_embeddings": False,
    }  # fmt: skip
    tied = 400 * 64 + 2 * (4 * 64 * 64 + 3 * 64 * 256 + 2 * 64) + 64
    got = outcome(
        files=files(num_parameters=tied + copies),
        loads=(load(model="LlamaForCausalLM"),),
        shape=Shape(
            num_parameters=tied, model_type="llama", config=config, embedding_rows=400,
            beside=copies, copies=copies, single_tokens={MARKER: (1,)},
        ),
    )  # fmt: skip
    layer = check(plan(entry=decided(DOLLY, load={"model_type": None}), rehearsal=True), got)
    assert layer.verdict == verdict
    assert (told(layer) == []) is (verdict == "pass")


@pytest.mark.parametrize(
    ("entry", "spec", "config", "expected"),
    [
        (DOLLY, {"num_hidden_layers": {"value": 32, "card": "1-3"}}, {}, []),
        (
            DOLLY,
            {"num_hidden_layers": {"value": 36, "card": "1-3"}},
            {},
            [("fail", "num_hidden_layers: the card says 36, the model has 32")],
        ),
        (
            DOLLY,
            {"hidden_size": {"value": 4000, "hub": "config.json"}},
            {},
            [
                (
                    "fail",
                    "hidden_size: the hub's files said when the entry was made 4000, the model "
                    "has 4096",
                )
            ],
        ),
        (DOLLY, {"context_length": {"value": 2000, "card": "1-3", "text": "2k"}}, {}, []),
        (
            DOLLY,
            {"context_length": {"value": 8192, "card": "1-5"}},
            {"rope_scaling": {"factor": 4.0, "rope_type": "linear"}},
            [],
        ),
        (
            DOLLY,
            {"vocab_size": {"value": 50277, "card": "1-6"}},
            {},
            [("warning", "vocab_size: the card says 50277, the model has 50280")],
        ),
        (
            DOLLY,
            {"num_parameters": {"value": 7_000_000_000, "card": "1-3", "text": "7.0B"}},
            {},
            [("warning", "parameters: the card says 7.0B, the model has 6,856,056,832")],
        ),
        (DOLLY, {"num_parameters": {"value": 7_000_000_000, "card": "1-3", "text": "7B"}}, {}, []),
        (
            DOLLY,
            {"options": {"hidden_act": {"value": "gelu_new", "hub": "config.json"}}},
            {},
            [
                (
                    "fail",
                    "hidden_act: the hub's files said when the entry was made gelu_new, the model "
                    "has gelu",
                )
            ],
        ),
        (
            DOLLY,
            {"options": {"rope_theta": {"value": 10000, "card": "1-6"}}},
            {"rope_theta": 500000.0},
            [("fail", "rope_theta: the card says 10000, the model has 500000.0")],
        ),
        (
            DOLLY,
            {"options": {"qk_norm": {"value": True, "card": "1-6"}}},
            {"apply_qk_norm": True},
            [],
        ),
    ],
)
def test_a_value_is_held_as_exactly_as_it_is_printed(
    entry: Any, spec: dict[str, Any], config: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    changed = decided(entry, spec={**spec})
    assert told(check(plan(entry=changed), outcome(shape=shape(config=config)))) == expected


def test_a_vocabulary_of_the_tokenizers_entries_is_a_note() -> None:
    entry = decided(DOLLY, spec={"vocab_size": {"value": 50254, "card": "1-6"}})
    layer = check(plan(entry=entry), outcome(shape=shape(tokenizer_length=50254)))
    assert told(layer) == [
        (
            "note",
            "vocab_size: the card says 50254, the model has 50280 rows of embedding; it is the "
            "tokenizer's entries that are 50254",
        )
    ]


def test_an_encoder_and_decoder_are_counted_alone_or_together() -> None:
    entry = decided(DOLLY, spec={"num_hidden_layers": {"value": 64, "card": "1-3"}})
    both = shape(config={"is_encoder_decoder": True, "num_decoder_layers": 32})
    assert told(check(plan(entry=entry), outcome(shape=both))) == []


def test_the_number_format_that_was_asked_for_must_be_the_models() -> None:
    layer = check(plan(dtype="float16"), outcome())
    assert told(layer) == [("fail", "it is to run in float16, and the model is in bfloat16")]


@pytest.mark.parametrize(
    ("casts", "expected"),
    [
        ({}, []),
        (
            {"float16 to float32": 5},
            ["number format: the card says bfloat16, the files hold float16"],
        ),
        ({"bfloat16 to float32": 5}, []),
    ],
)
def test_the_cards_number_format_is_that_of_the_files(
    casts: dict[str, int], expected: list[str]
) -> None:
    entry = decided(DOLLY, spec={"dtype": {"value": "bfloat16", "card": "1-5"}})
    layer = check(plan(entry=entry), outcome(tensors=tensors(casts=casts)))
    assert told(layer) == [("warning", said) for said in expected]


def test_a_rehearsal_holds_counts_and_tokens_but_not_the_cards_figures() -> None:
    small = {
        "vocab_size": 400, "hidden_size": 64, "num_hidden_layers": 2, "intermediate_size": 256,
        "context_length": 256,
    }  # fmt: skip
    count = 2 * 400 * 64 + 2 * (12 * 64 * 64 + 13 * 64) + 2 * 64
    tiny = shape(
        config=small, num_parameters=count, embedding_rows=400, tokenizer_length=390,
        single_tokens={MARKER: (1, 2)},
    )  # fmt: skip
    layer = check(plan(rehearsal=True), outcome(shape=tiny, files=files(num_parameters=count)))
    assert told(layer) == [("fail", "the marker '### Response:\\n' is to be one token, and is 2")]
    assert layer.because == (
        "Parameters counted by the model, the headers, the formula of GPTNeoXForCausalLM. The "
        "figures of card and entry are not held against a stand-in."
    )


def test_what_cannot_be_counted_is_told() -> None:
    got = outcome(
        files=files(num_parameters=None),
        loads=(load(model="GPTNeoXForTokenClassification"),),
        shape=shape(tokenizer_length=None),
    )
    assert check(plan(), got).because == (
        "Parameters counted by the model. The headers give no count. No count by a formula: there "
        "is no formula for GPTNeoXForTokenClassification. 8 values of the entry agree with "
        "config.json. There was no tokenizer to compare."
    )


def test_nothing_to_compare_with_is_unknown() -> None:
    bare = Shape(num_parameters=5, model_type="ant", config={})
    layer = check(
        plan(entry=decided(DOLLY, load={"model_type": None}, prompt={"single_tokens": []},
                           spec=dict.fromkeys(DOLLY.spec.model_dump()) | {"options": {}})),
        outcome(files=files(num_parameters=None), shape=bare),
    )  # fmt: skip
    assert (layer.verdict, layer.because) == (
        "unknown",
        "nothing to compare with: no architecture 'ant'",
    )


def test_the_seeds_agree_with_configs_of_their_own_shape() -> None:
    tulu = Shape(
        num_parameters=13_015_864_320, model_type="llama", dtype="bfloat16", embedding_rows=32000,
        tokenizer_length=32000,
        config={
            "hidden_size": 5120, "num_hidden_layers": 40, "num_attention_heads": 40,
            "num_key_value_heads": 40, "intermediate_size": 13824, "vocab_size": 32000,
            "max_position_embeddings": 4096,
        },
    )  # fmt: skip
    dclm = Shape(
        num_parameters=6_889_672_704, model_type="openlm", dtype="float32", embedding_rows=50432,
        tokenizer_length=50277,
        config={
            "dim": 4096, "n_layers": 32, "n_heads": 32, "vocab_size": 50432, "seq_len": 2048,
            "apply_qk_norm": True, "weight_tying": False,
        },
    )  # fmt: skip
    verdicts = [
        check(
            plan(entry=entry),
            outcome(shape=each, files=files(num_parameters=each.num_parameters),
                    loads=(load(model=model),)),
        )
        for entry, each, model in (
            (TULU, tulu, "LlamaForCausalLM"), (DCLM, dclm, "OpenLMForCausalLM"),
        )
    ]  # fmt: skip
    assert [(each.verdict, told(each)) for each in verdicts] == [("pass", []), ("pass", [])]
    assert verdicts[1].because.endswith("config.json does not say: intermediate_size.")
