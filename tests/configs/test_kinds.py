"""What a model gives is told from its loader, its architecture and its task, or not at all."""

from __future__ import annotations

import pytest

from cardkit.configs.kinds import kind_of
from cardkit.entries.entry import Entry
from cardkit.errors import CardkitError


def entry(**said: str | bool) -> Entry:
    """Return an entry of which this is known."""
    leaves = {name: {"value": value, "card": "1-2"} for name, value in said.items()}
    task = leaves.pop("pipeline_tag", None)
    return Entry.model_validate(
        {"name": "x", "load": leaves, "about": {"pipeline_tag": task} if task else {}}
    )


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"architecture": "LlamaForCausalLM"}, "causal"),
        ({"architecture": "GPT2LMHeadModel"}, "causal"),
        ({"loader": "OpenLMforCausalLM"}, "causal"),
        ({"loader": "pipeline", "pipeline_tag": "text-generation"}, "causal"),
        ({"loader": "AutoModelForCausalLM", "architecture": "ChatGLMModel"}, "causal"),
        ({"architecture": "T5ForConditionalGeneration"}, "seq2seq"),
        ({"architecture": "MarianMTModel"}, "seq2seq"),
        ({"architecture": "BertModel"}, "embedding"),
        ({"loader": "AutoModel", "architecture": "BertForMaskedLM"}, "embedding"),
        (
            {"loader": "AutoModel", "pipeline_tag": "sentence-similarity",
             "trust_remote_code": True},
            "embedding",
        ),
        (
            {"loader": "AutoModel", "architecture": "BertModel", "pipeline_tag": "fill-mask"},
            "embedding",
        ),
        ({"architecture": "BertForMaskedLM"}, "masked"),
        ({"architecture": "BertForMaskedLM", "pipeline_tag": "fill-mask"}, "masked"),
        ({"architecture": "RobertaForSequenceClassification"}, "classification"),
        ({"loader": "AutoModelForSequenceClassification"}, "classification"),
    ],
)  # fmt: skip
def test_a_kind_is_told(said: dict[str, str], kind: str) -> None:
    assert kind_of(entry(**said)) == kind


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"loader": "pipeline"},
        {"architecture": "LlavaForConditionalGeneration"},  # it looks at images
        {"architecture": "WhisperForConditionalGeneration"},
        {"pipeline_tag": "image-text-to-text"},
        {"architecture": "BertForMaskedLM", "pipeline_tag": "sentence-similarity"},
        {"architecture": "BertModel", "pipeline_tag": "fill-mask"},  # its head would be random
        {"loader": "AutoModel", "pipeline_tag": "text-generation"},
        {"loader": "AutoModel", "architecture": "LlamaForCausalLM"},
        {"loader": "AutoModel", "architecture": "ChatGLMModel", "trust_remote_code": True},
        {"loader": "AutoModel", "architecture": "LlamaForCausalLM", "pipeline_tag": "fill-mask"},
    ],
)
def test_what_cannot_be_told_is_left_to_a_person(said: dict[str, str]) -> None:
    with pytest.raises(CardkitError) as caught:
        kind_of(entry(**said))
    assert caught.value.todo == (
        "decide load.loader in its model.yaml, with the reason: AutoModelForCausalLM, "
        "AutoModelForSeq2SeqLM, AutoModel, AutoModelForSequenceClassification, "
        "AutoModelForMaskedLM"
    )
