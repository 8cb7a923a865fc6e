"""What a run is given: its environment, what it may read, and the rung that holds it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from cardkit.errors import UnknownNameError
from cardkit.sandbox import Box, best, clean_environment, ladder, probes, run
from cardkit.sandbox.box import readable
from cardkit.sandbox.denied import hide, in_words, read_log
from cardkit.sandbox.ladder import NoRungError
from cardkit.sandbox.running import SandboxError


@pytest.fixture
def box(tmp_path: Path) -> Box:
    work = tmp_path / "work"
    work.mkdir()
    return Box((), work, 10.0, None, 8, 1 << 20, 1 << 16)


def test_the_environment_has_no_token_and_no_proxy(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = {
        "HF_TOKEN": "hf_planted", "HTTPS_PROXY": "http://10.0.0.1", "AWS_SECRET_ACCESS_KEY": "x",
        "PYTHONPATH": "/x", "PYTHONSTARTUP": "/x", "SSH_AUTH_SOCK": "/x", "HOME": "/x",
        "ASCEND_API_TOKEN": "x", "LD_PRELOAD": "/x", "LANG": "de_DE.UTF-8",
        "CUDA_VISIBLE_DEVICES": "1", "ASCEND_RT_VISIBLE_DEVICES": "0", "LD_LIBRARY_PATH": "/lib/x",
    }  # fmt: skip
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in theirs.items():
        monkeypatch.setenv(name, value)
    at = box.write
    assert clean_environment(box, {"PYTHONHASHSEED": "0"}) == {
        "LANG": "de_DE.UTF-8",
        "CUDA_VISIBLE_DEVICES": "1",
        "ASCEND_RT_VISIBLE_DEVICES": "0",
        "LD_LIBRARY_PATH": "/lib/x",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
        "USER": "nobody",
        "LOGNAME": "nobody",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
        "HOME": f"{at}/home",
        "TMPDIR": f"{at}/tmp",  # noqa: S108 - inside of the box
        "XDG_CACHE_HOME": f"{at}/cache",
        "XDG_CONFIG_HOME": f"{at}/config",
        "XDG_DATA_HOME": f"{at}/data",
        "XDG_STATE_HOME": f"{at}/state",
        "XDG_RUNTIME_DIR": f"{at}/run",
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "PYTHONHASHSEED": "0",
    }


def test_a_folder_of_libraries_is_readable_unless_the_home_lies_inside(
    box: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, libraries = tmp_path / "users" / "ann", tmp_path / "libraries"
    home.mkdir(parents=True)
    libraries.mkdir()
    monkeypatch.setenv("HOME", str(home))
    named = {"LD_LIBRARY_PATH": f"{libraries}:{home}:{tmp_path}/users:lib:/nowhere"}
    more = set(readable(box, named)) - set(readable(box, {}))
    assert more == {libraries}


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX")
@pytest.mark.parametrize(
    ("folder", "problem"),
    [
        ("work/model", "model may only be read, and lies in the folder that is written to"),
        ("nowhere", "no folder nowhere to read"),
    ],
)
def test_a_box_that_cannot_hold_is_refused(
    folder: str, problem: str, box: Box, tmp_path: Path
) -> None:
    (box.write / "model").mkdir()
    out = tmp_path / "out"
    with pytest.raises(SandboxError) as caught:
        run(
            ["true"], box._replace(read=(tmp_path / folder,)), "process",
            environment={}, stdout=out, stderr=out,
        )  # fmt: skip
    assert caught.value.problem == problem


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX")
def test_a_program_that_is_not_there_is_said(box: Box, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(SandboxError, match="no program no-such-program"):
        run(["no-such-program"], box, "process", environment={}, stdout=out, stderr=out)


def test_a_rung_is_no_stronger_than_what_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladder, "available", lambda: ["process"])
    assert best() == best("process") == "process"
    with pytest.raises(NoRungError) as caught:
        best("landlock")
    assert str(caught.value) == (
        "the sandbox landlock is not to be had here\n"
        "  → use Linux 5.13 or newer with landlock in its parameter lsm=, on x86_64 or aarch64, "
        "or install bubblewrap; `cardkit doctor` tells what this machine has"
    )
    assert caught.value.exit_code == 3


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
def test_a_rung_is_here_if_a_program_runs_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    look = ladder.available.__wrapped__
    monkeypatch.setattr(probes, "bubblewrap", lambda: probes.Bubblewrap("bwrap", works=True))
    monkeypatch.setattr(ladder, "_runs", lambda rung: rung == "bubblewrap")
    assert look() == ["process", "bubblewrap"]
    monkeypatch.setattr(ladder, "_runs", lambda _: True)
    monkeypatch.setattr(probes, "landlock_version", lambda: (-1, 38))
    assert look() == ["process", "bubblewrap"]
    monkeypatch.setattr(probes, "bubblewrap", lambda: probes.Bubblewrap(None, works=False))
    assert look() == ["process"]
    monkeypatch.setattr(sys, "platform", "darwin")
    assert look() == ["process"]


def test_an_unknown_rung_is_wrong_use() -> None:
    with pytest.raises(UnknownNameError, match="no rung of the sandbox 'landlok'"):
        best("landlok")


def test_names_that_a_run_wrote_itself_do_no_harm(tmp_path: Path) -> None:
    """What runs in a box can write into its witness's log."""
    log = tmp_path / "log"
    known, unknown = '["open", "/etc/\\u001b[31mx", true]', '["x", "y", true]'
    log.write_text("\n".join([known, "[1, 2]", '{"a": 1}', "no json", unknown]))
    assert in_words(read_log(log)) == ("open /etc/�[31mx",)
    assert not log.exists()
    secret = tmp_path / "secret"
    secret.write_text('["open", "/etc/secret", true]')
    log.symlink_to(secret)
    assert read_log(log) == []
    assert read_log(tmp_path / "nowhere") == []


def test_a_name_shows_no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    assert [hide("/home/ann/.netrc"), hide("/home/annette/x"), hide("/home/ann")] == [
        "~/.netrc",
        "…/x",
        "~",
    ]
