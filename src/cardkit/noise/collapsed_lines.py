"""A whole card on one line, or on a few: line ends put back where the markup tells them.

Seen on: raw and resolve addresses of hubs and proxies whose Markdown was read as HTML.
Not to be put back: indentation, comments, tags, where a paragraph ends, statements of programs.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from cardkit.noise import Repaired
from cardkit.page.statements import statements
from cardkit.patterns import regex
from cardkit.text import Line, Piece, Span
from cardkit.vocabulary import fold, load

SHORTEST = 300
"""Characters below which a line is collapsed only when it opens front matter."""
MOST_LINES = 12
"""More lines than that are lines."""
FARTHEST = 4000
"""Characters within which a quote, a head row or a heading must come to its end."""

OPENS_FRONT_MATTER = regex(r"\ufeff?\s*---\s+[A-Za-z_][\w-]*:(?=\s)")
CLOSES_FRONT_MATTER = regex(r"(?<=\s)---(?=\s|$)")
EVIDENCE = regex(
    r"(?<=\s)#{1,6}\s(?=\S)|(?<=\|)\s+\|\s?:?-+:?\s?\||(?<=\s)(?:```|~~~)|(?<=\s)[-*]\s+\*\*"
)
FENCE = regex(r"(?:(?<=\s)|^)(`{3,}|~{3,})([\w+#.:{}=-]*)(?=\s|$)")
CODE_SPAN = regex(r"(?<!`)(`{1,2})(?!`)([^`]{1,400})(?<!`)\1(?!`)")
TARGET = regex(r"(?<=\])\([^()\s]{1,800}\)|\bhttps?://[^\s|)\]]{1,800}")
TWO = 2
NUMBER_CELL = regex(r"[*_]*\d[\d.,]*\s?%?[*_]*")
DELIMITER = regex(
    r"(?<![-:|\w])(?:\|\s?)?+:?-++:?\s?(?:\|\s?:?-++:?\s?)++\|?|(?<=\|\s)\|\s?:?-++:?\s?\|"
)
HEADING = regex(r"(?:(?<=\s)|^)#{1,6}\s+(?=\S)")
BULLET = regex(r"(?:(?<=\s)|^)[-*+•]\s+(?=[^\s\d|]|\d+[^\s\d.,]|\d\S*\s+[A-Za-z])")
NUMBERED = regex(r"(?:(?<=\s)|^)(\d{1,2})[.)]\s+(?=\S)")
BOLD_LABEL = regex(r"(?:(?<=\s)|^)\*\*[^*\s][^*]{0,60}(?:[:：]\*\*|\*\*\s?[:：])")
QUOTE_BLOCK = regex(r"(?<=[.:!?*\])。：] )>\s+(?=[^\s>])")
RULE = regex(r"(?<=\s)(?:-{3,}|\*{3,}|_{3,})(?=\s)")
IMAGE = regex(r"(?:(?<=\s)|^)!\[[^\]]{0,300}\]\([^()\s]{0,800}\)(?=\s|$)")
STRONG_ITEM = ("**", "[", "`", "__", "~~")
LABEL_ITEM = regex(r"[^\s:：][^:：.!?|]{0,40}[:：](?:\s|$)")
SMALL_LABEL = regex(r"(?<=\s)[a-z][\w-]{2,30}:\s(?=`|\S)")
YAML_TOKEN = regex(
    r"(?:(?<=\s)|^)(?:(?P<dash>-\s+(?=\S))|(?P<key>[A-Za-z_][\w./-]{0,60}):(?=\s|$)"
    r"|(?P<block>[>|][-+]?(?=\s))|(?P<quote>[\"'])|(?P<flow>[\[{]))"
)
KEY_BEHIND = regex(r"([A-Za-z_][\w./-]{0,60}):(?=\s|$)")
LAST_NUMBER = regex(
    r"\s*(\*{0,2}[-−+]?\d[\d.,]*%?\*{0,2}|-+|N/A)"
    r"(?:\s+(?=[^\W\d_a-z]|[*\[`<:])|\s*$)"
)
PYTHON = regex(r"\s*(?:#[^\n]{0,80}?\s)?(?:from\s[\w.]+\simport\s|import\s\w|\w+\s=\s\w+\()")
BAR = regex(r"(?<!\\)\|")
BLANKS = regex(r"\s*")
WORD = regex(r"\S+")
MARKUP = regex(r"\*\*|!?\[|`|https?://|>|\|")
PICTURE = regex("[\u2600-\u27bf\u2b50\U0001f000-\U0001faff]")
IDENTIFIER = regex(r"(?=.*\d)[\w.]+(?:[-_/][\w.]+)+")
LIST_MARK = regex(r"[-*+•]|1[.)]")
SENTENCE_ENDS = (".", ":", "!", "?", ")", "。", "：", "！", "？", "）", "*", "`", "”", '"')
MOST_WORDS = 24
"""Words in which a heading must come to its end."""
CJK = regex("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uff00-\uffef、。]")
PYTHON_APART = regex(r"python\s(?:import|from|#|>>>|\w+\s=)\s")
LANGUAGE_APART = ("json", "yaml", "bash", "sh", "shell", "bibtex", "text", "console")


class Cut(NamedTuple):
    """A line of the card: a part of the long line, and how far it is indented.

    One without a character is a blank line, which parts what must not be read as one block.
    """

    start: int
    end: int
    indent: int = 0


class Words(NamedTuple):
    """The words that tell where lines ended."""

    keys: frozenset[str]
    headings: frozenset[str]
    openers: frozenset[str]
    verbs: frozenset[str]
    joining: frozenset[str]
    command: re.Pattern[str]


@lru_cache(maxsize=1)
def _words() -> Words:
    table: dict[str, list[str]] = load("collapsed.yaml")
    sections: dict[str, list[str]] = load("words/sections.yaml")
    headings = {fold(w) for w in table["headings"]} | {
        fold(str(w)) for aliases in sections.values() for w in aliases
    }
    command = "|".join(re.escape(word) for word in table["commands"])
    return Words(
        frozenset(table["keys"]),
        frozenset(headings),
        frozenset(table["openers"]),
        frozenset(table["verbs"]),
        frozenset(table["joining"]),
        re.compile(rf"(?:(?<=\s)|^)(?:sudo\s+)?(?:{command}|python3?)\s"),
    )


def repair(lines: list[Line]) -> Repaired | None:
    """Cut the long lines where their markup tells that a line began."""
    shown = [line for line in lines if line.text.strip()]
    if not shown or len(shown) > MOST_LINES:
        return None
    if sum(len(line.text) for line in shown) < 60 * len(shown):
        return None
    card: list[Line] = []
    count, at = 0, Span(0, 0)
    for line in lines:
        if not _is_collapsed(line.text):
            card.append(line)
            continue
        cut = _cut(line)
        where = line.span()
        at = Span(at.start, where.end) if count else where
        count += len(cut) - 1
        card += cut
    return Repaired(card, count, at, form="collapsed") if count else None


def _is_collapsed(text: str) -> bool:
    opens = OPENS_FRONT_MATTER.match(text)
    if opens and CLOSES_FRONT_MATTER.search(text, opens.end()):
        return True
    if len(text) < SHORTEST:
        return False
    return len(list(islice(EVIDENCE.finditer(text), 2))) > 1


def _cut(line: Line) -> list[Line]:
    text = line.text
    card: list[Line] = []
    for cut in _cuts(text):
        part = line[cut.start : cut.end].strip()
        if not part.text:
            if cut.start == cut.end and card and card[-1].text:
                card.append(part)
            continue
        if cut.indent:
            start = part.span().start
            blank = Piece(0, start, start, exact=False)
            pieces = [piece._replace(at=piece.at + cut.indent) for piece in part.pieces]
            part = Line(" " * cut.indent + part.text, (blank, *pieces))
        card.append(part)
    return card


def _cuts(text: str) -> Iterator[Cut]:
    """Yield the lines of a collapsed card."""
    at = 0
    opens = OPENS_FRONT_MATTER.match(text)
    if opens and (closes := CLOSES_FRONT_MATTER.search(text, opens.end())):
        start = text.index("---")
        yield Cut(start, start + 3)
        yield from _front_matter(text, start + 3, closes.start())
        yield Cut(closes.start(), closes.end())
        at = closes.end()
        yield Cut(at, at)
    fences = list(_fences(text, at))
    hidden = _hidden(text, at, fences)
    for fence in fences:
        yield from _prose(hidden, text, at, fence.start)
        yield Cut(fence.start, fence.start)
        yield Cut(fence.start, fence.code)
        yield from _code(text, fence)
        yield Cut(fence.end, fence.closed)
        at = fence.closed
        yield Cut(at, at)
    yield from _prose(hidden, text, at, len(text))


def _hidden(text: str, start: int, fences: list[Fence]) -> str:
    """Return a text of the same length whose code and link targets hold no markup."""
    parts, at = ["x" * start], start
    for fence in fences:
        prose = CODE_SPAN.sub(_hide, text[at : fence.start])
        parts += [TARGET.sub(_hide, prose), "x" * (fence.closed - fence.start)]
        at = fence.closed
    parts.append(TARGET.sub(_hide, CODE_SPAN.sub(_hide, text[at:])))
    return "".join(parts)


def _hide(match: re.Match[str]) -> str:
    """Return a text of the same length without markup."""
    whole = match[0]
    return whole[0] + "x" * (len(whole) - 2) + whole[-1]


# ------------------------------------------------------------------ code


class Fence(NamedTuple):
    """A fenced block: where its fence, its code, its closing fence and its end stand."""

    start: int
    code: int
    end: int
    closed: int
    language: str


def _fences(text: str, at: int) -> Iterator[Fence]:
    """Pair the fences: one with a language opens, one without opens or closes."""
    opened: re.Match[str] | None = None
    for mark in FENCE.finditer(text, at):
        if opened is None:
            opened = mark
        elif mark[2]:
            if opened[2]:
                yield _fence(text, opened, mark.start(), mark.start())
            opened = mark
        elif mark[1].startswith(opened[1]):
            yield _fence(text, opened, mark.start(), mark.end())
            opened = None
    if opened is not None and opened[2]:
        heading = re.compile(r"(?<=\s)#{2,6}\s+(?=[^\W\d_])").search(text, opened.end())
        end = heading.start() if heading else len(text)
        yield _fence(text, opened, end, end)


def _fence(text: str, opened: re.Match[str], end: int, closed: int) -> Fence:
    language, code = opened[2].casefold(), opened.end()
    if not language:
        first = WORD.search(text, code, end)
        apart = first is not None and first[0].casefold() in LANGUAGE_APART
        if first is not None and (apart or PYTHON_APART.match(text, first.start(), end)):
            language, code = first[0].casefold(), first.end()
    return Fence(opened.start(), code, end, closed, language.strip("{}.:"))


def _code(text: str, fence: Fence) -> Iterator[Cut]:
    """Yield the lines of a code block, as far as they can be known."""
    start, end, language = fence.code, fence.end, fence.language
    if language in ("yaml", "yml") or (not language and _is_yaml(text, start, end)):
        yield from _config(text, start, end)
    elif not language and PYTHON.match(text, start, end):
        yield from _python(text, start, end)
    elif language in ("bash", "sh", "shell", "console", "zsh", ""):
        yield from _commands(text, start, end)
    elif language in ("python", "py", "python3"):
        yield from _python(text, start, end)
    else:
        yield Cut(start, end)


def _python(text: str, start: int, end: int) -> Iterator[Cut]:
    """Yield the statements of a program, or the program on one line."""
    starts = [start + at for at in statements(text[start:end])] or [start]
    for at, stop in zip(starts, [*starts[1:], end], strict=True):
        yield Cut(at, stop)


def _is_yaml(text: str, start: int, end: int) -> bool:
    first = YAML_TOKEN.match(
        text, start + len(text[start:end]) - len(text[start:end].lstrip()), end
    )
    if first is None or first["key"] is None:
        return False
    keys = sum(token["key"] is not None for token in YAML_TOKEN.finditer(text, start, end))
    return keys > 1 and not re.compile(r"\s=\s|[;{(]").search(text, start, end)


def _commands(text: str, start: int, end: int) -> Iterator[Cut]:
    at = start
    first = WORD.search(text, start, end)
    for command in _words().command.finditer(text, start, end) if first else ():
        before = text[at : command.start()].rstrip()
        if before and not before.endswith(
            ("-m", "&&", "|", "\\", "$", "sudo", ";", "=", "exec", ">", "#")
        ):
            if at == start and not _words().command.match(text, first.start() if first else start):
                break
            yield Cut(at, command.start())
            at = command.start()
    yield Cut(at, end)


# ------------------------------------------------------------------ YAML


class Token(NamedTuple):
    """A place in YAML at which a line began."""

    at: int
    key: str | None
    """The key that stands there, also behind a dash."""
    dash: bool
    empty: bool
    """Whether nothing stands between the key and the next token."""
    listed: bool
    """Whether it belongs to a list's entry that is a map."""


