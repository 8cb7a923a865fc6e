"""A card's lines cut into blocks, in one pass.

A scanner of lines instead of a Markdown parser: it is many times faster, knows the place of each
character, and does not need the blank lines that copies lose. Where both are defined it agrees
with CommonMark, which a test holds it to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator

from cardkit.blocks import Block, Bullet, Code, Heading, Paragraph, Placed, html_table, pipe_table
from cardkit.patterns import regex
from cardkit.text import Line, join

ATX = regex(r"[ ]{0,3}(#{1,6})(?:[ \t]+|(?<=##)(?=[^\s#!\d])|$)")
FENCE = regex(r"[ \t]*(`{3,}|~{3,})[ \t]*([^\s`{]*)[^`]*$")
BULLET = regex(r"([ \t]*)([-*+•·●○▪◦‣–]|\d{1,3}[.)、])(?:[ \t\u00a0]+|(?<=、)|$)")
RULE = regex(r"[ \t]*([-*_=])(?:[ \t]*\1){2,}[ \t]*")
HTML_HEADING = regex(r"<h([1-6])\b[^<>]*>", re.IGNORECASE)
TABLE_OPEN = regex(r"<table\b", re.IGNORECASE)
TABLE_TAG = regex(r"<(/?)table\b", re.IGNORECASE)
TAG_ONLY = regex(r"\s*(?:</?[a-zA-Z][^<>]*>\s*)+")
BOLD_LINE = regex(r"(\*\*|__)([^*_]{0,60}[^*_.:：。])\1")
SETEXT = regex(r"[ ]{0,3}(=+|-{2,})[ \t]*")
QUOTE = regex(r"[ ]{0,3}>[ ]?")
BLANKS = " \t\u00a0"
MAX_NESTING = 12
_new = tuple.__new__


def read_blocks(lines: list[Line]) -> tuple[Placed, ...]:
    """Return the blocks of a card without its front matter, each with the headings above it."""
    return tuple(_placed(lines))


def _placed(lines: list[Line]) -> Iterator[Placed]:
    """Yield the blocks with their places."""
    path: tuple[Heading, ...] = ()  # one object for all blocks of a section
    has_blank = any(not line.text.strip() for line in lines)
    for block, commented, quoted in _Scanner(lines, has_blank).scan():
        if isinstance(block, Heading) and not commented:
            while path and path[-1].level >= block.level:
                path = path[:-1]
            yield _new(Placed, (block, path, commented, quoted))
            path = (*path, block)
        else:
            yield _new(Placed, (block, path, commented, quoted))


Scanned = tuple[Block, bool, bool]
Reading = Generator[Scanned, None, int | None]
"""Yields blocks; returns the line to go on from, or None when it is not its kind of line."""


class _Scanner:
    """One pass over the lines of a card, or of a comment or quote within it."""

    def __init__(
        self,
        lines: list[Line],
        has_blank: bool,
        *,
        commented: bool = False,
        quoted: bool = False,
        nesting: int = 0,
    ) -> None:
        self.lines = lines
        self.has_blank = has_blank
        self.commented = commented
        self.quoted = quoted
        self.nesting = nesting
        self.prose: list[Line] = []
        self.bullet: Bullet | None = None
        self.more: list[Line] = []
        """The lines of the open bullet below its first."""
        self.indents: list[int] = []
        self.after_blank = True

    def scan(self) -> Iterator[Scanned]:
        """Yield the blocks in order."""
        i = 0
        while i < len(self.lines):
            line = self.lines[i]
            text = line.text.strip()
            if not text:
                if self.prose or self.bullet is not None:
                    yield from self._end_prose()
                self.after_blank = True
                i += 1
                continue
            following = None
            for read in self._readers(i, text):
                following = yield from read(i)
                if following is not None:
                    break
            if following is None:
                yield from self._prose(line)
                following = i + 1
            self.after_blank = False
            i = following
        yield from self._end_prose(end_list=True)

    def _readers(self, i: int, text: str) -> list[Callable[[int], Reading]]:
        """Return the readers that may know a line, by what it begins with or holds."""
        first = text[0]
        readers: list[Callable[[int], Reading]] = []
        if "<!--" in text and not self.commented:  # comments do not nest
            readers.append(self._comment)
        if first == "#":
            readers.append(self._heading)
        if first in "`~":
            readers.append(self._fence)
        if first == ">":
            readers.append(self._quote)
        if "<" in text:
            readers.append(self._html)
        if i + 1 < len(self.lines) and "|" in (below := self.lines[i + 1].text) and "-" in below:
            readers.append(self._table)
        if first in "-=*_":
            readers.append(self._rule)
        if not first.isalpha():
            readers.append(self._bullet)
        if (
            self.lines[i].text[0] in BLANKS
            and not self.bullet
            and not self.prose
            and self.after_blank
        ):
            readers.append(self._indented)
        return readers

    def _out(self, block: Block) -> Scanned:
        return block, self.commented, self.quoted

    def _end_prose(self, *, end_list: bool = False) -> Iterator[Scanned]:
        """End the open paragraph or bullet."""
        if self.prose:
            lines = tuple(self.prose)
            self.prose = []
            bold = BOLD_LINE.fullmatch(lines[0].text) if len(lines) == 1 else None
            if bold and not self.bullet:
                yield self._out(Heading(lines[0][bold.start(2) : bold.end(2)], 7))
            else:
                yield self._out(Paragraph(lines))
        if self.bullet is not None:
            bullet = self.bullet._replace(lines=(*self.bullet.lines, *self.more))
            self.bullet, self.more = None, []
            if bullet.lines:
                yield self._out(bullet)
        if end_list:
            self.indents = []

    def _prose(self, line: Line) -> Iterator[Scanned]:
        """Add a line to the open paragraph or bullet, or begin one."""
        if self.bullet is not None:
            self.more.append(line.strip())
            return
        if self.indents and self.after_blank:
            if _indent(line.text) > self.indents[-1]:  # a further paragraph of the entry
                yield from self._end_prose()
                self.prose.append(line.strip())
                return
            self.indents = []
        self.prose.append(line.strip())

    def _comment(self, i: int) -> Reading:
        line = self.lines[i]
        at = line.text.find("<!--")
        if "`" in line.text[:at] and line.text[:at].count("`") % 2:
            return None
        inner, behind, following = _until(self.lines, i, at + 4, "-->")
        before = line[:at]
        rest = [] if behind is None else [behind]
        same_line = following == i + 1
        if before.text.strip() and same_line and behind is not None:
            # a comment within a line: the words around it are one line
            self.lines[i], comments = _uncommented(line, at)
            for comment in comments:
                yield from self._within([comment], commented=True)
            return i
        if before.text.strip():
            yield from self._prose(before)
        yield from self._end_prose()
        yield from self._within(inner, commented=True)
        if rest and rest[0].text.strip():
            self.lines[following - 1] = rest[0]
            self.after_blank = True
            return following - 1
        return following

    def _within(
        self, lines: list[Line], *, commented: bool = False, quoted: bool = False
    ) -> Iterator[Scanned]:
        """Scan lines that stand inside a comment or a quote."""
        if self.nesting >= MAX_NESTING or not any(line.text.strip() for line in lines):
            return
        yield from _Scanner(
            lines,
            self.has_blank,
            commented=self.commented or commented,
            quoted=self.quoted or quoted,
            nesting=self.nesting + 1,
        ).scan()

    def _heading(self, i: int) -> Reading:
        line = self.lines[i]
        mark = ATX.match(line.text)
        if not mark:
            return None
        yield from self._end_prose(end_list=True)
        content = line[mark.end() :].strip()
        bare = content.text.rstrip("#")
        if bare.endswith((" ", "\t")):
            content = content[: len(bare)].strip()
        yield self._out(Heading(content, len(mark[1])))
        return i + 1

    def _fence(self, i: int) -> Reading:
        line = self.lines[i]
        mark = FENCE.match(line.text)
        if not mark:
            return None
        yield from self._end_prose()
        fence = mark[1]
        body: list[Line] = []
        j = i + 1
        while j < len(self.lines):
            text = self.lines[j].text.strip()
            if text.startswith(fence) and not text.strip(fence[0]):
                break
            body.append(self.lines[j])
            j += 1
        indent = _indent(line.text)
        if indent:
            body = [b[min(indent, _indent(b.text)) :] for b in body]
        yield self._out(Code(tuple(body), mark[2].lower()))
        return j + 1

    def _quote(self, i: int) -> Reading:
        if not QUOTE.match(self.lines[i].text):
            return None
        yield from self._end_prose(end_list=True)
        inner: list[Line] = []
        j = i
        while j < len(self.lines):
            mark = QUOTE.match(self.lines[j].text)
            if not mark:
                break
            inner.append(self.lines[j][mark.end() :])
            j += 1
        yield from self._within(inner, quoted=True)
        return j

    def _html(self, i: int) -> Reading:
        line = self.lines[i]
        text = line.text
        table = TABLE_OPEN.search(text)
        heading = HTML_HEADING.search(text, 0, table.start() if table else len(text))
        if table and not heading:
            if text[: table.start()].count("`") % 2:
                return None
            return (yield from self._html_table(i, table.start()))
        if heading:
            tag = f"</h{heading[1]}>"
            inner, behind, following = _until(self.lines, i, heading.end(), tag, most=12)
            if behind is not None and following - i < 12:
                if text[: heading.start()].strip():
                    yield from self._prose(line[: heading.start()])
                yield from self._end_prose(end_list=True)
                title = join([part.strip() for part in inner if part.text.strip()], " ").strip()
                if title:
                    yield self._out(Heading(title, int(heading[1])))
                if behind.text.strip():
                    self.lines[following - 1] = behind
                    return following - 1
                return following
        if TAG_ONLY.fullmatch(text) and self.bullet is None:
            yield from self._end_prose()
            yield self._out(Paragraph((line.strip(),)))
            return i + 1
        return None

    def _html_table(self, i: int, at: int) -> Reading:
        first = self.lines[i]
        if first.text[:at].strip():
            yield from self._prose(first[:at])
        yield from self._end_prose()
        parts: list[Line] = []
        depth, j, start, behind = 0, i, at, None
        while j < len(self.lines) and behind is None:
            part = self.lines[j][start:] if start else self.lines[j]
            for tag in TABLE_TAG.finditer(part.text):
                depth += -1 if tag[1] else 1
                if depth == 0:
                    end = part.text.find(">", tag.end()) + 1 or len(part)
                    part, behind = part[:end], part[end:]
                    break
            parts.append(part)
            start = 0
            j += 1
        tables, loose = html_table.read(join(parts, "\n"))
        for words in loose:
            yield self._out(Paragraph((words,)))
        for table in tables:
            yield self._out(table)
        if behind is not None and behind.text.strip():
            self.lines[j - 1] = behind
            return j - 1
        return j

    def _table(self, i: int) -> Reading:
        found = pipe_table.read(self.lines, i)
        if found is None:
            return None
        table, following = found
        mark = BULLET.match(self.lines[i].text)
        if mark and "|" in self.lines[i].text and not self.lines[i].text.lstrip().startswith("|"):
            first = table.rows[0][0]
            if first is not None:
                cut = BULLET.match(first.text)
                head = first[cut.end() :] if cut else first
                table = table._replace(rows=((head, *table.rows[0][1:]), *table.rows[1:]))
        yield from self._end_prose()
        yield self._out(table)
        return following

    def _rule(self, i: int) -> Reading:
        text = self.lines[i].text
        if SETEXT.fullmatch(text) and len(self.prose) == 1 and self.bullet is None:
            level = 1 if text.strip()[0] == "=" else 2
            if (level == 1 or self.has_blank) and len(self.prose[0]) <= 120:
                title = self.prose.pop()
                yield self._out(Heading(title, level))
                return i + 1
        if RULE.fullmatch(text):
            yield from self._end_prose(end_list=True)
            return i + 1
        return None

    def _bullet(self, i: int) -> Reading:
        line = self.lines[i]
        mark = BULLET.match(line.text)
        if not mark:
            return None
        if (
            mark[2][0].isdigit()
            and self.prose
            and not self.after_blank
            and not self.indents
            and mark[2] not in ("1.", "1)", "1、")
        ):
            return None  # a line of prose that happens to begin with a number
        yield from self._end_prose()
        indent = _indent(line.text)
        while self.indents and indent < self.indents[-1]:
            self.indents.pop()
        if not self.indents or indent > self.indents[-1]:
            self.indents.append(indent)
        content = line[mark.end() :].strip()
        task = content.text[:4] in ("[ ] ", "[x] ", "[X] ")
        content = content[4:] if task else content
        lines = (content,) if content else ()
        fence = FENCE.match(content.text) if content else None
        if fence:
            self.lines[i] = content
            return i
        self.bullet = Bullet(lines, len(self.indents) - 1, mark[2])
        return i + 1

    def _indented(self, i: int) -> Reading:
        line = self.lines[i]
        if _indent(line.text) < 4 or self.indents:
            return None
        body: list[Line] = []
        j = i
        while j < len(self.lines):
            text = self.lines[j].text
            if text.strip() and _indent(text) < 4:
                break
            body.append(self.lines[j])
            j += 1
        while body and not body[-1].text.strip():
            body.pop()
        cut = [b[_prefix(b.text, 4) :] for b in body]
        yield self._out(Code(tuple(cut), "", fenced=False))
        return j


def _uncommented(line: Line, at: int) -> tuple[Line, list[Line]]:
    """Return a line without the comments that begin and end in it, and those comments."""
    text, kept, comments = line.text, [line[:at]], []
    ticks = 0
    while (end := text.find("-->", at + 4)) >= 0:
        comments.append(line[at + 4 : end])
        start = end + 3
        at = text.find("<!--", start)
        ticks += text.count("`", start, at if at >= 0 else len(text))
        if at < 0 or ticks % 2:  # the next one stands in code
            return join([*kept, line[start:]]), comments
        kept.append(line[start:at])
    return join([*kept, line[at:]]), comments


def _indent(text: str) -> int:
    """Return the width of the white space at a line's beginning; a tab counts to the next four."""
    if text[:1] not in BLANKS:
        return 0
    width = 0
    for c in text:
        if c in " \u00a0":
            width += 1
        elif c == "\t":
            width += 4 - width % 4
        else:
            break
    return width


def _prefix(text: str, width: int) -> int:
    """Return how many characters at a line's beginning are as wide as an indentation."""
    seen = 0
    for i, c in enumerate(text):
        if seen >= width or c not in " \t\u00a0":
            return i
        seen += 4 if c == "\t" else 1
    return len(text)


def _until(
    lines: list[Line], i: int, start: int, end: str, most: int = 0
) -> tuple[list[Line], Line | None, int]:
    """Return the lines from a place up to an end mark, what stands behind it, and where to go on.

    What stands behind is None when the mark never comes.
    """
    inner: list[Line] = []
    j = i
    while j < len(lines) and not (most and j - i >= most):
        text = lines[j].text
        at = text.lower().find(end, start) if end[1] == "/" else text.find(end, start)
        if at >= 0:
            inner.append(lines[j][start:at])
            return inner, lines[j][at + len(end) :], j + 1
        inner.append(lines[j][start:])
        start = 0
        j += 1
    return inner, None, j
