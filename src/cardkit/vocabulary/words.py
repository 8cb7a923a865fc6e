"""Words by which a card labels its facts: sections, fields, table heads, page chrome."""

from __future__ import annotations

from functools import lru_cache

from cardkit.patterns import regex
from cardkit.vocabulary import fold, load, spread

__all__ = ["DOMAINS", "aliases", "find", "fold", "names", "section_of"]

DOMAINS = ("sections", "model", "spec", "training", "evaluation", "prompt", "page")

NOTE_AT_END = regex(r"\s*[(\[][^()\[\]]*[)\]]$")
NUMBER_BEFORE = regex(r"^(?:\d+(?:\.\d+)*[.)、]?|[ivx]+[.)]|[一二三四五六七八九十]+[、.])\s*")
WORD = regex(r"[^\W_]+(?:[.'&][^\W_]+)*")
CJK = regex(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")

LONGEST_LABEL = 120
"""Characters; what is longer is a sentence and labels nothing."""


@lru_cache(maxsize=len(DOMAINS))
def _words(domain: str) -> dict[str, list[str]]:
    return {name: spread(row) for name, row in load(f"words/{domain}.yaml").items()}


@lru_cache(maxsize=len(DOMAINS))
def names(domain: str) -> dict[str, str]:
    """Return each folded alias of a domain with the canonical name that it stands for.

    >>> names("training")["学习率"]
    'learning_rate'
    """
    table = {fold(alias): name for name, printed in _words(domain).items() for alias in printed}
    return {**{fold(name): name for name in _words(domain)}, **table}


def aliases(domain: str, name: str) -> tuple[str, ...]:
    """Return the aliases of a canonical name as they are printed, not folded."""
    return tuple(_words(domain).get(name, ()))


def find(domain: str, text: str) -> str | None:
    """Return the canonical name of a label, or None; a note in parentheses at its end may go.

    >>> find("model", "**Language(s) (NLP):**"), find("spec", "参数量（B）")
    ('language', 'num_parameters')
    """
    return _find(domain, text) if len(text) <= LONGEST_LABEL else None


@lru_cache(maxsize=8192)
def _find(domain: str, text: str) -> str | None:
    table = names(domain)
    folded = fold(text)
    while folded and folded not in table:
        if folded[-1] not in ")]":
            return None
        shorter = fold(NOTE_AT_END.sub("", folded))
        if shorter == folded:
            return None
        folded = shorter
    return table.get(folded)


def section_of(heading: str) -> str | None:
    """Return the kind of section that a heading opens; None when no word of it tells.

    A heading that is more than a known word is told by the longest known word in it.

    >>> section_of("3.1 Evaluation results on the test set"), section_of("模型下载 ⬇️")
    ('evaluation', 'download')
    >>> section_of("Ant 1B")
    """
    return _section_of(fold(heading[:LONGEST_LABEL]))


@lru_cache(maxsize=2048)
def _section_of(folded: str) -> str | None:
    table = names("sections")
    folded = NUMBER_BEFORE.sub("", folded)
    if known := table.get(folded) or find("sections", folded):
        return known
    words = WORD.findall(folded)
    best = ""
    for start in range(len(words)):
        for end in range(start + 1, min(start + 7, len(words)) + 1):
            part = " ".join(words[start:end])
            if part in table and len(part) > len(best):
                best = part
    if CJK.search(folded):
        # A Chinese word says in two characters what an English one says in eight.
        inside = [alias for alias in _cjk_sections() if alias in folded]
        best = max([best, *inside], key=lambda alias: len(alias) * (4 if CJK.search(alias) else 1))
    return table.get(best)


@lru_cache(maxsize=1)
def _cjk_sections() -> tuple[str, ...]:
    return tuple(alias for alias in names("sections") if CJK.search(alias))
