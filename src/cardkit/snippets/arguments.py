"""What the arguments of a call say: ids, number formats, settings, and what a user says."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from cardkit.patterns import regex
from cardkit.snippets.trace import Bound, Call, Filled, Origin, Slot, Value
from cardkit.vocabulary import calls

HUB_ID = regex(r"[A-Za-z0-9][\w.-]*/[\w][\w.+-]*(?:@[\w.-]+)?")
NO_ID = regex(r"[<>{}\s]|^$|(?:path/to|your)", re.IGNORECASE)
DEVICE = regex(
    r"(?:cpu|cuda|npu|mps|xpu|tpu|hpu|mlu|gpu|auto|balanced|balanced_low_0|sequential)(?::\d+)?"
)
SPECIAL = regex(r"<[|｜]?[^<>\s]{1,30}[|｜]?>|\[/?[A-Z_]{2,20}\]|#{2,} ?\w*:?")
USER_NAME = regex(
    r"(?:user_?|input_?)?"
    r"(?:prompt|instruction|question|query|message|msg|input|inputs|text|request|content|q)s?",
    re.IGNORECASE,
)


def model_id(value: Value) -> str | None:
    """Return a value as the id or path of a model, when it can be one."""
    if not isinstance(value, str) or len(value) > 200 or NO_ID.search(value):
        return None
    return str(value)


def is_hub_id(name: str | None) -> bool:
    """Tell whether a name has the shape `owner/name`.

    >>> is_hub_id("ant/ant-1b"), is_hub_id("./ant-1b"), is_hub_id("images/ant.png")
    (True, False, False)
    """
    if name is None or name.startswith(("http", "/", "./")) or not HUB_ID.fullmatch(name):
        return False
    return not name.lower().endswith(calls.names("file_ends"))


def special_token(call: Call) -> str | None:
    """Return the special token that a call is given first."""
    token = call.arguments[0] if call.arguments else None
    return str(token) if isinstance(token, str) and SPECIAL.fullmatch(token.strip()) else None


def task(call: Call) -> str:
    """Return the task that a pipeline is told, as the Hub writes it."""
    value = call.keywords.get("task", call.arguments[0] if call.arguments else "")
    if isinstance(value, Origin):
        value = value.name.rpartition(".")[2]
    return str(value).replace("_", "-") if isinstance(value, str) else ""


def device(value: Value) -> str | None:
    """Return the device that a value names: a string, or the number of a card."""
    if isinstance(value, str):
        return str(value) if DEVICE.fullmatch(value) else None
    number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if number and value >= 0 else None


def dtype(value: Value) -> str | None:
    """Return the number format that a value names."""
    if isinstance(value, Origin):
        value = value.name.rpartition(".")[2] or value.name
    elif isinstance(value, Bound):
        value = value.name
    return calls.dtypes().get(value.removeprefix("torch.")) if isinstance(value, str) else None


def settings(keywords: Mapping[str, Value]) -> dict[str, Any]:
    """Return the settings among keywords whose values are written out."""
    no_settings = {*calls.names("not_settings"), *calls.names("input_keys")}
    return {
        key: _plain(value)
        for key, value in keywords.items()
        if key not in no_settings and _is_literal(value)
    }


def said(text: str) -> list[str]:
    """Return what the user says in a text: what fills its template, or the text itself."""
    if not isinstance(text, Filled):
        return [text]
    slots = [part for part in text.parts if isinstance(part, Slot)]
    if not any(isinstance(part, str) and part.strip() for part in text.parts):
        return [str(text)]
    named = [slot for slot in slots if USER_NAME.fullmatch(slot.name)]
    if len(slots) == 1 or len(named) == 1:
        return [str((named or slots)[0].value)]
    return [str(text)]


def is_prompt(text: str) -> bool:
    """Tell whether a text can be what a user says: no address, file or lone marker."""
    words = text.split()
    if not words or SPECIAL.fullmatch(text.strip()):
        return False
    alone = words[0].lower() if len(words) == 1 else ""
    return not (alone.endswith(calls.names("file_ends")) or "://" in alone)


def _is_literal(value: Value, depth: int = 4) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, Filled):
        return value.whole
    if isinstance(value, (bool, int, str)):
        return True
    if isinstance(value, list) or type(value) is tuple:
        return bool(depth) and len(value) < 100 and all(_is_literal(x, depth - 1) for x in value)
    if isinstance(value, dict):
        return bool(depth) and all(_is_literal(x, depth - 1) for x in value.values())
    return False


def _plain(value: Value) -> Any:
    """Return a literal as JSON has it."""
    if isinstance(value, Filled):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [_plain(x) for x in value]
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    return value
