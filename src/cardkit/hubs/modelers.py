"""Modelers (魔乐), the hub of openMind.

The routes are those of its client, openmind_hub: `/api/v1/file/{id}` lists one folder and tells
the last commit, `/api/v1/file/{id}/{revision}/media/{path}` gives bytes. A file's `etag` is its
sha256 where it is large, else its sha1 as a blob of git.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from cardkit.hubs.faults import HubError
from cardkit.hubs.tree import Tree, checked

if TYPE_CHECKING:
    import httpx2

    from cardkit.hubs.web import Web

TITLE = "Modelers"
HOSTS: tuple[str, ...] = ("modelers.cn", "www.modelers.cn")
ORIGIN = f"https://{HOSTS[0]}"
ENDPOINT = "OPENMIND_HUB_ENDPOINT"
REVISION = "main"
FOLDERS = 5000
"""Folders of one repository that are asked for: none has so many, a bad answer may."""


def token() -> str | None:
    """Return None: its client keeps no token, it is given one with each call."""
    return None


def credentials(token: str) -> dict[str, str]:
    """Return the header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def tree(web: Web, repo: str, revision: str) -> Tree:
    """Return the files at a revision, which is resolved to its commit first."""
    last = _folder(web, repo, revision, "").get("last_commit")
    commit = last.get("commit", {}).get("commit_sha") if isinstance(last, dict) else None
    files, seen, waiting = [], {""}, [""]
    while waiting:
        for each in web.dicts(_folder(web, repo, commit or revision, waiting.pop()).get("tree")):
            path = each.get("path")
            if each.get("type") != "dir":
                files.append((path, each.get("size"), each.get("etag")))
            elif isinstance(path, str) and path not in seen:
                seen.add(path)
                waiting.append(path)
        if len(seen) > FOLDERS:
            raise HubError(
                "hub.network",
                f"its tree has more than {FOLDERS} folders",
                where=repo,
                todo="fetch it from another hub",
            )
    return checked(commit, files, repo)


def _folder(web: Web, repo: str, revision: str, path: str) -> dict[str, Any]:
    told = web.json(f"/api/v1/file/{repo}?{urlencode({'path': path, 'ref': revision})}")
    return web.dicts([told.get("data") if isinstance(told, dict) else None])[0]


def url(base: str, repo: str, revision: str, path: str) -> str:
    """Return the address of a file's bytes."""
    return f"{base}/api/v1/file/{repo}/{quote(revision, safe='')}/media/{quote(path)}"


def fault(response: httpx2.Response, body: bytes, what: str) -> HubError | None:
    """Return what an answer says."""
    status = response.status_code
    if status in (401, 403, 418):
        return HubError(
            "hub.gated",
            "it is private, or given only to those who ask for it",
            where=what,
            todo=f"look at {ORIGIN}/models/{what}; fetch it with openmind_hub and a token",
        )
    if status == 404:
        missing = "revision" if b"ref_not_exist" in body else "model or file"
        return HubError(
            "hub.not_found",
            f"{TITLE} has no such {missing}",
            where=what,
            todo=f"look at {ORIGIN}/models/{what}",
        )
    return None


def cache() -> Path:
    """Return the cache of openmind_hub, whose layout is that of huggingface_hub."""
    above = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(above) / "openmind" / "hub"