def _front_matter(text: str, start: int, end: int) -> Iterator[Cut]:
    """Yield the lines of front matter, all at the left: another repair indents them."""
    line = start
    for token in _yaml(text, start, end, _words().keys):
        yield Cut(line, token.at)
        line = token.at
    yield Cut(line, end)


def _config(text: str, start: int, end: int) -> Iterator[Cut]:
    """Yield the lines of a YAML block: keys below a key without a value, entries below a dash."""
    line, indent, base, child = start, 0, 0, 0
    for token in _yaml(text, start, end, None):
        yield Cut(line, token.at, indent)
        line = token.at
        if token.dash:
            indent = base
            child = base + (4 if token.key and token.empty else 2)
        elif token.listed:
            indent = child
        elif token.key and token.empty and not _dash_behind(text, token, end):
            indent, base = 0, 2
        else:
            indent = base
    yield Cut(line, end, indent)


def _dash_behind(text: str, token: Token, end: int) -> bool:
    behind = YAML_TOKEN.search(text, token.at + len(token.key or ""), end)
    return behind is not None and behind["dash"] is not None


def _yaml(text: str, start: int, end: int, known: frozenset[str] | None) -> Iterator[Token]:
    """Yield where lines of YAML began.

    A plain value holds no `: `, so each key is one, except in quotes and in a text of many lines,
    which only a known key ends.
    """
    seen, after = start, ""  # where the latest token ended, and what it was
    listed = of_maps = in_block = False
    at = start
    while token := YAML_TOKEN.search(text, at, end):
        at = token.end()
        kind = token.lastgroup
        bare = BLANKS.match(text, seen, token.start()).end() == token.start()  # type: ignore[union-attr]
        if kind in ("quote", "flow"):
            if bare and not in_block:
                at = _skip(text, token.start(), end)
        elif kind == "block":
            if bare and after == "key":
                in_block = True
                seen = at
                yield Token(at, None, dash=False, empty=False, listed=False)
        elif kind == "key":
            if in_block and known is not None and token["key"] not in known:
                continue
            in_block = False
            if not (after == "dash" and bare):
                of_maps = of_maps and listed
                listed = of_maps
                yield Token(
                    token.start(), token["key"], False, _is_empty(text, at, end), listed=of_maps
                )
            seen, after = at, "key"
        else:
            key = KEY_BEHIND.match(text, at, end)
            if in_block and (known is None or key is None or key[1] not in known):
                continue
            begins = bare and after in ("key", "")
            if not begins and (not listed or (known is not None and of_maps and key is None)):
                continue
            in_block = False
            listed, of_maps = True, key is not None
            empty = key is not None and _is_empty(text, key.end(), end)
            yield Token(token.start(), key[1] if key else None, True, empty, listed=True)
            seen, after = at, "dash"


