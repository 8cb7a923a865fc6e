from __future__ import annotations

import time
from typing import Any

import pytest

from cardkit import ingest
from cardkit.card import Card
from cardkit.facts import Fact, Found, bare
from cardkit.fields import identity, model
from cardkit.fields.model.released import read_date
from cardkit.noise import clean
from cardkit.prose.languages import prose_languages
from cardkit.text import lines_of


def card_of(text: str) -> Card:
    return ingest.read_blocks(text, clean(lines_of(text)))[0]


def found(text: str) -> Found:
    card = card_of(text)
    return model.read(card, {"identity": identity.read(card, {})})


def read(text: str) -> dict[str, Any]:
    draft = bare(found(text).value)
    assert isinstance(draft, dict)
    return draft


def codes(text: str) -> list[str]:
    return [problem.code for problem in found(text).problems]


TITLE = "# Ant 7B\n\nAnt 7B is a small model.\n\n"


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("- **Developed by:** The Ants", "developed_by", ["The Ants"]),
        ("- **Developed by:** Ants, Inc.", "developed_by", ["Ants, Inc."]),
        ("**Owner**: Ants, Inc.", "developed_by", ["Ants, Inc."]),
        (
            "- **Developed by:** [Ants](https://a.org) and [Bees](https://b.org)",
            "developed_by",
            ["Ants", "Bees"],
        ),
        ("- **Developed by:** [More Information Needed]", "developed_by", None),
        ("This model was trained by [Ants](https://a.org).", "developed_by", ["Ants"]),
        ("It uses a dataset created by [Ants](https://a.org).", "developed_by", None),
        ("Ant 7B 是蚂蚁研究院研发的大语言模型。", "developed_by", ["蚂蚁研究院"]),
        ("- **Contact:** contact@ants.example", "contact", "contact@ants.example"),
        ("## Contact\n\nWrite to [us](us@ants.example).", "contact", "us@ants.example"),
        ("- **Date:** July 2024", "released", "2024-07"),
        ("- 日期：2024 年 6 月", "released", "2024-06"),
        ("**Model Release Date** April 18, 2024.", "released", "2024-04-18"),
        ("## Model Date\n\nMay 5, 2023", "released", "2023-05-05"),
        ("**Model Dates:** Ant was trained between May 2023 and June 2023.", "released", None),
        ("- **Last updated:** 2024-05-01", "released", None),
        ("Ant 7B was released on 2024-05-01.", "released", "2024-05-01"),
        ("* [2024.05.20] We release **Ant 7B**!", "released", "2024-05-20"),
        ("* [2024.05.20] We release Bee 7B!", "released", None),
        ("- **Model type:** Decoder-only Transformer", "model_type", "Decoder-only Transformer"),
        (
            "**Model Architecture** Ant 7B is an auto-regressive model. It is good.",
            "architecture",
            "auto-regressive model.",
        ),
        ("- **Language(s) (NLP):** Primarily English", "language", ["en"]),
        ("- **Languages:** English, Chinese and Japanese", "language", ["en", "zh", "ja"]),
        ("- **Programming languages:** Python", "language", None),
        (
            "- **Dataset:** https://huggingface.co/datasets/ants/hill",
            "datasets",
            ["ants/hill"],
        ),
        (
            "- **Finetuned from model:** [bees/bee-7b](https://huggingface.co/bees/bee-7b)",
            "base_model",
            [{"id": "bees/bee-7b", "relation": "finetune"}],
        ),
        (
            "This model is a fine-tuned version of [bees/bee-7b](https://huggingface.co/bees/bee-7b)"
            " on the hill dataset.",
            "base_model",
            [{"id": "bees/bee-7b", "relation": "finetune"}],
        ),
        (
            "Ant 7B is a causal model that is derived from Bees’ Bee-6.9b and fine-tuned on data.",
            "base_model",
            [{"id": "Bees/Bee-6.9b", "relation": "finetune"}],
        ),
        (
            "The model is built on Bee-400M and Wasp3-8B-Instruct with 8B parameters.",
            "base_model",
            [{"id": "Bee-400M", "relation": None}, {"id": "Wasp3-8B-Instruct", "relation": None}],
        ),
    ],
)
def test_reads_what_a_card_states_of_its_model(line: str, field: str, value: object) -> None:
    assert read(TITLE + line).get(field) == value


@pytest.mark.parametrize(
    ("line", "people"),
    [
        ("- **Developed by:** Ada Lovelace, Alan M. Turing", ["Ada Lovelace", "Alan M. Turing"]),
        ("- **Developed by:** Ant Pillar, AI Anthill", ["Ant Pillar, AI Anthill"]),
        ("- **Authors:** Ada Lovelace: ada [at] e.org", ["Ada Lovelace"]),
        (
            "## Authors\n\n- Ada Lovelace ([site](https://e.org))\n- Alan Turing\n",
            ["Ada Lovelace", "Alan Turing"],
        ),
        ("## Authors\n\nYou can contact us at: <a@e.org>\n", None),
        ("This model was trained by Ant Labs, Inc. on leaves.", ["Ant Labs, Inc"]),
        ("This model is pre-trained by [Antpy](https://github.com/ants/antpy).", None),
        ("### Created by\n\nA model that writes poems in the style of ants\n", None),
    ],
)
def test_developers_are_people_and_organisations(line: str, people: list[str] | None) -> None:
    assert read(TITLE + line).get("developed_by") == people


