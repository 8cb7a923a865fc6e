"""The sizes of a stand-in: small, in the ratios of the model, and every switch as it is.

What nobody states is what the config class of the architecture has, because that is what loading
a config.json without it gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from cardkit.entries.hub_files import NAMES, OFFSET
from cardkit.rehearsal.faults import CannotRehearseError

LAYERS = 2
HIDDEN = 64
CONTEXT = 256
"""Tokens, where the example needs no more."""
HEADS = 4
WORDS = {
    "num_hidden_layers": NAMES["num_hidden_layers"],
    "num_decoder_layers": ("num_decoder_layers",),
    "hidden_size": NAMES["hidden_size"],
    "num_attention_heads": NAMES["num_attention_heads"],
    "num_key_value_heads": (*NAMES["num_key_value_heads"], "num_kv_heads"),
    "intermediate_size": (*NAMES["intermediate_size"], "ffn_hidden_size"),
    "head_dim": ("head_dim", "d_kv", "kv_channels"),
    "rotary_dim": ("rotary_dim",),
    "word_embed_proj_dim": ("word_embed_proj_dim",),
    "context_length": (*NAMES["context_length"], "seq_len"),
}
"""What a size is called in config.json, by architecture."""
AT_MOST = {
    "q_lora_rank": 24,
    "kv_lora_rank": 16,
    "qk_nope_head_dim": 16,
    "qk_rope_head_dim": 8,
    "v_head_dim": 16,
    "n_routed_experts": 4,
    "num_local_experts": 4,
    "num_experts": 4,
    "num_experts_per_tok": 2,
    "n_group": 2,
    "topk_group": 1,
    "moe_intermediate_size": 32,
    "shared_expert_intermediate_size": 32,
    "first_k_dense_replace": 1,
}
"""Sizes that have no ratio to the others; a smaller one, and one that is off, stays."""
NEVER_LEFT_OUT = {"num_experts_per_tok"}
"""Sizes that each config.json of their architecture states, and the config class does not."""


class Small(NamedTuple):
    """The config of a stand-in."""

    config: dict[str, Any]
    """Arguments of the config class, under its own names."""
    kept: dict[str, Any]
    """What is as the model has it."""
    sizes: dict[str, Any]
    """What was made small."""


def is_known(model_type: str) -> bool:
    """Tell whether transformers has an architecture, or cardkit brings it along."""
    from transformers import CONFIG_MAPPING

    if model_type not in CONFIG_MAPPING:
        from cardkit import openlm

        openlm.register()
    return model_type in CONFIG_MAPPING


def config_class(model_type: str) -> Any:
    """Return the config class of an architecture that is known."""
    from transformers import CONFIG_MAPPING

    assert is_known(model_type)  # noqa: S101
    return CONFIG_MAPPING[model_type]


def small(model_type: str, stated: Mapping[str, Any], *, context: int = CONTEXT) -> Small:
    """Return a small config of an architecture, every switch as stated.

    `stated`: the model's own sizes and switches, by the names of config.json. Raises
    CannotRehearseError where they contradict each other or the architecture.
    """
    cls = config_class(model_type)
    plain = getattr(cls, "has_no_defaults_at_init", False)
    try:
        names = set(cls.attribute_map.values()) if plain else set(cls().to_dict())
        given = {_own_name(name, names): value for name, value in stated.items()}
        given.pop("", None)
        full = given if plain else cls(**given).to_dict()
    except Exception as error:  # the library's own checks, of any type
        raise CannotRehearseError(
            f"transformers takes no {model_type} like this: {error}",
            todo="hold spec of the entry against the model's config.json",
        ) from error
    made = _sizes(full, names, model_type, context)
    switches = {name: _cut(value, full) for name, value in given.items() if name not in made}
    dropped = {name for words in WORDS.values() for name in words}
    switches = {name: value for name, value in switches.items() if name not in dropped}
    return Small({**switches, **made}, switches, made)


def _own_name(name: str, names: set[str]) -> str:
    """Return what an architecture calls a size; nothing where it has no such size of its own."""
    words = next((words for size, words in WORDS.items() if name in (size, *words)), ())
    return next((word for word in words if word in names), "" if words else name)


def _cut(value: Any, full: Mapping[str, Any]) -> Any:
    """Return a switch, cut where it is a list with one row for each layer."""
    layers = _of(full, "num_hidden_layers")
    return value[:LAYERS] if isinstance(value, list) and len(value) == layers else value


def _of(full: Mapping[str, Any], size: str) -> Any:
    """Return a size of the model; None where it has none, or one for each layer."""
    return next((full[word] for word in WORDS[size] if isinstance(full.get(word), int)), None)


def _sizes(
    full: Mapping[str, Any], names: set[str], model_type: str, context: int
) -> dict[str, Any]:
    """Return what is made small, under the architecture's own names."""
    heads, groups = _heads(_of(full, "num_attention_heads"), _of(full, "num_key_value_heads"))
    head = max(8, -(-HIDDEN // (heads * 4)) * 4)
    hidden = head * heads
    wide, many = _of(full, "hidden_size"), _of(full, "num_attention_heads")
    whole_head = wide / many if wide and many else None
    made: dict[str, Any] = {
        "num_hidden_layers": LAYERS,
        "num_decoder_layers": LAYERS,
        "hidden_size": hidden,
        "num_attention_heads": heads,
        "num_key_value_heads": groups,
        "context_length": context,
    }
    if wide:
        for size, step in (("intermediate_size", 4), ("word_embed_proj_dim", 2)):
            if _of(full, size):
                made[size] = _even(_of(full, size) * hidden / wide, step)
    if whole_head:
        for size in ("head_dim", "rotary_dim"):
            if _of(full, size):
                made[size] = _even(_of(full, size) * head / whole_head, 2)
    if "qk_rope_head_dim" in full:  # head_dim follows from it
        made.pop("head_dim", None)
    if model_type in OFFSET:  # its positions begin behind the padding's, which is row 1
        made["context_length"] = context + 2
    found = {_own_name(size, names): value for size, value in made.items()}
    found |= {
        name: value
        for name, value in AT_MOST.items()
        if (isinstance(full.get(name), int) and full[name] > value)
        or (name in NEVER_LEFT_OUT & names and full[name] is None)
    }
    found.pop("", None)
    return found


def _heads(heads: int | None, groups: int | None) -> tuple[int, int]:
    """Return small numbers of heads, and of key heads, in the same ratio.

    >>> _heads(32, 32), _heads(32, 8), _heads(28, 4), _heads(71, 1)
    ((4, 4), (8, 2), (14, 2), (4, 1))
    """
    if not heads or not groups or heads == groups:
        return HEADS, HEADS
    if groups == 1:
        return HEADS, 1
    if heads % groups:
        raise CannotRehearseError(
            f"{heads} heads do not share {groups} key heads",
            todo="correct num_attention_heads or num_key_value_heads of the entry",
        )
    return 2 * heads // groups, 2


def _even(size: float, step: int) -> int:
    return max(step, round(size / step) * step)
