"""What came for a run is freed, what lay there stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cardkit.hubs import fetch
from cardkit.hubs.fetching import Fetched
from cardkit.report import Disk
from cardkit.verifying import disk
from hub_contents import FILES, MODEL
from hub_server import HubServer, Repo
from taught import Taught
from verifying.conftest import Judge


@pytest.fixture
def hub() -> HubServer:
    server = HubServer()
    server.repos[MODEL] = Repo(dict(FILES))
    return server


def brought(hub: HubServer, cache: Path, *files: str) -> Fetched:
    return fetch(f"hf:{MODEL}", origin=hub.url, cache_folder=cache, files=files)


def test_only_what_came_for_this_run_is_freed(hub: HubServer, tmp_path: Path) -> None:
    first = brought(hub, tmp_path, "config.json")
    before = disk.lying(first.folder.parents[1])
    second = brought(hub, tmp_path)
    size = {path: len(raw) for path, raw in FILES.items()}
    freed = disk.free(second, before, keep=False)
    kept = size["config.json"]
    came = {raw for path, raw in FILES.items() if path != "config.json"} - {FILES["config.json"]}
    assert freed == Disk(folder=str(second.folder), kept=kept, freed=sum(map(len, came)))
    left = [path for path in second.folder.rglob("*") if path.is_file()]
    assert [path.name for path in left] == ["config.json"]
    assert [
        path for path in second.folder.rglob("*") if path.is_symlink() and not path.exists()
    ] == []
    hub.stop()


def test_all_is_kept_where_it_is_asked_for(hub: HubServer, tmp_path: Path) -> None:
    found = brought(hub, tmp_path)
    kept = disk.free(found, frozenset(), keep=True)
    assert kept.freed == 0
    assert {path: (found.folder / path).read_bytes() for path in FILES} == FILES
    hub.stop()


def test_a_model_that_passed_is_freed_and_one_that_failed_stays(
    lessons: Callable[..., Taught], judged: Judge, tmp_path: Path
) -> None:
    pytest.importorskip("torch", reason="needs the extra `run`")
    from faulty import FAULTS, copied

    model = lessons("dclm-7b")
    passed = judged(model, only=["L0", "L1"])
    assert (passed.verdict, passed.disk and passed.disk.kept) == ("passed", 0)
    assert passed.files is not None
    assert passed.disk is not None
    assert passed.disk.freed == passed.files.came
    assert not [path for path in (tmp_path / "cache").rglob("blobs/*") if path.is_file()]
    bad = copied(model.folder, tmp_path / "bad")
    FAULTS["one layer less"](bad)
    failed = judged(model._replace(folder=bad), only=["L0", "L1"], seed=1)
    assert (failed.verdict, failed.disk and failed.disk.freed) == ("failed", 0)
    assert failed.files is not None
    assert failed.disk is not None
    assert failed.disk.kept == failed.files.size
