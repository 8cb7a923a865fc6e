"""A text with slots is cut so that nothing of it is lost or changed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardkit.errors import CardkitError
from cardkit.prompts.pieces import Pieces, pieces_of, shared_ending

TEXTS = st.text(st.sampled_from(list("ab \n\t{}<|>'\\é用😀")), max_size=12).filter(
    lambda text: not any(slot in text for slot in ("{prompt}", "{system}", "{answer}"))
)


@settings(deadline=None)
@given(TEXTS, TEXTS, TEXTS)
def test_the_pieces_put_together_are_the_text(before: str, between: str, after: str) -> None:
    text = f"{before}{{system}}{between}{{prompt}}{after}"
    pieces = pieces_of(text)
    assert pieces.before_system is not None
    put = f"{pieces.before_system}{{system}}{pieces.before_user}{{prompt}}{pieces.after_user}"
    assert put == text


def test_braces_that_are_no_slot_stay() -> None:
    assert pieces_of('{"q": "{prompt}", "{x}": {}}\n') == Pieces(None, '{"q": "', '", "{x}": {}}\n')


def test_the_blank_before_an_answer_is_kept_apart_from_where_it_begins() -> None:
    text = "<bos>{system}\n\nUser: {prompt}\n\nBot: {answer}<eos>User: {prompt}\n\nBot:"
    assert pieces_of(text) == Pieces(
        before_system="<bos>",
        before_user="\n\nUser: ",
        after_user="\n\nBot:",
        before_answer="\n\nBot: ",
        between_turns="<eos>User: ",
        after_answer="<eos>",
    )


def test_a_form_that_ends_with_an_answer_says_what_ends_it() -> None:
    text = "<human>: {prompt}\n<bot>: {answer}</s>\n<human>: {prompt}\n<bot>: {answer}</s>"
    assert pieces_of(text)[3:] == ("\n<bot>: ", "</s>\n<human>: ", "</s>")


@pytest.mark.parametrize(
    ("between", "end"),
    [
        ("<|im_end|>\n<|im_start|>user\n", "<|im_end|>\n"),
        ("\nThen: ", ""),  # what ends the answer is not known
        ("<eot>User: ", "<eot>"),
    ],
)
def test_what_ends_an_answer_is_what_the_next_turn_does_not_begin_with(
    between: str, end: str
) -> None:
    head = "<|im_start|>user\n" if "im_start" in between else "User: "
    assert pieces_of(f"{head}{{prompt}}A{{answer}}{between}{{prompt}}A").after_answer == end


def test_what_ends_the_system_message_is_not_the_beginning_of_a_turn() -> None:
    user, bot = "<|im_end|>\n<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n"
    text = f"<|im_start|>system\n{{system}}{user}{{prompt}}{bot}{{answer}}{user}{{prompt}}{bot}"
    assert pieces_of(text).after_answer == "<|im_end|>\n"


def test_a_marker_that_begins_the_next_turn_ends_no_answer() -> None:
    text = "<extra_id_1>User\n{prompt}\n<extra_id_1>Bot\n{answer}\n<extra_id_1>User\n{prompt}"
    assert pieces_of("<extra_id_0>\n\n" + text).after_answer == ""


def test_an_ending_is_not_shared_inside_a_marker_or_a_word() -> None:
    assert shared_ending("<eos>Super User: ", "<bos>A User: ") == " User: "
    assert shared_ending("</s>", "<s>") == ""


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("<|user|>", "missing"),
        ("{prompt}{prompt}", "{prompt} {prompt}"),
        ("{prompt}{system}", "{prompt} {system}"),
        ("{system}", "{system}"),
        ("{answer}{prompt}", "{answer} {prompt}"),
        ("{prompt}A{answer}B{prompt}C{answer}", "now 'A', now 'C'"),
        ("{prompt}A{answer}B{prompt}A{answer}C", "ends with 'C'"),
    ],
)
def test_a_text_whose_slots_are_no_conversation_is_refused(text: str, because: str) -> None:
    with pytest.raises(CardkitError) as error:
        pieces_of(text)
    assert because in error.value.problem
    assert error.value.todo
