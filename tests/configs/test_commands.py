"""What a shell hands to the programs: each word as it was meant."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cardkit import configs
from cardkit.entries import files

CASES = Path(__file__).parent / "cases"
STUB = "#!{python}\nimport json, os, sys\nprint(json.dumps([sys.argv[1:], dict(os.environ)]))\n"


def run(
    tmp_path: Path, name: str, target: str, *words: str, **variables: str
) -> tuple[list[str], dict[str, str]]:
    """Run a config's script beside stubs of the programs; return the words and variables."""
    made = configs.make(files.load(CASES / name / "model.yaml"), target)
    configs.write(made, tmp_path)
    for program in ("vllm", "llama-server", "llama-completion"):
        path = tmp_path / program
        path.write_text(STUB.format(python=sys.executable), encoding="utf-8")
        path.chmod(0o755)
    done = subprocess.run(
        ["sh", "serve.sh", *words],
        cwd=tmp_path, capture_output=True, check=True,
        env=os.environ | variables | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
    )  # fmt: skip
    found, environment = json.loads(done.stdout)
    return found, environment


def test_vllm_takes_settings_as_json(tmp_path: Path) -> None:
    words, _ = run(tmp_path, "ant-chat", "vllm")
    assert words == [
        "serve", "ant-lab/ant-chat", "--revision", "v1.1", "--dtype", "bfloat16",
        "--max-model-len", "2048", "--chat-template", "./chat_template.jinja",
        "--override-generation-config", '{"temperature": 0.3, "top_p": 0.95}',
    ]  # fmt: skip


def test_vllm_fetches_from_modelscope_when_told(tmp_path: Path) -> None:
    words, variables = run(tmp_path, "silent", "vllm")
    assert words == ["serve", "Ant/silent", "--revision", "v1.0.1"]
    assert variables["VLLM_USE_MODELSCOPE"] == "true"


def test_a_folder_takes_the_place_of_an_id_that_is_not_known(tmp_path: Path) -> None:
    words, _ = run(tmp_path, "odd", "vllm", MODEL="/my models/odd")
    assert words[:2] == ["serve", "/my models/odd"]


def test_without_id_and_folder_the_script_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as caught:
        run(tmp_path, "odd", "vllm")
    assert b"set MODEL to the folder that holds the model" in caught.value.stderr


def test_llama_cpp_gets_stop_strings_byte_for_byte(tmp_path: Path) -> None:
    words, _ = run(tmp_path, "odd", "llama.cpp")
    assert words == [
        "-m", "odd.gguf", "--jinja", "--chat-template-file", "./chat_template.jinja",
        "--top-k", "40", "--seed", "7", "--reverse-prompt", "it's \"over\"",
        "--reverse-prompt", "\\n\n", "--reverse-prompt", "\u00a0", "--no-escape",
    ]  # fmt: skip


def test_a_base_model_gets_the_text_as_it_is(tmp_path: Path) -> None:
    words, _ = run(tmp_path, "base", "llama.cpp", "A glacier's \\n $HOME")
    assert words == [
        "-m", "base.gguf", "--prompt", "A glacier's \\n $HOME", "--no-conversation",
        "--temp", "0", "--predict", "50", "--repeat-penalty", "1.1", "--no-escape",
    ]  # fmt: skip
