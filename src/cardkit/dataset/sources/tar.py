"""A tar archive of cards, plain or compressed, read as a stream."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator

from cardkit import inputs
from cardkit.dataset.extra import need
from cardkit.dataset.rows import Card
from cardkit.dataset.sources.source import Found, Source, digest_of, opened, size_of
from cardkit.errors import CardkitError

ENDINGS = (".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.xz", ".tar.bz2")


def is_one(path: str) -> bool:
    """Return whether its name says so."""
    return path.lower().endswith(ENDINGS)


def size(source: Source) -> int:
    """Return the bytes of the archive."""
    return size_of(source.path)


def digest(source: Source) -> str | None:
    """Return a digest of the archive."""
    return digest_of(source.path)


def cards(source: Source) -> Iterator[Found]:
    """Yield the cards in the order of the archive; a key has the member's number and its path.

    Raises CardkitError if the archive is broken.
    """
    total = max(1, size(source))
    zstd = source.path.lower().endswith(".zst")
    with opened(source.path) as file:
        stream = file
        if zstd:
            need("pyarrow")
            import pyarrow

            stream = pyarrow.CompressedInputStream(pyarrow.PythonFile(file, mode="r"), "zstd")
        try:
            with tarfile.open(fileobj=stream, mode="r|" if zstd else "r|*") as archive:
                row = -1
                while (member := archive.next()) is not None:
                    archive.members = []  # type: ignore[attr-defined]  # else each is kept
                    name = member.name.removeprefix("./")
                    hidden = any(part.startswith(".") for part in name.split("/"))
                    is_card = member.isfile() and name.lower().endswith(inputs.SUFFIXES)
                    if not is_card or hidden:
                        continue
                    row += 1
                    key = f"{source.name}#{row}:{name}"
                    content = archive.extractfile(member)
                    if member.size > inputs.LIMIT or content is None:
                        why = f"It has more than {inputs.LIMIT / 1e6:.0f} MB."
                        card = Card(key, source.name, b"", refused=("limit-exceeded", why))
                    else:
                        card = Card(key, source.name, content.read())
                    yield Found(card, min(1.0, file.tell() / total), row)
        except (tarfile.TarError, EOFError) as error:
            raise CardkitError(
                f"the archive is broken: {error}",
                where=source.path,
                todo="get the archive again; then run the same command again",
            ) from error
