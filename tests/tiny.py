"""Tiny stand-ins by their architecture alone: what `cardkit.rehearsal` builds, without an entry.

Weights and norm gains are random and the same every time. What such a model writes means nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cardkit.rehearsal import sizes, standin, tokens
from cardkit.rehearsal.sizes import CONTEXT
from cardkit.rehearsal.standin import OWN_TEXT

SEQUENTIAL = "gpt_neox sequential"
GROUPED = {"num_attention_heads": 4, "num_key_value_heads": 2}
MODELS: dict[str, dict[str, Any]] = {
    "bert": {},
    "bloom": {},
    "deepseek_v2": {"n_shared_experts": 1, "first_k_dense_replace": 1},
    "gpt2": {},
    "gpt_bigcode": {},
    # rotary_pct and the residual are dolly's, then redpajama-3b-chat's
    "gpt_neox": {"rotary_pct": 0.25},
    SEQUENTIAL: {"rotary_pct": 1.0, "use_parallel_residual": False},
    "gptj": {"rotary_dim": 64},
    "llama": GROUPED,
    "minicpm3": {},
    "mistral": GROUPED,
    "mpt": {},
    "nemotron": GROUPED,
    "olmo": GROUPED,
    "openlm": {"qk_norm": True},
    "opt": {},
    "qwen2": GROUPED,
    "roberta": {},
    "t5": {},
}
"""What `build` builds: the `model_type` of transformers, and its switches."""


def build(
    model_type: str,
    folder: Path,
    *,
    markers: Sequence[str] = (),
    chat_template: str | None = None,
    text: str = OWN_TEXT,
    seed: int = 0,
    auto: str | None = None,
) -> Path:
    """Write a tiny model and its tokenizer into a folder, and return the folder.

    The markers become single special tokens. `auto` names another Auto class than the usual one:
    with logits over the vocabulary where the architecture has them.
    """
    name = model_type.partition(" ")[0]
    tokenizer = tokens.train(text, others=markers, chat_template=chat_template, context=CONTEXT)
    config = sizes.small(name, MODELS[model_type]).config
    standin.write(folder, name, config, tokenizer, auto or usual(name), seed=seed)
    return folder


def usual(model_type: str) -> str:
    """Return the Auto class that a model's kind is loaded with."""
    import transformers

    if model_type in ("bert", "roberta"):
        return "AutoModelForMaskedLM"
    if sizes.config_class(model_type) in transformers.AutoModelForSeq2SeqLM._model_mapping:
        return "AutoModelForSeq2SeqLM"
    return "AutoModelForCausalLM"
