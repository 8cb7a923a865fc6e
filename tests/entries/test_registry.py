"""A name finds its entry kindly; a miss names the nearest."""

from __future__ import annotations

import pytest

from cardkit.entries import registry
from cardkit.errors import UnknownNameError, UsageError


@pytest.mark.parametrize(
    "name",
    ["ant-1b-chat", "ANT-1B-Chat", "ant_1b_chat", "Ant 1B Chat", "ant-lab/ant-1b-chat",
     "Ant-Lab/Ant-1B-Chat"],
)  # fmt: skip
def test_an_entry_is_found_by_all_that_it_is_called(place, name):
    assert place.find(name).name == "ant-1b-chat"


def test_a_miss_names_the_nearest(place):
    with pytest.raises(UnknownNameError) as error:
        place.find("ant-lab/ant-1b-chaat")
    assert str(error.value) == (
        "no model 'ant-lab/ant-1b-chaat'\n  → did you mean ant-1b-chat or ant-lab/ant-1b-chat?"
    )


def test_a_name_of_two_models_is_asked_back(place):
    path = place.path("bee-3b")
    text = path.read_text("utf-8")
    joke = "names:\n  aliases: [{value: Ant 1B Chat, decided: a joke}]\n"
    path.write_text(text.replace("names:\n", joke), "utf-8")
    with pytest.raises(UsageError) as error:
        place.find("ant 1b chat")
    assert str(error.value) == "'ant 1b chat' names 2 models\n  → say ant-1b-chat or bee-3b"


def test_the_registry_is_the_one_given_then_the_variable_then_the_folder_above(
    place, tmp_path, monkeypatch
):
    inside = tmp_path / "cards"
    monkeypatch.chdir(inside)
    assert registry.find().folder == tmp_path / "registry"
    (tmp_path / "mine").mkdir()
    monkeypatch.setenv("CARDKIT_REGISTRY", str(tmp_path / "mine"))
    assert registry.find().folder == tmp_path / "mine"
    assert registry.find(place.folder).folder == place.folder


def test_a_registry_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no registry at"):
        registry.find(tmp_path / "none")


def test_elsewhere_the_registry_is_the_one_that_comes_with_cardkit(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CARDKIT_REGISTRY", raising=False)
    assert "dclm-7b" in registry.find().names()


def test_a_name_that_is_near_to_none_is_answered_with_the_entries(place):
    with pytest.raises(UnknownNameError) as error:
        place.find("zzz")
    assert str(error.value) == "no model 'zzz'\n  → there are ant-1b-chat, bee-3b"
