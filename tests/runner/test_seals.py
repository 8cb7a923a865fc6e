"""A line that the runner did not write has no seal, and is not taken for one of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardkit.outcome import Outcome
from cardkit.runner.outcomes import is_forged, read_outcome
from cardkit.runner.pieces import OUTCOME, Pieces
from cardkit.runner.seals import opened

KEY = "a key"


def written(folder: Path) -> list[bytes]:
    """Write an outcome, and return its lines."""
    pieces = Pieces(folder, KEY)
    pieces.reached("import")
    pieces.reached("example")
    pieces.write(error=None)
    pieces.close()
    return (folder / OUTCOME).read_bytes().splitlines(keepends=True)


def test_what_is_sealed_is_read(tmp_path: Path) -> None:
    rows = written(tmp_path)
    assert len(opened(b"".join(rows), KEY).lines) == 3
    assert read_outcome(tmp_path, KEY) == Outcome(reached="example")
    assert not is_forged(tmp_path, KEY)


LIE = b'{"reached": "end"}\n'


@pytest.mark.parametrize(
    ("forge", "reached"),
    [
        (lambda rows: [*rows, LIE], "example"),
        (lambda rows: [LIE, *rows], "example"),
        (lambda rows: [rows[0], LIE, *rows[1:]], "example"),
        (lambda rows: [*rows, LIE.rstrip() + b"\t" + rows[0].rpartition(b"\t")[2]], "example"),
        (lambda rows: [*rows, rows[0]], "example"),  # said before
        (lambda rows: [rows[0], rows[2], rows[1]], "example"),  # in another order
        (lambda rows: rows[1:], "start"),  # one taken away
        (lambda rows: [rows[0], b"x" + rows[1], rows[2]], "import"),
        (lambda _: [LIE], "start"),
        (lambda rows: [*rows, b"\n"], "example"),
    ],
)
def test_what_others_wrote_is_not_read_and_is_seen(forge, reached, tmp_path: Path) -> None:
    rows = forge(written(tmp_path))
    (tmp_path / OUTCOME).write_bytes(b"".join(rows))
    assert read_outcome(tmp_path, KEY).reached == reached
    assert is_forged(tmp_path, KEY)


def test_a_line_that_was_cut_off_is_no_forgery(tmp_path: Path) -> None:
    rows = written(tmp_path)
    (tmp_path / OUTCOME).write_bytes(b"".join(rows)[:-9])
    assert read_outcome(tmp_path, KEY).reached == "example"
    assert not is_forged(tmp_path, KEY)


def test_without_a_key_there_are_no_seals(tmp_path: Path) -> None:
    pieces = Pieces(tmp_path)
    pieces.reached("end")
    pieces.close()
    assert read_outcome(tmp_path).reached == "end"
    assert not is_forged(tmp_path, "")
