"""A disk that is too small is said before it begins; one that fills up leaves a state to resume."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections import namedtuple

import pytest

from cardkit import hubs
from hub_contents import FILES, MODEL, blobs, contents
from hub_server import Repo

SIZE = sum(map(len, set(FILES.values())))


def test_too_little_room_is_said_before_it_begins(hub, fetch, cache, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**6, 0, SIZE - 1))
    with pytest.raises(hubs.HubError) as error:
        fetch()
    assert (error.value.code, error.value.exit_code) == ("hub.disk_full", 3)
    assert error.value.problem == (
        f"{SIZE / 1e3:.1f} kB are to come, and {cache} has room for {(SIZE - 1) / 1e3:.1f} kB "
        "[hub.disk_full]"
    )
    assert (hub.gets("model-1.safetensors"), blobs(cache)) == ([], {})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**6, 0, SIZE))
    fetch()


def test_what_lies_here_needs_no_room(fetch, monkeypatch):
    usage = namedtuple("usage", "total used free")
    fetch()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**6, 0, 0))
    assert fetch().came == 0


def test_a_disk_that_fills_up_is_said_and_what_came_is_kept(hub, fetch, tmp_path, monkeypatch):
    """On a disk of 1 MB of its own, where one may be mounted; else the writing is made to fail."""
    hub.repos["ant/big"] = Repo({"model.safetensors": os.urandom(3_000_000)})
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = not subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True, check=False
    ).returncode
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 0, 10**9))
    if not mounted:
        from cardkit.hubs import part

        def full(*_):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(part.Part, "add", full)
    try:
        with pytest.raises(hubs.HubError) as error:
            fetch("hf:ant/big", cache_folder=disk)
        assert (error.value.code, error.value.exit_code) == ("hub.disk_full", 3)
        assert list(blobs(disk).values()) != [3_000_000]
        if mounted:
            assert max(blobs(disk).values()) > 500_000
            subprocess.run(["mount", "-o", "remount,size=9m", disk], check=True)
            again = fetch("hf:ant/big", cache_folder=disk)
            assert contents(again.folder) == hub.repos["ant/big"].commits[str(again.commit)]
            assert again.came < 2_500_000
    finally:
        if mounted:
            subprocess.run(["umount", disk], check=True)


def test_another_fault_of_the_disk_is_not_hidden(fetch, monkeypatch):
    from cardkit.hubs import part

    def broken(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(part.Part, "add", broken)
    with pytest.raises(OSError, match="Input/output") as error:
        fetch()
    assert error.value.errno == errno.EIO
    assert MODEL  # not a HubError: it is no fault that a next step mends
