"""No token, no secret and no path of the machine comes out, however a verification ends."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar, NamedTuple

import pytest

from attacked_cards import ASK, LOAD, NAME, registry_of
from attacked_ground import SECRETS, Ground, planted
from cardkit import cli, sandbox, verifying
from cardkit.hubs import HUBS, web
from cardkit.report import Report
from cardkit.shown import reports
from cardkit.verifying import Ways, Wishes, read_report, verify_all
from cardkit.verifying.children import Children

pytestmark = pytest.mark.skipif("landlock" not in sandbox.available(), reason="no sandbox here")

TELLS = """\
import logging, os, pathlib, sys, torch
seen = [dict(os.environ), os.getcwd(), MODEL, sys.path, sys.executable, torch.__file__, sys.argv]
seen += [tokenizer.name_or_path, os.path.realpath(MODEL + "/config.json"), os.listdir(".."[:1])]
seen += [pathlib.Path(f"/proc/self/{each}").read_bytes() for each in ("environ", "cmdline")]
print(seen)
print(seen, file=sys.stderr)
logging.warning("%s", seen)
"""
"""What an example can know of where it is."""
EXAMPLES = {
    "passes": LOAD + ASK,
    "fails": LOAD + TELLS + ASK + "raise RuntimeError(str(seen[1:]), str(seen[0]))\n",
    "tells in its answer": LOAD
    + TELLS
    + ASK
    + "tokenizer(str(seen[1]), return_tensors='pt')\n"
    + "model.generate(**tokenizer(str(seen[1]) + MODEL, return_tensors='pt'), max_new_tokens=2)\n",
    "is refused": LOAD
    + "import os\nfor each in (os.path.expanduser('~'), os.getcwd() + '/../..', MODEL, '/tmp'):\n"
    + "    for name in ('a', 'b'):\n        try:\n            open(os.path.join(each, name), 'w')\n"
    + "        except OSError:\n            pass\n"
    + ASK,
    "crashes": LOAD + TELLS + "os.abort()\n" + ASK,
    "does not end": LOAD + TELLS + "import time\ntime.sleep(60)\n",
}
EXIT_CODES = {
    "passes": 0, "fails": 1, "tells in its answer": 0, "is refused": 1, "crashes": 1,
    "does not end": 3,
}  # fmt: skip


class Came(NamedTuple):
    """All that came out of one command."""

    code: int
    texts: dict[str, str]
    """Standard output and error, the log, and every file that was kept."""
    log: str
    """The log with all that libraries say for those who look for faults: it may hold places."""


@pytest.fixture
def verify(
    children: Children,
    at_home: Ground,
    stand_in: Path,  # noqa: ARG001 - it is built once
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> Callable[..., Came]:
    """Run the command beside a registry with one example; return all that came out."""
    monkeypatch.setattr(verifying, "Children", lambda: _Lent(children))
    caplog.set_level(logging.DEBUG)

    def run(code: str, *arguments: str) -> Came:
        folder = tmp_path / f"{len(list(tmp_path.iterdir()))}"
        registry_of(folder, code)
        monkeypatch.chdir(folder)
        with pytest.raises(SystemExit) as exit_:
            cli.main(("verify", NAME, *arguments))
        printed = capfd.readouterr()
        kept = {path.name: path.read_text() for path in folder.glob("registry/*/reports/*")}
        left = {
            f"left/{path.name}": path.read_text(errors="replace")
            for path in (at_home.folder / "tmp").rglob("*")
            if path.is_file()
        }
        told = [each.getMessage() for each in caplog.records if each.levelno >= logging.INFO]
        texts = {"out": printed.out, "err": printed.err, "log": "\n".join(told), **kept, **left}
        return Came(int(exit_.value.code or 0), texts, caplog.text)

    return run


class _Lent:
    """Children that stay when a command ends."""

    def __init__(self, children: Children) -> None:
        self._children = children

    def __enter__(self) -> Children:
        return self._children

    def __exit__(self, *_: object) -> None:
        pass


def places(ground: Ground, tmp_path: Path) -> list[str]:
    """Return what tells of this machine."""
    real = os.path.realpath
    found = {
        str(ground.folder), str(tmp_path), sys.prefix, sys.base_prefix, real(sys.prefix),
        real(sys.base_prefix), str(Path(verifying.__file__).parents[2]), "cardkit-attacked",
    }  # fmt: skip
    return sorted(found)


def telling(came: Came, words: list[str]) -> dict[str, dict[str, str]]:
    """Return what of the words came out where, with what stands around it."""
    found: dict[str, dict[str, str]] = {}
    for name, text in came.texts.items():
        for word in words:
            at = text.find(word)
            if at >= 0:
                found.setdefault(name, {})[word] = text[max(at - 80, 0) : at + len(word) + 40]
    return found


def shown(report: Report) -> dict[str, str]:
    """Return a report in each of its forms."""
    return {
        "text": reports.as_text(report, 100),
        "markdown": reports.as_markdown(report),
        "json": reports.as_json([report]),
    }


@pytest.mark.parametrize("name", EXAMPLES)
def test_nothing_of_the_machine_comes_out(
    name: str, verify: Callable[..., Came], at_home: Ground, tmp_path: Path
) -> None:
    arguments = ["--rehearse", "--layers", "L0,L1,L3"]
    if name == "does not end":
        arguments += ["--timeout", "1"]
    came = verify(EXAMPLES[name], *arguments)
    kept = read_report(came.texts["cpu.rehearsal.json"])
    came.texts.update(shown(kept))
    assert telling(came, [*planted(), *places(at_home, tmp_path)]) == {}
    assert [word for word in planted() if word in came.log] == []
    assert came.code == kept.exit_code == EXIT_CODES[name], came.texts["out"]


# A hub that tells more than it should


class Indiscreet(BaseHTTPRequestHandler):
    """A hub that refuses, and says the token that it was sent, in every place there is."""

    status = 401
    sent: ClassVar[set[str]] = set()

    def do_GET(self) -> None:
        token = f"{self.headers.get('Authorization')} {self.headers.get('Cookie')}"
        self.sent.add(token)
        said = f"Invalid token {token}, {SECRETS['HF_TOKEN']}, {SECRETS['DATABASE_PASSWORD']}"
        body = json.dumps({"error": said, "msg": said, "Message": said}).encode()
        self.send_response(self.status)
        for name in ("X-Error-Message", "X-Error-Code", "WWW-Authenticate"):
            self.send_header(name, said)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give the address of one."""
    monkeypatch.setattr(web, "FIRST_WAIT", 0.001)
    Indiscreet.sent.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Indiscreet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("status", [401, 404, 429])
