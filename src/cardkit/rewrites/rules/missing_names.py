"""Names that code uses and nothing gives: refused.

Seen on: examples with a place for the reader's own text.
"""

from __future__ import annotations

from collections.abc import Iterator

from cardkit.rewrites.code import Code, Edit
from cardkit.rewrites.importing import unknown_names
from cardkit.rewrites.refused import RefusedError
from cardkit.rewrites.target import Target


def rewrite(code: Code, target: Target) -> Iterator[Edit]:  # noqa: ARG001
    """Refuse what would end in a NameError.

    Raises RefusedError.
    """
    for name in unknown_names(code):
        raise RefusedError("card.code_missing", f"the example uses {name}, which nothing gives")
    yield from ()
