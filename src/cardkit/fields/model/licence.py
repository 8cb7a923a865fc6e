"""The licence of a model, and whether the card contradicts itself about it."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from cardkit.blocks import Bullet, Heading, Paragraph
from cardkit.facts import Found, Problem, fact
from cardkit.links import Link, links, plain, whole_text
from cardkit.stated import Stated, section_kinds
from cardkit.text import Line
from cardkit.vocabulary import hosts, licences, words

MAX_NAME = 100

CLAUSE = re.compile(
    r"(?<=[。；;])|(?<=[.!?])\s+(?=[A-Z*\[])|，|,\s+(?=while|whereas|but|and the)|\n"
)
OF_CODE = re.compile(
    r"\b(?:code|codebase|repository|repo|source|scripts?)\b|代码|源码|仓库|コード|코드",
    re.IGNORECASE,
)
OF_MODEL = re.compile(
    r"\b(?:models?|weights|checkpoints?)\b|模型|权重|モデル|重み|모델|가중치", re.IGNORECASE
)
OF_DATA = re.compile(r"\b(?:data|datasets?|corpus|records?)\b|数据|データ|데이터", re.IGNORECASE)
CALLED = re.compile(
    r"licen[cs]e|agreement|terms|许可|协议|授权|使用条款|ライセンス|利用規約|라이선스|라이센스",
    re.IGNORECASE,
)
NAMED = re.compile(
    r"(?:\b(?:[Aa]n?|[Tt]he)\s)?(?P<name>(?:[A-Za-z0-9][\w.&'-]*\s){1,6}[Ll]icen[cs]e(?:\s[Aa]greement)?)"
)
QUOTED = re.compile(r"《(?P<name>[^《》]{2,60}(?:许可|协议|授权|条款)[^《》]{0,10})》")
EMPTY = re.compile(r"more information needed|^\W*$|^n/?a$|^none$|^todo$", re.IGNORECASE)
TAIL = re.compile(r"\s*(?:licen[cs]e|agreement|\.md|\.txt)\s*$", re.IGNORECASE)


class Named(NamedTuple):
    """A licence as a place of the card names it."""

    id: str
    name: Line
    url: Line | None
    rule: str


def read(stated: Stated) -> Found:
    """Read `license`; a problem tells when front matter and body name different ones."""
    front = _of_front(stated)
    body = _of_labels(stated) or _of_sections(stated)
    page = _of_page(stated)
    best = front or body or page
    if best is None:
        return Found({})
    draft: dict[str, Any] = {"id": fact(best.id, best.name, best.rule)}
    named = body or (best if best is not page else None)
    names = stated.front("license_name")
    if body is None and names:
        draft["name"] = fact(names[0].text, names[0], "front-matter")
    elif named and named is not front:
        draft["name"] = fact(named.name.text, named.name, named.rule)
    urls = stated.front("license_link")
    if urls and urls[0].text.startswith("http"):
        draft["url"] = fact(hosts.canonical(urls[0].text), urls[0], "front-matter")
    elif body and body.url:
        draft["url"] = fact(hosts.canonical(body.url.text), body.url, body.rule)
    return Found({"license": draft}, problems=tuple(_conflicts(front, body)))


def _conflicts(front: Named | None, body: Named | None) -> list[Problem]:
    if front is None or body is None or "other" in (front.id, body.id) or front.id == body.id:
        return []
    return [
        Problem(
            "license-conflict",
            "error",
            f"The front matter says {front.id!r}, the text says {body.name.text!r}."
            " Name one licence.",
            body.name.span(),
        )
    ]


def _of_front(stated: Stated) -> Named | None:
    lines = stated.front("license", "licence")
    if not lines:
        return None
    known = licences.find(lines[0].text)
    return Named(known.id if known else "other", lines[0], None, "front-matter")


def _of_page(stated: Stated) -> Named | None:
    for word in stated.card.page:
        if word.says == "license" and (known := licences.find(word.line.text.strip())):
            return Named(known.id, word.line.strip(), None, "page")
    return None


def _of_labels(stated: Stated) -> Named | None:
    for label in stated.labels.get("license", []):
        if OF_CODE.search(label.name.text) or OF_DATA.search(label.name.text):
            continue
        if EMPTY.search(plain(label.value).text):
            continue
        if _is_heading(stated, label.name):
            continue  # a section, read clause by clause
        if found := _of_text(label.value, stated, "label"):
            return found
    return None


def _is_heading(stated: Stated, name: Line) -> bool:
    return any(
        name.span() == heading.line.strip().strip(":： ").span()
        for heading, _ in stated.card.of(Heading)
    )


def _of_sections(stated: Stated) -> Named | None:
    """Return the licence that a section about it gives to the model, not to the code."""
    general: Named | None = None
    for placed in stated.card.blocks:
        block = placed.block
        if placed.commented or not isinstance(block, Paragraph | Bullet) or not block.lines:
            continue
        if "license" not in section_kinds(placed) or not _is_near(placed.path):
            continue
        of_code = False
        for clause in whole_text(block).split(CLAUSE):
            text = plain(clause).text
            of_model = OF_MODEL.search(text) is not None
            if (OF_CODE.search(text) or OF_DATA.search(text)) and not of_model:
                of_code = True
                continue
            found = _of_text(clause, stated, "section", strict=True)
            if found and of_model:
                return found
            if found and not of_code and general is None:
                general = found
    return general


def _is_near(path: tuple[Heading, ...]) -> bool:
    """Return whether the nearest heading is that of a licence."""
    return bool(path) and any(
        words.section_of(plain(heading.line).text) == "license" for heading in path[-2:]
    )


def _of_text(value: Line, stated: Stated, rule: str, *, strict: bool = False) -> Named | None:
    """Return the licence that a text names; `strict` when the text may speak of other things."""
    found = stated.links(value) if stated else links(value)
    url = next((link for link in found if link.url.text.startswith("http")), None)
    text = plain(value)
    if not text.text:
        return None
    for link in found:
        words_of = plain(link.text)
        if (known := licences.find(words_of.text)) and words_of.text:
            return Named(known.id, words_of, _http(link), rule)
    if known := licences.find(text.text.rstrip(".。")):
        return Named(known.id, text, url and url.url, rule)
    mentioned = licences.mentioned(text.text[:2000])
    if len(mentioned) == 1:
        return Named(mentioned[0].id, _short(text, found), url and _http(url), rule)
    if mentioned:
        return None
    return _unknown(text, found, url, rule, strict=strict)


def _http(link: Link) -> Line | None:
    return link.url if link.url.text.startswith("http") else None


def _short(text: Line, found: list[Link]) -> Line:
    """Return the words of a text that name the licence."""
    for link in found:
        if licences.mentioned(plain(link.text).text):
            return plain(link.text)
    if len(text) <= 40:
        return text
    if match := re.search(
        r"\b(?:under|licensed)\s(?:the\s)?(?:terms of the\s)?(?P<name>[^.,;]{3,60})", text.text
    ):
        return text[slice(*match.span("name"))].strip()
    return text[:MAX_NAME]


def _unknown(
    text: Line, found: list[Link], url: Link | None, rule: str, *, strict: bool
) -> Named | None:
    """Return a licence that the Hub does not know by its printed name."""
    for link in found:
        name = plain(link.text)
        called = CALLED.search(name.text) or (not strict and CALLED.search(link.url.text))
        if name.text and called and not name.text.startswith("http") and len(name) <= MAX_NAME:
            cut = TAIL.search(name.text) if name.text.endswith((".md", ".txt")) else None
            return Named("other", name[: cut.start()] if cut else name, _http(link), rule)
    for pattern in (QUOTED, NAMED):
        if match := pattern.search(text.text):
            return Named("other", text[slice(*match.span("name"))], url and _http(url), rule)
    if not strict and len(text) <= MAX_NAME and not text.text.startswith(("http", "(")):
        return Named("other", text, url and _http(url), rule)
    return None
