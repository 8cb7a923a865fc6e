"""What a runtime's module makes of an entry."""

from __future__ import annotations

from typing import NamedTuple

from cardkit.errors import CardkitError


class Made(NamedTuple):
    """A config for one target."""

    target: str
    files: dict[str, str]
    """Texts by file name; the first is the main one."""
    missing: list[str]
    """What the target has no way to say, or nobody knows: sentences with the value concerned."""


class CannotRunError(CardkitError):
    """A target that cannot run a model, or is not known to."""

    exit_code = 3
