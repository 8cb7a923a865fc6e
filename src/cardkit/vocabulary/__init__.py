"""Words of model cards, in data files, and the modules that look them up: one kind of word each.

To teach cardkit a word, add it to its file; no code changes.
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from cardkit.patterns import regex

__all__ = ["fold", "load", "spread"]

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
FOLDER = Path(__file__).parent

# Emoji, arrows and other signs that are no letters; variation selectors and joiners.
SIGNS = regex(
    "[\u00a9\u00ae\u2122\u200b-\u200f\u2060\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff"
    "\ufe0e\ufe0f\ufeff\U0001f000-\U0001faff\U000e0020-\U000e007f\u2020\u2021]+"
)
ASCII_BLANKS = "*`_-|"
BLANKS = str.maketrans(
    dict.fromkeys(ASCII_BLANKS + "\u2010\u2011\u2012\u2013\u2014\u2015\u00b7\u2022", " ")
)
ENDS = " \t#:：;,.!?。、,，;；！？~="


@lru_cache(maxsize=8192)
def _fold(text: str) -> str:
    if text.isascii():  # twice as fast as to translate
        for sign in ASCII_BLANKS:
            text = text.replace(sign, " ")
    else:
        text = unicodedata.normalize("NFKC", SIGNS.sub(" ", text)).translate(BLANKS)
    return " ".join(text.casefold().split()).strip(ENDS)


def fold(text: str) -> str:
    """Return a text as it is compared: width, case, markup and punctuation at its ends gone.

    >>> fold("**Model_Type:**"), fold("🌟 Ｌｉｃｅｎｓｅ："), fold("# Layers")
    ('model type', 'license', 'layers')
    """
    return _fold(text) if len(text) < 200 else _fold.__wrapped__(text)


@cache
def load(name: str) -> Any:
    """Return what a data file of this folder holds; nobody may change it."""
    loader = LOADER((FOLDER / name).read_text(encoding="utf-8"))
    loader.get_event(), loader.get_event()  # the stream and its document begin
    return _value(loader, loader.get_event(), {})


def _value(loader: Any, event: Any, named: dict[str, Any]) -> Any:
    """Return what begins with an event; twice as fast as the loader's own way by nodes and tags."""
    value: Any
    if isinstance(event, yaml.ScalarEvent):
        value = _scalar(event.value) if event.implicit[0] else event.value
    elif isinstance(event, yaml.MappingStartEvent):
        value = {}
        while not isinstance(key := loader.get_event(), yaml.MappingEndEvent):
            name = _value(loader, key, named)
            value[name] = _value(loader, loader.get_event(), named)
    elif isinstance(event, yaml.SequenceStartEvent):
        value = []
        while not isinstance(entry := loader.get_event(), yaml.SequenceEndEvent):
            value.append(_value(loader, entry, named))
    else:
        return named[event.anchor]
    if event.anchor:
        named[event.anchor] = value
    return value


def _scalar(text: str) -> Any:
    """Return a number, a truth value or nothing, where YAML writes them so."""
    for _, written in LOADER.yaml_implicit_resolvers.get(text[:1], ()):
        if written.match(text):
            return yaml.load(text, Loader=LOADER)  # noqa: S506, a safe loader either way
    return text


def spread(words: str | list[str] | None) -> list[str]:
    """Return the words of one entry of a data file: a list, or a text with commas between them.

    A long text of words is read ten times as fast as a list of them.

    >>> spread("learning rate, lr, 学习率"), spread(["<s>", "a, b"]), spread(None)
    (['learning rate', 'lr', '学习率'], ['<s>', 'a, b'], [])
    """
    return words.split(", ") if isinstance(words, str) else list(words or ())
