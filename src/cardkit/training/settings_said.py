"""Settings in sentences: "trained for 3 epochs with a learning rate of 2e-5"."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from cardkit.errors import UnreadableValueError
from cardkit.patterns import rarest, regex
from cardkit.text import Line
from cardkit.training.optimizers import arguments
from cardkit.training.setting_values import checked
from cardkit.training.settings import COUNT, KINDS, RATIO, Setting, setting_of
from cardkit.values.quantity import Number, numbers
from cardkit.vocabulary.prose import any_of, pattern, phrases, stems_of


class _Spoken(NamedTuple):
    """How sentences give one setting."""

    name: str
    before: re.Pattern[str] | None
    needs_before: tuple[str, ...]
    """Words without which nothing is said so."""
    behind: re.Pattern[str] | None
    needs_behind: tuple[str, ...]


_N = r"(?:[~≈约]|about |around |approximately |over |roughly )?\s?(?P<n>[-+~]?[\d.]*\d)"

_LINK = r"\s*[`*]*\s*[=:：]\s*[`*]*\s*|\s+of\s+"


@lru_cache(maxsize=1)
def _spoken() -> tuple[_Spoken, ...]:
    """Return how sentences give settings, the more exact phrases first."""
    links = rf"(?:\s*(?:{any_of(phrases('setting_links'))}|[=:：]))*\s*[`*]*\s*"
    rows = []
    for name in phrases("settings"):
        given = phrases("settings", name)
        words = {how: phrases("settings", name, how) for how in given}
        before = []
        if "before" in given:
            before.append(rf"{any_of(phrases('settings', name, 'before'))}\)?[`*]*{links}")
        if "linked" in given:
            before.append(rf"{any_of(phrases('settings', name, 'linked'))}(?:{_LINK})")
        behind = ""
        if "behind" in given:
            behind = rf"\+?[\s-]?{any_of(phrases('settings', name, 'behind'))}"
        rows.append(
            _Spoken(
                name,
                regex(rf"(?:{'|'.join(before)}){_N}", re.IGNORECASE) if before else None,
                rarest([*words.get("before", ()), *words.get("linked", ())]),
                regex(behind, re.IGNORECASE) if behind else None,
                rarest(words.get("behind", ())),
            )
        )
    return tuple(rows)


@lru_cache(maxsize=1)
def _names_said() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return the patterns of settings that are words: optimizer, schedule, number format."""
    optimizer, label = any_of(phrases("optimizers")), any_of(phrases("optimizer_labels"))
    schedule, precision = any_of(phrases("schedules")), any_of(phrases("precisions"))
    return (
        ("optimizer", regex(
            rf"(?P<a>{optimizer})(?:\s*\[[^\]]{{0,40}}\])?\s*{label}"
            rf"|{label}(?:\s+(?:is|was|used|we|use|of|the|to|with))*\s*[:=为是]?\s*(?:采用|使用)?\s*"
            rf"(?P<b>{optimizer})"
            rf"|\b(?:optimi[sz]ed|trained)\s+(?:with|using|by)\s+(?P<c>{optimizer})",
            re.IGNORECASE, needs=phrases("optimizers"))),
        ("lr_scheduler_type", regex(
            rf"(?P<a>{schedule})\s+(?:learning[ -]rate\s+)?"
            r"(?:decay|scheduler?|schedule|annealing|lr schedule)\b", re.IGNORECASE,
            needs=phrases("schedules"))),
        ("mixed_precision_training", regex(
            rf"(?P<a>{precision})[ -]mixed[ -]precision"
            rf"|mixed[ -]precision\s*(?:\(|with\s+|using\s+|training\s+(?:with|in)\s+)"
            rf"(?P<b>{precision})", re.IGNORECASE, needs=phrases("precisions"))),
    )  # fmt: skip


