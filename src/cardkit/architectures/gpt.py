"""Parameters of GPT-2 and of those built like it.

Source of each: the class of its docstring in transformers 5.23, models/*/modeling_*.py. V is the
vocabulary, d the hidden size, L the layers, h the feed-forward width, mostly 4 d.
"""

from __future__ import annotations

from cardkit.architectures.unfit import UnfitError


def gpt2(
    *,
    vocab_size: int,
    hidden_size: int,
    num_hidden_layers: int,
    max_position_embeddings: int,
    intermediate_size: int | None = None,
    tie_word_embeddings: bool = True,
) -> int:
    """Return the parameters of GPT2LMHeadModel: learned positions, a bias everywhere.

    >>> gpt2(
    ...     vocab_size=50257, hidden_size=768, num_hidden_layers=12, max_position_embeddings=1024
    ... )
    124439808
    """
    d, h = hidden_size, intermediate_size or 4 * hidden_size
    layer = 4 * d * d + 4 * d + 2 * d * h + h + d + 4 * d
    embeddings = (2 - tie_word_embeddings) * vocab_size * d + max_position_embeddings * d
    return embeddings + num_hidden_layers * layer + 2 * d


def gpt_bigcode(
    *,
    vocab_size: int,
    hidden_size: int,
    num_hidden_layers: int,
    num_attention_heads: int,
    max_position_embeddings: int,
    intermediate_size: int | None = None,
    multi_query: bool = True,
    tie_word_embeddings: bool = True,
) -> int:
    """Return the parameters of GPTBigCodeForCausalLM: GPT-2, all query heads on one key head."""
    d = hidden_size
    key = d // num_attention_heads if multi_query else d
    saved = 2 * (d - key) * (d + 1)
    of_gpt2 = gpt2(
        vocab_size=vocab_size,
        hidden_size=hidden_size,
        num_hidden_layers=num_hidden_layers,
        max_position_embeddings=max_position_embeddings,
        intermediate_size=intermediate_size,
        tie_word_embeddings=tie_word_embeddings,
    )
    return of_gpt2 - num_hidden_layers * saved


def gpt_neox(
    *,
    vocab_size: int,
    hidden_size: int,
    num_hidden_layers: int,
    intermediate_size: int,
    attention_bias: bool = True,
    tie_word_embeddings: bool = False,
) -> int:
    """Return the parameters of GPTNeoXForCausalLM: 2 V d + L (12 d d + 13 d) + 2 d where h is 4 d.

    >>> gpt_neox(
    ...     vocab_size=50432, hidden_size=2560, num_hidden_layers=32, intermediate_size=10240
    ... )
    2775864320
    """
    d, h = hidden_size, intermediate_size
    layer = 4 * d * d + attention_bias * 4 * d + 2 * d * h + h + d + 4 * d
    return (2 - tie_word_embeddings) * vocab_size * d + num_hidden_layers * layer + 2 * d


def gptj(
    *,
    vocab_size: int,
    hidden_size: int,
    num_hidden_layers: int,
    intermediate_size: int | None = None,
    tie_word_embeddings: bool = False,
) -> int:
    """Return the parameters of GPTJForCausalLM: one norm for both halves, biased logits."""
    d, h = hidden_size, intermediate_size or 4 * hidden_size
    layer = 4 * d * d + 2 * d * h + h + d + 2 * d
    embeddings = (2 - tie_word_embeddings) * vocab_size * d + vocab_size
    return embeddings + num_hidden_layers * layer + 2 * d


def mpt(
    *,
    vocab_size: int,
    hidden_size: int,
    num_hidden_layers: int,
    intermediate_size: int | None = None,
    expansion_ratio: int = 4,
    tie_word_embeddings: bool = True,
) -> int:
    """Return the parameters of MptForCausalLM: ALiBi, no bias anywhere."""
    d = hidden_size
    if intermediate_size not in (None, 4 * d) or expansion_ratio != 4:
        raise UnfitError(f"MPT in transformers has an intermediate_size of {4 * d}, 4 hidden_size")
    layer = 4 * d * d + 8 * d * d + 2 * d
    return (2 - tie_word_embeddings) * vocab_size * d + num_hidden_layers * layer + d


def bloom(
    *,
    vocab_size: int,
    hidden_size: int,
    num_hidden_layers: int,
    intermediate_size: int | None = None,
    tie_word_embeddings: bool = True,
) -> int:
    """Return the parameters of BloomForCausalLM: ALiBi, a norm behind the embeddings."""
    d = hidden_size
    if intermediate_size not in (None, 4 * d):
        raise UnfitError(f"Bloom has an intermediate_size of {4 * d}, 4 hidden_size")
    layer = 12 * d * d + 13 * d
    return (2 - tie_word_embeddings) * vocab_size * d + 2 * d + num_hidden_layers * layer + 2 * d


def opt(
    *,
    vocab_size: int,
    hidden_size: int,
    num_hidden_layers: int,
    intermediate_size: int,
    max_position_embeddings: int,
    word_embed_proj_dim: int | None = None,
    do_layer_norm_before: bool = True,
    _remove_final_layer_norm: bool = False,
    enable_bias: bool = True,
    layer_norm_elementwise_affine: bool = True,
    tie_word_embeddings: bool = True,
) -> int:
    """Return the parameters of OPTForCausalLM; its table of positions has two rows more.

    >>> opt(
    ...     vocab_size=50272, hidden_size=2048, num_hidden_layers=24, intermediate_size=8192,
    ...     max_position_embeddings=2048,
    ... )
    1315758080
    """
    d, h, w = hidden_size, intermediate_size, word_embed_proj_dim or hidden_size
    norm = 2 * d * layer_norm_elementwise_affine
    layer = 4 * d * d + 2 * d * h + enable_bias * (5 * d + h) + 2 * norm
    last = norm * (do_layer_norm_before and not _remove_final_layer_norm)
    projections = 2 * d * w * (w != d)
    embeddings = (2 - tie_word_embeddings) * vocab_size * w + (max_position_embeddings + 2) * d
    return embeddings + projections + num_hidden_layers * layer + last
