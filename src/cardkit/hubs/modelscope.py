"""ModelScope (魔搭).

The routes are those of its client, modelscope_hub: `/api/v1/models/{id}/repo/files` for the tree
(sha256 of every file; cut off without a word at 3,000) and `/api/v1/models/{id}/repo` for bytes.
A branch or tag has no commit there: what pins a fetch is the hash over its files' hashes.
"""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from cardkit.hubs.faults import HubError
from cardkit.hubs.tree import Tree, checked

if TYPE_CHECKING:
    import httpx2

    from cardkit.hubs.web import Web

TITLE = "ModelScope"
HOSTS: tuple[str, ...] = (
    "modelscope.cn",
    "www.modelscope.cn",
    "modelscope.ai",
    "www.modelscope.ai",
)
ORIGIN = f"https://{HOSTS[0]}"
ENDPOINT = "MODELSCOPE_ENDPOINT"
REVISION = "master"
MOST = 3000
"""Rows that a listing has at most, `REPO_FILES_TRUNCATION_LIMIT` of modelscope_hub."""
LOGIN = "m_session_id"
"""The cookie that its client keeps the token in."""


def token() -> str | None:
    """Return MODELSCOPE_API_TOKEN, or what `modelscope login` left in its jar of cookies."""
    if given := os.environ.get("MODELSCOPE_API_TOKEN"):
        return given
    home = os.environ.get("MODELSCOPE_HOME") or Path.home() / ".modelscope"
    try:
        with (Path(home) / "credentials" / "cookies").open("rb") as file:
            jar = _Jar(file).load()
        found = [names[LOGIN] for paths in vars(jar)["_cookies"].values()
                 for names in paths.values() if LOGIN in names]  # fmt: skip
        return str(found[0].value) if found else None
    except (OSError, pickle.UnpicklingError, KeyError, AttributeError, TypeError, EOFError):
        return None


class _Jar(pickle.Unpickler):
    """Reads a pickled jar of cookies; of all else that a pickle can do it does nothing."""

    def find_class(self, module: str, name: str) -> Any:
        if module in ("requests.cookies", "http.cookiejar"):
            return type(name, (), {})
        raise pickle.UnpicklingError(f"{module}.{name} is no cookie's")


def credentials(token: str) -> dict[str, str]:
    """Return the headers that carry a token: its routes read one or the other."""
    return {"Authorization": f"Bearer {token}", "Cookie": f"{LOGIN}={token}"}


def tree(web: Web, repo: str, revision: str) -> Tree:
    """Return the files at a revision; no commit."""
    files = [
        (each.get("Path"), each.get("Size"), each.get("Sha256"))
        for each in _listed(web, repo, revision, "")
    ]
    return checked(None, files, repo)


def _listed(web: Web, repo: str, revision: str, folder: str) -> list[dict[str, Any]]:
    """Return the files of a folder and below it; one by one where the list was cut off."""
    rows = _rows(web, repo, revision, folder, recursive=True)
    if len(rows) >= MOST:
        rows = _rows(web, repo, revision, folder, recursive=False)
        if len(rows) >= MOST:
            raise HubError(
                "hub.network",
                f"{TITLE} lists no more than {MOST} files of the folder {folder or '/'}",
                where=repo,
                todo="fetch it from another hub",
            )
        below = [row["Path"] for row in rows if row.get("Type") == "tree"]
        rows += [row for name in below for row in _listed(web, repo, revision, name)]
    return [row for row in rows if row.get("Type") != "tree"]


def _rows(
    web: Web, repo: str, revision: str, folder: str, *, recursive: bool
) -> list[dict[str, Any]]:
    asked = {
        "Revision": revision,
        "Recursive": str(recursive),
        **({"Root": folder} if folder else {}),
    }
    told = web.json(f"/api/v1/models/{repo}/repo/files?{urlencode(asked)}")
    inner = told.get("Data") if isinstance(told, dict) else None
    return web.dicts(inner.get("Files") if isinstance(inner, dict) else None)


def url(base: str, repo: str, revision: str, path: str) -> str:
    """Return the address of a file's bytes."""
    asked = urlencode({"Revision": revision, "FilePath": path})
    return f"{base}/api/v1/models/{repo}/repo?{asked}"


def fault(response: httpx2.Response, body: bytes, what: str) -> HubError | None:  # noqa: ARG001 - a Hub
    """Return what an answer says; a missing revision and a missing model look alike there."""
    status = response.status_code
    if status in (401, 403):
        return HubError(
            "hub.gated",
            "it is private, or given only to those who ask for it",
            where=what,
            todo=f"ask for it at {ORIGIN}/models/{what}, then log in: modelscope login "
            "(or set MODELSCOPE_API_TOKEN)",
        )
    if status == 404:
        return HubError(
            "hub.not_found",
            f"{TITLE} has no such model, revision or file",
            where=what,
            todo=f"look at {ORIGIN}/models/{what}; its branch is mostly named {REVISION}",
        )
    return None


def cache() -> Path:
    """Return a folder of ours, in the layout of huggingface_hub; a snapshot is named by its pin.

    The client's own has one folder for each branch, which changes when the branch does.
    """
    above = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(above) / "cardkit" / "modelscope"
