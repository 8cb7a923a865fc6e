r"""cardkit reads model cards in any shape into typed records.

>>> from cardkit import read_card
>>> read_card("# Ant 1B\nAnt 1B has 1.2B parameters.").spec.num_parameters
1200000000
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cardkit.errors import CardkitError, UnreadableCardError, UsageError
    from cardkit.ingest import read_card
    from cardkit.record import SCHEMA_VERSION, Record
    from cardkit.report import Report
    from cardkit.verifying import verify

__version__ = "0.1.0"

__all__ = [
    "SCHEMA_VERSION",
    "CardkitError",
    "Record",
    "Report",
    "UnreadableCardError",
    "UsageError",
    "__version__",
    "read_card",
    "verify",
]

# Where each name lives: importing cardkit must stay cheap.
HOMES = {
    "SCHEMA_VERSION": "cardkit.record",
    "CardkitError": "cardkit.errors",
    "Record": "cardkit.record",
    "Report": "cardkit.report",
    "UnreadableCardError": "cardkit.errors",
    "UsageError": "cardkit.errors",
    "read_card": "cardkit.ingest",
    "verify": "cardkit.verifying",
}


def __getattr__(name: str) -> object:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
