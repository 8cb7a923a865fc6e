"""The shape of an OpenLM model as its config.json writes it, in either of two forms.

Flat, with the names of open_lm's `Params`, or nested in `params_args_dict` with the names of its
command line. The names and what open_lm takes where one is left out are those of its `model.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from cardkit.errors import CardkitError

NESTED = "params_args_dict"
REQUIRED = object()


class Part(NamedTuple):
    """One part of the shape: how it is written, of which type, and what it is when left out."""

    names: tuple[str, ...]
    type: type
    left_out: Any


SHAPE = {
    "dim": Part(("dim", "hidden_dim", "hidden_size"), int, REQUIRED),
    "n_layers": Part(("n_layers", "num_hidden_layers"), int, REQUIRED),
    "n_heads": Part(("n_heads", "num_attention_heads"), int, REQUIRED),
    "vocab_size": Part(("vocab_size",), int, REQUIRED),
    "seq_len": Part(("seq_len", "max_position_embeddings"), int, None),
    "norm_eps": Part(("norm_eps",), float, 1e-5),
    "apply_qk_norm": Part(("apply_qk_norm", "qk_norm"), bool, False),
    "post_embed_norm": Part(("post_embed_norm",), bool, False),
    "weight_tying": Part(("weight_tying", "tie_word_embeddings"), bool, False),
    "positional_embedding_type": Part(("positional_embedding_type",), str, "rotary"),
    "ffn_type": Part(("ffn_type",), str, "swiglu"),
    "model_norm": Part(("model_norm",), str, "gain_only_layer_norm"),
    "attn_name": Part(("attn_name",), str, "auto"),
    "moe_freq": Part(("moe_freq",), int, 0),
}
"""A shape's parts under the names of open_lm's flat form."""
ONE_THING: dict[str, set[Any]] = {
    "positional_embedding_type": {"rotary"},
    "ffn_type": {"swiglu", "swiglu_torch"},  # one formula, fused by xformers or not
    "model_norm": {"gain_only_layer_norm", "gain_only_lp_layer_norm"},  # differ under autocast
    "attn_name": {"auto", "torch_attn", "xformers_attn", "xformers_attn_variable_length"},
    "moe_freq": {0},
}
"""Values that all mean what cardkit's OpenLM does; it does nothing else."""
REASONS = {
    "head_rotary": "which turns queries and keys along the heads instead of the positions, a bug "
    "of old open_lm_1b and open_lm_7b checkpoints; run as rotary they write nonsense",
}
OTHERWISE = "run it with open_lm itself, in an environment of its date"


def read_shape(config: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the shape that a config.json writes in either form, and its other keys.

    Raises CardkitError if a size is missing, if two keys contradict each other, and for a variant
    of OpenLM that cardkit does not have.

    >>> sizes = {"dim": 64, "n_layers": 2, "n_heads": 4, "vocab_size": 300, "qk_norm": True}
    >>> shape, others = read_shape({"params_args_dict": sizes, "eos_token_id": 0})
    >>> shape["dim"], shape["apply_qk_norm"], others
    (64, True, {'eos_token_id': 0})
    """
    if not isinstance(config.get(NESTED) or {}, Mapping):
        raise CardkitError(
            f"{NESTED} of the OpenLM config is {config[NESTED]!r}",
            todo="write the sizes into it, each under its name",
        )
    shape = {name: _value(name, part, config) for name, part in SHAPE.items()}
    missing = [name for name in SHAPE if shape[name] is REQUIRED]
    if missing:
        raise CardkitError(
            f"the OpenLM config has no {', '.join(missing)}",
            todo="write the sizes into config.json; open_lm keeps them in its model_configs folder",
        )
    for name, known in ONE_THING.items():
        if shape[name] not in known:
            reason = REASONS.get(str(shape[name]), "which cardkit's OpenLM does not have")
            raise CardkitError(
                f"the OpenLM config has {name} {shape[name]!r}, {reason}", todo=OTHERWISE
            )
    for name in ("dim", "n_layers", "n_heads", "vocab_size"):
        if shape[name] < 1:
            raise CardkitError(f"{name} is {shape[name]}", todo="give a size above 0")
    if shape["dim"] % (2 * shape["n_heads"]):
        raise CardkitError(
            f"{shape['n_heads']} heads do not share {shape['dim']} dimensions in even parts",
            todo="check dim and n_heads of config.json",
        )
    taken = {name for part in SHAPE.values() for name in part.names} | {NESTED, "params"}
    return shape, {key: value for key, value in config.items() if key not in taken}


def _value(name: str, part: Part, config: Mapping[str, Any]) -> Any:
    """Return the value of one part, all keys that write it agreeing."""
    written = dict(_written(part, config))
    for key, value in written.items():
        right = type(value) in ((int, float) if part.type is float else (part.type,))
        if not right:
            raise CardkitError(
                f"{key} of the OpenLM config is {value!r}",
                todo=f"write {'a number' if part.type in (int, float) else part.type.__name__}",
            )
    values = set(written.values())
    if len(values) > 1:
        said = " and ".join(f"{key} {value!r}" for key, value in written.items())
        raise CardkitError(
            f"the OpenLM config contradicts itself: {said}", todo=f"keep the right {name}"
        )
    return values.pop() if values else part.left_out


def _written(part: Part, config: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the keys that write a part, the nested ones after the flat ones."""
    nested = config.get(NESTED) or {}
    for name in part.names:
        if config.get(name) is not None:
            yield name, config[name]
    for name in part.names:
        if nested.get(name) is not None:
            yield f"{NESTED}.{name}", nested[name]
