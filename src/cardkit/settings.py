"""Settings of a training run: names, values, and how labels, tables and sentences give them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from cardkit.errors import UnreadableValueError
from cardkit.facts import Fact
from cardkit.links import plain
from cardkit.patterns import regex
from cardkit.quantity import Number, in_1024s, numbers
from cardkit.text import Line
from cardkit.vocabulary import fold, words
from cardkit.vocabulary.prose import any_of, pattern, phrases, stems_of

NUMBER, COUNT, LENGTH, RATIO, TEXT, FLAG, PRECISION = (
    "number", "count", "length", "ratio", "text", "flag", "precision",
)  # fmt: skip

KINDS: dict[str, str] = {
    "learning_rate": NUMBER,
    "train_batch_size": COUNT,
    "eval_batch_size": COUNT,
    "total_train_batch_size": COUNT,
    "total_eval_batch_size": COUNT,
    "gradient_accumulation_steps": COUNT,
    "seed": COUNT,
    "distributed_type": TEXT,
    "num_devices": COUNT,
    "optimizer": TEXT,
    "adam_beta1": NUMBER,
    "adam_beta2": NUMBER,
    "adam_epsilon": NUMBER,
    "lr_scheduler_type": TEXT,
    "lr_scheduler_warmup_ratio": RATIO,
    "lr_scheduler_warmup_steps": COUNT,
    "num_epochs": NUMBER,
    "training_steps": COUNT,
    "mixed_precision_training": PRECISION,
    "weight_decay": NUMBER,
    "max_grad_norm": NUMBER,
    "max_seq_length": LENGTH,
    "total_training_tokens": COUNT,
    "gradient_checkpointing": FLAG,
    "lora_r": COUNT,
    "lora_alpha": NUMBER,
    "lora_dropout": NUMBER,
    "lora_target_modules": TEXT,
    "eval_steps": COUNT,
    "save_steps": COUNT,
    "save_total_limit": COUNT,
}
"""The names of the record, and what kind of value each has."""

LIMITS: dict[str, tuple[float, float]] = {
    "learning_rate": (0, 10),
    "adam_beta1": (0, 1),
    "adam_beta2": (0, 1),
    "adam_epsilon": (0, 0.1),
    "weight_decay": (0, 2),
    "num_epochs": (0, 100_000),
    "lora_dropout": (0, 1),
    "max_seq_length": (1, 1e8),
}

STRONG = frozenset(
    {"learning_rate", "train_batch_size", "total_train_batch_size", "eval_batch_size", "optimizer",
     "gradient_accumulation_steps", "lr_scheduler_type", "lr_scheduler_warmup_ratio",
     "lr_scheduler_warmup_steps", "weight_decay", "adam_beta1", "adam_beta2", "num_epochs",
     "adam_epsilon", "lora_r", "lora_alpha"}
)  # fmt: skip
"""Names that stand in no other list than one of training settings."""

NO_LENGTH = frozenset({"second", "seconds", "sec", "s", "words", "word", "characters", "chars",
                       "px", "pixels", "frames", "ms"})  # fmt: skip

MAX_TEXT = 200
TRUE = frozenset({"true", "yes", "on", "enabled", "1", "✓", "✔", "是", "开启"})
FALSE = frozenset({"false", "no", "off", "disabled", "0", "none", "null", "✗", "✘", "❌", "否"})
NOTHING = frozenset({"", "none", "null", "nan", "n/a", "na", "-", "--", "—", "auto", "unknown",
                     "tbd", "default", "[more information needed]", "more information needed"})  # fmt: skip


class Setting(NamedTuple):
    """One setting of a training run, with its place."""

    name: str
    fact: Fact
    unit: str | None
    text: str


# ------------------------------------------------------------------------------ names


def name_of(label: str) -> str | None:
    """Return the name that a label stands for: one of the record's, or its own in snake case.

    >>> name_of("**Learning Rate**"), name_of("Z loss"), name_of("Colour")
    ('learning_rate', 'z_loss', None)
    """
    if not 0 < len(label) <= 80:
        return None
    text = label.translate(_MATH).strip(" `*")
    if text[:1] == "(" and text[-1:] == ")":
        text = text[1:-1]
    found = words.find("training", text)
    if found in ("hardware", "framework"):
        return None
    if found in KINDS:
        return found
    if found is not None or _is_setting(text):
        return snake(text)
    return None


_MATH = {ord(sign): None for sign in "\\${}"}
_NOTE = regex(r"\s*[(（\[][^()（）\[\]]*[)）\]]")
_CAMEL = regex(r"(?<=[a-z])(?=[A-Z][a-z])")


def snake(label: str) -> str | None:
    """Return a label in snake case; None when it holds more than a name.

    >>> snake("Tensor parallel size"), snake("Beta (first)")
    ('tensor_parallel_size', 'beta')
    """
    text = fold(_NOTE.sub("", label))
    name = re.sub(r"\W+", "_", text).strip("_")
    return name if name and len(name) <= 60 and name.count("_") < 6 else None


def _is_setting(label: str) -> bool:
    """Return whether an unknown label is built of the words of settings."""
    text = fold(label)
    return (
        len(text.split()) <= 5
        and bool(pattern("setting_stems").search(text))
        and not pattern("no_setting").search(text)
    )


# ------------------------------------------------------------------------------ one value


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
        yield from _optimizer(value)
        return
    kind = KINDS.get(name)
    if kind is None:
        kind = NUMBER if any(True for _ in numbers(value.text)) else TEXT
    if kind in (NUMBER, COUNT, LENGTH, RATIO):
        yield _figure(name, kind, value, label)
        yield from _schedule(name, value)
    elif kind == FLAG:
        flag = fold(value.text)
        if flag in TRUE | FALSE:
            yield _setting(name, flag in TRUE, value)
    elif kind == PRECISION:
        yield from _precision(value, label)
    else:
        yield _text(name, value)


def _setting(name: str, value: Any, line: Line, unit: str | None = None) -> Setting:
    return Setting(name, Fact(value, line.text, line.span(), "setting"), unit, line.text)


def _text(name: str, value: Line) -> Setting:
    """Return a setting in words: up to the first comma, bracket or full stop."""
    end = _WORDS_END.search(value.text)
    words_ = (value[: end.start()] if end else value).strip(" \t*`\"'")
    if not words_ or len(words_) > 60 or len(words_.text.split()) > 6:
        raise _unreadable(name, value, "it is more than a name")
    return Setting(
        name, Fact(words_.text, words_.text, words_.span(), "setting"), None, words_.text
    )


_WORDS_END = regex(r"\s*[(（,，;；。]|\.\s|\s+with\s|\s+for\s", re.IGNORECASE)


def _figure(name: str, kind: str, value: Line, label: str) -> Setting:
    """Return a setting that is a number."""
    text = value.text
    found = list(numbers(text))
    notes = [match.span() for match in _NOTE.finditer(text)]
    outside = [n for n in found if not any(a <= n.start < b for a, b in notes)] or found[:1]
    if not outside:
        raise _unreadable(name, value, "it holds no number")
    number = outside[0]
    if number.range or (len(outside) > 1 and not _goes_with(name, outside, text)):
        raise _unreadable(name, value, "it holds more than one number")
    if number.start > 40 or _OTHER_LEAD.search(text[: number.start]):
        raise _unreadable(name, value, "other words stand before the number")
    share = number.unit == "%"
    if name == "lr_scheduler_warmup_steps" and (share or 0 < number.value < 1):
        name, kind = "lr_scheduler_warmup_ratio", RATIO
    if name == "lr_scheduler_warmup_steps" and number.unit.lower().startswith("epoch"):
        name = "lr_scheduler_warmup_epochs"
    if name == "lr_scheduler_warmup_ratio" and number.value > 1 and not share:
        name, kind = "lr_scheduler_warmup_steps", COUNT
    return _checked(name, kind, number, value, label)


def _checked(name: str, kind: str, number: Number, value: Line, label: str) -> Setting:
    """Return a number as the value of a setting, when it can be one."""
    amount: float = in_1024s(number) if kind == LENGTH else number.value
    if number.unit == "%" and kind == RATIO:
        amount /= 100
    elif number.unit == "%":
        raise _unreadable(name, value, "it is a share")
    if number.unit in ("GB", "MB", "h", "hours", "hrs", "days", "minutes", "bit") or (
        kind == LENGTH and number.unit.lower() in NO_LENGTH
    ):
        raise _unreadable(name, value, f"it counts {number.unit}")
    least, most = LIMITS.get(name, (0, 1e16) if kind != NUMBER else (-1e16, 1e16))
    whole = kind in (COUNT, LENGTH)
    if not least <= amount <= most or (whole and amount != round(amount)):
        raise _unreadable(name, value, f"no {name} is like that")
    printed = value[number.start : number.end]
    typed = _typed(amount, printed.text, whole=whole)
    text, unit = _with_unit(name, number, value, label)
    return Setting(name, Fact(typed, text.text, text.span(), "setting"), unit, text.text)


def _typed(amount: float, printed: str, *, whole: bool) -> int | float:
    """Return a whole number as such unless it was printed with a point or an exponent."""
    if whole or (amount == round(amount) and not _FRACTION.search(printed)):
        return round(amount)
    return amount


_FRACTION = regex(r"[.eE^×⁻]|10<|\sx\s")

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
            raise _unreadable("mixed_precision_training", value, "it names more than one")
        return
    words_ = value[found[0].start() : found[0].end()]
    where = Fact(words_.text, words_.text, words_.span(), "setting")
    yield Setting("mixed_precision_training", where, None, words_.text)


# ------------------------------------------------------------------------------ optimizers

_OPTIMIZER_END = regex(r"\s+(?:with|using|and|as)\b|\s*[(（,，;:{+]|\.\s|\s-\s|$", re.IGNORECASE)
_USED = regex(r"(?:use|using|the)\s+", re.IGNORECASE)
_ARGUMENT = regex(
    r"(?<![A-Za-z0-9_])(?P<name>betas?_?\s?[12₁₂]?|β_?\s?[12₁₂]?|\\beta_?\{?[12]?\}?|epsilon|eps|ε|ϵ|weight[_ ]decay(?:_rate)?"
    r"|initial_learning_rate|learning[_ ]rate|lr|momentum)['\"]?\s*(?:=|:|\bof\b)\s*"
    r"(?P<value>[(\[][^()\[\]]{1,60}[)\]]|[-+.\w]{1,24})",
    re.IGNORECASE,
)
_DICT_NAME = regex(r"['\"]?(?:name|class_name)['\"]?\s*:\s*['\"](?P<name>\w{2,40})['\"]")
_ARGUMENTS = {
    "epsilon": "adam_epsilon",
    "eps": "adam_epsilon",
    "ε": "adam_epsilon",
    "ϵ": "adam_epsilon",
    "weight_decay": "weight_decay",
    "weight decay": "weight_decay",
    "weight_decay_rate": "weight_decay",
    "learning_rate": "learning_rate",
    "learning rate": "learning_rate",
    "initial_learning_rate": "learning_rate",
    "lr": "learning_rate",
    "momentum": "momentum",
}


def _optimizer(value: Line) -> Iterator[Setting]:
    """Yield an optimizer's name and its arguments."""
    text = value.text
    if text[:1] == "{":
        match = _DICT_NAME.search(text)
        name = value[match.start("name") : match.end("name")] if match else value[:0]
        printed = name
    else:
        start = used.end() if (used := _USED.match(text)) else 0
        end = _OPTIMIZER_END.search(text, start)
        name = value[start : end.start() if end else len(text)].strip(" `*\"'.")
        printed = value if len(text) <= MAX_TEXT else name
    if not name or len(name.text.split()) > 4 or len(name) > 40 or name.text[0].isdigit():
        if not re.match(r"8-?bit", name.text):
            raise _unreadable("optimizer", value, "it is no name of an optimizer")
    yield Setting(
        "optimizer", Fact(name.text, name.text, name.span(), "setting"), None, printed.text
    )
    yield from arguments(value)


