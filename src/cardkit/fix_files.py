"""Cards mended in their files, and what that changed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

from cardkit import fixes, inputs
from cardkit.errors import UnreadableCardError, UsageError
from cardkit.shown.terminal import Paint, plain, visible
from cardkit.text import lines_of

STYLES = {"+": "added", "-": "removed", "@": "note"}


def mend(uri: str, *, write: bool) -> list[str]:
    """Mend a card's file, if it should be written; return the lines of the diff.

    A file that cannot be read gives none: whoever reads it next says why. Nor does one whose
    damaged characters would be lost for good.
    """
    if uri == "-":
        raise UsageError(
            "standard input cannot be mended in place", where=uri, todo="give the card as a file"
        )
    try:
        card = inputs.read(uri)
    except UnreadableCardError:
        return []
    marked = card.text.startswith("\ufeff") and card.encoding != "utf-8"
    mended = fixes.mend(card.text, marked=marked)
    if mended == card.text or card.text.encode(card.encoding) != card.raw:
        return []
    if write:
        try:
            Path(uri).write_bytes(mended.encode(card.encoding))
        except OSError as error:
            raise UsageError(
                f"it cannot be written: {(error.strerror or str(error)).lower()}",
                where=uri,
                todo="use --diff to see what would change",
            ) from error
    old, new = ([line.text for line in lines_of(text)] for text in (card.text, mended))
    return list(difflib.unified_diff(old, new, uri, f"{uri} (mended)", lineterm=""))


def as_text(diff: Iterable[str], paint: Paint = plain) -> str:
    """Return a diff for a person."""
    return "\n".join(
        paint(visible(line), STYLES[line[0]]) if line[:1] in STYLES else visible(line)
        for line in diff
    )