@lru_cache(maxsize=1)
def prose_wanted() -> re.Pattern[str]:
    """Return the pattern of a text that may hold settings in its sentences."""
    every: set[str] = set()
    for name in phrases("settings"):
        for how in phrases("settings", name):
            every |= {re.split(r"[\s_]", phrase)[0].rstrip("s") for phrase in
                      phrases("settings", name, how)}  # fmt: skip
    return stems_of(
        {word for word in every if len(word) > 1} | {"optimi", "mixed", "优化器", "轮", "步"}
    )


def in_sentence(sentence: Line) -> list[Setting]:
    """Return the settings that a sentence gives, in its order.

    Tokens seen are one of them only beside others.

    >>> from cardkit.text import lines_of
    >>> line = lines_of("Trained for 3 epochs with a learning rate of 2e-5, batch size 64.")[0]
    >>> [(each.name, each.fact.value) for each in in_sentence(line)]
    [('num_epochs', 3), ('learning_rate', 2e-05), ('train_batch_size', 64)]
    """
    text = sentence.text
    lower = text.lower()
    figures = list(numbers(text))
    taken: set[int] = set()
    found: list[tuple[int, Setting]] = []
    for spoken in _spoken() if figures else ():
        starts: set[int] = set()
        if spoken.before and any(word in lower for word in spoken.needs_before):
            starts = {match.start("n") for match in spoken.before.finditer(text)}
        may_be_behind = any(word in lower for word in spoken.needs_behind)
        if not starts and not may_be_behind:
            continue
        for number in figures:
            if number.start in taken or number.range or _ALTERNATIVES.match(text, number.end):
                continue
            ahead = any(abs(number.start - start) <= 1 for start in starts)
            if ahead and "warmup" in spoken.name and _WARMED_TO.search(text[: number.start]):
                continue
            behind = may_be_behind and spoken.behind and spoken.behind.match(text, number.end)
            if not ahead and (not behind or _no_setting(text[: number.start])):
                continue
            name = spoken.name
            if name == "training_steps" and _WARMING.search(text[: number.start]):
                name = "lr_scheduler_warmup_steps"
            setting = _of_number(name, number, sentence)
            if setting is not None:
                taken.add(number.start)
                found.append((number.start, setting))
    for name, pattern_ in _names_said():
        for match in pattern_.finditer(text):
            group = match.lastgroup or "a"
            part = sentence[match.start(group) : match.end(group)]
            value = part.text.lower() if name == "lr_scheduler_type" else part.text
            found.append((match.start(), setting_of(name, value, part)))
    if "beta" in text or "β" in text or "epsilon" in text:
        found += [(len(text), setting) for setting in arguments(sentence)
                  if setting.name.startswith("adam_")]  # fmt: skip
    found.sort(key=lambda each: each[0])
    if {setting.name for _, setting in found} == {"total_training_tokens"}:
        return []
    return [setting for _, setting in found]


_WARMED_TO = regex(r"\bto\s*$", re.IGNORECASE)

_WARMING = regex(r"\bwarm(?:ed)?-?\s?up(?:[^.;]|\.\d){0,30}$", re.IGNORECASE)


def _no_setting(before: str) -> bool:
    """Return whether the word before a number makes it something else: "every 500 steps"."""
    last = re.search(r"[^\s\d]+(?:\s+of)?\s*$", before[-30:])
    return bool(last and pattern("not_a_setting").fullmatch(last[0].strip()))


def _of_number(name: str, number: Number, sentence: Line) -> Setting | None:
    """Return the setting of a number, when it can be that."""
    if name == "total_training_tokens" and number.value < 1e8:
        return None
    kind = KINDS[name]
    if name.startswith("lr_scheduler_warmup"):
        share = number.unit == "%" or 0 < number.value < 1
        name = "lr_scheduler_warmup_ratio" if share else "lr_scheduler_warmup_steps"
        kind = RATIO if share else COUNT
        if number.unit.lower().startswith("epoch"):
            return None
    try:
        return checked(name, kind, number, sentence, "")
    except UnreadableValueError:
        return None


_ALTERNATIVES = regex(
    r"\s*(?:,|or|and|/|、|或|和)\s*\d[\d.e-]*\s*(?:,|or|and|、|和)\s*\d", re.IGNORECASE
)
