"""The name that a card's headings give its model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from cardkit.blocks import Bullet, Heading, Paragraph
from cardkit.card import Card
from cardkit.names.identity import name_words, signature
from cardkit.patterns import regex
from cardkit.prose.links import plain, whole_text
from cardkit.ruins import is_ruined
from cardkit.text import Line, join
from cardkit.vocabulary import libraries, words
from cardkit.vocabulary.wording import alternatives

LOOKED_AT = 4
"""Headings of a card that may name its model."""
PRINTED = ("rendered-page", "repost")
MIN_PRINTED = 2
SURE_BLOCKS = 8
SURE = 2
"""Lines of a printed page that stand like headings and may name its model."""
MAX_WORDS = 6
MAX_TITLE = 100
MAX_BESIDE = 20
"""Characters beside an `owner/name` in a title that names nothing else."""

MAX_BEFORE = 12
"""Characters before an `owner/name` with a description behind it: "Adapter me/ant for you/bee"."""

_FRAMED = regex(r"\bmodel ?card$|^model card (?:for|of)\b|模型卡片$", re.IGNORECASE)
_BEHIND_ID = regex(r"`?\s+(?:for|trained|fine-?tuned|finetuned|based|is)\s")
_OF_ANOTHER = regex(r"\w\s(?:with|from|using|on)\s`?$", re.IGNORECASE)
"""Before an `owner/name` that is what the model was made from: "SetFit with ants/ant-base"."""
_CUT = regex(
    r"\s+[-–—|｜]+\s+|\s*[:：]\s+|：|\s*:(?=[A-Z][a-z]{3,}\s)|\s*[|｜]\s*|,\s+|，|\s+--+\s+"
)
_DESCRIBED = regex(r"(?P<name>[^:：]{2,60}?)\s*(?:[:：]\s+|：|:(?=[A-Z][a-z]{3,}\s))(?=\S+\s+\S)")
"""A name with several words of description behind a colon."""
_OF_DATA = regex(rf"(?:{alternatives('of_data')})$", re.IGNORECASE)
_SLUG_MODEL = regex(r"^\S*[_-]\S*(?= model$)")
_OWNER_AND_NAME = regex(r"(?<![\w./-])[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{1,95}(?![\w/])")
_AFTER_NAME = regex(r"\s+(?:with|for|from|trained|fine-?tuned|finetuned|based|by)\s", re.I)
_TUNED = regex(r"\s+(?:(?:was|is|were)\s)?(?:fine-?tuned|finetuned)\s", re.I)
"""Before it stands the name of another model: the one that was tuned."""
_EXPLAINED = regex(r"\s*[(（][^()（）]*[a-zA-Z]{3,}\s+[^()（）]*[)）]\s*$")
_EXPLAINING = regex(r"\s*[(（][^()（）]*[)）]\s*$")
_REST_OF_TITLE = regex(r"(?P<rest>[^.!?<>\[\]()|*`]{1,30}?)\s*!?(?=\[|<)")
_TITLE_WORD = regex(r"[^\s()\[\]|,，：:（）/]+")
_TELLING = regex(r"\d|[a-z][A-Z]|[A-Z]{2}|\w[-_]\w")
_SURE = regex(
    r"\d|[a-z][A-Z]|[A-Z]{2}|\w_\w|-(?i:tiny|mini|small|base|medium|large|xl)\b"
    r"|\w-(?!(?:to|of|the|in|and|on)-)\w+-\w"
)
_WORD = regex(r"[^\s()\[\],;]+")
_LATIN = regex(r"[A-Za-zÀ-ɏ]")
_LETTERS = regex(r"[^\W\d_]{2}|[^\W\d_]\d")
_KIND_AT_END = regex(r"\b(?:model|models|pipeline|classifier)$", re.I)
_PICTURE = regex(
    r"(?i)(?<![a-z])(?:logo|banner|github|stars|forks|discord|badge|icon|cover|figure|image|img)s?(?![a-z])"
)
_CJK = regex(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")


def read_title(card: Card) -> Line | None:
    """Return the name as the card's title prints it; an owner before it is kept."""
    printed = card.form in PRINTED
    titles = list(_headings(card, at_most=SURE_BLOCKS if printed else None))
    for line in titles:
        owned = [m for m in _OWNER_AND_NAME.finditer(line.text) if is_id(m[0])]
        if owned and _OF_ANOTHER.search(line.text[: owned[0].start()][-MAX_BEFORE:]):
            continue
        if len(owned) == 1 and len(line.text) - len(owned[0][0]) <= MAX_BESIDE:
            return line[slice(*owned[0].span())]
        if owned and owned[0].start() <= MAX_BEFORE and _BEHIND_ID.match(line.text, owned[0].end()):
            return line[slice(*owned[0].span())]
    prose: str | None = None
    framed = bool(titles) and _FRAMED.search(titles[0].text) is not None
    for place, line in enumerate(titles[:SURE] if printed else titles):
        for part in _candidates(line):
            if printed and _is_of_a_picture(part.text, place, card):
                continue
            if _is_name(part.text):
                return part
            if place == 0 and _may_be_name(part.text) and _stands_alone(part.text, line.text):
                if framed and part.text in titles[0].text and " " in part.text:
                    return part
                prose = _opening(card) if prose is None else prose
                if _stands_in(part.text, prose):
                    return part
    return None


