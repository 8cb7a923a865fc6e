"""What a card shows beside one turn is read where it repeats the turn, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardkit.card import Card
from cardkit.ingest import read_blocks, read_card
from cardkit.noise import clean
from cardkit.prompts.forms import Forms, forms_in, forms_of
from cardkit.prompts.pieces import pieces_of
from cardkit.prompts.printed import Printed, is_safe
from cardkit.prompts.turns import ELISION, Talk, read_talk
from cardkit.text import Span, lines_of

CHATML = "<|im_start|>user\n{prompt}<|im_end|>\n<|im_start|>assistant\n"
USER_BOT = "<bos>User: {prompt}\n\nBot:"
OASST = "<|prompter|>{prompt}<|endoftext|><|assistant|>"
INST = "<s>[INST] {prompt} [/INST]"


def forms(card: str, form: str) -> Forms:
    """Return the forms of a format that a card documents."""
    raw = f"# Ant 1B\n\n{card}\n"
    return forms_in(read_blocks(raw, clean(lines_of(raw))).card, form)


def fenced(*texts: str) -> str:
    return "\n\n".join(f"```\n{text}\n```" for text in texts)


def texts(found: Forms) -> tuple[str | None, str | None]:
    return (
        found.with_system.text if found.with_system else None,
        found.turns.text if found.turns else None,
    )


TWO_TURNS = [
    (
        "<bos>User: {q_1}\n\nBot: {a_1}<eos>User: {q_2}\n\nBot:",
        USER_BOT,
        "<bos>User: {prompt}\n\nBot: {answer}<eos>User: {prompt}\n\nBot:",
    ),
    (
        "<extra_id_0>System\n\n<extra_id_1>User\n{prompt 1}\n<extra_id_1>Assistant\n{reply 1}\n"
        "<extra_id_1>User\n{prompt 2}\n<extra_id_1>Assistant\n{reply 2}\n...\n"
        "<extra_id_1>User\n{prompt N}\n<extra_id_1>Assistant",
        "<extra_id_0>System\n\n<extra_id_1>User\n{prompt}\n<extra_id_1>Assistant\n",
        "<extra_id_0>System\n\n<extra_id_1>User\n{prompt}\n<extra_id_1>Assistant\n{answer}\n"
        "<extra_id_1>User\n{prompt}\n<extra_id_1>Assistant\n",
    ),
    (
        "<human>: {what the user wants}\n<bot>: {first}</s>\n<human>: {more}\n<bot>: {second}</s>",
        "<human>: {prompt}\n<bot>:",
        "<human>: {prompt}\n<bot>: {answer}</s>\n<human>: {prompt}\n<bot>: {answer}</s>",
    ),
    (
        "<|im_start|>user\nWho eats ants?<|im_end|>\n<|im_start|>assistant\nAnteaters.<|im_end|>\n"
        "<|im_start|>user\nOnly they?<|im_end|>\n<|im_start|>assistant",
        CHATML,
        "<|im_start|>user\n{prompt}<|im_end|>\n<|im_start|>assistant\n{answer}<|im_end|>\n"
        "<|im_start|>user\n{prompt}<|im_end|>\n<|im_start|>assistant\n",
    ),
    (
        "<s>[INST] An order [/INST] A reply</s> [INST] Another order [/INST]",
        INST,
        "<s>[INST] {prompt} [/INST] {answer}</s> [INST] {prompt} [/INST]",
    ),
    (
        "Ant Expert User: Hello<|end_of_turn|>Ant Expert Bot: Hi<|end_of_turn|>"
        "Ant Expert User: How are you?<|end_of_turn|>Ant Expert Bot:",
        "Ant Expert User: {prompt}<|end_of_turn|>Ant Expert Bot:",
        "Ant Expert User: {prompt}<|end_of_turn|>Ant Expert Bot: {answer}<|end_of_turn|>"
        "Ant Expert User: {prompt}<|end_of_turn|>Ant Expert Bot:",
    ),
    (
        "Ants talk.\n\nUSER: {q}\nASSISTANT: {a}</s>\nUSER: {q}\nASSISTANT:",
        "Ants talk.\n\nUSER: {prompt}\nASSISTANT:",
        "Ants talk.\n\nUSER: {prompt}\nASSISTANT: {answer}</s>\nUSER: {prompt}\nASSISTANT:",
    ),
]


@pytest.mark.parametrize(("block", "form", "turns"), TWO_TURNS)
def test_turns_are_read_where_the_pieces_of_one_turn_repeat(
    block: str, form: str, turns: str
) -> None:
    assert texts(forms(fenced(block), form)) == (None, turns)


def test_a_form_says_which_characters_show_it() -> None:
    card = fenced("<bos>User: {q_1}\n\nBot: {a_1}<eos>User: {q_2}\n\nBot:")
    found = forms(card, USER_BOT)
    assert found.turns
    raw = f"# Ant 1B\n\n{card}\n"
    assert raw[slice(*found.turns.where)] == card.strip("`").strip("\n")


def test_a_system_message_before_the_first_turn_is_read() -> None:
    block = "<bos>{system_message}\n\nUser: {q_1}\n\nBot: {a_1}<eos>User: {q_2}\n\nBot:"
    assert texts(forms(fenced(block), USER_BOT)) == (
        "<bos>{system}\n\nUser: {prompt}\n\nBot: {answer}<eos>User: {prompt}\n\nBot:",
        "<bos>User: {prompt}\n\nBot: {answer}<eos>User: {prompt}\n\nBot:",
    )


def test_a_system_message_is_read_where_the_card_shows_one_turn() -> None:
    block = "<|im_start|>system\nBe kind.<|im_end|>\n" + CHATML.replace("{prompt}", "Who are you?")
    with_system = "<|im_start|>system\n{system}<|im_end|>\n" + CHATML
    assert texts(forms(fenced(block), CHATML)) == (with_system, None)


def test_a_system_message_inside_the_users_turn_is_read() -> None:
    block = "<s>[INST] <<SYS>>\n{system_prompt}\n<</SYS>>\n\n{user_message} [/INST]"
    with_system = "<s>[INST] <<SYS>>\n{system}\n<</SYS>>\n\n{prompt} [/INST]"
    assert texts(forms(fenced(block), INST)) == (with_system, None)


def test_the_turns_of_a_format_with_a_system_message_have_one_too() -> None:
    form = "<|im_start|>system\n{system}<|im_end|>\n" + CHATML
    turns = form + "{answer}<|im_end|>\n" + CHATML
    block = turns.format(system="Be kind.", prompt="Who are you?", answer="An ant.")
    found = forms(fenced(block), form)
    assert texts(found) == (None, turns)
    assert found.reasons == ("the format itself has a place for a system message",)


def test_the_turns_of_an_examples_string_are_read() -> None:
    code = (
        "```python\nfrom transformers import AutoModelForCausalLM\n"
        'model = AutoModelForCausalLM.from_pretrained("ant/ant-1b")\n'
        'T = "<bos>User: {q}\\n\\nBot: {a}<eos>User: {q_2}\\n\\nBot:"\nmodel.generate(T)\n```'
    )
    turns = "<bos>User: {prompt}\n\nBot: {answer}<eos>User: {prompt}\n\nBot:"
    assert texts(forms(code, USER_BOT)) == (None, turns)


def test_a_sentence_about_each_turn_tells_what_ends_an_answer() -> None:
    says = "`<|prompter|>` begins your text. Each turn ends with a `<|endoftext|>` token."
    turns = OASST + "{answer}<|endoftext|>" + OASST
    assert texts(forms(says, OASST)) == (None, turns)


@pytest.mark.parametrize(
    ("says", "form"),
    [
        ("Each turn ends with a `</s>` token.", OASST),  # but the user's ends with another
        ("The input ends with a `<|endoftext|>` token.", OASST),
        ("Each turn ends with `<|endoftext|>` or `</s>`.", OASST),
        ("Each turn ends with `</s>` or `<|endoftext|>`. All turns end with `<eos>`.", OASST),
        ("Each turn ends with a `<|im_end|>` token.", CHATML),  # and the line end behind it?
    ],
)
def test_a_sentence_that_leaves_something_open_tells_nothing(says: str, form: str) -> None:
    assert texts(forms(says, form)) == (None, None)


@pytest.mark.parametrize(
    ("blocks", "because"),
    [
        (["<bos>User: {q}\n\nBot:"], "the card shows one turn only"),
        (["<bos>User: {q}\n\nBot: {a}<eos>"], "the card shows one turn only"),
        (
            [
                "<bos>User: {q}\n\nBot: {a}<eos>User: {q}\n\nBot:",
                "<bos>User: {q}\n\nBot: {a}</s>User: {q}\n\nBot:",
            ],
            "the card shows several turns in two ways",
        ),
        (
            ["<bos>User: {q}\n\nBot: {a}<eos>User: {q}\n\nBot: {a}</s>User: {q}\n\nBot:"],
            "its turns are not alike",
        ),
        (["<bos>User: {q}\n\nBot: {a}<eos>Human: {q}\n\nBot:"], "its turns are not alike"),
        (["User: {q}\n\nBot: {a}<eos>User: {q}\n\nBot:"], "begins otherwise than the format"),
        (
            ["<bos>User: {q}\n\nBot: {a}<eos>User: {q}\n\nBot: {a}</s>"],
            "its last answer ends otherwise",
        ),
        (["<bos>User: Hi\n\nBot: HelloUser: And?\n\nBot:"], "its turns are not alike"),
        (["<bos>User: Hi\n\nBot: Hello.User: And?\n\nBot:"], "its turns are not alike"),
        (["<bos>User: {q}\n\nBot: {a}\nUser: b\nUser: {q}\n\nBot:"], "its turns are not alike"),
        (
            ["<bos>User: {q}\n\nBot: {a}<eos>User: {q}\n\nBot:{a}<eos>"],
            "its last answer does not stand as the others do",
        ),
        (
            [
                "<bos>User: {q}\n\nBot: {a}<eos></s>User: {q}\n\nBot: {a}<eos>",
                "<bos>User: {q}\n\nBot: {a}<eos></s>User: {q}\n\nBot: {a}<eos></s>",
            ],
            "the card ends the last answer in two ways",
        ),
        (["<bos>{system}\n\nHuman: {question}\n\nBot:"], "the card shows no system message"),
        (["<bos>User:  {q}\n\nBot: {a}<eos>User: {q}\n\nBot:"], "begins otherwise"),
        (
            [
                "<bos>{system}\n\nUser: {q}\n\nBot:",
                "<bos>System: {system}\n\nUser: {q}\n\nBot:",
            ],
            "the card shows system messages in two ways",
        ),
    ],
)
def test_what_is_not_sure_is_left_out_with_the_reason(blocks: list[str], because: str) -> None:
    found = forms(fenced(*blocks), USER_BOT)
    assert texts(found) == (None, None)
    assert any(because in reason for reason in found.reasons), found.reasons


def test_an_answer_that_begins_otherwise_than_the_format_says_is_left_out() -> None:
    found = forms(fenced("User: {q}\nBot: {a}</s>User: {q}\nBot:"), "User: {prompt}\nBot:\n")
    assert texts(found) == (None, None)
    assert "an answer begins otherwise than the format says" in found.reasons[-1]


def test_where_the_places_differ_in_their_turns_the_system_message_stands_before_one() -> None:
    found = forms(
        fenced(
            "<bos>{system}\n\nUser: {q}\n\nBot: {a}<eos>User: {q}\n\nBot:",
            "<bos>User: {q}\n\nBot: {a}</s>User: {q}\n\nBot:",
        ),
        USER_BOT,
    )
    assert texts(found) == ("<bos>{system}\n\nUser: {prompt}\n\nBot:", None)


@pytest.mark.parametrize("form", ["{prompt}", "Ants: {prompt}\n"])
def test_a_format_that_marks_no_turns_has_no_forms(form: str) -> None:
    found = forms(fenced("User: {q}\nBot: {a}\nUser: {q}\nBot:"), form)
    assert found == Forms(reasons=("its format marks no turns",))


def test_a_hidden_conversation_shows_nothing() -> None:
    block = fenced("<bos>User: {q}\n\nBot: {a}<eos>User: {q}\n\nBot:")
    assert texts(forms(f"<!--\n{block}\n-->", USER_BOT)) == (None, None)


def test_a_hidden_example_shows_nothing() -> None:
    code = (
        "```python\nfrom transformers import AutoModelForCausalLM\n"
        'model = AutoModelForCausalLM.from_pretrained("ant/ant-1b")\n'
        'T = "<bos>User: {q}\\n\\nBot: {a}<eos>User: {q_2}\\n\\nBot:"\nmodel.generate(T)\n```'
    )
    assert texts(forms(code, USER_BOT))[1]
    assert texts(forms(f"<!--\n{code}\n-->", USER_BOT)) == (None, None)


@pytest.mark.parametrize(
    ("form", "text", "safe"),
    [
        ("markdown", "</s>\n<s>", True),
        ("collapsed", "</s>\n<s>", False),
        ("collapsed", "</s> <s>", False),
        ("collapsed", "</s><s>", True),
        ("rendered-page", "</s>\n<s>", False),
        ("rendered-page", "</s> <s>", True),
    ],
)
def test_what_a_copy_can_have_changed_is_not_believed(form: str, text: str, safe: bool) -> None:
    card = Card("", form, None, ())
    assert is_safe(text, Printed(text, Span(0, 0)), card) is safe
    assert is_safe(text, Printed(text, Span(0, 0), spelled=True), card)


def test_where_blank_lines_are_lost_turns_with_line_ends_are_not_believed() -> None:
    lines = "\n".join(f"Line {n}." for n in range(20))
    block = (
        CHATML.replace("{prompt}", "{q}") + "{a}<|im_end|>\n" + CHATML.replace("{prompt}", "{q}")
    )
    whole = f"# Ant 1B\n\n{lines}\n\n{fenced(block)}"
    for raw, sure in ((whole, True), (whole.replace("\n\n", "\n"), False)):
        card = read_blocks(raw, clean(lines_of(raw))).card
        assert bool(forms_in(card, CHATML).turns) is sure


def test_forms_are_read_for_the_prompt_of_a_record() -> None:
    raw = "# Ant 1B\n\n## Prompt format\n\n" + fenced(
        "<|prompter|>{question_1}<|endoftext|><|assistant|>{answer_1}<|endoftext|>"
        "<|prompter|>{question_2}<|endoftext|><|assistant|>"
    )
    assert texts(forms_of(raw, read_card(raw))) == (
        None,
        OASST + "{answer}<|endoftext|>" + OASST,
    )


def test_without_a_prompt_there_are_no_forms() -> None:
    raw = "# Ant 1B\n\nAnts are small."
    assert forms_of(raw, read_card(raw)).reasons == ("the card documents no prompt",)


SHARDS = ["<bos>", "User: ", "\n\nBot:", " ", "<eos>", "{q}", "{system}", "Ants.", "\n", "...", "U"]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(SHARDS), max_size=16).map("".join))
def test_what_is_read_of_a_text_stands_in_it(text: str) -> None:
    text = f"<bos>User: {text}\n\nBot: {{a}}<eos>User: {{q}}\n\nBot:"
    found = read_talk(text, pieces_of(USER_BOT))
    if isinstance(found, Talk):
        said = ELISION.sub("", text)
        assert all(piece in said for piece in found if piece is not None)
        assert found.before_user.endswith("User: ")
        assert found.before_answer is None or found.before_answer.startswith("\n\nBot:")