def arguments(value: Line) -> Iterator[Setting]:
    """Yield the arguments in an optimizer's text: betas, epsilon, weight decay."""
    for match in _ARGUMENT.finditer(value.text):
        place = value[match.start("value") : match.end("value")]
        name = match["name"].lower()
        if name.startswith(("beta", "β", "\\beta")):
            yield from betas(place, _which(name))
        elif found := _ARGUMENTS.get(name):
            number = next(numbers(place.text), None)
            least, most = LIMITS.get(found, (0, 1e16))
            if number is not None and number.start == 0 and least <= number.value <= most:
                part = place[number.start : number.end]
                yield _setting(found, _typed(number.value, part.text, whole=False), part)


def _which(name: str) -> int:
    return 1 if name.endswith(("1", "₁", "1}")) else 2 if name.endswith(("2", "₂", "2}")) else 0


def betas(value: Line, which: int = 0) -> Iterator[Setting]:
    """Yield the one or two betas of Adam in a text such as "(0.9, 0.95)"."""
    found = [n for n in numbers(value.text) if not n.range and 0 <= n.value <= 1]
    if which and len(found) == 1:
        part = value[found[0].start : found[0].end]
        yield _setting(f"adam_beta{which}", found[0].value, part)
    elif not which and len(found) == 2:
        for i, number in enumerate(found, 1):
            yield _setting(f"adam_beta{i}", number.value, value[number.start : number.end])


