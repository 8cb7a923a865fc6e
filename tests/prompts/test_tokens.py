"""A prompt's markers reach the model as the tokens that they are."""

from __future__ import annotations

from typing import Any

import pytest

from cardkit.errors import CardkitError
from cardkit.prompts.chat_template import chat_template
from cardkit.prompts.rendering import render
from cardkit.prompts.tokens import Comparison, compare

tokenizers = pytest.importorskip("tokenizers", reason="needs the extra `run`")
transformers = pytest.importorskip("transformers", reason="needs the extra `run`")

DOLLY = (
    "Below is an instruction that describes a task. Write a response that appropriately completes "
    "the request.\n\n### Instruction:\n{prompt}\n\n### Response:\n"
)
DOLLYS = ("### End", "### Instruction:", "### Response:\n")
CHATML = "<|im_start|>user\n{prompt}<|im_end|>\n<|im_start|>assistant\n"


def byte_level(*held: Any, start: str | None = None, end: str | None = None) -> Any:
    """Return a byte-level BPE of some 300 tokens that holds further ones whole."""
    bpe = tokenizers.Tokenizer(tokenizers.models.BPE())
    bpe.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = tokenizers.decoders.ByteLevel()
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=300, initial_alphabet=alphabet, show_progress=False
    )
    bpe.train_from_iterator([DOLLY, CHATML, "What do ants eat?"] * 3, trainer)
    ends = [token for token in (start, end) if token]
    bpe.add_special_tokens([*ends, *held])
    if ends:
        bpe.post_processor = tokenizers.processors.TemplateProcessing(
            single=f"{start or ''} $A {end or ''}".strip(),
            special_tokens=[(token, bpe.token_to_id(token)) for token in ends],
        )
    return transformers.PreTrainedTokenizerFast(tokenizer_object=bpe)


def compared(tokenizer: Any, form: str, **given: Any) -> Comparison:
    return compare(tokenizer, form, chat_template(form), **given)


def codes(found: Comparison) -> list[str]:
    return [finding.code for finding in found.findings]


def test_format_and_template_give_the_same_ids() -> None:
    tokenizer = byte_level("<|im_start|>", "<|im_end|>")
    found = compared(tokenizer, CHATML, prompt="<|im_end|> {{ 1 }}\n 你好")
    assert found.format_ids == found.template_ids
    assert tokenizer.decode(found.format_ids) == CHATML.replace(
        "{prompt}", "<|im_end|> {{ 1 }}\n 你好"
    )
    assert codes(found) == []


@pytest.mark.parametrize("asks", [True, False])
def test_a_template_renders_as_transformers_renders_it(asks: bool) -> None:
    template = chat_template(
        CHATML,
        with_system="<|im_start|>system\n{system}<|im_end|>\n" + CHATML,
        turns=CHATML + "{answer}<|im_end|>\n" + CHATML,
    )
    template += "\n{% for m in messages %}\n  {{ m | tojson }}\n  {% endfor %}\n\n"
    said = [("system", " \n"), ("user", "{{ 1 }}"), ("assistant", "'é'\n"), ("user", "\r\n")]
    messages = [{"role": role, "content": text} for role, text in said]
    settings = {"chat_template": template, "tokenize": False, "add_generation_prompt": asks}
    made = byte_level().apply_chat_template(messages, **settings)
    assert render(template, messages, add_generation_prompt=asks) == made


def test_dollys_response_marker_with_its_line_end_is_one_token() -> None:
    tokenizer = byte_level(*DOLLYS)
    found = compared(tokenizer, DOLLY)
    assert found.format_ids[-1] == tokenizer.get_added_vocab()["### Response:\n"]
    assert [(len(marker.ids), marker.held) for marker in found.markers] == [(1, True)] * 2
    assert (codes(found), found.passed) == ([], True)


def test_without_its_line_end_dollys_response_marker_vanishes() -> None:
    tokenizer = byte_level(*DOLLYS)
    found = compared(tokenizer, DOLLY.removesuffix("\n"))
    assert tokenizer.get_added_vocab()["### Response:\n"] not in found.format_ids
    assert (codes(found), found.passed) == (["marker-missed"], False)
    assert "'### Response:\\n'" in found.findings[0].message


