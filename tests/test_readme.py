"""What the README shows is what the program prints.

A block that begins with ```console holds commands behind `$ ` and, below each, what it prints.
To write the outputs anew: python tests/test_readme.py
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from cardkit import cli

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def shown(text: str) -> list[tuple[str, str]]:
    """Return the commands of the README with the output below each."""
    found = []
    for block in BLOCK.findall(text):
        for part in re.split(r"(?m)^\$ ", block)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


@cache
def dataset() -> str:
    """Return the data set of this repository's registry and cards, built once."""
    folder = f"{tempfile.mkdtemp()}/dataset"
    subprocess.run(
        [sys.executable, "-m", "cardkit", "dataset", "build", "registry", "cards", "-o", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return folder


def asks_a_dataset(command: str) -> bool:
    """Return whether a command needs a data set."""
    return command.startswith(("cardkit dataset query", "cardkit dataset stats"))


def printed(command: str) -> str:
    """Return what a command prints, on either stream, in a plain terminal of 80 columns."""
    folder = Path(sys.executable).parent
    more = {"CARDKIT_DATASET": dataset()} if asks_a_dataset(command) else {}
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={
            "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
            "COLUMNS": "80",
            "NO_COLOR": "1",
            "LANG": "C.UTF-8",
            "HOME": os.environ.get("HOME", ""),
            **more,
        },
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(("command", "output"), shown(README.read_text("utf-8")))
def test_the_readme_shows_what_the_program_prints(command, output):
    if "cardkit verify" in command and find_spec("torch") is None:
        pytest.skip("needs the extra `run`")
    if asks_a_dataset(command) and not (find_spec("duckdb") and find_spec("pyarrow")):
        pytest.skip("needs the extra `data`")
    assert printed(command) == output


def test_the_readme_shows_every_command():
    commands = README.read_text("utf-8")
    for name in (name for room in cli.COMMANDS.values() for name in room):
        assert f"cardkit {name}" in commands
    for group, (_, words) in cli.GROUPS.items():
        for word in words:
            assert f"cardkit {group} {word}" in commands


if __name__ == "__main__":
    text = README.read_text("utf-8")
    for command, output in shown(text):
        text = text.replace(f"$ {command}\n{output}", f"$ {command}\n{printed(command)}")
    README.write_text(text, "utf-8")
