from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from cardkit import vocabulary
from cardkit.vocabulary import fold, load, spread
from cardkit.vocabulary.words import DOMAINS, aliases, find, names, section_of

VOCABULARY = Path(vocabulary.__file__).parent
CHINESE = re.compile("[\u4e00-\u9fff]")
ENGLISH = re.compile("[A-Za-z]")

LABELS = [domain for domain in DOMAINS if domain != "page"]
"""A page may print one word in two places, so its rows may share words."""

SIGNS = {"ends_turn", "adam_epsilon"}
"""Rows of markup and letters, the same in every language."""


def rows() -> list[tuple[str, str]]:
    return [(domain, name) for domain in LABELS for name in load(f"words/{domain}.yaml")]


@pytest.mark.parametrize("domain", LABELS)
def test_an_alias_stands_for_one_name_of_its_file(domain: str) -> None:
    seen: dict[str, str] = {}
    for name, row in load(f"words/{domain}.yaml").items():
        for alias in spread(row):
            assert seen.setdefault(fold(alias), name) == name, f"{alias!r} is in two rows"
            assert fold(alias), f"nothing is left of {alias!r} when it is folded"


@pytest.mark.parametrize(("domain", "name"), rows())
def test_every_row_knows_english_and_chinese(domain: str, name: str) -> None:
    words = "".join(aliases(domain, name))
    assert ENGLISH.search(words)
    assert CHINESE.search(words) or name in SIGNS


@pytest.mark.parametrize("domain", LABELS)
def test_every_alias_is_found_as_it_is_printed(domain: str) -> None:
    for name in load(f"words/{domain}.yaml"):
        assert {find(domain, alias) for alias in aliases(domain, name)} == {name}


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("**Learning Rate:**", "learning rate"),
        ("`learning_rate`", "learning rate"),
        ("学习率：", "学习率"),
        ("Ｌｅａｒｎｉｎｇ　ｒａｔｅ", "learning rate"),
        ("🚀 Quick-Start!", "quick start"),
        ("zero\u2011shot", "zero shot"),
        ("Llama™ 3", "llama 3"),
        ("# Layers", "layers"),
        ("C++", "c++"),
        ("—", ""),
    ],
)
def test_width_case_markup_and_ends_make_no_difference(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_folding_twice_changes_nothing() -> None:
    for domain in DOMAINS:
        for alias in names(domain):
            assert fold(alias) == alias


@pytest.mark.parametrize(
    ("domain", "label", "name"),
    [
        ("model", "Language(s) (NLP)", "language"),
        ("model", "Developed by", "developed_by"),
        ("model", "Funded by [optional]", "funded_by"),
        ("model", "Shared by", "shared_by"),
        ("model", "许可证", "license"),
        ("model", "ライセンス", "license"),
        ("spec", "# Layers", "num_hidden_layers"),
        ("spec", "n_embd", "hidden_size"),
        ("spec", "参数量（B）", "num_parameters"),
        ("spec", "词表大小", "vocab_size"),
        ("spec", "n_positions", "context_length"),
        ("spec", "#Activated Params", "num_active_parameters"),
        ("spec", "파라미터 수", "num_parameters"),
        ("training", "Global batch size", "total_train_batch_size"),
        ("training", "Batch Size", "train_batch_size"),
        ("training", "per_device_train_batch_size", "train_batch_size"),
        ("training", "max_length", "max_seq_length"),
        ("training", "Total Training Tokens", "total_training_tokens"),
        ("training", "precision", "mixed_precision_training"),
        ("training", "预热步数", "lr_scheduler_warmup_steps"),
        ("training", "save_total_limit", "save_total_limit"),
        ("training", "Hardware Type", "hardware"),
        ("evaluation", "平均分", "average"),
        ("evaluation", "模型名称", "model_head"),
        ("evaluation", "# shots", "shots_head"),
        ("evaluation", "Recovery (%)", "difference_head"),
        ("evaluation", "±", "std_head"),
        ("evaluation", "Validation Loss", "training_log_head"),
        ("prompt", "Prompt template:", "announces"),
        ("prompt", "Your message here!", "placeholder"),
    ],
)
def test_a_label_is_known_in_any_language(domain: str, label: str, name: str) -> None:
    assert find(domain, label) == name


def test_a_sentence_is_no_label() -> None:
    assert find("model", "The license of this model is the same as that of its base model.") is None
    assert find("model", "license " * 40) is None


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("Evaluation results on the test set", "evaluation"),
        ("3.1. ベンチマーク", "evaluation"),
        ("Training and evaluation data", "data"),
        ("Training hyperparameters", "hyperparameters"),
        ("📌 How to use with vLLM", "usage"),
        ("使用方法 / Usage", "usage"),
        ("关于预训练 | About Pretraining", "training"),
        ("Bias, Risks, and Limitations", "limitations"),
        ("Prompt Template", "prompt"),
        ("提示词格式", "prompt"),
        ("模型下载", "download"),
        ("Environmental Impact", "environment"),
        ("Ant 1B", None),
        ("", None),
    ],
)
def test_a_heading_tells_its_section_or_nothing(heading: str, kind: str | None) -> None:
    assert section_of(heading) == kind


def lists(node: object) -> Iterator[list[object]]:
    """Yield each list of a data file."""
    if isinstance(node, dict):
        for value in node.values():
            yield from lists(value)
    elif isinstance(node, list):
        yield node
        for value in node:
            yield from lists(value)


@pytest.mark.parametrize("file", sorted(VOCABULARY.rglob("*.yaml")), ids=lambda path: path.stem)
def test_a_word_that_yaml_takes_for_true_or_false_is_quoted(file: Path) -> None:
    told = yaml.safe_load(file.read_text("utf-8"))
    assert not [row for row in lists(told) if any(isinstance(each, bool) for each in row)]