def _is_of_a_picture(text: str, place: int, card: Card) -> bool:
    """Return whether a line of a printed page may be a picture's words, or another heading."""
    if len(text) <= MIN_PRINTED or _PICTURE.search(text):
        return True
    return bool(place) and not (_is_name(text) and _stands_in(text, _opening(card)))


def is_id(text: str) -> bool:
    """Return whether a text is an `owner/name`, and not two words: the name must be telling.

    >>> is_id("acme/ant-7b"), is_id("Ant-4B/8B"), is_id("License/Terms")
    (True, False, False)
    """
    if not _OWNER_AND_NAME.fullmatch(text):
        return False
    name = text.split("/")[-1]
    return _TELLING.search(name) is not None and len(signature(name).family) > 1


def in_title(card: Card, name: str) -> Line | None:
    """Return where a title prints a name that is known from elsewhere, its writing aside."""
    wanted = signature(name)
    for line in _headings(card) if _TELLING.search(name) else ():
        if len(line) > MAX_TITLE:
            continue
        for match in _TITLE_WORD.finditer(line.text):
            if signature(match[0]).same(wanted):
                return line[match.start() : match.end()].rstrip(".?!")
    return None


def _headings(card: Card, at_most: int | None = None) -> Iterator[Line]:
    """Yield the first headings without their markup: of all blocks, or of the first few."""
    seen = 0
    for placed in card.blocks[:at_most]:
        block = placed.block
        if at_most and isinstance(block, Paragraph) and len(block.lines[0]) > MAX_TITLE:
            return  # a line that stands like a heading below prose is another's
        if not isinstance(block, Heading) or placed.commented:
            continue
        if block.level > 3 or placed.quoted or not block.line.text.strip():
            continue
        line = _tidy(plain(block.line))
        if not seen and card.form == "collapsed":
            line = _continued(card, line)
        if line.text:
            yield line
        seen += 1
        if seen == LOOKED_AT:
            return


def _continued(card: Card, line: Line) -> Line:
    """Return a collapsed card's title with the words that stand before the next markup."""
    following = next((p.block for p in card.blocks if isinstance(p.block, Paragraph)), None)
    match = _REST_OF_TITLE.match(following.lines[0].text) if following else None
    if following is None or match is None:
        return line
    rest = following.lines[0][: match.end("rest")].strip()
    return join([line, rest], " ") if rest and rest.span().start - line.span().end <= 2 else line


def _tidy(line: Line) -> Line:
    """Return a heading without the emoji and signs at its ends."""
    left = re.match(r"[^\w(（\[]+", line.text)
    line = line[left.end() :] if left else line
    right = re.search(r"[^\w)）\]+!?]+$", line.text)
    return (line[: right.start()] if right else line).strip()


def _candidates(line: Line) -> Iterator[Line]:
    """Yield what may be the name in a title, best first."""
    line = _without_frame(line)
    if not line.text or len(line) > MAX_TITLE * 2:
        return
    if described := _DESCRIBED.match(line.text):
        if _OF_DATA.search(line.text):
            return
        yield from _name_and_rest(_without_frame(line[slice(*described.span("name"))]))
    parts = [part.strip() for part in line.split(_CUT)]
    for part in [line, *parts[:2]] if len(parts) > 1 else [line]:
        yield from _name_and_rest(_without_frame(part))


def _name_and_rest(line: Line) -> Iterator[Line]:
    """Yield a title, and what stands in it before "for" or "trained on"."""
    if slug := _SLUG_MODEL.match(line.text):
        line = line[: slug.end()]
    yield from _without_explanation(line)
    if (after := _AFTER_NAME.search(line.text)) and after.start():
        name = line[: after.start()].strip(" -–")
        tuned = _TUNED.search(line.text)
        if tuned and tuned.start() == after.start():
            return
        if not _KIND_AT_END.search(name.text) and not libraries.find(name.text):
            yield from _without_explanation(name)


