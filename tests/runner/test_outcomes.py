"""What a child has written is read as far as it came, and believed no further than it must be."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from cardkit.outcome import Answer, Error, Load, Outcome
from cardkit.plan import Untried
from cardkit.runner.outcomes import DEEPEST, LARGEST, SHOWN, read_outcome
from cardkit.runner.pieces import OUTCOME, PRINTED, Pieces

LOAD = Load(called="A", model="B", module="c", seconds=1.5)
ANSWER = Answer(output_ids=((1, 2),), arguments={"top_p": 0.5, "stop": ["x"]})


def test_what_was_written_is_read_the_last_word_of_each_field(tmp_path: Path) -> None:
    pieces = Pieces(tmp_path)
    pieces.reached("example")
    pieces.write(loads=[LOAD], answers=[ANSWER], tensors=Untried(untried="a reason"))
    pieces.write(repeats=Untried(untried="another"))
    pieces.write(answers=[ANSWER, ANSWER], error=Error(type="E", message="\ud800"))
    pieces.reached("end")
    pieces.close()
    (tmp_path / PRINTED).write_text("hello")
    assert read_outcome(tmp_path) == Outcome(
        loads=(LOAD,),
        answers=(ANSWER, ANSWER),
        tensors=Untried(untried="a reason"),
        repeats=Untried(untried="another"),
        error=Error(type="E", message="?"),
        reached="end",
        printed="hello",
    )


def test_a_field_that_no_outcome_has_is_not_written(tmp_path: Path) -> None:
    pieces = Pieces(tmp_path)
    with pytest.raises(KeyError, match="an outcome has no colour"):
        pieces.write(colour="red")
    pieces.close()


def test_no_file_is_an_outcome_of_nothing(tmp_path: Path) -> None:
    assert read_outcome(tmp_path) == Outcome()


@pytest.mark.parametrize(
    "line",
    [
        b'{"reached": "measure ten',  # cut off
        b"\x00\xff\xfe garbage",
        b"[1, 2]",
        b'{"reached": ["a", "list"]}',
        b'{"unknown": 1, "reached": 2}',
        b'{"loads": [{"called": "A"}]}',
        b'{"speed": {"load_seconds": NaN}}',
        b'{"speed": {"load_seconds": 1e999}}',
        b'{"speed": {"load_seconds": "nan"}}',
        b'{"numerics": {"finite": true, "scale": 1, "cache": "inf"}}',
        b'{"isolation": {"rung": "bubblewrap"}}',  # the parent's to say
        b'{"files": {"hub": "h", "id": "i", "revision": "r"}}',
        b'{"printed": "not in its file"}',
        b"[" * 100_000,
        b'{"shape": ' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}",
        b'{"reached": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_line_that_is_none_is_passed_over(line: bytes, tmp_path: Path) -> None:
    before, after = b'{"reached": "example"}', b'{"error": {"type": "E", "message": ""}}'
    (tmp_path / OUTCOME).write_bytes(b"\n".join([before, line, after]))
    expected = Outcome(reached="example", error=Error(type="E", message=""))
    assert read_outcome(tmp_path) == expected


def test_a_field_of_a_line_stands_though_another_is_wrong(tmp_path: Path) -> None:
    (tmp_path / OUTCOME).write_text(json.dumps({"loads": "none", "reached": "end"}))
    assert read_outcome(tmp_path) == Outcome(reached="end")


def test_plain_values_that_are_too_deep_or_no_text_do_not_come_in(tmp_path: Path) -> None:
    deep = json.loads('{"a":' * DEEPEST + "1" + "}" * DEEPEST)
    lines = [{"answers": [{"arguments": deep}]}, {"answers": [{"arguments": {"\ud800": "\udfff"}}]}]
    (tmp_path / OUTCOME).write_text("\n".join(map(json.dumps, lines)))
    assert read_outcome(tmp_path) == Outcome(answers=(Answer(arguments={"?": "?"}),))


def test_a_file_without_end_is_read_to_its_bound(tmp_path: Path) -> None:
    with (tmp_path / OUTCOME).open("wb") as file:
        file.write(b'{"reached": "example"}\n')
        file.truncate(4 * LARGEST)
        file.seek(2 * LARGEST)
        file.write(b'\n{"reached": "end"}\n')
    (tmp_path / PRINTED).write_bytes(b"x" * 2 * SHOWN)
    assert read_outcome(tmp_path) == Outcome(reached="example", printed="x" * SHOWN)


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_is_no_file_is_not_read(kind: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text('{"reached": "end"}')
    for name in (OUTCOME, PRINTED):
        if kind == "link":
            (tmp_path / name).symlink_to(secret)
        elif kind == "pipe":
            os.mkfifo(tmp_path / name)
        else:
            (tmp_path / name).mkdir()
    assert read_outcome(tmp_path) == Outcome()
