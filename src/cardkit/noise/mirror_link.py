"""Links to the hub that lead to a mirror's host.

Seen on: reverse proxies of Hugging Face, which rewrite every address of the pages they show.
"""

from __future__ import annotations

from cardkit.noise import Repaired, text_of
from cardkit.patterns import regex
from cardkit.text import Line, whole
from cardkit.vocabulary.hosts import is_mirror

ADDRESS = regex(
    r"https?://([^\s/\\)\](\[\"'<>|`，。、）]{3,200})(/[^\s)\](\[\"'<>|`，。、）]{0,500})?"
)
HUB = "huggingface.co"
HUB_HOSTS = frozenset({HUB, "github.com", "arxiv.org", "modelscope.cn", "www.modelscope.cn"})
"""Hosts that most links lead to, and that are no mirrors."""
ENDPOINT = "ENDPOINT"
"""A line that sets this variable means the mirror itself."""


def repair(lines: list[Line]) -> Repaired | None:
    """Point links at the hub again: only the host is written anew.

    A host that one link's path gives away as a mirror is one in all links of the card.
    """
    text = text_of(lines)
    if "://" not in text or not any(
        map(is_mirror, {a[0] for a in ADDRESS.finditer(text) if a[1] not in HUB_HOSTS})
    ):
        return None
    found = [
        (n, address)
        for n, line in enumerate(lines)
        if "://" in line.text and ENDPOINT not in line.text
        for address in ADDRESS.finditer(line.text)
        if address[1] not in HUB_HOSTS
    ]
    mirrors = {address[1] for _, address in found if is_mirror(address[0])}
    if not mirrors:
        return None
    swaps: dict[int, list[tuple[int, int, str]]] = {}
    for n, address in found:
        if address[1] in mirrors:
            swaps.setdefault(n, []).append((address.start(1), address.end(1), HUB))
    card = [line.swaps(swaps[n]) if n in swaps else line for n, line in enumerate(lines)]
    return Repaired(card, sum(map(len, swaps.values())), whole(lines[n] for n in swaps))
