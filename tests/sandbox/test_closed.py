"""What a box closes: each attack goes well without it, and none does inside."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox_ground import HERE, Rows, Servers, attacks, has_inet6, users

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")

NO_ATTACK = {"use_own_process"}
CLOSED = ("landlock", "bubblewrap")
MAY_FAIL_ANYWAY = {
    "resolve": "there may be no network",
    "trace": "Yama may let none be traced",
    "new_user_namespace": "they may be closed",
    "ring": "io_uring may be switched off",
    "share_memory_of_old": "a kernel may be without",
    "inet6": "" if has_inet6() else "this machine has no IPv6",
}
"""Attacks that fail without a sandbox too, on some machines."""
ROOT_ONLY = {"read_shadow", "read_disk", "make_disk", "mount"}
Attacked = Callable[[str, str], dict[str, Any]]


def plant(ground: Path, name: str) -> dict[str, str]:
    """Make what there is to attack, and return where it is."""
    home = ground / "home"
    token = home / ".cache/huggingface/token"
    token.parent.mkdir(parents=True, exist_ok=True)
    token.write_text("hf_planted")
    (home / "diary.txt").write_text("planted")
    folders = {each: ground / name / each for each in ("project", "model", "outside", "mount")}
    for folder in folders.values():
        folder.mkdir(parents=True)
        folder.chmod(0o777)
    for path, text in {
        "project/main.py": "planted", "model/weights": "1", "model/config": "1",
        "model/readable": "to be read", "outside/old.txt": "old", "outside/gone.txt": "old",
    }.items():  # fmt: skip
        (ground / name / path).write_text(text)
        (ground / name / path).chmod(0o666)
    if os.geteuid() == 0 and name.startswith("user"):  # only an owner changes modes
        os.chown(ground / name / "outside/old.txt", 65534, 65534)
    return {"home": str(home), **{each: str(folder) for each, folder in folders.items()}}


@pytest.fixture(scope="module")
def attacked(ground: Path, drive: Callable[[str, Rows], Rows], servers: Servers) -> Attacked:
    """Give a function that runs all attacks, once for each user and rung."""
    came: dict[tuple[str, str], dict[str, Any]] = {}

    def run(user: str, rung: str) -> dict[str, Any]:
        if (user, rung) not in came:
            mark = f"{user}-{rung}"
            told = {
                **plant(ground, mark), "attacks": None, "said": mark, "victim": "{victim}",
                "port": servers.port, "port6": servers.port6, "udp": servers.udp,
                "unix": servers.unix, "dgram": servers.dgram, "abstract": servers.abstract,
            }  # fmt: skip
            words = json.dumps(told).replace('"{victim}"', "{victim}")
            job = {
                "arguments": [str(HERE / "attacks.py"), "{write}/went.json", words],
                "rung": rung,
                "read": [str(HERE), told["model"]],
                "mark": words,
            }
            (came[user, rung],) = drive(user, [job])
        return came[user, rung]

    return run


@pytest.mark.parametrize("name", [name for name in attacks() if name not in NO_ATTACK])
@pytest.mark.parametrize("user", users())
def test_without_a_sandbox_an_attack_goes_well(
    user: str, name: str, attacked: Attacked, needs: Callable[[str, str], None]
) -> None:
    needs(user, "process")
    if user != "root" and name in ROOT_ONLY:
        pytest.skip("only root can do it anyway")
    went = attacked(user, "process")["went"]
    if name not in went and MAY_FAIL_ANYWAY.get(name):
        pytest.skip(MAY_FAIL_ANYWAY[name])
    assert name in went


@pytest.mark.parametrize("rung", CLOSED)
@pytest.mark.parametrize("user", users())
def test_inside_of_a_box_none_does_and_the_rest_still_works(
    user: str, rung: str, attacked: Attacked, needs: Callable[[str, str], None], servers: Servers
) -> None:
    needs(user, rung)
    came = attacked(user, rung)
    assert (came["went"], came["exit_code"], came["err"]) == (list(NO_ATTACK), 0, "")
    assert (came["victim_lives"], came["left"], came["stopped"]) == (True, 0, None)
    assert f"{user}-{rung}" not in servers.heard


@pytest.mark.parametrize("rung", CLOSED)
@pytest.mark.parametrize("user", users())
def test_each_attempt_is_named_once_without_this_machine_s_folders(
    user: str, rung: str, attacked: Attacked, needs: Callable[[str, str], None], servers: Servers
) -> None:
    needs(user, rung)
    files = (
        "open ~/diary.txt",
        "list ~",
        "open ~/.cache/huggingface/token",
        "open …/main.py",
        "open /etc/shadow",
        "open /proc/…/environ",
        "open /proc/…/maps",
        "open /proc/…/cmdline",
        "list /dev",
        "write …/new.txt",
        "write …/old.txt",
        "write …/weights",
        "write …/config",
        "write …/folder",
        "remove …/gone.txt",
        f"write /dev/shm/{servers.abstract}",
    )
    assert attacked(user, rung)["denied"] == [
        f"connect to 127.0.0.1:{servers.port}",
        f"connect to [::1]:{servers.port6}",
        f"connect to 127.0.0.1:{servers.udp}",
        "connect to …/stream.sock",
        f"connect to @{servers.abstract}",
        "call ptrace",
        "call unshare",
        "call mount",
        "resolve weights.example.org",
        *files,
        # In bubblewrap's namespace no other process is there to be refused.
        *(["signal another process"] if rung == "landlock" else []),
    ]
