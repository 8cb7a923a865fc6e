"""A registry is a source: the cards of its entries, and the reports that lie beside them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="needs the extra `data`")

from cardkit.dataset.build import build
from cardkit.dataset.query import query
from cardkit.errors import CardkitError
from cardkit.report import Layer, Report
from small_cards import table

ROOT = Path(__file__).parents[2]
PASSED = Report(
    model="gpt-j-6b",
    verdict="passed",
    device="cuda",
    dtype="float16",
    layers=(Layer(name="L1", title="load", verdict="pass"),),
    cardkit="0.1.0",
    began="2026-01-02T03:04:05Z",
    seconds=12.5,
)


@pytest.fixture(name="registry")
def _registry(tmp_path: Path) -> Path:
    """Give a registry of one entry, verified for real on one device and rehearsed on another."""
    root = tmp_path / "mine"
    shutil.copytree(ROOT / "registry" / "gpt-j-6b", root / "registry" / "gpt-j-6b")
    (root / "cards").mkdir()
    shutil.copy(ROOT / "cards" / "gpt-j-6b.md", root / "cards")
    reports = root / "registry" / "gpt-j-6b" / "reports"
    reports.mkdir(exist_ok=True)
    rehearsed = PASSED.model_copy(update={"device": "cpu", "rehearsal": True})
    for report in (PASSED, rehearsed):
        (reports / f"{report.device}.json").write_text(report.model_dump_json(), encoding="utf-8")
    return root / "registry"


def test_entries_bring_what_was_decided_and_verified(registry: Path, tmp_path: Path) -> None:
    build([str(registry)], str(tmp_path / "out"))
    assert table(tmp_path / "out", "models", "card", "entry", "entry_architecture") == [
        ("registry#gpt-j-6b", "gpt-j-6b", "GPTJForCausalLM")
    ]
    rows = table(tmp_path / "out", "verifications", "number", "device", "verdict", "rehearsal")
    assert rows == [(0, "cuda", "passed", False)]  # a rehearsal proves nothing of the model
    (layers,) = table(tmp_path / "out", "verifications", "layers")
    assert json.loads(layers)[0]["verdict"] == "pass"
    sql = "SELECT model, device, dtype FROM verified"
    assert query(sql, str(tmp_path / "out")).rows == [("gpt-j-6b", "cuda", "float16")]


def test_a_report_that_is_none_is_said(registry: Path, tmp_path: Path) -> None:
    (registry / "gpt-j-6b" / "reports" / "npu.json").write_text("{}", encoding="utf-8")
    with pytest.raises(CardkitError, match="no report of cardkit"):
        build([str(registry)], str(tmp_path / "out"))
