"""Two fetches of one model at once do not harm each other, nor the client library's."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import huggingface_hub

from hub_contents import FILES, MODEL, blobs, contents
from hub_server import Repo

BIG = FILES["model-1.safetensors"] * 8
MANY = {**FILES, "model-1.safetensors": BIG}


def test_two_processes_bring_each_byte_once(hub, cache):
    hub.repos[MODEL] = Repo(MANY)
    hub.fail("model-1.safetensors", "slow", "slow")
    command = [sys.executable, "-m", "cardkit", "fetch", f"hf:{MODEL}", "--cache", str(cache)]
    env = {**os.environ, "CARDKIT_ORIGIN": hub.url}
    both = [
        subprocess.Popen(
            command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    done = [process.communicate(timeout=20) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    folders = {out.splitlines()[-1] for out, _ in done}
    assert len(folders) == 1
    assert len(hub.gets("model-1.safetensors")) == 1
    assert not [name for name in blobs(cache) if len(name) not in (40, 64)]
    assert "another process brings it; waiting" in done[0][1] + done[1][1]
    assert {
        path: len(raw) for path, raw in contents(next(cache.glob("*/snapshots/*"))).items()
    } == {path: len(raw) for path, raw in MANY.items()}


def test_the_client_library_and_we_share_a_cache_at_once(hub, fetch, cache):
    hub.repos[MODEL] = Repo(MANY)
    hub.fail("model-1.safetensors", "slow", "slow")
    with ThreadPoolExecutor(4) as pool:
        theirs = [
            pool.submit(huggingface_hub.snapshot_download, MODEL, cache_dir=cache, endpoint=hub.url)
            for _ in range(2)
        ]
        ours = [pool.submit(fetch) for _ in range(2)]
    assert {each.result() for each in theirs} == {str(each.result().folder) for each in ours}
    assert contents(ours[0].result().folder) == MANY
