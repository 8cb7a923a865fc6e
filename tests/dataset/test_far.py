"""Cards and data sets lie at stores, too: the Hub (hf://), https://, s3://. What fails is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="needs the extra `data`")
pytest.importorskip("fsspec", reason="needs the extra `data`")
pytest.importorskip("aiohttp", reason="needs the extra `data`")

import fsspec
import pyarrow
import pyarrow.parquet

from cardkit.dataset import far
from cardkit.dataset.build import build
from cardkit.dataset.query import query
from cardkit.dataset.stats import stats
from cardkit.errors import CardkitError, UsageError
from data_hub import DataHub
from hub_server import Repo
from small_cards import CARDS, ID, NAMES, line, table

LINES = "".join(line(name) for name in NAMES).encode()
SQL = "SELECT * FROM best_results ORDER BY ALL"
Use = Callable[[str], None]


def parquet() -> bytes:
    out = pyarrow.BufferOutputStream()
    columns = {"modelId": list(ID.values()), "card": list(CARDS.values())}
    pyarrow.parquet.write_table(pyarrow.table(columns), out)
    return out.getvalue().to_pybytes()


@pytest.fixture(name="use")
def _use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Use:
    """Give what sets the address of the Hub."""
    for name, value in {"HF_HOME": str(tmp_path / "home"), "HF_HUB_DISABLE_TELEMETRY": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("HF_TOKEN", raising=False)

    def use(url: str) -> None:
        monkeypatch.setenv("HF_ENDPOINT", url)  # huggingface_hub reads it once, at its import
        monkeypatch.setitem(fsspec.config.conf, "hf", {"endpoint": url})

    return use


@pytest.fixture(name="hub")
def _hub(use: Use) -> Iterator[DataHub]:
    """Give a hub of this machine with a dump of cards, a model, one that is gated, and no more."""
    server = DataHub()
    server.repos["ants/cards"] = Repo(
        {"README.md": b"# Cards\n", "data/pool.parquet": parquet(), "data/pool.jsonl": LINES}
    )
    server.repos["ants/ant-1b"] = Repo({"README.md": CARDS["Ant 1B"].encode(), "w.bin": b"0"})
    server.repos["ants/secret"] = Repo({"README.md": b"", "p.parquet": parquet()}, gated=True)
    server.repos["ants/out"] = Repo({".gitattributes": b""})
    use(server.url)
    yield server
    server.stop()
    assert server.errors == []


@pytest.mark.parametrize("name", ["data/pool.parquet", "data/pool.jsonl"])
def test_a_dump_is_read_from_the_hub(name: str, hub: DataHub, tmp_path: Path) -> None:
    source = f"hf://datasets/ants/cards/{name}"
    assert build([source], str(tmp_path / "out")).read == 12
    assert table(tmp_path / "out", "models", "model_id") == list(ID.values())
    gets = len(hub.gets("README.md"))
    assert build([source], str(tmp_path / "out")).read == 0
    assert len(hub.gets("README.md")) == gets == 0


@pytest.mark.usefixtures("hub")
def test_the_files_of_a_dump_are_meant_together(tmp_path: Path) -> None:
    built = build(["hf://datasets/ants/cards/data/*.*"], str(tmp_path / "out"))
    assert built.cards == 24
    assert set(table(tmp_path / "out", "models", "source")) == {"pool.jsonl", "pool.parquet"}
    with pytest.raises(far.FarError, match="there is no such file"):
        build(["hf://datasets/ants/cards/data/*.tar"], str(tmp_path / "out"))


@pytest.mark.parametrize(
    ("source", "key"),
    [
        ("hf://ants/ant-1b", "ant-1b#README.md"),
        ("hf://ants/ant-1b/README.md", "README.md#README.md"),
        ("hf://ants/ant-1b@main/README.md", "README.md#README.md"),
    ],
)
def test_a_card_is_read_from_the_hub(source: str, key: str, hub: DataHub, tmp_path: Path) -> None:
    build([source], str(tmp_path / "out"))
    assert table(tmp_path / "out", "models", "card", "model_name") == [(key, "Ant 1B")]
    assert [each.path for each in hub.requests if "w.bin" in each.path] == []


def test_a_data_set_is_built_at_the_hub_and_asked_there(hub: DataHub, tmp_path: Path) -> None:
    source, folder = "hf://datasets/ants/cards/data/pool.jsonl", "hf://datasets/ants/out/ants"
    build([source], folder)
    commits = len(hub.repos["ants/out"].commits)
    assert build([source], folder).read == 0
    assert len(hub.repos["ants/out"].commits) == commits
    build([source], str(tmp_path / "here"))
    assert query(SQL, folder) == query(SQL, str(tmp_path / "here"))
    assert stats(folder) == stats(str(tmp_path / "here"))


def test_a_data_set_at_a_server_that_lists_nothing_is_asked(hub: DataHub, tmp_path: Path) -> None:
    build(["hf://datasets/ants/cards/data/pool.jsonl"], str(tmp_path / "here"))
    hub.repos["ants/out"] = Repo(
        {
            path.relative_to(tmp_path / "here").as_posix(): path.read_bytes()
            for path in (tmp_path / "here").rglob("*")
            if path.is_file()
        }
    )
    there = f"{hub.url}/ants/out/resolve/main"
    assert query(SQL, there) == query(SQL, str(tmp_path / "here"))


def test_a_data_set_in_a_bucket_is_built_and_asked_there(bucket: str, tmp_path: Path) -> None:
    fs = fsspec.filesystem("s3", skip_instance_cache=True)
    fs.pipe_file(f"{bucket}/pool.parquet", parquet())
    build([f"{bucket}/pool.parquet"], f"{bucket}/dataset")
    assert build([f"{bucket}/pool.parquet"], f"{bucket}/dataset").read == 0
    (tmp_path / "pool.parquet").write_bytes(parquet())
    build([str(tmp_path / "pool.parquet")], str(tmp_path / "here"))
    assert query(SQL, f"{bucket}/dataset") == query(SQL, str(tmp_path / "here"))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("hf://datasets/ants/nothing/p.parquet", r"no such file: .*\(repository not found\)"),
        ("hf://datasets/ants/nothing", r"no such file: .*\(repository not found\)"),
        ("hf://datasets/ants/cards/no.parquet", "there is no such file\n"),
        ("hf://datasets/ants/secret/p.parquet", "its store says: 401 .* gated repo"),
        ("hf://ants", "its store says: .*namespace/name"),
        ("nowhere://ants/p.parquet", "its store says: Protocol not known: nowhere"),
    ],
)
def test_a_source_that_is_not_had_is_said(
    source: str, said: str, hub: DataHub, tmp_path: Path
) -> None:
    with pytest.raises(far.FarError, match=said) as caught:
        build([source], str(tmp_path / "out"))
    assert (caught.value.exit_code, caught.value.where) == (3, source)
    assert hub.requests or "://ants" in source


def test_a_store_that_is_not_reached_is_said(use: Use, tmp_path: Path) -> None:
    use("http://127.0.0.1:9")
    with pytest.raises(far.FarError, match="refused"):
        build(["hf://datasets/ants/cards/pool.parquet"], str(tmp_path / "out"))
    for folder in ("hf://datasets/ants/out", "http://127.0.0.1:9/out"):
        with pytest.raises(CardkitError, match=r"Connect call failed|refused"):
            query("SELECT 1", folder)


def test_a_read_that_breaks_off_is_said(hub: DataHub, tmp_path: Path) -> None:
    hub.fail("data/pool.jsonl", "always 500")
    with pytest.raises(far.FarError, match=r"its store says: .*500"):
        build([f"{hub.url}/ants/cards/resolve/main/data/pool.jsonl"], str(tmp_path / "out"))


def test_a_repository_that_does_not_take_a_data_set_is_said(hub: DataHub, lines: Path) -> None:
    with pytest.raises(far.FarError, match="repository not found"):
        build([str(lines)], "hf://datasets/ants/nothing/out")
    assert "ants/nothing" not in hub.repos


def test_where_there_is_no_data_set_is_said(hub: DataHub) -> None:
    for folder in ("hf://datasets/ants/cards", f"{hub.url}/ants/cards/resolve/main"):
        with pytest.raises(UsageError, match="there is no data set"):
            query("SELECT 1", folder)


def test_a_mirror_of_the_hub_is_sent_no_token(
    hub: DataHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_ant")
    build(["hf://datasets/ants/cards/data/pool.jsonl"], str(tmp_path / "out"))
    assert [each for each in hub.requests if "Authorization" in each.headers] == []
    monkeypatch.setenv("CARDKIT_ORIGIN", hub.url)  # a hub of one's own is no mirror
    build(["hf://datasets/ants/secret/p.parquet"], str(tmp_path / "out"))
    assert table(tmp_path / "out", "models", "card")[:1] == ["p.parquet#0"]


def test_a_file_is_known_by_what_its_store_tells_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"size": 7, "ETag": "a"}
    monkeypatch.setattr(far, "about", lambda _: told)
    before = far.digest("s3://ants/cards")
    told["ETag"] = "b"
    assert far.digest("s3://ants/cards") not in (None, before)
    del told["ETag"]  # of the same size it may be another
    assert far.digest("s3://ants/cards") is None
