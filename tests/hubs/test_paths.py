"""A tree, and links in the cache, lead nowhere but into the cache."""

from __future__ import annotations

import pytest

from cardkit import hubs
from cardkit.errors import UsageError
from cardkit.hubs.tree import checked, path_fault
from hub_contents import FILES, MODEL, blobs, contents
from hub_server import Repo

ELSEWHERE = {
    "../up.json": "which leads out of its folder",
    "a/../../up.json": "which leads out of its folder",
    "/etc/cron.d/job": "which is absolute",
    "C:/Windows/win.ini": "which is absolute",
    "C:up.json": "which is absolute",
    "a\\..\\..\\up.json": "which holds a backslash",
    "\\\\host\\share": "which holds a backslash",
    "a/./b": "which is no plain path",
    "a//b": "which is no plain path",
    "a/": "which is no plain path",
    "": "which is no plain path",
    "a\0b": "which holds control characters",
    "a\nb": "which holds control characters",
    "x" * 256: "which is too long",
}
SHA = "0" * 40


@pytest.mark.parametrize("path", ELSEWHERE)
def test_a_path_that_leads_elsewhere_says_so(path):
    assert path_fault(path) == ELSEWHERE[path]


@pytest.mark.parametrize(
    "path", ["a", ".gitattributes", "a/b.c/d", "模型.bin", "a b", "..a", "a..b"]
)
def test_a_plain_path_is_left_alone(path):
    assert path_fault(path) is None


@pytest.mark.parametrize("name", ["huggingface", "modelscope", "modelers"])
@pytest.mark.parametrize("path", ["../up.json", "/srv/up.json", "C:/up.json", "a\\..\\up.json"])
def test_a_tree_that_leads_elsewhere_is_refused_whole(name, path, hub, fetch, cache):
    row = {
        "huggingface": {"type": "file", "path": path, "size": 2, "oid": SHA},
        "modelscope": {"Type": "blob", "Path": path, "Size": 2, "Sha256": "0" * 64},
        "modelers": {"type": "file", "path": path, "size": 2, "etag": SHA},
    }[name]
    hub.repos[MODEL].listed = [row]
    with pytest.raises(hubs.HubError) as error:
        fetch(f"{name}:{MODEL}")
    assert (error.value.code, error.value.exit_code) == ("hub.unsafe_path", 1)
    assert blobs(cache) == {}
    assert hub.gets("up.json") == []


@pytest.mark.parametrize(
    ("commit", "files"),
    [
        ("../../x", [("a", 1, SHA)]),
        (SHA, [("a", 1, SHA), ("a/b", 1, SHA)]),
        (SHA, [("a", 1, SHA), ("a", 2, SHA)]),
        (SHA, [("a", 1, "../../../" + "0" * 31)]),
        (SHA, [("a", -1, SHA)]),
        (SHA, [("a", True, SHA)]),
        (SHA, [("a", "1", SHA)]),
        (SHA, [(None, 1, SHA)]),
        (["x"], []),
    ],
)
def test_what_else_a_tree_may_not_hold(commit, files):
    with pytest.raises(hubs.HubError):
        checked(commit, files, MODEL)


@pytest.mark.parametrize(
    "where", ["blobs", "snapshots", "refs", "snapshots/COMMIT", "snapshots/COMMIT/onnx"]
)
def test_a_link_in_the_cache_that_leads_out_is_not_followed(where, hub, fetch, cache, tmp_path):
    commit = hub.repos[MODEL].refs["main"]
    outside = tmp_path / "outside"
    outside.mkdir()
    link = cache / "models--ant--ant-1b" / where.replace("COMMIT", commit)
    link.parent.mkdir(parents=True)
    link.symlink_to(outside)
    with pytest.raises(hubs.HubError) as error:
        fetch()
    assert (error.value.code, list(outside.iterdir())) == ("hub.unsafe_path", [])


def test_a_partial_file_that_is_a_link_is_not_written_through(fetch, tmp_path):
    fetched = fetch()
    blob = (fetched.folder / "config.json").resolve()
    blob.unlink()
    precious = tmp_path / "precious"
    precious.write_text("mine")
    blob.with_name(f"{blob.name}.incomplete").symlink_to(precious)
    with pytest.raises(hubs.HubError) as error:
        fetch()
    assert (error.value.code, precious.read_text()) == ("hub.unsafe_path", "mine")


def test_a_name_in_a_snapshot_that_is_a_link_elsewhere_is_replaced(fetch, tmp_path):
    fetched = fetch()
    precious = tmp_path / "precious"
    precious.write_text("mine")
    name = fetched.folder / "config.json"
    name.unlink()
    name.symlink_to(precious)
    assert contents(fetch().folder) == FILES
    assert precious.read_text() == "mine"


def test_a_model_kept_on_another_disk_by_a_link_of_its_folder_is_fine(fetch, cache, tmp_path):
    (tmp_path / "big").mkdir()
    cache.mkdir()
    (cache / "models--ant--ant-1b").symlink_to(tmp_path / "big")
    assert contents(fetch().folder) == FILES


@pytest.mark.parametrize(
    "name", ["hf:../../etc", "hf:a/b/c", "hf:", "hf:a/..", "hf:a--b/c", "hf:a/b@../x", "hf:a/b@-x"]
)
def test_an_id_or_revision_that_is_none_is_wrong_use(name, fetch):
    with pytest.raises(UsageError):
        fetch(name)


def test_a_hub_may_not_name_a_commit_that_is_a_path(hub, fetch, cache):
    hub.repos["ant/evil"] = repo = Repo(dict(FILES))
    repo.refs["main"] = "../../../x"
    repo.commits["../../../x"] = FILES
    with pytest.raises(hubs.HubError):
        fetch("hf:ant/evil")
    assert blobs(cache) == {}
