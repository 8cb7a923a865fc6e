"""Hubs' hosts, the paths under them, and the mirrors that stand before them."""

from __future__ import annotations

from typing import NamedTuple


class HubLink(NamedTuple):
    """What an address of a hub points at."""

    hub: str
    id: str
    kind: str
    """`model`, `dataset`, `space` or `collection`."""
    rest: str
    """The path behind the id, such as `blob/main/config.json`; "" for the page itself."""


def hub_link(url: str) -> HubLink | None:
    """Return what an address points at on a hub, or None."""
    return None


def canonical(url: str) -> str:
    """Return an address with a mirror's host put back to its hub's."""
    return url


def is_mirror(host_or_url: str) -> bool:
    """Return whether a host or address belongs to a mirror of a hub."""
    return False


def arxiv_id(url_or_text: str) -> str | None:
    """Return the arXiv id in an address or text, without its version, or None."""
    return None


def is_repository(url: str) -> bool:
    """Return whether an address is a code repository."""
    return False


def is_paper(url: str) -> bool:
    """Return whether an address is a paper."""
    return False


def is_demo(url: str) -> bool:
    """Return whether an address is a demo."""
    return False