def _is_empty(text: str, at: int, end: int) -> bool:
    """Return whether a key has no value of its own: another token follows at once."""
    behind = YAML_TOKEN.match(text, at + 1, end)
    return behind is not None and behind.lastgroup in ("dash", "key")


def _skip(text: str, start: int, end: int) -> int:
    """Return where a quoted or bracketed value ends."""
    last = min(end, start + FARTHEST)
    sign = text[start]
    if sign in "[{":
        closing = {"[": "]", "{": "}"}[sign]
        depth = 0
        for n in range(start, last):
            if text[n] == sign:
                depth += 1
            elif text[n] == closing:
                depth -= 1
                if not depth:
                    return n + 1
        return start + 1
    at = start + 1
    while (at := text.find(sign, at, last)) >= 0:
        if sign == "'" and text[at + 1 : at + 2] == "'":
            at += 2
        elif sign == '"' and text[at - 1] == "\\":
            at += 1
        else:
            return at + 1
    return start + 1


# ------------------------------------------------------------------ prose and tables


def _prose(hidden: str, text: str, start: int, end: int) -> Iterator[Cut]:
    """Yield the lines between two code blocks: tables first, as they are certain."""
    at = start
    bars = [m.start() for m in BAR.finditer(hidden, start, end)]
    marks = [m for m in DELIMITER.finditer(hidden, start, end) if _delimits(hidden, m)]
    heads = [_head(hidden, bars, mark) for mark in marks]
    for n, (mark, head) in enumerate(zip(marks, heads, strict=True)):
        near = n and head is not None and 0 < mark.start() - head < FARTHEST
        if near and _is_dashes(mark[0]) and _has_numbers(hidden[head : mark.start()]):
            heads[n] = None  # a row of dashes within a table
    for n, (mark, head) in enumerate(zip(marks, heads, strict=True)):
        if head is None or head < at or mark.start() - head > FARTHEST:
            continue
        below = next((h for h in heads[n + 1 :] if h is not None and h > mark.end()), end)
        rows = _rows(hidden, bars, mark, below)
        if rows:
            yield from _runs(hidden, text, at, head)
            yield Cut(head, head)
            yield Cut(head, mark.start())
            yield Cut(mark.start(), mark.end())
            yield from rows
            at = rows[-1].end
            yield Cut(at, at)
    yield from _runs(hidden, text, at, end)


