"""A chat template renders to the documented text, and refuses what is not documented."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardkit.errors import CardkitError
from cardkit.prompts.chat_template import chat_template, literal
from cardkit.prompts.pieces import pieces_of
from cardkit.prompts.rendering import fill, render

FORMATS = [
    "<|user|>\n{prompt}\n<|assistant|>\n",
    "{prompt}",
    "It's \\n {{ not }} {% jinja %} {# here #}: '{prompt}'\n\n### Response:\n",
    "  \n<s>[INST] {prompt} [/INST]  \n\n",
    "{% raw %}{prompt}{% endraw %}",
    "用户：{prompt}\r\n\t助手😀：\u2028",
    "\\{prompt}\\",
    '"{prompt}"',
]
WITH_SYSTEM = "<s>{system}\n\nUser: {prompt}\n\nBot:"
TURNS = "<s>User: {prompt}\n\nBot: {answer}</s>User: {prompt}\n\nBot:"
ONE = "<s>User: {prompt}\n\nBot:"
ODD = ["{{", "{%", "{#", "}}", "%}", "#}", "{prompt}", "{system}", "{answer}", "'", '"', "\\"]
ODD += ["\\n", "你好", "👩\u200d🚀", "<|user|>", "</s>"]
BLANKS = ["\n", "\r", "\r\n", " ", "\t", "\x1b", "\x7f", "\u2028"]
SAID = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")) | st.lists(
    st.sampled_from([*ODD, *BLANKS])
).map("".join)


def user(text: Any) -> dict[str, Any]:
    return {"role": "user", "content": text}


def assistant(text: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def system(text: Any) -> dict[str, Any]:
    return {"role": "system", "content": text}


@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=40, deadline=None)
@given(said=SAID)
def test_one_turn_renders_to_the_filled_format(form: str, said: str) -> None:
    assert render(chat_template(form), [user(said)]) == fill(form, said)


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(*[st.text(st.characters(exclude_categories=["Cs"]), max_size=9)] * 2).filter(
        lambda texts: "{" not in "".join(texts)
    ),
    SAID,
)
def test_any_text_may_stand_around_the_message(around: tuple[str, str], said: str) -> None:
    form = "{prompt}".join(around)
    assert render(chat_template(form), [user(said)]) == fill(form, said)


@settings(max_examples=60, deadline=None)
@given(st.lists(SAID, min_size=1, max_size=5), st.none() | SAID)
def test_several_turns_render_to_their_pieces(said: list[str], told: str | None) -> None:
    template = chat_template(ONE, with_system=WITH_SYSTEM, turns=TURNS)
    head = "<s>User: " if told is None else f"<s>{told}\n\nUser: "
    around = ["\n\nBot: ", "</s>User: "]
    expected = head + said[0]
    expected += "".join(around[i % 2] + text for i, text in enumerate(said[1:]))
    asks = len(said) % 2 == 1
    messages = [system(told)] if told is not None else []
    messages += [(assistant if i % 2 else user)(text) for i, text in enumerate(said)]
    end = "\n\nBot:" if asks else "</s>"
    assert render(template, messages, add_generation_prompt=asks) == expected + end


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_beginning_of_a_conversation_is_the_beginning_of_its_text(count: int) -> None:
    template = chat_template(ONE, turns=TURNS)
    talk = [user("1"), assistant("2"), user("3"), assistant("4")]
    whole = render(template, talk, add_generation_prompt=False)
    assert whole.startswith(render(template, talk[:count], add_generation_prompt=False))


def test_a_format_with_a_place_for_a_system_message_wants_one() -> None:
    template = chat_template(WITH_SYSTEM)
    assert render(template, [system("Be kind."), user("Hi")]) == fill(WITH_SYSTEM, "Hi", "Be kind.")
    with pytest.raises(CardkitError, match="No form without a system message is documented"):
        render(template, [user("Hi")])


def test_a_system_message_that_is_always_there_is_sent_when_none_is_given() -> None:
    template = chat_template(WITH_SYSTEM, system="It's {{ me }}.\n")
    assert render(template, [user("Hi")]) == fill(WITH_SYSTEM, "Hi", "It's {{ me }}.\n")
    assert render(template, [system(""), user("Hi")]) == fill(WITH_SYSTEM, "Hi", "")


@pytest.mark.parametrize(
    ("messages", "because"),
    [
        ([], "at least one message"),
        ([system("Be kind."), user("Hi")], "No form with a system message is documented"),
        ([user("1"), assistant("2"), user("3")], "One turn only is documented"),
        ([user("1"), user("2")], "One turn only is documented"),
        ([assistant("1")], "take turns"),
        ([{"role": "tool", "content": "1"}], "take turns"),
        ([{"content": "1"}], "take turns"),
        ([user([{"type": "text", "text": "Hi"}])], "must be text"),
        ([user(None)], "must be text"),
    ],
)
def test_what_one_turn_does_not_say_is_refused(messages: list[Any], because: str) -> None:
    with pytest.raises(CardkitError, match=because):
        render(chat_template(ONE), messages)


@pytest.mark.parametrize(
    ("messages", "because"),
    [
        ([system("Be kind.")], "at least one message of the user"),
        ([system(1), user("Hi")], "must be text"),
        ([user("1"), user("2")], "take turns"),
        ([user("1"), system("Be kind."), user("2")], "take turns"),
        ([system("1"), system("2"), user("3")], "take turns"),
        ([user("1"), assistant("2")], "The last message is an answer"),
    ],
)
def test_roles_out_of_order_are_refused(messages: list[Any], because: str) -> None:
    with pytest.raises(CardkitError, match=because):
        render(chat_template(ONE, with_system=WITH_SYSTEM, turns=TURNS), messages)


@pytest.mark.parametrize(
    ("form", "others", "because"),
    [
        (TURNS, {}, "it holds an answer"),
        (ONE, {"with_system": ONE}, "is not the format"),
        (ONE, {"with_system": "{system}User: {prompt} Bot:"}, "is not the format"),
        (WITH_SYSTEM, {"with_system": WITH_SYSTEM}, "is not the format"),
        (ONE, {"turns": ONE}, "is not several turns"),
        (ONE, {"turns": TURNS.replace("User", "Human")}, "is not several turns"),
        (ONE, {"turns": TURNS.replace("\n\nBot", " Bot")}, "is not several turns"),
        (
            ONE,
            {"turns": TURNS, "with_system": WITH_SYSTEM + " {answer}<eos>User: {prompt}\n\nBot:"},
            "is not the format|differ",
        ),
        (ONE, {"system": "Be kind."}, "no form with a place"),
    ],
)
def test_a_form_that_does_not_belong_to_the_format_is_refused(
    form: str, others: dict[str, str], because: str
) -> None:
    with pytest.raises(CardkitError, match=because) as error:
        chat_template(form, **others)
    assert error.value.todo


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_literal_is_one_line_and_means_its_text(text: str) -> None:
    assert len(literal(text).splitlines()) == 1
    assert render("{{ " + literal(text) + " }}", []) == text


@pytest.mark.parametrize("form", FORMATS)
def test_no_setting_of_jinja_changes_the_text(form: str) -> None:
    from jinja2.sandbox import SandboxedEnvironment

    for trims in (False, True):
        jinja = SandboxedEnvironment(trim_blocks=trims, lstrip_blocks=trims)
        made = jinja.from_string(chat_template(form))
        said = made.render(messages=[user("\n Hi \n")], add_generation_prompt=True)
        assert said == fill(form, "\n Hi \n")


def test_a_template_is_read_line_by_line() -> None:
    template = chat_template(ONE, with_system=WITH_SYSTEM, turns=TURNS)
    assert max(map(len, template.splitlines())) < 130
    assert pieces_of(TURNS).between_turns in template
