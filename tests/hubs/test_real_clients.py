"""The hub on this machine is a real one, and so is the cache: the client libraries use both."""

from __future__ import annotations

import socket
import subprocess
import sys
import time

import huggingface_hub
import pytest
from huggingface_hub import errors

from cardkit.rehearsal.hub import digest_of
from hub_contents import FILES, MODEL, contents
from hub_server import Repo


def test_huggingface_hub_downloads_from_the_test_hub(hub, tmp_path):
    folder = huggingface_hub.snapshot_download(MODEL, cache_dir=tmp_path, endpoint=hub.url)
    assert contents(tmp_path / folder) == FILES


def test_huggingface_hub_is_told_what_is_wrong_as_by_the_hub(hub, tmp_path):
    hub.repos["ant/gated"] = Repo(dict(FILES), gated=True)

    def asks(repo: str, **how: str) -> str:
        return huggingface_hub.hf_hub_download(
            repo, "config.json", cache_dir=tmp_path, endpoint=hub.url, token=False, **how
        )

    with pytest.raises(errors.GatedRepoError):
        asks("ant/gated")
    with pytest.raises(errors.RevisionNotFoundError):
        huggingface_hub.HfApi(hub.url).model_info(MODEL, revision="v9", token=False)
    with pytest.raises(errors.RepositoryNotFoundError):
        huggingface_hub.HfApi(hub.url).model_info("ant/none", token=False)


def test_what_is_fetched_is_found_by_huggingface_hub_without_any_network(hub, fetch, cache):
    repo = hub.repos[MODEL]
    repo.commit(FILES, "v1.0")
    found = [
        fetch().folder,
        fetch(revision="v1.0").folder,
        fetch(revision=repo.refs["main"]).folder,
    ]
    hub.stop()
    for folder, revision in zip(found, ("main", "v1.0", repo.refs["main"]), strict=True):
        assert str(folder) == huggingface_hub.snapshot_download(
            MODEL, revision=revision, cache_dir=cache, local_files_only=True
        )
    scanned = huggingface_hub.scan_cache_dir(cache)
    assert [(repo.repo_id, len(repo.revisions)) for repo in scanned.repos] == [(MODEL, 1)]
    assert scanned.warnings == []
    checked = {path.name for path in found[0].iterdir()}
    assert checked == {path.split("/")[0] for path in FILES}


def test_what_huggingface_hub_downloaded_is_checked_and_not_fetched_again(hub, fetch, cache):
    folder = huggingface_hub.snapshot_download(MODEL, cache_dir=cache, endpoint=hub.url)
    fetched = fetch()
    assert (str(fetched.folder), fetched.came) == (folder, 0)


def test_verify_repo_checksums_of_huggingface_hub_agrees(hub, fetch, cache):
    fetched = fetch()
    told = huggingface_hub.HfApi(hub.url, token=False).verify_repo_checksums(
        MODEL, cache_dir=cache, revision=fetched.commit
    )
    assert (told.mismatches, told.missing_paths, told.checked_count) == ([], [], len(FILES))


def test_from_pretrained_finds_it_by_its_name(hub, cache, fetch):
    transformers = pytest.importorskip("transformers", reason="needs the extra `run`")
    config = transformers.GPT2Config(n_embd=8, n_layer=1, n_head=1, vocab_size=9).to_json_string()
    hub.repos["ant/gpt"] = Repo({"config.json": config.encode()})
    fetch("hf:ant/gpt")
    hub.stop()
    found = transformers.AutoConfig.from_pretrained(
        "ant/gpt", cache_dir=cache, local_files_only=True
    )
    assert found.n_embd == 8


def test_modelscope_hub_downloads_from_the_test_hub(hub, tmp_path, monkeypatch):
    pytest.importorskip("modelscope_hub", reason="needs the package modelscope_hub")
    monkeypatch.setenv("MODELSCOPE_ENDPOINT", hub.url)
    from modelscope_hub import HubApi

    folder = HubApi(endpoint=hub.url).download_repo(
        MODEL, repo_type="model", revision="master", local_dir=str(tmp_path / "there")
    )
    found = contents(tmp_path / folder)
    assert {path: raw for path, raw in found.items() if not path.startswith(".")} == FILES


def test_openmind_hub_lists_the_test_hub(hub):
    pytest.importorskip("openmind_hub", reason="needs the package openmind_hub")
    from openmind_hub.plugins.openmind.om_api import OmApi

    client = OmApi()
    client.endpoint = hub.url  # it takes no http when it is made
    rows = client.list_repo_tree(MODEL, recursive=True, revision="main")
    found = {row.path: (row.size, row.blob_id) for row in rows if hasattr(row, "size")}
    told = client.get_path_info(MODEL, "onnx/deep/model.onnx", revision="main")
    last = client.get_repo_last_commit(MODEL, revision="main")

    assert (told.path, told.size) == ("onnx/deep/model.onnx", 2000)
    assert last.oid == hub.repos[MODEL].refs["main"]
    assert found == {path: (len(raw), digest_of(path, raw)) for path, raw in FILES.items()}


def test_olah_brings_the_files_of_the_test_hub_as_a_mirror(hub, fetch, tmp_path):
    pytest.importorskip("olah", reason="needs the package olah")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    host = hub.url.removeprefix("http://")
    olah = subprocess.Popen(
        [sys.executable, "-m", "olah.server", "--host", "127.0.0.1", "--port", str(port),
         "--hf-scheme", "http", "--hf-netloc", host, "--hf-lfs-netloc", host,
         "--mirror-netloc", f"127.0.0.1:{port}", "--mirror-lfs-netloc", f"127.0.0.1:{port}",
         "--repos-path", str(tmp_path / "repos"), "--log-path", str(tmp_path / "logs")],
        cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(200):
            with socket.socket() as tried:
                if not tried.connect_ex(("127.0.0.1", port)):
                    break
            time.sleep(0.1)
        fetched = fetch(endpoint=f"http://127.0.0.1:{port}")
    finally:
        olah.terminate()
        olah.wait(10)
    assert contents(fetched.folder) == FILES
    assert fetched.endpoint == f"127.0.0.1:{port}"
    assert fetched.notes == ()
