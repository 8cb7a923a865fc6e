"""What a hub says a repository holds: its files with their sizes and hashes.

A tree comes from outside. Nothing in it is used as a path or a name before it was looked at here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from cardkit.hubs.faults import HubError
from cardkit.patterns import regex

DIGEST = regex(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
COMMIT = regex(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
CONTROL = regex(r"[\0-\x1f\x7f]")
DRIVE = regex(r"[A-Za-z]:")
LONGEST = 255
"""Bytes of a file's name that every file system takes."""


class RemoteFile(NamedTuple):
    """A file as a hub's tree has it."""

    path: str
    """Below the repository, parted by `/`."""
    size: int
    """Bytes."""
    digest: str
    """64 characters: the sha256 of its bytes. 40: its sha1 as a blob of git."""

    @property
    def algorithm(self) -> str:
        """How the digest is made: `sha256` or `git-sha1`."""
        return "sha256" if len(self.digest) == 64 else "git-sha1"


class Tree(NamedTuple):
    """The files of a repository at one commit."""

    commit: str | None
    """None where the hub tells none; then the files' hashes say which they are."""
    files: tuple[RemoteFile, ...]

    @property
    def pin(self) -> str:
        """Return what names exactly these files: the commit, or a hash over their hashes."""
        if self.commit:
            return self.commit
        lines = "".join(f"{file.digest}  {file.path}\n" for file in sorted(self.files))
        return hashlib.sha256(lines.encode()).hexdigest()


def checked(commit: object, files: Iterable[tuple[object, object, object]], where: str) -> Tree:
    """Return a tree whose every path, size and hash may be used.

    Raises HubError `hub.unsafe_path` for a path that leads elsewhere, and `hub.hash_mismatch`
    where the hub tells no hash, so that nothing could be checked.
    """
    if commit is not None and not (isinstance(commit, str) and COMMIT.fullmatch(commit)):
        raise HubError(
            "hub.unsafe_path", f"its commit is none: {commit!r}", where=where, todo=ELSEWHERE
        )
    found: dict[str, RemoteFile] = {}
    for path, size, digest in files:
        if not isinstance(path, str) or (fault := path_fault(path)):
            raise HubError(
                "hub.unsafe_path",
                f"its tree holds {path!r}, {fault if isinstance(path, str) else 'no path'}",
                where=where,
                todo=ELSEWHERE,
            )
        told = digest.lower() if isinstance(digest, str) else ""
        if not DIGEST.fullmatch(told) or type(size) is not int or size < 0:
            raise HubError(
                "hub.hash_mismatch",
                f"the hub tells no hash and size of {path}: it could not be checked",
                where=where,
                todo="leave the file out with --files, or fetch from another hub",
            )
        if found.setdefault(path, RemoteFile(path, size, told)) != (path, size, told):
            raise HubError(
                "hub.unsafe_path", f"its tree holds {path!r} twice", where=where, todo=ELSEWHERE
            )
    for path in found:
        parts = path.split("/")
        for end in range(1, len(parts)):
            if "/".join(parts[:end]) in found:
                raise HubError(
                    "hub.unsafe_path",
                    f"its tree holds {path!r} below a file",
                    where=where,
                    todo=ELSEWHERE,
                )
    return Tree(commit, tuple(found[path] for path in sorted(found)))


ELSEWHERE = "do not fetch it from there; tell the hub's people"


def path_fault(path: str) -> str | None:
    r"""Return why a path of a tree may not be written on this or another system, or None.

    >>> path_fault("onnx/model.onnx")
    >>> path_fault("a/../../b"), path_fault("/etc/passwd"), path_fault("C:\\Windows")
    ('which leads out of its folder', 'which is absolute', 'which holds a backslash')
    """
    parts = path.split("/")
    if CONTROL.search(path):
        return "which holds control characters"
    if "\\" in path:
        return "which holds a backslash"
    if path.startswith("/") or DRIVE.match(path):
        return "which is absolute"
    if ".." in parts or "." in parts or "" in parts:
        return "which leads out of its folder" if ".." in parts else "which is no plain path"
    try:
        longest = max(len(part.encode()) for part in parts)
    except UnicodeEncodeError:
        return "which is no text"
    return "which is too long" if longest > LONGEST else None
