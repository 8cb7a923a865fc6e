"""The models of the registry are asked and loaded as their makers say, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardkit.entries import asking, sizes
from cardkit.entries.registry import Registry
from cardkit.errors import CardkitError

ENTRIES = Registry(Path(__file__).parents[1] / "registry").entries()
ASKED = "Why is the sky blue?"
PARAGRAPH = (
    "Below is an instruction that describes a task. Write a response that appropriately completes "
    "the request."
)

ONE_TURN = {
    "atom-7b-chat": "<s>Human: Why is the sky blue?\n</s><s>Assistant: ",
    "bloomchat-176b": "<human>: Why is the sky blue?\n<bot>:",
    "dclm-1b-it": (
        "Below is an instruction that describes a task.\n\nWrite a response that appropriately "
        "completes the request.\n\n### Instruction:\nWhy is the sky blue?\n\n### Response:"
    ),
    "dclm-7b": "Why is the sky blue?",
    "deepseek-v2-chat": "<｜begin▁of▁sentence｜>User: Why is the sky blue?\n\nAssistant:",
    "dolly-v2-7b": (
        f"{PARAGRAPH}\n\n### Instruction:\nWhy is the sky blue?\n\n### Response:\n"
    ),
    "minicpm-2b-dpo": "<用户>Why is the sky blue?<AI>",
    "minicpm3-4b": (
        "<|im_start|>user\nWhy is the sky blue?<|im_end|>\n<|im_start|>assistant\n"
    ),
    "nemotron-4-340b-instruct": (
        "<extra_id_0>System\n\n<extra_id_1>User\nWhy is the sky blue?\n<extra_id_1>Assistant\n"
    ),
    "redpajama-3b-chat": "<|prompter|>Why is the sky blue?<|endoftext|><|assistant|>",
    "skywork-13b-chat": "[USER]Why is the sky blue?[SEP][BOT]",
    "tulu-2-13b": "<|user|>\nWhy is the sky blue?\n<|assistant|>\n",
    "wizardcoder-15b": (
        f"{PARAGRAPH}\n\n### Instruction:\nWhy is the sky blue?\n\n### Response:"
    ),
}  # fmt: skip
BASE = {"mpt-7b", "olmo-7b", "dclm-7b"}
"""Their cards' examples send the text itself."""
NONE = {
    "bt-opt-1.3b", "gpt-j-6b", "legal-bert-base", "polyglot-ko-1.3b", "promptclue-base",
    "roberta-large-mnli", "sup-simcse-roberta-large",
}  # fmt: skip
"""Their cards document no prompt."""
TALK = [
    {"role": "user", "content": "One?"},
    {"role": "assistant", "content": "Two."},
    {"role": "user", "content": "Three?"},
]
SEVERAL_TURNS = {
    "deepseek-v2-chat": (
        "<｜begin▁of▁sentence｜>User: One?\n\nAssistant: Two.<｜end▁of▁sentence｜>"
        "User: Three?\n\nAssistant:"
    ),
    "nemotron-4-340b-instruct": (
        "<extra_id_0>System\n\n<extra_id_1>User\nOne?\n<extra_id_1>Assistant\nTwo.\n"
        "<extra_id_1>User\nThree?\n<extra_id_1>Assistant\n"
    ),
    "redpajama-3b-chat": (
        "<|prompter|>One?<|endoftext|><|assistant|>Two.<|endoftext|>"
        "<|prompter|>Three?<|endoftext|><|assistant|>"
    ),
    "bloomchat-176b": "<human>: One?\n<bot>: Two.</s>\n<human>: Three?\n<bot>:",
}
STOP = {
    "dclm-1b-it": ["<|endoftext|>"],
    "redpajama-3b-chat": ["<|endoftext|>"],
    "tulu-2-13b": ["</s>"],
    "dolly-v2-7b": ["### End"],
}
PARAMETERS = {
    "dclm-1b-it": 1_439_893_504,
    "dclm-7b": 6_889_672_704,
    "redpajama-3b-chat": 2_775_864_320,
    "tulu-2-13b": 13_015_864_320,
    "dolly-v2-7b": 6_856_056_832,
    "polyglot-ko-1.3b": 1_331_810_304,
}
IDS = {
    "dclm-1b-it": {"huggingface": "TRI-ML/DCLM-1B-IT"},
    "dclm-7b": {"huggingface": "apple/DCLM-7B", "modelers": "AI-Research/DCLM-7B"},
    "redpajama-3b-chat": {"huggingface": "ikala/redpajama-3b-chat"},
    "tulu-2-13b": {"huggingface": "allenai/tulu-2-13b"},
    "dolly-v2-7b": {
        "huggingface": "databricks/dolly-v2-7b",
        "modelscope": "AI-ModelScope/dolly-v2-7b",
        "revisions": {"modelscope": "v1.0.1"},
    },
}


