"""Training: refused.

Seen on: cards that show how the model was, or may be, trained.
"""

from __future__ import annotations

from collections.abc import Iterator

from cardkit.rewrites.code import Code, Edit
from cardkit.rewrites.loads import last_name
from cardkit.rewrites.refused import RefusedError
from cardkit.rewrites.target import Target
from cardkit.vocabulary import rewrites as words


def rewrite(code: Code, target: Target) -> Iterator[Edit]:  # noqa: ARG001
    """Refuse what trains.

    Raises RefusedError.
    """
    for call in code.calls():
        name = last_name(call.func)
        if name in words.names("training") or (
            name in words.names("training_methods") and code.origin(call.func) == ""
        ):
            raise RefusedError(
                "card.code_missing",
                f"the example trains: {code.source(call).splitlines()[0]}",
            )
    yield from ()