def _delimits(hidden: str, mark: re.Match[str]) -> bool:
    """Return whether a row of dashes parts a head from its rows, and is no row of empty cells."""
    if "--" in mark[0] or ":-" in mark[0] or "-:" in mark[0]:
        return True
    before = hidden[max(0, mark.start() - 3) : mark.start()]
    return not mark[0].startswith("|") or before.rstrip().endswith("|")


def _is_dashes(row: str) -> bool:
    return "--" not in row and ":" not in row


def _has_numbers(row: str) -> bool:
    """Return whether most cells behind a row's first hold numbers, as no head's do."""
    cells = [cell.strip() for cell in row.strip(" |").split("|")][1:]
    return 2 * sum(NUMBER_CELL.fullmatch(cell) is not None for cell in cells) > len(cells)


def _head(hidden: str, bars: list[int], mark: re.Match[str]) -> int | None:
    """Return where the head row of a table begins: as many bars before as it has columns."""
    columns = len(re.findall(r"-+", mark[0]))
    first = bisect_left(bars, mark.start())
    if mark[0].startswith("|"):
        closed = first > 0 and not hidden[bars[first - 1] + 1 : mark.start()].strip()
        head = first - columns - closed
        return bars[head] if head >= 0 else None
    inner = first - columns + 1
    if inner < 0 or columns < 2:
        return None
    name = WORD.search(hidden[max(0, bars[inner] - 100) : bars[inner]][::-1])
    return bars[inner] - (name.end() if name else 0)


