"""The prompts of known cards, byte for byte: as printed in the card, as filled, as rendered."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardkit.ingest import read_card
from cardkit.prompts.chat_template import chat_template
from cardkit.prompts.forms import forms_of
from cardkit.prompts.rendering import fill, render

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "cards" / "real"
beside = pytest.mark.skipif(not REAL.is_dir(), reason="the shared cards are not beside the project")

ALPACA = "Below is an instruction that describes a task."
ASKS = "Write a response that appropriately completes the request."
DCLM_1B = f"{ALPACA}\n\n{ASKS}\n\n### Instruction:\nHi\n\n### Response:"
DOLLY = f"{ALPACA} {ASKS}\n\n### Instruction:\n{{prompt}}\n\n### Response:\n"
"""Not in the card: from the model's own pipeline code."""
SEEDS = {
    "dclm-1b-it.md": DCLM_1B,
    "dclm-1b-it.blob.txt": DCLM_1B,
    "dclm-7b.md": "Hi",
    "dclm-7b.gitcode.txt": "Hi",
    "redpajama-3b-chat.md": "<|prompter|>Hi<|endoftext|><|assistant|>",
    "redpajama-3b-chat.mirror.txt": "<|prompter|>Hi<|endoftext|><|assistant|>",
    "tulu-2-13b.md": "<|user|>\nHi\n<|assistant|>\n",
    "tulu-2-13b.blob.txt": "<|user|>\nHi\n<|assistant|>\n",
}


def derived(path: Path) -> tuple[str, str, str, str | None]:
    """Return a card, its format, its chat template and the raw text that shows several turns."""
    raw = path.read_bytes().decode()
    record = read_card(raw)
    assert record.prompt
    found = forms_of(raw, record)
    template = chat_template(
        record.prompt.format,
        with_system=found.with_system.text if found.with_system else None,
        turns=found.turns.text if found.turns else None,
        system=record.prompt.system,
    )
    shown = raw[slice(*found.turns.where)] if found.turns else None
    return raw, record.prompt.format, template, shown


def talk(*said: str, system: str | None = None) -> list[dict[str, str]]:
    """Return messages that take turns."""
    first = [] if system is None else [{"role": "system", "content": system}]
    roles = ("user", "assistant")
    return first + [{"role": roles[i % 2], "content": text} for i, text in enumerate(said)]


@pytest.mark.parametrize("name", SEEDS)
def test_a_seeds_prompt_is_what_its_card_documents(name: str) -> None:
    _, form, template, _ = derived(ROOT / "cards" / name)
    assert fill(form, "Hi") == render(template, talk("Hi")) == SEEDS[name]


def test_dollys_prompt_ends_with_a_line_end() -> None:
    said = f"{ALPACA} {ASKS}\n\n### Instruction:\nHi\n\n### Response:\n"
    assert fill(DOLLY, "Hi") == render(chat_template(DOLLY), talk("Hi")) == said


def test_what_redpajamas_card_says_of_each_turn_makes_several() -> None:
    template = derived(ROOT / "cards" / "redpajama-3b-chat.md")[2]
    assert render(template, talk("1", "2", "3")) == (
        "<|prompter|>1<|endoftext|><|assistant|>2<|endoftext|><|prompter|>3<|endoftext|><|assistant|>"
    )


ONE_TURN = {
    "deepseek-ai__DeepSeek-V2-Chat.md": ("{user_message_1}", "```bash\n{}"),
    "deepseek-ai__DeepSeek-V2__README.md": ("{user_message_1}", "```bash\n{}"),
    "nvidia__Nemotron-4-340B-Instruct.md": ("{prompt}", 'PROMPT_TEMPLATE = """{}"""'),
    "WizardLMTeam__WizardCoder-15B-V1.0.md": ("{instruction}", "```\n{}\n```"),
    "FlagAlpha__Llama2-Chinese__README.md": ("介绍一下中国", "['{}']"),
    "OpenBMB__MiniCPM__docs_README-minicpm1-cn.md": ("{}", '"{}"'),
    "OpenBMB__MiniCPM__docs_README-minicpm2-cn.md": ("hello,tell me a story please.", "'{}'"),
    "OpenBMB__MiniCPM__docs_README-minicpm3-cn.md": (
        "请写一篇关于人工智能的文章，详细介绍人工智能的未来发展和隐患。",
        '--prompt "{}"',
    ),
    "OpenBMB__MiniCPM__docs_README-minicpm3-en.md": (
        "Write an article about Artificial Intelligence.",
        '--prompt "{}"',
    ),
    "CohereForAI__c4ai-command-r-plus.md": ("Hello, how are you?", "## {}\n\n"),
    "sambanovasystems__BLOOMChat-176B-v1.md": ("{input_text}", 'f"{}"'),
    "SkyworkAI__Skywork__README.md": ("%s", '"{}"'),
    "SkyworkAI__Skywork__README_ZH.md": ("%s", '"{}"'),
}
"""The card's own words in the user's place, and what stands around the prompt in the card."""


@beside
@pytest.mark.parametrize("name", ONE_TURN)
def test_one_turn_renders_as_the_card_prints_it(name: str) -> None:
    raw, form, template, _ = derived(REAL / name)
    message, around = ONE_TURN[name]
    said = render(template, talk(message))
    assert fill(form, message) == said
    before, after = around.split("{}")
    in_code = f"{before}{said}{after}".replace("\n", "\\n")
    assert f"{before}{said}{after}" in raw or in_code in raw


@beside
@pytest.mark.parametrize("name", ["DeepSeek-V2-Chat", "DeepSeek-V2__README"])
def test_deepseeks_turns_and_system_message_render_as_the_card_prints_them(name: str) -> None:
    raw, _, template, shown = derived(REAL / f"deepseek-ai__{name}.md")
    said = ("{user_message_1}", "{assistant_message_1}", "{user_message_2}")
    assert render(template, talk(*said)) == shown
    with_system = render(template, talk(*said, system="{system_message}"))
    assert f"```bash\n{with_system}\n```" in raw


@beside
def test_nemotrons_turns_render_as_the_card_prints_them() -> None:
    _, _, template, shown = derived(REAL / "nvidia__Nemotron-4-340B-Instruct.md")
    said = ("{prompt 1}", "{response 1}", "{prompt 2}", "{response 2}\n...", "{prompt N}")
    assert render(template, talk(*said)) == f"{shown}\n"


@beside
def test_bloomchats_turns_render_as_the_card_prints_them() -> None:
    _, _, template, shown = derived(REAL / "sambanovasystems__BLOOMChat-176B-v1.md")
    wants = "{{input{} that the user wants from the bot}}"
    said = (wants.format(1), "{response1}", wants.format(2), "{response2}")
    assert render(template, talk(*said), add_generation_prompt=False) == shown
