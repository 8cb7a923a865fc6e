"""Full-width signs where they are structure: bars of tables, marks of headings, keys.

Seen on: cards typed with a Chinese or Japanese keyboard. In prose and values full-width signs
stay as they were printed; the readers know both widths.
"""

from __future__ import annotations

import re

from cardkit.noise import Repaired, text_of
from cardkit.patterns import regex
from cardkit.text import Line, whole

FOLDS = str.maketrans(
    {"｜": "|", "－": "-", "：": ":", "＃": "#", "　": " "}
    | {
        chr(c): chr(c - 0xFEE0)
        for c in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
    }
)
DELIMITER = regex(r"[\s|｜]*[:：]?[-－]+[:：]?\s*(?:[|｜]\s*[:：]?[-－]+[:：]?\s*)*[|｜]?\s*")
SIGNS = "｜－：＃"
"""All that is markup once it is folded."""
HEADING = regex(r"＃{1,6}(?=[\s　])")
KEY = regex(r"\s*(?:- )?[A-Za-z_Ａ-Ｚａ-ｚ][\w-]*：")


def repair(lines: list[Line]) -> Repaired | None:
    """Fold full-width signs that a Markdown or YAML reader would not see as markup."""
    text = text_of(lines)
    if text.isascii() or not any(sign in text for sign in SIGNS):
        return None
    found: dict[int, Line] = {}
    front = 0
    for n, line in enumerate(lines):
        text = line.text
        if front < 2:
            bare = text.strip()
            if bare == "---" and (front or not found):
                front += 1
            elif bare and not front:
                front = 2
        if text.isascii():
            continue
        if front == 1 and (key := KEY.match(text)):
            found[n] = _key(line, key)
        elif "＃" in text and (mark := HEADING.match(text)):
            found[n] = line.fold(text[: mark.end()].translate(FOLDS) + text[mark.end() :])
        elif ("｜" in text or "－" in text) and _is_delimiter(text):
            found[n] = line.fold(text.translate(FOLDS))
        if ("|" in text or "｜" in text) and _is_delimiter(found.get(n, line).text):
            found |= _rows(lines, n, found.get(n, line).text)
    if "｜" in text_of(lines):
        for n, line in enumerate(lines):
            if "-|" in line.text or "- |" in line.text:
                found |= _rows(lines, n, line.text) if _is_delimiter(line.text) else {}
    changed = {n: line for n, line in found.items() if line.text != lines[n].text}
    if not changed:
        return None
    card = [changed.get(n, line) for n, line in enumerate(lines)]
    return Repaired(card, len(changed), whole(lines[n] for n in sorted(changed)))


def _key(line: Line, key: re.Match[str]) -> Line:
    """Return a line of front matter with a colon that YAML knows."""
    colon = key.end() - 1
    name = line[:colon]
    behind = line[colon + 1 :].text[:1]
    mark = ":" if not behind or behind.isspace() else ": "
    return (
        line.swap(colon, colon + 1, mark)
        if name.text.isascii()
        else line.fold(line.text[: colon + 1].translate(FOLDS) + line.text[colon + 1 :])
    )


def _is_delimiter(text: str) -> bool:
    return "-" in text.translate(FOLDS) and DELIMITER.fullmatch(text) is not None


def _rows(lines: list[Line], at: int, delimiter: str) -> dict[int, Line]:
    """Return the rows around a delimiter row whose bars are full-width, folded."""
    columns = delimiter.strip().strip("|").count("|") + 1
    found = {}
    for step, first in ((-1, at - 1), (1, at + 1)):
        n = first
        while 0 <= n < len(lines) and ("｜" in lines[n].text or "|" in lines[n].text):
            text = lines[n].text
            if (
                "｜" in text
                and not _fits(text, columns)
                and _fits(text.replace("｜", "|"), columns)
            ):
                found[n] = lines[n].fold(text.replace("｜", "|"))
            if step < 0 or ("-" in text and _is_delimiter(text)):
                break  # the rows below a delimiter row are its own
            n += step
    return found


def _fits(row: str, columns: int) -> bool:
    bare = row.strip()
    return (
        "|" in bare
        and len(re.split(r"(?<!\\)\|", bare.removeprefix("|").removesuffix("|"))) == columns
    )
