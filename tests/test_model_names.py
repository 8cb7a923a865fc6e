"""Sizes in the names of models."""

from __future__ import annotations

import pytest

from cardkit.values.model_names import active_in_name, size_in_name, sizes_in

SIZES = {
    "Tulu 2 13B": 13_000_000_000,
    "bloom-7b1": 7_100_000_000,
    "bloomz-1b7": 1_700_000_000,
    "opt-350M": 350_000_000,
    "Qwen-0.5B": 500_000_000,
    "pythia-1.4b-deduped": 1_400_000_000,
    "wav2vec2-large-xls-r-300m": 300_000_000,
    "llama-2-7b-chat-hf": 7_000_000_000,
    "Ant 70亿": 7_000_000_000,
    "Ant-30B-A3B": 30_000_000_000,
    "Ant-7B-4bit": 7_000_000_000,
}


@pytest.mark.parametrize("name", SIZES)
def test_reads_the_size(name: str) -> None:
    found = size_in_name(name)
    assert found is not None
    assert found.value == SIZES[name]


@pytest.mark.parametrize(
    "name",
    ["Ant-A14B", "Mixtral-8x7B", "Ant-4bit", "Ant v2", "Ant-4k", "Ant-7B-to-13B", "E2B",
     "internlm2_5-1_8b", "Ant-step-1431k-3T", "Ant-65k+"],
)  # fmt: skip
def test_reads_no_size_from_other_things(name: str) -> None:
    assert size_in_name(name) is None


def test_the_figure_behind_an_a_is_active() -> None:
    assert active_in_name("Ant-30B-A3B") == (3_000_000_000, 8, 11)


def test_a_text_with_two_names_has_two_sizes() -> None:
    assert sizes_in("Ant-4B/8B and Bee-8B") == {4_000_000_000, 8_000_000_000}
