"""Cards come from many places; what is read of a card does not depend on where it came from."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="needs the extra `data`")

import pyarrow
import pyarrow.parquet

from cardkit.dataset import sources
from cardkit.dataset.build import build
from cardkit.dataset.sources import hub_ids
from cardkit.dataset.sources.source import Choice, Source
from cardkit.errors import CardkitError, UsageError
from cardkit.hubs import HubCard
from cardkit.hubs.faults import HubError
from hub_server import HubServer, Repo
from small_cards import CARDS, ID, NAMES, digests, line, table

LINES = "".join(line(name) for name in NAMES).encode()


def zst(raw: bytes) -> bytes:
    out = pyarrow.BufferOutputStream()
    with pyarrow.CompressedOutputStream(out, "zstd") as stream:
        stream.write(raw)
    return out.getvalue().to_pybytes()


def tar(mode: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, text in {**CARDS, ".hidden/no": "no"}.items():
            member = tarfile.TarInfo(f"./{name}.md")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return out.getvalue()


def parquet() -> bytes:
    out = pyarrow.BufferOutputStream()
    columns = {"modelId": list(ID.values()), "likes": [1] * 12, "card": list(CARDS.values())}
    pyarrow.parquet.write_table(pyarrow.table(columns), out)
    return out.getvalue().to_pybytes()


FILES: dict[str, Callable[[], bytes]] = {
    "pool.jsonl": lambda: LINES,
    "pool.jsonl.gz": lambda: gzip.compress(LINES),
    "pool.jsonl.zst": lambda: zst(LINES[:999]) + zst(LINES[999:]),  # two frames are one stream
    "pool.tar": lambda: tar("w"),
    "pool.tar.gz": lambda: tar("w:gz"),
    "pool.tar.zst": lambda: zst(tar("w")),
    "pool.parquet": parquet,
}


@pytest.mark.parametrize("name", FILES)
def test_each_kind_of_source_gives_the_same_cards(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name]())
    (source,) = sources.find([str(path)])
    found = list(sources.cards(source))
    assert [each.card.raw.decode() for each in found] == list(CARDS.values())
    assert [each.share for each in found] == sorted(each.share for each in found)
    ids = [each.card.model_id for each in found]
    assert ids == (list(ID.values()) if "tar" not in name else [None] * 12)
    keys = [each.card.key for each in found]
    assert keys[:2] == (
        [f"{name}#0:Ant 1B.md", f"{name}#1:Ant 2B.md"]
        if "tar" in name
        else [f"{name}#0", f"{name}#1"]
    )


def test_a_path_may_be_one_of_fsspec(tmp_path: Path) -> None:
    import fsspec

    fs = fsspec.filesystem("memory")
    fs.pipe_file("/pool/pool.jsonl.gz", gzip.compress(LINES))
    fs.pipe_file("/pool/cards/ant.md", CARDS["Ant 1B"].encode())
    build(["memory://pool/pool.jsonl.gz", "memory://pool/cards"], "memory://out")
    for path in fs.find("/out"):
        here = tmp_path / "out" / str(path).removeprefix("/out/")
        here.parent.mkdir(parents=True, exist_ok=True)
        here.write_bytes(fs.cat_file(path))
    assert table(tmp_path / "out", "models", "card") == [
        "cards#ant.md",
        *(f"pool.jsonl.gz#{row}" for row in range(12)),
    ]
    assert not [path for path in fs.find("/out") if ".parts" in path]


def test_columns_are_found_or_given(tmp_path: Path) -> None:
    path = tmp_path / "pool.jsonl"
    path.write_text(json.dumps({"which": "ants/ant", "what": CARDS["Ant 1B"]}), encoding="utf-8")
    with pytest.raises(UsageError, match="no column is known to hold cards") as caught:
        build([str(path)], str(tmp_path / "out"))
    assert caught.value.todo == "name it with --card-column; the columns are which, what"
    build([str(path)], str(tmp_path / "out"), choice=Choice("which", "what"))
    assert table(tmp_path / "out", "models", "given_id", "model_id") == [("ants/ant", "ants/ant")]


def test_an_id_that_is_none_is_kept_as_given_and_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "pool.jsonl"
    path.write_text(json.dumps({"id": "no id!", "card": CARDS["Ant 1B"]}), encoding="utf-8")
    build([str(path)], str(tmp_path / "out"))
    assert table(tmp_path / "out", "models", "given_id", "model_id") == [("no id!", None)]


def test_a_row_without_a_card_is_a_problem_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "pool.jsonl"
    good = line("Ant 1B")
    path.write_text(
        good + "{broken\n\n" + '["list"]\n{"model_id": "a/b"}\n'
        '{"model_id": "a/b", "card": 7}\n{"model_id": "a/b", "card": null}\n' + good,
        encoding="utf-8",
    )
    build([str(path)], str(tmp_path / "out"))
    rows = table(tmp_path / "out", "problems", "card", "code", "message")
    assert [row for row in rows if row[1] == "no-card"] == [
        (
            "pool.jsonl#1",
            "no-card",
            "Its line is not JSON: Expecting property name enclosed in double quotes: line 1 "
            "column 2 (char 1).",
        ),
        ("pool.jsonl#2", "no-card", "Its line is no JSON object."),
        ("pool.jsonl#3", "no-card", "Its line has no 'card'."),
        ("pool.jsonl#4", "no-card", "Its card is no text but int."),
        (
            "pool.jsonl#5",
            "no-card",
            "It is empty. Give the card itself, mostly the README.md of the model's repository.",
        ),
    ]
    assert table(tmp_path / "out", "models", "card") == ["pool.jsonl#0", "pool.jsonl#6"]


def test_a_broken_archive_is_said_and_what_was_read_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "pool.tar.gz"
    path.write_bytes(FILES["pool.tar.gz"]()[:-200])
    with pytest.raises(CardkitError, match="the archive is broken"):
        build([str(path)], str(tmp_path / "out"), part_cards=4)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pool.jsonl.gz", "it cannot be read: compressed file ended"),
        ("pool.jsonl.zst", "it cannot be read: "),
        ("pool.tar.zst", "it cannot be read: |the archive is broken"),
        ("pool.parquet", "it is no whole Parquet file"),
    ],
)
def test_a_file_that_is_cut_off_is_said(name: str, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(FILES[name]()[:-100])
    with pytest.raises(CardkitError, match=said):
        build([str(tmp_path / name)], str(tmp_path / "out"))


@pytest.mark.parametrize("name", sorted({*FILES} - {"pool.jsonl", "pool.tar"}))
def test_a_file_that_is_damaged_is_said(name: str, tmp_path: Path) -> None:
    raw = FILES[name]()
    third = len(raw) // 3
    (tmp_path / name).write_bytes(raw[:third] + bytes(64) + raw[third + 64 :])
    with pytest.raises(CardkitError, match=r"it cannot be read|archive is broken|no whole Parquet"):
        build([str(tmp_path / name)], str(tmp_path / "out"))


def test_how_large_a_file_is_that_is_not_there_is_said(tmp_path: Path) -> None:
    (source,) = sources.find([str(tmp_path / "pool.jsonl")])
    with pytest.raises(CardkitError, match="it cannot be read: no such file or directory"):
        sources.KINDS[source.kind].size(source)


def test_two_sources_of_one_name_are_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "more" / "ants").mkdir(parents=True)
    with pytest.raises(UsageError, match="two sources are called ants"):
        sources.find([str(folder), str(tmp_path / "more" / "ants")])


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such file or folder"):
        sources.find([str(tmp_path / "nothing")])


# ------------------------------------------------------------------------------------ hubs


class Hub:
    """Stands in for the hubs; remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.is_reached = True

    def read_card(self, uri: str) -> HubCard:
        self.asked.append(uri)
        if "gone" in uri:
            raise HubError("hub.not_found", "no such model", where=uri, todo="check its id")
        if not self.is_reached and "ant-2b" in uri:
            raise HubError("hub.network", "it is not reached", where=uri, todo="try again")
        model_id = uri.partition(":")[2]
        (text,) = (CARDS[name] for name in NAMES if ID[name] == model_id)
        return HubCard(uri, model_id, text.encode(), f"{uri}@{'0' * 40}")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Hub:
    """Give a stand-in for the hubs, asked one after the other."""
    hub = Hub()
    monkeypatch.setattr(hub_ids, "read_card", hub.read_card)
    monkeypatch.setattr(hub_ids, "AT_ONCE", 1)
    return hub


