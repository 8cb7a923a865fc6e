"""Hugging Face, and every mirror of it.

The routes are those that huggingface_hub asks for: `/api/models/{id}/revision/{rev}`,
`/api/models/{id}/tree/{commit}` (pages by `Link`), `/{id}/resolve/{commit}/{path}`; errors say
their kind in `X-Error-Code` (https://huggingface.co/docs/huggingface_hub, `utils/_http.py`). They
are asked for here, and not through its client, because that neither retries all of them nor can
be kept from sending its token to another host.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from cardkit.hubs.faults import HubError
from cardkit.hubs.tree import Tree, checked

if TYPE_CHECKING:
    import httpx2

    from cardkit.hubs.web import Web

TITLE = "Hugging Face"
HOSTS: tuple[str, ...] = ("huggingface.co", "www.huggingface.co", "hf.co")
ORIGIN = f"https://{HOSTS[0]}"
ENDPOINT = "HF_ENDPOINT"
REVISION = "main"


def token() -> str | None:
    """Return the token of `hf auth login` or of HF_TOKEN."""
    from huggingface_hub import get_token

    return get_token()


def credentials(token: str) -> dict[str, str]:
    """Return the header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def tree(web: Web, repo: str, revision: str) -> Tree:
    """Return the files at a revision, which is resolved to its commit first."""
    told = web.json(f"/api/models/{repo}/revision/{quote(revision, safe='')}")
    commit = told.get("sha") if isinstance(told, dict) else None
    files = []
    for page in web.pages(f"/api/models/{repo}/tree/{commit}?recursive=true"):
        for each in web.dicts(page):
            if each.get("type") == "directory":
                continue
            large = each.get("lfs")
            of = large if isinstance(large, dict) else each
            files.append((each.get("path"), of.get("size"), of.get("oid") or of.get("sha256")))
    return checked(commit, files, repo)


def url(base: str, repo: str, revision: str, path: str) -> str:
    """Return the address of a file's bytes."""
    return f"{base}/{repo}/resolve/{quote(revision, safe='')}/{quote(path)}"


def fault(response: httpx2.Response, body: bytes, what: str) -> HubError | None:  # noqa: ARG001 - a Hub
    """Return what an answer says: gated, no such model, revision or file."""
    kind = response.headers.get("X-Error-Code", "")
    status = response.status_code
    page = f"{ORIGIN}/{what}"
    if kind == "GatedRepo" or (status == 403 and not kind):
        return HubError(
            "hub.gated",
            "its people give it only to those who accept their terms",
            where=what,
            todo=f"accept them at {page}, then log in: hf auth login (or set HF_TOKEN); "
            "a mirror is never sent a token",
        )
    if kind == "RevisionNotFound":
        return HubError(
            "hub.not_found",
            "there is no such revision",
            where=what,
            todo=f"see its branches, tags and commits at {page}/commits/main",
        )
    if kind == "EntryNotFound":
        return HubError(
            "hub.not_found", "there is no such file", where=what, todo=f"see {page}/tree/main"
        )
    if status in (401, 403, 404):
        return HubError(
            "hub.not_found",
            f"{response.url.host} shows no such model: there is none, or it is private",
            where=what,
            todo="check owner and name; if it is private, log in: hf auth login (or set HF_TOKEN)",
        )
    return None


def cache() -> Path:
    """Return the cache of huggingface_hub: HF_HUB_CACHE, HF_HOME or ~/.cache/huggingface/hub."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE).expanduser()
