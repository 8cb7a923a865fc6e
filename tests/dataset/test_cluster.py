"""On a cluster of two workers the data set is the same, a killed worker and far files included.

`pytest -m cluster tests/dataset` starts a Ray cluster on this machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="needs the extra `data`")
pytest.importorskip("ray", reason="needs the extra `scale`")
pytest.importorskip("s3fs", reason="needs the extra `scale`")
pytest.importorskip("moto.server", reason="needs the extra `formats`")

from cardkit.dataset.build import build
from small_cards import NAMES, digests, line

pytestmark = pytest.mark.cluster

FAKE = """
import os, signal
from cardkit.dataset import rows

def read(card):
    if card.key.endswith("#7") and not os.path.exists(os.environ["ONCE"]):
        open(os.environ["ONCE"], "w").close()
        os.kill(os.getppid(), signal.SIGKILL)  # the worker of Ray that waits for this process
        os.kill(os.getpid(), signal.SIGKILL)
    return rows.read(card)
"""
PROGRAM = """
import json, sys
import ray
from cardkit.dataset.build import build
from cardkit.dataset.engines import How

ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
for source, folder, reader in json.loads(sys.argv[1]):
    how = How(reader=reader) if reader else How()
    built = build([source], folder, engine="ray", how=how, part_cards=5)
    print(built.cards, built.read)
ray.shutdown()
"""


@pytest.mark.filterwarnings("ignore")  # those of s3fs and moto
def test_a_cluster_gives_the_same_bytes(
    lines: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bucket: str
) -> None:
    import s3fs

    lines.write_text("".join(line(name) for name in NAMES * 3), encoding="utf-8")
    build([str(lines)], str(tmp_path / "one"), part_cards=5)
    s3 = s3fs.S3FileSystem(skip_instance_cache=True)
    s3.put(str(lines), f"{bucket}/pool.jsonl")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "fake_rows.py").write_text(FAKE, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "lib"), prepend=os.pathsep)
    monkeypatch.setenv("ONCE", str(tmp_path / "once"))
    monkeypatch.setenv("RAY_raylet_start_wait_time_s", "300")  # a machine may be busy
    plan = [
        (str(lines), str(tmp_path / "killed"), "fake_rows:read"),
        (f"{bucket}/pool.jsonl", f"{bucket}/dataset", None),
        (f"{bucket}/pool.jsonl", f"{bucket}/dataset", None),
    ]
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(plan)],
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ},
    )
    told = [line for line in said.stdout.splitlines() if line.startswith("36 ")]
    assert told == ["36 36", "36 36", "36 0"], said.stderr[-3000:]
    assert (tmp_path / "once").exists()
    assert digests(tmp_path / "killed") == digests(tmp_path / "one")
    s3.invalidate_cache()
    s3.get(f"{bucket}/dataset/", str(tmp_path / "far"), recursive=True)
    here, far = digests(tmp_path / "one"), digests(tmp_path / "far")
    # The place and the digest of the source, a far file's, stand in the manifest alone.
    assert here.keys() == far.keys()
    assert {path for path in here if here[path] != far[path]} == {"manifest.json"}

    from cardkit.dataset.query import query

    sql = "SELECT count(*), sum(num_parameters) FROM models"
    assert query(sql, f"{bucket}/dataset") == query(sql, str(tmp_path / "one"))
