"""Brings one file's bytes from an address into its partial file, and holds them to its hash."""

from __future__ import annotations

import errno
import re
from pathlib import Path
from typing import TYPE_CHECKING

from cardkit.hubs.faults import KEPT, HubError, TryAgainError
from cardkit.hubs.part import Part
from cardkit.hubs.several import Tell
from cardkit.hubs.tree import RemoteFile
from cardkit.hubs.web import StoppedError, Web
from cardkit.patterns import regex

if TYPE_CHECKING:
    import httpx2

LFS = b"version https://git-lfs.github.com/spec/"
HTML = regex(rb"\s*(?:\xef\xbb\xbf)?<(?:!doctype html|html|head|body)", re.IGNORECASE)
RANGE = regex(r"bytes (\d+)-\d*/(\d+|\*)")


def download(web: Web, url: str, file: RemoteFile, path: Path, *, code: str, tell: Tell) -> None:
    """Bring a file; return when every byte of it is on disk and its hash is the tree's.

    `code` is what a wrong file is: `hub.hash_mismatch` or `hub.mirror_mismatch`; of such a file
    nothing is left. `tell` is told of bytes that count, of those that no longer do, and of waits.
    Raises HubError.
    """
    try:
        with Part(path, file, tell) as part:
            _fill(web, url, part, tell)
            _hold(part)
    except _WrongError as wrong:
        path.unlink(missing_ok=True)
        raise HubError(
            code,
            f"{web.host} gives other bytes than the tree says: {wrong}",
            where=f"{web.what}: {file.path}",
            todo="what is good is kept; fetch again, and from another endpoint if it stays so",
        ) from None
    except (HubError, StoppedError):
        if not path.stat().st_size:
            path.unlink()
        raise
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise HubError(
            "hub.disk_full",
            f"the disk of {path.parent} is full",
            where=f"{web.what}: {file.path}",
            todo=f"make room, or give another folder with --cache; {KEPT}",
        ) from None


class _WrongError(Exception):
    """The bytes are not those of the tree; its words say what they are."""


def _fill(web: Web, url: str, part: Part, tell: Tell) -> None:
    """Add to a file until it has its size."""
    failures = 0
    while True:
        if part.size > part.file.size:
            _forget(part, tell)
        if part.size == part.file.size:
            # What an earlier run left may be bad without any fault of the hub: once more, then.
            if not part.resumed or part.digest() == part.file.digest:
                return
            _forget(part, tell)
        before = part.size
        try:
            with web.stream(url, part.size) as response:
                _read(web, response, part, tell)
            _refuse_early_end(part)
        except TryAgainError as error:
            failures = 1 if part.size > before else failures + 1
            if failures >= web.tries and str(error).startswith("it ends"):
                raise _WrongError(str(error)) from None
            web.wait(failures, error, tell)


def _read(web: Web, response: httpx2.Response, part: Part, tell: Tell) -> None:
    """Add what one answer holds."""
    length = response.headers.get("Content-Length", "")
    ranged = RANGE.match(response.headers.get("Content-Range", ""))
    if response.status_code == 416 or (
        response.status_code == 206 and not (ranged and int(ranged[1]) == part.size)
    ):
        here = part.size
        if not here or part.restarts:
            raise _WrongError(f"it ends after {here} of {part.file.size} bytes")
        _forget(part, tell)
        raise TryAgainError("it does not go on where it was cut", 0)
    if response.status_code == 200 and part.size:
        _forget(part, tell)  # it knows no ranges: this is the whole file
    wanted = part.file.size - part.size
    wrong_length = length.isdecimal() and int(length) != wanted
    for piece in response.iter_raw():
        if web.stop.is_set():
            raise StoppedError
        if wrong_length or part.size + len(piece) > part.file.size:
            raise _WrongError(_instead(piece if not part.size else part.begins, length, part))
        part.add(piece)
        web.count(len(piece))
        tell(len(piece))
    if wrong_length:
        raise _WrongError(_instead(b"", length, part))


def _refuse_early_end(part: Part) -> None:
    if part.size < part.file.size:
        if what := _kind(part.begins):
            raise _WrongError(what)
        raise TryAgainError(f"it ends after {part.size} of {part.file.size} bytes")


def _hold(part: Part) -> None:
    """Hold a file to its hash."""
    if part.digest() != part.file.digest:
        found = f"its {part.file.algorithm} is {part.digest()}, not {part.file.digest}"
        raise _WrongError(_kind(part.begins) or found)


def _instead(begins: bytes, length: str, part: Part) -> str:
    """Return what came instead of a file, by its first bytes and the length it announced."""
    if what := _kind(begins):
        return what
    if length == "0":
        return "an empty file"
    if not length.isdecimal():
        return f"more than its {part.file.size} bytes"
    return f"{int(length) + part.size} bytes, not {part.file.size}"


def _kind(begins: bytes) -> str | None:
    """Return what a wrong file is by its first bytes, or None."""
    if HTML.match(begins):
        return "a page of HTML instead of the file"
    return "a Git LFS pointer instead of the file" if begins.startswith(LFS) else None


def _forget(part: Part, tell: Tell) -> None:
    tell(-part.size)
    part.restart()
