"""What names of models look like."""

from __future__ import annotations

from functools import lru_cache

from cardkit.patterns import regex
from cardkit.vocabulary import load

HUB_ID = regex(r"[A-Za-z0-9][\w.-]*/[\w.-]*[A-Za-z][\w.-]*(?: \([^()]*\))?")
SIZE = regex(
    r"(?<![A-Za-z0-9.])(?:\d+x)?\d+(?:\.\d+)?\s?[BM](?![\w/])|(?<=[A-Za-z][-_])\d+(?:\.\d+)?[bm](?!\w)|\d+(?:\.\d+)?亿"
)
WORD = regex(r"[a-z]+\d?|[\u3400-\u9fff\uac00-\ud7a3\u3040-\u30ff]+")


@lru_cache(maxsize=1)
def families() -> frozenset[str]:
    """Return the first words of known model names, in lower case."""
    return frozenset(str(name).casefold() for name in load("models.yaml")["families"])


@lru_cache(maxsize=4096)
def looks_like_model(text: str) -> bool:
    """Whether a text could be the name of a model: an id, a size, or a known family.

    >>> [looks_like_model(t) for t in ("Mistral-7B w/ X", "allenai/OLMo-1B", "MMLU", "GPT-4")]
    [True, True, False, True]
    """
    if not text or len(text) > 100:
        return False
    if HUB_ID.fullmatch(text):
        return True
    return is_named_model(text)


@lru_cache(maxsize=4096)
def is_named_model(text: str) -> bool:
    """Whether a text holds a size, or a known family among its first words.

    >>> is_named_model("T5 small"), is_named_model("some/path")
    (True, False)
    """
    if SIZE.search(text):
        return True
    found = WORD.findall(text.casefold())[:4]
    return any(word in families() or word.rstrip("0123456789") in families() for word in found)
