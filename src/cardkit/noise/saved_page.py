"""A page saved as HTML: the card's part of it, written as Markdown again.

Seen on: browsers' "save page", crawlers. Tables stay as they are, since cards write HTML tables
too. Front matter is not on such a page; what the page's head says of the card is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from typing import NamedTuple

from cardkit.facts import PageWord
from cardkit.noise import Repaired
from cardkit.patterns import regex
from cardkit.text import Line, Piece, join, whole
from cardkit.vocabulary.hosts import hub_link

OPENS = regex(
    r"\ufeff?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,400}?-->\s*)?<(?:!doctype\s+html|html|head)\b", re.I
)
MOST_LINES_BEFORE = 5

# Where a page keeps the card, the surest first: classes of hubs and code hosts, then tags.
REGIONS = ("model-card-content", "markdown-body", "readme", "prose", "article", "main", "body")
UNSEEN = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "button",
        "select",
        "textarea",
        "iframe",
        "svg",
        "nav",
        "header",
        "footer",
        "aside",
        "form",
        "head",
        "title",
        "option",
        "object",
    ]
)
HEADINGS = {f"h{n}": "#" * n + " " for n in range(1, 7)}
BLOCKS = frozenset(
    [
        "p",
        "div",
        "section",
        "article",
        "main",
        "details",
        "summary",
        "figure",
        "figcaption",
        "dl",
        "dt",
        "dd",
        "center",
        "address",
        "table",
        "tbody",
        "thead",
        "tr",
        "body",
        "blockquote",
    ]
)
MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "code": "`", "kbd": "`", "tt": "`"}
LANGUAGE = regex(r"(?:language|lang|highlight-source|brush:?|sourceCode)[- ]([\w+#-]+)")


class Mark(NamedTuple):
    """A tag or a text of the page, and where it stands: line and column of its two ends."""

    kind: str
    """`start`, `end`, `text` or `sign` (a character reference)."""
    name: str
    attributes: dict[str, str]
    start: tuple[int, int]
    end: tuple[int, int]


class _Reader(HTMLParser):
    """Collects the marks of a page in their order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.marks: list[Mark] = []

    def _add(self, kind: str, name: str, written: str, attributes: dict[str, str]) -> None:
        row, column = self.getpos()
        start = (row - 1, column)
        breaks = written.count("\n")
        width = len(written) - written.rfind("\n") - 1
        end = (start[0] + breaks, width if breaks else column + len(written))
        self.marks.append(Mark(kind, name, attributes, start, end))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self._add("start", tag, self.get_starttag_text() or "", attributes)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self._add("end", tag, f"</{tag}>", {})

    def handle_data(self, data: str) -> None:
        self._add("text", "", data, {})

    def handle_entityref(self, name: str) -> None:
        self._add("sign", unescape(f"&{name};"), f"&{name};", {})

    def handle_charref(self, name: str) -> None:
        self._add("sign", unescape(f"&#{name};"), f"&#{name};", {})


def repair(lines: list[Line]) -> Repaired | None:
    """Write the card's part of a saved page as Markdown."""
    first = "\n".join(line.text for line in lines[:MOST_LINES_BEFORE])
    if "<" not in first or not OPENS.match(first):
        return None
    reader = _Reader()
    reader.feed("\n".join(line.text for line in lines))
    reader.close()
    marks = reader.marks
    start, end = _region(marks)
    card: list[Line] = []
    for line in _Writer(lines).write(marks[start:end]):
        if line.text.strip() or (card and card[-1].text.strip()):
            card.append(line)
    words = tuple(_page_words(lines, marks))
    return Repaired(card, len(marks), whole(lines), words, form="html", kind="page-chrome")


