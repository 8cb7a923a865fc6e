"""Parameters of OpenLM, from its description (cardkit/openlm/model.py)."""

from __future__ import annotations

from cardkit.architectures.unfit import UnfitError


def ffn_width(hidden_size: int) -> int:
    """Return the width of the feed-forward layers: two thirds of 4 d, up to a multiple of 256.

    >>> ffn_width(2048), ffn_width(4096)
    (5632, 11008)
    """
    return 256 * -(-int(8 * hidden_size / 3) // 256)


def openlm(
    *,
    vocab_size: int,
    hidden_size: int,
    num_hidden_layers: int,
    intermediate_size: int | None = None,
    qk_norm: bool,
    post_embed_norm: bool = False,
    tie_word_embeddings: bool = False,
) -> int:
    """Return the parameters of OpenLMForCausalLM; `qk_norm` must be said, cards often do not.

    >>> openlm(vocab_size=50432, hidden_size=2048, num_hidden_layers=24, qk_norm=True)
    1439893504
    """
    d, h = hidden_size, ffn_width(hidden_size)
    if intermediate_size not in (None, h):
        raise UnfitError(f"OpenLM has an intermediate_size of {h} at this hidden_size")
    layer = 4 * d * d + 3 * d * h + 2 * d + 2 * d * qk_norm
    embeddings = (2 - tie_word_embeddings) * vocab_size * d
    return embeddings + num_hidden_layers * layer + d + d * post_embed_norm
