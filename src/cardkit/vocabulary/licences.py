"""Licences of the Hugging Face Hub: their ids, SPDX ids and the names that people print."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

from cardkit.patterns import regex
from cardkit.vocabulary import fold, load, spread

WORD = regex(r"[a-z0-9]+(?:[.*/'+][a-z0-9+]+)*\+*|[^\x00-\x7f]+")
VERSION = regex(r"v(?=\d)")
CREATIVE_COMMONS = regex(
    r"(?:cc|creative commons)((?: (?:by|attribution|nc|non ?commercial|sa|share ?alike"
    r"|nd|no ?deriv(?:ative)?s?))+)"
    r" (\d)(?:\.(\d))?(?![\w.]\d)"
)
CLAUSE = regex(r"by|attribution|nc|non ?commercial|sa|share ?alike|nd|no ?deriv(?:ative)?s?")
SPDX_ID = regex(r"[A-Za-z][A-Za-z0-9.+]*(?:-[A-Za-z0-9.+]+)+")
PARENTHESES = regex(r"\(([^()]*)\)\s*$")


class Licence(NamedTuple):
    """One licence of the Hub."""

    id: str
    """The Hub's id; `other` for a licence that only SPDX knows."""
    name: str
    spdx: str | None
    """The SPDX id; None where SPDX has none."""


@lru_cache(maxsize=1)
def _file() -> dict[str, Any]:
    return load("licences.yaml")  # type: ignore[no-any-return]


def _rows() -> dict[str, dict[str, str | None]]:
    return _file()["licences"]  # type: ignore[no-any-return]


@lru_cache(maxsize=4)
def _set(name: str) -> frozenset[str]:
    return frozenset(spread(_file()[name]))


@lru_cache(maxsize=1)
def _signs() -> re.Pattern[str]:
    """Return a pattern of the signs that say "licence" in scripts without blanks."""
    return re.compile("|".join(spread(_file()["licence_signs"])))


@lru_cache(maxsize=1)
def licences() -> dict[str, Licence]:
    """Return the licences of the Hub by id."""
    return {key: Licence(key, str(row["name"]), row["spdx"]) for key, row in _rows().items()}


@lru_cache(maxsize=1)
def names() -> dict[str, str]:
    """Return each name of a licence, as it is compared, with the licence's id."""
    return {" ".join(_words(name)): key for key in _rows() for name in printed(key)}


def printed(key: str) -> list[str]:
    """Return a licence's id and names as they are printed."""
    row = _rows()[key]
    return [key, *filter(None, (row["name"], row["spdx"])), *spread(row.get("also"))]


def find(text: str) -> Licence | None:
    """Return the licence that a text names and nothing else, or None.

    >>> find("The Apache License, Version 2.0").id, find("Apple Sample Code License").id
    ('apache-2.0', 'apple-ascl')
    >>> find("CC BY-NC 4.0").spdx, find("CC BY-NC")
    ('CC-BY-NC-4.0', None)
    """
    if len(text) > 160:
        return None
    for part in _readings(text):
        words = _words(part)
        plain = " ".join(words)
        if plain in names():
            return licences()[names()[plain]]
        if (found := CREATIVE_COMMONS.fullmatch(plain)) and (known := _creative_commons(found)):
            return known
        if SPDX_ID.fullmatch(part) and any(c.isdigit() for c in part):
            return _of_spdx(part)
    return None


def mentioned(text: str) -> list[Licence]:
    """Return the licences named inside a text, in order, each once.

    A name that is something else too ("MIT", "Llama 2") counts beside a licence's word only.

    >>> [l.id for l in mentioned("The code is under the MIT License, the weights are CC-BY-4.0.")]
    ['mit', 'cc-by-4.0']
    >>> mentioned("Work at MIT, based on Llama 2")
    []
    """
    written = WORD.findall(fold(text[:20000]))
    words: list[str] = []
    beside: set[int] = set()  # places in `words` next to a licence's word
    for word in written:
        normal = _normal(word)
        if normal is None:
            continue
        if word in _set("licence") or (normal != word and _signs().search(word)):
            beside |= {len(words) - 1, len(words)}
        if normal:
            words.append(normal)
    found: dict[str, Licence] = {}
    at = 0
    while at < len(words):
        for length in range(min(9, len(words) - at), 0, -1):
            known = _phrase(" ".join(words[at : at + length]))
            if known and _is_licence(known.id, range(at, at + length), beside):
                found.setdefault(known.id, known)
                at += length - 1
                break
        at += 1
    return list(found.values())


def _phrase(plain: str) -> Licence | None:
    if key := names().get(plain):
        return licences()[key]
    if plain.startswith(("cc ", "creative ")) and (match := CREATIVE_COMMONS.fullmatch(plain)):
        return _creative_commons(match)
    return None


def _is_licence(key: str, places: range, beside: set[int]) -> bool:
    if key == "apache-2.0" and len(places) > 1:
        return True
    return key not in _set("also_something_else") or not beside.isdisjoint(places)


def _readings(text: str) -> list[str]:
    """Return a text, the text without its last parentheses, and what stands in them."""
    text = text.strip()
    inside = PARENTHESES.search(text)
    return [text, text[: inside.start()].strip(), inside[1].strip()] if inside else [text]


def _words(text: str) -> list[str]:
    """Return the words of a text that tell licences apart."""
    return [normal for word in WORD.findall(fold(text)) if (normal := _normal(word))]


def _normal(word: str) -> str | None:
    """Return a word as it is compared: "" for a licence's word, None for one that says nothing."""
    if word in _set("idle"):
        return None
    if word in _set("licence"):
        return ""
    return VERSION.sub("", word) if word.isascii() else _signs().sub("", word)


def _creative_commons(match: re.Match[str]) -> Licence | None:
    clauses = {_clause(word) for word in CLAUSE.findall(match[1])}
    order = [clause for clause in ("by", "nc", "nd", "sa") if clause in clauses]
    key = f"cc-{'-'.join(order)}-{match[2]}.{match[3] or 0}"
    return licences().get(key) or _of_spdx(key)


def _clause(word: str) -> str:
    if word.startswith("no"):
        return "nc" if "comm" in word else "nd"
    return {"attribution": "by"}.get(word, word[:2] if not word.startswith("share") else "sa")


def _of_spdx(text: str) -> Licence | None:
    """Return a licence that has an SPDX id and none of the Hub's."""
    spdx = _spdx().get(text.casefold())
    return Licence("other", spdx, spdx) if spdx else None


@lru_cache(maxsize=1)
def _spdx() -> dict[str, str]:
    """Return the ids of SPDX by how they are compared."""
    from license_expression import get_spdx_licensing  # type: ignore[import-untyped]

    return {name.casefold(): name for name in get_spdx_licensing().known_symbols}
