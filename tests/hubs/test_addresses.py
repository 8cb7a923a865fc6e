"""Which model a name means, and which card an address gives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cardkit import cli, hubs
from cardkit.errors import CardkitError, UnknownNameError, UsageError
from cardkit.hubs.address import Address, find
from hub_contents import FILES, MODEL, contents
from hub_server import Repo

ENTRY = """\
schema_version: "1"
name: ant-1b
hubs:
  huggingface: {value: ant/ant-1b, decided: for the test}
  modelscope: {value: ant/ant-1b, decided: for the test}
  revisions:
    huggingface: {value: v1.0, decided: for the test}
load:
  files: {value: ["*.json", README.md], decided: for the test}
"""


@pytest.fixture(name="registry")
def _registry(tmp_path: Path) -> str:
    folder = tmp_path / "registry"
    (folder / "ant-1b").mkdir(parents=True)
    (folder / "ant-1b" / "model.yaml").write_text(ENTRY, "utf-8")
    return str(folder)


def test_an_entry_says_hub_revision_and_files(registry):
    told = ("*.json", "README.md")
    hf = Address("huggingface", MODEL, "v1.0", told)
    for name in ("ant-1b", "Ant 1B", "ant/ant-1b"):
        assert find(name, registry_folder=registry) == hf
    assert find("ant-1b", registry_folder=registry, hub="modelscope") == Address(
        "modelscope", MODEL, None, told
    )
    assert find("ant-1b", registry_folder=registry, revision="main", files=("*",)) == Address(
        "huggingface", MODEL, "main", ("*",)
    )
    assert find("ant-1b@main", registry_folder=registry).revision == "main"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("hf:ant/ant-1b", Address("huggingface", MODEL)),
        ("huggingface:ant/ant-1b@v1", Address("huggingface", MODEL, "v1")),
        ("hf:gpt2", Address("huggingface", "gpt2")),
        ("hf:ant/ant-1b@refs/pr/1", Address("huggingface", MODEL, "refs/pr/1")),
        ("modelscope:ant/ant-1b", Address("modelscope", MODEL)),
        ("modelers:ant/ant-1b", Address("modelers", MODEL)),
        ("bee/bee-3b", Address("huggingface", "bee/bee-3b")),
        ("bee/bee-3b@v2", Address("huggingface", "bee/bee-3b", "v2")),
        ("https://huggingface.co/ant/ant-1b", Address("huggingface", MODEL)),
        ("https://huggingface.co/ant/ant-1b/tree/v1", Address("huggingface", MODEL, "v1")),
        ("https://modelscope.cn/models/ant/ant-1b", Address("modelscope", MODEL)),
    ],
)
def test_what_an_id_with_or_without_its_hub_means(name, found, registry):
    assert find(name, registry_folder=registry) == found


def test_what_no_model_is_called_is_said(registry):
    with pytest.raises(UnknownNameError):
        find("ant-2b", registry_folder=registry)
    for name, hub, revision in (
        ("hf:ant/ant-1b", "modelscope", None),
        ("hf:ant/ant-1b@v1", None, "v2"),
        ("ant-1b", "modelers", None),
        ("https://github.com/ant/ant", None, None),
        ("https://huggingface.co/datasets/ant/food", None, None),
    ):
        with pytest.raises(UsageError):
            find(name, hub=hub, revision=revision, registry_folder=registry)


def test_an_entry_is_fetched_as_it_says(registry, hub, fetch):
    hub.repos[MODEL].commit(FILES | {"config.json": b"{}"}, "v1.0")
    fetched = fetch("ant-1b", registry_folder=registry)
    assert contents(fetched.folder) == {"README.md": FILES["README.md"], "config.json": b"{}"}
    assert fetched.revision == "v1.0"


@pytest.mark.parametrize("name", ["hf", "modelscope", "modelers"])
def test_a_card_is_read_from_its_hub_and_held_to_its_hash(name, hub):
    repo = hub.repos[MODEL]
    old, raw = repo.refs["main"], FILES["README.md"]
    new = repo.commit(FILES | {"README.md": b"# Ant 2\n"})
    at = {"modelscope": "master"}.get(name, new)

    def card(uri: str) -> tuple[str, bytes]:
        found = hubs.read_card(uri, origin=hub.url)
        return found.pinned, found.raw

    assert card(f"{name}:{MODEL}") == (f"{name}:{MODEL}@{at}", b"# Ant 2\n")
    assert card(f"{name}:{MODEL}@{old}") == (f"{name}:{MODEL}@{old}", raw)
    hub.fail("README.md", "503", "cut 3", "always flip")
    hub.fail("README.md", "always flip")
    with pytest.raises(hubs.HubError) as error:
        card(f"{name}:{MODEL}")
    assert error.value.code == "hub.hash_mismatch"


def test_a_model_without_a_card_or_with_a_huge_one_is_said(hub):
    hub.repos["ant/bare"] = Repo({"config.json": b"{}"})
    hub.repos["ant/huge"] = Repo({"README.md": b"x" * 11_000_000})
    with pytest.raises(hubs.HubError) as error:
        hubs.read_card("hf:ant/bare", origin=hub.url)
    assert error.value.code == "hub.not_found"
    with pytest.raises(CardkitError):
        hubs.read_card("hf:ant/huge", origin=hub.url)
    assert hub.gets("README.md") == []


def command(hub, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cardkit", *words],
        env={**os.environ, "CARDKIT_ORIGIN": hub.url},
        capture_output=True,
        text=True,
        check=False,
    )


def test_ingest_reads_cards_from_hubs_beside_those_from_files(hub, tmp_path):
    card = tmp_path / "bee.md"
    card.write_text("# Bee\n\nBee has 2.8B parameters.\n", "utf-8")
    done = command(hub, "ingest", f"hf:{MODEL}", str(card), f"modelscope:{MODEL}", "hf:ant/none",
                   "-f", "jsonl")  # fmt: skip
    commit = hub.repos[MODEL].refs["main"]
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [record["source"]["uri"] for record in records] == [
        str(card), f"hf:{MODEL}@{commit}", f"modelscope:{MODEL}@master"
    ]  # fmt: skip
    assert done.returncode == 3
    assert "hub.not_found" in done.stderr


def test_ingest_of_one_card_needs_no_options_and_gives_the_hubs_id(hub):
    done = command(hub, "ingest", f"modelers:{MODEL}")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == f"Ant 1B  {MODEL}"


def test_a_file_of_that_name_comes_before_a_hub(hub, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("hf:ant").write_text("# Ant\n\nAnt has 1B parameters.\n", "utf-8")
    done = command(hub, "ingest", "hf:ant")
    assert (done.returncode, hub.requests) == (0, [])


def test_fetch_prints_the_folder_last_and_what_it_did_beside(hub, cache, monkeypatch, capsys):
    monkeypatch.setenv("CARDKIT_ORIGIN", hub.url)
    with pytest.raises(SystemExit) as exit_:
        cli.main(["fetch", f"hf:{MODEL}", "--cache", str(cache), "--files", "*.json"])
    printed = capsys.readouterr()
    commit = hub.repos[MODEL].refs["main"]
    host = hub.url.removeprefix("http://")
    assert exit_.value.code == 0
    assert printed.out == (
        f"{MODEL}, main of Hugging Face: commit {commit}\n"
        f"1 files, 22 bytes, each with the hash that {host} tells; 22 bytes came now\n"
        f"{cache}/models--ant--ant-1b/snapshots/{commit}\n"
    )
    assert printed.err == "1 files, 22 bytes\n"


def test_fetch_says_errors_with_their_code_and_exit_code(hub, cache, monkeypatch, capsys):
    monkeypatch.setenv("CARDKIT_ORIGIN", hub.url)
    for words, code in (
        (["hf:ant/none"], 3),
        ([f"hf:{MODEL}", "--revision", "v9"], 3),
        ([f"hf:{MODEL}", "--files", "*.gguf"], 2),
        (["hf:a/b/c"], 2),
    ):
        with pytest.raises(SystemExit) as exit_:
            cli.main(["fetch", *words, "--cache", str(cache)])
        printed = capsys.readouterr()
        assert exit_.value.code == code
        assert printed.out == ""
        assert printed.err.startswith("cardkit: ")
        assert "\n  → " in printed.err
