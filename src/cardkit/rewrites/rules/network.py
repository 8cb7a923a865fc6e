"""Downloads beside the model's own files, and other programs: refused.

Seen on: examples that fetch an image or a data set.
"""

from __future__ import annotations

from collections.abc import Iterator

from cardkit.rewrites.code import Code, Edit
from cardkit.rewrites.refused import RefusedError
from cardkit.rewrites.target import Target
from cardkit.vocabulary import rewrites as words


def rewrite(code: Code, target: Target) -> Iterator[Edit]:  # noqa: ARG001
    """Refuse what the sandbox would stop: it has no network and starts no programs.

    Raises RefusedError.
    """
    for call in code.calls():
        names = {code.origin(call.func), code.source(call.func)}
        names |= {name.rpartition(".")[2] for name in names if "." not in code.source(call.func)}
        if names & set(words.names("network")):
            raise RefusedError(
                "run.forbidden", f"the example downloads: {code.source(call).splitlines()[0]}"
            )
        if names & set(words.names("programs")):
            raise RefusedError(
                "run.forbidden",
                f"the example starts another program: {code.source(call).splitlines()[0]}",
            )
    yield from ()