def test_a_base_stored_in_fewer_bits_is_quantized() -> None:
    card = "---\nbase_model: ants/ant-7b\n---\n# Ant-7B-GPTQ\n\nText."
    assert read(card)["base_model"] == [{"id": "ants/ant-7b", "relation": "quantized"}]


def test_a_word_for_a_licence_is_no_name_of_one() -> None:
    card = "---\nlicense: other\nlicense_name: ant-license\n---\n"
    assert read(card + TITLE + "## License\n\n[LICENSE](https://e.org/l)")["license"] == {
        "id": "other",
        "name": "ant-license",
    }


def test_prose_below_a_heading_is_no_architecture() -> None:
    assert "architecture" not in read(TITLE + "## Architecture\n\nAnts walk on six legs.\n")


@pytest.mark.parametrize(
    "before",
    [
        "It was introduced in a paper on hills.",
        "Ant 7B was first released in this repository.",
        "Ant 7B can be used for commercial purposes.",
        "The model should not be used to bother bees.",
        "本模型依照 Apache-2.0 协议开源。",
    ],
)
def test_a_summary_says_what_a_model_is_not_where_it_came_out_or_what_one_may_do(
    before: str,
) -> None:
    said = "Ant 7B is a model that was released in May and finds leaves."
    assert read(f"# Ant 7B\n\n{before}\n\n{said}\n")["summary"] == said


@pytest.mark.parametrize(
    "line",
    [
        "This card for Ant 7B is based on the [Bee card](https://huggingface.co/bees/bee-7b).",
        "Ant 7B is a non-finetuned version of the Bee-7B model.",
    ],
)
def test_a_card_made_from_another_and_an_untuned_model_make_no_base(line: str) -> None:
    assert "base_model" not in read(TITLE + line)


def test_what_stands_under_about_a_library_is_the_librarys() -> None:
    links = "- Website: https://speechbrain.github.io/\n- Code: https://github.com/speechbrain/it\n"
    cite = "```bibtex\n@misc{it,\n  title={A Toolkit},\n  eprint={2106.00000},\n}\n```\n"
    card = "## {} SpeechBrain\n\n{}\n"
    assert "links" not in read(TITLE + card.format("About", links) + card.format("Citing", cite))
    assert sorted(read(TITLE + "## About\n\n" + links + "\n" + cite)["links"]) == [
        "arxiv",
        "homepage",
        "repository",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "It is scored with the same [code](https://github.com/bees/bench) as Bee.",
        "Tell of issues with the demo at the [repo](https://github.com/bees/hive).",
    ],
)
def test_code_of_others_or_of_a_demo_is_not_the_models_repository(text: str) -> None:
    assert "links" not in read(TITLE + text)


def test_the_tab_of_a_repositorys_page_is_no_other_repository() -> None:
    text = "See the [repository](https://github.com/ants/hill?tab=readme-ov-file#start)."
    assert read(TITLE + text)["links"] == {"repository": ["https://github.com/ants/hill"]}


def test_the_repository_of_another_thing_is_not_the_models() -> None:
    text = "[AntBench repo](https://github.com/bees/bench) [our repo](https://github.com/ants/ant)"
    assert read(TITLE + text)["links"] == {"repository": ["https://github.com/ants/ant"]}


def test_what_is_said_of_another_model_is_not_read() -> None:
    card = (
        TITLE
        + "- [Ant-7B-Chat](https://huggingface.co/ants/ant-7b-chat): for chats\n  * License: MIT"
    )
    assert "license" not in read(card)


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("---\nlicence: license\n---\n" + TITLE, None),
        ("---\nlicense: mit\n---\n" + TITLE + "- **License:** mit", {"id": "mit"}),
        ("---\nlicense: apache-2.0\n---\n" + TITLE, {"id": "apache-2.0"}),
        (
            TITLE + "- **License:** Apache 2.0",
            {"id": "apache-2.0", "name": "Apache 2.0"},
        ),
        (
            TITLE + "- **License:** [Ant ImpACT](https://ants.example/licence) Low-risk license.",
            {"id": "other", "name": "Ant ImpACT", "url": "https://ants.example/licence"},
        ),
        (
            "---\nlicense: cc-by-nc-2.0\n---\n" + TITLE + "- **License:** Non commercial",
            {"id": "cc-by-nc-2.0", "name": "Non commercial"},
        ),
        (TITLE + "## License\n\nThe code is under the MIT License.", None),
        (
            TITLE + "## License\n\nThe code is under the MIT License. The model weights are"
            " licensed under CC-BY-4.0.",
            {"id": "cc-by-4.0", "name": "CC-BY-4.0"},
        ),
        (TITLE + "## Licence\n[MIT License](LICENSE)", {"id": "mit", "name": "MIT License"}),
        (
            TITLE + "## 协议\n\n代码依照 [Apache-2.0](LICENSE) 开源，使用模型需遵循"
            "[《蚂蚁模型社区许可协议》](COMMUNITY)。",
            {"id": "other", "name": "《蚂蚁模型社区许可协议》"},
        ),
    ],
)
def test_reads_the_licence_of_the_model(text: str, licence: dict[str, str] | None) -> None:
    assert read(text).get("license") == licence


