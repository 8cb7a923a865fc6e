"""What a page prints around a card: tabs, counters, labels above; disclaimers, adverts below.

Seen on: model pages of hubs and code hosts, pages of one file, reposts on other sites.
What the page says of the card (its id, source, license, tags) is kept as page words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from cardkit.noise import PageWord, Repaired
from cardkit.text import Line, Span, whole
from cardkit.vocabulary import load
from cardkit.vocabulary.hosts import hub_link
from cardkit.vocabulary.words import fold

WINDOW = 60
"""Lines (blank ones not counted) at either end in which a page's own lines are looked for."""
NEAR = 6
"""Lines that may stand between two labels of one head, such as a name or a date."""
LONGEST = 100
"""Characters of a head's line; longer ones are the card's prose."""

LONGEST_NOTICE = 600
"""Characters of a site's disclaimer; longer lines are the card's."""

FIGURE = r"\d[\d,.]*\s*[kKmMwW万千]?\+?"
STRUCTURE = re.compile(r"\s*(?:#{1,6} \S|```|~~~|\|.*\||---\s*$|[-*+•] \S|<\w|\d+\. \S|!?\[.*\]\()")
MARKDOWN = re.compile(r"(?:#{2,6} \S|```|~~~|\|?[ \t]*:?-{3,}:?[ \t]*\||---[ \t]*$|- \*\*|!?\[[^\]]*\]\()")
RENDERED = re.compile(r"[ \u00a0]*(?:[•◦▪‣●]|\u2022)[ \t]+\S")
FILE_SIZE = re.compile(r"(?i)\d[\d.,]*\s*(?:bytes?|[KM]i?B|字节)")
OWNER_AND_NAME = re.compile(r"[\w.\-]+ ?/ ?[\w][\w.\-]*")
ADDRESS = re.compile(r"https?://[^\s、，,;；<>\"']+")
LABELS = ("source_address", "license_label", "tags_label", "author_label", "date_label")
ENDS_SENTENCE = ("。", ". ", "！", "!", "?", "？", ";", "；")
COUNTS_APART = re.compile(r"[·|•/\s]+")


class Words(NamedTuple):
    """The words of pages, made ready."""

    exact: dict[str, str]
    counted: re.Pattern[str]
    tabs: re.Pattern[str]
    labels: re.Pattern[str]
    label_kinds: dict[str, str]
    tails: tuple[str, ...]
    site: re.Pattern[str]
    owners: dict[str, str]


@lru_cache(maxsize=1)
def _words() -> Words:
    table: dict[str, list[str]] = load("words/page.yaml")
    exact = {
        fold(word): kind for kind in ("head_end", "file_tab", "tail_starts") for word in table[kind]
    }
    labels = {
        word.casefold(): kind for kind in LABELS for word in table[kind]
    }
    counters = _either(table["counter"])
    return Words(
        exact,
        re.compile(rf"(?i)(?:{counters})\s*[:：]?\s*(?:{FIGURE})?|{FIGURE}\s*(?:{counters})"),
        re.compile(rf"(?i)(?:{_either(table['tab'])})"),
        re.compile(rf"(?i)({_either(labels)})(?=[:：\s]|[^\x00-\x7f]|[a-z0-9])"),
        labels,
        tuple(sorted((fold(word) for word in table["tail_starts"]), key=len, reverse=True)),
        re.compile(rf"(?i)(?:{_either(table['site_word'])})"),
        {
            owner.casefold(): kind.removeprefix("hub_")
            for kind in table
            if kind.startswith("hub_")
            for owner in table[kind]
        },
    )


