"""The test hub with what huggingface_hub's file system asks of it: data sets, folders, commits.

A data set and a model are one table of repositories here, told apart by their names alone.
"""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import unquote

from hub_server import HubServer, Repo, Request, Routes


class DataHub(HubServer):
    """Serves `repos`, and takes commits to them."""

    def __init__(self) -> None:
        super().__init__()
        self.RequestHandlerClass = DataRoutes


class DataRoutes(Routes):
    """Answers one connection."""

    server: DataHub
    page = 1000

    def do_GET(self) -> None:  # noqa: N802 - the name is the library's
        self._as_models()
        match = re.fullmatch(r"/api/models/([^/]+/[^/]+)/tree/([^/]+)(?:/(.*?))?\?(.*)", self.path)
        if match is None:
            super().do_GET()
            return
        self.server.requests.append(Request(self.command, self.path, dict(self.headers)))
        name, revision, folder, asked = (unquote(part or "") for part in match.groups())
        files = self.repo(name, revision)[1]
        rows = self._rows(files or {}, folder, "recursive=true" in asked.lower())
        found = files is not None and (rows or not folder)
        told = {} if found else {"X-Error-Code": "EntryNotFound"}
        self.json(rows if found else {"error": "no"}, 200 if found else 404, told)

    def do_POST(self) -> None:  # noqa: N802 - the name is the library's
        self._as_models()
        match = re.fullmatch(r"/api/models/([^/]+/[^/]+)/(preupload|commit)/(.+)", self.path)
        if match is None:
            super().do_POST()
            return
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        repo = self.server.repos.get(match[1])
        if repo is None:
            self.json({"error": "no"}, 404, {"X-Error-Code": "RepoNotFound"})
        elif match[2] == "preupload":
            files = json.loads(body)["files"]
            rows = [
                {"path": f["path"], "uploadMode": "regular", "shouldIgnore": False} for f in files
            ]
            self.json({"files": rows})
        else:
            self._commit(repo, [json.loads(line) for line in body.splitlines()])

    def _commit(self, repo: Repo, steps: list[dict]) -> None:
        files = dict(repo.commits[repo.refs["main"]])
        for step in steps:
            path = step["value"].get("path", "")
            if step["key"] == "file":
                files[path] = base64.b64decode(step["value"]["content"])
            elif step["key"] == "deletedFile":
                del files[path]
        sha = repo.commit(files)
        url = f"{self.server.url}/datasets/x/y/commit/{sha}"
        self.json({"success": True, "commitOid": sha, "commitUrl": url})

    def _as_models(self) -> None:
        self.path = re.sub(r"^(/api)?/datasets/", lambda m: f"{m[1] or ''}/models/", self.path)
        self.path = re.sub(r"^/models/", "/", self.path)

    def _rows(self, files: dict[str, bytes], folder: str, deep: bool) -> list[dict]:
        under = f"{folder}/" if folder else ""
        inside = {path: raw for path, raw in files.items() if path.startswith(under)}
        rows = self.hugging_face_rows(Repo({}), inside)
        folders = {
            under + "/".join(path.removeprefix(under).split("/")[:end])
            for path in inside
            for end in range(1, path.removeprefix(under).count("/") + 1)
        }
        rows += [{"type": "directory", "path": each, "size": 0, "oid": "0"} for each in folders]
        return [row for row in rows if deep or "/" not in row["path"].removeprefix(under)]
