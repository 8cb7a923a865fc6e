"""Hubs' hosts, the paths under them, and the mirrors that stand before them."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from cardkit.patterns import regex
from cardkit.vocabulary import load

OWN_HOST = "huggingface.co"
OWN_PAGES = f"https://{OWN_HOST}/"
NAME = r"[\w][\w.\-]{0,95}"
ID_PART = regex(NAME)
FILES = frozenset({"resolve", "blob", "tree", "raw"})
FILE_ENDING = regex(
    r"\.(?:json|zip|gz|tar|tgz|html?|php|pdf|csv|tsv|txt|md|aspx?|jsp|xml|py)$", re.I
)
COLLECTION = regex(r"[\w.\-]*-?[0-9a-f]{16,24}")
MIRROR_NAME = regex(r"hf-?mirror|hugging-?face|(?:^|\.)hf-?(?:proxy|cdn|hub)|^hf\.[^.]+\.[^.]")
CODE_HOST = regex(r"(?:^|[.\-])(?:git|gitlab|github|gitee|gitea|gogs|bitbucket|svn|code|src|repo)")
LEARNED_HOST = regex(
    r"\.(?:edu|gov|org|mil|int)(?:\.[a-z]{2})?$|\.ac\.[a-z]{2}$|^localhost$|^[\d.]+$"
)
ARXIV_NEW = regex(
    r"(?:arxiv\.org/(?:abs|pdf|html|format|e-print|ps)/|huggingface\.co/papers/|hf\.co/papers/"
    r"|alphaxiv\.org/(?:abs|pdf|overview)/|ar5iv(?:\.labs\.arxiv)?\.org/(?:html/|abs/)?"
    r"|10\.48550/arxiv\.|arxiv\s?[:.]?\s{0,3})(\d\d(?:0[1-9]|1[0-2])\.\d{4,5})(?!\d)",
    re.I,
)
ARXIV_OLD = regex(
    r"arxiv(?:\.org/(?:abs|pdf)/|:\s?)([a-z\-]{2,12}(?:\.[A-Z]{2})?/\d{7})(?!\d)", re.I
)
REPORT = regex(r"(?:paper|report|publication|preprint)[^?#]*(?:\.pdf)?", re.I)


class HubLink(NamedTuple):
    """What an address of a hub points at."""

    hub: str
    id: str
    """`owner/name`; a name alone for the few repositories that have no owner."""
    kind: str
    """`model`, `dataset`, `space` or `collection`."""
    rest: str
    """The path behind the id, such as `blob/main/config.json`; "" for the page itself."""


@lru_cache(maxsize=1)
def _lists() -> dict[str, dict[str, list[str]]]:
    rows = load("hosts.yaml")
    return {key: row if isinstance(row, dict) else {"": row} for key, row in rows.items()}


@lru_cache(maxsize=16)
def _set(name: str) -> frozenset[str]:
    return frozenset(word for row in _lists()[name].values() for word in row)


@lru_cache(maxsize=1)
def _hub_of_host() -> dict[str, str]:
    return {host: hub for hub, hosts in _lists()["hubs"].items() for host in hosts}


def hubs() -> tuple[str, ...]:
    """Return the names of the hubs."""
    return tuple(_lists()["hubs"])


def hub_link(url: str, mirrors: Collection[str] = ()) -> HubLink | None:
    """Return what an address points at on a hub, or None.

    `mirrors`: further hosts that are known to stand before the Hugging Face Hub.

    >>> hub_link("https://huggingface.co/ant/ant-1b/blob/main/config.json")
    HubLink(hub='huggingface', id='ant/ant-1b', kind='model', rest='blob/main/config.json')
    >>> hub_link("https://www.modelscope.cn/models/ant/ant-1b/summary").id
    'ant/ant-1b'
    >>> hub_link("https://github.com/ant/ant")
    """
    return _told_link(url) if not mirrors else _read_link(url, mirrors)


@lru_cache(maxsize=4096)
def _told_link(url: str) -> HubLink | None:
    """Return what an address points at; several readers ask for the same addresses."""
    return _read_link(url, ())


def _read_link(url: str, mirrors: Collection[str]) -> HubLink | None:
    address = _address(canonical(url, mirrors))
    if not address:
        return None
    hub = _hub_of_host().get(address.netloc)
    parts = [unquote(part) for part in address.path.split("/") if part]
    if not hub or not parts:
        return None
    if parts[-1].endswith(".git"):
        parts[-1] = parts[-1].removesuffix(".git")
        return _link(hub, "model", parts[-2:]) if hub != "gitcode" else None
    return READERS[hub](parts, address.netloc)


def _huggingface(parts: list[str], _: str) -> HubLink | None:
    kind = {"datasets": "dataset", "spaces": "space", "collections": "collection"}.get(parts[0])
    if parts[0] == "models" and len(parts) >= 3:
        return _link("huggingface", "model", parts[1:])
    if kind == "dataset" and (len(parts) == 2 or (len(parts) > 2 and parts[2] in FILES)):
        return HubLink("huggingface", parts[1], kind, "/".join(parts[2:]))
    if kind:
        return _link("huggingface", kind, parts[1:])
    if parts[0] in _set("without_owner") and (len(parts) == 1 or parts[1] in FILES):
        return HubLink("huggingface", parts[0], "model", "/".join(parts[1:]))
    return None if parts[0] in _set("not_owners") else _link("huggingface", "model", parts)


def _modelscope(parts: list[str], _: str) -> HubLink | None:
    if parts[:2] == ["api", "v1"]:
        parts = parts[2:]
    kinds = {
        "models": "model",
        "datasets": "dataset",
        "studios": "space",
        "collections": "collection",
    }
    if parts and parts[0] in kinds:
        return _link("modelscope", kinds[parts[0]], parts[1:])
    return None


def _modelers(parts: list[str], _: str) -> HubLink | None:
    kinds = {"models": "model", "datasets": "dataset", "spaces": "space"}
    if parts[:4] == ["coderepo", "web", "v1", "file"]:
        return _link("modelers", "model", parts[4:])
    return _link("modelers", kinds[parts[0]], parts[1:]) if parts[0] in kinds else None


def _gitcode(parts: list[str], host: str) -> HubLink | None:
    if parts[0] in ("models", "model"):
        return _link("gitcode", "model", parts[1:])
    # gitcode.com holds code too, as GitHub does; models stand on hosts or in spaces of their own.
    of_models = host.startswith(("ai.", "hub.")) or parts[0].casefold() == "hf_mirrors"
    return _link("gitcode", "model", parts) if of_models else None


def _wisemodel(parts: list[str], _: str) -> HubLink | None:
    kinds = {"models": "model", "datasets": "dataset", "spaces": "space"}
    return _link("wisemodel", kinds[parts[0]], parts[1:]) if parts[0] in kinds else None


READERS = {
    "huggingface": _huggingface,
    "modelscope": _modelscope,
    "modelers": _modelers,
    "gitcode": _gitcode,
    "wisemodel": _wisemodel,
}


def _link(hub: str, kind: str, parts: list[str]) -> HubLink | None:
    if len(parts) < 2 or not all(ID_PART.fullmatch(part) for part in parts[:2]):
        return None
    return HubLink(hub, f"{parts[0]}/{parts[1]}", kind, "/".join(parts[2:]))


def canonical(url: str, mirrors: Collection[str] = ()) -> str:
    """Return an address with a mirror's host put back to its hub's; others as they are.

    `mirrors`: further hosts that are known to stand before the Hugging Face Hub.

    >>> canonical("https://hub.example./ant/ant-1b/resolve/main/a.png")
    'https://huggingface.co/ant/ant-1b/resolve/main/a.png'
    >>> canonical("https://github.com/ant/ant/blob/main/README.md")
    'https://github.com/ant/ant/blob/main/README.md'
    """
    address = None if url.startswith(OWN_PAGES) else _address(url)
    if not address:
        return url
    host = address.netloc
    if (
        _hub_of_host().get(host) == "huggingface"
        or host in mirrors
        or _is_mirror(host, address.path)
    ):
        return address._replace(scheme="https", netloc=OWN_HOST).geturl()
    written = url.split("/", 3)[2] if "://" in url else ""
    return url.replace(written, written.rstrip("."), 1) if written.endswith(".") else url


def is_mirror(host_or_url: str) -> bool:
    """Return whether a host or address belongs to a mirror of the Hugging Face Hub.

    A host is known by its name; an address also by a path that only the hub has.

    >>> is_mirror("hf-mirror.com"), is_mirror("https://x.example/datasets/ant/food/tree/main")
    (True, True)
    >>> is_mirror("https://x.example/ant/food"), is_mirror("huggingface.co")
    (False, False)
    """
    address = _address(host_or_url if "//" in host_or_url else f"https://{host_or_url}")
    return address is not None and _is_mirror(address.netloc, address.path)


def _is_mirror(host: str, path: str) -> bool:
    if host in _set("mirrors"):
        return True
    if host in _hub_of_host() or host.endswith(f".{OWN_HOST}") or _below(host, _set("others")):
        return False
    if host.endswith((".hf.space", ".hf.co")):
        return False
    return bool(MIRROR_NAME.search(host)) or _has_hub_grammar(host, path)


def _has_hub_grammar(host: str, path: str) -> bool:
    """Return whether a path is one that only the hub writes."""
    parts = [part for part in path.split("/") if part]
    if CODE_HOST.search(host) or "-" in parts:
        return False
    kind = parts[0] if parts and parts[0] in ("datasets", "spaces", "collections") else ""
    parts = parts[1:] if kind else parts
    if len(parts) < 2 or not all(ID_PART.fullmatch(part) for part in parts[:2]):
        return False
    if len(parts) >= 4 and parts[2] in FILES:
        return parts[2] == "resolve" or not LEARNED_HOST.search(host)
    if not kind or LEARNED_HOST.search(host) or FILE_ENDING.search(parts[1]) or len(parts) > 3:
        return False
    return len(parts) == 2 and (kind != "collections" or bool(COLLECTION.fullmatch(parts[1])))


def _below(host: str, hosts: Collection[str]) -> bool:
    """Return whether a host is one of several, or stands below one."""
    parts = host.split(".")
    return any(".".join(parts[at:]) in hosts for at in range(len(parts) - 1))


@lru_cache(maxsize=2048)
def _address(url: str) -> SplitResult | None:
    """Return the parts of an http address, its host in small letters and without port or dot."""
    url = url.strip().strip("<>\"'")
    if not url.casefold().startswith(("http://", "https://")):
        if not _below(url.split("/", 1)[0].casefold(), _set("mirrors") | _hub_of_host().keys()):
            return None
        url = f"https://{url}"
    try:
        address = urlsplit(url)
        host = (address.hostname or "").rstrip(".")
    except ValueError:  # such as an unclosed bracket in the host
        return None
    return address._replace(netloc=host) if "." in host else None


@lru_cache(maxsize=2048)
def arxiv_id(url_or_text: str) -> str | None:
    """Return the first arXiv id in an address or text, without its version, or None.

    >>> arxiv_id("https://arxiv.org/pdf/2406.11794v3.pdf"), arxiv_id("arXiv:2311.10702")
    ('2406.11794', '2311.10702')
    >>> arxiv_id("https://arxiv.org/abs/cs.CL/0409058"), arxiv_id("version 2406.11794")
    ('cs.CL/0409058', None)
    """
    match = ARXIV_NEW.search(url_or_text) or ARXIV_OLD.search(url_or_text)
    return match[1] if match else None


def is_repository(url: str) -> bool:
    """Return whether an address is a repository of code, or a folder in one.

    >>> is_repository("https://github.com/ant/ant"), is_repository("https://github.com/ant")
    (True, False)
    """
    address = _address(url)
    if not address:
        return False
    host = address.netloc.removeprefix("www.")
    parts = [part for part in address.path.split("/") if part]
    known = host in _set("repositories") or host.startswith(("gitlab.", "git."))
    known = known or (host == "gitcode.com" and not hub_link(url))
    if not known or len(parts) < 2 or parts[0] in _set("not_repositories"):
        return False
    return len(parts) == 2 or parts[2] in ("tree", "-", "src") or host.startswith("gitlab.")


@lru_cache(maxsize=2048)
def is_paper(url: str) -> bool:
    """Return whether an address is a paper's.

    >>> is_paper("https://huggingface.co/papers/2406.11794"), is_paper("https://ant.example")
    (True, False)
    """
    address = _address(url)
    if not address:
        return False
    if arxiv_id(url) or _below(address.netloc, _set("papers")):
        return True
    return bool(REPORT.search(address.path)) and (
        address.path.casefold().endswith(".pdf") or "publication" in address.path
    )


@lru_cache(maxsize=2048)
def is_demo(url: str) -> bool:
    """Return whether an address is a place to try a model.

    >>> is_demo("https://huggingface.co/spaces/ant/chat"), is_demo("https://ant.example")
    (True, False)
    """
    link = hub_link(url)
    address = _address(url)
    return bool(link and link.kind == "space") or bool(
        address and _below(address.netloc, _set("demos"))
    )
