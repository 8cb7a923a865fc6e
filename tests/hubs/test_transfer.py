"""How far a fetch is: one line on a terminal."""

from __future__ import annotations

import io

import pytest

from cardkit.shown import transfer
from cardkit.shown.transfer import Transfer


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(name="clock")
def _clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(transfer.time, "monotonic", lambda: now[0])
    return now


def test_bytes_rate_and_time_left_are_shown(clock):
    stream = Terminal()
    with Transfer(stream, 100) as shown:
        shown.begin(3, 10**9, 10**9)
        clock[0] += 2
        shown.step(2 * 10**8)
        assert shown.line() == "200.0 MB of 1.0 GB (20 %), 100.0 MB/s, 8 s left"
        shown.say("hub.example: it answers 503; again in 1 s")
    assert stream.getvalue() == (
        "3 files, 1.0 GB\n"
        "\r\x1b[K200.0 MB of 1.0 GB (20 %), 100.0 MB/s, 8 s left"
        "\r\x1b[Khub.example: it answers 503; again in 1 s\n"
        "\r\x1b[K"
    )


def test_the_rate_is_that_of_the_last_seconds(clock):
    shown = Transfer(Terminal(), 100)
    shown.begin(1, 10**9, 10**9)
    for _ in range(20):
        clock[0] += 1
        shown.step(10**7)
    for _ in range(20):
        clock[0] += 1
        shown.step(0)
    assert shown.line() == "200.0 MB of 1.0 GB (20 %), 0 bytes/s"


def test_a_file_gets_sentences_only(clock):
    stream = io.StringIO()
    with Transfer(stream) as shown:
        shown.begin(2, 10**6, 4 * 10**5)
        clock[0] += 5
        shown.step(10**6)
    assert stream.getvalue() == "2 files, 1.0 MB, 600.0 kB of it lies here and is checked\n"


def test_what_a_hub_says_moves_no_cursor():
    stream = io.StringIO()
    Transfer(stream).say("evil\x1b[2J")
    assert stream.getvalue() == "evil␛[2J\n"
