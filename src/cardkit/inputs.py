"""Cards as they come in: found by path, folder or glob, and their bytes turned into text.

Whatever is no card says so here, in one line, before anything tries to read it.
"""

from __future__ import annotations

import glob
import os
import re
import sys
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cardkit import limits
from cardkit.errors import CardkitError, TooLargeError, UnreadableCardError, UsageError
from cardkit.facts import Problem
from cardkit.patterns import regex
from cardkit.text import Span
from cardkit.vocabulary import load

SUFFIXES = (".md", ".markdown", ".txt", ".html", ".htm")
LIMIT = limits.most("file")
"""Bytes of the largest card that is read; of two million cards of the Hub none has a tenth."""

# The first bytes of files that people mistake for cards.
MAGIC = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"RIFF": "a RIFF file (WebP, WAV)",
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a ZIP archive (also .docx, PyTorch weights, .npz)",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"GGUF": "GGUF weights",
    b"PAR1": "a Parquet table",
    b"ARROW1": "an Arrow table",
    b"\x80\x02": "a Python pickle",
    b"\x80\x04": "a Python pickle",
    b"\x89HDF": "an HDF5 file",
    b"\x93NUMPY": "a NumPy array",
    b"\x7fELF": "a program",
    b"SQLite format 3": "a SQLite database",
}
SAFETENSORS = regex(rb'.{5}\0\0\0\{\s*"', re.DOTALL)  # the header's length, then JSON
LFS = b"version https://git-lfs.github.com/spec/"
# Zero bytes come before them: the longer mark first.
MARKS = {
    b"\xff\xfe\0\0": "utf-32-le",
    b"\0\0\xfe\xff": "utf-32-be",
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
}
ASCII = regex(r"[\t\n\r -~]")
SAMPLE = 100_000
"""Characters by which a text is judged."""
SEVERAL_BYTES = regex(rb"[\xc2-\xf4][\x80-\xbf]+")
THE_CARD = "give the card itself, mostly the README.md of the model's repository"


class Decoded(NamedTuple):
    """Bytes as text. `raw.decode(encoding)` gives the text, a byte order mark included."""

    text: str
    encoding: str
    problems: tuple[Problem, ...] = ()


class Input(NamedTuple):
    """A card as it came in."""

    uri: str
    """The path as it was given; `-` for standard input."""
    raw: bytes
    text: str
    encoding: str
    problems: tuple[Problem, ...] = ()


def find(cards: Iterable[str]) -> tuple[list[str], list[CardkitError]]:
    """Return the cards that files, folders, globs and `-` stand for, each once; then what fails."""
    uris: dict[str, str] = {}
    errors: list[CardkitError] = []
    for written in cards:
        try:
            for uri in _expand(written):
                uris.setdefault("-" if uri == "-" else os.path.abspath(uri), uri)
        except CardkitError as error:
            errors.append(error)
    return list(uris.values()), errors


def read(uri: str, given: bytes | None = None) -> Input:
    """Return a card with its text; its bytes may be given.

    Raises UnreadableCardError if it cannot be read or holds no text.
    """
    try:
        if given is not None:
            raw, size = given, 0
        elif uri == "-":
            raw = sys.stdin.buffer.read(LIMIT + 1)
            size = 0  # not known
        else:
            with open(uri, "rb") as file:
                size = os.fstat(file.fileno()).st_size
                raw = file.read(LIMIT + 1)
    except OSError as error:
        raise UnreadableCardError(
            f"it cannot be read: {(error.strerror or str(error)).lower()}",
            where=uri,
            todo="check that it is a file that you may read",
        ) from error
    if len(raw) > LIMIT:
        check_size(max(size, len(raw)), uri, at_least=size <= LIMIT)
    try:
        return Input(uri, raw, *decode(raw))
    except UnreadableCardError as error:
        raise UnreadableCardError(error.problem, where=uri, todo=error.todo) from None


def check_size(size: int, uri: str = "", *, at_least: bool = False) -> None:
    """Refuse a card that has more bytes than the limit.

    Raises TooLargeError.
    """
    if size > LIMIT:
        written = f"more than {LIMIT / 1e6:.0f} MB" if at_least else f"{size / 1e6:.1f} MB"
        raise TooLargeError(
            f"it has {written}; the limit for a card is {LIMIT / 1e6:.0f} MB",
            where=uri,
            todo="cut out what is no part of the card, such as images written as text",
        )


