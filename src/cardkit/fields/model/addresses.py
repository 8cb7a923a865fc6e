"""Links that say something of the model, and those that are broken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from cardkit.blocks import Bullet, Code, Heading, Paragraph, Placed, Table
from cardkit.facts import Fact, Found, Problem, fact
from cardkit.names.identity import signature
from cardkit.patterns import regex
from cardkit.prose.links import Link, fault, plain, whole_text
from cardkit.stated import NOT_OF_THE_MODEL, Stated, field_of
from cardkit.text import Line
from cardkit.vocabulary import hosts, libraries
from cardkit.vocabulary.wording import alternatives, any_of, only

KINDS = ("repository", "paper", "demo", "homepage")
REPOSITORY_WORDS = regex(rf"(?:{alternatives('repository_text')})$", re.IGNORECASE)
PAPER_WORDS = regex(rf"(?:{alternatives('paper_text')})", re.IGNORECASE)
DEMO_WORDS = regex(rf"(?:{alternatives('demo_text')})", re.IGNORECASE)
READ_THE_PAPER = regex(rf"(?:{alternatives('paper_text')})[^.。]{{0,40}}$", re.IGNORECASE)
OF_DATA, PLAIN = any_of("of_data"), only("before_repository")
ARXIV_LINE = regex(
    r"(?:arxiv[:\s./a-z]{0,20}|eprint\s{0,20}=\s{0,20}[{\"])\s*(\d{4}\.\d{4,5})", re.IGNORECASE
)
BIB_TITLE = regex(r"^\s*@\w+\s*\{")
FORGE = regex(r"https?://(?:www\.)?(?:github|gitee|gitlab)\.com/", re.IGNORECASE)
OF_DEMO = regex(r"\bdemo\b[^.]*$", re.IGNORECASE)
SHARED = regex(rf"(?:{alternatives('shared_with_others')})\W*$", re.IGNORECASE)
WHOLE = regex(r"(?:\.git|/tree/(?:main|master))?/?(?:\?tab=[\w-]*)?(?:#.*)?$")
GITHUB = regex(
    r"https?://(?:www\.)?(?:github|gitee|gitlab)\.com/([\w.-]+)/([\w.-]+)", re.IGNORECASE
)
MAX_OTHERS = 12
MAX_TITLE = 60
ABOUT = any_of("about_tools")
ELSEWHERE = frozenset(("evaluation", "citation", "acknowledgement"))
NO_REPOSITORY = regex(
    r"(?:twitter|x|youtube|linkedin|discord)\.(?:com|gg)/|/(?:issues|pull|discussions|wiki|assets|actions|blob|raw)(?:/|$)"
    r"|huggingface\.co/collections",
    re.IGNORECASE,
)
ROOT = regex(r"https?://[^/]+/[\w.-]+/[\w.-]+(?:/tree/[^/]+)?/?(?:[#?].*)?")
NO_DEMO = regex(r"youtu\.?be|\.(?:jpe?g|png|gif|mp4|ipynb)(?:$|\?)|discord|wechat", re.IGNORECASE)


def read(stated: Stated) -> Found:
    """Read `links`; problems tell of the broken ones."""
    found: dict[str, dict[str, Fact]] = {kind: {} for kind in (*KINDS, "arxiv")}
    problems: list[Problem] = []
    every = list(_all(stated))
    faults = [fault(link) for link, _, _ in every]
    for (link, line, _), wrong in zip(every, faults, strict=True):
        if wrong:
            problems.append(_problem(link, line, wrong))
    for kind in KINDS:
        for label in stated.labels.get(kind, []):
            if _is_about_tools(stated, label.placed):
                continue
            for link in stated.links(label.value):
                if kind != "repository" or _may_be_repository(link.url.text):
                    _add(found, kind, link, "label")
    for (link, line, placed), wrong in zip(every, faults, strict=True):
        if not wrong and (said := _kind(stated, link, line, placed)):
            _add(found, said, link, "link")
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


def _is_about_tools(stated: Stated, placed: Placed) -> bool:
    """Return whether a block stands under "About" or "Citing" a library, not the model itself."""
    return any(
        ABOUT.search(heading.line.text)
        and any(
            libraries.find(word) and not _is_of_own(stated, word)
            for word in plain(heading.line).text.split()
        )
        for heading in placed.path[-2:]
    )


def _all(stated: Stated) -> Iterator[tuple[Link, Line, Placed]]:
    """Yield the links of a card with the lines they stand in."""
    for placed in stated.card.blocks:
        block = placed.block
        lines: list[Line] = []
        if isinstance(block, (Heading, Paragraph, Bullet)):
            lines = [whole_text(block)] if isinstance(block, Heading) or block.lines else []
        elif isinstance(block, Table):
            lines = [cell for row in block.rows for cell in row if cell is not None]
        for line in lines:
            for link in stated.links(line):
                if not placed.commented or not link.url.text:
                    yield link, line, placed


def _kind(stated: Stated, link: Link, line: Line, placed: Placed) -> str | None:
    """Return what a link is to the model, by its words and its place."""
    url = link.url.text
    if isinstance(placed.block, Table) or placed.commented or link.kind == "image":
        return None
    sections = stated.within(placed)
    if not url.startswith("http") or not sections.isdisjoint(ELSEWHERE):
        return None
    if _is_about_tools(stated, placed):
        return None
    text = plain(link.text).text.strip("[]【】 ")
    field = field_of(text)
    if github := GITHUB.match(url):
        own = _is_of_own(stated, github[2])
        said = field == "repository" or _says_repository(stated, text)
        before = line.text[: link.start][-40:]
        near = not (sections & NOT_OF_THE_MODEL or SHARED.search(before) or OF_DEMO.search(before))
        return "repository" if ROOT.fullmatch(url) and (own or (said and near)) else None
    if hosts.arxiv_id(url) or hosts.is_paper(url):
        before = plain(line[: link.start]).text[-60:]
        named = field == "paper" or PAPER_WORDS.match(text) or READ_THE_PAPER.search(before)
        near = not sections & {"finetune", "deployment", "usage"}
        return "paper" if (named and near) or _is_of_own(stated, text) else None
    own_space = hosts.is_demo(url) and _is_of_own(stated, url.rstrip("/").split("/")[-1])
    if (own_space or DEMO_WORDS.match(text)) and not NO_DEMO.search(url):
        return "demo"
    return None


def _says_repository(stated: Stated, text: str) -> bool:
    """Return whether words call a link the model's repository, and not that of another thing."""
    match = REPOSITORY_WORDS.search(text)
    if match is None:
        return False
    rest = [word.strip("'’s,") for word in text[: match.start()].split()]
    other = [w for w in rest if not PLAIN.fullmatch(w) and not REPOSITORY_WORDS.fullmatch(w)]
    return not other or _is_of_own(stated, " ".join(other))


