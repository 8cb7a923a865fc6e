"""The scripts for transformers show the bytes of `cardkit prompt`; this needs no torch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cardkit import configs
from cardkit.entries import asking, files
from cardkit.entries.entry import Entry

CASES = Path(__file__).parent / "cases"
TEXT = 'What does {prompt} mean? "\\n" 你好\n'
TURNS = [
    {"role": "user", "content": TEXT},
    {"role": "assistant", "content": " Nothing. "},
    {"role": "user", "content": "And {answer}?"},
]
SYSTEM = {"role": "system", "content": "Be {kind}.\n"}


def run(tmp_path: Path, entry: Entry, *words: str) -> subprocess.CompletedProcess[bytes]:
    """Run the script of an entry."""
    [path] = configs.write(configs.make(entry, "transformers"), tmp_path)
    return subprocess.run(
        [sys.executable, "-I", str(path), *words], capture_output=True, check=False
    )


def load(name: str) -> Entry:
    return files.load(CASES / name / "model.yaml")


@pytest.mark.parametrize("name", ["ant-chat", "base", "encoder", "seq2seq", "openlm"])
def test_a_script_shows_the_prompt_byte_for_byte(tmp_path: Path, name: str) -> None:
    entry = load(name)
    done = run(tmp_path, entry, TEXT, "--show-prompt")
    assert done.stdout.decode() == asking.asked(entry, TEXT), done.stderr.decode()


def test_a_documented_system_message_is_sent_unless_another_is_given(tmp_path: Path) -> None:
    entry = load("odd")
    head, tail = '问{{1}}: """', '"""\n\\答\'{\u00a0'
    told = run(tmp_path, entry, TEXT, "--show-prompt", "--model", "x", "--system", "Be kind.")
    assert told.stdout.decode() == f"系统 %Be kind.\n{head}{TEXT}{tail}"
    untold = run(tmp_path, entry, TEXT, "--show-prompt", "--model", "x")
    default = 'You are "kind",\n$HOME `is` \\ yours.'
    assert untold.stdout.decode() == f"系统 %{default}\n{head}{TEXT}{tail}"


@pytest.mark.parametrize("messages", [TURNS, [SYSTEM, *TURNS], [SYSTEM, TURNS[0]]])
def test_turns_of_a_file_are_shown_byte_for_byte(
    tmp_path: Path, messages: list[dict[str, str]]
) -> None:
    entry = load("ant-chat")
    template = configs.make(entry, "chat-template").files["chat_template.jinja"]
    leaf = {"value": template, "derived": "prompt.format"}
    tree = entry.model_dump(exclude_none=True)
    built = Entry.model_validate(tree | {"prompt": tree["prompt"] | {"chat_template": leaf}})
    turns = tmp_path / "turns.json"
    turns.write_text(json.dumps(messages), encoding="utf-8")
    done = run(tmp_path, built, "--turns", str(turns), "--show-prompt")
    assert done.stdout.decode() == asking.render(built, messages), done.stderr.decode()


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        (TURNS[:2], b"The turns: the user's first, then the assistant's, and the user's last.\n"),
        (TURNS[1:], b"The turns: the user's first, then the assistant's, and the user's last.\n"),
    ],
)
def test_turns_out_of_turn_are_refused(
    tmp_path: Path, messages: list[dict[str, str]], said: bytes
) -> None:
    turns = tmp_path / "turns.json"
    turns.write_text(json.dumps(messages), encoding="utf-8")
    done = run(tmp_path, load("ant-chat"), "--turns", str(turns), "--show-prompt")
    assert (done.returncode, done.stderr, done.stdout) == (1, said, b"")


def test_without_an_id_a_folder_must_be_given(tmp_path: Path) -> None:
    done = run(tmp_path, load("odd"), "Hi", "--show-prompt")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().splitlines()[-1] == (
        "odd.py: error: the following arguments are required: --model"
    )


def test_a_package_that_is_too_old_is_named(tmp_path: Path) -> None:
    tree = load("base").model_dump(exclude_none=True)
    tree["load"]["versions"] = {"pytest": {"value": ">=999", "decided": "a test"}}
    made = configs.make(Entry.model_validate(tree), "transformers").files["base.py"]
    needs = "NEEDS = {'transformers': '>=5.13.1', 'torch': '>=2.10', 'pytest': '>=999'}"
    assert needs in made.splitlines()
    path = tmp_path / "base.py"
    path.write_text(made.replace(needs, "NEEDS = {'pytest': '>=999'}"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", str(path), "Hi"], capture_output=True, check=False, text=True
    )
    assert (done.returncode, done.stderr) == (
        1, f"pytest {pytest.__version__} is not >=999: pip install 'pytest>=999'\n",
    )  # fmt: skip


def test_words_of_a_card_cannot_leave_their_literals(tmp_path: Path) -> None:
    evil = '"""\nimport os; os._exit(7)\n"""\\'
    tree = load("base").model_dump(exclude_none=True)
    tree["names"] = {"title": {"value": evil, "card": "1-2"}}
    tree["prompt"] = {
        "none": {"value": evil, "decided": evil},
        "stop": [{"value": evil, "decided": evil}],
    }
    tree["generation"] = {"temperature": {"value": evil, "decided": evil}}
    done = run(tmp_path, Entry.model_validate(tree), "Hi", "--show-prompt")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"Hi", b"")
