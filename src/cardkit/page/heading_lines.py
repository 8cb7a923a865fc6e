"""Lines that stand like headings, in text that lost its marks."""

from __future__ import annotations

from cardkit.patterns import regex

MAX_HEADING = 90
MAX_HEADING_WORDS = 12
MAX_HEADING_CJK = 32

SENTENCE_END = regex(r"[.。!！;；:：,，、…]$|(?<=[a-z])\.\s|[。！；]")
LABEL = regex(r"[^:：]{1,40}(?::\s|：)\s*\S")
CJK = regex(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
LINK = regex(r"https?://|www\.")


def is_heading(text: str) -> bool:
    """Return whether a line that stands alone stands like a heading."""
    bare = text.strip()
    if bare != text.rstrip() or not any(sign.isalpha() for sign in bare) or LINK.search(bare):
        return False
    if SENTENCE_END.search(bare) or LABEL.match(bare) or "|" in bare or bare[0] in "*†‡([{<\"'“":
        return False
    if CJK.search(bare):
        return len(bare) <= MAX_HEADING_CJK
    first = next(sign for sign in bare if sign.isalnum())
    return (
        len(bare) <= MAX_HEADING
        and len(bare.split()) <= MAX_HEADING_WORDS
        and (not first.islower() or len(bare.split()) <= 4)
    )
