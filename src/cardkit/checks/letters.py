"""The scripts that a text is written in."""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import lru_cache

FAMILIES = {
    "CJK": "Chinese characters",
    "IDEOGRAPHIC": "Chinese characters",
    "HIRAGANA": "Japanese letters",
    "KATAKANA": "Japanese letters",
    "KATAKANA-HIRAGANA": "Japanese letters",
    "HALFWIDTH": "Japanese letters",
    "HANGUL": "Korean letters",
    "FULLWIDTH": "Latin letters",
    "FEMININE": "Latin letters",
    "MASCULINE": "Latin letters",
    "MICRO": "Greek letters",
    "MODIFIER": "",
}
"""Scripts by the first word of a letter's name in Unicode, where it is not the script itself."""


def scripts(text: str) -> Counter[str]:
    """Return how many letters of each script a text has.

    >>> scripts("Katze, кошка, 猫ねこ") == {
    ...     "Latin letters": 5, "Cyrillic letters": 5, "Chinese characters": 1,
    ...     "Japanese letters": 2,
    ... }
    True
    """
    found = Counter(map(_script, filter(str.isalpha, text)))
    del found[""]
    return found


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    first = unicodedata.name(letter, "").partition(" ")[0]
    return FAMILIES.get(first, f"{first.capitalize()} letters" if first else "")