def _without_explanation(line: Line) -> Iterator[Line]:
    if explained := _EXPLAINED.search(line.text):
        line = line[: explained.start()]
    if line.text:
        yield line


def _without_frame(line: Line) -> Line:
    """Return a title without "Model Card for" and the like."""
    before, after = _frame()
    folded = line.text.casefold()
    for phrase in before:
        if folded.startswith(phrase) and len(folded) > len(phrase):
            behind = folded[len(phrase)]
            if not phrase[-1].isalpha() or not behind.isalpha() or _CJK.match(phrase[-1]):
                return _without_frame(_tidy(line[len(phrase) :]).strip(" :：-"))
    for phrase in after:
        if folded.endswith(phrase) and len(folded) > len(phrase):
            ahead = folded[-len(phrase) - 1]
            if not ahead.isalpha() or _CJK.match(phrase[0]):
                return _without_frame(_tidy(line[: -len(phrase)]).strip(" :：-"))
    return line


@lru_cache(maxsize=1)
def _frame() -> tuple[tuple[str, ...], tuple[str, ...]]:
    words_ = name_words()
    before = sorted(words_["before_title"], key=len, reverse=True)
    return tuple(before), tuple(sorted(words_["after_title"], key=len, reverse=True))


@lru_cache(maxsize=1)
def _task_words() -> frozenset[str]:
    """Return the short forms of tasks, which tell no model from another."""
    return frozenset(name_words()["task_words"])


@lru_cache(maxsize=1)
def _no_name() -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the words that no name holds, and those that it does not even hold a part of."""
    all_words = name_words()["not_in_names"]
    return frozenset(all_words), tuple(word for word in all_words if _CJK.search(word))


def _is_name(text: str) -> bool:
    """Return whether a text can be nothing but a name: short, no sentence, with a telling sign."""
    latin = _LATIN.search(text) is not None
    return latin and _is_telling(text) and _may_be_name(text)


def _is_telling(text: str) -> bool:
    """Return whether a text holds a word that can be nothing but a name.

    >>> _is_telling("ant-base"), _is_telling("Cause-effect detection"), _is_telling("POS tagging")
    (True, False, False)
    """
    tokens = _WORD.findall(text)
    if len(tokens) == 1:
        return _TELLING.search(text) is not None
    common = _task_words()
    return any(_SURE.search(token) and token.casefold() not in common for token in tokens)


def _may_be_name(text: str) -> bool:
    """Return whether a text is short, says more than a number, and is no section's heading."""
    if not 1 < len(text) <= MAX_TITLE or not _LETTERS.search(text) or is_ruined(text):
        return False
    if text.count("(") != text.count(")") or text.count("（") != text.count("）"):
        return False  # cut off inside its brackets
    if "://" in text or re.search(r"[?=\[\]{}]|^\d+\.\s|^[vV]?\d[\d.]*$", text):
        return False
    if libraries.pipeline_tag(_EXPLAINING.sub("", text)):
        return False
    if "://" in text or (not _LATIN.search(text) and (len(text) < 3 or "模型" in text)):
        return False
    if any(words.find(domain, text) for domain in ("sections", "model", "spec")):
        return False
    tokens = text.split()
    folded = {token.strip("()（）[].,:;!?\"'").casefold() for token in tokens}
    never, never_in_cjk = _no_name()
    if len(tokens) > MAX_WORDS or folded & never or any(word in text for word in never_in_cjk):
        return False
    return len(_CJK.findall(text)) <= 12


def _stands_alone(part: str, title: str) -> bool:
    """Return whether a part of a title begins it and is not cut before "for" or "with"."""
    at = title.find(part)
    before = _without_frame(Line(title, ())).text.startswith(part) if at else True
    return before and _AFTER_NAME.match(title, at + len(part)) is None


def _opening(card: Card) -> str:
    """Return the first texts of a card."""
    texts = []
    length = 0
    for placed in card.blocks:
        if isinstance(placed.block, (Paragraph, Bullet)) and not placed.commented:
            texts.append(plain(whole_text(placed.block)).text)
            length += len(texts[-1])
            if length > 3000:
                break
    return " ".join(texts)


def _stands_in(name: str, prose: str) -> bool:
    """Return whether a text uses a name, and not as a common word: in several words, as printed."""
    prose = prose[:4000]
    if " " not in name:
        name, prose = name.casefold(), prose.casefold()
    at = prose.find(name)
    while at >= 0:
        around = prose[max(0, at - 1) : at] + prose[at + len(name) : at + len(name) + 1]
        if not any(c.isascii() and c.isalnum() for c in around):
            return True
        at = prose.find(name, at + 1)
    return False
