"""What was fetched is found again without any network, and held to its hashes."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardkit.hubs import HubError
from cardkit.hubs.cached import cached
from hub_contents import FILES, MODEL, Fetch
from hub_server import HubServer


def test_what_was_fetched_is_found_without_the_hub(
    fetch: Fetch, hub: HubServer, cache: Path
) -> None:
    brought = fetch()
    asked = len(hub.requests)
    found = cached(f"hf:{MODEL}", cache_folder=cache)
    assert (found.pin, found.folder, found.files) == (brought.pin, brought.folder, brought.files)
    assert (found.commit, found.came, found.tree_from) == (brought.commit, 0, "the cache")
    assert len(hub.requests) == asked


def test_only_some_files_may_be_asked_for(fetch: Fetch, cache: Path) -> None:
    fetch()
    found = cached(f"hf:{MODEL}", cache_folder=cache, files=["*.json"])
    assert [file.path for file in found.files] == sorted(p for p in FILES if p.endswith(".json"))
    assert set(found.others) == set(FILES) - {file.path for file in found.files}


def test_a_file_that_changed_since_is_found(fetch: Fetch, cache: Path) -> None:
    brought = fetch()
    blob = (brought.folder / "config.json").resolve()
    blob.write_bytes(blob.read_bytes()[:-1] + b" ")
    with pytest.raises(HubError) as caught:
        cached(f"hf:{MODEL}", cache_folder=cache)
    assert caught.value.code == "hub.hash_mismatch"


@pytest.mark.parametrize("revision", [None, "v2", "a" * 40])
def test_what_is_not_here_is_said(cache: Path, revision: str | None) -> None:
    with pytest.raises(HubError) as caught:
        cached(f"hf:{MODEL}", cache_folder=cache, revision=revision)
    assert (caught.value.code, caught.value.exit_code) == ("hub.network", 3)
    assert caught.value.todo == "fetch it once with the network: cardkit fetch"
