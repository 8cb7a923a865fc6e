"""Optimizers and their arguments: "Adam with betas=(0.9,0.999) and epsilon=1e-08"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cardkit.facts import Fact
from cardkit.patterns import regex
from cardkit.text import Line
from cardkit.training.settings import LIMITS, Setting, setting_of, typed, unreadable
from cardkit.values.quantity import numbers

MAX_TEXT = 200

_OPTIMIZER_END = regex(r"\s+(?:with|using|and|as)\b|\s*[(（,，;:{+]|\.\s|\s-\s|$", re.IGNORECASE)

_NAME = regex(r"(?=.{2,40}$)(?:8-?bit\s|[^\W\d])\S*(?:\s\S+){0,3}")
_USED = regex(r"(?:use|using|the)\s+", re.IGNORECASE)

_ARGUMENT = regex(
    r"(?<![A-Za-z0-9_])(?P<name>betas?_?\s?[12₁₂]?|β_?\s?[12₁₂]?"
    r"|\\beta_?\{?[12]?\}?|epsilon|eps|ε|ϵ"
    r"|weight[_ ]decay(?:_rate)?|initial_learning_rate|learning[_ ]rate|lr|momentum)"
    r"['\"]?\s*(?:=|:|\bof\b)\s*"
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


def optimizer(value: Line) -> Iterator[Setting]:
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
    if not _NAME.fullmatch(name.text):
        raise unreadable("optimizer", value, "it is no name of an optimizer")
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
                yield setting_of(found, typed(number.value, part.text, whole=False), part)


def _which(name: str) -> int:
    return 1 if name.endswith(("1", "₁", "1}")) else 2 if name.endswith(("2", "₂", "2}")) else 0


def betas(value: Line, which: int = 0) -> Iterator[Setting]:
    """Yield the one or two betas of Adam in a text such as "(0.9, 0.95)"."""
    found = [n for n in numbers(value.text) if not n.range and 0 <= n.value <= 1]
    if which and len(found) == 1:
        part = value[found[0].start : found[0].end]
        yield setting_of(f"adam_beta{which}", found[0].value, part)
    elif not which and len(found) == 2:
        for i, number in enumerate(found, 1):
            yield setting_of(f"adam_beta{i}", number.value, value[number.start : number.end])