def decode(raw: bytes) -> Decoded:
    """Return bytes as text: UTF-8 where they are, else the encoding that they speak for.

    Raises UnreadableCardError if they are no text.

    >>> decode("许可证：MIT，模型在中文数据上训练".encode("gb18030")).encoding
    'gb18030'
    """
    if not raw.strip():
        raise UnreadableCardError("it is empty", todo=THE_CARD)
    if raw.startswith(LFS):
        raise UnreadableCardError(
            "it is a Git LFS pointer, not the file itself",
            todo="run `git lfs pull` in its repository, or download the file from the hub",
        )
    for magic, kind in MAGIC.items():
        if raw.startswith(magic):
            raise UnreadableCardError(f"it is {kind}, not text", todo=THE_CARD)
    if SAFETENSORS.match(raw):
        raise UnreadableCardError("it is safetensors weights, not text", todo=THE_CARD)
    decoded = _marked(raw) or _utf8(raw) or _wide(raw) or _damaged(raw) or _guessed(raw)
    if decoded is None:
        raise UnreadableCardError(
            "it is a binary file, or in an encoding that could not be told",
            todo=f"save it as UTF-8; or {THE_CARD}",
        )
    return decoded


def _expand(written: str) -> Iterator[str]:
    if written == "-":
        yield "-"
    elif os.path.isdir(written):
        cards = list(_walk(written))
        if not cards:
            raise UsageError(
                f"no card in this folder, and none below it ({', '.join(SUFFIXES)})",
                where=written,
                todo="name a card by its path, or give another folder",
            )
        yield from cards
    elif os.path.lexists(written):
        yield written
    elif glob.has_magic(written):
        matches = sorted(glob.glob(written, recursive=True))
        if not matches:
            raise UsageError(
                "no file matches", where=written, todo="check the pattern; ** goes into folders"
            )
        for match in matches:
            if not os.path.isdir(match):
                yield match
            else:
                yield from _walk(match)
    else:
        raise UsageError(
            "there is no such file or folder",
            where=written or "''",
            todo="check the path; `-` reads standard input",
        )


def _walk(folder: str) -> Iterator[str]:
    """Yield the cards below a folder, in order; what is hidden stays so."""
    for path, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.lower().endswith(SUFFIXES) and not name.startswith("."):
                yield os.path.join(path, name)


def _marked(raw: bytes) -> Decoded | None:
    """Decode what begins with a byte order mark of UTF-16 or UTF-32."""
    for mark, encoding in MARKS.items():
        if raw.startswith(mark):
            return _strictly(raw, encoding)
    return None


def _utf8(raw: bytes) -> Decoded | None:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return Decoded(text, "utf-8") if "\0" not in text else None


def _wide(raw: bytes) -> Decoded | None:
    """Decode UTF-16 and UTF-32 without a mark: read the wrong way round they have no ASCII."""
    if b"\0" not in raw:
        return None
    for width in ("utf-32", "utf-16"):
        ways = [_strictly(raw, f"{width}-{end}") for end in ("le", "be")]
        counts = [len(ASCII.findall(way.text)) if way else 0 for way in ways]
        if max(counts) > 4 * min(counts):
            return ways[counts.index(max(counts))]
    return None


def _strictly(raw: bytes, encoding: str) -> Decoded | None:
    """Decode, or return None where an encoding does not fit or gives no text."""
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return None
    start = "".join(text[:SAMPLE].split())
    strange = sum(not character.isprintable() for character in start)
    if strange > len(start) / 50 + 1:
        return None
    return Decoded(text, encoding, (_guess(encoding),))


def _damaged(raw: bytes) -> Decoded | None:
    """Decode UTF-8 in which few bytes are broken, such as a page that was cut in a character."""
    if b"\0" in raw:
        return None
    text = raw.decode("utf-8", "replace")
    lost = text.count("\ufffd") - raw.count(b"\xef\xbf\xbd")
    if lost * 20 > len(SEVERAL_BYTES.findall(raw)):
        return None
    problem = Problem(
        "text-damaged",
        "warning",
        f"The file is UTF-8, but {lost} of its characters {'is' if lost == 1 else 'are'} broken. "
        "Take the text from its original.",
        Span(text.index("\ufffd"), text.index("\ufffd") + 1),
    )
    return Decoded(text, "utf-8", (problem,))


def _guessed(raw: bytes) -> Decoded | None:
    """Decode in the encoding that the bytes speak for."""
    if b"\0" in raw:
        return None
    words = load("encodings.yaml")
    for encoding, frequent in words["frequent"].items():
        decoded = _strictly(raw, encoding)
        if decoded and _share(decoded.text[:SAMPLE], frequent) > 0.15:
            return decoded
    from charset_normalizer import from_bytes

    matches = [match.encoding for match in from_bytes(raw, cp_isolation=words["others"])]
    if matches and matches[0] in words["western"]:
        matches = [*words["western"], *matches]
    return next(filter(None, (_strictly(raw, encoding) for encoding in matches)), None)


def _share(text: str, frequent: str) -> float:
    """Return the share of frequent characters among those that are not ASCII."""
    wide = [character for character in text if character > "\x7f"]
    return sum(character in frequent for character in wide) / len(wide) if wide else 0.0


def _guess(encoding: str) -> Problem:
    return Problem(
        "encoding-guessed",
        "warning",
        f"The file is not UTF-8; it was read as {encoding}. Save it as UTF-8.",
        Span(0, 0),
    )
