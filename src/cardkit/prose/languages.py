"""The languages that a card is written in."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import lru_cache

from cardkit.blocks import Bullet, Heading, Paragraph
from cardkit.card import Card
from cardkit.patterns import regex
from cardkit.prose.links import plain, whole_text
from cardkit.vocabulary import load

READ = 60_000
"""Characters of a card that are looked at."""
SHARE = 0.2
"""A language with a smaller share of the prose is quoted, not written in."""
WEIGHT = 2.5
"""A character of these scripts says as much as so many letters."""
FEW = 3

_ADDRESS = regex(r"`[^`]*`|(?<![^\s`])(?:[^\s@/`]+@|[^\s@/`]*/)[^\s`]+")
_SCRIPTS = {
    "han": regex(r"[\u3400-\u9fff]+"),
    "kana": regex(r"[\u3041-\u30ff]+"),
    "ko": regex(r"[\uac00-\ud7a3]+"),
    "th": regex(r"[\u0e01-\u0e7f]+"),
    "hi": regex(r"[\u0904-\u097f]+"),
    "he": regex(r"[\u05d0-\u05ea]+"),
}
_GREEK = regex(r"[\u0370-\u03ff]{3,}")
FAR_EASTERN = frozenset(("han", "kana", "ko"))
_RARE = regex(r"[\u0370-\u0e7f]")
"""A letter of a script that is neither Latin nor of the Far East."""
_NO_LATIN = regex(
    r"[\u0370-\u04ff\u05d0-\u06ff\u0904-\u097f\u0e01-\u0e7f\u3041-\u30ff\u3400-\ud7a3]"
)
"""A letter of any other script than Latin."""
_ASCII_WORD = regex(r"[a-z]+")
_ALPHABETS = {
    "latin": regex(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+"),
    "cyrillic": regex(r"[\u0400-\u04ff]+"),
    "arabic": regex(r"[\u0620-\u06ff]+"),
}
_OTHER_ALPHABET = {
    "ru": "cyrillic",
    "uk": "cyrillic",
    "bg": "cyrillic",
    "ar": "arabic",
    "fa": "arabic",
}


def prose_languages(card: Card) -> list[str]:
    """Return the languages of a card's prose, BCP-47, the most used first."""
    weights: dict[str, float] = defaultdict(float)
    words: dict[str, Counter[str]] = {name: Counter() for name in _ALPHABETS}
    plain: list[str] = []
    for text in _texts(card):
        if text.isascii():
            found = _ASCII_WORD.findall(text.lower())
            if len(found) >= FEW:
                plain += found
            continue
        other = _NO_LATIN.search(text) is not None
        own = _weigh_scripts(text, weights) if other else 0.0
        for name, letters in _ALPHABETS.items():
            if name != "latin" and not (other and _RARE.search(text)):
                continue
            found = letters.findall(text)
            length = sum(map(len, found))
            if length > own and len(found) >= FEW:
                weights[name] += length
                words[name].update([word.casefold() for word in found])
    if plain:
        weights["latin"] += sum(map(len, plain))
        words["latin"].update(plain)
    for name, counted in words.items():
        _tell_apart(name, counted, weights)
    total = sum(weights.values())
    ranked = sorted(weights.items(), key=lambda row: -row[1])
    return [name for name, weight in ranked if weight >= SHARE * total > 0]


def _weigh_scripts(text: str, weights: dict[str, float]) -> float:
    """Add the weight of each script that one language has for itself; return their sum."""
    rare = _RARE.search(text) is not None
    counts = {
        name: len("".join(found.findall(text))) if rare or name in FAR_EASTERN else 0
        for name, found in _SCRIPTS.items()
    }
    counts["el"] = len(_GREEK.findall(text)) if rare else 0
    han, kana = counts.pop("han"), counts.pop("kana")
    if kana * 12 > han:
        counts["ja"] = kana + han
    else:
        counts["zh"] = han
    for name, count in counts.items():
        weights[name] += WEIGHT * count
    return WEIGHT * sum(counts.values())


def _texts(card: Card) -> Iterator[str]:
    """Yield the prose of a card, without code, addresses and tables."""
    length = 0
    for placed in card.blocks:
        if isinstance(placed.block, (Heading, Paragraph, Bullet)) and not placed.commented:
            text = plain(whole_text(placed.block)).text
            if "/" in text or "@" in text or "`" in text:
                text = _ADDRESS.sub(" ", text)
            length += len(text)
            yield text
            if length > READ:
                return


def _tell_apart(alphabet: str, words: Counter[str], weights: dict[str, float]) -> None:
    """Give the weight of an alphabet to the languages whose small words it shows."""
    weight = weights.pop(alphabet, 0)
    hits = {
        name: sum([words[word] for word in small if word in words])
        for name, small in _stopwords().items()
        if _OTHER_ALPHABET.get(name, "latin") == alphabet
    }
    best = max(hits, key=lambda name: hits[name])
    shown = sum(1 for word in _stopwords()[best] if word in words)
    if hits[best] * 25 < sum(words.values()) or (best != "en" and shown < FEW):
        best = "en" if alphabet == "latin" else ""  # names and labels only: they are English
    if not best or not weight:
        return
    if alphabet == "latin" and best != "en":
        shared = set(_stopwords()[best])
        english = sum(words[word] for word in _stopwords()["en"] if word not in shared)
        share = english / (english + hits[best])
        weights["en"] += weight * share
        weight *= 1 - share
    weights[best] += weight


@lru_cache(maxsize=1)
def _stopwords() -> dict[str, list[str]]:
    words: dict[str, list[str]] = load("stopwords.yaml")
    return words