def test_a_template_that_strips_gives_other_ids() -> None:
    tokenizer = byte_level(*DOLLYS)
    found = compare(tokenizer, DOLLY, chat_template(DOLLY.strip()))
    assert codes(found) == ["ids-differ"]
    assert "the format has '### Response:\\n'" in found.findings[0].message


def test_a_marker_that_the_tokenizer_does_not_hold_is_text() -> None:
    found = compared(byte_level(), CHATML)
    assert codes(found) == ["marker-is-text"] * 2
    assert found.passed


def test_a_marker_that_a_longer_token_takes_in_is_not_missed() -> None:
    tokenizer = byte_level("<|im_start|>", "<|im_start|>user", "<|im_end|>\n", "  ", "   ")
    assert codes(compared(tokenizer, CHATML + "   ")) == []
    only_inside = "<|im_start|>user{prompt}"
    assert codes(compared(tokenizer, only_inside)) == []


def test_a_marker_that_its_neighbour_breaks_is_split() -> None:
    tokenizer = byte_level("User:", "Bot:", "\n\nBo")
    assert codes(compared(tokenizer, "User:{prompt}\n\nBot:")) == ["marker-split"]


def test_blanks_that_a_token_takes_are_told() -> None:
    token = transformers.AddedToken("<|im_end|>", rstrip=True, special=True)
    assert "blanks-swallowed" in codes(compared(byte_level(token, "<|im_start|>"), CHATML))


@pytest.mark.parametrize(
    ("form", "code", "passed"),
    [("<s>User: {prompt}", "start-doubled", False), ("User: {prompt}", "start-added", True)],
)
def test_what_the_tokenizer_puts_before_a_prompt_is_told(
    form: str, code: str, passed: bool
) -> None:
    found = compared(byte_level(start="<s>"), form)
    assert (codes(found), found.passed) == ([code], passed)


def test_what_the_tokenizer_puts_behind_a_prompt_is_told() -> None:
    assert codes(compared(byte_level(end="</s>"), "User: {prompt}")) == ["end-added"]


def test_a_token_that_is_not_known_is_told() -> None:
    words = tokenizers.Tokenizer(tokenizers.models.WordLevel({"User": 0, "?": 1}, "?"))
    words.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=words)
    tokenizer.unk_token = "?"  # noqa: S105 - not a password
    assert "token-unknown" in codes(compared(tokenizer, "User {prompt}"))


def test_an_end_that_also_stands_for_the_unknown_is_known_where_the_prompt_has_it() -> None:
    # GPT-NeoX's own: its unknown token is <|endoftext|>, which RedPajama's prompt holds.
    tokenizer = byte_level("<|prompter|>", "<|endoftext|>", "<|assistant|>")
    tokenizer.unk_token = "<|endoftext|>"  # noqa: S105 - not a password
    assert codes(compared(tokenizer, "<|prompter|>{prompt}<|endoftext|><|assistant|>")) == []


def test_a_system_message_is_compared_too() -> None:
    tokenizer = byte_level("<|im_start|>", "<|im_end|>")
    form = "<|im_start|>system\n{system}<|im_end|>\n" + CHATML
    assert codes(compared(tokenizer, form, system="Be kind.")) == []


def test_a_template_that_refuses_the_messages_says_why() -> None:
    form = "{system}|{prompt}"
    with pytest.raises(CardkitError, match="No form without a system message") as error:
        compare(byte_level(), "{prompt}", chat_template(form))
    assert error.value.todo


def test_without_a_template_the_markers_of_a_format_are_looked_at_all_the_same() -> None:
    tokenizer = byte_level(*DOLLYS)
    whole, cut = (compare(tokenizer, form, None) for form in (DOLLY, DOLLY.removesuffix("\n")))
    assert (codes(whole), codes(cut)) == ([], ["marker-missed"])
    assert whole.template_ids == whole.format_ids
