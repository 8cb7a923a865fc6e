"""Where fetched files lie: the layout of huggingface_hub's cache, for every hub.

`models--owner--name/` holds `blobs/DIGEST`, `snapshots/COMMIT/PATH` (links to blobs) and
`refs/BRANCH` (a commit), beside `.locks/`
(https://huggingface.co/docs/huggingface_hub/guides/manage-cache). What is on its way is
`blobs/DIGEST.incomplete`: a name that the next run finds again.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from cardkit.hubs.faults import HubError
from cardkit.hubs.part import is_good
from cardkit.hubs.tree import RemoteFile, path_fault
from cardkit.hubs.web import StoppedError

POLL = 0.2
"""Seconds between two looks at a lock that another holds."""


class Place(NamedTuple):
    """The folder of one model in a cache."""

    root: Path
    folder: Path

    def snapshot(self, commit: str) -> Path:
        """Return the folder of a model's files at a commit."""
        return self.folder / "snapshots" / commit

    def blob(self, file: RemoteFile) -> Path:
        """Return where a file's bytes lie."""
        return self.folder / "blobs" / file.digest

    def partial(self, file: RemoteFile) -> Path:
        """Return where a file's bytes lie while they come."""
        return self.folder / "blobs" / f"{file.digest}.incomplete"


def place(root: Path, repo: str) -> Place:
    """Return where a model lies in a cache. Raises HubError if links of it lead elsewhere."""
    from huggingface_hub.file_download import repo_folder_name

    found = Place(root, root / repo_folder_name(repo_id=repo, repo_type="model"))
    for name in ("blobs", "snapshots", "refs"):
        refuse_link(found.folder / name)
        if name != "refs":
            (found.folder / name).mkdir(parents=True, exist_ok=True)
    return found


def needed(here: Place, files: list[RemoteFile]) -> int:
    """Return the bytes that are still to come, as far as sizes tell."""
    missing = 0
    for file in files:
        sizes = [path.stat().st_size for path in (here.blob(file), here.partial(file))
                 if path.is_file()]  # fmt: skip
        missing += max(0, file.size - max(sizes, default=0))
    return missing


def check_room(here: Place, missing: int, where: str) -> None:
    """Refuse to begin what the disk has no room for. Raises HubError."""
    free = shutil.disk_usage(here.folder).free
    if missing > free:
        raise HubError(
            "hub.disk_full",
            f"{gigabytes(missing)} are to come, and {here.root} has room for {gigabytes(free)}",
            where=where,
            todo="make room, give another folder with --cache, or fewer files with --files",
        )


def gigabytes(size: float) -> str:
    """Return a number of bytes for people.

    >>> gigabytes(13_789_000_000), gigabytes(420_000), gigabytes(12)
    ('13.8 GB', '420.0 kB', '12 bytes')
    """
    for unit, worth in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= worth:
            return f"{size / worth:.1f} {unit}"
    return f"{size:.0f} bytes"


@contextmanager
def locked(
    here: Place, file: RemoteFile, stop: threading.Event, say: Callable[[str], None]
) -> Iterator[None]:
    """Keep a file to ourselves: the same lock as huggingface_hub's."""
    from filelock import Timeout
    from huggingface_hub.utils import WeakFileLock  # type: ignore[attr-defined]

    path = here.root / ".locks" / here.folder.name / f"{file.digest}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    said = False
    while True:
        lock = WeakFileLock(path, timeout=POLL)
        try:
            lock.__enter__()
        except Timeout:
            if stop.is_set():
                raise StoppedError from None
            if not said:
                say(f"{file.path}: another process brings it; waiting")
                said = True
            continue
        try:
            yield
        finally:
            lock.__exit__(None, None, None)
        return


def has(here: Place, commit: str, file: RemoteFile, tell: Callable[[int], None]) -> bool:
    """Return whether a file lies here and is good; one that is not is taken away."""
    blob = here.blob(file)
    link = here.snapshot(commit) / file.path
    for path in (blob, link):  # without links, the client keeps the bytes in the snapshot
        if path.is_file() and (path == blob or not path.is_symlink()):
            if is_good(path, file, tell):
                return True
            path.unlink()
    return False


def link(here: Place, commit: str, file: RemoteFile) -> None:
    """Let a file be found in its snapshot: a link, a second name, or a copy, what is possible.

    Raises HubError if a folder of the snapshot is a link that leads elsewhere.
    """
    blob, name = here.blob(file), here.snapshot(commit) / file.path
    above = name.parent
    while above != here.folder:
        refuse_link(above)
        above = above.parent
    name.parent.mkdir(parents=True, exist_ok=True)
    if not blob.exists():
        return  # it lies in the snapshot itself
    if name.exists() and name.samefile(blob):
        return
    # One step from no name to the whole file, so that two at once cannot meet half of it.
    fresh = blob.with_name(f"{file.digest}.{os.getpid()}.{threading.get_ident()}")
    fresh.unlink(missing_ok=True)
    try:
        fresh.symlink_to(os.path.relpath(blob, name.parent))
    except OSError:
        try:
            os.link(blob, fresh)
        except OSError:
            shutil.copyfile(blob, fresh)
    os.replace(fresh, name)


def unlink(here: Place, commit: str, file: RemoteFile) -> None:
    """Take away the name of a file in a snapshot that leads to nothing."""
    name = here.snapshot(commit) / file.path
    if name.is_symlink() and not name.exists():
        name.unlink(missing_ok=True)


def refer(here: Place, revision: str, commit: str) -> None:
    """Keep which commit a branch or tag is."""
    if revision == commit or path_fault(revision):
        return
    ref = here.folder / "refs" / revision
    ref.parent.mkdir(parents=True, exist_ok=True)
    above = ref
    while above != here.folder:
        refuse_link(above)
        above = above.parent
    fresh = ref.with_name(f"{ref.name}.{os.getpid()}.{threading.get_ident()}")
    fresh.write_text(commit, encoding="utf-8")
    os.replace(fresh, ref)


def refuse_link(path: Path) -> None:
    """Refuse to write where a link may lead elsewhere. Raises HubError."""
    if path.is_symlink():
        raise HubError(
            "hub.unsafe_path",
            "this is a symbolic link in the cache, which may lead anywhere",
            where=str(path),
            todo="take the link away, or give another folder with --cache",
        )
