"""What every hub of this folder must hold; each is one file, and a row of `table.HUBS`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cardkit.hubs.faults import HubError
from cardkit.hubs.tree import Tree

if TYPE_CHECKING:
    import httpx2

    from cardkit.hubs.web import Web


class Hub(Protocol):
    """A hub as a module; mypy holds each file against it."""

    TITLE: str
    """Its name, for people."""
    HOSTS: tuple[str, ...]
    """Its own hosts. Only they are sent a token, and only over https."""
    ORIGIN: str
    """The address of the first."""
    ENDPOINT: str
    """The variable that its client library reads another address from."""
    REVISION: str
    """The branch that is meant where nothing is said."""

    def token(self) -> str | None:
        """Return the token that its client library would send, or None."""

    def credentials(self, token: str) -> dict[str, str]:
        """Return the headers that carry a token."""

    def tree(self, web: Web, repo: str, revision: str) -> Tree:
        """Return the files of a repository at a revision. Raises HubError."""

    def url(self, base: str, repo: str, revision: str, path: str) -> str:
        """Return the address of a file's bytes."""

    def fault(self, response: httpx2.Response, body: bytes, what: str) -> HubError | None:
        """Return what an answer that is an error says and what to do; None if it says nothing.

        Its `body` was read so far as is needed; nothing more may be read of it.
        """

    def cache(self) -> Path:
        """Return the folder that its client library keeps models in, or one of ours."""
