"""What can be mended in a card's front matter without judgement: `cardkit lint --fix`.

Only what stands between the fences at the top of a file is touched, only where the outcome is
certain, and line ends and encoding stay. A byte order mark before the first fence goes, since
readers of front matter do not see the fence behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cardkit.blocks import front_matter
from cardkit.blocks.front_matter import Place
from cardkit.patterns import regex
from cardkit.text import Line, lines_of
from cardkit.vocabulary import fold, languages, licences
from cardkit.yaml_mends import MENDS
from cardkit.yaml_tree import Node, get, scalars
from cardkit.yaml_tree import plain as plain_of

BLOCK_SCALAR = regex(r"[:-]\s+(?:[!&]\S+\s+)*[|>][+-]?\d?[+-]?\s*(?:#.*)?$")
CURLY = regex('[“”„](?P<double>[^“”„"\\\\]*)[“”]|[‘’](?P<single>[^‘’\'"\\\\]*)[‘’]')
TAB = regex(r"[\"']?:( *\t[ \t]*)(?=[^\s#])")
A_LICENCE = regex(r"\s+licen[cs]e$", re.IGNORECASE)
# Keys whose values are names; in the others a curly quote may be meant.
NAMES = (
    *("license", "licence", "license_name", "license_link", "language", "tags", "datasets"),
    *("metrics", "base_model", "library_name", "pipeline_tag", "model_name", "new_version"),
)
CERTAIN = MENDS[:-1]
"""All but the last: where a value ends that YAML would take apart is for its author to say."""
ROUNDS = 20  # a file with more kinds of damage on top of each other is for its author to look at


class Change(NamedTuple):
    """Characters of a card, and what should stand in their place."""

    start: int
    end: int
    text: str
    says: str
    """What is wrong, one sentence."""


def mend(raw: str, *, marked: bool = False) -> str:
    r"""Return a card with its front matter mended; the same text where nothing needs it.

    A card that is marked keeps its byte order mark: UTF-16 cannot be read without one.

    >>> print(mend("---\nlicence: MIT\nlanguage: cn\n---\n# Ant"))
    ---
    license: mit
    language: zh
    ---
    # Ant
    """
    for _ in range(ROUNDS):
        changes = _first(_unreadable(raw) or untidy(raw, marked=marked))
        if not changes:
            break
        for change in reversed(changes):
            raw = raw[: change.start] + change.text + raw[change.end :]
    return raw


def untidy(raw: str, *, marked: bool = False) -> list[Change]:
    """Return the changes that a readable front matter needs, in the order of the card."""
    lines = lines_of(raw)
    place = _at_top(lines)
    if place is None:
        return []
    front, _ = front_matter.read(lines[place.start : place.end])
    if front is None:
        return []
    changes = [*_before(lines[place.opens], marked=marked)]
    for look in LOOKS:
        changes += look(front, raw)
    return sorted(changes)


def licence_id(text: str) -> str | None:
    """Return the Hub's id for its own or SPDX's name of a licence, or None.

    >>> licence_id("Apache License 2.0"), licence_id("Apache"), licence_id("GPL-3.0-or-later")
    ('apache-2.0', None, None)
    """
    words = fold(A_LICENCE.sub("", text))
    for row in licences.licences().values():
        names = (row.id, row.spdx or row.id, A_LICENCE.sub("", row.name), row.name)
        if words in map(fold, names):
            return row.id
    return None


def language_code(text: str) -> str | None:
    """Return the code that a word certainly stands for which is no language code, or None.

    >>> language_code("cn"), language_code("kr")
    ('zh', None)
    """
    code = languages.code(text)
    if code is None or code.casefold() == text.casefold():
        return None
    from langcodes import tag_is_valid

    return None if tag_is_valid(text) else code


def _at_top(lines: Sequence[Line]) -> Place | None:
    """Return where the front matter stands, if it is whole and nothing is above it."""
    place = front_matter.find(lines)
    if place is None or place.opens == place.start or place.after == place.end:
        return None
    above = "".join(line.text for line in lines[: place.opens])
    return None if above.strip().strip("\ufeff") else place


def _before(fence: Line, *, marked: bool) -> Iterator[Change]:
    start = fence.span().start + fence.text.index("-")
    if start > marked:
        says = "Something that cannot be seen stands before the first `---`."
        yield Change(int(marked), start, "", says)


def _unreadable(raw: str) -> list[Change]:
    """Return the changes that make lines YAML again, as the reader mends them."""
    lines = lines_of(raw)
    place = _at_top(lines)
    if place is None:
        return []
    front = lines[place.start : place.end]
    if not _broken(front):
        return []
    return [change for chunk in _chunks(front) for change in _mended(chunk)]


def _broken(lines: Sequence[Line]) -> bool:
    """Return whether lines could only be read after they were mended."""
    return any(p.code == "frontmatter-repaired" for p in front_matter.read(lines)[1])


def _chunks(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Yield the lines of each key at the top."""
    chunk: list[Line] = []
    for line in lines:
        if chunk and line.text[:1].isalpha():
            yield chunk
            chunk = []
        chunk.append(line)
    if chunk:
        yield chunk


