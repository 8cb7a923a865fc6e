"""Several jobs at once: what they tell comes in one thread, and the first that fails ends all."""

from __future__ import annotations

import threading

import pytest

from cardkit.hubs import several


def test_what_jobs_tell_comes_until_all_are_done():
    def job(number):
        return lambda tell: (tell(number), tell(f"job {number}"))

    told = list(several.run([job(n) for n in range(9)], 3, threading.Event()))
    assert sorted(map(str, told)) == sorted([*map(str, range(9)), *(f"job {n}" for n in range(9))])
    assert list(several.run([], 3, threading.Event())) == []


def test_the_first_failure_stops_the_others_and_is_raised():
    stop, begun, ended = threading.Event(), threading.Event(), []

    def fails(_):
        begun.wait(5)
        raise ValueError("first")

    def waits(_):
        begun.set()
        ended.append(stop.wait(5))

    def never(_):
        ended.append("begun after the failure")

    with pytest.raises(ValueError, match="first"):
        list(several.run([fails, waits, never], 2, stop))
    assert ended == [True]


def test_whoever_stops_looking_stops_the_jobs():
    stop = threading.Event()
    telling = several.run([lambda tell: tell(1)], 1, stop)
    assert next(telling) == 1
    telling.close()
    assert stop.is_set()
