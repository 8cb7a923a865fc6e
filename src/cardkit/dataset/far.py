"""Paths beyond this machine, as fsspec has them (s3://, hf://, https://): the home of fsspec.

What goes wrong at a store is said in our words, whichever library speaks to it.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, Any

from cardkit.dataset.extra import need
from cardkit.errors import CardkitError
from cardkit.hubs import HUBS
from cardkit.hubs.asking import is_mirrored

BLOCK = 1 << 20
"""Bytes that are asked for at once where less is wanted."""
MARKS = ("ETag", "etag", "blob_id", "Last-Modified", "LastModified", "md5Hash", "mtime", "created")
"""What stores tell of a file that changes when its bytes do; one of them is enough."""
TODO = (
    "check the path, the network, and that you may reach it (hf:// knows you after `hf auth "
    "login`, s3:// by AWS_ACCESS_KEY_ID); what is done is kept: run the same command again"
)


class FarError(CardkitError):
    """A store that did not do what it was asked."""

    exit_code = 3


def is_far(path: str) -> bool:
    """Return whether a path is one of fsspec: s3://, hf://, file://."""
    return "://" in path


@contextmanager
def told(path: str, *, maybe: bool = False) -> Iterator[None]:
    """Say what a store answers instead of what it was asked for: only its calls stand inside.

    Raises FarError; with `maybe` a file that is not there stays a FileNotFoundError.
    """
    try:
        yield
    except CardkitError:
        raise
    except Exception as error:  # each store has errors of its own
        if maybe and isinstance(error, FileNotFoundError):
            raise
        raise _error(path, error) from error


def store(path: str) -> tuple[Any, str]:
    """Return the file system of a path, and the path there. Raises FarError.

    As all of cardkit, it sends the Hub's token to no mirror of it.
    """
    is_mirror = path.startswith("hf://") and is_mirrored(HUBS["huggingface"])
    options = {"token": False} if is_mirror else {}
    with told(path):
        need("fsspec")
        import fsspec

        fs, inside = fsspec.core.url_to_fs(path, **options)
        return fs, str(inside)


def about(path: str) -> dict[str, Any]:
    """Return what a store tells of a file. Raises FarError."""
    fs, inside = store(path)
    with told(path):
        found: dict[str, Any] = fs.info(inside)
        return found


def digest(path: str) -> str | None:
    """Return what changes when a file does; None where its store tells nothing of the kind."""
    facts = about(path)
    marks = {mark: str(facts[mark]) for mark in MARKS if facts.get(mark)}
    if not marks:
        return None
    return hashlib.sha256(repr((facts.get("size"), marks)).encode()).hexdigest()


def found(path: str) -> dict[str, int]:
    """Return all files below a path, or the one at it, with their bytes, in their order.

    Raises FarError if there is none.
    """
    fs, inside = store(path)
    with told(path):
        listed = fs.find(inside, detail=True)
        if not listed:
            raise FileNotFoundError(path)
    return {name: int(facts.get("size") or 0) for name, facts in sorted(listed.items())}


def matching(pattern: str) -> list[str]:
    """Return the paths that a far pattern means, as a shell does for those of this machine.

    Raises FarError if there is none.
    """
    fs, inside = store(pattern)
    with told(pattern):
        paths = fs.glob(inside)
        if not paths:
            raise FileNotFoundError(pattern)
    return [str(fs.unstrip_protocol(path)) for path in sorted(paths)]


@contextmanager
def opened(path: str) -> Iterator[IO[bytes]]:
    """Open a file for reading. Raises FarError, then and whenever it is read."""
    fs, inside = store(path)
    with told(path):
        file = fs.open(inside, "rb")
    with file, io.BufferedReader(_Reading(path, file), BLOCK) as reader:
        yield reader


def standing(path: str) -> Any:
    """Return a file system `cardkit://` of the files below a path that never change.

    It is for DuckDB, which asks when a file was changed last, what not every store can tell.
    """
    fs, inside = store(path)
    from fsspec.implementations.dirfs import DirFileSystem

    class Standing(DirFileSystem):  # type: ignore[misc]  # fsspec may be missing
        protocol = "cardkit"

        def modified(self, _path: str) -> datetime:
            return datetime.fromtimestamp(0, UTC)

    return Standing(inside, fs, skip_instance_cache=True)


class _Reading(io.RawIOBase):
    """A file of a store, while it is read."""

    def __init__(self, path: str, file: Any) -> None:
        self.path = path
        self.file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, where: int, whence: int = 0) -> int:
        return int(self.file.seek(where, whence))

    def tell(self) -> int:
        return int(self.file.tell())

    def readinto(self, room: Any) -> int:
        view = memoryview(room)
        with told(self.path):
            came = self.file.read(len(view))
        view[: len(came)] = came
        return len(came)


def _error(path: str, error: Exception) -> FarError:
    said = " ".join((getattr(error, "strerror", None) or str(error)).split())
    if isinstance(error, LookupError):  # its text is a name, and says nothing alone
        said = f"{type(error).__name__} {said}"
    if isinstance(error, ImportError):
        todo = "install what it names, or the extras: pip install 'cardkit[data,scale]'"
        return FarError(f"it needs a package: {said}", where=path, todo=todo)
    if isinstance(error, FileNotFoundError):
        why = "there is no such file" + (f": {said}" if "not found" in said else "")
    else:
        why = f"its store says: {said or type(error).__name__}"
    return FarError(why, where=path, todo=TODO)