def _mended(chunk: list[Line]) -> list[Change]:
    if not _broken(chunk) or any(BLOCK_SCALAR.search(line.text) for line in chunk):
        return []  # the lines of a block scalar are prose, which no rule for YAML may touch
    mended, says = chunk, {}
    for mending in CERTAIN:
        before, mended = mended, [mending.mend(line) for line in mended]
        for i, (old, new) in enumerate(zip(before, mended, strict=True)):
            if old.text != new.text:
                says[i] = f"The line {mending.says}."
        root, problems = front_matter.read(mended)
        if root is not None and not problems:
            return [
                Change(*chunk[i].span(), mended[i].text, because) for i, because in says.items()
            ]
    return []


def _first(changes: list[Change]) -> list[Change]:
    """Return changes that do not overlap."""
    kept: list[Change] = []
    for change in sorted(changes):
        if not kept or kept[-1].end <= change.start:
            kept.append(change)
    return kept


def _spelling(front: Node, raw: str) -> Iterator[Change]:
    """`licence` is no key of any hub."""
    if get(front, "license") is None:
        for key, _ in front.pairs:
            if key.text == "licence":
                yield from _swap(key, "license", raw, "The key is spelled `license`.")


def _licences(front: Node, raw: str) -> Iterator[Change]:
    """ModelScope writes a licence's name, the Hub wants its id."""
    for key in ("license", "licence"):
        for line in scalars(get(front, key)):
            known = licence_id(line.text)
            if known and known != line.text:
                yield from _swap(line, known, raw, f"The Hub's id of this licence is `{known}`.")


def _languages(front: Node, raw: str) -> Iterator[Change]:
    """`cn` and `jp` are countries; `no` is a truth value unless it stands in quotes."""
    for line in scalars(get(front, "language")):
        code = language_code(line.text)
        if code:
            yield from _swap(line, code, raw, f"The code of this language is `{code}`.")
        elif line.text == "no" and raw[line.span().start - 1] not in "\"'":
            yield from _swap(line, '"no"', raw, "YAML reads `no` as false; it needs quotes.")


def _curly_quotes(front: Node, raw: str) -> Iterator[Change]:
    """Curly quotes are letters to YAML, so they become part of the value."""
    for key in NAMES:
        for line in scalars(get(front, key)):
            match = CURLY.fullmatch(line.text)
            if match and raw[line.span().start - 1] not in "\"'":
                value = match["double"] if match["double"] is not None else match["single"]
                yield from _swap(line, f'"{value}"', raw, "Curly quotes are part of the value.")


def _tabs(front: Node, raw: str) -> Iterator[Change]:
    """Not every reader of YAML takes a tab between a key and its value."""
    for key, value in front.pairs:
        tab = TAB.match(raw, key.span().end)
        if tab:
            yield Change(*tab.span(1), " ", f"A tab stands behind the key `{key.text}`.")
        yield from _tabs(value, raw)
    for entry in front.entries:
        yield from _tabs(entry, raw)


def _twice(front: Node, raw: str) -> Iterator[Change]:
    """A key that says the same thing again."""
    seen: dict[str, Node] = {}
    for key, value in front.pairs:
        first = seen.setdefault(key.text, value)
        if first is value or plain_of(first) != plain_of(value):
            continue
        start, end = key.span().start, max(value.line.span().end, key.span().end)
        start = max(raw.rfind("\n", 0, start), raw.rfind("\r", 0, start)) + 1
        ends = [at for at in (raw.find("\n", end), raw.find("\r", end)) if at >= 0]
        if not ends or raw[start:end].lstrip("\"'")[:1].isspace():
            continue
        end = min(ends)
        end += 2 if raw[end : end + 2] == "\r\n" else 1
        yield Change(start, end, "", f"The key `{key.text}` stands twice, with the same value.")


LOOKS = (_spelling, _licences, _languages, _curly_quotes, _tabs, _twice)


def _swap(line: Line, text: str, raw: str, says: str) -> Iterator[Change]:
    """Yield the change, if the line's characters stand in the card as they are."""
    start, end = line.span()
    if raw[start:end] == line.text:
        yield Change(start, end, text, says)