def _unreadable(name: str, value: Line, because: str) -> UnreadableValueError:
    return UnreadableValueError(
        f"{name} {value.text[:80]!r}: {because}", todo="give one value for each setting"
    )


# ------------------------------------------------------------------------------ sentences


class _Spoken(NamedTuple):
    """How sentences give one setting."""

    name: str
    before: re.Pattern[str] | None
    behind: re.Pattern[str] | None


_N = r"(?:[~≈约]|about |around |approximately |over |roughly )?\s?(?P<n>[-+~]?[\d.]*\d)"
_LINK = r"\s*[`*]*\s*[=:：]\s*[`*]*\s*|\s+of\s+"


@lru_cache(maxsize=1)
def _spoken() -> tuple[_Spoken, ...]:
    """Return how sentences give settings, the more exact phrases first."""
    links = rf"(?:\s*(?:{any_of(phrases('setting_links'))}|[=:：]))*\s*[`*]*\s*"
    rows = []
    for name in phrases("settings"):
        given = phrases("settings", name)
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
                re.compile(rf"(?:{'|'.join(before)}){_N}", re.IGNORECASE) if before else None,
                re.compile(behind, re.IGNORECASE) if behind else None,
            )
        )
    return tuple(rows)


@lru_cache(maxsize=1)
def _names_said() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return the patterns of settings that are words: optimizer, schedule, number format."""
    optimizer, label = any_of(phrases("optimizers")), any_of(phrases("optimizer_labels"))
    schedule, precision = any_of(phrases("schedules")), any_of(phrases("precisions"))
    return (
        ("optimizer", re.compile(
            rf"(?P<a>{optimizer})(?:\s*\[[^\]]{{0,40}}\])?\s*{label}"
            rf"|{label}(?:\s+(?:is|was|used|we|use|of|the|to|with))*\s*[:=为是]?\s*(?:采用|使用)?\s*"
            rf"(?P<b>{optimizer})"
            rf"|\b(?:optimi[sz]ed|trained)\s+(?:with|using|by)\s+(?P<c>{optimizer})",
            re.IGNORECASE)),
        ("lr_scheduler_type", re.compile(
            rf"(?P<a>{schedule})\s+(?:learning[ -]rate\s+)?"
            r"(?:decay|scheduler?|schedule|annealing|lr schedule)\b", re.IGNORECASE)),
        ("mixed_precision_training", re.compile(
            rf"(?P<a>{precision})[ -]mixed[ -]precision"
            rf"|mixed[ -]precision\s*(?:\(|with\s+|using\s+|training\s+(?:with|in)\s+)"
            rf"(?P<b>{precision})", re.IGNORECASE)),
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
    figures = list(numbers(text))
    taken: set[int] = set()
    found: list[tuple[int, Setting]] = []
    for spoken in _spoken():
        starts = (
            {match.start("n") for match in spoken.before.finditer(text)} if spoken.before else set()
        )
        for number in figures:
            if number.start in taken or number.range or _ALTERNATIVES.match(text, number.end):
                continue
            ahead = any(abs(number.start - start) <= 1 for start in starts)
            if ahead and "warmup" in spoken.name and _WARMED_TO.search(text[: number.start]):
                continue
            behind = spoken.behind is not None and spoken.behind.match(text, number.end)
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
            found.append((match.start(), _setting(name, value, part)))
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
        return _checked(name, kind, number, sentence, "")
    except UnreadableValueError:
        return None


_ALTERNATIVES = regex(
    r"\s*(?:,|or|and|/|、|或|和)\s*\d[\d.e-]*\s*(?:,|or|and|、|和)\s*\d", re.IGNORECASE
)


def readable(value: Line) -> Line:
    """Return a value without its markup; a power of ten keeps its raised exponent."""
    return value.strip(" *`") if "<sup>" in value.text else plain(value)
