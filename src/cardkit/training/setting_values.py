"""The value of a setting: "2e-5 (peak)", "2,048 sequences", "bf16 mixed precision"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from cardkit.facts import Fact
from cardkit.patterns import regex
from cardkit.prose.links import plain
from cardkit.text import Line
from cardkit.training.optimizers import optimizer
from cardkit.training.settings import (
    COUNT,
    FLAG,
    KINDS,
    LENGTH,
    LIMITS,
    NUMBER,
    PRECISION,
    RATIO,
    TEXT,
    Setting,
    setting_of,
    typed,
    unreadable,
)
from cardkit.values.quantity import Number, in_1024s, numbers
from cardkit.vocabulary import fold
from cardkit.vocabulary.prose import any_of, pattern, phrases

NO_LENGTH = frozenset({"second", "seconds", "sec", "s", "words", "word", "characters", "chars",
                       "px", "pixels", "frames", "ms"})  # fmt: skip

TRUE = frozenset({"true", "yes", "on", "enabled", "1", "✓", "✔", "是", "开启"})

FALSE = frozenset({"false", "no", "off", "disabled", "0", "none", "null", "✗", "✘", "❌", "否"})

NOTHING = frozenset(
    {"", "none", "null", "nan", "n/a", "na", "-", "--", "—", "auto", "unknown", "tbd", "default",
     "[more information needed]", "more information needed"}
)  # fmt: skip

_NOTE = regex(r"\s*[(（\[][^()（）\[\]]*[)）\]]")


def read_setting(name: str, value: Line, *, label: str = "") -> Iterator[Setting]:
    """Yield what a value says under a name: the setting, and others that stand in its words.

    Raises UnreadableValueError where the value can be read in two ways.

    >>> from cardkit.text import lines_of
    >>> def values(name, text):
    ...     return [(s.name, s.fact.value, s.unit) for s in read_setting(name, lines_of(text)[0])]
    >>> values("train_batch_size", "2,048 sequences"), values("learning_rate", "2e-5, cosine")
    ([('train_batch_size', 2048, 'sequences')], [('learning_rate', 2e-05, None), \
('lr_scheduler_type', 'cosine', None)])
    >>> values("optimizer", "Adam with betas=(0.9,0.99) and epsilon=1e-08")[1:]
    [('adam_beta1', 0.9, None), ('adam_beta2', 0.99, None), ('adam_epsilon', 1e-08, None)]
    """
    value = value.strip(" \t*`\"',;")
    if fold(value.text) in NOTHING or len(value) > 1000:
        return
    if name == "optimizer":
        yield from optimizer(value)
        return
    kind = KINDS.get(name)
    if kind is None and fold(value.text) in ("true", "false"):
        kind = FLAG
    elif kind is None:
        kind = NUMBER if any(True for _ in numbers(value.text)) else TEXT
    if kind in (NUMBER, COUNT, LENGTH, RATIO):
        yield _figure(name, kind, value, label)
        yield from _schedule(name, value)
    elif kind == FLAG:
        flag = fold(value.text)
        if flag in TRUE | FALSE:
            yield setting_of(name, flag in TRUE, value)
    elif kind == PRECISION:
        yield from _precision(value, label)
    else:
        yield _text(name, value)


def _text(name: str, value: Line) -> Setting:
    """Return a setting in words: up to the first comma, bracket or full stop."""
    end = _WORDS_END.search(value.text)
    words_ = (value[: end.start()] if end else value).strip(" \t*`\"'")
    if not words_ or len(words_) > 60 or len(words_.text.split()) > 6:
        raise unreadable(name, value, "it is more than a name")
    return Setting(
        name, Fact(words_.text, words_.text, words_.span(), "setting"), None, words_.text
    )


_WORDS_END = regex(r"\s*[(（,，;；。]|\.\s|\s+with\s|\s+for\s", re.IGNORECASE)


def _figure(name: str, kind: str, value: Line, label: str) -> Setting:
    """Return a setting that is a number."""
    text = value.text
    found = list(numbers(text))
    notes = [match.span() for match in _NOTE.finditer(text)]
    outside = [n for n in found if not any(a <= n.start < b for a, b in notes)]
    if not found:
        raise unreadable(name, value, "it holds no number")
    if not outside and len({n.value for n in found}) > 1:
        raise unreadable(name, value, "it holds more than one number")
    outside = outside or found[:1]
    number = outside[0]
    if number.range or (len(outside) > 1 and not _goes_with(name, outside, text)):
        raise unreadable(name, value, "it holds more than one number")
    if number.start > 40 or _OTHER_LEAD.search(text[: number.start]):
        raise unreadable(name, value, "other words stand before the number")
    share = number.unit == "%"
    if name == "lr_scheduler_warmup_steps" and (share or 0 < number.value < 1):
        name, kind = "lr_scheduler_warmup_ratio", RATIO
    if name == "lr_scheduler_warmup_steps" and number.unit.lower().startswith("epoch"):
        name = "lr_scheduler_warmup_epochs"
    if name == "lr_scheduler_warmup_ratio" and number.value > 1 and not share:
        name, kind = "lr_scheduler_warmup_steps", COUNT
    return checked(name, kind, number, value, label)


def checked(name: str, kind: str, number: Number, value: Line, label: str) -> Setting:
    """Return a number as the value of a setting, when it can be one."""
    amount: float = in_1024s(number) if kind == LENGTH else number.value
    if number.unit == "%" and kind == RATIO:
        amount /= 100
    elif number.unit == "%":
        raise unreadable(name, value, "it is a share")
    if number.unit in ("GB", "MB", "h", "hours", "hrs", "days", "minutes", "bit") or (
        kind == LENGTH and number.unit.lower() in NO_LENGTH
    ):
        raise unreadable(name, value, f"it counts {number.unit}")
    least, most = LIMITS.get(name, (0, 1e16) if kind != NUMBER else (-1e16, 1e16))
    whole = kind in (COUNT, LENGTH)
    if not least <= amount <= most or (whole and amount != round(amount)):
        raise unreadable(name, value, f"no {name} is like that")
    printed = value[number.start : number.end]
    exact = typed(amount, printed.text, whole=whole)
    text, unit = _with_unit(name, number, value, label)
    return Setting(name, Fact(exact, text.text, text.span(), "setting"), unit, text.text)


UNITS = {
    "sequence": "sequences",
    "sequences": "sequences",
    "token": "tokens",
    "tokens": "tokens",
    "sample": "samples",
    "samples": "samples",
    "example": "examples",
    "examples": "examples",
    "instances": "instances",
    "images": "images",
    "sentences": "sentences",
    "序列": "sequences",
    "个序列": "sequences",
    "个 token": "tokens",
    "个token": "tokens",
    "トークン": "tokens",
    "토큰": "tokens",
}

_UNIT_IN_LABEL = regex(r"[(（]\s*(?:in\s+)?(?:number of\s+)?(?P<unit>\w+)\s*[)）]")


def _with_unit(name: str, number: Number, value: Line, label: str) -> tuple[Line, str | None]:
    """Return the number as printed, with its unit and a note behind it, and the unit's name."""
    unit = UNITS.get(number.unit.lower())
    end = number.end
    if unit:
        at = value.text.find(number.unit, end)
        end = at + len(number.unit) if 0 <= at <= end + 3 else end
    noted = _UNIT_IN_LABEL.search(label)
    if unit is None and noted:
        unit = UNITS.get(noted["unit"].lower())
    note = _NOTE.match(value.text, end)
    if note and note.end() == len(value.text) and note.end() - number.start <= 60:
        end = note.end()
    if unit is None and name == "total_training_tokens":
        unit = "tokens"
    return value[number.start : end], unit