def _may_be_repository(url: str) -> bool:
    """Return whether an address can be a repository: of a forge it needs an owner and a name."""
    forge = FORGE.match(url)
    return not NO_REPOSITORY.search(url) and (forge is None or GITHUB.match(url) is not None)


def _is_of_own(stated: Stated, text: str) -> bool:
    """Return whether a repository or title bears the family name of the card's model."""
    first = re.split(r"[:：]", text)[0]
    if len(first) > MAX_TITLE:
        return False
    found = signature(first)
    kin = [n for n in map(signature, stated.identity.names) if n.family == found.family != ""]
    sized = found.sizes and not found.versions
    return any(
        (found.versions <= name.versions and not (sized and name.versions))
        and (not found.sizes or not name.sizes or found.sizes <= name.sizes)
        for name in kin
    )


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
    if kind == "repository" and GITHUB.match(url):
        url = WHOLE.sub("", url)
    _put(found[kind], url, link.url, rule)


def _put(facts: dict[str, Fact], value: str, line: Line, rule: str) -> None:
    if len(facts) < MAX_OTHERS:
        facts.setdefault(value.rstrip("/").casefold(), fact(value, line, rule))


def _cited(stated: Stated) -> Iterator[tuple[str, Line]]:
    """Yield the arXiv id of the paper to cite: of the first entry that names the model."""
    families = {signature(name).family for name in stated.identity.names} - {""}
    entries: list[tuple[str, list[Line]]] = []
    for block, placed in stated.card.of(Code):
        starts = [i for i, line in enumerate(block.lines) if BIB_TITLE.match(line.text)]
        if not starts or any(OF_DATA.search(heading.line.text) for heading in placed.path):
            continue
        if _is_about_tools(stated, placed):
            continue
        for start, end in pairwise([*starts, len(block.lines)]):
            lines = list(block.lines[start:end])
            text = "".join(
                re.findall(r"[a-z]+", " ".join(line.text for line in lines[:3]).casefold())
            )
            entries.append((text, lines))
    own = [lines for text, lines in entries if any(family in text for family in families)]
    for lines in own[:1] or [lines for _, lines in entries[:1] if len(entries) == 1]:
        for line in lines:
            if match := ARXIV_LINE.search(line.text):
                yield match[1], line[slice(*match.span(1))]
                return
