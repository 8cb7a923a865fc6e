"""A data set is the same, however it was built: at once, in pieces, stopped, by many workers."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyarrow", reason="needs the extra `data`")

from cardkit.dataset import build as building
from cardkit.dataset import shelf as shelves
from cardkit.dataset.build import build
from cardkit.dataset.engines import How
from cardkit.dataset.tables import TABLES
from cardkit.errors import CardkitError, UsageError
from small_cards import CARDS, NAMES, card, digests, line, table

FAKE = """
import os, signal, time
from cardkit.dataset import rows

def read(card):
    if b"CRASH" in card.raw:
        os.kill(os.getpid(), signal.SIGSEGV)
    if b"HANG" in card.raw:
        time.sleep(60)
    if b"ONCE" in card.raw and not os.path.exists(os.environ["ONCE"]):
        open(os.environ["ONCE"], "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return rows.read(card)
"""


def test_each_card_is_a_row_with_its_facts_in_the_other_tables(
    folder: Path, tmp_path: Path
) -> None:
    built = build([str(folder)], str(tmp_path / "out"))
    assert (built.cards, built.read, built.rows) == (
        12,
        12,
        dict.fromkeys(TABLES, 0)
        | {"models": 12, "trainings": 12, "hyperparameters": 24, "evaluations": 24}
        | {"problems": 12, "evidence": len(table(tmp_path / "out", "evidence"))},
    )
    facts = table(tmp_path / "out", "models", "card", "model_name", "license_id", "num_parameters")
    assert facts[0] == ("ants#Ant 10B.md", "Ant 10B", "mit", 10_200_000_000)
    settings = table(tmp_path / "out", "hyperparameters", "card", "name", "value", "value_number")
    assert settings[:2] == [
        ("ants#Ant 10B.md", "learning_rate", "0.0001", 0.0001),
        ("ants#Ant 10B.md", "optimizer", "AdamW", None),
    ]


@pytest.mark.parametrize("workers", [1, 2])
def test_the_same_cards_give_the_same_bytes_by_any_number_of_workers(
    folder: Path, lines: Path, tmp_path: Path, workers: int
) -> None:
    sources = [str(folder), str(lines)]
    build(sources, str(tmp_path / "one"), part_cards=5, how=How(workers=workers))
    build(sources[::-1], str(tmp_path / "two"), part_cards=5)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_a_second_build_reads_nothing(folder: Path, lines: Path, tmp_path: Path) -> None:
    sources = [str(folder), str(lines)]
    build(sources, str(tmp_path / "out"))
    before = digests(tmp_path / "out")
    assert build(sources, str(tmp_path / "out")).read == 0
    assert digests(tmp_path / "out") == before


def test_a_source_is_added_to_what_is_there(folder: Path, lines: Path, tmp_path: Path) -> None:
    build([str(folder)], str(tmp_path / "grown"))
    assert build([str(lines)], str(tmp_path / "grown")).read == 12
    build([str(folder), str(lines)], str(tmp_path / "whole"))
    assert digests(tmp_path / "grown") == digests(tmp_path / "whole")


def test_lines_that_are_added_leave_the_parts_before_them(lines: Path, tmp_path: Path) -> None:
    build([str(lines)], str(tmp_path / "grown"), part_cards=4)
    with lines.open("a", encoding="utf-8") as file:
        file.write(line("Ant 1B"))
    assert build([str(lines)], str(tmp_path / "grown"), part_cards=4).read == 1
    build([str(lines)], str(tmp_path / "whole"), part_cards=4)
    assert digests(tmp_path / "grown") == digests(tmp_path / "whole")


def test_one_more_card_in_a_folder_costs_its_own_part(folder: Path, tmp_path: Path) -> None:
    build([str(folder)], str(tmp_path / "grown"), part_cards=4)
    (folder / "Ant 3B again.md").write_text(card("Ant 3B"), encoding="utf-8")
    assert build([str(folder)], str(tmp_path / "grown"), part_cards=4).read < 7
    build([str(folder)], str(tmp_path / "whole"), part_cards=4)
    assert digests(tmp_path / "grown") == digests(tmp_path / "whole")


def test_a_card_that_is_gone_leaves_no_row(folder: Path, tmp_path: Path) -> None:
    build([str(folder)], str(tmp_path / "out"))
    (folder / "Ant 3B.md").unlink()
    build([str(folder)], str(tmp_path / "out"))
    assert sorted(table(tmp_path / "out", "models", "model_name")) == sorted(
        name for name in NAMES if name != "Ant 3B"
    )


def test_a_build_that_is_killed_goes_on_and_ends_the_same(lines: Path, tmp_path: Path) -> None:
    lines.write_text("".join(line(name) for name in NAMES * 20), encoding="utf-8")
    out = tmp_path / "out"
    program = "import sys; from cardkit.dataset.build import build; "
    program += f"build([{str(lines)!r}], {str(out)!r}, part_cards=20)"
    running = subprocess.Popen([sys.executable, "-c", program], start_new_session=True)
    until = time.monotonic() + 60
    while len(list(out.glob(".parts/verifications/*.parquet"))) < 2:
        assert time.monotonic() < until
        assert running.poll() is None, "it ended before it was stopped"
        time.sleep(0.005)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert not list(out.glob("models/*.parquet"))
    built = build([str(lines)], str(out), part_cards=20)
    assert 0 < built.read <= 240 - 40
    build([str(lines)], str(tmp_path / "whole"), part_cards=20)
    assert digests(out) == digests(tmp_path / "whole")


@pytest.mark.parametrize("after", [3, 13, 25, 34])
def test_a_disk_that_is_full_costs_nothing_that_was_done(
    lines: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    left = after
    sync = os.fsync

    def full(file: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(file)

    with monkeypatch.context() as patch:
        patch.setattr(shelves.os, "fsync", full)
        with pytest.raises(CardkitError, match="no space left on device") as caught:
            build([str(lines)], str(tmp_path / "out"), part_cards=4)
    assert caught.value.exit_code == 3
    assert not list((tmp_path / "out").rglob("*.part"))
    assert build([str(lines)], str(tmp_path / "out"), part_cards=4).read == max(
        0, 12 - 4 * (after // len(TABLES))
    )
    build([str(lines)], str(tmp_path / "whole"), part_cards=4)
    assert digests(tmp_path / "out") == digests(tmp_path / "whole")


@pytest.mark.parametrize("step", ["move", "put", "remove"])
@pytest.mark.parametrize("after", [0, 1, 5])
def test_a_build_that_ends_while_it_publishes_ends_the_same_later(
    lines: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, after: int
) -> None:
    out = str(tmp_path / "out")
    build([str(lines)], out, part_cards=6)
    lines.write_text(lines.read_text() + line("Ant 1B"))
    left = after

    def ends(original: Any) -> Any:
        def run(*words: Any) -> Any:
            nonlocal left
            if not (step == "put" and ".parts" in str(words[1])):  # these are no publishing
                left -= 1
                if left < 0:
                    raise KeyboardInterrupt
            return original(*words)

        return run

    with monkeypatch.context() as patch:
        patch.setattr(shelves.Shelf, step, ends(getattr(shelves.Shelf, step)))
        try:
            build([str(lines)], out, part_cards=6)
        except KeyboardInterrupt:
            assert left < 0
    assert build([str(lines)], out, part_cards=6).read == 0
    build([str(lines)], str(tmp_path / "whole"), part_cards=6)
    assert digests(out) == digests(tmp_path / "whole")


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give a reader that some cards end."""
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "fake_rows.py").write_text(FAKE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path / "lib")
    monkeypatch.setenv("ONCE", str(tmp_path / "once"))
    return "fake_rows:read"


