"""The formulas give the counts that are published, and say why where they give none."""

from __future__ import annotations

from typing import Any

import pytest

from cardkit.architectures import FORMULAS, Count, architecture, num_parameters
from cardkit.architectures.openlm import ffn_width
from cardkit.errors import UnknownNameError
from cardkit.vocabulary import load

LLAMA_13B = {
    "vocab_size": 32000,
    "hidden_size": 5120,
    "num_hidden_layers": 40,
    "num_attention_heads": 40,
    "num_key_value_heads": 40,
    "intermediate_size": 13824,
}
DCLM_7B = {"vocab_size": 50432, "hidden_size": 4096, "num_hidden_layers": 32}
PUBLISHED: dict[str, tuple[str, dict[str, Any], int]] = {
    "DCLM-1B-IT": (
        "openlm",
        {"vocab_size": 50432, "dim": 2048, "n_layers": 24, "qk_norm": True},
        1_439_893_504,
    ),
    "DCLM-7B": ("openlm", {**DCLM_7B, "qk_norm": True}, 6_889_672_704),
    "DCLM-7B without qk-norm": ("openlm", {**DCLM_7B, "apply_qk_norm": False}, 6_889_410_560),
    "redpajama-3b-chat": (
        "gpt_neox",
        {
            "vocab_size": 50432,
            "hidden_size": 2560,
            "num_hidden_layers": 32,
            "intermediate_size": 10240,
        },
        2_775_864_320,
    ),
    "tulu-2-13b": ("llama", LLAMA_13B, 13_015_864_320),
    "dolly-v2-7b": (
        "gpt_neox",
        {
            "vocab_size": 50280,
            "hidden_size": 4096,
            "num_hidden_layers": 32,
            "intermediate_size": 16384,
        },
        6_856_056_832,
    ),
    "bloom": ("bloom", {"vocab_size": 250880, "n_embed": 14336, "n_layer": 70}, 176_247_271_424),
    "gpt-j-6b": ("gptj", {"vocab_size": 50400, "n_embd": 4096, "n_layer": 28}, 6_050_882_784),
    "gpt2": (
        "gpt2",
        {"vocab_size": 50257, "n_embd": 768, "n_layer": 12, "n_positions": 1024},
        124_439_808,
    ),
    "mpt-7b": ("mpt", {"vocab_size": 50432, "d_model": 4096, "n_layers": 32}, 6_649_286_656),
    "opt-1.3b": (
        "opt",
        {
            "vocab_size": 50272,
            "hidden_size": 2048,
            "num_hidden_layers": 24,
            "ffn_dim": 8192,
            "max_position_embeddings": 2048,
        },
        1_315_758_080,
    ),
    "starcoder": (
        "gpt_bigcode",
        {
            "vocab_size": 49152,
            "n_embd": 6144,
            "n_layer": 40,
            "n_head": 48,
            "n_positions": 8192,
            "n_inner": 24576,
        },
        15_517_456_384,
    ),
    "olmo-7b": (
        "olmo",
        {
            "vocab_size": 50304,
            "hidden_size": 4096,
            "num_hidden_layers": 32,
            "num_attention_heads": 32,
            "num_key_value_heads": 32,
            "intermediate_size": 11008,
        },
        6_888_095_744,
    ),
    "mistral-7b": (
        "mistral",
        {
            "vocab_size": 32000,
            "hidden_size": 4096,
            "num_hidden_layers": 32,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
            "intermediate_size": 14336,
        },
        7_241_732_096,
    ),
    "qwen2-7b": (
        "qwen2",
        {
            "vocab_size": 152064,
            "hidden_size": 3584,
            "num_hidden_layers": 28,
            "num_attention_heads": 28,
            "num_key_value_heads": 4,
            "intermediate_size": 18944,
        },
        7_615_616_512,
    ),
    "minicpm-2b": (
        "minicpm",
        {
            "vocab_size": 122753,
            "hidden_size": 2304,
            "num_hidden_layers": 40,
            "num_attention_heads": 36,
            "num_key_value_heads": 36,
            "intermediate_size": 5760,
            "tie_word_embeddings": True,
        },
        2_724_880_896,
    ),
    "deepseek-v2": (
        "deepseek_v2",
        {
            "vocab_size": 102400,
            "hidden_size": 5120,
            "num_hidden_layers": 60,
            "num_attention_heads": 128,
            "intermediate_size": 12288,
            "moe_intermediate_size": 1536,
            "n_routed_experts": 160,
            "n_shared_experts": 2,
            "first_k_dense_replace": 1,
            "q_lora_rank": 1536,
            "kv_lora_rank": 512,
            "qk_nope_head_dim": 128,
            "qk_rope_head_dim": 64,
            "v_head_dim": 128,
        },
        235_741_434_880,
    ),
    "bert-base-uncased": (
        "bert",
        {
            "architectures": ["BertModel"],
            "vocab_size": 30522,
            "hidden_size": 768,
            "num_hidden_layers": 12,
            "intermediate_size": 3072,
            "max_position_embeddings": 512,
            "type_vocab_size": 2,
        },
        109_482_240,
    ),
    "t5-base": (
        "t5",
        {
            "vocab_size": 32128,
            "d_model": 768,
            "num_layers": 12,
            "num_heads": 12,
            "d_kv": 64,
            "d_ff": 3072,
        },
        222_903_552,
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_gives_the_published_count(name: str) -> None:
    model_type, dims, count = PUBLISHED[name]
    assert num_parameters(model_type, dims).parameters == count


def test_a_count_says_what_it_rests_on_and_which_switches_were_left_out() -> None:
    taken = {
        "head_dim": None,
        "attention_bias": False,
        "mlp_bias": False,
    }
    dims = {**LLAMA_13B, "tie_word_embeddings": False, "rope_theta": 10000.0, "model_type": "llama"}
    assert num_parameters("llama", dims) == Count(
        13_015_864_320, "the formula of LlamaForCausalLM", taken
    )


@pytest.mark.parametrize(
    ("model_type", "dims", "because"),
    [
        ("openlm", DCLM_7B, "qk_norm is missing"),
        (
            "openlm",
            {**DCLM_7B, "qk_norm": True, "intermediate_size": 16384},
            "OpenLM has an intermediate_size of 11008 at this hidden_size",
        ),
        (
            "llama",
            {"vocab_size": 32000, "hidden_size": 5120, "num_key_value_heads": None},
            "num_hidden_layers, num_attention_heads, num_key_value_heads, intermediate_size "
            "are missing",
        ),
        ("llama", {**LLAMA_13B, "dim": 4096}, "hidden_size is given as 5120 and 4096"),
        (
            "llama",
            {**LLAMA_13B, "architectures": ["LlamaForSequenceClassification"]},
            "there is no formula for LlamaForSequenceClassification",
        ),
        (
            "bloom",
            {"vocab_size": 9, "hidden_size": 64, "n_layer": 2, "intermediate_size": 128},
            "Bloom has an intermediate_size of 256, 4 hidden_size",
        ),
        (
            "mpt",
            {"vocab_size": 9, "hidden_size": 64, "n_layer": 2, "expansion_ratio": 2},
            "MPT in transformers has an intermediate_size of 256, 4 hidden_size",
        ),
        ("hf_olmo", {}, "there is no formula for hf_olmo"),
        (
            "bert",
            PUBLISHED["bert-base-uncased"][1] | {"architectures": None},
            "architecture is missing",
        ),
        (
            "bert",
            PUBLISHED["bert-base-uncased"][1] | {"architectures": "BertForTokenClassification"},
            "num_labels is missing, which BertForTokenClassification needs",
        ),
        (
            "bert",
            PUBLISHED["bert-base-uncased"][1] | {"tie_word_embeddings": False},
            "there is no formula for BertModel with untied embeddings",
        ),
    ],
)
def test_says_why_there_is_no_count(model_type: str, dims: dict[str, Any], because: str) -> None:
    assert num_parameters(model_type, dims) == Count(None, because)


def test_an_unknown_architecture_gets_the_nearest_names() -> None:
    with pytest.raises(UnknownNameError) as error:
        num_parameters("gptneox", {})
    assert (
        str(error.value) == "no architecture 'gptneox'\n  → did you mean gpt2 or gpt_neox or gptj?"
    )


def test_each_formula_counts_classes_of_its_row_and_each_row_with_such_has_a_formula() -> None:
    counted = {name for name in load("architectures.yaml") if architecture(name).counted}
    assert counted == set(FORMULAS)


@pytest.mark.parametrize(
    ("dim", "width"), [(64, 256), (96, 256), (97, 512), (2048, 5632), (2560, 6912), (4096, 11008)]
)
def test_feed_forward_width_goes_up_to_a_multiple_of_256(dim: int, width: int) -> None:
    assert ffn_width(dim) == width
