"""Parameters of models with multi-head latent attention: DeepSeek-V2 and MiniCPM3.

Source of each: the class of its docstring in transformers 5.23, models/*/modeling_*.py. d is the
hidden size, L the layers.
"""

from __future__ import annotations


def attention(
    *,
    d: int,
    heads: int,
    q_rank: int | None,
    kv_rank: int,
    nope: int,
    rope: int,
    value: int,
    bias: bool,
) -> int:
    """Return the parameters of one attention: queries, and keys with values, through low ranks.

    A head's queries and keys have `nope` + `rope` dimensions, its values have `value`; without a
    `q_rank` the queries are made in one step.
    """
    head = nope + rope
    queries = d * heads * head
    if q_rank is not None:
        queries = d * q_rank + bias * q_rank + q_rank + q_rank * heads * head
    down = d * (kv_rank + rope) + bias * (kv_rank + rope) + kv_rank
    up = kv_rank * heads * (nope + value)
    out = heads * value * d + bias * d
    return queries + down + up + out


def deepseek_v2(
    *,
    vocab_size: int,
    hidden_size: int,
    num_hidden_layers: int,
    num_attention_heads: int,
    intermediate_size: int,
    moe_intermediate_size: int,
    n_routed_experts: int,
    n_shared_experts: int,
    first_k_dense_replace: int,
    q_lora_rank: int | None,
    kv_lora_rank: int,
    qk_nope_head_dim: int,
    qk_rope_head_dim: int,
    v_head_dim: int,
    attention_bias: bool = False,
    mlp_bias: bool = False,
    tie_word_embeddings: bool = False,
) -> int:
    """Return the parameters of DeepseekV2ForCausalLM, all experts counted.

    The first layers are dense; the others have a router, routed experts without biases, and the
    shared ones in one wide feed-forward.

    >>> deepseek_v2(
    ...     vocab_size=102400, hidden_size=5120, num_hidden_layers=60, num_attention_heads=128,
    ...     intermediate_size=12288, moe_intermediate_size=1536, n_routed_experts=160,
    ...     n_shared_experts=2, first_k_dense_replace=1, q_lora_rank=1536, kv_lora_rank=512,
    ...     qk_nope_head_dim=128, qk_rope_head_dim=64, v_head_dim=128,
    ... )
    235741434880
    """
    d, expert = hidden_size, moe_intermediate_size
    attended = attention(
        d=d,
        heads=num_attention_heads,
        q_rank=q_lora_rank,
        kv_rank=kv_lora_rank,
        nope=qk_nope_head_dim,
        rope=qk_rope_head_dim,
        value=v_head_dim,
        bias=attention_bias,
    )
    dense_layers = min(first_k_dense_replace, num_hidden_layers)
    dense = 3 * d * intermediate_size + mlp_bias * (2 * intermediate_size + d)
    shared = n_shared_experts * expert
    sparse = n_routed_experts * (3 * d * expert + d)
    sparse += 3 * d * shared + mlp_bias * (2 * shared + d)
    layers = num_hidden_layers * (attended + 2 * d)
    layers += dense_layers * dense + (num_hidden_layers - dense_layers) * sparse
    return (2 - tie_word_embeddings) * vocab_size * d + layers + d


def minicpm3(
    *,
    vocab_size: int,
    hidden_size: int,
    num_hidden_layers: int,
    num_attention_heads: int,
    intermediate_size: int,
    q_lora_rank: int | None,
    kv_lora_rank: int,
    qk_nope_head_dim: int,
    qk_rope_head_dim: int,
    v_head_dim: int | None = None,
    attention_bias: bool = False,
    mlp_bias: bool = False,
    tie_word_embeddings: bool = True,
) -> int:
    """Return the parameters of MiniCPM3ForCausalLM: latent attention, dense layers."""
    d, h = hidden_size, intermediate_size
    attended = attention(
        d=d,
        heads=num_attention_heads,
        q_rank=q_lora_rank,
        kv_rank=kv_lora_rank,
        nope=qk_nope_head_dim,
        rope=qk_rope_head_dim,
        value=v_head_dim or d // num_attention_heads,
        bias=attention_bias,
    )
    layer = attended + 3 * d * h + mlp_bias * (2 * h + d) + 2 * d
    return (2 - tie_word_embeddings) * vocab_size * d + num_hidden_layers * layer + d