def _rows(hidden: str, bars: list[int], mark: re.Match[str], below: int) -> list[Cut]:
    """Return the rows below a delimiter row: as many cells in each as that row has."""
    columns = len(re.findall(r"-+", mark[0]))
    i, last_bar = bisect_left(bars, mark.end()), bisect_left(bars, below)
    closed = mark[0].endswith("|")
    step = columns if closed else columns - 1
    at, rows = mark.end(), list[Cut]()
    if i < len(bars) and hidden[at : bars[i]].strip():
        return _bare_rows(hidden, bars, mark.end(), columns - 1, below)
    while i + step < last_bar and not hidden[at : bars[i]].strip():
        last = _row_end(hidden, bars, i, step, last_bar)
        row_end = bars[last] + 1
        if not closed:
            row_end = bars[last + 1] if last + 1 < last_bar else below
        rows.append(Cut(bars[i], row_end))
        at, i = row_end, last + 1
    return rows


def _bare_rows(hidden: str, bars: list[int], at: int, inner: int, below: int) -> list[Cut]:
    """Return the rows of a table without outer bars, if its last column holds numbers.

    A row ends inside a cell, as the next one's name follows: only a number tells where.
    """
    rows: list[Cut] = []
    i, last_bar = bisect_left(bars, at), bisect_left(bars, below)
    while inner and i + inner <= last_bar:
        behind = bars[i + inner] if i + inner < last_bar else below
        number = LAST_NUMBER.match(hidden, bars[i + inner - 1] + 1, behind)
        if number is None or bars[i] - at > 200 or HEADING.search(hidden, at, bars[i]):
            break
        rows.append(Cut(at, number.end(1)))
        at, i = number.end(), i + inner
    return rows if len(rows) > 1 else []


