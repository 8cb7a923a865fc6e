"""What is sent to a model is exact, and nothing is sent that its card does not document."""

from __future__ import annotations

import pytest

from cardkit.entries import asking
from cardkit.entries.files import parse
from cardkit.errors import CardkitError, UsageError


def test_a_text_stands_where_the_card_puts_it(place):
    ant = place.load("ant-1b-chat")
    assert asking.asked(ant, "{{ x }}\n") == "<|user|>\n{{ x }}\n\n<|assistant|>"


@pytest.mark.parametrize(
    ("written", "suffix"),
    [
        ('[{"role": "user", "content": "Hi"}]', ".json"),
        ('{"messages": [{"role": "user", "content": "Hi"}]}', ".json"),
        ("- {role: user, content: Hi}\n", ".yaml"),
    ],
)
def test_turns_are_read_from_json_and_yaml(place, tmp_path, written, suffix):
    path = tmp_path / f"turns{suffix}"
    path.write_text(written, "utf-8")
    ant = place.load("ant-1b-chat")
    assert asking.asked(ant, turns=str(path)) == "<|user|>\nHi\n<|assistant|>"


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("[]", "holds no turns"),
        ("hello", "holds no turns"),
        ("- hello\n", "turn 1 of .* has no role"),
        ("- {role: robot, content: Hi}\n", "turn 1 of .* has no role"),
        ("- {role: user, content: 7}\n", "turn 1 of .* has no text"),
        ("- {role: user}\n", "turn 1 of .* has no text"),
    ],
)
def test_turns_that_are_none_are_refused(tmp_path, written, says):
    path = tmp_path / "turns.yaml"
    path.write_text(written, "utf-8")
    with pytest.raises(UsageError, match=says):
        asking.read_turns(str(path))


def test_a_system_message_that_no_card_documents_is_refused(place):
    with pytest.raises(CardkitError, match="No form with a system message is documented"):
        asking.asked(place.load("ant-1b-chat"), "Hi", "Be kind.")


def test_a_card_without_a_format_sends_nothing(place):
    with pytest.raises(CardkitError) as error:
        asking.asked(place.load("bee-3b"), "Hi")
    assert str(error.value) == (
        "bee-3b has no prompt format: the card documents no prompt format\n"
        "  → decide prompt.format in its model.yaml, with the reason"
    )


def test_a_base_model_takes_a_text_and_nothing_else():
    base = parse(
        'schema_version: "1"\nname: base\nprompt: {format: {value: "{prompt}", card: 1-9}}\n', "m"
    )
    assert asking.asked(base, "Once upon") == "Once upon"
    with pytest.raises(CardkitError, match="takes a text alone"):
        asking.asked(base, "Once upon", "Be kind.")


@pytest.mark.parametrize("given", [{}, {"text": "a", "turns": "b.yaml"}])
def test_nothing_or_both_to_ask_is_wrong_use(place, given):
    with pytest.raises(UsageError, match="give either a TEXT or --turns"):
        asking.asked(place.load("ant-1b-chat"), **given)