def _region(marks: list[Mark]) -> tuple[int, int]:
    """Return the marks between which the card stands."""
    best, place = len(REGIONS), (0, len(marks))
    for n, mark in enumerate(marks):
        if mark.kind != "start":
            continue
        names = {
            mark.name,
            mark.attributes.get("id", ""),
            *mark.attributes.get("class", "").split(),
        }
        rank = next((r for r, region in enumerate(REGIONS[:best]) if region in names), best)
        if rank < best:
            until = _closing(marks, n)
            if sum(m.kind == "text" for m in marks[n:until]) > 2:
                best, place = rank, (n, until)
    return place


def _closing(marks: list[Mark], at: int) -> int:
    """Return the mark that closes an element."""
    depth, name = 0, marks[at].name
    for n in range(at, len(marks)):
        if marks[n].name == name and marks[n].kind in ("start", "end"):
            depth += 1 if marks[n].kind == "start" else -1
            if not depth:
                return n
    return len(marks)


class _Writer:
    """Writes marks as lines of Markdown; holds the line that is being written."""

    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines
        self.parts: list[Line] = []
        self.lists: list[int | None] = []
        self.prefix = ""
        self.quotes = 0
        self.links: list[tuple[int, Line | None]] = []
        self.raw = 0
        self.last = Line("", (Piece(0, 0, 0),))

    def write(self, marks: list[Mark]) -> Iterator[Line]:
        """Yield the lines of a card."""
        n = 0
        while n < len(marks):
            mark = marks[n]
            self.last = self._cut(mark.start, mark.start)
            if mark.kind == "start" and mark.name in UNSEEN:
                n = _closing(marks, n) + 1
                continue
            if mark.kind == "start" and mark.name == "table":
                yield from self._flush(blank=True)
                until = min(_closing(marks, n), len(marks) - 1)
                yield from self._slices(mark.start, marks[until].end)
                yield self._written("")
                n = until + 1
                continue
            if mark.kind == "start" and mark.name == "pre":
                until = _closing(marks, n)
                yield from self._code(marks[n:until])
                n = until + 1
                continue
            if mark.kind in ("start", "end"):
                yield from self._tag(mark)
            elif mark.kind == "sign":
                here = self._cut(mark.start, mark.end)
                self.parts.append(here.swap(0, len(here), mark.name))
            else:
                self._text(mark)
            n += 1
        yield from self._flush()

    def _cut(self, start: tuple[int, int], end: tuple[int, int]) -> Line:
        """Return what stands between two places, its line ends as blanks."""
        if start[0] == end[0]:
            return self.lines[start[0]][start[1] : end[1]]
        return join(self._slices(start, end), " ")

    def _slices(self, start: tuple[int, int], end: tuple[int, int]) -> Iterator[Line]:
        for row in range(start[0], end[0] + 1):
            left = start[1] if row == start[0] else 0
            yield self.lines[row][left : end[1]] if row == end[0] else self.lines[row][left:]

    def _written(self, text: str) -> Line:
        """Return a text that is nowhere on the page."""
        place = self.last.span().start
        return Line(text, (Piece(0, place, place, exact=False),))

    def _text(self, mark: Mark) -> None:
        for n, part in enumerate(self._slices(mark.start, mark.end)):
            if n and self.parts and not self.parts[-1].text.endswith(" "):
                self.parts.append(self._written(" "))
            self.parts.append(part if not n else part[len(part.text) - len(part.text.lstrip()) :])

    def _flush(self, *, blank: bool = False) -> Iterator[Line]:
        """End the line that is being written."""
        line = join(self.parts).strip()
        self.parts = []
        if line.text:
            yield join([self._written("> " * self.quotes + self.prefix), line])
            self.prefix = "  " * len(self.lists)
        if blank:
            yield self._written("")

    def _tag(self, mark: Mark) -> Iterator[Line]:
        name, opens = mark.name, mark.kind == "start"
        if name in HEADINGS:
            yield from self._flush(blank=True)
            self.prefix = HEADINGS[name] if opens else ""
        elif name in ("ul", "ol"):
            yield from self._flush(blank=not opens and len(self.lists) < 2)
            if opens:
                self.lists.append(1 if name == "ol" else None)
            elif self.lists:
                self.lists.pop()
            self.prefix = "  " * len(self.lists)
        elif name == "li":
            yield from self._flush()
            if opens and self.lists:
                number = self.lists[-1]
                sign = "- " if number is None else f"{number}. "
                self.lists[-1] = None if number is None else number + 1
                self.prefix = "  " * (len(self.lists) - 1) + sign
        elif name == "br":
            yield from self._flush()
        elif name == "hr":
            yield from self._flush(blank=True)
            yield self._written("---")
        elif name == "blockquote":
            yield from self._flush(blank=True)
            self.quotes = max(0, self.quotes + (1 if opens else -1))
        elif name in MARKS:
            self.parts.append(self._written(MARKS[name]))
        elif name == "a":
            self._link(mark, opens=opens)
        elif name == "img" and opens:
            self._image(mark)
        elif name in BLOCKS:
            yield from self._flush(blank=name == "p" and not self.lists)

    def _link(self, mark: Mark, *, opens: bool) -> None:
        if opens:
            self.links.append((len(self.parts), self._value(mark, "href")))
            self.parts.append(self._written("["))
        elif self.links:
            at, target = self.links.pop()
            inner = "".join(part.text for part in self.parts[at + 1 :]).strip()
            if at >= len(self.parts):
                return
            if not inner or target is None or target.text.startswith("#"):
                del self.parts[at]
            else:
                self.parts += [self._written("]("), target, self._written(")")]

    def _image(self, mark: Mark) -> None:
        alt, source = self._value(mark, "alt"), self._value(mark, "src")
        if source is not None and not source.text.startswith("data:"):
            middle = [alt] if alt is not None else []
            self.parts += [
                self._written("!["), *middle, self._written("]("), source, self._written(")")
            ]  # fmt: skip

    def _value(self, mark: Mark, name: str) -> Line | None:
        """Return an attribute's value as it stands in the tag."""
        value = mark.attributes.get(name)
        if not value:
            return None
        tag = self._cut(mark.start, mark.end)
        at = tag.text.find(value, tag.text.find(name))
        if at >= 0:
            return tag[at : at + len(value)]
        return tag.swap(0, len(tag), value)

    def _code(self, marks: list[Mark]) -> Iterator[Line]:
        """Yield a block of code between fences."""
        yield from self._flush()
        classes = " ".join(m.attributes.get("class", "") for m in marks[:3] if m.kind == "start")
        language = LANGUAGE.search(classes)
        yield self._written("```" + (language[1] if language else ""))
        parts: list[Line] = []
        for mark in marks:
            if mark.kind == "sign":
                here = self._cut(mark.start, mark.end)
                parts.append(here.swap(0, len(here), mark.name))
            elif mark.kind == "text":
                for n, part in enumerate(self._slices(mark.start, mark.end)):
                    if n:
                        yield join(parts) if parts else self._written("")
                        parts = []
                    parts.append(part)
            elif mark.name == "br":
                yield join(parts)
                parts = []
        if parts and join(parts).text.strip():
            yield join(parts)
        yield self._written("```")


def _page_words(lines: list[Line], marks: list[Mark]) -> Iterator[PageWord]:
    """Yield what the page's own address says of the card."""
    writer = _Writer(lines)
    for mark in marks:
        if mark.kind != "start" or mark.name not in ("link", "meta"):
            continue
        canonical = mark.attributes.get("rel") == "canonical"
        shared = mark.attributes.get("property") == "og:url"
        address = writer._value(mark, "href" if canonical else "content")  # noqa: SLF001
        link = hub_link(address.text) if address and (canonical or shared) else None
        if address is None or link is None or link.kind != "model":
            continue
        yield PageWord("homepage", address)
        yield PageWord("hub", address.swap(0, len(address), link.hub))
        at = address.text.find(link.id)
        if at >= 0:
            yield PageWord("model_id", address[at : at + len(link.id)])
        return
