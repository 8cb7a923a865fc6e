"""Parameters of BERT and RoBERTa, whose classes differ in what stands on the encoder.

Source: models/bert/modeling_bert.py and models/roberta/modeling_roberta.py of transformers 5.23.
"""

from __future__ import annotations

from cardkit.architectures.unfit import UnfitError

LABELLED = ("ForSequenceClassification", "ForTokenClassification", "ForQuestionAnswering")


def encoder(
    *,
    vocab_size: int,
    hidden_size: int,
    num_hidden_layers: int,
    intermediate_size: int,
    max_position_embeddings: int,
    type_vocab_size: int,
) -> int:
    """Return the parameters of both encoders, without a pooler.

    RoBERTa's table of positions has the two rows more that its config counts: 514 for 512 tokens.
    """
    d, h = hidden_size, intermediate_size
    embeddings = (vocab_size + max_position_embeddings + type_vocab_size) * d + 2 * d
    layer = 4 * (d * d + d) + 2 * d + d * h + h + h * d + d + 2 * d
    return embeddings + num_hidden_layers * layer


def bert(
    *,
    architecture: str,
    vocab_size: int,
    hidden_size: int,
    num_hidden_layers: int,
    intermediate_size: int,
    max_position_embeddings: int,
    type_vocab_size: int,
    num_labels: int | None = None,
    tie_word_embeddings: bool = True,
) -> int:
    """Return the parameters of a class of BERT.

    >>> bert(
    ...     architecture="BertModel", vocab_size=30522, hidden_size=768, num_hidden_layers=12,
    ...     intermediate_size=3072, max_position_embeddings=512, type_vocab_size=2,
    ... )
    109482240
    """
    d = hidden_size
    dense = d * d + d
    words = dense + 2 * d + vocab_size
    kind = architecture.removeprefix("Bert")
    heads = {
        "Model": dense,
        "ForMaskedLM": words,
        "ForPreTraining": dense + words + 2 * d + 2,
        "ForSequenceClassification": dense + (num_labels or 0) * (d + 1),
        "ForTokenClassification": (num_labels or 0) * (d + 1),
        "ForQuestionAnswering": (num_labels or 0) * (d + 1),
    }
    check(architecture, kind, heads, num_labels, tie_word_embeddings)
    return heads[kind] + encoder(
        vocab_size=vocab_size,
        hidden_size=hidden_size,
        num_hidden_layers=num_hidden_layers,
        intermediate_size=intermediate_size,
        max_position_embeddings=max_position_embeddings,
        type_vocab_size=type_vocab_size,
    )


def roberta(
    *,
    architecture: str,
    vocab_size: int,
    hidden_size: int,
    num_hidden_layers: int,
    intermediate_size: int,
    max_position_embeddings: int,
    type_vocab_size: int,
    num_labels: int | None = None,
    tie_word_embeddings: bool = True,
) -> int:
    """Return the parameters of a class of RoBERTa."""
    d = hidden_size
    dense = d * d + d
    kind = architecture.removeprefix("Roberta")
    heads = {
        "Model": dense,
        "ForMaskedLM": dense + 2 * d + vocab_size,
        "ForSequenceClassification": dense + (num_labels or 0) * (d + 1),
        "ForTokenClassification": (num_labels or 0) * (d + 1),
        "ForQuestionAnswering": (num_labels or 0) * (d + 1),
    }
    check(architecture, kind, heads, num_labels, tie_word_embeddings)
    return heads[kind] + encoder(
        vocab_size=vocab_size,
        hidden_size=hidden_size,
        num_hidden_layers=num_hidden_layers,
        intermediate_size=intermediate_size,
        max_position_embeddings=max_position_embeddings,
        type_vocab_size=type_vocab_size,
    )


def check(
    architecture: str, kind: str, heads: dict[str, int], num_labels: int | None, tied: bool
) -> None:
    """Raise UnfitError for a class without a formula, and for one whose labels are not counted."""
    if kind not in heads:
        raise UnfitError(f"there is no formula for {architecture}")
    if kind in LABELLED and num_labels is None:
        raise UnfitError(f"num_labels is missing, which {architecture} needs")
    if not tied:
        raise UnfitError(f"there is no formula for {architecture} with untied embeddings")