def _either(words: list[str] | dict[str, str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def repair(lines: list[Line]) -> Repaired | None:
    """Drop the page's head and tail, keep what they say of the card."""
    shown = [n for n, line in enumerate(lines) if line.text.strip()]
    if not shown:
        return None
    head = _head(lines, shown[:WINDOW])
    tail = _tail(lines, [n for n in shown[-WINDOW:] if n >= head.end])
    card = lines[head.end : tail.start]
    form = _form(card, head, tail)
    dropped = [lines[n] for n in shown if n < head.end or n >= tail.start]
    if not dropped:
        return Repaired(lines, 0, Span(0, 0), form=form) if form else None
    words = tuple(_page_words(lines[: head.end]))
    return Repaired(card, len(dropped), whole(dropped), words, form=form)


class Head(NamedTuple):
    """The lines above the card."""

    end: int
    kinds: frozenset[str]


class Tail(NamedTuple):
    """The lines below the card."""

    start: int
    kinds: frozenset[str]


def _head(lines: list[Line], shown: list[int]) -> Head:
    """Find where the page's head ends: behind the last line that is certainly the page's."""
    end, kinds, apart = 0, set[str](), 0
    closed = False
    counting = False
    for n in shown:
        text = lines[n].text.strip()
        kind = _head_kind(text)
        if kind is None and counting and re.fullmatch(FIGURE, text):
            kind = "counter"
        if kind is None and "file_tab" in kinds and FILE_SIZE.fullmatch(text):
            kind = "file_tab"
        counting = kind == "counter" and not any(c.isdigit() for c in text)
        if kind is None:
            if STRUCTURE.match(lines[n].text) or len(text) > LONGEST or text.endswith(ENDS_SENTENCE):
                break
            apart += 1
            continue
        if closed and apart:
            break
        if apart > NEAR and kind not in ("head_end", "tab"):
            break
        if kind == "label" and not kinds and apart and n > shown[0] and not _glued(text):
            continue
        apart = 0
        kinds.add(kind)
        end = n + 1
        closed = closed or kind == "head_end"
    if kinds <= {"label"} and sum(_head_kind(lines[n].text.strip()) == "label" for n in shown if n < end) < 2:
        return Head(0, frozenset())
    if kinds == {"file_tab"} and not any(" " in lines[n].text.strip() for n in shown if n < end):
        if sum(n < end for n in shown) < 2:
            return Head(0, frozenset())
    return Head(end, frozenset(kinds))


def _head_kind(text: str) -> str | None:
    """Return what a line of a page's head is, or None when it may be the card's."""
    words = _words()
    if len(text) > 2 * LONGEST:
        return None
    kind = words.exact.get(fold(text))
    if kind in ("head_end", "file_tab"):
        return kind
    bare = COUNTS_APART.sub(" ", text).strip()
    counted = words.counted.sub("", bare).strip()
    if counted != bare and not re.sub(FIGURE, "", counted).strip():
        only = any(c.isdigit() for c in bare) or fold(bare) == "downloads last month"
        return "counter" if only else None
    if len(words.tabs.findall(text)) > 1 and not re.sub(
        r"[\d\s·|,+kK]+", "", words.tabs.sub("", text)
    ):
        return "tab"
    label = words.labels.match(text)
    if label is not None and not text.endswith(ENDS_SENTENCE) and len(text) <= LONGEST:
        return "label"
    return None


def _glued(text: str) -> bool:
    """Return whether a label's value follows it without anything between."""
    label = _words().labels.match(text)
    return label is not None and text[label.end() : label.end() + 1] not in (":", "：", " ")


def _tail(lines: list[Line], shown: list[int]) -> Tail:
    """Find where the page's tail begins: with the first of its lines that no card text follows."""
    start, kinds = len(lines), set[str]()
    for n in reversed(shown):
        line = lines[n]
        text = line.text.strip()
        kind = _tail_kind(text)
        if kind is not None:
            start = n
            kinds.add(kind)
        elif STRUCTURE.match(line.text) and not text.startswith("---"):
            break
    return Tail(start, frozenset(kinds))


def _tail_kind(text: str) -> str | None:
    """Return what a line of a page's tail is, or None when it may be the card's."""
    words = _words()
    folded = fold(text) if len(text) < 60 else ""
    if folded and not STRUCTURE.match(text):
        if words.exact.get(folded) == "tail_starts":
            return "tail"
        if folded.startswith(words.tails) and len(folded) < 40 and not text.endswith(ENDS_SENTENCE):
            return "tail"
    if len(text) < LONGEST_NOTICE and len(set(words.site.findall(text))) > 2:
        return "site"
    return None


def _form(card: list[Line], head: Head, tail: Tail) -> str:
    """Return the form that page and card give away."""
    if "label" in head.kinds or "site" in tail.kinds:
        return "repost"
    source = sum(MARKDOWN.match(line.text.lstrip()) is not None for line in card)
    if "file_tab" in head.kinds:
        return "blob-page"
    if source:
        return ""
    bullets = sum(RENDERED.match(line.text) is not None for line in card)
    if head.kinds or tail.kinds or bullets > 1:
        return "rendered-page"
    return ""


def _page_words(head: list[Line]) -> Iterator[PageWord]:
    """Yield what a head says of the card."""
    words = _words()
    for n, line in enumerate(head):
        line = line.strip()
        text = line.text
        label = words.labels.match(text)
        if n < NEAR and OWNER_AND_NAME.fullmatch(text):
            owner, slash, _ = text.partition("/")
            hub = words.owners.get(owner.strip().casefold())
            if hub:
                yield PageWord("hub", line.swap(0, len(owner), hub)[: len(hub)])
            yield PageWord("model_id", line)
            continue
        if label is None:
            continue
        kind = words.label_kinds[label[1].casefold()]
        value = line[label.end() :].strip(" \t:：")
        if kind == "license_label" and value.text:
            yield PageWord("license", value)
        elif kind == "tags_label":
            yield from (
                PageWord("tag", tag.strip())
                for tag in value.split(re.compile(r"[、,，;；|\s]+"))
                if tag.text.strip()
            )
        elif kind == "source_address" and (address := ADDRESS.search(value.text)):
            url = value[address.start() : address.end()]
            yield PageWord("homepage", url)
            link = hub_link(url.text)
            if link is not None and link.kind == "model":
                yield PageWord("hub", url.swap(0, len(url), link.hub))
                at = url.text.find(link.id)
                if at >= 0:
                    yield PageWord("model_id", url[at : at + len(link.id)])