@pytest.mark.parametrize("name", ONE_TURN)
def test_a_question_is_sent_as_the_model_was_taught(name):
    assert asking.asked(ENTRIES[name], ASKED) == ONE_TURN[name]


@pytest.mark.parametrize("name", SEVERAL_TURNS)
def test_several_turns_are_sent_as_the_card_shows_them(name):
    assert asking.render(ENTRIES[name], TALK) == SEVERAL_TURNS[name]


@pytest.mark.parametrize("name", sorted(ONE_TURN.keys() - SEVERAL_TURNS.keys()))
def test_several_turns_that_no_card_shows_are_refused(name):
    with pytest.raises(CardkitError, match=r"[Oo]ne turn only|takes a text alone"):
        asking.render(ENTRIES[name], TALK)


def test_a_system_message_stands_where_the_card_shows_it():
    system = [{"role": "system", "content": "Be brief."}]
    assert asking.render(ENTRIES["deepseek-v2-chat"], [*system, *TALK]) == (
        "<｜begin▁of▁sentence｜>Be brief.\n\nUser: One?\n\nAssistant: Two.<｜end▁of▁sentence｜>"
        "User: Three?\n\nAssistant:"
    )
    assert asking.render(ENTRIES["guanaco-7b"], [*system, *TALK]) == (
        "### Instruction:\nUser: One?\nAssistant: Two.\n### Input:\nSystem: Be brief.\n"
        "User: Three?\n### Response:\n"
    )


@pytest.mark.parametrize("name", sorted(NONE))
def test_where_no_prompt_is_documented_the_entry_says_so_and_shows_none(name):
    prompt = ENTRIES[name].prompt
    assert prompt.model_dump(exclude_none=True, exclude_defaults=True) == {
        "none": {"value": "the card documents no prompt format", "derived": "the record's prompt"}
    }


def test_every_entry_is_known_to_have_a_prompt_or_none():
    assert set(ENTRIES) == ONE_TURN.keys() | BASE | NONE | {"guanaco-7b"}


@pytest.mark.parametrize("name", STOP)
def test_an_answer_ends_where_the_model_was_taught(name):
    assert [leaf.value for leaf in ENTRIES[name].prompt.stop] == STOP[name]


@pytest.mark.parametrize("name", PARAMETERS)
def test_the_formula_of_the_architecture_counts_the_parameters(name):
    counted = sizes.count(ENTRIES[name])
    assert counted is not None
    assert counted.parameters == PARAMETERS[name]


@pytest.mark.parametrize("name", IDS)
def test_an_entry_knows_its_ids(name):
    hubs = ENTRIES[name].hubs.model_dump(exclude_none=True, exclude_defaults=True)
    found = {hub: leaf["value"] for hub, leaf in hubs.items() if hub != "revisions"}
    if "revisions" in hubs:
        found["revisions"] = {hub: leaf["value"] for hub, leaf in hubs["revisions"].items()}
    assert found == IDS[name]


@pytest.mark.parametrize("written", ["dclm-7b", "DCLM-7B", "apple/DCLM-7B", "dclm_baseline 7B"])
def test_a_model_is_found_by_whatever_it_is_called(written):
    registry = Registry(Path(__file__).parents[1] / "registry")
    assert registry.find(written).name == "dclm-7b"
