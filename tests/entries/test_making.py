"""An entry is made from its card and from what was decided; nothing decided is ever lost."""

from __future__ import annotations

import pytest

from cardkit.entries import making
from cardkit.entries.diffs import diff
from cardkit.errors import CardkitError, UsageError


def edit(place, name: str, old: str, new: str) -> None:
    path = place.path(name)
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_a_prompt_that_a_person_decided_against_is_left_out_and_said(place):
    edit(place, "ant-1b-chat", "prompt:\n", "prompt:\n  none: {value: broken, decided: tried}\n")
    made = making.make(place, "ant-1b-chat")
    assert made.tree["prompt"] == {"none": {"value": "broken", "decided": "tried"}}
    assert [str(each) for each in made.contradictions] == [
        "prompt.none: the card says '<|user|>\\n{prompt}\\n<|assistant|>' where 'broken' was "
        "decided"
    ]


def test_an_entry_that_calls_itself_otherwise_is_refused_with_its_file(place):
    edit(place, "bee-3b", "name: bee-3b\n", "name: wasp\n")
    with pytest.raises(CardkitError, match=r"bee-3b/model.yaml: it calls itself 'wasp'"):
        place.load("bee-3b")


def test_a_card_outside_the_registrys_root_is_refused(place):
    edit(place, "bee-3b", "card: cards/bee-3b.md", "card: ../../etc/passwd")
    with pytest.raises(UsageError, match="lies outside"):
        making.make(place, "bee-3b")


def test_a_decided_format_without_its_slot_names_the_file(place):
    edit(
        place, "ant-1b-chat", "prompt:\n  format:",
        'prompt:\n  format: {value: "no slot", decided: d}\n  system:',
    )  # fmt: skip
    with pytest.raises(CardkitError) as error:
        making.make(place, "ant-1b-chat")
    assert str(place.path("ant-1b-chat")) in str(error.value)


def test_an_entry_and_its_own_card_differ_in_nothing(place):
    card = str(place.root / "cards" / "ant-1b-chat.md")
    assert diff("ant-1b-chat", card, place) == diff(card, "ant-1b-chat", place) == []


def test_a_folder_that_cannot_be_written_is_said(place, tmp_path):
    made = making.make(place, "bee-3b")
    (tmp_path / "file").write_text("x")
    elsewhere = place._replace(folder=tmp_path / "file")
    with pytest.raises(CardkitError, match="it cannot be written: not a directory"):
        making.save(elsewhere, made)