def _row_end(hidden: str, bars: list[int], i: int, step: int, last_bar: int) -> int:
    """Return the bar that ends a row: rows may hold a cell less, or a bar more, than the head."""
    last = i + step

    def blank(n: int) -> bool:
        return n + 1 < last_bar and not hidden[bars[n] + 1 : bars[n + 1]].strip()

    if last + 1 >= last_bar or blank(last):
        return last
    if step > TWO and blank(i + 1) and (i + TWO + step + 1 >= last_bar or blank(i + TWO + step)):
        return i + 1  # the heading of a group: a row of one cell
    return next((n for n in (last - 1, last + 1, last + 2) if n > i and blank(n)), last)


def _runs(hidden: str, text: str, start: int, end: int) -> Iterator[Cut]:
    """Yield the lines of headings, lists and prose."""
    marks = [m for m in HEADING.finditer(hidden, start, end) if _heads(hidden, m, end)]
    at = start
    for n, mark in enumerate(marks):
        yield from _paragraphs(hidden, at, mark.start())
        limit = marks[n + 1].start() if n + 1 < len(marks) else end
        listed = min(_list_marks(hidden, mark.end(), limit), default=limit)
        stop = _heading_end(hidden, text, mark.end(), listed)
        yield Cut(mark.start(), mark.start())
        yield Cut(mark.start(), stop)
        yield Cut(stop, stop)
        at = stop
    yield from _paragraphs(hidden, at, end)


def _heads(hidden: str, mark: re.Match[str], end: int) -> bool:
    """Return whether `# ` is a heading's mark and no number sign."""
    return mark[0].count("#") > 1 or (mark.end() < end and not hidden[mark.end()].isdigit())


def _heading_end(hidden: str, text: str, start: int, limit: int) -> int:
    """Return where a heading ends: known words, the next markup, or where a sentence begins."""
    words = list(_first_words(hidden, start, limit))
    if not words:
        return limit
    markup = next((n for n, w in enumerate(words) if n and MARKUP.match(w[0])), len(words))
    known = _known_heading(text, words[:markup])
    opens = _sentence_start([w[0] for w in words[:markup]])
    if known and opens and known < opens <= known + 3:
        titled = all(w[0][:1].isupper() for w in words[known:opens])
        known = opens if titled else known
    count = known or opens or markup
    if count >= len(words):
        return limit if len(words) < MOST_WORDS else words[-1].start()
    return words[count].start()


def _first_words(hidden: str, start: int, limit: int) -> Iterator[re.Match[str]]:
    for n, word in enumerate(WORD.finditer(hidden, start, limit)):
        if n == MOST_WORDS or (n and LIST_MARK.fullmatch(word[0])):
            return
        yield word


def _known_heading(text: str, words: list[re.Match[str]]) -> int:
    """Return how many words make a heading that cards share; 0 when none does."""
    headings = _words().headings
    for count in range(min(len(words), 9), 0, -1):
        if count < len(words):
            follows = words[count][0]
            if follows[:1].islower() or follows[:1] == "(":
                continue
        if fold(text[words[0].start() : words[count - 1].end()]) in headings:
            return count
    return 0


