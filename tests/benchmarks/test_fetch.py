"""How fast a fetch is: with every hash checked against the hub's own client, which checks none.

Hub and client are processes of their own on 127.0.0.1; what is compared runs in turn, and each
counts by its best round. The cache lies in memory where that is possible: a disk hides the rest.
"""

# ruff: noqa: T201 - its tables are what it is for

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.benchmark

MEGABYTES = 128
FILES = 3
ROUNDS = 4
SERVER = """
import sys
from hub_server import HubServer, Repo
import random
block = random.Random(0).randbytes(1 << 20)
hub = HubServer()
for name, size in (("ant/large", int(sys.argv[1])), ("ant/small", 8)):
    hub.repos[name] = Repo(
        {f"model-{i}.safetensors": bytes([i]) + block * size for i in range(int(sys.argv[2]))}
    )
print(hub.url, flush=True)
sys.stdin.read()
"""
RUN = """
import json, resource, sys, time
how, name, hub, cache = sys.argv[1:]
import huggingface_hub
from cardkit import hubs
began = time.perf_counter()
if how == "fetch":
    hubs.fetch(f"hf:{name}", origin=hub, cache_folder=cache)
else:
    huggingface_hub.snapshot_download(name, endpoint=hub, cache_dir=cache)
seconds = time.perf_counter() - began
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([seconds, used.ru_maxrss / 1024, used.ru_utime + used.ru_stime]))
"""


@pytest.fixture(name="hub", scope="module")
def _hub() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(MEGABYTES), str(FILES)],
        cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:  # it ends when its standard input does
        assert process.stdout
        yield process.stdout.readline().strip()


@pytest.fixture(name="place")
def _place() -> Iterator[Path]:
    memory = Path("/dev/shm")  # noqa: S108 - memory, and a folder of its own in it
    need = 3 * FILES * MEGABYTES << 20
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > need
    with tempfile.TemporaryDirectory(dir=memory if roomy else None) as folder:
        yield Path(folder)


def measured(how: str, name: str, hub: str, place: Path) -> tuple[float, float, float]:
    """Return seconds, the most memory in MB, and seconds of processor."""
    cache = place / "cache"
    env = {**os.environ, "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_XET": "1"}
    done = subprocess.run(
        [sys.executable, "-c", RUN, how, name, hub, str(cache)],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    if how == "fetch" and name == "ant/large":
        copied(cache, place)
    shutil.rmtree(cache)
    seconds, memory, processor = json.loads(done.stdout)
    return seconds, memory, processor


COPIES: list[float] = []


def copied(cache: Path, place: Path) -> None:
    """Copy what was fetched, and count the seconds."""
    import time

    began = time.perf_counter()
    shutil.copytree(next(cache.glob("*/blobs")), place / "copy")
    COPIES.append(time.perf_counter() - began)
    shutil.rmtree(place / "copy")


def test_fetching_with_hashes_is_as_fast_as_the_client_without(hub, place, capsys):
    rounds = [
        [measured(how, "ant/large", hub, place) for how in ("client", "fetch")]
        for _ in range(ROUNDS)
    ]
    client, fetch = ([round_[i] for round_ in rounds] for i in range(2))
    size = MEGABYTES * FILES
    best = {
        "snapshot_download, no hashes": min(client)[0],
        "fetch, every hash checked": min(fetch)[0],
        "plain copy": min(COPIES),
    }
    with capsys.disabled():
        print(f"\n{FILES} files of {MEGABYTES} MB, best of {ROUNDS}, cache at {place.parent}")
        for name, seconds in best.items():
            print(f"  {name:30} {size / seconds:6.0f} MB/s")
        print(f"  processor: client {min(p for *_, p in client):.2f} s, "
              f"fetch {min(p for *_, p in fetch):.2f} s")  # fmt: skip
    ratio = best["snapshot_download, no hashes"] / best["fetch, every hash checked"]
    assert ratio >= 0.9


def test_memory_does_not_grow_with_the_files(hub, place, capsys):
    small = measured("fetch", "ant/small", hub, place)[1]
    large = measured("fetch", "ant/large", hub, place)[1]
    with capsys.disabled():
        print(f"\n  most memory: {small:.0f} MB for 24 MB, {large:.0f} MB for {MEGABYTES * FILES}")
    assert large - small < 40
