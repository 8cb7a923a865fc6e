"""A hub on this machine: the routes of Hugging Face, ModelScope and Modelers.

They are those that `cardkit.hubs` asks for, and the hubs' own client libraries, which the tests
hold against it. Nothing outside this machine can reach it.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from cardkit.hubs.table import HUBS
from cardkit.tables import pick

Files = Mapping[str, bytes]
"""Files by their paths below the repository."""


@contextmanager
def serve(folder: Path, id: str, hub: str, *, revision: str | None = None) -> Iterator[str]:  # noqa: A002 - the hubs' word
    """Serve the files of a folder as a hub's model, and give the hub's address.

    `hub`: a row of `hubs.HUBS`. Its main branch, and the revision where one is given, lead to the
    files as they are now.
    """
    branch = pick(HUBS, hub, "hub").REVISION
    server = HubServer()
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    repo = server.repos[id] = Repo(files)
    repo.refs = dict.fromkeys({branch, revision or branch}, next(iter(repo.commits)))
    try:
        yield server.url
    finally:
        server.stop()


class Repo:
    """A model: commits by their hash, branches and tags by their names."""

    def __init__(self, files: Files) -> None:
        self.commits: dict[str, Files] = {}
        self.refs: dict[str, str] = {}
        self.commit(files)

    def commit(self, files: Files, *refs: str) -> str:
        """Add a commit; the branches, or those given, lead to it."""
        told = [f"{hashlib.sha256(raw).hexdigest()}  {path}" for path, raw in sorted(files.items())]
        sha = hashlib.sha256("\n".join(told).encode()).hexdigest()[:40]
        self.commits[sha] = files
        self.refs.update(dict.fromkeys(refs or ("main", "master"), sha))
        return sha


def is_large(path: str) -> bool:
    """Return whether a file is kept by Git LFS."""
    return path.endswith((".safetensors", ".bin"))


def digest_of(path: str, raw: bytes) -> str:
    """Return what a hub tells of a file: sha256 of weights, git's sha1 of all else."""
    if is_large(path):
        return hashlib.sha256(raw).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(raw) + raw, usedforsecurity=False).hexdigest()


