from __future__ import annotations

import pytest

from cardkit.vocabulary import fold, load, spread
from cardkit.vocabulary.languages import code, find, mentioned


def test_a_name_stands_for_one_language() -> None:
    seen: dict[str, str] = {}
    for key, row in load("languages.yaml").items():
        for name in [key, *spread(row)]:
            assert seen.setdefault(fold(name), key) == key, f"{name!r} is in two rows"


def test_a_code_is_its_own_code() -> None:
    assert [key for key in load("languages.yaml") if code(key) != key] == []


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("English", "en"),
        ("英语", "en"),
        ("cn", "zh"),
        ("jp", "ja"),
        ("kr", "ko"),
        ("no", "no"),
        ("eng", "en"),
        ("zh_TW", "zh-TW"),
        ("sv-SE", "sv-SE"),
        ("multilingual", "multilingual"),
        ("code", "code"),
        ("ace", "ace"),
        ("xx", None),
        ("False", None),
        ("Python", None),
        ("Primarily English", None),
    ],
)
def test_a_front_matter_word_is_a_code_or_nothing(written: str, key: str | None) -> None:
    assert (find(written), code(written)) == (key, key)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("English, Chinese, Japanese", ["en", "zh", "ja"]),
        ("英语(主要)", ["en"]),
        ("Primarily English", ["en"]),
        ("支持中文、英文和日本語", ["zh", "en", "ja"]),
        ("中英双语对话模型", ["zh", "en"]),
        ("Norwegian Bokmål and Danish", ["nb", "da"]),
        ("Korean-English", ["ko", "en"]),
        ("en, zh", ["en", "zh"]),
        ("polish the answer", []),
        ("non-English", []),
        ("Python, Java", []),
        ("Made in the en-de pair", []),
    ],
)
def test_languages_are_found_in_a_text_in_order(text: str, keys: list[str]) -> None:
    assert [mention.code for mention in mentioned(text)] == keys


def test_a_mention_points_at_the_name() -> None:
    text = "Primarily English, some 日本語"
    assert [text[start:end] for _, start, end in mentioned(text)] == ["English", "日本語"]
