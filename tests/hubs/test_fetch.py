"""A model is fetched exactly: its files, its revision, and nothing twice."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from cardkit import hubs
from cardkit.errors import UsageError
from cardkit.hubs.table import HUBS
from hub_contents import FILES, MODEL, blobs, contents
from hub_server import Repo

PREFIXES = {"huggingface": "hf", "modelscope": "modelscope", "modelers": "modelers"}


@pytest.mark.parametrize("name", HUBS)
def test_a_hub_gives_all_files_and_the_second_fetch_brings_none(name, fetch):
    fetched = fetch(f"{PREFIXES[name]}:{MODEL}")
    again = fetch(f"{PREFIXES[name]}:{MODEL}")

    assert contents(fetched.folder) == FILES
    assert [(file.path, file.size) for file in fetched.files] == [
        (path, len(raw)) for path, raw in sorted(FILES.items())
    ]
    assert (fetched.hub, fetched.notes) == (name, ())
    once = set(FILES.values())  # one model.onnx has two names
    assert (fetched.came, again.came) == (sum(map(len, once)), 0)
    assert again._replace(came=fetched.came) == fetched


@pytest.mark.parametrize("name", HUBS)
def test_a_commit_is_what_a_branch_and_a_tag_are_resolved_to(name, hub, fetch):
    repo = hub.repos[MODEL]
    old = repo.refs["main"]
    repo.commit(FILES, "v1.0")
    new = repo.commit({"README.md": b"# Ant 2\n"})

    def at(revision: str | None) -> tuple[str | None, dict[str, bytes]]:
        fetched = fetch(f"{PREFIXES[name]}:{MODEL}", revision=revision)
        return fetched.commit, contents(fetched.folder)

    found = [at(each) for each in (None, "v1.0", old, new)]
    now = {"README.md": b"# Ant 2\n"}
    commits = [new, old, old, new] if name != "modelscope" else [None] * 4
    assert found == list(zip(commits, [now, FILES, FILES, now], strict=True))


def test_where_a_hub_has_no_commit_the_hashes_of_its_files_are_the_pin(hub, fetch):
    first = fetch(f"modelscope:{MODEL}")
    hub.repos[MODEL].commit(FILES | {"README.md": b"# Ant 2\n"})
    second = fetch(f"modelscope:{MODEL}")
    lines = "".join(
        f"{digest}  {path}\n"
        for digest, path in sorted(
            (hashlib.sha256(raw).hexdigest(), path) for path, raw in FILES.items()
        )
    )
    assert first.commit is None
    assert first.pin != second.pin
    assert sorted(line[66:] for line in lines.splitlines()) == [f.path for f in first.files]
    assert first.folder.name == first.pin


def test_a_moved_branch_brings_only_what_changed(hub, fetch):
    before = fetch()
    hub.repos[MODEL].commit(FILES | {"config.json": b"{}"})
    after = fetch()
    assert after.came == 2
    assert contents(before.folder) == FILES
    assert contents(after.folder) == FILES | {"config.json": b"{}"}


def test_only_the_files_that_are_asked_for_come(fetch, cache):
    fetched = fetch(files=["*.json", "onnx/*"])
    assert sorted(contents(fetched.folder)) == [
        "config.json", "onnx/deep/model.onnx", "onnx/same.onnx"
    ]  # fmt: skip
    assert len(blobs(cache)) == 2


def test_a_pattern_that_meets_no_file_is_wrong_use(fetch):
    with pytest.raises(UsageError) as error:
        fetch(files=["*.gguf"])
    assert error.value.problem == f"{MODEL} has no file like *.gguf"


def test_a_tree_of_several_pages_is_read_to_its_end(hub, fetch):
    files = {f"{i}.json": b"%d" % i for i in range(23)}
    hub.repos["ant/many"] = Repo(files)
    assert contents(fetch("hf:ant/many").folder) == files


def test_a_listing_that_modelscope_cuts_off_is_read_folder_by_folder(hub, fetch, monkeypatch):
    from cardkit.hubs import modelscope

    files = {f"{folder}/{i}.json": b"%d" % i for folder in "abc" for i in range(3)}
    hub.repos["ant/many"] = Repo(files)
    monkeypatch.setattr(modelscope, "MOST", 5)
    assert contents(fetch("modelscope:ant/many").folder) == files
    monkeypatch.setattr(modelscope, "MOST", 3)
    with pytest.raises(hubs.HubError) as error:
        fetch("modelscope:ant/many")
    assert error.value.code == "hub.network"


def test_a_bad_file_in_the_cache_is_replaced_and_the_good_ones_stay(fetch):
    fetched = fetch()
    blob = (fetched.folder / "model-1.safetensors").resolve()
    raw = bytearray(blob.read_bytes())
    raw[1000] ^= 1
    blob.write_bytes(raw)

    again = fetch()
    assert contents(again.folder) == FILES
    assert again.came == len(FILES["model-1.safetensors"])


def test_without_links_the_files_are_there_all_the_same(fetch, cache, monkeypatch):
    def refuse(*_):
        raise OSError("no links on this disk")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    fetched, again = fetch(), fetch()
    assert contents(again.folder) == FILES
    assert not any(path.is_symlink() for path in fetched.folder.rglob("*"))
    monkeypatch.setattr(os, "link", refuse)
    copied = fetch(cache_folder=cache.with_name("copies"))
    assert contents(copied.folder) == FILES


def test_gated_missing_and_a_wrong_revision_are_told_apart(hub, fetch, cache):
    hub.repos["ant/gated"] = Repo(dict(FILES), gated=True)

    def problem(name: str, **how: str) -> tuple[str, int, str]:
        with pytest.raises(hubs.HubError) as error:
            fetch(name, **how)
        return error.value.code, error.value.exit_code, error.value.problem

    assert [
        problem("hf:ant/gated"),
        problem("hf:ant/none"),
        problem(f"hf:{MODEL}", revision="v9"),
        problem("modelscope:ant/none"),
        problem("modelers:ant/none"),
        problem("modelers:ant/ant-1b@v9"),
    ] == [
        ("hub.gated", 3, "its people give it only to those who accept their terms [hub.gated]"),
        ("hub.not_found", 3, "127.0.0.1 shows no such model: there is none, or it is private "
         "[hub.not_found]"),
        ("hub.not_found", 3, "there is no such revision [hub.not_found]"),
        ("hub.not_found", 3, "ModelScope has no such model, revision or file [hub.not_found]"),
        ("hub.not_found", 3, "Modelers has no such model or file [hub.not_found]"),
        ("hub.not_found", 3, "Modelers has no such revision [hub.not_found]"),
    ]  # fmt: skip
    assert list(blobs(cache).values()) == []


def test_offline_no_hub_is_asked_but_one_on_this_machine(hub, fetch, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "is_offline_mode", lambda: True)
    with pytest.raises(hubs.HubError) as error:
        fetch(origin="https://hub.invalid", endpoint=hub.url)
    assert (error.value.code, hub.requests) == ("hub.network", [])
    assert contents(fetch().folder) == FILES


def test_an_address_that_answers_with_a_page_is_no_hub(hub, fetch):
    hub.fail("api", "always page")
    with pytest.raises(hubs.HubError) as error:
        fetch()
    assert error.value.code == "hub.network"
    assert error.value.problem.endswith("it gives a page of HTML [hub.network]")
