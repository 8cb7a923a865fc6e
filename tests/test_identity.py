from __future__ import annotations

import pytest

from cardkit import ingest
from cardkit.fields import examples as examples_part
from cardkit.fields import identity as identity_part
from cardkit.names.identity import Identity, signature
from cardkit.noise import clean
from cardkit.text import lines_of


def identify(text: str, model_id: str | None = None) -> Identity:
    card = ingest.read_blocks(text, clean(lines_of(text)), model_id)[0]
    found = {"examples": examples_part.read(card, {})}
    identity = identity_part.read(card, found).value
    assert isinstance(identity, Identity)
    return identity


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ant-1B-IT", "Ant-IT-1B"),
        ("ant-2-13b", "Ant 2 13B"),
        ("Ant-v2-13b", "Ant 2 13B"),
        ("ants/ant-v2-7b", "ant-v2-7b"),
        ("Ant2.5-7B", "ant2_5-7b"),
        ("SKY_ant", "SkyAnt"),
        ("Ant-7B-Instruct", "Ant-7B-it"),
        ("Ant 1.0", "ant-v1"),
        ("Ant 30B-A3B", "ant-30b"),
        ("Ant R+", "ants/ant-r-plus"),
    ],
)
def test_writing_and_order_do_not_tell_models_apart(one: str, other: str) -> None:
    assert signature(one).same(signature(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ant-7B", "Ant-1B"),
        ("Ant-7B", "Ant-7B-Chat"),
        ("Ant-2-7B", "Ant-3-7B"),
        ("Ant-7B", "Bee-7B"),
        ("Ant-7B-AWQ", "Ant-7B-GPTQ"),
        ("Ant-8x7B", "Ant-7B"),
        ("Ant-7B-4bit", "Ant-7B"),
        ("Ant-30B-A3B", "Ant-30B-A6B"),
        ("Ant-A3B", "Ant-30B"),
        ("Ant R+", "Ant R"),
        ("Ant + Bee", "Ant Plus Bee"),
    ],
)
def test_size_version_and_qualifiers_tell_models_apart(one: str, other: str) -> None:
    assert not signature(one).same(signature(other))


@pytest.mark.parametrize(
    ("names", "is_family", "row", "own"),
    [
        (("Ant 2 13B",), False, "Ant-v2-13b", True),
        (("Ant 2 13B",), False, "Ant-v2-dpo-13b", False),
        (("Ant 2 13B",), False, "Ant-v2-70b", False),
        (("Ant-1B-IT",), False, "Ant-1B", False),
        (("Ant-1B-IT",), False, "Bee-1B", False),
        (("Ant 7B",), False, "Ant 7B (ours)", True),
        (("Ant 7B",), False, "Ant 1B (ours)", False),
        (("Ant 7B",), False, "Ours", True),
        (("Ant 7B",), False, "本模型", True),
        (("Ant",), False, "Ant (2.6B)", True),
        (("Ant",), False, "Ant-Chat", False),
        (("Ant",), True, "Ant-Chat 7B", True),
        (("Ant 3",), True, "Ant 3 70B", True),
        (("Ant 3",), True, "Ant 2 70B", False),
        (("Ant NLI", "me/ant-nli-base"), False, "me/ant-nli-large", False),
        (("Ant 2", "ants/Ant2-30B"), False, "Ant 2 30B-A3B", True),
        (("Ant 7B",), False, "Ours without a second run", True),
        (("Ant",), True, "Ant-S", True),
        (("Ant",), False, "Ant-S", False),
        (("Ant 7B",), False, "7B", None),
        ((), False, "Ant 7B", None),
    ],
)
def test_a_row_is_the_cards_own_model_or_not(
    names: tuple[str, ...], is_family: bool, row: str, own: bool | None
) -> None:
    assert Identity(names=names, is_family=is_family).is_own(row) is own


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("# Model Card for Ant 2 7B", "Ant 2 7B"),
        ("# ant-7b Model Card", "ant-7b"),
        ("# Ant-Baseline-7B 模型卡片", "Ant-Baseline-7B"),
        ("# 😎 AntBART", "AntBART"),
        ("# ants/ant-7b-chat", "ant-7b-chat"),
        ("# AntNLI - Natural Language Inference for Ants", "AntNLI"),
        ("# Ant-V2: A Strong and Economical Language Model", "Ant-V2"),
        ("# [ant-7b](https://e.org)", "ant-7b"),
        ("<h1>Ant 2</h1>", "Ant 2"),
        ("# Ant-3B SFT model", "Ant-3B SFT model"),
        ("# Brief introduction of AntCode", "AntCode"),
        ("# An Ant Level Multimodal Model on Your Phone", None),
        ("## Model Details", None),
        ("# License/Terms of Use", None),
        ("# 2. Model Summary", None),
        ("# AntQE: Quality Estimation", "AntQE"),
        ("# ANT-VI:Training Text Models", "ANT-VI"),
        ("# ant_small_de_en model", "ant_small_de_en"),
        ("# Stable Ants Image Variations Model Card", "Stable Ants Image Variations"),
        ("# Adapter `ants/ant-pf-qa` for bee-base-uncased", "ant-pf-qa"),
        ("# bee-base for QA", "bee-base for QA"),
        ("# Ant-Neo 125M finetuned with recipes of many old cook books", None),
        ("# AntSum: News Articles Summarization dataset", None),
        ("# Cause-Effect Detection", None),
        ("# POS tagging", None),
        ("# Ant-XLSR-53-{language}", None),
        ("# AntFit with ants/ant-base-v2", "AntFit"),
        ("# `ant92` from `bees/bee-pictures-v1`", "ant92"),
        ("# v1.4", None),
        ("# A Model to Find the Names in a Text (Bees, CoNLL-2003)", None),
    ],
)
def test_reads_the_name_in_a_title(title: str, name: str | None) -> None:
    found = identify(f"{title}\n\nSome text.").model_name
    assert (found and found.value) == name


