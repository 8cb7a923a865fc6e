"""A hub on this machine: the routes of Hugging Face, ModelScope and Modelers, and their faults.

That it speaks them truly is tested with the client libraries (`test_real_clients.py`).
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import repeat
from typing import Any, NamedTuple
from urllib.parse import parse_qs, quote, unquote, urlsplit

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


class Repo:
    """A model: commits by their hash, branches and tags by their names."""

    def __init__(self, files: dict[str, bytes], *, gated: bool = False) -> None:
        self.commits: dict[str, dict[str, bytes]] = {}
        self.refs: dict[str, str] = {}
        self.gated = gated
        self.listed: list[dict[str, Any]] = []
        """Rows that a bad hub adds to its tree."""
        self.commit(files)

    def commit(self, files: dict[str, bytes], *refs: str) -> str:
        """Add a commit; the branches, or those given, lead to it."""
        sha = hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()[:40]
        self.commits[sha] = files
        self.refs.update(dict.fromkeys(refs or ("main", "master"), sha))
        return sha


def digest_of(path: str, raw: bytes) -> str:
    """Return what a hub tells of a file: sha256 of weights, git's sha1 of all else."""
    if is_large(path):
        return hashlib.sha256(raw).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(raw) + raw, usedforsecurity=False).hexdigest()


def is_large(path: str) -> bool:
    """Return whether a file is kept by Git LFS."""
    return path.endswith((".safetensors", ".bin"))


