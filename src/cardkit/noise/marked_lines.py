"""One mark on every line of a card, or one fence around it: a quote, a diff, an indentation.

Seen on: mails and issues that quote a card, patches that add one, answers of chat models, which
put a whole file into a code block.
"""

from __future__ import annotations

from collections.abc import Callable

from cardkit.noise import Repaired
from cardkit.patterns import regex
from cardkit.text import Line, whole

SHORTEST = 4
QUOTE = regex(r"[ ]{0,3}>[ ]?")
HUNK = regex(r"@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@")
OPENING = regex(r"(`{3,}|~{3,})[ \t]*(?:markdown|md|mdx|(yaml)|text|txt)?[ \t]*$")
FENCE = regex(r"\s*(`{3,}|~{3,})")
CARD = regex(r"---[ \t]*$|#{1,3} \S|<(?:!--|[a-z])|[a-z_]+:[ \t]*\S*$")


def repair(lines: list[Line]) -> Repaired | None:
    """Take the mark off when every line bears it and a card's beginning stands behind it."""
    shown = [n for n, line in enumerate(lines) if line.text.strip()]
    if len(shown) < SHORTEST:
        return None
    first = lines[shown[0]].text
    if first[:3] in ("```", "~~~"):
        return _unfenced(lines, shown)
    if first.startswith(("diff ", "--- ", "@@ ", "+")):
        return _of_diff(lines, shown)
    if first.startswith(("    ", "\t")):
        indent = "\t" if first.startswith("\t") else "    "
        return _unmarked(lines, shown, lambda text: len(indent) * text.startswith(indent))
    if QUOTE.match(first):
        return _unmarked(lines, shown, _of_quote)
    return None


def _of_quote(text: str) -> int:
    mark = QUOTE.match(text)
    return mark.end() if mark else 0


def _unmarked(lines: list[Line], shown: list[int], width: Callable[[str], int]) -> Repaired | None:
    """Return the card without a mark that all of its lines bear."""
    if not all(width(lines[n].text) for n in shown):
        return None
    card = [line[width(line.text) :] for line in lines]
    if not _is_card(card):
        return None
    return Repaired(card, len(shown), whole([lines[shown[0]], lines[shown[-1]]]))


def _of_diff(lines: list[Line], shown: list[int]) -> Repaired | None:
    """Return the lines that a patch adds, if it adds a whole card."""
    at = 0
    for k, n in enumerate(shown[:10]):
        if HUNK.match(lines[n].text):
            at = k + 1
    body = [n for n in shown[at:] if not lines[n].text.startswith("\\ No newline")]
    if len(body) < SHORTEST or not all(lines[n].text.startswith("+") for n in body):
        return None
    card = [lines[n][1:] for n in range(body[0], body[-1] + 1)]
    if not _is_card(card):
        return None
    return Repaired(card, len(body), whole([lines[shown[0]], lines[shown[-1]]]))


def _unfenced(lines: list[Line], shown: list[int]) -> Repaired | None:
    """Return what stands in the one fence that holds the whole card."""
    first, last = lines[shown[0]], lines[shown[-1]]
    opening = OPENING.match(first.text)
    if not opening or last.text.strip() != opening[1]:
        return None
    card = lines[shown[0] + 1 : shown[-1]]
    inner = [line for line in card if (mark := FENCE.match(line.text)) and mark[1] >= opening[1]]
    if len(inner) % 2 or (inner and opening[2]) or not _is_card(card):
        return None
    return Repaired(card, 2, whole([first, last]))


def _is_card(card: list[Line]) -> bool:
    """Return whether a card's front matter or title begins here."""
    shown = [line.text for line in card if line.text.strip()][:2]
    if len(shown) < 2 or not CARD.match(shown[0]):
        return False
    return not shown[0].startswith("---") or CARD.match(shown[1]) is not None or ":" in shown[1]
