"""Words that a wrong code page ruined for good: no names may be made of them."""

from __future__ import annotations

from cardkit.patterns import regex

# Greek letters that begin a character of UTF-8, and the signs that go on with it.
_LEAD = "β-ο"
_MORE = "\u0080-\u00b3\u00b7\u00bb\u00bd\u037a\u0384-\u038f\u2015\u2018\u2019\u20ac\u20af"
_RUIN = regex(
    "[\ufffd\u0080-\u009f]|(?<=[A-Za-z0-9])β|(?<=\\s)[πβ]+$|\u951f\u65a4\u62f7"
    f"|[{_LEAD}][{_MORE}]|(?<![α-ωά-ώΑ-Ω])[{_LEAD}]{{2,}}(?![α-ωά-ώ])"
    "|[\u00c2\u00c3\u00e2-\u00e9\u00f0][\u0080-\u00bf\u0152-\u0178\u0192\u02c6\u02dc\u2013-\u203a"
    "\u20ac\u2122]"
)
_LETTER = regex(r"[\u0370-\u03ff]")


def is_ruined(text: str) -> bool:
    """Return whether a name holds what is left of another character, or is a lone Greek letter.

    >>> is_ruined("δΈ\u00adζ\u00b5\u00b7"), is_ruined("τ-bench"), is_ruined("Ξ"), is_ruined("中文")
    (True, False, True, False)
    """
    if text.isascii():
        return False
    return _RUIN.search(text) is not None or _LETTER.fullmatch(text.strip()) is not None
