"""What a page prints around a card: tabs, counters, labels above; disclaimers, adverts below.

Seen on: model pages of hubs and code hosts, pages of one file, reposts on other sites.
What the page says of the card (its id, source, license, tags) is kept as page words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from cardkit.facts import PageWord
from cardkit.noise import Repaired
from cardkit.patterns import regex
from cardkit.text import Line, Span, join, whole
from cardkit.vocabulary import load
from cardkit.vocabulary.hosts import hub_link
from cardkit.vocabulary.words import fold

WINDOW = 60
"""Lines (blank ones not counted) at either end in which a page's own lines are looked for."""
NEAR = 6
"""Lines that may stand between two labels of one head, such as a name or a date."""
WIDE = 16
"""Lines that may stand between two certain lines of a hub page's tail."""
LONGEST = 100
"""Characters of a head's line; longer ones are the card's prose."""

LONGEST_NOTICE = 600
"""Characters of a site's disclaimer; longer lines are the card's."""

FIGURE = r"\d[\d,.]*\s*[kKmMwW万千]?\+?"
STRUCTURE = regex(r"\s*(?:#{1,6} \S|```|~~~|\|.*\||---\s*$|[-*+•] \S|<\w|\d+\. \S|!?\[.*\]\()")
HASHES = regex(r"#{2,6} \S|- \*\*")
MARK = regex(r"```|~~~|\|?[ \t]*:?-{3,}:?[ \t]*\||---[ \t]*$|!?\[[^\]]*\]\(")
TITLE = regex(r"[^\W\d_a-z][^#|•。.!?:：]{0,60}")
FIRST = regex(r"#{1,6} \S")
FEW_BULLETS = 3
RENDERED = regex(r"[ \u00a0]*(?:[•◦▪‣●]|\u2022)[ \t]+\S")
FILE_SIZE = regex(
    r"(?i)(?:\d[\d,]*\s+lines?\s*\(\d[\d,]*\s+s?loc\)\s*[·•]?\s*)?(?:\d[\d.,]*\s*(?:bytes?|[KM]i?B|字节))?"
)
OWNER_AND_NAME = regex(r"[\w.\-]+ ?/ ?[\w][\w.\-]*")
CODE_TABS = (
    "issues",
    "pull requests",
    "actions",
    "security",
    "insights",
    "skip to content",
    "wiki",
)
"""Two of these make a page one of a repository of code, whose name is no model's id."""
BETWEEN = ("figure", "size")
HASHTAG = regex(r"#[^\s#]\S*$")
ADDRESS = regex(r"https?://[^\s、，,;；<>\"']+")
LABELS = ("source_address", "license_label", "tags_label", "author_label", "date_label")
ENDS_SENTENCE = ("。", ". ", "！", "!", "?", "？", ";", "；")
COUNTS_APART = regex(r"[·|•/\s]+")


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
    kinds = {"tab": "tab word", "counter": "count word"}
    exact = {
        fold(word): kinds.get(kind, kind)
        for kind in ("tail_starts", "counter", "tab", "file_tab", "head_end")
        for word in table[kind]
        if kind != "file_tab" or " " in word or not word.isascii()
    }
    labels = {word.casefold(): kind for kind in LABELS for word in table[kind]}
    counters = _either(table["counter"])
    return Words(
        exact,
        re.compile(rf"(?i)(?:{counters})\s*[:：]?\s*(?:{FIGURE})?|{FIGURE}\s*(?:{counters})"),
        re.compile(rf"(?i)(?:{_either(table['tab'])})"),
        re.compile(rf"(?i)({_either(labels)})(?:(?<=[a-z])(?=[:：\s])|(?<![a-z])(?=.))"),
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
    words = tuple(_page_words([lines[n] for n in shown if n < head.end]))
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
    places: list[int] = []
    kinds: list[str] = []
    for n in shown:
        kind = _head_kind(lines[n].text.strip())
        if not kind and _is_card(lines[n].text):
            break
        places.append(n)
        kinds.append(kind)
    certain = [_certain(kinds, n) for n in range(len(kinds))]
    glued = [k == "label" and _glued(lines[n].text) for n, k in zip(places, kinds, strict=True)]
    if not any(k not in ("", "label") for k in certain) and sum(glued) < 2:
        return Head(0, frozenset())
    last = -1
    for n, kind in enumerate(certain):
        apart = n - last - 1
        if not kind or (apart > NEAR and kind not in ("head_end", "tab", "file_tab")):
            continue
        if apart and last >= 0 and kinds[last] == "head_end":
            break
        if kind == "label" and "file_tab" in certain[:n]:
            break  # a file page names no license; this is the card's front matter
        last = n
    found = frozenset(kind for kind in certain[: last + 1] if kind)
    return Head(places[last] + 1 if last >= 0 else 0, found)


def _certain(kinds: list[str], n: int) -> str:
    """Return what a line is when those beside it are looked at; "" when it may be the card's."""
    kind = kinds[n]
    before, behind = kinds[n - 1] if n else "", kinds[n + 1] if n + 1 < len(kinds) else ""
    if kind == "count word":
        return "counter" if behind == "figure" else ""
    if kind == "figure":
        return "counter" if before in ("counter", "count word") else ""
    if kind == "size":
        return "file_tab" if {before, behind} & {"file_tab", "tab word", "tab"} else ""
    if kind == "hashtag":
        return "label" if before in ("label", "hashtag") else ""
    if kind == "tab word":
        above = next((k for k in reversed(kinds[max(0, n - 3) : n]) if k not in BETWEEN), "")
        below = next((k for k in kinds[n + 1 : n + 4] if k not in BETWEEN), "")
        return "tab" if {above, below} & {"tab word", "tab", "file_tab"} else ""
    return kind


def _is_card(text: str) -> bool:
    """Return whether a line is too much of a text for a page's head."""
    bare = text.strip()
    return bool(
        STRUCTURE.match(text)
        or (len(bare) > LONGEST and not _head_kind(bare))
        or bare.endswith(ENDS_SENTENCE)
    ) and not HASHTAG.match(bare)


def _head_kind(text: str) -> str:
    """Return what a line of a page's head is; "" when it may be the card's."""
    words = _words()
    if len(text) > 5 * LONGEST:
        return ""
    kind = words.exact.get(fold(text), "")
    if kind in ("head_end", "file_tab", "tab word", "count word"):
        return kind
    if FILE_SIZE.fullmatch(text):
        return "size"
    if re.fullmatch(FIGURE, text):
        return "figure"
    if HASHTAG.match(text):
        return "hashtag"
    bare = COUNTS_APART.sub(" ", text).strip()
    counted = words.counted.findall(bare)
    left = words.counted.sub("", bare)
    if any(any(c.isdigit() for c in each) for each in counted) and (
        not re.sub(FIGURE, "", left).strip() or (len(counted) > 1 and len(text) <= LONGEST)
    ):
        return "counter"
    if len(words.tabs.findall(text)) > 1 and not re.sub(
        r"[\d\s·|,+kK]+", "", words.tabs.sub("", text)
    ):
        return "tab"
    if len(text) < LONGEST_NOTICE and len(set(words.site.findall(text))) > 2:
        return "notice"
    label = words.labels.match(text)
    if (
        label is not None
        and not text.endswith(ENDS_SENTENCE)
        and (len(text) <= LONGEST or (_glued(text) and text.count("、") > FEW_BULLETS))
    ):
        return "label"
    return ""


def _glued(text: str) -> bool:
    """Return whether a label's value follows it without anything between."""
    bare = text.strip()
    label = _words().labels.match(bare)
    return label is not None and bare[label.end() : label.end() + 1] not in (":", "：", " ", "")


def _tail(lines: list[Line], shown: list[int]) -> Tail:
    """Find where the page's tail begins: with the first of its lines that no card text follows."""
    start, kinds, apart = len(lines), set[str](), 0
    for n in reversed(shown):
        kind = _tail_kind(lines[n].text.strip())
        if kind:
            if apart > (WIDE if kind == "tail" else NEAR):
                break
            start, apart = n, 0
            kinds.add(kind)
        elif STRUCTURE.match(lines[n].text):
            break
        else:
            apart += 1
    return Tail(start, frozenset(kinds))


def _tail_kind(text: str) -> str:
    """Return what a line of a page's tail is; "" when it may be the card's."""
    words = _words()
    folded = fold(text) if len(text) < 60 else ""
    if folded and not STRUCTURE.match(text):
        if words.exact.get(folded) == "tail_starts":
            return "tail"
        if folded.startswith(words.tails) and len(folded) < 40 and not text.endswith(ENDS_SENTENCE):
            return "tail"
    if len(text) < LONGEST_NOTICE and len(set(words.site.findall(text))) > 2:
        return "site"
    return ""


def _form(card: list[Line], head: Head, tail: Tail) -> str:
    """Return the form that page and card give away."""
    if "file_tab" in head.kinds:
        return "blob-page"
    if "notice" in head.kinds or "site" in tail.kinds:
        return "repost"
    if "label" in head.kinds and "tab" not in head.kinds:
        return "repost"
    bullets = len([line for line in card if line.text and RENDERED.match(line.text)])
    if not (head.kinds or tail.kinds or bullets > 1):
        return ""
    return "" if _is_source(card, bullets) else "rendered-page"


def _is_source(card: list[Line], bullets: int) -> bool:
    """Return whether a card is written in Markdown; what it shows as code may hold marks too."""
    first = next((line.text for line in card if line.text.strip()), "")
    if FIRST.match(first):
        return True
    marks = sum(MARK.match(line.text.lstrip()) is not None for line in card)
    hashes = [n for n, line in enumerate(card) if HASHES.match(line.text.lstrip())]
    if marks > 1 or (marks and not bullets):
        return True
    if not hashes:
        return bool(marks) and bullets < FEW_BULLETS
    bare = [not line.text.strip() for line in card]
    bare += [True]
    top = next((n for n in range(len(card)) if not bare[n]), 0)
    if bullets and bare[top + 1] and TITLE.fullmatch(first) and hashes[0] - top > NEAR:
        return False
    alone = [n for n in range(len(card)) if not bare[n] and bare[n - 1] and bare[n + 1]]
    titled = sum(1 for n in hashes if bare[n - 1] and not card[n].text.startswith(" "))
    plain = sum(TITLE.fullmatch(card[n].text) is not None for n in alone)
    return not any(bare[:-1]) or titled >= plain


def _page_words(head: list[Line]) -> Iterator[PageWord]:
    """Yield what a head says of the card."""
    words = _words()
    of_code = sum(line.text.strip().casefold() in CODE_TABS for line in head) > 1
    for n, line in enumerate(head):
        line = line.strip()
        text = line.text
        if of_code and OWNER_AND_NAME.fullmatch(text):
            continue
        label = words.labels.match(text)
        if n and text == "/" and n + 1 < len(head) and not of_code:
            whole_id = join([head[n - 1].strip(), line, head[n + 1].strip()])
            if OWNER_AND_NAME.fullmatch(whole_id.text):
                yield PageWord("model_id", whole_id)
            continue
        if n < NEAR and OWNER_AND_NAME.fullmatch(text):
            owner = text.partition("/")[0]
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