def test_a_name_in_the_model_index_serves_where_no_title_does() -> None:
    card = "---\nmodel-index:\n- name: ant-7b\n  results: []\n---\nSome text."
    found = identify(card).model_name
    assert found is not None
    assert (found.value, found.rule) == ("ant-7b", "model-index")


EXAMPLE = """```python
from transformers import AutoModel
model = AutoModel.from_pretrained("{id}")
```
"""


def test_the_id_that_the_example_loads_is_the_cards_own_when_it_bears_the_title() -> None:
    identity = identify("# Ant 7B\n\nText.\n\n" + EXAMPLE.format(id="ants/ant-7b"))
    assert identity.model_id is not None
    assert identity.model_id.value == "ants/ant-7b"


def test_an_example_that_loads_another_model_says_nothing() -> None:
    assert identify("# Ant 7B\n\nText.\n\n" + EXAMPLE.format(id="bees/bee-7b-dpo")).model_id is None


@pytest.mark.parametrize(
    ("title", "loaded", "own"),
    [
        ("", "ants/pred_genre", True),
        ("# Ant translation", "ants/ant-de-en", True),
        ("# ant-base-finetuned-amharic", "ants/ant-base-finetuned-hausa", False),
        ("# ANT-EN-VI-BASE", "ants/ant-en-vi-small", False),
        ("# Ant 7B", "bees/bee-7b-dpo", False),
    ],
)
def test_the_only_id_that_examples_load_is_the_cards_own_where_no_title_denies_it(
    title: str, loaded: str, own: bool
) -> None:
    found = identify(f"{title}\n\nText.\n\n" + EXAMPLE.format(id=loaded)).model_id
    assert (found is not None) is own


def test_a_card_about_several_sizes_is_not_the_one_that_its_example_loads() -> None:
    told = "# Ant 3.5\n\nAnt 3.5 is a collection of models from 2B to 32B.\n\n"
    assert identify(told + EXAMPLE.format(id="ants/Ant-3.5-8B")).model_id is None


def test_a_dataset_in_a_title_is_no_model() -> None:
    card = "# DreamBooth model trained on the ants/ant-images dataset\n\nText.\n"
    assert identify(card).model_id is None


def test_the_front_matters_results_say_the_id() -> None:
    card = "---\nmodel-index:\n- name: ants/ant-bn-300m\n  results: []\n---\n# Ant\n\nText."
    found = identify(card).model_id
    assert found is not None
    assert found.value == "ants/ant-bn-300m"


