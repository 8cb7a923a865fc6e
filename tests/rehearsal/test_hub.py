"""The hub on this machine gives a folder as the real hubs give their models."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import httpx2
import huggingface_hub
import pytest

from cardkit import hubs
from cardkit.errors import UnknownNameError
from cardkit.hubs import web
from cardkit.rehearsal.hub import serve
from hub_contents import FILES, MODEL, contents

REGISTRY = str(Path(__file__).parents[2] / "registry")
ENTRIES = {
    "dclm-7b": ("modelers", "AI-Research/DCLM-7B", None),
    "dolly-v2-7b": ("modelscope", "AI-ModelScope/dolly-v2-7b", "v1.0.1"),
    "redpajama-3b-chat": ("huggingface", "ikala/redpajama-3b-chat", None),
    "tulu-2-13b": ("huggingface", "allenai/tulu-2-13b", None),
}
"""Hub, id, and the revision that the entry states there."""


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(("HF_", "HUGGING", "MODELSCOPE", "OPENMIND", "CARDKIT")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(web, "FIRST_WAIT", 0.01)


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    for path, raw in FILES.items():
        (tmp_path / "model" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "model" / path).write_bytes(raw)
    return tmp_path / "model"


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entrys_model_comes_as_from_its_real_hub(
    name: str, folder: Path, tmp_path: Path
) -> None:
    hub, repo, revision = ENTRIES[name]
    with serve(folder, repo, hub, revision=revision) as address:
        fetched = hubs.fetch(
            name, hub=hub, origin=address, cache_folder=tmp_path / "cache",
            registry_folder=REGISTRY,
        )  # fmt: skip
    wanted = {
        path: raw for path, raw in FILES.items() if path.endswith(("json", "safetensors", "txt"))
    }
    assert contents(fetched.folder) == wanted
    assert (fetched.hub, fetched.id) == (hub, repo)
    assert fetched.revision == (revision or hubs.HUBS[hub].REVISION)
    assert fetched.endpoint == fetched.tree_from == address.removeprefix("http://")
    assert (fetched.came, fetched.notes) == (sum(map(len, wanted.values())), ())
    assert (fetched.commit is None) == (hub == "modelscope")


@pytest.mark.parametrize("hub", hubs.HUBS)
def test_what_is_not_there_is_not_found(hub: str, folder: Path, tmp_path: Path) -> None:
    with serve(folder, MODEL, hub) as address:
        for name in (f"{hub}:ant/none", f"{hub}:{MODEL}@v9"):
            with pytest.raises(hubs.HubError) as error:
                hubs.fetch(name, origin=address, cache_folder=tmp_path / "cache")
            assert (error.value.code, error.value.exit_code) == ("hub.not_found", 3)


def test_the_hubs_own_client_downloads_it(folder: Path, tmp_path: Path) -> None:
    with serve(folder, MODEL, "huggingface") as address:
        at = huggingface_hub.snapshot_download(MODEL, cache_dir=tmp_path / "c", endpoint=address)
    assert contents(Path(at)) == FILES


def test_the_same_files_are_the_same_commit_and_others_are_not(folder: Path) -> None:
    def commit() -> str:
        with serve(folder, MODEL, "huggingface") as address:
            return str(httpx2.get(f"{address}/api/models/{MODEL}/revision/main").json()["sha"])

    first = commit()
    assert commit() == first
    (folder / "README.md").write_bytes(b"other")
    assert commit() != first


@pytest.mark.parametrize("asked", ["bytes=10-19", "bytes=250-", "bytes=0-99999999"])
def test_ranges_bring_the_bytes_that_are_asked_for(asked: str, folder: Path) -> None:
    path = "model-1.safetensors"
    start, _, last = asked.removeprefix("bytes=").partition("-")
    with serve(folder, MODEL, "huggingface") as address:
        url = f"{address}/{MODEL}/resolve/main/{path}"
        found = httpx2.get(url, headers={"Range": asked})
        past = httpx2.get(url, headers={"Range": "bytes=99999999-"})
    wanted = FILES[path][int(start) : int(last) + 1 if last else None]
    assert (found.status_code, found.content, past.status_code) == (206, wanted, 416)


@pytest.mark.parametrize("hub", hubs.HUBS)
def test_neither_a_proxy_nor_being_offline_stands_before_it(
    hub: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with serve(folder, MODEL, hub) as address:
        fetched = hubs.fetch(f"{hub}:{MODEL}", origin=address, cache_folder=tmp_path / "cache")
        assert contents(fetched.folder) == FILES
        if hub == "huggingface":
            with pytest.raises(hubs.HubError, match="HF_HUB_OFFLINE is set"):
                hubs.fetch(f"{hub}:{MODEL}", origin="https://hub.invalid", endpoint=address)


def test_it_listens_on_this_machine_alone_and_ends(folder: Path) -> None:
    with serve(folder, MODEL, "modelers") as address:
        host, port = address.removeprefix("http://").split(":")
        assert host == "127.0.0.1"
        socket.create_connection((host, int(port)), 1).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), 1)


def test_an_unknown_hub_is_told(folder: Path) -> None:
    with (
        pytest.raises(UnknownNameError, match="no hub 'huggingfaces'"),
        serve(folder, MODEL, "huggingfaces"),
    ):
        pass
