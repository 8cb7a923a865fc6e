from __future__ import annotations

import pytest

from cardkit.vocabulary import fold, load, spread
from cardkit.vocabulary.metrics import find, kind, kinds


def test_a_name_stands_for_one_metric() -> None:
    seen: dict[str, str] = {}
    rows = load("metrics.yaml")
    for key, row in [*rows["shares"].items(), *rows["scores"].items()]:
        for name in [key, *spread(row)]:
            assert seen.setdefault(fold(name), key) == key, f"{name!r} is in two rows"


def test_every_metric_is_a_share_or_a_score() -> None:
    assert set(kinds().values()) == {"share", "score"}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Acc ↑", ("acc", "share")),
        ("准确率", ("acc", "share")),
        ("Word Error Rate (%)", ("wer", "share")),
        ("chr-F", ("chrf", "share")),
        ("Rouge-L", ("rougeL", "share")),
        ("BLEU", ("bleu", "share")),
        ("PPL ↓", ("perplexity", "score")),
        ("困惑度", ("perplexity", "score")),
        ("eval_loss", ("loss", "score")),
        ("Matthews Correlation", ("mcc", "score")),
        ("Spearman", ("spearman", "score")),
        ("pass@1", ("pass@1", "share")),
        ("@10", ("pass@10", "share")),
        ("nDCG@10", ("ndcg@10", "share")),
        ("F1@3", ("f1@3", "share")),
        ("tokens/s", ("throughput", "score")),
        ("Llama", None),
    ],
)
def test_a_metric_is_known_by_its_printed_name(
    written: str, expected: tuple[str, str] | None
) -> None:
    assert find(written) == expected


def test_the_kind_of_an_id_that_find_returns_is_known() -> None:
    found = [find(name) for name in ("pass@7", "recall@50", "EM", "Elo")]
    assert [metric and kind(metric.id) for metric in found] == ["share", "share", "share", "score"]