def test_a_hub_that_says_the_token_is_not_repeated(
    status: int,
    verify: Callable[..., Came],
    hub: str,
    at_home: Ground,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Indiscreet, "status", status)
    registry = registry_of(tmp_path / "own", LOAD + ASK)
    # As its own hub it is sent the token; as a mirror, with a password in its address, never.
    monkeypatch.setattr(HUBS["huggingface"], "token", lambda: SECRETS["HF_TOKEN"])
    ways = Ways(endpoint=hub, origin=hub, cache_folder=tmp_path / "cache")
    (judged,) = verify_all([NAME], Wishes(), ways, registry_folder=registry, again=True)
    assert (judged.report.verdict, judged.path is not None) == ("blocked", True)
    texts = {**shown(judged.report), "kept": (judged.path or Path()).read_text()}
    words = [*planted(), *places(at_home, tmp_path)]
    assert telling(Came(0, texts, ""), words) == {}
    address = hub.replace("//", "//me:planted-address-word@")
    Indiscreet.sent.clear()
    came = verify(LOAD + ASK, "--endpoint", address, "--cache", str(tmp_path / "other"))
    assert came.code == 3
    assert telling(came, [*words, "planted-address-word"]) == {}
    assert Indiscreet.sent == {"Basic bWU6cGxhbnRlZC1hZGRyZXNzLXdvcmQ= None"}


def test_a_proxy_that_does_not_answer_is_not_told_of(
    verify: Callable[..., Came], at_home: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "FIRST_WAIT", 0.001)
    monkeypatch.setenv("HTTP_PROXY", SECRETS["HTTPS_PROXY"])
    came = verify(LOAD + ASK, "--endpoint", "http://hub.example.org")
    assert came.code == 3
    assert "[hub.network]" in came.texts["out"]
    assert telling(came, [*planted(), *places(at_home, tmp_path)]) == {}
    assert [word for word in planted() if word in came.log] == []