def _sentence_start(words: list[str]) -> int:
    """Return which word begins the sentence behind a heading; 0 when none certainly does."""
    table = _words()
    weak = 0
    for n in range(1, len(words)):
        word, before = words[n], words[n - 1]
        if before.casefold() in table.joining or before.endswith((",", ":", "：")):
            continue
        if PICTURE.match(word) or (CJK.match(word[0]) and CJK.match(before[-1])):
            return n
        if word.casefold() == words[0].casefold() and len(word) > 2:
            return n
        follows = words[n + 1] if n + 1 < len(words) else ""
        if follows.casefold() in table.verbs:
            return n
        if not word[0].isupper() or not follows[:1].islower():
            continue
        if word.casefold() in table.openers:
            return n
        if n == 1 and IDENTIFIER.fullmatch(before):
            return n
        weak = weak or n
    return weak if len(words) > 6 else 0


def _paragraphs(hidden: str, start: int, end: int) -> Iterator[Cut]:
    """Yield the lines of lists and prose between two headings."""
    places = sorted({start, *_list_marks(hidden, start, end), *_breaks(hidden, start, end)})
    for at, stop in zip(places, [*places[1:], end], strict=True):
        rule = RULE.match(hidden, at, stop) is not None
        if rule:
            yield Cut(at, at)
        yield Cut(at, stop)
        if rule:
            yield Cut(stop, stop)


def _breaks(hidden: str, start: int, end: int) -> Iterator[int]:
    """Yield where a rule, a quote, an image or a bold label begins a line."""
    for rule in RULE.finditer(hidden, start, end):
        yield rule.start()
        yield rule.end()
    for quote in QUOTE_BLOCK.finditer(hidden, start, end):
        yield quote.start()
    for image in IMAGE.finditer(hidden, start, end):
        if not hidden[start : image.start()].strip():
            yield image.end()
    labels = list(BOLD_LABEL.finditer(hidden, start, end))
    for label in labels:
        before = hidden[max(start, label.start() - 200) : label.start()].rstrip()
        if LIST_MARK.fullmatch(before[-2:].strip()):
            continue
        if before.endswith(SENTENCE_ENDS) or len(labels) > 2:
            yield label.start()


def _list_marks(hidden: str, start: int, end: int) -> list[int]:
    """Return where the entries of lists begin: ` - ` may also be a dash or a minus."""
    found: list[int] = []
    every = list(BULLET.finditer(hidden, start, end))
    for sign in {mark[0][0] for mark in every}:
        marks = [mark for mark in every if mark[0][0] == sign]
        opened = strong = False
        for n, mark in enumerate(marks):
            follows = hidden[mark.end() : mark.end() + 60]
            before = hidden[max(start, mark.start() - 3) : mark.start()].rstrip()
            item = follows.startswith(STRONG_ITEM) or LABEL_ITEM.match(follows) is not None
            at_end = not before or before.endswith(SENTENCE_ENDS)
            if not opened:
                opened = at_end or item or len(marks) - n > 2
                strong = follows.startswith(STRONG_ITEM)
                if opened:
                    found.append(mark.start())
            elif not strong or item or at_end:
                found.append(mark.start())
    found += _numbers(hidden, start, end)
    if found:
        found += _label_behind(hidden, sorted(found), end)
    return found


def _numbers(hidden: str, start: int, end: int) -> list[int]:
    """Return where the entries of a numbered list begin: 1, 2, 3 in order."""
    found: list[int] = []
    for mark in NUMBERED.finditer(hidden, start, end):
        if int(mark[1]) == len(found) + 1:
            found.append(mark.start())
    return found if len(found) > 1 else []


def _label_behind(hidden: str, marks: list[int], end: int) -> list[int]:
    """Return where a label stands behind a list whose entries are all labelled: `command: …`."""
    if not all(LABEL_ITEM.match(hidden[at : at + 70].lstrip("-*+• ")[:60]) for at in marks[:50]):
        return []
    colon = hidden.find(":", marks[-1], end)
    label = SMALL_LABEL.search(hidden, colon + 1, end) if colon > 0 else None
    return [label.start()] if label else []