def test_two_licences_that_cannot_both_hold_are_a_problem() -> None:
    card = "---\nlicense: apache-2.0\n---\n# Ant 7B\n\n- **License:** MIT"
    assert codes(card) == ["license-conflict"]
    assert codes(card.replace("** MIT", "** Apache 2.0")) == []


def test_front_matter_comes_first() -> None:
    card = (
        "---\nlicense: mit\nlanguage:\n- no\n- zh\ntags: [ants]\npipeline_tag: text-generation\n"
        "library_name: transformers\ndatasets:\n- ants/hill\nbase_model: bees/bee-7b\n---\n"
        "# Ant 7B\n\n- **Finetuned from model:** [wasp](https://huggingface.co/wasps/wasp)"
    )
    draft = read(card)
    assert {key: draft[key] for key in ("language", "tags", "pipeline_tag", "library_name")} == {
        "language": ["no", "zh"],
        "tags": ["ants"],
        "pipeline_tag": "text-generation",
        "library_name": "transformers",
    }
    assert (draft["datasets"], draft["base_model"]) == (
        ["ants/hill"],
        [{"id": "bees/bee-7b", "relation": "finetune"}],
    )


def test_links_are_told_apart_and_canonical() -> None:
    card = TITLE + (
        "- **Repository:** https://github.com/ants/ant\n"
        "- **Paper:** [Ants](https://arxiv.org/pdf/2406.11794v2)\n"
        "- **Demo:** https://huggingface.co/spaces/ants/ant\n\n"
        "It uses [ALiBi](https://arxiv.org/abs/2108.12409).\n"
    )
    assert read(card)["links"] == {
        "repository": ["https://github.com/ants/ant"],
        "paper": ["https://arxiv.org/abs/2406.11794"],
        "demo": ["https://huggingface.co/spaces/ants/ant"],
        "arxiv": ["2406.11794"],
    }


def test_a_broken_link_is_a_problem_and_no_value() -> None:
    link = "https://github.com/a/https://github.com/a/b"
    card = f"---\nlicense: mit\n---\n# Ant 7B\n\n- **Repository:** {link}"
    assert (codes(card), read(card).get("links")) == (["link-malformed"], None)


def test_a_card_without_front_matter_says_so() -> None:
    assert codes(TITLE) == ["frontmatter-missing"]


def test_every_value_points_at_its_words() -> None:
    text = TITLE + "- **Developed by:** The Ants\n- **Date:** July 2024\n- **License:** MIT"

    def facts(draft: Any) -> list[Fact]:
        if isinstance(draft, Fact):
            return [draft]
        inner = draft.values() if isinstance(draft, dict) else draft
        return (
            [each for part in inner for each in facts(part)]
            if isinstance(draft, dict | list)
            else []
        )

    pieces = {fact.rule: text[slice(*fact.where)] for fact in facts(found(text).value)}
    assert pieces == {
        "title": "Ant 7B",
        "first-sentence": "Ant 7B is a small model.",
        "label": "MIT",
    }


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2024-05-01", "2024-05-01"),
        ("2024/05", "2024-05"),
        ("1 May 2024", "2024-05-01"),
        ("May 2024", "2024-05"),
        ("2024年5月1日", "2024-05-01"),
        ("2024", "2024"),
        ("May 2023 and June 2024", None),
        ("version 1.2024.5", None),
        ("soon", None),
    ],
)
def test_reads_dates_as_exact_as_they_are(text: str, date: str | None) -> None:
    read_ = read_date(text)
    assert (read_ and read_[0]) == date


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("The model is small and it is good for you.", ["en"]),
        ("这是一个小模型，适合所有人使用。", ["zh"]),
        ("これは小さなモデルです。", ["ja"]),
        ("이것은 작은 모델입니다.", ["ko"]),
        ("Das ist ein Modell für alle, die nicht viel Zeit haben und es mögen.", ["de"]),
        ("Это небольшая модель для всех, и она не большая.", ["ru"]),
        (
            "这是一个小模型，适合所有人使用。\n\nThe model is small and it is good for all of you.",
            ["en", "zh"],
        ),
        (
            "这个模型使用 PyTorch 训练。\n\n```python\nprint('the model is in the box')\n```",
            ["zh"],
        ),
    ],
)
def test_tells_the_language_of_the_prose(text: str, languages: list[str]) -> None:
    assert sorted(prose_languages(card_of(text))) == languages


@pytest.mark.parametrize(
    "piece", ["a/b ", "fine-tuned version of ", "[x](y) ", "license ", "**a** ", "Ant-7B "]
)
def test_a_hostile_card_takes_linear_time(piece: str) -> None:
    began = time.perf_counter()
    found("# Ant 7B\n\n" + piece * 20_000)
    assert time.perf_counter() - began < 3
