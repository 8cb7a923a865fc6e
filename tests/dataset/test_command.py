"""The command says how far it is, ends in one line when it is stopped, and needs its extra."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="needs the extra `data`")

from cardkit import cli
from cardkit.dataset import extra
from cardkit.dataset.sources import folder as folders
from cardkit.errors import UsageError
from small_cards import NAMES, digests, line

HIDING = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {hidden!r}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Hidden())
"""


def test_a_build_tells_what_it_made(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["dataset", "build", str(folder), "-o", str(tmp_path / "out")])
    told = capsys.readouterr()
    assert (left.value.code or 0, told.err) == (0, "")
    first, second, *_ = told.out.splitlines()
    assert first == f"12 cards, 12 of them read now, in {tmp_path / 'out'}"
    assert second.split() == ["models", "12"]


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "cardkit", "dataset", "build", *words]


def test_on_a_terminal_it_says_how_far_it_is(lines: Path, tmp_path: Path) -> None:
    lines.write_text("".join(line(name) for name in NAMES * 20), encoding="utf-8")
    ours, theirs = pty.openpty()
    words = command(str(lines), "-o", str(tmp_path / "out"), "--part-cards", "60")
    running = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    said = b""
    while running.poll() is None or said[-3:] != b"\x1b[K":
        try:
            said += os.read(ours, 4096)
        except OSError:  # it has ended
            break
    os.close(ours)
    assert running.wait() == 0
    pattern = rb"\d+ cards, [\d,]+/s, \d+%(, \d+ s left)?  pool.jsonl"
    assert re.search(pattern, said), said


def test_a_build_that_is_interrupted_says_how_it_goes_on(lines: Path, tmp_path: Path) -> None:
    lines.write_text("".join(line(name) for name in NAMES * 60), encoding="utf-8")
    out = tmp_path / "out"
    words = command(str(lines), "-o", str(out), "--part-cards", "20")
    running = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while not list(out.glob(".parts/verifications/*.parquet")):
        assert time.monotonic() < until
        time.sleep(0.005)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate()
    assert (running.returncode, said) == (
        130,
        "cardkit: stopped; what is done is kept: run the same command again and it goes on\n",
    )
    subprocess.run(words, check=True, capture_output=True)
    whole = command(str(lines), "-o", str(tmp_path / "whole"), "--part-cards", "20")
    subprocess.run(whole, check=True, capture_output=True)
    assert digests(out) == digests(tmp_path / "whole")


@pytest.mark.parametrize("package", extra.EXTRAS)
def test_a_package_that_is_missing_names_its_extra(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extra, "find_spec", lambda _: None)
    with pytest.raises(extra.MissingError) as caught:
        extra.need(package)
    assert (caught.value.exit_code, caught.value.todo) == (
        3,
        f"install the extra: pip install 'cardkit[{extra.EXTRAS[package]}]'",
    )


def test_without_the_extra_the_other_commands_work(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        HIDING.format(hidden=set(extra.EXTRAS)), encoding="utf-8"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    for words in (["--help"], ["dataset", "--help"], ["export", "dclm-7b", "--to", "cyclonedx"]):
        subprocess.run(
            [sys.executable, "-m", "cardkit", *words],
            check=True,
            capture_output=True,
            env=environment,
        )


def test_a_folder_without_cards_is_said(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    from cardkit.dataset.sources.source import Source

    with pytest.raises(UsageError, match="no card in this folder"):
        list(folders.cards(Source("empty", "folder", str(tmp_path / "empty"))))
