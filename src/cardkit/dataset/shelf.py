"""The folder that a data set lies in, here or far; a file is there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cardkit.dataset import far
from cardkit.dataset.far import is_far
from cardkit.errors import CardkitError


class NoRoomError(CardkitError):
    """A file that could not be written."""

    exit_code = 3


@contextmanager
def writing(path: str) -> Iterator[None]:
    """Say why a place of this machine cannot be written. Raises NoRoomError."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise NoRoomError(
            f"it cannot be written: {reason[:1].lower()}{reason[1:]}",
            where=path,
            todo="make room or give another folder; what is done is kept: run the same "
            "command again and it goes on from there",
        ) from error


class Shelf:
    """A folder, on this machine or wherever fsspec reaches: s3://, hf://, memory://."""

    def __init__(self, root: str) -> None:
        self.root = root.removeprefix("file://").rstrip("/") or "/"
        self.far = is_far(self.root)

    def __reduce__(self) -> tuple[type[Shelf], tuple[str]]:
        return Shelf, (self.root,)

    def path(self, name: str) -> str:
        """Return the path of a file."""
        return f"{self.root}/{name}"

    def put(self, name: str, content: bytes) -> None:
        """Write a file. Raises NoRoomError, and FarError where a store does not take it."""
        path = self.path(name)
        if self.far:
            self._put_far(name, content)
            return
        with writing(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            part = f"{path}.part"
            try:
                with open(part, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(part, path)
            except BaseException:
                Path(part).unlink(missing_ok=True)
                raise

    def _put_far(self, name: str, content: bytes) -> None:
        fs, inside = self._fs()
        there = f"{inside}/{name}"
        with far.told(self.path(name)):
            try:
                fs.pipe_file(there, content)
            except FileNotFoundError:  # a bucket has no folders, a server of files does
                fs.makedirs(there.rpartition("/")[0], exist_ok=True)
                fs.pipe_file(there, content)

    def get(self, name: str) -> bytes | None:
        """Return a file's bytes, or None where there is none."""
        try:
            if self.far:
                fs, inside = self._fs()
                with far.told(self.path(name), maybe=True):
                    return bytes(fs.cat_file(f"{inside}/{name}"))
            return Path(self.path(name)).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def names(self, folder: str = "") -> dict[str, int]:
        """Return all files below a folder by their names from the root, with their bytes."""
        if self.far:
            fs, inside = self._fs()
            below = f"{inside}/{folder}".rstrip("/")
            try:
                with far.told(self.path(folder), maybe=True):
                    fs.invalidate_cache()
                    listed = fs.find(below, detail=True)
            except FileNotFoundError:
                return {}
            return {
                path.removeprefix(inside).lstrip("/"): int(facts["size"] or 0)
                for path, facts in sorted(listed.items())
            }
        root = Path(self.root)
        return {
            path.relative_to(root).as_posix(): path.stat().st_size
            for path in sorted((root / folder).rglob("*"))
            if path.is_file()
        }

    def move(self, old: str, new: str) -> None:
        """Give a file another name."""
        if self.far:
            fs, inside = self._fs()
            with far.told(self.path(new)):
                fs.mv(f"{inside}/{old}", f"{inside}/{new}")
            return
        with writing(self.path(new)):
            os.makedirs(os.path.dirname(self.path(new)), exist_ok=True)
            os.replace(self.path(old), self.path(new))
            self._without_empty(Path(self.path(old)))

    def remove(self, names: Iterable[str]) -> None:
        """Remove files, and folders that become empty."""
        for name in names:
            if self.far:
                fs, inside = self._fs()
                with far.told(self.path(name)):
                    fs.rm_file(f"{inside}/{name}")
                continue
            path = Path(self.path(name))
            with writing(str(path)):
                path.unlink(missing_ok=True)
                self._without_empty(path)

    def _without_empty(self, path: Path) -> None:
        """Remove the folders above a file that is gone, as far as they are empty."""
        for above in path.parents:
            if above == Path(self.root) or any(above.iterdir()):
                return
            above.rmdir()

    def _fs(self) -> tuple[Any, str]:
        fs, inside = far.store(self.root)
        return fs, inside.rstrip("/")
