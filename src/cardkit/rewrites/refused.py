"""The error of an example that cannot be made to run."""

from __future__ import annotations

from cardkit.errors import CardkitError
from cardkit.vocabulary import codes


class RefusedError(CardkitError):
    """An example that will not run, with the code of `vocabulary/codes.yaml` that says why.

    >>> print(RefusedError("env.missing_package", "it imports vllm, which is not installed"))
    it imports vllm, which is not installed
      → install what is missing: pip install 'cardkit[run]', torch first; `cardkit doctor` tells
    """

    exit_code = 3

    def __init__(self, code: str, problem: str, *, todo: str = "") -> None:
        super().__init__(problem, todo=todo or codes.code(code).todo)
        self.code = code