@pytest.mark.parametrize(
    ("loaded", "another"),
    [
        ("ants/ant-2-70b", True),
        ("ants/ant-2-13b", False),
        ("bees/bee", False),
        ("output", False),
        ("ckpt/ant-70b/", False),
    ],
)
def test_only_a_certain_mismatch_is_one(loaded: str, another: bool) -> None:
    assert Identity(names=("Ant 2 13B",)).is_another(loaded) is another


def test_a_version_that_the_text_tells_of_is_no_mismatch() -> None:
    card = (
        "# Ant-v3-9B\n\nSee [ants/Ant-v3-9B](https://huggingface.co/ants/Ant-v3-9B) and its chat"
        " version [ants/Ant-v3-9B-IT](https://huggingface.co/ants/Ant-v3-9B-IT).\n\n"
    )
    identity = identify(card + EXAMPLE.format(id="ants/Ant-v3-9B-IT"))
    assert not identity.is_another("ants/Ant-v3-9B-IT")
    assert identity.is_another("bees/bee-9b")


def test_a_number_that_stands_twice_tells_models_apart() -> None:
    assert not signature("ant3-bee2-SR2").same(signature("ant3-bee2-SR3"))


def test_the_model_that_it_was_made_from_is_not_its_own() -> None:
    card = (
        "# ant-7b-news\n\nThis model is a fine-tuned version of"
        " [ants/ant-7b](https://huggingface.co/ants/ant-7b) on news."
    )
    assert identify(card).model_id is None


def test_an_image_of_its_own_repository_says_the_id() -> None:
    card = (
        "# Ant-3B SFT model\n\n"
        "![](https://huggingface.co/ants/ant-3b-chat/resolve/main/picture.png)\n\nIt is small."
    )
    identity = identify(card)
    assert identity.model_id is not None
    assert (identity.model_id.value, identity.is_own("ants/ant-3b-chat")) == (
        "ants/ant-3b-chat",
        True,
    )


def test_a_card_about_a_family_owns_its_members_and_has_no_id() -> None:
    links = "\n".join(
        f"- [Ant 2 {size}](https://huggingface.co/ants/ant-2-{size.lower()})"
        for size in ("7B", "70B")
    )
    identity = identify(f"# Ant 2\n\nAnt 2 is a family.\n\n{links}")
    assert identity.model_id is None
    assert [identity.is_own(row) for row in ("Ant 2 7B", "Ant-2-70B-Chat", "Ant 1 7B")] == [
        True,
        True,
        False,
    ]


def test_versions_that_a_card_releases_are_its_own() -> None:
    card = (
        "# Ant2.5-7B\n\nWe open-sourced two versions:\n\n- Ant2.5-7B: base\n- Ant2.5-7B-Chat: tuned"
    )
    assert identify(card).is_own("Ant2.5-7B-Chat") is True


def test_two_spellings_of_the_own_name_are_a_problem() -> None:
    text = "# Model Card for Ant-1B-IT\n\nAnt-IT-1B is a language model of 1.4B parameters."
    card = ingest.read_blocks(text, clean(lines_of(text)))[0]
    [problem] = identity_part.read(card, {}).problems
    assert (problem.code, text[slice(*problem.where)]) == ("name-conflict", "Ant-IT-1B")


def test_the_id_that_the_user_gives_decides() -> None:
    identity = identify("# Something\n\nants/ant-7b is here.", model_id="ants/ant-7b")
    assert identity.is_own("ant-7b") is True


def test_the_model_to_use_instead_is_no_alias() -> None:
    text = "For new code use [Ant 7B HF](https://huggingface.co/ants/ant-7b-hf){}.\n"
    card = "# Ant 7B\n\nIt is at [ants/ant-7b](https://huggingface.co/ants/ant-7b).\n\n" + text
    assert [
        [alias.value for alias in identify(card.format(end)).aliases] for end in ("", " instead")
    ] == [["ants/ant-7b-hf"], []]


def test_the_one_member_that_is_loaded_is_not_the_family() -> None:
    told = "Ant 3.5 is a collection of models ranging from 2.4B to 32B parameters."
    load = "```python\nAutoModel.from_pretrained('ants/ant-3.5-7.8b')\n```\n"
    identity = identify(f"# Ant 3.5\n\n{told}\n\n{load}")
    assert (identity.model_id, identity.is_own("Ant 3.5 32B")) == (None, True)


