"""Tiny stand-ins: models of real architectures with random weights, built in a second, never kept.

`build` writes a folder that transformers' Auto classes load: 64 hidden, 2 layers, a context of 256,
a byte-level BPE of a few hundred tokens that is trained on a given text. Weights and norm gains are
random and the same every time. What such a model writes means nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

TEXT = (
    "Below is an instruction that describes a task. Write a response that appropriately completes "
    "the request.\n\n### Instruction:\nName three colours of the sky.\n\n### Response:\nBlue at "
    "noon, red in the evening, and black at night.\n\n### End\n"
    "你好，世界。模型卡写明了怎样调用它。\ndef add(a, b):\n    return a + b\n"
)
END = "<|endoftext|>"
PAD = "<|pad|>"
CONTEXT = 256
VOCABULARY = 400
"""Tokens at most, markers among them: 256 bytes and what merges the text gives."""
HEADS = {"num_attention_heads": 4, "num_hidden_layers": 2, "hidden_size": 64}
LLAMA = {**HEADS, "num_key_value_heads": 2, "intermediate_size": 172}
ROWS = {"max_position_embeddings": CONTEXT}
LATENT = {
    "q_lora_rank": 24,
    "kv_lora_rank": 16,
    "qk_nope_head_dim": 16,
    "qk_rope_head_dim": 8,
    "v_head_dim": 16,
}
SEQUENTIAL = "gpt_neox sequential"
MODELS: dict[str, dict[str, Any]] = {
    "bert": {**HEADS, **ROWS, "intermediate_size": 128},
    "bloom": {"hidden_size": 64, "n_layer": 2, "n_head": 4},
    "deepseek_v2": {
        **HEADS,
        **ROWS,
        **LATENT,
        "num_key_value_heads": 4,
        "intermediate_size": 128,
        "moe_intermediate_size": 32,
        "n_routed_experts": 4,
        "n_shared_experts": 1,
        "num_experts_per_tok": 2,
        "first_k_dense_replace": 1,
    },
    "gpt2": {"n_embd": 64, "n_layer": 2, "n_head": 4, "n_positions": CONTEXT},
    "gpt_bigcode": {"n_embd": 64, "n_layer": 2, "n_head": 4, "n_positions": CONTEXT},
    # rotary_pct and the residual are dolly's, then redpajama-3b-chat's
    "gpt_neox": {**HEADS, **ROWS, "intermediate_size": 256, "rotary_pct": 0.25},
    SEQUENTIAL: {
        **HEADS,
        **ROWS,
        "intermediate_size": 256,
        "rotary_pct": 1.0,
        "use_parallel_residual": False,
    },
    "gptj": {"n_embd": 64, "n_layer": 2, "n_head": 4, "n_positions": CONTEXT, "rotary_dim": 8},
    "llama": {**LLAMA, **ROWS},
    "minicpm3": {**HEADS, **ROWS, **LATENT, "num_key_value_heads": 4, "intermediate_size": 128},
    "mistral": {**LLAMA, **ROWS},
    "mpt": {"d_model": 64, "n_layers": 2, "n_heads": 4, "max_seq_len": CONTEXT},
    "nemotron": {**LLAMA, **ROWS},
    "olmo": {**LLAMA, **ROWS},
    "openlm": {"dim": 64, "n_layers": 2, "n_heads": 4, "seq_len": CONTEXT, "qk_norm": True},
    "opt": {**HEADS, **ROWS, "ffn_dim": 128, "word_embed_proj_dim": 64},
    "qwen2": {**LLAMA, **ROWS},
    # two rows more than tokens: its positions begin behind the padding's
    "roberta": {**HEADS, "max_position_embeddings": CONTEXT + 2, "intermediate_size": 128},
    "t5": {"d_model": 64, "num_layers": 2, "num_heads": 4, "d_kv": 16, "d_ff": 128},
}
"""What `build` builds: the `model_type` of transformers, and its dimensions."""


def build(
    model_type: str,
    folder: Path,
    *,
    markers: Sequence[str] = (),
    chat_template: str | None = None,
    text: str = TEXT,
    seed: int = 0,
    auto: str | None = None,
) -> Path:
    """Write a tiny model and its tokenizer into a folder, and return the folder.

    The markers become single special tokens. `auto` names another Auto class than the usual one:
    with logits over the vocabulary where the architecture has them.
    """
    import torch
    import transformers

    from cardkit.openlm import register

    register()
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = build_tokenizer(markers, chat_template, text)
    tokenizer.save_pretrained(folder)
    ids = {
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    if model_type == "t5":
        ids["decoder_start_token_id"] = tokenizer.pad_token_id
    config = transformers.AutoConfig.for_model(
        model_type.partition(" ")[0], vocab_size=len(tokenizer), **ids, **MODELS[model_type]
    )
    name = auto or usual(config)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = getattr(transformers, name).from_config(config)
        randomize(model)
    model.save_pretrained(folder)
    return folder


def build_tokenizer(markers: Sequence[str], chat_template: str | None, text: str) -> Any:
    """Return a byte-level BPE trained on a text; a marker is one token wherever it stands."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    special = list(dict.fromkeys([END, PAD, *markers]))
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        min_frequency=1,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator([text], trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        bos_token=END,
        eos_token=END,
        pad_token=PAD,
        extra_special_tokens=[marker for marker in special if marker not in (END, PAD)],
        model_max_length=CONTEXT,
        padding_side="left",
        clean_up_tokenization_spaces=False,
        chat_template=chat_template,
    )


def usual(config: Any) -> str:
    """Return the Auto class that a model's kind is loaded with."""
    import transformers

    if config.model_type in ("bert", "roberta"):
        return "AutoModelForMaskedLM"
    if type(config) in transformers.AutoModelForSeq2SeqLM._model_mapping:
        return "AutoModelForSeq2SeqLM"
    return "AutoModelForCausalLM"


def randomize(model: Any) -> None:
    """Give each matrix, bias and gain random values: gains of 1 hide which norm is applied."""
    import torch

    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.normal_(0, 0.15)
            else:
                parameter.normal_(parameter.mean().item(), 0.3)
