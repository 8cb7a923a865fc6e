"""Front matter whose two lines of dashes were lost, or became something else.

Seen on: pages whose Markdown has no front matter (its keys become one heading), word processors
that make one long dash of three, answers of chat models, which put it into a code block; copies
that print it below the card.
"""

from __future__ import annotations

from cardkit.blocks.front_matter import known, unmistakable
from cardkit.noise import Repaired
from cardkit.patterns import regex
from cardkit.text import Line, Piece, whole
from cardkit.vocabulary.front_matter import nested, top

FENCE = "---"
KEYS = 2
"""Known keys that make lines a front matter."""
MOST = 20_000
"""Characters of a front matter on one line."""
OTHER = regex(r"\s*(?:(?:[*_+—–=-][ ]?){1,}|`{3,}[ ]*(?:ya?ml)?)\s*")
HEADED = regex(r"#{1,3}\s+(?=[a-z])")
KEY = regex(r"(?:^|(?<=\s))[a-z][\w-]*:(?=\s)")
TOKEN = regex(r"(?:^|(?<=\s))(?:-\s+(?=\S)|([A-Za-z_][\w.-]*):(?=\s|$))")
UNDERLINE = regex(r"\s*(?:-{2,}|={2,})\s*")


def repair(lines: list[Line]) -> Repaired | None:
    """Put the lines of dashes back around the front matter, and put it at the top."""
    shown = (n for n, line in enumerate(lines) if line.text.strip())
    first = next(shown, None)
    if first is None:
        return None
    text = lines[first].text
    if text.strip() == FENCE:
        second = next(shown, None)
        if second is None or HEADED.match(lines[second].text) is None:
            return None
        return _folded(lines, second)
    if known(text):
        return _folded(lines, first) or _standing(lines, first, first)
    if HEADED.match(text):
        return _folded(lines, first) or _below(lines)
    if OTHER.fullmatch(text):
        second = next(shown, None)
        if second is None:
            return None
        begins = known(lines[second].text)
        return _folded(lines, second) or (_standing(lines, first, second) if begins else None)
    return _below(lines)


def _fence(place: int) -> Line:
    return Line(FENCE, (Piece(0, place, place, exact=False),))


def _fenced(yaml: list[Line], rest: list[Line], count: int) -> Repaired:
    """Return a card with its front matter between lines of dashes."""
    start, end = whole(yaml)
    return Repaired([_fence(start), *yaml, _fence(end), *rest], count, whole(yaml))


def _folded(lines: list[Line], at: int) -> Repaired | None:
    """Cut a front matter that stands on one line, as a heading or bare."""
    line = lines[at]
    mark = HEADED.match(line.text)
    bare = line[mark.end() :].strip() if mark else line.strip()
    keys = [key[0] for key in KEY.finditer(bare.text[:MOST])]
    if len(bare) > MOST or not known(bare.text) or sum(map(known, keys)) < KEYS:
        return None
    yaml = _unfolded(bare)
    rest = lines[at + 1 :]
    if rest and UNDERLINE.fullmatch(rest[0].text):
        rest = rest[1:]
    return _fenced(yaml, rest, len(yaml))


def _unfolded(line: Line) -> list[Line]:
    """Cut before known keys and before the entries of lists; another repair indents the lines."""
    cuts = [0]
    listed = dashed = False
    seen = 0
    for token in TOKEN.finditer(line.text):
        bare = not line.text[seen : token.start()].strip()
        key = token[1]
        if key is None:
            listed = listed or bare
            if not listed:
                continue  # a dash within a value
            cuts.append(token.start())
        elif key in top() or key in nested():
            if not (dashed and bare):
                cuts.append(token.start())
            listed = listed and key not in top()
        else:
            continue
        dashed, seen = key is None, token.end()
    ends = [*cuts[1:], len(line)]
    parts = [line[start:end].strip() for start, end in zip(cuts, ends, strict=True)]
    return [part for part in parts if part.text]


def _standing(lines: list[Line], opens: int, start: int) -> Repaired | None:
    """Fence lines of keys and values that end at a blank line or at the sign that opens them."""
    end = start
    closing = lines[opens].text.strip() if opens < start else ""
    while end < len(lines):
        text = lines[end].text
        if text.strip() == FENCE and not closing:
            return None  # an opening fence is lost, which the reader of front matter knows
        if OTHER.fullmatch(text) if closing and text.strip() else not text.strip():
            break
        end += 1
    yaml = lines[start:end]
    if not unmistakable([line.text for line in yaml], KEYS):
        return None
    rest = lines[end + 1 :] if closing and end < len(lines) else lines[end:]
    return _fenced(yaml, [*lines[:opens], *rest], 2)


def _below(lines: list[Line]) -> Repaired | None:
    """Put a front matter that ends the card at its top."""
    last = next(n for n in range(len(lines) - 1, -1, -1) if lines[n].text.strip())
    if lines[last].text.strip() != FENCE:
        return None
    opens = next((n for n in range(last - 1, 0, -1) if lines[n].text.strip() == FENCE), None)
    if opens is None:
        return None
    yaml = lines[opens + 1 : last]
    if not yaml or not known(yaml[0].text) or not unmistakable([y.text for y in yaml], KEYS):
        return None
    return Repaired([*lines[opens:last], lines[last], *lines[:opens]], 2, whole(yaml))
