"""What can go wrong between a hub and the cache: a code, a sentence, and a next step."""

from __future__ import annotations

from cardkit.errors import CardkitError

EXIT_CODES = {
    "hub.gated": 3,
    "hub.not_found": 3,
    "hub.network": 3,
    "hub.disk_full": 3,
    "hub.hash_mismatch": 1,
    "hub.mirror_mismatch": 1,
    "hub.unsafe_path": 1,
}
"""3 where it could not be tried, 1 where what the hub answered is bad."""
KEPT = "what came so far is kept: run the same command again and it goes on from there"


class HubError(CardkitError):
    """A fetch that did not come to its end.

    >>> print(HubError("hub.not_found", "no such model", where="ant/ant-1b", todo="check its id"))
    ant/ant-1b: no such model [hub.not_found]
      → check its id
    """

    def __init__(self, code: str, problem: str, *, where: str = "", todo: str = "") -> None:
        super().__init__(f"{problem} [{code}]", where=where, todo=todo)
        self.code = code
        self.exit_code = EXIT_CODES[code]


class TryAgainError(Exception):
    """An answer that another try may better: a cut connection, a busy server."""

    def __init__(self, why: str, after: float | None = None) -> None:
        super().__init__(why)
        self.after = after
        """Seconds that the server asks to wait."""
