"""What is not the file that the tree tells of is said, and nothing of it stays."""

from __future__ import annotations

import hashlib

import pytest

from cardkit import hubs
from hub_contents import FILES, MODEL, blobs, contents

BAD = "model-1.safetensors"
SIZE = len(FILES[BAD])
SAID = {
    "flip": "its sha256 is ",
    "html": "a page of HTML instead of the file",
    "lfs": "a Git LFS pointer instead of the file",
    "truncate": f"{SIZE // 2} bytes, not {SIZE}",
    "empty": "an empty file",
    "longer": f"{SIZE + 1} bytes, not {SIZE}",
    "endless": f"more than its {SIZE} bytes",
    "short": f"it ends after {SIZE // 2} of {SIZE} bytes",
    "short html": "a page of HTML instead of the file",
}


@pytest.mark.parametrize("name", ["hf", "modelscope", "modelers"])
@pytest.mark.parametrize("fault", SAID)
def test_a_bad_file_is_said_and_taken_away_and_the_others_stay(hub, fetch, cache, fault, name):
    hub.fail(BAD, f"always {fault}")
    with pytest.raises(hubs.HubError) as error:
        fetch(f"{name}:{MODEL}")
    host = hub.url.removeprefix("http://")
    assert (error.value.code, error.value.exit_code) == ("hub.hash_mismatch", 1)
    assert error.value.where == f"{MODEL}: {BAD}"
    assert error.value.problem.startswith(
        f"{host} gives other bytes than the tree says: {SAID[fault]}"
    )
    right = hashlib.sha256(FILES[BAD]).hexdigest()
    assert [blob for blob in blobs(cache) if blob.startswith(right)] == []

    good = sum(blobs(cache).values())
    hub.fail(BAD)
    fetched = fetch(f"{name}:{MODEL}")
    assert contents(fetched.folder) == FILES
    assert fetched.came == sum(map(len, set(FILES.values()))) - good


def test_a_small_file_is_held_to_its_git_hash(hub, fetch):
    hub.fail("config.json", "always flip")
    with pytest.raises(hubs.HubError) as error:
        fetch()
    assert "its git-sha1 is " in error.value.problem
    assert error.value.code == "hub.hash_mismatch"


def test_a_branch_is_not_said_to_be_here_before_all_of_it_is(hub, fetch, cache):
    hub.fail(BAD, "always flip")
    with pytest.raises(hubs.HubError):
        fetch()
    assert not list(cache.glob("*/refs/*"))


def test_a_file_without_a_hash_is_not_fetched(hub, fetch, cache):
    hub.repos[MODEL].listed = [{"Path": "more.bin", "Type": "blob", "Size": 3, "Sha256": ""}]
    with pytest.raises(hubs.HubError) as error:
        fetch(f"modelscope:{MODEL}")
    assert error.value.code == "hub.hash_mismatch"
    assert blobs(cache) == {}
