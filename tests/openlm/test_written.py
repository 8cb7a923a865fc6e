"""Both forms of an OpenLM config.json are read; what cardkit's OpenLM is not is refused."""

from __future__ import annotations

from typing import Any

import pytest

from cardkit.errors import CardkitError
from cardkit.openlm.written import read_shape

SIZES = {"dim": 64, "n_layers": 2, "n_heads": 4, "vocab_size": 300}
SHAPE = {
    **SIZES,
    "seq_len": 2048,
    "norm_eps": 1e-5,
    "apply_qk_norm": True,
    "post_embed_norm": False,
    "weight_tying": False,
    "positional_embedding_type": "rotary",
    "ffn_type": "swiglu_torch",
    "model_norm": "gain_only_layer_norm",
    "attn_name": "auto",
    "moe_freq": 0,
}
NESTED = {
    "dim": 64,
    "ffn_type": "swiglu_torch",
    "n_heads": 4,
    "n_layers": 2,
    "norm_eps": 1e-5,
    "positional_embedding_type": "rotary",
    "post_embed_norm": False,
    "qk_norm": True,
    "seq_len": 2048,
    "vocab_size": 300,
    "weight_tying": False,
}


@pytest.mark.parametrize(
    "config",
    [
        SHAPE,
        {"params_args_dict": NESTED, "params": None},
        {"params_args_dict": NESTED, **SIZES},
        {"params_args_dict": {**NESTED, "dim": None}, "hidden_size": 64},
    ],
    ids=["flat", "nested", "both", "a key of each"],
)
def test_reads_each_form_into_the_same_shape(config: dict[str, Any]) -> None:
    assert read_shape({**config, "eos_token_id": 0}) == (SHAPE, {"eos_token_id": 0})


def test_takes_what_open_lm_takes_where_a_key_is_left_out() -> None:
    left_out = {
        "seq_len": None,
        "apply_qk_norm": False,
        "ffn_type": "swiglu",
    }
    assert read_shape(SIZES) == ({**SHAPE, **left_out}, {})


@pytest.mark.parametrize(
    ("config", "says"),
    [
        (
            {"positional_embedding_type": "head_rotary"},
            "the OpenLM config has positional_embedding_type 'head_rotary', which turns queries "
            "and keys along the heads instead of the positions, a bug of old open_lm_1b and "
            "open_lm_7b checkpoints; run as rotary they write nonsense\n"
            "  → run it with open_lm itself, in an environment of its date",
        ),
        (
            {"params_args_dict": {"positional_embedding_type": "llama_rotary"}},
            "the OpenLM config has positional_embedding_type 'llama_rotary', which cardkit's "
            "OpenLM does not have\n  → run it with open_lm itself, in an environment of its date",
        ),
        (
            {"ffn_type": "gelu"},
            "the OpenLM config has ffn_type 'gelu', which cardkit's OpenLM does not have\n"
            "  → run it with open_lm itself, in an environment of its date",
        ),
        (
            {"model_norm": "rms_norm"},
            "the OpenLM config has model_norm 'rms_norm', which cardkit's OpenLM does not have\n"
            "  → run it with open_lm itself, in an environment of its date",
        ),
        (
            {"moe_freq": 2},
            "the OpenLM config has moe_freq 2, which cardkit's OpenLM does not have\n"
            "  → run it with open_lm itself, in an environment of its date",
        ),
        (
            {"attn_name": "custom_attn"},
            "the OpenLM config has attn_name 'custom_attn', which cardkit's OpenLM does not have\n"
            "  → run it with open_lm itself, in an environment of its date",
        ),
        (
            {"params_args_dict": {"dim": 128}},
            "the OpenLM config contradicts itself: dim 64 and params_args_dict.dim 128\n"
            "  → keep the right dim",
        ),
        (
            {"qk_norm": True, "apply_qk_norm": False},
            "the OpenLM config contradicts itself: apply_qk_norm False and qk_norm True\n"
            "  → keep the right apply_qk_norm",
        ),
        (
            {"dim": None, "n_layers": None},
            "the OpenLM config has no dim, n_layers\n"
            "  → write the sizes into config.json; open_lm keeps them in its model_configs folder",
        ),
        ({"dim": "64"}, "dim of the OpenLM config is '64'\n  → write a number"),
        ({"n_layers": True}, "n_layers of the OpenLM config is True\n  → write a number"),
        ({"weight_tying": "no"}, "weight_tying of the OpenLM config is 'no'\n  → write bool"),
        ({"n_layers": 0}, "n_layers is 0\n  → give a size above 0"),
        (
            {"n_heads": 3},
            "3 heads do not share 64 dimensions in even parts\n"
            "  → check dim and n_heads of config.json",
        ),
        (
            {"params_args_dict": "open_lm_1b"},
            "params_args_dict of the OpenLM config is 'open_lm_1b'\n"
            "  → write the sizes into it, each under its name",
        ),
    ],
)
def test_refuses_what_it_cannot_run_as_open_lm_would(config: dict[str, Any], says: str) -> None:
    with pytest.raises(CardkitError) as error:
        read_shape({**SIZES, **config})
    assert str(error.value) == says
