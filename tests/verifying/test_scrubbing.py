"""No place of this machine and no secret is in a report."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cardkit.verifying.scrubbing import scrubbed


def test_places_have_names_wherever_they_stand(tmp_path: Path) -> None:
    home = Path.home()
    told = {
        "a": [f"{tmp_path}/model/config.json", f"in {home}/x and {sys.prefix}/lib"],
        f"{tmp_path}/w": 1,
    }
    places = {"WORK": tmp_path, "MODEL": tmp_path / "model"}
    assert scrubbed(told, places) == {
        "a": ["MODEL/config.json", "in ~/x and PYTHON/lib"],
        "WORK/w": 1,
    }


@pytest.mark.parametrize("name", ["MY_TOKEN", "AWS_SECRET_ACCESS_KEY", "DB_PASSWORD", "X_API_KEY"])
def test_secrets_of_the_environment_are_taken_out(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "hunter2-hunter2")
    assert scrubbed({"said": "401 for hunter2-hunter2"}, {}) == {"said": "401 for …"}


def test_tokens_of_hubs_are_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_planted0123456789")
    assert scrubbed(["sent hf_planted0123456789"], {}) == ["sent …"]


def test_a_short_value_is_a_word_and_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_TOKEN", "none")
    assert scrubbed({"said": "none at all"}, {}) == {"said": "none at all"}


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("https://ant:secret@hub.example/a", "https://…@hub.example/a"),
        ("http://hf_abc@127.0.0.1:80", "http://…@127.0.0.1:80"),
        (
            "https://hub.example/a@b and me@hub.example",
            "https://hub.example/a@b and me@hub.example",
        ),
    ],
)
def test_who_asks_is_taken_out_of_addresses(text: str, clean: str) -> None:
    assert scrubbed(text, {}) == clean


def test_where_the_home_is_the_root_no_slash_becomes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/")
    assert scrubbed("owner/name at /etc/x", {}) == "owner/name at /etc/x"


def test_where_packages_lie_is_python(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "packages"
    (folder / "ant-1.0.dist-info").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])
    assert scrubbed(f"in {folder}/ant.py", {}) == "in PYTHON/ant.py"
