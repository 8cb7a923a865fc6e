"""The lists of what each runtime knows, in data files with their sources."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def listed(target: str, name: str) -> frozenset[str]:
    """Return the words of one list of a target's data file.

    >>> "T5ForConditionalGeneration" in listed("transformers", "seq2seq")
    True
    """
    return frozenset(word.strip() for word in known(target)[name].split(","))


@cache
def known(target: str) -> dict[str, Any]:
    """Return all that a target's data file says."""
    text = (Path(__file__).parent / f"{target}.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found
