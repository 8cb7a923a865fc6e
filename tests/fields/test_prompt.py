"""A prompt is read byte for byte, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from cardkit.ingest import read_record
from cardkit.snippets.template import from_text

LOAD = (
    "from transformers import AutoModelForCausalLM, AutoTokenizer\n"
    'tokenizer = AutoTokenizer.from_pretrained("ant/ant-1b")\n'
    'model = AutoModelForCausalLM.from_pretrained("ant/ant-1b")\n'
)


def prompt(card: str, title: str = "Ant 1B") -> dict[str, Any] | None:
    """Return the prompt of a card."""
    found = read_record(f"# {title}\n\n{card}").get("prompt")
    return dict(found) if found else None


def fenced(text: str) -> str:
    return f"## Prompt format\n\n```\n{text}\n```\n"


def python(code: str) -> str:
    return f"## Usage\n\n```python\n{LOAD}{code}\n```\n"


def test_a_placeholder_becomes_the_users_place() -> None:
    assert prompt(fenced("<|user|>\nYour message here!\n<|assistant|>")) == {
        "format": "<|user|>\n{prompt}\n<|assistant|>",
        "source": "section",
    }


def test_a_line_end_that_the_text_asks_for_is_kept() -> None:
    card = fenced("<|user|>\nYour message here!\n<|assistant|>")
    asks = "Make sure to include a newline after `<|assistant|>`."
    assert prompt(card + "\n" + asks) == {
        "format": "<|user|>\n{prompt}\n<|assistant|>\n",
        "source": "section",
    }


def test_a_real_question_between_two_markers_is_the_users_place() -> None:
    assert prompt(fenced("<|prompter|>What is a meme?<|endoftext|><|assistant|>")) == {
        "format": "<|prompter|>{prompt}<|endoftext|><|assistant|>",
        "source": "section",
    }


def test_the_sentence_that_names_the_end_of_a_turn_gives_the_stop() -> None:
    card = fenced("<|prompter|>What is a meme?<|endoftext|><|assistant|>")
    ends = "Each turn ends with a `<|endoftext|>` token. The input ends with `<|assistant|>`."
    assert prompt(card + "\n" + ends) == {
        "format": "<|prompter|>{prompt}<|endoftext|><|assistant|>",
        "source": "section",
        "stop": ["<|endoftext|>"],
    }


def test_of_several_turns_the_first_is_taken_and_begun_as_the_last() -> None:
    turns = "User: {question}\n\nBot: {response_1}</s>User: {question_2}\n\nBot:"
    assert from_text(turns) == (
        "User: {prompt}\n\nBot:",
        None,
        "</s>",
    )


def test_a_template_in_code_keeps_its_escapes_and_its_end() -> None:
    assert prompt(
        python(
            'T = "### Instruction:\\n{instruction}\\n\\n### Response:\\n"\n'
            'ids = tokenizer(T.format(instruction="Sing."))\nout = model.generate(**ids)\n'
            'print(out.split("</s>")[0])'
        )
    ) == {
        "format": "### Instruction:\n{prompt}\n\n### Response:\n",
        "source": "example",
        "stop": ["</s>"],
    }


@pytest.mark.parametrize(
    ("command", "escapes"),
    [
        ("./llama-cli -m ant.gguf --prompt", True),
        ("./main -e -m ant.gguf -p", True),
        ("./main -m ant.gguf -p", False),
        ("./llama-cli --no-escape -m ant.gguf -p", False),
    ],
)
def test_a_command_that_takes_escapes_sends_line_ends(command: str, escapes: bool) -> None:
    card = f'```shell\n{command} "<|user|>\\nWho are you?\\n<|assistant|>\\n"\n```'
    sent = {"format": "<|user|>\n{prompt}\n<|assistant|>\n", "source": "example"}
    assert prompt(card) == (sent if escapes else None)


def test_a_template_that_a_change_of_code_adds_is_read() -> None:
    diff = (
        "--- a/cli.py\n+++ b/cli.py\n@@ -1,2 +1,4 @@\n     while True:\n"
        '         asked = input("You: ")\n'
        '-        text = f"User: {asked}"\n'
        '+        asked = asked.strip()\n+        text = f"<human>: {asked}\\n<bot>:"\n'
        "         print(model.generate(text))"
    )
    sent = {"format": "<human>: {prompt}\n<bot>:", "source": "example"}
    assert prompt(f"```diff\n{diff}\n```") == sent


@pytest.mark.parametrize(
    ("comment", "form"),
    [
        ("<BOS><|USER|>Who are you?<|END|><|BOT|>", "<BOS><|USER|>{prompt}<|END|><|BOT|>"),
        ("<|SYS|>Be kind.<|USER|>Who are you?<|BOT|>", None),
        ("<|USER|>Who am I?<|BOT|>", None),
        ("asks: Who are you?", None),
    ],
)
def test_a_comment_shows_what_the_chat_template_makes(comment: str, form: str | None) -> None:
    code = (
        'asked = [{"role": "user", "content": "Who are you?"}]\n'
        "ids = tokenizer.apply_chat_template(asked, add_generation_prompt=True)\n"
        f"# {comment}\nmodel.generate(ids)"
    )
    found = prompt(python(code))
    assert found == ({"format": form, "source": "chat-template"} if form else None)


def test_code_tells_how_the_sections_template_ends() -> None:
    code = python('T = """<|user|>\n{prompt}\n<|assistant|>\n"""\nprint(T.format(prompt="Sing."))')
    assert prompt(fenced("<|user|>\n{prompt}\n<|assistant|>") + code) == {
        "format": "<|user|>\n{prompt}\n<|assistant|>\n",
        "source": "section",
    }


def test_a_system_message_has_its_place() -> None:
    card = fenced("<|system|>\nBe kind.\n<|user|>\n{prompt}\n<|assistant|>")
    assert prompt(card) == {
        "format": "<|system|>\n{system}\n<|user|>\n{prompt}\n<|assistant|>",
        "system": "Be kind.",
        "source": "section",
    }


def test_a_base_model_is_given_the_beginning_of_a_text() -> None:
    assert prompt(python('model.generate(**tokenizer("Ants are"))')) == {
        "format": "{prompt}",
        "source": "example",
    }


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Ant 1B", 'model.generate(**tokenizer("What are ants?"))'),
        ("Ant 1B Chat", 'model.generate(**tokenizer("Ants are"))'),
        ("Ant 1B", 'tokenizer.apply_chat_template([{"role": "user", "content": "Ants are"}])'),
        ("Ant 1B", "model.generate(ids)"),
    ],
)
def test_anything_else_documents_no_prompt(title: str, code: str) -> None:
    assert prompt(python(code), title) is None


def test_a_template_for_a_model_that_the_reader_tunes_gives_none() -> None:
    code = python(
        'text = f"### Instruction:\\n{prompt}\\n\\n### Response:\\n"\nmodel.generate(text)'
    )
    assert prompt(code.replace("```python", "Run your fine-tuned model:\n\n```python", 1)) is None


def test_two_templates_that_differ_give_none() -> None:
    assert prompt(fenced("User: {prompt}\nBot:") + fenced("[INST] {prompt} [/INST]")) is None


def test_a_template_with_two_fields_gives_none() -> None:
    fields = "### Instruction:\n{instruction}\n\n### Input:\n{input}\n\n### Response:"
    assert prompt(fenced(fields)) is None


def test_a_hidden_template_gives_none() -> None:
    assert prompt("<!--\n" + fenced("<|user|>{prompt}<|assistant|>") + "-->\n") is None


def test_where_blank_lines_are_lost_only_markers_and_messages_are_believed() -> None:
    lines = "\n".join(f"Line {n}." for n in range(20))

    def without_blanks(text: str) -> str:
        return f"{lines}\n## Prompt format\n```\n{text}\n```".replace("\n\n", "\n")

    sure = read_record(without_blanks("<|user|>\n{prompt}\n<|assistant|>"))
    unsure = read_record(without_blanks("### Instruction:\n{prompt}\n### Response:"))
    assert sure["prompt"]["format"] == "<|user|>\n{prompt}\n<|assistant|>"
    assert not unsure.get("prompt")