def test_a_row_may_add_the_active_parameters_to_the_own_size() -> None:
    ant = Identity(names=("Ant 2", "ants/ant2-50b"))
    assert [ant.is_own(f"Ant 2 {size}") for size in ("50B-A5B", "50B", "5B-A1B")] == [
        True,
        True,
        False,
    ]


def test_the_versions_that_a_family_lists_are_its_own_and_those_it_measures_may_be_older() -> None:
    table = "| Model | {} |\n|---|---|\n| Ant2-7B | {} |\n"
    link = "[hub](https://huggingface.co/ants/ant2-7b)"
    listed = identify("# Ant\n\nAnt is small.\n\n" + table.format("Link", link))
    measured = table.format("Link | MMLU", link + " | 60.1").replace("|---|", "|---|---|")
    assert listed.is_own("Ant2-7B") is True
    assert identify("# Ant\n\nAnt is small.\n\n" + measured).is_own("Ant2-7B") is False


def test_a_sign_may_be_written_out_and_the_owner_left_out_of_a_name() -> None:
    link = "[model](https://huggingface.co/ants/ants-hill-r-plus-7b)"
    identity = identify(f"# Ants Hill R+ 7B\n\nGet the {link}.\n")
    assert identity.model_id is not None
    assert identity.model_id.value == "ants/ants-hill-r-plus-7b"
    assert [identity.is_own(name) for name in ("Hill R+ 7B", "hill-r-plus-7b", "Hill R 7B")] == [
        True,
        True,
        False,
    ]


def test_the_members_whose_figures_a_family_lists_are_its_own() -> None:
    table = "| Model | Parameters | Context length | Layers |\n|---|---|---|---|\n"
    rows = "| Ant 4 Scout (17Bx16E) | 109B | 10M | 48 |\n| Ant 4 Mate | 400B | 1M | 48 |\n"
    ant = identify(f"# Ant 4\n\nWe present Ant 4, a family of models.\n\n{table}{rows}")
    assert [ant.is_own(f"Ant {name}") for name in ("4 Scout", "4 Mate", "4 Bee", "3 Scout")] == [
        True,
        True,
        False,
        False,
    ]


def test_who_presents_a_model_names_it() -> None:
    assert identify("We introduce Ant-V3, a strong model.\n").names == ("Ant-V3",)


def test_the_model_that_a_command_for_a_training_starts_from_is_not_its_own() -> None:
    command = "python run.py --model_name_or_path bees/ant-mini{} --output_dir out"
    card = "# Ant-mini\n\n```bash\n" + command + "\n```"
    assert identify(card.format(" --do_train")).model_id is None
    assert identify(card.format("")).model_id is not None


def test_an_owner_may_be_a_part_of_the_name_and_a_version_in_brackets_may_go_unsaid() -> None:
    card = '# {}\n\n```python\nAutoModel.from_pretrained("antlab/ant-7b")\n```'
    assert identify(card.format("ant-7b")).is_own("AntLab-Ant-7B") is True
    assert identify(card.format("Ant 7B (v0.5)")).is_own("Ant 7B") is True
    assert identify(card.format("Ant 7B (v0.5)")).is_own("Ant 7B v0.4") is False


def test_a_card_without_a_title_is_about_the_model_that_it_presents() -> None:
    identity = identify("We present Ant-V3, a strong language model.\n\nIt is small.")
    assert identity.is_own("Ant V3") is True


def test_the_id_that_an_example_of_a_collection_loads_is_one_of_several() -> None:
    card = (
        "# Ant 3\n\nWe introduce Ant 3, a collection of very carefully tuned (Dutch and Frisian)"
        " and quite generative small models from 2B to 8B.\n\n```python\nfrom transformers import"
        ' AutoModel\nAutoModel.from_pretrained("ants/ant-3-8b-it")\n```'
    )
    identity = identify(card)
    assert identity.model_id is None
    assert identity.is_own("Ant 3 2B") is True


def test_a_list_that_an_entry_or_a_heading_introduces_names_versions_too() -> None:
    listed = "  - Ant-7B-Base: plain\n  - Ant-7B-LongChat: tuned"
    for lead in ("- The Ant-7B series models include:", "## The Ant-7B series includes:"):
        identity = identify(f"# Ant-7B\n\nAnt-7B is small.\n\n{lead}\n{listed}")
        assert identity.is_own("Ant-7B-LongChat") is True
        assert identity.is_own("Ant-7B-Coder") is False