class HubServer(ThreadingHTTPServer):
    """Serves `repos` from a thread, until it is stopped."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, routes: type[Routes] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), routes or Routes)
        self.repos: dict[str, Any] = {}
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """End it."""
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Show our own mistakes, not clients that hang up."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Routes(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    page = 1000
    """Rows of Hugging Face's tree in one answer."""
    server: Any

    def log_message(self, *_: Any) -> None:
        """Print nothing."""

    def do_HEAD(self) -> None:
        """Answer without the body."""
        self.do_GET()

    def do_GET(self) -> None:
        """Find the hub by its route."""
        url = urlsplit(self.path)
        path, asked = unquote(url.path), {k: v[0] for k, v in parse_qs(url.query, True).items()}
        if match := re.fullmatch(r"/api/v1/models/([^/]+/[^/]+)/repo(/files)?", path):
            repo, files = self.repo(match[1], asked["Revision"])
            if repo is None or files is None:
                self.json({"Code": 10010205001, "Message": "not found", "Success": False}, 404)
            elif match[2]:
                rows = self.modelscope_rows(repo, files, asked)
                self.json({"Code": 200, "Success": True, "Data": {"Files": rows}})
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
            if self.is_refused(repo):
                self.json({"error": "gated"}, 401, {"X-Error-Code": "GatedRepo"})
            elif repo is None or files is None or match[3] not in files:
                self.json({"error": "no"}, 404, {"X-Error-Code": "EntryNotFound"})
            else:
                commit = next(sha for sha, held in repo.commits.items() if held is files)
                self.file(files, match[3], commit)
        else:
            self.json({"error": "no such route"}, 404)

    def is_refused(self, _repo: Any) -> bool:
        """Tell whether files are not given to who asks: nothing here is."""
        return False

    def repo(self, name: str, revision: str) -> tuple[Any, Files | None]:
        """Return a model, and its files at a revision."""
        repo = self.server.repos.get(name)
        return repo, repo and repo.commits.get(repo.refs.get(revision, revision))

    def hugging_face(self, name: str, what: str, revision: str, asked: dict[str, str]) -> None:
        """Answer what a revision is, or the tree of one."""
        repo, files = self.repo(name, revision)
        if repo is None:
            self.json({"error": "Repository not found"}, 401, {"X-Error-Code": "RepoNotFound"})
        elif files is None:
            self.json({"error": "Invalid rev"}, 404, {"X-Error-Code": "RevisionNotFound"})
        elif what == "revision":
            sha = repo.refs.get(revision, revision)
            self.json({"id": name, "modelId": name, "sha": sha, "siblings": [], "private": False})
        else:
            rows = self.hugging_face_rows(repo, files)
            here = int(asked.get("cursor", 0))
            end = here + self.page
            more = f'<{self.server.url}{self.path.split("&")[0]}&cursor={end}>; rel="next"'
            self.json(rows[here:end], 200, {"Link": more} if end < len(rows) else {})

    def hugging_face_rows(self, _repo: Any, files: Files) -> list[dict[str, Any]]:
        """Return files as Hugging Face tells of them."""
        rows = []
        for path, raw in files.items():
            row = {"type": "file", "path": path, "size": len(raw), "oid": digest_of("", raw)}
            large = {"oid": digest_of(path, raw), "size": len(raw), "pointerSize": 134}
            rows.append({**row, "lfs": large} if is_large(path) else row)
        return rows

    def modelers(self, name: str, asked: dict[str, str], *, info: bool) -> None:
        """Answer a folder as Modelers does, or one file."""
        repo, files = self.repo(name, asked.get("ref", "main"))
        if repo is None or files is None:
            self.json({"code": "ref_not_exist" if repo else "model_not_found", "msg": ""}, 404)
            return
        sha = repo.refs.get(asked["ref"], asked["ref"])
        commit = {"commit_sha": sha, "message": "more", "created": "2024-06-01T00:00:00Z"}
        tree = self.modelers_rows(repo, files, asked["path"], commit, info=info)
        data = tree[0] if info else {"last_commit": {"commit": commit}, "tree": tree}
        self.json({"code": "", "data": data})

    def modelers_rows(
        self, _repo: Any, files: Files, asked: str, commit: dict[str, str], *, info: bool
    ) -> list[dict[str, Any]]:
        """Return files and folders as Modelers tells of them, those of one folder."""
        under = asked + "/" if asked and not info else ""
        rows: dict[str, dict[str, Any]] = {}
        for path, raw in files.items():
            name, _, below = path.removeprefix(under).partition("/")
            row: dict[str, Any] = {
                "type": "dir",
                "path": under + name,
                "name": name,
                "commit": commit,
            }
            if not below or info:
                row |= {"type": "file", "path": path, "size": len(raw),
                        "etag": digest_of(path, raw), "is_lfs": is_large(path)}  # fmt: skip
            if path.startswith(under) and (not info or path == asked):
                rows[name] = row
        return list(rows.values())

    def modelscope_rows(
        self, _repo: Any, files: Files, asked: dict[str, str]
    ) -> list[dict[str, Any]]:
        """Return a tree as ModelScope lists it: folders among the files."""
        folders = {
            "/".join(path.split("/")[:end])
            for path in files
            for end in range(1, path.count("/") + 1)
        }
        trees = [
            {"Path": path, "Type": "tree", "Size": 0, "Sha256": ""} for path in sorted(folders)
        ]
        blobs = [
            {"Path": path, "Type": "blob", "Size": len(raw),
             "Sha256": hashlib.sha256(raw).hexdigest()}
            for path, raw in files.items()
        ]  # fmt: skip
        root = f"{asked['Root']}/" if asked.get("Root") else ""
        return [
            {**row, "Name": str(row["Path"]).split("/")[-1], "Revision": "0" * 40}
            for row in trees + blobs
            if str(row["Path"]).startswith(root)
            and (asked["Recursive"] == "True" or "/" not in str(row["Path"]).removeprefix(root))
        ]

    def file(self, files: Files, path: str, commit: str = "") -> None:
        """Answer a file's bytes, or a range of them."""
        if path not in files:
            self.json({"error": "no"}, 404)
            return
        raw = files[path]
        start, end = self.asked_range(len(raw))
        if start and start >= len(raw):
            self.json({}, 416, {"Content-Range": f"bytes */{len(raw)}"})
            return
        part = "Range" in self.headers
        headers = self.about(path, raw, commit) | {"Content-Length": str(end - start)}
        if part:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(raw)}"
        self.start(206 if part else 200, headers)
        if self.command == "GET":
            self.wfile.write(memoryview(raw)[start:end])

    def about(self, path: str, raw: bytes, commit: str) -> dict[str, str]:
        """Return the headers that say which file it is."""
        tag = f'"{digest_of(path, raw)}"'
        headers = {"X-Repo-Commit": commit, "ETag": tag, "Accept-Ranges": "bytes"}
        if is_large(path):
            headers |= {"X-Linked-Etag": tag, "X-Linked-Size": str(len(raw))}
        return headers

    def asked_range(self, size: int) -> tuple[int, int]:
        """Return where the bytes that are asked for begin and end."""
        match = re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if match is None:
            return 0, size
        return int(match[1]), min(size, int(match[2]) + 1) if match[2] else size

    def json(
        self, told: Any, status: int = 200, headers: dict[str, str] | None = None, kind: str = ""
    ) -> None:
        """Answer an object; with a `kind`, a text of that kind."""
        body = told.encode() if kind else json.dumps(told).encode()
        about = {"Content-Type": kind or "application/json", "Content-Length": str(len(body))}
        self.start(status, about | (headers or {}))
        if self.command != "HEAD":
            self.wfile.write(body)

    def start(self, status: int, headers: Mapping[str, str]) -> None:
        """Send all that comes before a body."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
