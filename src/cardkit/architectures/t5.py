"""Parameters of T5, from models/t5/modeling_t5.py of transformers 5.23."""

from __future__ import annotations


def t5(
    *,
    vocab_size: int,
    hidden_size: int,
    num_hidden_layers: int,
    num_attention_heads: int,
    head_dim: int,
    intermediate_size: int,
    num_decoder_layers: int | None = None,
    feed_forward_proj: str = "relu",
    relative_attention_num_buckets: int = 32,
    tie_word_embeddings: bool = True,
) -> int:
    """Return the parameters of T5ForConditionalGeneration.

    `num_hidden_layers` counts the encoder's layers. Encoder and decoder have one table of relative
    positions each, and share the embeddings; the output matrix does too, unless T5 1.1's way is
    taken.

    >>> t5(
    ...     vocab_size=32128, hidden_size=768, num_hidden_layers=12, num_attention_heads=12,
    ...     head_dim=64, intermediate_size=3072,
    ... )
    222903552
    """
    d, heads = hidden_size, num_attention_heads
    attention = 4 * d * heads * head_dim + d
    gated = feed_forward_proj.startswith("gated-")
    feed_forward = (2 + gated) * d * intermediate_size + d
    decoder_layers = num_hidden_layers if num_decoder_layers is None else num_decoder_layers
    encoder = num_hidden_layers * (attention + feed_forward) + d
    decoder = decoder_layers * (2 * attention + feed_forward) + d
    positions = 2 * relative_attention_num_buckets * heads
    return (2 - tie_word_embeddings) * vocab_size * d + encoder + decoder + positions
