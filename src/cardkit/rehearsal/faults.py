"""Why a model cannot be rehearsed."""

from __future__ import annotations

from cardkit.errors import CardkitError


class CannotRehearseError(CardkitError):
    """A model that no stand-in can be built for: it could not be tried."""

    exit_code = 3
