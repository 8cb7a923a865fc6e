"""Parameters of Llama and of those built like it.

Source of each: the class of its docstring in transformers 5.23, models/*/modeling_*.py. V is the
vocabulary, d the hidden size, L the layers, h the feed-forward width, q and k the widths of all
query and of all key heads.
"""

from __future__ import annotations


def llama(
    *,
    vocab_size: int,
    hidden_size: int,
    num_hidden_layers: int,
    num_attention_heads: int,
    num_key_value_heads: int,
    intermediate_size: int,
    head_dim: int | None = None,
    attention_bias: bool = False,
    mlp_bias: bool = False,
    tie_word_embeddings: bool = False,
) -> int:
    """Return the parameters of LlamaForCausalLM.

    >>> llama(
    ...     vocab_size=32000, hidden_size=5120, num_hidden_layers=40, num_attention_heads=40,
    ...     num_key_value_heads=40, intermediate_size=13824,
    ... )
    13015864320
    """
    d, h = hidden_size, intermediate_size
    head = head_dim or d // num_attention_heads
    q, k = num_attention_heads * head, num_key_value_heads * head
    attention = 2 * d * q + 2 * d * k + attention_bias * (q + 2 * k + d)
    feed_forward = 3 * d * h + mlp_bias * (2 * h + d)
    layer = attention + feed_forward + 2 * d
    return (2 - tie_word_embeddings) * vocab_size * d + num_hidden_layers * layer + d


def mistral(
    *,
    vocab_size: int,
    hidden_size: int,
    num_hidden_layers: int,
    num_attention_heads: int,
    num_key_value_heads: int,
    intermediate_size: int,
    head_dim: int | None = None,
    tie_word_embeddings: bool = False,
) -> int:
    """Return the parameters of MistralForCausalLM: Llama without biases."""
    return llama(
        vocab_size=vocab_size,
        hidden_size=hidden_size,
        num_hidden_layers=num_hidden_layers,
        num_attention_heads=num_attention_heads,
        num_key_value_heads=num_key_value_heads,
        intermediate_size=intermediate_size,
        head_dim=head_dim,
        tie_word_embeddings=tie_word_embeddings,
    )


def qwen2(
    *,
    vocab_size: int,
    hidden_size: int,
    num_hidden_layers: int,
    num_attention_heads: int,
    num_key_value_heads: int,
    intermediate_size: int,
    head_dim: int | None = None,
    tie_word_embeddings: bool = False,
) -> int:
    """Return the parameters of Qwen2ForCausalLM: Llama with biases on queries, keys and values."""
    head = head_dim or hidden_size // num_attention_heads
    biases = (num_attention_heads + 2 * num_key_value_heads) * head
    without = mistral(
        vocab_size=vocab_size,
        hidden_size=hidden_size,
        num_hidden_layers=num_hidden_layers,
        num_attention_heads=num_attention_heads,
        num_key_value_heads=num_key_value_heads,
        intermediate_size=intermediate_size,
        head_dim=head_dim,
        tie_word_embeddings=tie_word_embeddings,
    )
    return without + num_hidden_layers * biases


def olmo(
    *,
    vocab_size: int,
    hidden_size: int,
    num_hidden_layers: int,
    num_attention_heads: int,
    num_key_value_heads: int,
    intermediate_size: int,
    attention_bias: bool = False,
    tie_word_embeddings: bool = False,
) -> int:
    """Return the parameters of OlmoForCausalLM: Llama with norms that have no weights."""
    with_norms = llama(
        vocab_size=vocab_size,
        hidden_size=hidden_size,
        num_hidden_layers=num_hidden_layers,
        num_attention_heads=num_attention_heads,
        num_key_value_heads=num_key_value_heads,
        intermediate_size=intermediate_size,
        attention_bias=attention_bias,
        tie_word_embeddings=tie_word_embeddings,
    )
    return with_norms - (2 * num_hidden_layers + 1) * hidden_size


def minicpm(
    *,
    vocab_size: int,
    hidden_size: int,
    num_hidden_layers: int,
    num_attention_heads: int,
    num_key_value_heads: int,
    intermediate_size: int,
    tie_word_embeddings: bool,
) -> int:
    """Return the parameters of MiniCPMForCausalLM: Llama, its activations scaled.

    The class is remote code of openbmb/MiniCPM-2B-sft-bf16, so nothing here is left out silently.
    """
    return mistral(
        vocab_size=vocab_size,
        hidden_size=hidden_size,
        num_hidden_layers=num_hidden_layers,
        num_attention_heads=num_attention_heads,
        num_key_value_heads=num_key_value_heads,
        intermediate_size=intermediate_size,
        tie_word_embeddings=tie_word_embeddings,
    )


def nemotron(
    *,
    vocab_size: int,
    hidden_size: int,
    num_hidden_layers: int,
    num_attention_heads: int,
    num_key_value_heads: int,
    intermediate_size: int,
    head_dim: int | None = None,
    attention_bias: bool = False,
    mlp_bias: bool = False,
    tie_word_embeddings: bool = False,
) -> int:
    """Return the parameters of NemotronForCausalLM: no gate, and norms with gain and bias."""
    d, h = hidden_size, intermediate_size
    head = head_dim or d // num_attention_heads
    q, k = num_attention_heads * head, num_key_value_heads * head
    attention = 2 * d * q + 2 * d * k + attention_bias * (q + 2 * k + d)
    feed_forward = 2 * d * h + mlp_bias * (h + d)
    layer = attention + feed_forward + 4 * d
    return (2 - tie_word_embeddings) * vocab_size * d + num_hidden_layers * layer + 2 * d
