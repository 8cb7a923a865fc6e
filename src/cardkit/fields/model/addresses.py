"""Links that say something of the model, and those that are broken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from cardkit.blocks import Bullet, Code, Heading, Paragraph, Placed, Table
from cardkit.facts import Fact, Found, Problem, fact
from cardkit.identity import signature
from cardkit.links import Link, fault, plain, whole_text
from cardkit.stated import Stated, field_of, section_kinds
from cardkit.text import Line
from cardkit.vocabulary import hosts

KINDS = ("repository", "paper", "demo", "homepage")
REPOSITORY_WORDS = re.compile(
    r"\b(?:repo|repository|codebase|github)$|代码仓库?$|仓库$", re.IGNORECASE
)
PAPER_WORDS = re.compile(
    r"^(?:our |the )?(?:paper|technical report|tech report|paper link|report|preprint)\b|论文|技术报告",
    re.IGNORECASE,
)
DEMO_WORDS = re.compile(
    r"^(?:demo|online demo|live demo|try it|playground|chat)\b|在线体验|演示|网页端", re.IGNORECASE
)
READ_THE_PAPER = re.compile(r"(?:paper|technical report|论文|技术报告)[^.。]{0,40}$", re.IGNORECASE)
ARXIV_LINE = re.compile(
    r"(?:arxiv[:\s./a-z]{0,20}|eprint\s{0,20}=\s{0,20}[{\"])\s*(\d{4}\.\d{4,5})", re.IGNORECASE
)
BIB_TITLE = re.compile(r"^\s*@\w+\s*\{")
GITHUB = re.compile(
    r"https?://(?:www\.)?(?:github|gitee|gitlab)\.com/([\w.-]+)/([\w.-]+)", re.IGNORECASE
)
MAX_OTHERS = 12


def read(stated: Stated) -> Found:
    """Read `links`; problems tell of the broken ones."""
    found: dict[str, dict[str, Fact]] = {kind: {} for kind in (*KINDS, "arxiv")}
    problems: list[Problem] = []
    for link, line, placed in _all(stated):
        if wrong := fault(link):
            problems.append(_problem(link, line, wrong))
    for kind in KINDS:
        for label in stated.labels.get(kind, []):
            for link in stated.links(label.value):
                _add(found, kind, link, "label")
    for link, line, placed in _all(stated):
        if kind := _kind(stated, link, line, placed):
            _add(found, kind, link, "link")
    for word in stated.card.page:
        if word.says == "homepage":
            _put(
                found["homepage"],
                hosts.canonical(word.line.text.strip()),
                word.line.strip(),
                "page",
            )
    for arxiv, line in _cited(stated):
        _put(found["arxiv"], arxiv, line, "citation")
    for line in stated.front("arxiv"):
        _put(found["arxiv"], hosts.arxiv_id(line.text) or line.text, line, "front-matter")
    draft: dict[str, Any] = {kind: list(facts.values()) for kind, facts in found.items() if facts}
    return Found({"links": draft} if draft else {}, problems=tuple(problems))


def _problem(link: Link, line: Line, wrong: str) -> Problem:
    place = line[link.start : link.end]
    return Problem(
        "link-malformed",
        "warning",
        f"The link {place.text[:80]!r} leads nowhere: {wrong}. Give its whole address.",
        place.span(),
    )


def _all(stated: Stated) -> Iterator[tuple[Link, Line, Placed]]:
    """Yield the links of a card with the lines they stand in."""
    for placed in stated.card.blocks:
        block = placed.block
        lines: list[Line] = []
        if isinstance(block, Heading | Paragraph | Bullet):
            lines = [whole_text(block)] if isinstance(block, Heading) or block.lines else []
        elif isinstance(block, Table):
            lines = [cell for row in block.rows for cell in row if cell is not None]
        for line in lines:
            for link in stated.links(line):
                if not placed.commented or not link.url.text:
                    yield link, line, placed


def _kind(stated: Stated, link: Link, line: Line, placed: Placed) -> str | None:
    """Return what a link is to the model, by its words and its place."""
    if (
        placed.commented
        or link.kind == "image"
        or fault(link)
        or not link.url.text.startswith("http")
    ):
        return None
    if isinstance(placed.block, Table) or section_kinds(placed) & {
        "evaluation",
        "citation",
        "acknowledgement",
    }:
        return None
    url, text = link.url.text, plain(link.text).text.strip("[]【】 ")
    if github := GITHUB.match(url):
        own = _is_of_own(stated, github[2])
        if (
            own
            or field_of(text) == "repository"
            or (REPOSITORY_WORDS.search(text) and _is_near_top(placed))
        ):
            return "repository"
        return None
    before = plain(line[: link.start]).text[-60:]
    if hosts.arxiv_id(url) or hosts.is_paper(url):
        named = (
            PAPER_WORDS.search(text) or READ_THE_PAPER.search(before) or field_of(text) == "paper"
        )
        return "paper" if named or _is_of_own(stated, text) else None
    if hosts.is_demo(url) or DEMO_WORDS.search(text):
        return (
            "demo"
            if DEMO_WORDS.search(text) or _is_of_own(stated, url.rstrip("/").split("/")[-1])
            else None
        )
    return None


def _is_near_top(placed: Placed) -> bool:
    return len(placed.path) <= 2


def _is_of_own(stated: Stated, text: str) -> bool:
    """Return whether a repository or title bears the family name of the card's model."""
    families = {signature(name).family for name in stated.identity.names}
    first = re.split(r"[:：]", text)[0]
    return len(first) <= 60 and signature(first).family in families - {""}


def _add(found: dict[str, dict[str, Fact]], kind: str, link: Link, rule: str) -> None:
    """Add a link under its kind; a paper on arXiv also gives its id."""
    if fault(link) or not link.url.text.startswith("http"):
        return
    url = hosts.canonical(link.url.text)
    arxiv = hosts.arxiv_id(link.url.text)
    if arxiv and kind != "demo":
        kind = "paper"
        _put(found["arxiv"], arxiv, link.url, rule)
        url = f"https://arxiv.org/abs/{arxiv}"
    if kind == "repository" and hosts.is_demo(url):
        kind = "demo"
    _put(found[kind], url, link.url, rule)


def _put(facts: dict[str, Fact], value: str, line: Line, rule: str) -> None:
    if len(facts) < MAX_OTHERS:
        facts.setdefault(value.rstrip("/").casefold(), fact(value, line, rule))


def _cited(stated: Stated) -> Iterator[tuple[str, Line]]:
    """Yield the arXiv id of the paper that the card asks to cite: of the first entry alone."""
    for block, placed in stated.card.of(Code):
        entries = [i for i, line in enumerate(block.lines) if BIB_TITLE.match(line.text)]
        if not entries:
            continue
        end = entries[1] if len(entries) > 1 else len(block.lines)
        for line in block.lines[entries[0] : end]:
            if match := ARXIV_LINE.search(line.text):
                yield match[1], line[slice(*match.span(1))]
                return
        if placed is not None:
            return
