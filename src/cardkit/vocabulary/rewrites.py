"""What examples use that today's libraries, a sandbox or another device have not."""

from __future__ import annotations

from typing import Any

from cardkit.vocabulary import load


def names(kind: str) -> tuple[str, ...]:
    """Return the names of one kind, in the order of the data file.

    >>> "load_dataset" in names("network")
    True
    """
    return tuple(load("rewrites.yaml")[kind])


def table(kind: str) -> dict[str, str]:
    """Return the names of one kind, each with what stands beside it.

    >>> table("engines")["vllm"]
    'the engine vLLM'
    """
    rows: dict[str, Any] = load("rewrites.yaml")[kind]
    return dict(rows)
