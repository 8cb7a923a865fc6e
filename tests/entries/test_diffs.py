"""What changed between two cards or entries is said field by field."""

from __future__ import annotations

import pytest

from cardkit.entries.diffs import diff
from cardkit.errors import CardkitError

TABLE = """# Ant 1B

Ant 1B reads 2048 tokens of context.

| Model | MMLU | GSM8K |
|---|---|---|
| Ant 1B | 41.5 | 12.0 |
| Bee 1B | 40.1 | 11.0 |
"""


def changed(tmp_path, old: str, new: str) -> list[tuple]:
    paths = [tmp_path / "old.md", tmp_path / "new.md"]
    for path, text in zip(paths, (old, new), strict=True):
        path.write_text(text, "utf-8")
    return [tuple(change) for change in diff(*map(str, paths))]


def test_a_card_and_itself_differ_in_nothing(tmp_path):
    assert changed(tmp_path, TABLE, TABLE) == []


def test_a_score_is_known_by_what_it_is_a_score_of_wherever_its_row_stands(tmp_path):
    ant, bee = "| Ant 1B | 41.5 | 12.0 |\n", "| Bee 1B | 40.1 | 11.0 |\n"
    new = TABLE.replace(ant + bee, bee + ant.replace("41.5", "43.5"))
    [change] = [row for row in changed(tmp_path, TABLE, new) if row[0].endswith(".value")]
    assert change[0].startswith("evaluations[Ant 1B | mmlu | MMLU")
    assert change[1:] == (41.5, 43.5)


def test_what_is_gone_and_what_is_new_stand_on_their_sides(tmp_path):
    new = "---\nlicense: mit\n---\n" + TABLE.replace("2048", "many")
    found = {row[0]: row[1:] for row in changed(tmp_path, TABLE, new)}
    assert found["model.license.id"] == (None, "mit")
    assert found["spec.context_length"] == (2048, None)


def test_an_entry_and_its_card_differ_in_what_was_decided(place):
    path = place.path("ant-1b-chat")
    text = path.read_text("utf-8")
    decided = text.replace("load:\n", "load:\n  model_type: {value: llama, decided: its files}\n")
    path.write_text(decided, "utf-8")
    card = str(place.root / "cards" / "ant-1b-chat.md")
    found = [tuple(change) for change in diff(card, "ant-1b-chat", place)]
    assert found == [("load.model_type", None, "llama")]


def test_what_is_neither_a_file_nor_an_entry_is_said(place):
    with pytest.raises(CardkitError, match="no model 'cat'"):
        diff("cat", "bee-3b", place)


def test_a_card_that_is_not_there_is_said(place):
    with pytest.raises(CardkitError, match=r"gone.md: it cannot be read: no such file"):
        diff("gone.md", "bee-3b", place)
