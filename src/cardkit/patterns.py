"""Regular expressions that are compiled when they are first used.

Hundreds of them stand at the top of this project's files, and one card needs few: compiling all
took longer than reading it.
"""

from __future__ import annotations

import re
from typing import Any, cast

METHODS = ("search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split")


def regex(source: str, flags: int = 0) -> re.Pattern[str]:
    """Return what re.compile returns, compiled at the first use.

    >>> DIGITS = regex(r"[0-9]+")
    >>> DIGITS.search("a 12")[0], DIGITS.pattern
    ('12', '[0-9]+')
    """
    return cast("re.Pattern[str]", _Pattern(source, flags))


class _Pattern:
    """Stands in for a pattern until it is used, then lends its methods."""

    def __init__(self, source: str, flags: int) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(self._source, self._flags)
        for method in METHODS:  # from now on found without coming here
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)