def test_a_list_of_ids_is_fetched_once(tmp_path: Path, hub: Hub) -> None:
    ids = tmp_path / "ids.txt"
    ids.write_text("hf:ants/ant-1b\nants/ant-2b  # a remark\n\nmodelscope:ants/gone\n")
    build([f"ids:{ids}"], str(tmp_path / "out"))
    assert table(tmp_path / "out", "models", "card", "model_id", "given_id") == [
        ("ids.txt#hf:ants/ant-1b", "ants/ant-1b", f"hf:ants/ant-1b@{'0' * 40}"),
        ("ids.txt#hf:ants/ant-2b", "ants/ant-2b", f"hf:ants/ant-2b@{'0' * 40}"),
    ]
    gone = [row for row in table(tmp_path / "out", "problems") if row["code"] == "hub.not_found"]
    assert [row["card"] for row in gone] == ["ids.txt#modelscope:ants/gone"]
    before = digests(tmp_path / "out")
    assert hub.asked == ["hf:ants/ant-1b", "hf:ants/ant-2b", "modelscope:ants/gone"]
    assert build([f"ids:{ids}"], str(tmp_path / "out")).read == 0
    assert len(hub.asked) == 3
    build([f"ids:{ids}"], str(tmp_path / "out"), refresh=True)
    assert (len(hub.asked), digests(tmp_path / "out")) == (6, before)


def test_a_hub_that_is_not_reached_ends_the_build_and_it_goes_on_later(
    tmp_path: Path, hub: Hub
) -> None:
    ids = tmp_path / "ids.txt"
    ids.write_text("ants/ant-1b\nants/ant-2b\nants/ant-3b\n")
    hub.is_reached = False
    with pytest.raises(HubError, match="it is not reached"):
        build([f"ids:{ids}"], str(tmp_path / "out"))
    hub.is_reached = True
    hub.asked.clear()
    assert build([f"ids:{ids}"], str(tmp_path / "out")).cards == 3
    assert "hf:ants/ant-1b" not in hub.asked


def test_models_are_read_from_a_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = HubServer()
    server.repos["ants/ant-1b"] = Repo({"README.md": CARDS["Ant 1B"].encode(), "w.bin": b"0"})
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    try:
        found = list(sources.cards(Source("hf:ants/ant-1b", "hub ids", "hf:ants/ant-1b")))
    finally:
        server.stop()
    (card,) = (each.card for each in found)
    assert (card.raw.decode(), card.model_id) == (CARDS["Ant 1B"], "ants/ant-1b")
