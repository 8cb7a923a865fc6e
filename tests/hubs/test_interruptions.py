"""What cuts a fetch off is waited out, or leaves a state from which the next run goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cardkit import hubs
from cardkit.hubs import web
from hub_contents import FILES, MODEL, blobs, contents
from hub_server import HubServer, Repo

BIG = "model-1.safetensors"
SIZE = len(FILES[BIG])


def test_a_cut_connection_goes_on_where_it_was_cut(hub, fetch):
    hub.fail(BIG, "cut 100000", "cut 50000", "cut 1")
    fetched = fetch()
    assert contents(fetched.folder) == FILES
    ranges = [request.headers.get("Range") for request in hub.gets(BIG)]
    assert ranges == [None, "bytes=100000-", "bytes=150000-", "bytes=150001-"]
    assert fetched.came == len(b"".join(set(FILES.values())))


def test_as_long_as_bytes_come_a_connection_may_be_cut_more_often_than_there_are_tries(hub, fetch):
    hub.fail(BIG, *["cut 20000"] * (web.TRIES + 3))
    assert contents(fetch().folder) == FILES


def test_a_server_that_knows_no_ranges_gives_the_whole_file_anew(hub, fetch):
    hub.fail(BIG, "cut 100000", "no ranges")
    assert contents(fetch().folder) == FILES


@pytest.mark.parametrize("place", ["api", BIG])
@pytest.mark.parametrize("status", ["503", "500", "502", "429", "429 0"])
def test_a_busy_server_is_asked_again(hub, fetch, place, status):
    hub.fail(place, status, status)
    assert contents(fetch().folder) == FILES


def test_a_server_that_asks_to_wait_is_waited_for(hub, fetch, monkeypatch):
    hub.fail(BIG, "429 1")
    heard: list[str] = []
    monkeypatch.setattr(hubs.fetching.Unwatched, "say", lambda _, words: heard.append(words))
    began = time.monotonic()
    assert contents(fetch().folder) == FILES
    assert time.monotonic() - began >= 1
    host = hub.url.removeprefix("http://")
    assert heard == [f"{host}: it answers 429; again in 1 s"]


def test_a_server_that_stays_busy_is_given_up_and_what_came_is_kept(hub, fetch, cache):
    hub.fail(BIG, "cut 100000", *["503"] * web.TRIES)
    with pytest.raises(hubs.HubError) as error:
        fetch(files=["*.safetensors"])
    assert (error.value.code, error.value.exit_code) == ("hub.network", 3)
    assert sorted(blobs(cache).values()) == [100000, SIZE]
    assert contents(fetch().folder) == FILES
    assert hub.gets(BIG)[-1].headers["Range"] == "bytes=100000-"


def test_an_hour_is_not_waited(hub, fetch):
    hub.fail("api", "429 3600")
    with pytest.raises(hubs.HubError) as error:
        fetch()
    assert "asks to come back in 3600 seconds" in error.value.problem


def test_an_address_where_nobody_listens_is_no_network(hub, fetch):
    hub.stop()
    with pytest.raises(hubs.HubError) as error:
        fetch()
    assert (error.value.code, error.value.exit_code) == ("hub.network", 3)
    assert "it cannot be reached" in error.value.problem


def test_bytes_of_an_earlier_run_that_are_wrong_are_not_kept(fetch, cache):
    fetched = fetch()
    blob = (fetched.folder / BIG).resolve()
    for partial in (b"wrong" * 1000, b"longer" * 100_000, b"\0" * SIZE):
        blob.unlink()
        blob.with_name(f"{blob.name}.incomplete").write_bytes(partial)
        assert contents(fetch().folder) == FILES
    assert f"{blob.name}.incomplete" not in blobs(cache)


def running(hub: HubServer, cache: Path) -> subprocess.Popen[str]:
    """Return a process that fetches slowly, once a third of the file is there."""
    hub.repos[MODEL] = Repo({BIG: FILES[BIG] * 10, "config.json": b"{}"})
    hub.fail(BIG, "slow")
    process = subprocess.Popen(
        [sys.executable, "-m", "cardkit", "fetch", f"hf:{MODEL}", "--cache", str(cache)],
        env={**os.environ, "CARDKIT_ORIGIN": hub.url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 20
    while max(blobs(cache).values(), default=0) < SIZE * 3 and time.monotonic() < until:
        time.sleep(0.01)
    return process


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_process_is_resumed_by_the_next(hub, fetch, cache, how):
    with running(hub, cache) as process:
        process.send_signal(how)
        out, err = process.communicate(timeout=10)
    left = {name: size for name, size in blobs(cache).items() if name.endswith(".incomplete")}
    assert len(left) == 1
    assert SIZE * 3 <= next(iter(left.values())) < SIZE * 10
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert err.splitlines()[-1].startswith("cardkit: stopped; what came so far is kept")
        assert "Traceback" not in err
    assert out == ""

    fetched = fetch()
    assert contents(fetched.folder) == {BIG: FILES[BIG] * 10, "config.json": b"{}"}
    assert hub.gets(BIG)[-1].headers["Range"] == f"bytes={next(iter(left.values()))}-"
    assert fetched.came == SIZE * 10 - next(iter(left.values()))


def test_redirects_without_end_are_given_up(hub, fetch):
    hub.cdn = hub
    with pytest.raises(hubs.HubError) as error:
        fetch()
    assert error.value.problem.endswith("it gives redirects without end [hub.network]")
