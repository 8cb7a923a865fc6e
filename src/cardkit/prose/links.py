"""The links of a line, however they are written, and the line without its markup."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from cardkit.blocks import Bullet, Heading, Paragraph, Placed
from cardkit.kept import kept
from cardkit.patterns import regex
from cardkit.text import Line, join


class Link(NamedTuple):
    """A link: the words it stands under, and its target as written."""

    text: Line
    """The words shown; for an image its alt text, for a bare address the address."""
    url: Line
    """The target; empty when the card leaves it empty."""
    kind: str
    """`markdown`, `image`, `html`, `reference` or `bare`."""
    start: int
    """Where it begins in the text of the line, …"""
    end: int
    """… and where it ends."""


_TARGET = r"\(\s*+(?P<url><[^<>]*+>|(?:[^()\s]++|\([^()\s]*+\))*+)(?:\s++[\"'][^\"']*+[\"'])?\s*+\)"
_LINK = regex(
    r"(?P<image>!)?\[(?P<text>(?:[^\[\]]++|!\[[^\[\]]{0,300}+\]\([^()\s]{0,2000}+\)"
    r"|\[[^\[\]]{0,300}+\])*+)\](?:" + _TARGET + r"|\[(?P<ref>[^\[\]]{0,300}+)\])?"
)
_TAG = regex(r"<(?P<tag>a|img)\b(?P<rest>[^<>]*+)>", re.IGNORECASE)
_ATTRIBUTE = regex(r"\b(?P<name>href|src|alt)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.I)
_BARE = regex(
    r"[hHwW](?:(?<=[hH])ttps?://|(?<=[wW])(?<!\w.)ww\.)[^\s<>\"'`\\^{|}\[\]，。；、（）【】《》「」]++",
    re.IGNORECASE,
)
_DEFINITION = regex(r"\s{0,3}\[(?P<name>[^\[\]]{1,300})\]:\s*<?(?P<url>[^\s<>]++)>?")
_SCHEME = regex(r"[a-z][a-z0-9+.-]{1,20}:", re.IGNORECASE)
_TWO = regex(r"https?:?/{1,2}.{0,500}?https?:/{1,2}", re.IGNORECASE)
_HOST = regex(
    r"www\.|(?:[\w-]+\.){1,4}(?:com|org|net|io|ai|cn|co|edu|gov|dev|tech|jp|kr)(?:/|$)|[\w.+-]+@[\w-]+\.\w",
    re.IGNORECASE,
)
_ARCHIVE = regex(r"web\.archive\.org|archive\.(?:is|today|ph)|[?&#=]", re.IGNORECASE)


def links(line: Line, references: Mapping[str, Line] | None = None) -> list[Link]:
    """Return the links of a line in their order; `references` are the card's link definitions.

    >>> from cardkit.text import lines_of
    >>> [link] = links(lines_of("by [the team](https://example.org/team)")[0])
    >>> link.text.text, link.url.text, link.kind
    ('the team', 'https://example.org/team', 'markdown')
    """
    text = line.text
    if not ("[" in text or "<" in text or "ttp" in text or "www." in text):
        return []
    if references and "[" in text:
        return _in_order(line, references)
    return list(_without_references(line))


@kept
def _without_references(line: Line) -> tuple[Link, ...]:
    """Return the links of a line."""
    return tuple(_in_order(line, {}))


def _in_order(line: Line, targets: Mapping[str, Line]) -> list[Link]:
    return sorted(_links(line, targets), key=lambda link: (link.start, -link.end))


def references(blocks: Iterable[Placed]) -> dict[str, Line]:
    """Return the targets that a card defines apart from its text: `[name]: address`."""
    found: dict[str, Line] = {}
    for placed in blocks:
        if isinstance(placed.block, Paragraph) and not placed.commented:
            for line in placed.block.lines:
                if line.text.lstrip()[:1] == "[" and (match := _DEFINITION.match(line.text)):
                    found.setdefault(match["name"].casefold(), line[slice(*match.span("url"))])
    return found


def fault(link: Link) -> str | None:
    """Return what is wrong with the target of a link, or None.

    >>> from cardkit.text import lines_of
    >>> fault(links(lines_of("see [here]()")[0])[0])
    'it is empty'
    """
    url = link.url.text.strip()
    if not url:
        return "it is empty" if link.kind in ("markdown", "html") and link.text else None
    if (
        url.lower().count("http") > 1
        and (two := _TWO.match(url))
        and not _ARCHIVE.search(url[: two.end()])
    ):
        return "it is two addresses in one"
    relative = link.kind not in ("bare", "image") and not _SCHEME.match(url)
    if relative and (url.startswith("(") or _HOST.match(url)):
        return "it has no scheme"
    return None


def whole_text(block: Heading | Paragraph | Bullet) -> Line:
    """Return the lines of a block as one."""
    if isinstance(block, Heading):
        return block.line
    return block.lines[0] if len(block.lines) == 1 else _joined(block.lines)


@kept
def _joined(lines: tuple[Line, ...]) -> Line:
    return join(lines, " ")


_MARKUP = regex(
    r"""
    (?P<comment><!--.*?-->)
  | (?P<tag></?[A-Za-z][^<>]*+>)
  | (?P<escape>\\(?=[!-/:-@\[-`{-~]))
  | (?P<entity>&(?:[A-Za-z]{2,8}|\#\d{2,6}|\#x[0-9a-fA-F]{2,5});)
  | (?P<ticks>`++)
  | (?P<stars>\*{2,3}|~~)
  | (?P<star>(?<![\w*])\*(?=[^\s*])|(?<=[^\s*])\*(?![\w*]))
  | (?P<under>(?<!\w)_{1,3}+(?=[^\s_])|(?<=[^\s_])_{1,3}+(?!\w))
  | (?P<note>\[\^[^\[\]\s]{1,20}\])
    """,
    re.VERBOSE,
)
_PLAIN = regex(r"[*_`<\[\\&~]")


def plain(line: Line) -> Line:
    """Return a line as a reader sees it: links as their words, no images, marks or tags.

    >>> from cardkit.text import lines_of
    >>> plain(lines_of("**Tiny** `1B` by [us](https://example.org)")[0]).text
    'Tiny 1B by us'
    """
    text = line.text
    if _PLAIN.search(text):
        return _unmarked(line)
    return line if len(text.strip()) == len(text) else line.strip()


@kept
def _unmarked(line: Line) -> Line:
    """Return a line without its markup."""
    return _without_marks(_without_links(line)).strip()


def _without_links(line: Line) -> Line:
    if "](" not in line.text and "][" not in line.text:
        return line
    parts: list[tuple[int, int]] = []
    at = _shown(line.text, 0, len(line.text), parts)
    return line.keep([*parts, (at, len(line.text))]) if parts else line


def _brackets(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """Yield the links and images of a text, and what else stands in square brackets."""
    at = text.find("[", start, end)
    while at >= 0:
        begin = at - 1 if at > start and text[at - 1] == "!" else at
        match = _LINK.match(text, begin, end)
        if match is not None:
            yield match
        start = match.end() if match is not None else at + 1
        at = text.find("[", start, end)


def _shown(text: str, start: int, end: int, parts: list[tuple[int, int]]) -> int:
    """Add what is shown of a text up to its last link; return where that ends."""
    at = start
    for match in _brackets(text, start, end):
        if match["url"] is None and match["ref"] is None:
            continue
        parts.append((at, match.start()))
        if not match["image"]:
            begin, stop = match.span("text")
            parts.append((_shown(text, begin, stop, parts), stop))
        at = match.end()
    return at


def _without_marks(line: Line) -> Line:
    text = line.text
    parts: list[tuple[int, int]] = []
    swapped: list[Line] = []
    at = 0
    for sign in _PLAIN.finditer(text):
        start = sign.start()
        match = _MARKUP.match(text, start) if start >= at else None
        if match is None:
            continue
        parts.append((at, start))
        at = match.end()
        said = None
        if match["entity"]:
            said = html.unescape(match["entity"])
        elif match["tag"] and match["tag"][:3].lower() == "<br":
            said = " "
        if said is not None:
            swapped += [line.keep(parts), line[start:at].swap(0, at - start, said)]
            parts = []
    if not parts and not swapped:
        return line
    rest = line.keep([*parts, (at, len(text))])
    return join([*swapped, rest]) if swapped else rest


def _links(line: Line, targets: Mapping[str, Line]) -> Iterator[Link]:
    text = line.text
    taken: list[tuple[int, int]] = []
    if "[" in text:
        for link in _marked(line, targets):
            taken.append((link.start, link.end))
            yield link
    if "<" in text:
        for link in _tagged(line):
            taken.append((link.start, link.end))
            yield link
    if "://" in text or "www." in text:
        yield from _bare(line, sorted(taken))


def _marked(line: Line, targets: Mapping[str, Line]) -> Iterator[Link]:
    """Yield what stands in square brackets with a target; an image inside a link comes too."""
    if not targets and "](" not in line.text:
        return
    for match in _brackets(line.text, 0, len(line.text)):
        if match["url"] is None and not targets:
            continue
        words = line[slice(*match.span("text"))]
        start, end = match.span()
        if match["url"] is not None:
            kind = "image" if match["image"] else "markdown"
            url = line[slice(*match.span("url"))].strip("<>").strip()
            yield Link(words.strip(), url, kind, start, end)
            if kind == "markdown" and "](" in words.text:
                for inner in _marked(words, targets):
                    at = match.start("text")
                    yield inner._replace(start=inner.start + at, end=inner.end + at)
        else:
            target = targets.get((match["ref"] or match["text"]).casefold())
            if target is not None:
                yield Link(words.strip(), target, "reference", start, end)


def _tagged(line: Line) -> Iterator[Link]:
    """Yield anchors and images written as HTML."""
    for match in _TAG.finditer(line.text):
        found = {}
        for attribute in _ATTRIBUTE.finditer(match["rest"]):
            at = match.start("rest")
            group = attribute.lastindex or 1
            begin, stop = attribute.span(group)
            found[attribute["name"].lower()] = line[at + begin : at + stop]
        if match["tag"].lower() == "img":
            if "src" in found:
                words = found.get("alt", line[match.start() : match.start()])
                yield Link(words, found["src"].strip(), "image", *match.span())
        elif "href" in found:
            close = line.text.find("</a", match.end(), match.end() + 1000)
            stop = close if close >= 0 else match.end()
            words = plain(line[match.end() : stop])
            yield Link(words, found["href"].strip(), "html", match.start(), max(stop, match.end()))


def _bare(line: Line, taken: list[tuple[int, int]]) -> Iterator[Link]:
    """Yield addresses that stand in the text as they are."""
    at = 0
    for match in _BARE.finditer(line.text):
        while at < len(taken) and taken[at][1] <= match.start():
            at += 1
        if at < len(taken) and taken[at][0] <= match.start():
            continue
        url = match[0].rstrip(".,;:!?*_~'\"")
        while url.endswith(")") and url.count(")") > url.count("("):
            url = url[:-1].rstrip(".,;:!?*_~'\"")
        if len(url) > len("https://"):
            here = line[match.start() : match.start() + len(url)]
            yield Link(here, here, "bare", match.start(), match.start() + len(url))
