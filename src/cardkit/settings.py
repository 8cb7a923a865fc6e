"""Settings of a training run: names, values, and how labels, tables and sentences give them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from cardkit.errors import UnreadableValueError
from cardkit.facts import Fact
from cardkit.links import plain
from cardkit.quantity import Number, in_1024s, numbers
from cardkit.text import Line
from cardkit.vocabulary import fold, load, words

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
    text = label.translate(_MATH).strip(" ()`*")
    found = words.find("training", text)
    if found in ("hardware", "framework"):
        return None
    if found in KINDS:
        return found
    if found is not None or _is_setting(text):
        return snake(text)
    return None


_MATH = {ord(sign): None for sign in "\\${}"}
_NOTE = re.compile(r"\s*[(（\[][^()（）\[\]]*[)）\]]")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")


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
    return len(text.split()) <= 5 and bool(_stems().search(text)) and not _not().search(text)


@lru_cache(maxsize=1)
def _stems() -> re.Pattern[str]:
    return _any_word(load("prose.yaml")["setting_stems"])


@lru_cache(maxsize=1)
def _not() -> re.Pattern[str]:
    return _any_word(load("prose.yaml")["no_setting"])


def _any_word(phrases: list[str]) -> re.Pattern[str]:
    """Return a pattern for any of some words; letters around a Latin word make it another."""
    parts = []
    for phrase in phrases:
        pattern = re.escape(phrase).replace(r"\ ", r"[\s-]+")
        latin = phrase.isascii()
        parts.append(rf"(?<![A-Za-z]){pattern}(?![A-Za-z])" if latin else pattern)
    return re.compile("|".join(parts), re.IGNORECASE)


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


_WORDS_END = re.compile(r"\s*[(（,，;；。]|\.\s|\s+with\s|\s+for\s", re.IGNORECASE)


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
    if number.unit in ("GB", "MB", "h", "hours", "hrs", "days", "minutes", "bit"):
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
    if whole or (amount == round(amount) and not re.search(r"[.eE]|10", printed)):
        return round(amount)
    return amount


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
_UNIT_IN_LABEL = re.compile(r"[(（]\s*(?:in\s+)?(?:number of\s+)?(?P<unit>\w+)\s*[)）]")


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


_OTHER_LEAD = re.compile(r"\b(?:than|every|each|per|first|after|until)\b", re.IGNORECASE)


def _goes_with(name: str, found: list[Number], text: str) -> bool:
    """Return whether further numbers are about something else: "2e-5, warmup 500 steps"."""
    rest = text[found[0].end : found[1].start]
    if re.fullmatch(r"\s*(?:[,;|]|and|or|to|->|→|and\s+then)?\s*", rest, re.IGNORECASE):
        return False
    return bool(re.match(r"\s*[,;.，；。]|\s*\w+\s*[,;，；]|\s*(?:with|on|per|for)\b|\s*\+", rest)) or (
        name == "num_epochs" and bool(re.match(r"\s*epochs?\b", rest))
    )


def _schedule(name: str, value: Line) -> Iterator[Setting]:
    """Yield the schedule that stands behind a learning rate: "2e-5, cosine schedule"."""
    if name == "learning_rate" and (match := _SCHEDULE.search(value.text)):
        words_ = value[match.start("kind") : match.end("kind")]
        text = value[match.start("kind") : match.end()]
        where = Fact(words_.text.lower(), words_.text, words_.span(), "setting")
        yield Setting("lr_scheduler_type", where, None, text.text)


_SCHEDULE = re.compile(
    r"\b(?P<kind>cosine|linear|constant|polynomial|inverse square root)"
    r"(?:\s+(?:learning rate\s+)?(?:decay|scheduler|schedule|annealing))?\b",
    re.IGNORECASE,
)

_PRECISION = re.compile(
    r"\b(?:bf16|fp16|fp32|fp8|tf32|bfloat16|float16|float32|mixed_float16|mixed_bfloat16|"
    r"Native AMP|Apex(?:, opt level \w+)?|AMP|O[1-3])\b(?:[ -]mixed(?:[ -]precision)?)?",
    re.IGNORECASE,
)


def _precision(value: Line, label: str) -> Iterator[Setting]:
    """Yield a number format; under a label such as `fp16` a flag says whether it was used."""
    flag = fold(value.text)
    if flag in TRUE | FALSE:
        named = _PRECISION.search(label)
        if flag in TRUE and named:
            text = named[0].lower()
            where = Fact(text, value.text, value.span(), "setting")
            yield Setting("mixed_precision_training", where, None, value.text)
        return
    found = list(_PRECISION.finditer(value.text))
    if len({match[0].lower() for match in found}) != 1:
        if found:
            raise _unreadable("mixed_precision_training", value, "it names more than one")
        return
    match = found[0]
    bare = re.split(r"[ -]mixed", match[0])[0]
    words_ = value[match.start() : match.start() + len(bare)]
    where = Fact(words_.text, words_.text, words_.span(), "setting")
    yield Setting("mixed_precision_training", where, None, words_.text)


# ------------------------------------------------------------------------------ optimizers

_OPTIMIZER_END = re.compile(r"\s+(?:with|using|and|as)\b|\s*[(（,，;:{]|\.\s|\s-\s|$", re.IGNORECASE)
_USED = re.compile(r"(?:use|using|the)\s+", re.IGNORECASE)
_ARGUMENT = re.compile(
    r"(?P<name>betas?_?\s?[12₁₂]?|β_?\s?[12₁₂]?|\\beta_?\{?[12]?\}?|epsilon|eps|ε|ϵ|weight[_ ]decay(?:_rate)?"
    r"|initial_learning_rate|learning[_ ]rate|lr|momentum)['\"]?\s*(?:=|:|\bof\b)\s*"
    r"(?P<value>[(\[][^()\[\]]{1,60}[)\]]|[-+.\w]{1,24})",
    re.IGNORECASE,
)
_DICT_NAME = re.compile(r"['\"]?(?:name|class_name)['\"]?\s*:\s*['\"](?P<name>\w{2,40})['\"]")
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
            if number is not None and number.start == 0 and not number.range:
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

Reader = Callable[[re.Match[str], Line], Iterator[Setting]]

_N = r"(?:[~≈]|about|around|approximately|over|roughly|约|大约)?\s?(?P<n>(?=[\d.~-])\S[^\s,;，；。)]*(?:\s[xX×]\s10\S+)?(?:\s(?:million|billion|trillion|thousand|k|K|M|B|T|万|亿|万亿)\b)?)"
_IS = r"(?:\s*(?:of|is|was|at|to|=|:|：|set|equal|fixed|为|是|设为|设置为|采用|used|size|rate|length))*\s*[`*]*\s*"


def _before(phrase: str) -> re.Pattern[str]:
    return re.compile(rf"{phrase}\)?[`*]*{_IS}{_N}", re.IGNORECASE)


def _behind(phrase: str) -> re.Pattern[str]:
    return re.compile(rf"(?P<n>\d[\d.,_]*\s?[kKMBT]?(?:\s(?:million|billion|trillion|thousand)|\s?[万亿]+)?)\+?[\s-]?{phrase}", re.IGNORECASE)


PROSE: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("learning_rate", _before(r"(?:\blearning[ _-]rates?|\bLR|学习率|学習率|학습률)")),
    ("total_train_batch_size", _before(
        r"(?:\b(?:global|total|effective)(?: training| train)? batch[ _-]?sizes?|全局批(?:次)?大小|总批次大小)")),
    ("eval_batch_size", _before(r"\b(?:eval(?:uation)?|validation|test)[ _-]batch[ _-]?sizes?")),
    ("train_batch_size", _before(
        r"(?:(?<!global )(?<!total )(?<!effective )(?<!eval )(?<!validation )(?<!evaluation )"
        r"\bbatch[ _-]?sizes?|批(?:次|处理|量)?大小|バッチサイズ|배치 (?:크기|사이즈))")),
    ("max_seq_length", _before(
        r"(?:\b(?:max(?:imum)?[ _-])?(?:sequence|seq|input|token)[ _-]len(?:gth)?s?|\bmax[ _-]?len(?:gth)?"
        r"|\bsequences of(?: length)?|\bblock[ _-]size|(?:最大)?序列长度|最大长度|シーケンス長)")),
    ("max_seq_length", _behind(r"(?:token lengths?\b|个?(?:token|标记|词元)s?(?:的)?序列)")),
    ("lr_scheduler_warmup_steps", _behind(r"(?:linear )?warm-?up (?:steps|iterations)\b")),
    ("lr_scheduler_warmup_steps", _before(r"\bwarm-?up(?: steps)?(?: over)?(?: the first)?(?: for)?")),
    ("lr_scheduler_warmup_ratio", _before(r"\bwarm-?up (?:ratio|proportion)")),
    ("num_epochs", _behind(r"(?:training |full )?(?:epochs?\b|个? ?epochs?|轮|エポック|에포크|에폭)")),
    ("num_epochs", _before(r"\b(?:num(?:ber of)?[ _])?(?:train(?:ing)?[ _])?epochs?(?=\s*[=:]|\s+of)")),
    ("training_steps", _behind(r"(?:training |optimi[sz]ation |gradient |update |total )?(?:steps?|iterations?|updates)\b|步(?!长)")),
    ("weight_decay", _before(r"(?:\bweight[ _-]decay|权重衰减)")),
    ("max_grad_norm", _before(r"\b(?:gradient clipping|gradient norm clipping|max(?:imum)?[ _]grad(?:ient)?[ _]norm)")),
    ("gradient_accumulation_steps", _before(r"\bgradient[ _]accumulation(?:[ _]steps)?")),
    ("gradient_accumulation_steps", _behind(r"gradient accumulation steps\b")),
    ("lora_r", _before(r"\b(?:lora[ _])?rank(?=\s*(?:=|of|:))")),
    ("lora_alpha", _before(r"\blora[ _]alpha")),
    ("lora_dropout", _before(r"\blora[ _]dropout")),
    ("seed", _before(r"\b(?:random )?seed(?=\s*(?:=|of|:))")),
    ("total_training_tokens", _behind(r"(?:tokens\b|个? ?tokens\b|词元|トークン|토큰)")),
)  # fmt: skip
"""How sentences give settings; the more exact phrases first."""

_NOT_BEFORE = re.compile(
    r"(?:\b(?:every|each|per|after|from|at|epoch|step|first|last|next|another|least|warm-?up(?: of)?"
    r"(?: for)?|inference|denoising|diffusion|sampling|vocabulary of|context of|length of|size of)|每|前)"
    r"\s*$",
    re.IGNORECASE,
)
_OPTIMIZERS = (
    r"(?:8-?bit |fused )?(?:Adam ?W(?:[ _]?8bit)?|Adam|AdaFactor|LAMB|LION|SGD|RMSProp|AdaGrad|Sophia|"
    r"Muon|Adadelta|NAdam|RAdam|AdaMax)"
)
_OPTIMIZER_SAID = re.compile(
    rf"\b(?P<a>{_OPTIMIZERS})(?:\s*\[[^\]]{{0,40}}\])?\s+(?:optimi[sz]er|优化器|最適化)"
    rf"|\boptimi[sz]ers?\b(?:\s+(?:is|was|used|we|use|of|the|to|=|:|with))*\s*[:=]?\s*(?P<b>{_OPTIMIZERS})\b"
    rf"|优化器(?:为|是|采用|使用|：|:)?\s*(?P<c>{_OPTIMIZERS})"
    rf"|\b(?:optimi[sz]ed|trained)\s+(?:with|using|by)\s+(?P<d>{_OPTIMIZERS})\b",
    re.IGNORECASE,
)
_SCHEDULE_SAID = re.compile(
    r"\b(?P<kind>cosine|linear|constant|polynomial)\s+(?:learning[ -]rate\s+)?"
    r"(?:decay|scheduler?|schedule|annealing|lr schedule)\b",
    re.IGNORECASE,
)
_PRECISION_SAID = re.compile(
    r"\b(?P<a>bf16|fp16|bfloat16|float16|fp8)[ -]mixed[ -]precision"
    r"|mixed[ -]precision\s*(?:\(|with\s+|using\s+|training\s+(?:with|in)\s+)(?P<b>bf16|fp16|bfloat16|float16|fp8)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=1)
def prose_wanted() -> re.Pattern[str]:
    """Return the pattern of a text that may hold settings in its sentences."""
    return re.compile(
        r"learning[ _-]rate|\blr\b|batch|epoch|steps|iterations|optimi|warm-?up|weight[ _]decay|"
        r"seq(?:uence)?s?[ _-]?len|sequences of|max[ _]?len|mixed|token|seed|rank|grad|length|"
        r"学习率|批|轮|步|优化|序列|学習|학습|배치|エポック|バッチ",
        re.IGNORECASE,
    )


def in_sentence(sentence: Line) -> list[Setting]:
    """Return the settings that a sentence gives, in its order.

    >>> from cardkit.text import lines_of
    >>> line = lines_of("Trained for 3 epochs with a learning rate of 2e-5, batch size 64.")[0]
    >>> [(each.name, each.fact.value) for each in in_sentence(line)]
    [('num_epochs', 3), ('learning_rate', 2e-05), ('train_batch_size', 64)]
    """
    text = sentence.text
    found: list[tuple[int, Setting]] = []
    taken: list[tuple[int, int]] = []
    for name, pattern in PROSE:
        for match in pattern.finditer(text):
            start, end = match.span("n")
            if any(a < end and start < b for a, b in taken):
                continue
            setting = _of_match(name, match, sentence)
            if setting is not None:
                taken.append((start, end))
                found.append((start, setting))
    for pattern, name in (
        (_OPTIMIZER_SAID, "optimizer"),
        (_SCHEDULE_SAID, "lr_scheduler_type"),
        (_PRECISION_SAID, "mixed_precision_training"),
    ):
        for match in pattern.finditer(text):
            group = match.lastgroup or "kind"
            part = sentence[match.start(group) : match.end(group)]
            value = part.text.lower() if name == "lr_scheduler_type" else part.text
            found.append((match.start(), _setting(name, value, part)))
    if "beta" in text or "β" in text or "epsilon" in text:
        found += [(len(text), setting) for setting in arguments(sentence)
                  if setting.name.startswith("adam_")]  # fmt: skip
    found.sort(key=lambda each: each[0])
    named = {setting.name for _, setting in found}
    if named == {"total_training_tokens"}:
        return []
    return [setting for _, setting in found]


def _of_match(name: str, match: re.Match[str], sentence: Line) -> Setting | None:
    """Return the setting of a match, when its number can be that."""
    start, end = match.span("n")
    text = sentence.text
    number = next((n for n in numbers(text[max(0, start - 1) :]) if n.start <= end - start), None)
    if number is None:
        return None
    shift = max(0, start - 1)
    number = number._replace(start=number.start + shift, end=number.end + shift)
    if number.range or number.start > start + 2 or _ALTERNATIVES.match(text, number.end):
        return None
    if match.start("n") == match.start() and _NOT_BEFORE.search(text[: match.start()]):
        return None
    if name == "total_training_tokens" and number.value < 1e8:
        return None
    kind = KINDS[name]
    if name.startswith("lr_scheduler_warmup"):
        share = number.unit == "%" or 0 < number.value < 1
        name, kind = ("lr_scheduler_warmup_ratio", RATIO) if share else (
            "lr_scheduler_warmup_steps", COUNT)  # fmt: skip
        if number.unit.lower().startswith("epoch"):
            return None
    try:
        return _checked(name, kind, number, sentence, "")
    except UnreadableValueError:
        return None


_ALTERNATIVES = re.compile(r"\s*(?:,|or|and|/|、|或|和)\s*\d[\d.e-]*\s*(?:,|or|and|、|和)\s*\d", re.IGNORECASE)


def readable(value: Line) -> Line:
    """Return a value without its markup."""
    return plain(value)
