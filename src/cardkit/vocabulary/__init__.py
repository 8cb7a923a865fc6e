"""Words of model cards, in data files, and the modules that look them up: one kind of word each.

To teach cardkit a word, add it to its file; no code changes.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import yaml

from cardkit.patterns import regex

__all__ = ["fold", "load", "spread"]

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Emoji, arrows and other signs that are no letters; variation selectors and joiners.
SIGNS = regex(
    "[\u00a9\u00ae\u2122\u200b-\u200f\u2060\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff"
    "\ufe0e\ufe0f\ufeff\U0001f000-\U0001faff\U000e0020-\U000e007f\u2020\u2021]+"
)
BLANKS = str.maketrans(dict.fromkeys("*`_-\u2010\u2011\u2012\u2013\u2014\u2015|\u00b7\u2022", " "))
ENDS = " \t#:：;,.!?。、,，;；！？~="


@lru_cache(maxsize=8192)
def _fold(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", SIGNS.sub(" ", text))
    return " ".join(text.translate(BLANKS).casefold().split()).strip(ENDS)


def fold(text: str) -> str:
    """Return a text as it is compared: width, case, markup and punctuation at its ends gone.

    >>> fold("**Model_Type:**"), fold("🌟 Ｌｉｃｅｎｓｅ："), fold("# Layers")
    ('model type', 'license', 'layers')
    """
    return _fold(text) if len(text) < 200 else _fold.__wrapped__(text)


@cache
def load(name: str) -> Any:
    """Return what a data file of this folder holds; nobody may change it."""
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return yaml.load(text, Loader=LOADER)  # noqa: S506, a safe loader either way


def spread(words: str | list[str] | None) -> list[str]:
    """Return the words of one entry of a data file: a list, or a text with commas between them.

    A long text of words is read ten times as fast as a list of them.

    >>> spread("learning rate, lr, 学习率"), spread(["<s>", "a, b"]), spread(None)
    (['learning rate', 'lr', '学习率'], ['<s>', 'a, b'], [])
    """
    return words.split(", ") if isinstance(words, str) else list(words or ())
