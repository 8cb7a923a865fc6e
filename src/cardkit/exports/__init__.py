"""Exports: a record in the formats of others, one format per file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from cardkit.exports import cyclonedx, eval_results, every_eval_ever, model_index
from cardkit.exports.export import Export

__all__ = ["EXPORTS", "Export", "Format"]

Format: TypeAlias = Callable[[Mapping[str, Any]], Export]
EXPORTS: dict[str, Format] = {
    "eval-results": eval_results.export,
    "model-index": model_index.export,
    "every-eval-ever": every_eval_ever.export,
    "cyclonedx": cyclonedx.export,
}
"""Croissant, which describes data sets and no models, is in `dataset.croissant`."""