_OTHER_LEAD = regex(r"\b(?:than|every|each|per|first|after|until)\b", re.IGNORECASE)


def _goes_with(name: str, found: list[Number], text: str) -> bool:
    """Return whether further numbers are about something else: "2e-5, warmup 500 steps"."""
    rest = text[found[0].end : found[1].start]
    if re.fullmatch(r"\s*(?:[,;|]|and|or|to|->|→|and\s+then)?\s*", rest, re.IGNORECASE):
        return False
    return bool(
        re.match(r"\s*[,;.，；。]|\s*\w+\s*[,;，；]|\s*(?:with|on|per|for)\b|\s*\+", rest)
    ) or (name == "num_epochs" and bool(re.match(r"\s*epochs?\b", rest)))


def _schedule(name: str, value: Line) -> Iterator[Setting]:
    """Yield the schedule that stands behind a learning rate: "2e-5, cosine schedule"."""
    if name == "learning_rate" and (match := _schedule_words().search(value.text)):
        words_ = value[match.start("kind") : match.end("kind")]
        text = value[match.start("kind") : match.end()]
        where = Fact(words_.text.lower(), words_.text, words_.span(), "setting")
        yield Setting("lr_scheduler_type", where, None, text.text)


@lru_cache(maxsize=1)
def _schedule_words() -> re.Pattern[str]:
    return re.compile(
        rf"(?:^|[,;(/+]\s*|\bwith\s+(?:a\s+)?)(?P<kind>{any_of(phrases('schedules'))})"
        r"(?:\s+(?:learning rate\s+)?(?:decay|scheduler|schedule|annealing))?\b",
        re.IGNORECASE,
    )


def _precision(value: Line, label: str) -> Iterator[Setting]:
    """Yield a number format; under a label such as `fp16` a flag says whether it was used."""
    flag = fold(value.text)
    if flag in TRUE | FALSE:
        named = pattern("precisions").search(label)
        if flag in TRUE and named:
            text = named[0].lower()
            where = Fact(text, value.text, value.span(), "setting")
            yield Setting("mixed_precision_training", where, None, value.text)
        return
    found = list(pattern("precisions").finditer(value.text))
    if len({match[0].lower() for match in found}) != 1:
        if found:
            raise unreadable("mixed_precision_training", value, "it names more than one")
        return
    words_ = value[found[0].start() : found[0].end()]
    where = Fact(words_.text, words_.text, words_.span(), "setting")
    yield Setting("mixed_precision_training", where, None, words_.text)


def readable(value: Line) -> Line:
    """Return a value without its markup; a power of ten keeps its raised exponent."""
    return value.strip(" *`") if "<sup>" in value.text else plain(value)