class HubServer(ThreadingHTTPServer):
    """Serves `repos`; what it was asked is in `requests`."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Routes)
        self.repos: dict[str, Repo] = {}
        self.faults: dict[str, Iterator[str]] = {}
        """What goes wrong, one after the other, with a path of a file, or with `api`."""
        self.requests: list[Request] = []
        self.errors: list[BaseException] = []
        self.cdn: HubServer | None = None
        """Another host that large files are redirected to, as the Hub does."""
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def fail(self, path: str, *faults: str) -> None:
        """Let the next requests for a file go wrong; `always FAULT`: each."""
        always = len(faults) == 1 and faults[0].startswith("always ")
        self.faults[path] = repeat(faults[0].removeprefix("always ")) if always else iter(faults)

    def gets(self, ending: str) -> list[Request]:
        """Return the requests for bytes whose path ends so."""
        return [r for r in self.requests if r.method == "GET" and unquote(r.path).endswith(ending)]

    def stop(self) -> None:
        """End it."""
        self.shutdown()
        self.server_close()

    def handle_error(self, *_: Any) -> None:
        """Keep our own mistakes; clients that hang up are what is tested."""
        error = sys.exception()
        if error and not isinstance(error, ConnectionError):
            self.errors.append(error)


class Routes(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: HubServer

    def log_message(self, *_: Any) -> None:
        """Print nothing."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        self.server.requests.append(Request(self.command, self.path, dict(self.headers)))
        url = urlsplit(self.path)
        path, asked = unquote(url.path), {k: v[0] for k, v in parse_qs(url.query, True).items()}
        if match := re.fullmatch(r"/api/v1/models/([^/]+/[^/]+)/repo(/files)?", path):
            repo, files = self.repo(match[1], asked["Revision"])
            if repo is None or files is None:
                self.json({"Code": 10010205001, "Message": "not found", "Success": False}, 404)
            elif match[2]:
                self.json(
                    {"Code": 200, "Success": True, "Data": {"Files": listed(repo, files, asked)}}
                )
            else:
                self.file(files, asked["FilePath"])
        elif match := re.fullmatch(r"/api/v1/file/([^/]+/[^/]+)/([^/]+)/media/(.+)", path):
            repo, files = self.repo(match[1], match[2])
            self.file(files or {}, match[3])
        elif match := re.fullmatch(r"/api/v1/file/([^/]+/[^/]+?)(/info)?", path):
            self.modelers(match[1], asked, info=bool(match[2]))
        elif match := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/(revision|tree)/(.+))?", path):
            self.hugging_face(match[1], match[2] or "revision", match[3] or "main", asked)
        elif match := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            repo, files = self.repo(match[1], unquote(match[2]))
            if repo is not None and repo.gated and "Authorization" not in self.headers:
                self.json({"error": "gated"}, 401, {"X-Error-Code": "GatedRepo"})
            elif files is None or match[3] not in files:
                self.json({"error": "no"}, 404, {"X-Error-Code": "EntryNotFound"})
            else:
                self.file(files, match[3], commit=next(
                    sha for sha, held in repo.commits.items() if held is files))  # fmt: skip
        else:
            self.json({"error": "no such route"}, 404)

    def repo(self, name: str, revision: str) -> tuple[Repo | None, dict[str, bytes] | None]:
        repo = self.server.repos.get(name)
        return repo, repo and repo.commits.get(repo.refs.get(revision, revision))

    def hugging_face(self, name: str, what: str, revision: str, asked: dict[str, str]) -> None:
        repo, files = self.repo(name, revision)
        if (fault := self.fault("api")) or fault is None:
            if fault:
                self.json(HTML.decode(), kind="text/html")
            return
        if repo is None:
            self.json({"error": "Repository not found"}, 401, {"X-Error-Code": "RepoNotFound"})
        elif files is None:
            self.json({"error": "Invalid rev"}, 404, {"X-Error-Code": "RevisionNotFound"})
        elif what == "revision":
            sha = repo.refs.get(revision, revision)
            self.json({"id": name, "modelId": name, "sha": sha, "siblings": [], "private": False})
        else:
            rows = self.rows(files) + repo.listed
            at, page = int(asked.get("cursor", 0)), 5  # the Hub has 1000 a page
            more = f'<{self.server.url}{self.path.split("&")[0]}&cursor={at + page}>; rel="next"'
            self.json(rows[at : at + page], 200, {"Link": more} if at + page < len(rows) else {})

    def rows(self, files: dict[str, bytes]) -> list[dict[str, Any]]:
        """Return files as Hugging Face tells of them."""
        rows = []
        for path, raw in files.items():
            row = {"type": "file", "path": path, "size": len(raw), "oid": digest_of("", raw)}
            large = {"oid": digest_of(path, raw), "size": len(raw), "pointerSize": 134}
            rows.append({**row, "lfs": large} if is_large(path) else row)
        return rows

    def do_POST(self) -> None:
        """Answer what a proxy asks: of some files, all that the tree tells."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        asked = json.loads(body) if body.startswith("{") else parse_qs(body)
        match = re.fullmatch(r"/api/models/([^/]+/[^/]+)/paths-info/(.+)", unquote(self.path))
        files = self.repo(match[1], match[2])[1] if match else None
        rows = self.rows(
            {path: raw for path, raw in (files or {}).items() if path in asked["paths"]}
        )
        self.json(rows, 200 if files else 404)

    def modelers(self, name: str, asked: dict[str, str], *, info: bool) -> None:
        repo, files = self.repo(name, asked.get("ref", "main"))
        if repo is None or files is None:
            self.json({"code": "ref_not_exist" if repo else "model_not_found", "msg": ""}, 404)
            return
        commit = {"commit_sha": repo.refs.get(asked["ref"], asked["ref"]), "message": "more",
                  "created": "2024-06-01T00:00:00Z"}  # fmt: skip
        under = asked["path"] + "/" if asked["path"] and not info else ""
        rows: dict[str, dict[str, Any]] = {}
        for path, raw in files.items():
            name, _, below = path.removeprefix(under).partition("/")
            row = {"type": "dir", "path": under + name, "name": name, "commit": commit}
            if not below or info:
                row |= {"type": "file", "path": path, "size": len(raw),
                        "etag": digest_of(path, raw), "is_lfs": is_large(path)}  # fmt: skip
            if path.startswith(under) and (not info or path == asked["path"]):
                rows[name] = row
        tree = [*rows.values(), *repo.listed]
        data = tree[0] if info else {"last_commit": {"commit": commit}, "tree": tree}
        self.json({"code": "", "data": data})

    def file(self, files: dict[str, bytes], path: str, commit: str = "") -> None:
        if path not in files:
            self.json({"error": "no"}, 404)
            return
        raw = right = files[path]
        hub, tag = self.server, f'"{digest_of(path, right)}"'
        about = {"X-Repo-Commit": commit, "ETag": tag, "Accept-Ranges": "bytes"}
        if is_large(path):
            about |= {"X-Linked-Etag": tag, "X-Linked-Size": str(len(right))}
            if hub.cdn:
                self.json({}, 302, about | {"Location": f"{hub.cdn.url}{quote(self.path)}"})
                return
        fault = self.fault(path) if self.command == "GET" else ""
        if fault is None:
            return
        raw = CHANGED.get(fault, bytes)(right)
        asked = re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        part = asked if fault != "no ranges" else None
        at = int(part[1]) if part else 0
        if at and at >= len(raw):
            self.json({}, 416, {"Content-Range": f"bytes */{len(raw)}"})
            return
        last = min(len(raw), int(part[2]) + 1) if part and part[2] else len(raw)
        if part:
            about["Content-Range"] = f"bytes {at}-{last - 1}/{len(raw)}"
        end = last if not fault.startswith("cut") else at + int(fault.split()[1])
        self.send_response(206 if part else 200)
        if fault not in UNTOLD:
            about["Content-Length"] = str(last - at)
        for name, value in about.items():
            self.send_header(name, value)
        self.end_headers()
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

    def json(
        self, told: Any, status: int = 200, headers: dict[str, str] | None = None, kind: str = ""
    ) -> None:
        body = told.encode() if kind else json.dumps(told).encode()
        self.send_response(status)
        for name, value in {
            "Content-Type": kind or "application/json",
            "Content-Length": str(len(body)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def listed(repo: Repo, files: dict[str, bytes], asked: dict[str, str]) -> list[dict[str, Any]]:
    """Return a tree as ModelScope lists it: folders among the files, cut off without a word."""
    from cardkit.hubs import modelscope

    folders = {
        "/".join(path.split("/")[:end]) for path in files for end in range(1, path.count("/") + 1)
    }
    rows = [{"Path": path, "Type": "tree", "Size": 0, "Sha256": ""} for path in sorted(folders)] + [
        {"Path": path, "Type": "blob", "Size": len(raw), "Sha256": hashlib.sha256(raw).hexdigest()}
        for path, raw in files.items()
    ]
    root = f"{asked['Root']}/" if asked.get("Root") else ""
    below = [
        {**row, "Name": str(row["Path"]).split("/")[-1], "Revision": "0" * 40}
        for row in rows
        if str(row["Path"]).startswith(root)
        and (asked["Recursive"] == "True" or "/" not in str(row["Path"]).removeprefix(root))
    ]
    return (below + repo.listed)[: modelscope.MOST]
