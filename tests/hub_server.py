"""The hub of rehearsals with all that goes wrong at a hub: faults, gates, mirrors, bad trees.

That it speaks truly is tested with the client libraries (`test_real_clients.py`).
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator
from itertools import repeat
from typing import Any, NamedTuple
from urllib.parse import parse_qs, quote, unquote

from cardkit.hubs import modelscope
from cardkit.rehearsal import hub as rehearsed
from cardkit.rehearsal.hub import Files, is_large

HTML = b"<!DOCTYPE html>\n<html><body>Please log in to the network</body></html>\n"
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 42\n"
CHANGED = {
    "flip": lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]),
    "html": lambda _: HTML,
    "lfs": lambda _: POINTER,
    "truncate": lambda raw: raw[: len(raw) // 2],
    "empty": lambda _: b"",
    "longer": lambda raw: raw + b"!",
    "endless": lambda raw: raw + b"!",
    "short": lambda raw: raw[: len(raw) // 2],
    "short html": lambda _: HTML,
}
UNTOLD = ("endless", "short", "short html")
"""Faults of answers that do not say their length."""


class Request(NamedTuple):
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]


class Repo(rehearsed.Repo):
    """A model that may be gated, or badly told of."""

    def __init__(self, files: dict[str, bytes], *, gated: bool = False) -> None:
        self.gated = gated
        self.listed: list[dict[str, Any]] = []
        """Rows that a bad hub adds to its tree."""
        super().__init__(files)


class HubServer(rehearsed.HubServer):
    """Serves `repos`; what it was asked is in `requests`."""

    def __init__(self) -> None:
        self.faults: dict[str, Iterator[str]] = {}
        """What goes wrong, one after the other, with a path of a file, or with `api`."""
        self.requests: list[Request] = []
        self.errors: list[BaseException] = []
        self.cdn: HubServer | None = None
        """Another host that large files are redirected to, as the Hub does."""
        super().__init__(Routes)

    def fail(self, path: str, *faults: str) -> None:
        """Let the next requests for a file go wrong; `always FAULT`: each."""
        always = len(faults) == 1 and faults[0].startswith("always ")
        self.faults[path] = repeat(faults[0].removeprefix("always ")) if always else iter(faults)

    def gets(self, ending: str) -> list[Request]:
        """Return the requests for bytes whose path ends so."""
        return [r for r in self.requests if r.method == "GET" and unquote(r.path).endswith(ending)]

    def handle_error(self, *_: Any) -> None:
        """Keep our own mistakes; clients that hang up are what is tested."""
        error = sys.exception()
        if error and not isinstance(error, ConnectionError):
            self.errors.append(error)


class Routes(rehearsed.Routes):
    """Answers one connection, as the faults have it."""

    page = 5
    server: HubServer

    def do_GET(self) -> None:  # noqa: N802 - the name is the library's
        self.server.requests.append(Request(self.command, self.path, dict(self.headers)))
        super().do_GET()

    def do_POST(self) -> None:  # noqa: N802 - the name is the library's
        """Answer what a proxy asks: of some files, all that the tree tells."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        asked = json.loads(body) if body.startswith("{") else parse_qs(body)
        match = re.fullmatch(r"/api/models/([^/]+/[^/]+)/paths-info/(.+)", unquote(self.path))
        files = self.repo(match[1], match[2])[1] if match else None
        rows = super().hugging_face_rows(
            None, {path: raw for path, raw in (files or {}).items() if path in asked["paths"]}
        )
        self.json(rows, 200 if files else 404)

    def is_refused(self, repo: Repo | None) -> bool:
        return repo is not None and repo.gated and "Authorization" not in self.headers

    def hugging_face(self, *asked: Any) -> None:
        fault = self.fault("api")
        if fault:
            self.json(HTML.decode(), kind="text/html")
        elif fault is not None:
            super().hugging_face(*asked)

    def hugging_face_rows(self, repo: Repo, files: Files) -> list[dict[str, Any]]:
        return super().hugging_face_rows(repo, files) + repo.listed

    def modelers_rows(self, repo: Repo, *asked: Any, info: bool) -> list[dict[str, Any]]:
        return super().modelers_rows(repo, *asked, info=info) + repo.listed

    def modelscope_rows(self, repo: Repo, *asked: Any) -> list[dict[str, Any]]:
        """Return a tree that is cut off without a word."""
        return (super().modelscope_rows(repo, *asked) + repo.listed)[: modelscope.MOST]

    def file(self, files: Files, path: str, commit: str = "") -> None:
        if path not in files:
            self.json({"error": "no"}, 404)
            return
        right, hub = files[path], self.server
        about = self.about(path, right, commit)
        if is_large(path) and hub.cdn:
            self.json({}, 302, about | {"Location": f"{hub.cdn.url}{quote(self.path)}"})
            return
        fault = self.fault(path) if self.command == "GET" else ""
        if fault is None:
            return
        raw = CHANGED.get(fault, bytes)(right)
        part = "Range" in self.headers and fault != "no ranges"
        at, last = self.asked_range(len(raw)) if part else (0, len(raw))
        if at and at >= len(raw):
            self.json({}, 416, {"Content-Range": f"bytes */{len(raw)}"})
            return
        if part:
            about["Content-Range"] = f"bytes {at}-{last - 1}/{len(raw)}"
        end = last if not fault.startswith("cut") else at + int(fault.split()[1])
        if fault not in UNTOLD:
            about["Content-Length"] = str(last - at)
        self.start(206 if part else 200, about)
        if self.command == "GET":
            piece = 1 << (16 if fault == "slow" else 20)
            for here in range(at, end, piece):
                self.wfile.write(memoryview(raw)[here : min(end, here + piece)])
                if fault == "slow":
                    time.sleep(0.02)
        self.close_connection = end < last or fault in UNTOLD

    def fault(self, path: str) -> str | None:
        """Return what goes wrong with a file; None where an error was the answer."""
        fault = next(self.server.faults.get(path, iter(())), "")
        if not fault[:3].isdecimal():
            return fault
        status, _, after = fault.partition(" ")
        self.json({"error": "busy"}, int(status), {"Retry-After": after} if after else {})
        return None
