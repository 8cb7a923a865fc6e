"""Languages: their names, codes and the spellings that hubs and people use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from cardkit.patterns import regex
from cardkit.vocabulary import fold, load, spread

WORD = regex(r"(?:[^\W\d_]|[\u0900-\u0dff])+")
NOT_SPACED = regex(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]"
)
CODE = regex(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
BETWEEN = regex(r"\s*[,;/|、，；和&]\s*|\s+(?:and|or)\s+|\s+")
# "中英双语", "中、英、日文": one sign for each language.
SIGNS = {
    "中": "zh",
    "英": "en",
    "日": "ja",
    "韩": "ko",
    "法": "fr",
    "德": "de",
    "俄": "ru",
    "西": "es",
}
SIGNS_TOGETHER = regex(r"[中英日韩法德俄西](?:[、/和]?[中英日韩法德俄西]){1,7}(?=[文语双三四多])")
# Names that are English words too: only with their capital.
WORDS_TOO = frozenset(
    {"polish", "welsh", "irish", "lao", "waray", "code", "multi", "latin", "naija", "st"}
)
NO_LANGUAGE = frozenset({"code", "multilingual"})


class Mention(NamedTuple):
    """A language named inside a text."""

    code: str
    start: int
    end: int


@lru_cache(maxsize=1)
def _rows() -> dict[str, list[str]]:
    return {key: spread(row) for key, row in load("languages.yaml").items()}


@lru_cache(maxsize=1)
def names() -> dict[str, str]:
    """Return each folded name or code of a language with the Hub's code."""
    return {fold(name): key for key, row in _rows().items() for name in [key, *row]}


@lru_cache(maxsize=1)
def _in_prose() -> dict[str, str]:
    """Return the names that a sentence may hold, in small letters: no codes."""
    return {
        name.casefold(): key
        for key, row in _rows().items()
        if key not in NO_LANGUAGE
        for name in row
        if _is_name(name)
    }


@lru_cache(maxsize=1)
def _unspaced() -> re.Pattern[str]:
    """Return a pattern of the names in scripts that put no blanks between words."""
    found = sorted(filter(NOT_SPACED.search, _in_prose()), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, found)))


def _is_name(name: str) -> bool:
    return not name.isascii() or not name.islower() or len(name) > 3


def find(text: str) -> str | None:
    """Return the code of a language, given by one name or code; None when it is none.

    >>> find("English"), find("cn"), find("日语"), find("Klingonish")
    ('en', 'zh', 'ja', None)
    """
    if len(text) > 60:
        return None
    return names().get(fold(text)) or (code(text) if CODE.fullmatch(text.strip()) else None)


def code(text: str) -> str | None:
    """Return a language code of a front matter as the Hub writes it; None when it is none.

    Codes of people's own ("cn", "jp") and whole names become codes; regions stay.

    >>> code("no"), code("cn"), code("pt-BR"), code("multilingual"), code("English")
    ('no', 'zh', 'pt-BR', 'multilingual', 'en')
    """
    text = text.strip().strip("\"'`")
    if text.casefold() in _rows():
        return text.casefold()
    if known := names().get(fold(text)):
        return known
    if not CODE.fullmatch(text):
        return None
    first, *rest = re.split("[-_]", text)
    if rest:
        known = names().get(first.casefold()) or _rare(first)
        return "-".join([known, *rest]) if known and _rare("-".join([known, *rest])) else None
    return _rare(first)


@lru_cache(maxsize=256)
def _rare(tag: str) -> str | None:
    """Return a valid code that the file does not list, in its shortest form."""
    import langcodes

    try:
        standard = langcodes.standardize_tag(tag)
    except ValueError:  # langcodes' own error for a text that is no tag
        return None
    return standard if langcodes.Language.get(standard).is_valid() else None


def mentioned(text: str) -> list[Mention]:
    """Return the languages named inside a text, in order.

    Codes count only in a text that is nothing but codes and names.

    >>> [m.code for m in mentioned("Primarily English, and some 日本語")]
    ['en', 'ja']
    >>> [m.code for m in mentioned("en, zh")], [m.code for m in mentioned("支持中英双语")]
    (['en', 'zh'], ['zh', 'en'])
    """
    found = list(_words_in(text))
    if NOT_SPACED.search(text):
        found += [
            Mention(_in_prose()[match[0].casefold()], match.start(), match.end())
            for match in _unspaced().finditer(text)
        ]
    for match in SIGNS_TOGETHER.finditer(text):
        found += [
            Mention(SIGNS[sign], match.start(), match.end()) for sign in match[0] if sign in SIGNS
        ]
    found = found or _list_of_codes(text)
    return sorted(found, key=lambda mention: mention.start)


def _words_in(text: str) -> Iterator[Mention]:
    """Yield the languages that one to three words of a text name, the longest first."""
    words = list(WORD.finditer(text))
    at = 0
    while at < len(words):
        for size in (3, 2, 1):
            part = words[at : at + size]
            name = text[part[0].start() : part[-1].end()]
            key = _in_prose().get(name.casefold()) if len(part) == size else None
            if (
                key
                and not NOT_SPACED.search(name)
                and (name.casefold() not in WORDS_TOO or name[0].isupper())
            ):
                before = text[max(0, part[0].start() - 4) : part[0].start()]
                if before.casefold() not in ("non-", "non "):
                    yield Mention(key, part[0].start(), part[-1].end())
                at += size - 1
                break
        at += 1


def _list_of_codes(text: str) -> list[Mention]:
    """Return the languages of a text that is nothing but codes."""
    if len(text) > 200:
        return []
    found, start = [], 0
    for gap in [*BETWEEN.finditer(text), None]:
        end = gap.start() if gap else len(text)
        if part := text[start:end].strip("`'\"()[]. "):
            known = names().get(fold(part)) if CODE.fullmatch(part) else None
            if not known:
                return []
            at = text.index(part, start)
            found.append(Mention(known, at, at + len(part)))
        start = gap.end() if gap else end
    return found