def test_a_card_that_ends_its_worker_is_a_problem_and_costs_itself(
    folder: Path, tmp_path: Path, fake: str
) -> None:
    (folder / "bad 1.md").write_text("CRASH", encoding="utf-8")
    (folder / "bad 2.md").write_text("HANG", encoding="utf-8")
    build([str(folder)], str(tmp_path / "out"), how=How(workers=1, seconds=1.5, reader=fake))
    rows = table(tmp_path / "out", "problems", "card", "code", "severity", "message")
    assert [row for row in rows if "bad" in row[0]] == [
        (
            "ants#bad 1.md",
            "reader-crashed",
            "error",
            "The process that read it ended with exit code -11. This is a bug of cardkit or of a "
            "library; report it with the card.",
        ),
        (
            "ants#bad 2.md",
            "time-exceeded",
            "error",
            "Reading it took more than 3 seconds, and was stopped. Read the card alone; if it is "
            "slow again, report it as a bug with the card.",
        ),
    ]
    assert sorted(table(tmp_path / "out", "models", "model_name")) == sorted(NAMES)


def test_a_worker_that_something_else_ends_costs_no_card(
    folder: Path, tmp_path: Path, fake: str
) -> None:
    (folder / "Ant 3B.md").write_text(CARDS["Ant 3B"] + "\nONCE\n", encoding="utf-8")
    build([str(folder)], str(tmp_path / "out"), how=How(workers=1, reader=fake))
    assert (tmp_path / "once").exists()
    assert sorted(table(tmp_path / "out", "models", "model_name")) == sorted(NAMES)


