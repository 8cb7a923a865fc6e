"""Each formula counts what the real class has, on the meta device; each class name is today's."""

from __future__ import annotations

from inspect import Parameter, signature
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra `run`")
transformers = pytest.importorskip("transformers", reason="needs the extra `run`")
safetensors = pytest.importorskip("safetensors.torch", reason="needs the extra `run`")

from cardkit.architectures import FORMULAS, architecture, num_parameters
from cardkit.openlm import register
from cardkit.vocabulary import load

register()

SMALL = {"vocab_size": 300, "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
WIDE = {"vocab_size": 515, "hidden_size": 96, "num_hidden_layers": 5, "num_attention_heads": 6}
DEEP = {"vocab_size": 129, "hidden_size": 40, "num_hidden_layers": 7, "num_attention_heads": 2}
FFN = {"intermediate_size": 172}
LLAMA = [
    {**SMALL, **FFN, "num_key_value_heads": 4},
    {**WIDE, **FFN, "num_key_value_heads": 2, "tie_word_embeddings": True},
    {**DEEP, "intermediate_size": 50, "num_key_value_heads": 1},
]
OWN_HEADS = {**WIDE, **FFN, "num_key_value_heads": 3, "head_dim": 24}
BIASED = {**LLAMA[1], "attention_bias": True, "mlp_bias": True}
POSITIONS = {"max_position_embeddings": 77}
LATENT = {
    **SMALL,
    **FFN,
    "q_lora_rank": 24,
    "kv_lora_rank": 20,
    "qk_nope_head_dim": 12,
    "qk_rope_head_dim": 6,
    "v_head_dim": 10,
}
NO_RANK = {**LATENT, **DEEP, "q_lora_rank": None, "v_head_dim": 14, "tie_word_embeddings": True}
EXPERTS = {
    "moe_intermediate_size": 22,
    "n_routed_experts": 6,
    "n_shared_experts": 2,
    "first_k_dense_replace": 1,
    "num_experts_per_tok": 2,
}
ENCODER = {**SMALL, **FFN, "max_position_embeddings": 70, "type_vocab_size": 2}
T5 = {**SMALL, **FFN, "head_dim": 16}
DIMS: dict[str, list[dict[str, Any]]] = {
    "openlm": [
        {**SMALL, "qk_norm": True},
        {**WIDE, "qk_norm": False, "tie_word_embeddings": True},
        {**DEEP, "qk_norm": True, "post_embed_norm": True},
    ],
    "llama": [*LLAMA, OWN_HEADS, BIASED],
    "mistral": [*LLAMA, OWN_HEADS],
    "qwen2": [*LLAMA, OWN_HEADS],
    "olmo": [*LLAMA, {**LLAMA[2], "attention_bias": True}],
    "nemotron": [*LLAMA, OWN_HEADS, BIASED],
    "gpt2": [
        {**SMALL, **POSITIONS},
        {**WIDE, **POSITIONS, **FFN},
        {**DEEP, **POSITIONS, "tie_word_embeddings": False},
    ],
    "gpt_bigcode": [
        {**SMALL, **POSITIONS},
        {**WIDE, **POSITIONS, **FFN, "multi_query": False},
        {**DEEP, **POSITIONS, "tie_word_embeddings": False},
    ],
    "gpt_neox": [
        {**SMALL, **FFN},
        {**WIDE, **FFN, "tie_word_embeddings": True},
        {**DEEP, **FFN, "attention_bias": False},
    ],
    "gptj": [{**SMALL, "rotary_dim": 8}, {**WIDE, **FFN}, {**DEEP, "tie_word_embeddings": True}],
    "mpt": [SMALL, WIDE, {**DEEP, "tie_word_embeddings": False}],
    "bloom": [SMALL, WIDE, {**DEEP, "tie_word_embeddings": False}],
    "opt": [
        {**SMALL, **FFN, **POSITIONS},
        {**WIDE, **FFN, **POSITIONS, "word_embed_proj_dim": 30, "do_layer_norm_before": False},
        {**DEEP, **FFN, **POSITIONS, "enable_bias": False, "tie_word_embeddings": False},
        {**DEEP, **FFN, **POSITIONS, "layer_norm_elementwise_affine": False},
        {**DEEP, **FFN, **POSITIONS, "_remove_final_layer_norm": True},
    ],
    "deepseek_v2": [
        {**LATENT, **EXPERTS},
        {**NO_RANK, **EXPERTS, "first_k_dense_replace": 3},
        {**LATENT, **EXPERTS, "first_k_dense_replace": 0, "attention_bias": True, "mlp_bias": True},
        {**LATENT, **EXPERTS, "first_k_dense_replace": 9, "n_shared_experts": 1},
    ],
    "minicpm3": [
        LATENT,
        NO_RANK,
        {**LATENT, **WIDE, "v_head_dim": None, "attention_bias": True, "mlp_bias": True},
        {**LATENT, "tie_word_embeddings": False},
    ],
    "bert": [
        {**ENCODER, "architectures": ["BertModel"]},
        {**ENCODER, **WIDE, "architectures": ["BertForMaskedLM"], "type_vocab_size": 3},
        {**ENCODER, **DEEP, "architectures": ["BertForPreTraining"]},
        {**ENCODER, "architectures": ["BertForSequenceClassification"], "num_labels": 5},
        {**ENCODER, "architectures": ["BertForTokenClassification"], "num_labels": 7},
        {**ENCODER, "architectures": ["BertForQuestionAnswering"], "num_labels": 2},
    ],
    "roberta": [
        {**ENCODER, "architectures": ["RobertaModel"], "type_vocab_size": 1},
        {**ENCODER, **WIDE, "architectures": ["RobertaForMaskedLM"]},
        {**ENCODER, **DEEP, "architectures": ["RobertaForSequenceClassification"], "num_labels": 3},
        {**ENCODER, "architectures": ["RobertaForTokenClassification"], "num_labels": 7},
        {**ENCODER, "architectures": ["RobertaForQuestionAnswering"], "num_labels": 2},
    ],
    "t5": [
        T5,
        {**T5, **WIDE, "num_decoder_layers": 3, "feed_forward_proj": "gated-gelu"},
        {**T5, **DEEP, "relative_attention_num_buckets": 9},
    ],
}
"""Dimensions by architecture; an argument that no row gives would be untested."""
REMOTE = {"minicpm"}
"""Formulas whose class only remote code has: they are Llama's, and counted with its class."""
MAPPINGS = {
    "AutoModel": "MODEL_MAPPING_NAMES",
    "AutoModelForCausalLM": "MODEL_FOR_CAUSAL_LM_MAPPING_NAMES",
    "AutoModelForSeq2SeqLM": "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES",
    "AutoModelForMaskedLM": "MODEL_FOR_MASKED_LM_MAPPING_NAMES",
    "AutoModelForSequenceClassification": "MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES",
    "AutoModelForTokenClassification": "MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING_NAMES",
    "AutoModelForQuestionAnswering": "MODEL_FOR_QUESTION_ANSWERING_MAPPING_NAMES",
}


def known(model_type: str) -> bool:
    return model_type in transformers.CONFIG_MAPPING


def built(model_type: str, dims: dict[str, Any]) -> Any:
    """Return the real model on the meta device: tensors with shapes and no memory."""
    dims = dict(dims)
    names = {name: dims.pop(name) for name in ("intermediate_size",) if name in dims}
    own = {"opt": "ffn_dim", "t5": "d_ff", "gptj": "n_inner", "gpt2": "n_inner"}
    own |= {"gpt_bigcode": "n_inner"}
    dims |= {own.get(model_type, name): value for name, value in names.items()}
    if model_type == "t5":  # its decoder takes num_layers before it learns of the other name
        dims["num_layers"] = dims.pop("num_hidden_layers")
    tokens = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
    config = transformers.AutoConfig.for_model(model_type, **tokens, **dims)
    name = dims.get("architectures", architecture(model_type).counted[:1])[0]
    with torch.device("meta"):
        if model_type == "openlm":
            return transformers.AutoModelForCausalLM.from_config(config)
        return getattr(transformers, name)(config)


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning")
@pytest.mark.parametrize(
    ("model_type", "dims"),
    [
        pytest.param(model_type, dims, id=f"{model_type}-{number}")
        for model_type, rows in DIMS.items()
        for number, dims in enumerate(rows)
    ],
)
def test_counts_what_the_class_has(model_type: str, dims: dict[str, Any]) -> None:
    if not known(model_type):
        pytest.skip(f"this transformers has no {model_type}")
    model = built(model_type, dims)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    assert num_parameters(model_type, dims).parameters == parameters


def test_t5_1_1_has_an_output_matrix_of_its_own(tmp_path: Path) -> None:
    """Its config class ties it whatever is written; a checkpoint that holds it is loaded so."""
    dims = DIMS["t5"][1]
    names = {"intermediate_size": "d_ff", "num_hidden_layers": "num_layers"}
    config = {names.get(name, name): value for name, value in dims.items()}
    model = transformers.T5ForConditionalGeneration(transformers.T5Config(**config))
    model.save_pretrained(tmp_path)
    tensors = safetensors.load_file(tmp_path / "model.safetensors")
    tensors["lm_head.weight"] = tensors["shared.weight"] + 1
    safetensors.save_file(tensors, tmp_path / "model.safetensors", {"format": "pt"})
    loaded = transformers.T5ForConditionalGeneration.from_pretrained(tmp_path)
    parameters = sum(parameter.numel() for parameter in loaded.parameters())
    assert num_parameters("t5", dims | {"tie_word_embeddings": False}).parameters == parameters


@pytest.mark.parametrize("dims", LLAMA)
def test_a_formula_of_remote_code_is_llamas(dims: dict[str, Any]) -> None:
    dims = {"tie_word_embeddings": True, **dims}
    model = built("llama", dims)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    assert num_parameters("minicpm", dims).parameters == parameters


def test_each_formula_is_counted_with_three_models() -> None:
    assert {name for name, rows in DIMS.items() if len(rows) >= 3} == set(FORMULAS) - REMOTE


@pytest.mark.parametrize("model_type", sorted(set(FORMULAS) - REMOTE))
def test_each_argument_is_given_by_some_row(model_type: str) -> None:
    given = {name for dims in DIMS[model_type] for name in dims} | {"architecture"}
    fixed = {"openlm": {"intermediate_size"}, "mpt": {"intermediate_size", "expansion_ratio"}}
    fixed |= {"bloom": {"intermediate_size"}}
    fixed |= {"bert": {"tie_word_embeddings"}, "roberta": {"tie_word_embeddings"}}
    fixed |= {"t5": {"tie_word_embeddings"}}  # has a test of its own
    arguments = set(signature(FORMULAS[model_type]).parameters)
    assert arguments - given == fixed.get(model_type, set())


@pytest.mark.parametrize("model_type", sorted(set(FORMULAS) - REMOTE - {"openlm"}))
def test_a_switch_left_out_is_as_the_config_class_has_it(model_type: str) -> None:
    if not known(model_type):
        pytest.skip(f"this transformers has no {model_type}")
    config = transformers.AutoConfig.for_model(model_type)
    switches = {
        name: argument.default
        for name, argument in signature(FORMULAS[model_type]).parameters.items()
        if argument.default not in (Parameter.empty, None)
    }
    assert {name: getattr(config, name) for name in switches} == switches


@pytest.mark.parametrize("model_type", sorted(load("architectures.yaml")))
def test_class_names_are_those_of_transformers(model_type: str) -> None:
    from transformers.models.auto import modeling_auto

    known_here = architecture(model_type)
    tables = {auto: getattr(modeling_auto, table) for auto, table in MAPPINGS.items()}
    found = {auto: table[model_type] for auto, table in tables.items() if model_type in table}
    if known_here.library == "transformers" and known(model_type):
        assert dict(known_here.classes) == found
    else:
        assert found == {}
