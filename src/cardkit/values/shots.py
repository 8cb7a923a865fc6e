"""How many examples a run was shown, where a head or a cell says nothing else: `5-shot`, `n=10`."""

from __future__ import annotations

import re

from cardkit.patterns import regex

SHOTS = regex(
    r"\(?\s*(?:(?:(?P<count>\d{1,3})|(?P<word>zero|one|two|three|four|five|few|k|n|[\d/–-]+))"
    r"[\s-]*shots?|[nk]\s*=\s*(?P<equals>\d{1,3})|(?P<zh>零|少|单)样本)\s*\)?",
    re.IGNORECASE,
)
WORDS = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "零": 0, "单": 1}


def is_shots(text: str) -> bool:
    """Whether a text names a number of examples and nothing else.

    >>> is_shots("(few-shot)"), is_shots("MMLU 5-shot")
    (True, False)
    """
    return SHOTS.fullmatch(text) is not None


def shots_of(text: str) -> int | None:
    """Return the number of examples that a text names; None when it names none or several.

    >>> shots_of("5-shot"), shots_of("n=10"), shots_of("few-shot"), shots_of("零样本")
    (5, 10, None, 0)
    """
    found = SHOTS.fullmatch(text)
    if not found:
        return None
    count = found["count"] or found["equals"]
    if count:
        return int(count)
    return WORDS.get((found["word"] or found["zh"] or "").casefold())
