"""A mirror brings bytes; what they must be is asked of the hub, wherever it is reached."""

from __future__ import annotations

import pytest

from cardkit import hubs
from cardkit.hubs.table import HUBS
from hub_contents import FILES, MODEL, blobs, contents
from hub_server import Repo


def host(server):
    return server.url.removeprefix("http://")


@pytest.mark.parametrize("name", HUBS)
def test_a_mirror_brings_the_bytes_and_the_hub_tells_the_hashes(name, hub, mirror, fetch):
    fetched = fetch(f"{name}:{MODEL}", endpoint=mirror.url)
    assert contents(fetched.folder) == FILES
    assert (fetched.endpoint, fetched.tree_from) == (host(mirror), host(hub))
    assert (hub.gets("config.json"), len(mirror.gets("config.json"))) == ([], 1)
    assert fetched.notes == ()


@pytest.mark.parametrize("name", HUBS)
def test_the_variable_of_the_client_library_names_a_mirror(name, mirror, fetch, monkeypatch):
    monkeypatch.setenv(HUBS[name].ENDPOINT, mirror.url)
    assert fetch(f"{name}:{MODEL}").endpoint == host(mirror)


@pytest.mark.parametrize("name", HUBS)
def test_other_bytes_than_the_hubs_are_refused_also_where_the_mirrors_own_tree_agrees(
    name, mirror, fetch, cache
):
    # Same commit and sizes: only the bytes, and the hashes that the mirror tells, are others.
    changed = FILES["model-1.safetensors"][:-1] + b"!"
    commits = mirror.repos[MODEL].commits
    for commit in commits:
        commits[commit] = FILES | {"model-1.safetensors": changed}
    with pytest.raises(hubs.HubError) as error:
        fetch(f"{name}:{MODEL}", endpoint=mirror.url)
    assert (error.value.code, error.value.exit_code) == ("hub.mirror_mismatch", 1)
    assert error.value.where == f"{MODEL}: model-1.safetensors"
    assert not [size for size in blobs(cache).values() if size == len(changed)] or all(
        changed != path.read_bytes() for path in cache.glob("*/blobs/*")
    )
    assert contents(fetch(f"{name}:{MODEL}").folder) == FILES


def test_a_hub_that_is_not_reached_is_said(hub, mirror, fetch):
    hub.stop()
    fetched = fetch(endpoint=mirror.url)
    assert contents(fetched.folder) == FILES
    assert fetched.tree_from == host(mirror)
    assert fetched.notes == (
        f"{host(hub)} did not tell its files ({host(hub)}: it cannot be reached [hub.network]): "
        f"they are held only to what {host(mirror)} says of itself",
    )


def test_what_only_the_mirror_has_is_not_the_hubs(mirror, fetch, cache):
    mirror.repos["ant/other"] = Repo({"README.md": b"# Other\n"})
    with pytest.raises(hubs.HubError) as error:
        fetch("hf:ant/other", endpoint=mirror.url)
    assert error.value.code == "hub.mirror_mismatch"
    assert blobs(cache) == {}


def test_a_branch_is_the_hubs_and_a_mirror_that_is_behind_cannot_bring_it(hub, mirror, fetch):
    hub.repos[MODEL].commit({"README.md": b"# Ant 2\n"})
    with pytest.raises(hubs.HubError) as error:
        fetch(endpoint=mirror.url)
    assert error.value.code == "hub.not_found"


def test_an_endpoint_that_is_no_address_is_wrong_use(fetch):
    with pytest.raises(hubs.faults.CardkitError) as error:
        fetch(endpoint="ftp://hub.example")
    assert error.value.exit_code == 2
