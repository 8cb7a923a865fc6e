"""What a formula cannot count."""

from __future__ import annotations


class UnfitError(ValueError):
    """Dimensions that the architecture's class cannot have, with the reason."""
