"""What a model's own files say: config.json, generation_config.json, tokenizer_config.json.

Names of config.json differ by architecture (`n_layer`, `num_layers`): the words of each are those
of transformers' configuration classes (https://huggingface.co/docs/transformers).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any

from cardkit.entries.building import DTYPES, Leaf, Tree
from cardkit.entries.merging import is_leaf
from cardkit.errors import CardkitError

CONFIG, GENERATION, TOKENIZER = "config.json", "generation_config.json", "tokenizer_config.json"
NAMES = {
    "num_hidden_layers": ("num_hidden_layers", "n_layer", "n_layers", "num_layers"),
    "hidden_size": ("hidden_size", "n_embd", "d_model", "dim"),
    "num_attention_heads": ("num_attention_heads", "n_head", "n_heads", "num_heads"),
    "num_key_value_heads": ("num_key_value_heads",),
    "intermediate_size": ("intermediate_size", "n_inner", "ffn_dim", "d_ff"),
    "vocab_size": ("vocab_size",),
    "context_length": (
        "max_position_embeddings",
        "n_positions",
        "max_seq_len",
        "seq_length",
        "seq_len",
    ),
}
OPTIONS = (
    "head_dim", "hidden_act", "qk_norm", "rotary_pct", "rotary_dim", "rope_theta",
    "tie_word_embeddings", "use_parallel_residual", "attention_bias",
)  # fmt: skip
"""Keys of config.json that change what a model computes or how many parameters it has."""
OFFSET = ("camembert", "longformer", "mpnet", "roberta", "xlm-roberta", "xlm-roberta-xl", "xmod")
"""Architectures that count positions from behind the padding's: not all of them are context."""
SETTINGS = (
    "do_sample", "temperature", "top_p", "top_k", "min_p", "repetition_penalty", "num_beams",
    "max_new_tokens", "max_length",
)  # fmt: skip


def of_files(folder: str | Path) -> Tree:
    """Return what the files of a folder say of an entry, as plain sections and leaves.

    Raises CardkitError if there is no config.json, or a file is not JSON.
    """
    at = Path(folder)
    return of_configs(
        _read(at / CONFIG, needed=True), _read(at / GENERATION), _read(at / TOKENIZER)
    )


def of_configs(
    config: Mapping[str, Any], settings: Mapping[str, Any], tokenizer: Mapping[str, Any]
) -> Tree:
    """Return the same from config.json, generation_config.json and tokenizer_config.json, read."""
    nested = config.get("params_args_dict")  # an older form of OpenLM's
    flat = {**nested, **config} if isinstance(nested, Mapping) else config
    architectures = flat.get("architectures")
    written = str(flat.get("dtype") or flat.get("torch_dtype") or "").removeprefix("torch.")
    load = {
        "model_type": flat.get("model_type"),
        "architecture": architectures[0]
        if isinstance(architectures, list) and architectures
        else None,
        "dtype": written if written in DTYPES else None,
    }
    spec: Tree = {
        name: _leaf(next((flat[key] for key in keys if isinstance(flat.get(key), int)), None))
        for name, keys in NAMES.items()
    }
    if flat.get("model_type") in OFFSET:
        spec["context_length"] = None
        spec["options"] = {"max_position_embeddings": _leaf(flat.get("max_position_embeddings"))}
    else:
        spec["options"] = {}
    spec["options"] |= {name: _leaf(flat[name]) for name in OPTIONS if flat.get(name) is not None}
    template = tokenizer.get("chat_template")
    generation = {
        name: _leaf(settings[name], GENERATION)
        for name in SETTINGS
        if settings.get(name) is not None
    }
    prompt = _leaf(template, TOKENIZER) if isinstance(template, str) else None
    return {
        "load": {name: _leaf(value) for name, value in load.items()},
        "prompt": {"chat_template": prompt},
        "generation": generation,
        "spec": spec,
    }


def beside(card: Tree, hub: Tree, path: str = "") -> tuple[Tree, list[str]]:
    """Return what a card says with what it leaves out taken from the files; then where they differ.

    >>> card = {"spec": {"hidden_size": {"value": 2048, "card": "1-5"}}}
    >>> hub = {"spec": {"hidden_size": {"value": 4096, "hub": "config.json"}}}
    >>> beside(card, hub)[1]
    ['spec.hidden_size: the card says 2048, config.json 4096']
    """
    found: Tree = dict(card)
    differ: list[str] = []
    for key, theirs in hub.items():
        at = f"{path}.{key}" if path else key
        ours = card.get(key)
        if is_leaf(theirs):
            if not isinstance(ours, Mapping):
                found[key] = theirs
            elif ours["value"] != theirs["value"] and path.startswith("spec"):
                differ.append(
                    f"{at}: the card says {ours['value']}, {theirs['hub']} {theirs['value']}"
                )
        elif theirs:
            found[key], more = beside(ours or {}, theirs, at)
            differ += more
    return found, differ


def _leaf(value: Any, file: str = CONFIG) -> Leaf | None:
    if value is None or (isinstance(value, float) and not isfinite(value)):
        return None
    return {"value": value, "hub": file}


def _read(path: Path, *, needed: bool = False) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except OSError as error:
        if not needed:
            return {}
        raise CardkitError(
            f"it cannot be read: {(error.strerror or str(error)).lower()}",
            where=str(path),
            todo="give the folder that the model's repository was fetched to",
        ) from error
    except (ValueError, RecursionError) as error:
        raise CardkitError(
            f"it is not JSON: {error}", where=str(path), todo="fetch the file again"
        ) from error
    if not isinstance(found, dict):
        raise CardkitError("it holds no object", where=str(path), todo="fetch the file again")
    return found
