"""Entries are written as people edit them; what they wrote beside the values stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardkit.entries import making, writing, yaml_values

TREE = {
    "schema_version": "1",
    "name": "ant-1b",
    "load": {"dtype": {"value": "float16", "card": "1-5"}},
    "prompt": {
        "format": {"value": "<|user|>\n{prompt}\n<|assistant|>\n", "card": "7-40"},
        "chat_template": {"value": "{%- if a %}\n    {{- 'x\\n' }}\n{%- endif %}", "derived": "it"},
    },
}


def test_a_value_and_its_origin_stand_on_one_line_and_templates_on_many():
    assert writing.as_yaml(TREE).removeprefix(writing.HEADER) == (
        'schema_version: "1"\n'
        "name: ant-1b\n"
        "load:\n"
        "  dtype: {value: float16, card: 1-5}\n"
        "prompt:\n"
        '  format: {value: "<|user|>\\n{prompt}\\n<|assistant|>\\n", card: 7-40}\n'
        "  chat_template:\n"
        "    value: |-\n"
        "      {%- if a %}\n"
        "          {{- 'x\\n' }}\n"
        "      {%- endif %}\n"
        "    derived: it\n"
    )


def test_only_what_differs_is_written_anew():
    before = (
        "# ours\n"
        "schema_version: '1'   # in single quotes\n"
        "name: ant-1b\n"
        "load:\n"
        "  # measured on a 910B\n"
        "  dtype:\n"
        "    value: float16\n"
        "    decided: faster\n"
        "about:\n"
        "  license: {value: mit, card: 3-6}\n"
    )
    tree = {
        "schema_version": "1",
        "name": "ant-1b",
        "about": {"license": {"value": "apache-2.0", "card": "3-13"}},
        "load": {"dtype": {"value": "float16", "decided": "faster"}},
    }
    assert writing.as_yaml(tree, before) == before.replace(
        "{value: mit, card: 3-6}", "{value: apache-2.0, card: 3-13}"
    )


def test_an_entry_that_says_the_same_is_not_written(tmp_path):
    path = tmp_path / "ant-1b" / "model.yaml"
    assert writing.write(path, TREE)
    path.write_text(path.read_text() + "# mine\n")
    assert not writing.write(path, TREE)
    assert path.read_text().endswith("# mine\n")


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
VALUES = st.one_of(TEXTS, st.booleans(), st.integers(), st.lists(TEXTS, max_size=3))
PRINTABLE = "-?:,[]{}#&*!|>'\"%@` \n\tnoyesnull~1.e5 +<0x"


@given(
    value=st.one_of(VALUES, st.text(PRINTABLE, max_size=12)),
    name=st.sampled_from(["format", "code", "chat_template"]),
)
def test_every_value_is_read_as_it_was_written(value, name):
    if isinstance(value, str) and not _can_be_yaml(value):
        return
    if isinstance(value, list) and not all(map(_can_be_yaml, value)):
        return
    tree = {"prompt": {name: {"value": value, "decided": "why"}}}
    text = writing.as_yaml(tree)
    assert yaml_values.read(text, "m").values == tree
    assert writing.as_yaml(tree, text) == text


def _can_be_yaml(text: str) -> bool:
    """Return whether YAML has a way to write a text: it has none for some control characters."""
    return all(sign.isprintable() or sign in "\n\t\r" for sign in text)


@pytest.mark.parametrize("text", ["a\r\nb", "x\x1b[0m", "\x00", "a\u2028b", "\ufeffa", "tab\tend "])
def test_odd_characters_come_back_too(text):
    tree = {"prompt": {"format": {"value": text, "decided": "why"}}}
    assert yaml_values.read(writing.as_yaml(tree), "m").values == tree


def test_comments_stay_where_the_characters_of_a_card_move(place):
    path = place.path("ant-1b-chat")
    text = path.read_text("utf-8")
    text = text.replace("about:\n", "# of the card\nabout:\n")
    text = text.replace("  license: {", "  # asked twice\n  license: {")
    text = text.replace("spec:\n", "# by hand\nspec:\n")
    path.write_text(text, "utf-8")
    card = place.root / "cards" / "ant-1b-chat.md"
    card.write_text(card.read_text("utf-8").replace("# Ant", "Here it is.\n\n# Ant"), "utf-8")
    assert making.save(place, making.make(place, "ant-1b-chat"))
    after = path.read_text("utf-8")
    assert after != text
    comments = [line for line in after.splitlines() if line.lstrip().startswith("#")][3:]
    assert comments == ["# of the card", "  # asked twice", "# by hand"]
