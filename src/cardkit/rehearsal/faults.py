"""Why a model cannot be rehearsed."""

from __future__ import annotations

from cardkit.errors import CardkitError


class CannotRehearseError(CardkitError):
    """A model that no stand-in can be built for: it could not be tried."""

    exit_code = 3

    def __init__(self, problem: str, *, todo: str, code: str = "spec.conflict") -> None:
        super().__init__(problem, todo=todo)
        self.code = code
        """Of `vocabulary/codes.yaml`; an entry whose spec fits no model, unless said otherwise."""