def test_a_card_that_is_none_is_a_problem(folder: Path, tmp_path: Path) -> None:
    (folder / "weights.md").write_bytes(b"GGUF\0\0\0")
    build([str(folder)], str(tmp_path / "out"))
    rows = table(tmp_path / "out", "problems", "card", "number", "code", "message")
    assert [row for row in rows if "weights" in row[0]] == [
        (
            "ants#weights.md",
            0,
            "no-card",
            "It is GGUF weights, not text. Give the card itself, mostly the README.md of the "
            "model's repository.",
        )
    ]


def test_a_folder_that_holds_something_else_is_left_alone(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "home"
    out.mkdir()
    (out / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="this folder holds something else"):
        build([str(folder)], str(out))
    assert digests(out).keys() == {"thesis.txt"}


def test_a_place_that_cannot_be_written_is_said(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for place, why in {"file": "file exists", "file/out": "not a directory"}.items():
        with pytest.raises(CardkitError, match=f"it cannot be written: {why}") as caught:
            build([str(folder)], str(tmp_path / place))
        assert caught.value.exit_code == 3
    assert (tmp_path / "file").read_text() == "mine"


def test_a_lock_that_is_not_had_is_said(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from filelock import FileLock

    def acquire(_: FileLock) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(FileLock, "acquire", acquire)
    with pytest.raises(CardkitError, match="it cannot be written: read-only file system"):
        build([str(folder)], str(tmp_path / "out"))


def test_two_builds_in_one_folder_are_refused(folder: Path, tmp_path: Path) -> None:
    from filelock import FileLock

    (tmp_path / "out").mkdir()
    with (
        FileLock(tmp_path / "out" / ".lock"),
        pytest.raises(CardkitError, match="another build is at work in this folder"),
    ):
        build([str(folder)], str(tmp_path / "out"))
    assert build([str(folder)], str(tmp_path / "out")).cards == 12


def test_another_source_of_the_same_name_replaces_nothing(folder: Path, tmp_path: Path) -> None:
    build([str(folder)], str(tmp_path / "out"))
    other = tmp_path / "elsewhere" / "ants"
    other.mkdir(parents=True)
    (other / "bee.md").write_text(card("Ant 1B"))
    with pytest.raises(UsageError, match="has a source ants from another place"):
        build([str(other)], str(tmp_path / "out"))
    assert build([f"bees={other}"], str(tmp_path / "out")).cards == 13


def test_rows_of_another_cardkit_are_not_mixed_in(
    folder: Path, lines: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = [str(folder), str(lines)]
    build(sources, str(tmp_path / "out"))
    for module in (building, sys.modules["cardkit.dataset.parts"]):
        monkeypatch.setattr(module, "fingerprint", lambda: "another")
    with pytest.raises(UsageError, match=r"its rows of pool.jsonl would stay"):
        build([str(folder)], str(tmp_path / "out"))
    assert build(sources, str(tmp_path / "out")).read == 24


def test_json_lines_hold_the_same_rows(folder: Path, tmp_path: Path) -> None:
    import gzip
    import json

    build([str(folder)], str(tmp_path / "out"), jsonl=True)
    (path,) = tmp_path.glob("out/jsonl/models/*.jsonl.gz")
    with gzip.open(path, "rt", encoding="utf-8") as rows:
        assert [json.loads(row) for row in rows] == table(tmp_path / "out", "models")


def test_a_number_beyond_64_bits_is_a_problem_and_no_row_is_lost() -> None:
    from cardkit.dataset.columns import batches
    from cardkit.dataset.rows import Card, of_record

    record: dict[str, Any] = {
        "source": {"sha256": "0", "bytes": 1, "repairs": []},
        "spec": {"num_parameters": 10**30, "hidden_size": 64},
        "model": {"summary": "lone \udc80"},
        "problems": [{"code": "example-missing", "severity": "note", "message": "None."}],
        "evidence": {},
    }
    made = batches(of_record(Card("a#1", "a", b""), record))
    (row,) = made["models"].to_pylist()
    assert (row["num_parameters"], row["hidden_size"], row["summary"]) == (None, 64, "lone \\udc80")
    assert [
        (each["card"], each["number"], each["code"], each["message"])
        for each in made["problems"].to_pylist()
    ] == [
        ("a#1", 0, "example-missing", "None."),
        (
            "a#1",
            1,
            "limit-exceeded",
            f"num_parameters is {10**30}, beyond 64 bits: its column is empty.",
        ),
    ]
