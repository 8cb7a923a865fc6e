"""Settings of a training run: their names and kinds."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

from cardkit.errors import UnreadableValueError
from cardkit.facts import Fact
from cardkit.patterns import regex
from cardkit.text import Line
from cardkit.vocabulary import fold, words
from cardkit.vocabulary.prose import pattern

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


class Setting(NamedTuple):
    """One setting of a training run, with its place."""

    name: str
    fact: Fact
    unit: str | None
    """What a number counts: `sequences`, `tokens`."""
    text: str
    """The value as printed, with its unit and a note behind it."""


@lru_cache(maxsize=2048)
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


def setting_of(name: str, value: Any, line: Line, unit: str | None = None) -> Setting:
    """Return a setting that a whole line (or a cut of one) gives."""
    return Setting(name, Fact(value, line.text, line.span(), "setting"), unit, line.text)


def typed(amount: float, printed: str, *, whole: bool) -> int | float:
    """Return a whole number as such unless it was printed with a point or an exponent."""
    if whole or (amount == round(amount) and not _FRACTION.search(printed)):
        return round(amount)
    return amount


_FRACTION = regex(r"[.eE^×⁻]|10<|\sx\s")


def unreadable(name: str, value: Line, because: str) -> UnreadableValueError:
    """Return the error of a value that is none of a setting, and why."""
    return UnreadableValueError(
        f"{name} {value.text[:80]!r}: {because}", todo="give one value for each setting"
    )
