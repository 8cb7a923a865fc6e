"""How the model wants to be asked: the exact text, the system message, what ends the answer.

A wrong prompt is worse than none: where two templates differ, or where the card's copy may have
lost line ends inside one, nothing is said.
"""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from cardkit.blocks import Bullet, Code, Heading, Paragraph, Placed
from cardkit.blocks.front_matter import Node
from cardkit.card import Card
from cardkit.facts import Fact, Found
from cardkit.kept import kept
from cardkit.patterns import regex
from cardkit.snippets import code, shell, template
from cardkit.snippets.code import Usage
from cardkit.snippets.template import PROMPT, SPECIAL, SYSTEM, Template
from cardkit.snippets.trace import Filled, Slot
from cardkit.text import Line, Span, whole
from cardkit.vocabulary.wording import any_of
from cardkit.vocabulary.words import aliases

INLINE = regex(r"(?<!`)(`{1,2})(?!`)(.{1,1000}?)(?<!`)\1(?!`)")
ANNOUNCES = regex(
    r"prompt|template|format|提示|模板|模版|格式|プロンプト|形式|프롬프트|형식", re.IGNORECASE
)
NO_TEMPLATE = regex(
    r"^[^\S\n]*(?:[\[{]\s*[\"{\[]|(?:import|from|def|curl|pip)\b)|\"\s*\+|\+\s*\"", re.MULTILINE
)
INSTRUCTED = regex(
    r"(?<![a-z])(?:chat|instruct(?:ion)?|it|sft|dpo|rlhf|orpo|assistant|dialog(?:ue)?|conversational)(?![a-z])",
    re.IGNORECASE,
)
USERS_TUNING = any_of("users_tuning")
SENTENCE_END = (".", "?", "!", "。", "？", "！", "…")
STANDS_FOR = regex(r"^\s*(?:[<\[{]|your\b|enter\b|insert\b)|^\w+:.*\n\w+:", re.IGNORECASE)
"""A text in the place of the real one, or the fields of a form: how to fill it is not said."""
WIDE = regex(r"[\uff01-\uff5e]")
FOLDED = regex(r"[\u2581\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
RUINED = regex("[\u0080-\u009f\u0370-\u03ff\ufffd]|[\u00c3\u00e2\u00ef][\u0080-\u00bf\u20ac]")
"""What a wrong code page makes of letters: Greek ones, control signs, accents with signs."""
HALF_FOLDED = regex(r"<\|[^<>|]*\u2581")
"""A marker whose makers write full-width bars and low blocks: a page folded the bars."""
MASK = regex(r"\[(?:MASK|CLS)\]|<mask>|extra_?(?:id_)?\d")
LOST_TAGS = regex(r"\[INST\]|<<SYS|</?s>")
ESCAPING = (
    (regex(r"(?:^|[ /])llama-cli\b"), regex(r"^(?!.* --no-escape)")),
    (regex(r"(?:^|[ /])(?:main|llama)\b"), regex(r" (?:-e|--escape)\b")),
)
"""Commands of llama.cpp, and when a backslash and an n in their prompt are a line end: llama-cli's
by default, as its README says of `--escape` ("default: true"); the older main's when it is told."""
CONTINUED = regex(r"\\[ \t]*\n")
LONGEST_CALL = 500
"""Characters of a line that may hold a chat template's call."""
BEGINS_ANSWER = regex(r"\.apply_chat_template\(.*\badd_generation_prompt ?= ?True\b.*\)\s*$")
COMMENT = regex(r"\s*#+ ?(\S.*)$")
MARKERS = regex(r"<[^<>\s]{1,40}>|\[[^\[\]\s]{1,40}\]")
ADDED = regex(r"(?:\n\+[^\n]*)+")
ESCAPED = regex(r"\\([nrt\"'\\])")


class Shown(NamedTuple):
    """A template where the card shows it."""

    template: Template
    where: Span
    source: str
    exact: bool
    """Whether the blanks and line ends at its end are known."""
    spread: bool = True
    """Whether its lines stand on lines of the card, where blank ones can be lost."""


def read(card: Card, so_far: Mapping[str, Found]) -> Found:  # noqa: ARG001
    """Read the prompt; nothing when the card documents none, or several that differ."""
    tuned = after_tuning(card)
    uses = [
        (b, p, u) for b, p, u in code.usages(card) if u and not p.commented and id(p) not in tuned
    ]
    shown = [*_in_sections(card), *_in_code(uses), *_in_code(_in_diffs(card, tuned))]
    shown += _in_comments(uses)
    shown = [s for s in shown if _is_whole(s, card)]
    if not shown:
        shown = [s for s in _in_front(card) if _is_whole(s, card)]
    chosen = _agreed(shown)
    if chosen is None:
        chosen = None if shown else _plain_completion(card, uses)
    if chosen is None:
        return Found()
    stops = _stops(card, uses, chosen)
    draft: dict[str, object] = {
        "format": Fact(chosen.template.format, chosen.template.format, chosen.where, "prompt"),
        "source": chosen.source,
    }
    if chosen.template.system:
        draft["system"] = chosen.template.system
    if stops:
        draft["stop"] = stops
    return Found(draft)


def after_tuning(card: Card) -> frozenset[int]:
    """Return the code, by the id of its Placed, for a model that the reader has tuned."""
    found = set()
    before: Placed | None = None
    for placed in card.blocks:
        text = before.block if before else None
        if isinstance(placed.block, Code) and isinstance(text, (Paragraph, Bullet)):
            said = " ".join(line.text for line in text.lines[-3:])
            if USERS_TUNING.search(said):
                found.add(id(placed))
        before = placed
    return frozenset(found)


def _in_sections(card: Card) -> Iterator[Shown]:
    """Yield the templates of code blocks and inline code that the text announces as prompts."""
    before: Placed | None = None
    for placed in card.blocks:
        block = placed.block
        if placed.commented:
            continue
        if isinstance(block, Code):
            yield from _of_block(block, placed, before, card)
        elif isinstance(block, (Paragraph, Bullet)):
            marked = [line for line in block.lines if "`" in line.text]
            if marked and _announces(placed, None):
                yield from _inline(marked)
        before = placed


def _of_block(block: Code, placed: Placed, before: Placed | None, card: Card) -> Iterator[Shown]:
    if block.language in ("python", "json", "py"):
        return
    text = unescaped("\n".join([line.text for line in block.lines]).strip("\n").rstrip())
    special = ("<" in text or "[" in text) and SPECIAL.search(text)
    if (not special and not _announces(placed, before)) or NO_TEMPLATE.search(text):
        return
    found = template.from_text(text)
    if not found or not _is_marked(found):
        return
    if not _announces(placed, before) and not SPECIAL.search(found.format):
        return
    found = _with_line_end(found, card, placed)
    yield Shown(found, whole(block.lines), "section", found.format.endswith("\n"))


def _inline(lines: Iterable[Line]) -> Iterator[Shown]:
    """Yield the templates in the inline code of a text."""
    for line in lines:
        for match in INLINE.finditer(line.text):
            text = unescaped(match[2].strip())
            found = template.from_text(text) if not NO_TEMPLATE.search(text) else None
            if found and _is_marked(found) and template.ends_open(found.format):
                yield Shown(found, line.span(*match.span(2)), "section", exact=False)


def _in_diffs(card: Card, tuned: frozenset[int]) -> list[tuple[Code, Placed, Usage]]:
    """Return what the Python does that changes of code add, each run of added lines alone."""
    found = []
    for block, placed in card.of(Code):
        if block.language != "diff" or id(placed) in tuned:
            continue
        text = "\n".join(line.text for line in block.lines if not line.text.startswith("+++ "))
        for run in list(dict.fromkeys(ADDED.findall(f"\n{text}")))[: code.MANY]:
            added = textwrap.dedent("\n".join(line[1:] for line in run.strip("\n").split("\n")))
            usage = code.read(added, "python")
            if usage:
                found.append((block, placed, usage))
    return found


def _in_code(uses: list[tuple[Code, Placed, Usage]]) -> Iterator[Shown]:
    """Yield the templates that example code builds or sends."""
    for block, _, usage in uses:
        seen = set()
        for written in (*usage.sent, *usage.templates):
            text = _without_escapes(written) if _takes_escapes(usage) else written
            if text in seen:
                continue
            seen.add(text)
            sure = usage.language == "python" or written in usage.sent
            found = _of_filled(text) if isinstance(text, Filled) else _of_literal(text, sure=sure)
            if found and _is_marked(found):
                printed = sum(line.text.count("\\n") for line in block.lines)
                spread = found.format.count("\n") > printed
                yield Shown(found, whole(block.lines), "example", exact=True, spread=spread)


def _takes_escapes(usage: Usage) -> bool:
    """Tell whether each command that is given a prompt reads escapes in it."""
    if usage.library != "llama.cpp":
        return False
    lines = CONTINUED.sub(" ", usage.code or "").split("\n")
    asking = [line for line in lines if shell.INPUT.search(line)]
    return bool(asking) and all(
        any(tool.search(line) and when.search(line) for tool, when in ESCAPING) for line in asking
    )


def _without_escapes(text: str) -> str:
    signs = {"n": "\n", "r": "\r", "t": "\t"}
    return ESCAPED.sub(lambda match: signs.get(match[1], match[1]), text)


def _in_comments(uses: list[tuple[Code, Placed, Usage]]) -> Iterator[Shown]:
    """Yield what a comment behind a chat template's call shows that it makes of one message.

    Only where nothing but markers stands around the message: words could be another message.
    """
    for block, _, usage in uses:
        for call, comment in pairwise(block.lines):
            begins = len(call.text) < LONGEST_CALL and BEGINS_ANSWER.search(call.text)
            made = COMMENT.match(comment.text) if begins else None
            if not made or len(usage.inputs) != 1 or made[1].count(usage.inputs[0]) != 1:
                continue
            text = made[1].strip().replace(usage.inputs[0], PROMPT)
            if not MARKERS.sub("", text.replace(PROMPT, "")):
                where = comment.span(*made.span(1))
                yield Shown(Template(text), where, "chat-template", exact=False)


def _of_literal(text: str, *, sure: bool) -> Template | None:
    """Return the template of a text that the code writes out."""
    found = template.from_text(text, exact=True)
    if found and not template.BRACED.search(text) and not template.ends_open(found.format):
        return None
    return found if sure else None


def _of_filled(text: Filled) -> Template | None:
    """Return the template that made a text: its one slot that is no constant, for the user."""
    parts: list[str] = []
    users = 0
    system = None
    for part in text.parts:
        if not isinstance(part, Slot):
            parts.append(part)
            continue
        kind = template.kind_of(part.name)
        known = str(part.value) if isinstance(part.value, str) else None
        if kind == "system":
            parts.append(SYSTEM)
            system = known
        elif kind == "user" or (known is None or not template.has_marks(known)):
            parts.append(PROMPT)
            users += 1
        else:
            parts.append(known)
    if users != 1:
        return None
    return Template("".join(parts), system)


def _in_front(card: Card) -> Iterator[Shown]:
    """Yield the templates of the front matter's widget texts."""
    for node in _texts_below(card.front, "widget"):
        found = template.from_text(node.line.text.strip())
        if found and _is_marked(found) and not re.search(r"\s", found.format):
            yield Shown(found, node.line.span(), "front-matter", exact=False)


def _texts_below(front: Node | None, name: str) -> Iterator[Node]:
    for key, node in front.pairs if front else ():
        if key.text == name:
            for entry in node.entries:
                yield from (value for k, value in entry.pairs if k.text == "text")


def _plain_completion(card: Card, uses: list[tuple[Code, Placed, Usage]]) -> Shown | None:
    """Return `{prompt}` when every example sends the beginning of a text to a base model."""
    asked = [(block, usage) for block, _, usage in uses if usage.inputs]
    if not asked or not all(usage.completes for _, usage in asked):
        return None
    if any(usage.broken and usage.runs and not usage.inputs for *_, usage in uses):
        return None  # what it sends could not be read
    if any(usage.chat for *_, usage in uses) or INSTRUCTED.search(_names(card, uses)):
        return None
    texts = [text for _, usage in asked for text in usage.inputs]
    sent = [text for _, usage in asked for text in usage.sent]
    if any(text.strip().endswith(SENTENCE_END) or STANDS_FOR.search(text) for text in texts):
        return None
    if any(isinstance(text, Filled) or SPECIAL.search(text) or MASK.search(text) for text in sent):
        return None
    return Shown(Template(PROMPT), whole(asked[0][0].lines), "example", exact=True)


def _names(card: Card, uses: list[tuple[Code, Placed, Usage]]) -> str:
    """Return the names under which a card's model goes: its title and what its examples load."""
    names = [heading.line.text for heading, _ in card.of(Heading)][:1]
    names += [usage.model_id or "" for *_, usage in uses]
    names += [word.line.text for word in card.page if word.says == "model_id"]
    return " ".join([card.model_id or "", *names])


# What a template must be to be believed


def _is_marked(found: Template) -> bool:
    """Tell whether a template says more than where the message goes."""
    return template.has_marks(found.format.replace(PROMPT, "").replace(SYSTEM, ""))


def _is_whole(shown: Shown, card: Card) -> bool:
    """Tell whether a template can have come through the noise of its card unharmed."""
    text = shown.template.format
    if RUINED.search(text) or HALF_FOLDED.search(text):
        return False
    if card.form == "collapsed":
        whole_text = template.ends_open(text) and not LOST_TAGS.search(text)
        return text == PROMPT or (whole_text and not re.search(r"\s", text))
    if (
        card.form in ("rendered-page", "repost")
        and FOLDED.search(text)
        and not WIDE.search(card.raw)
    ):
        return False
    if "\n" in text and shown.spread and lost_blank_lines(card.raw):
        return _has_no_gap(text)
    return True


@lru_cache(maxsize=8)
def lost_blank_lines(raw: str) -> bool:
    """Tell whether a card of some length has no blank line at all."""
    return raw.count("\n") > 15 and not re.search(r"\n[ \t\r\u00a0]*\n", raw)


def _has_no_gap(text: str) -> bool:
    """Tell whether no blank line can have stood in a template: marks and messages take turns."""
    lines = text.strip("\n").split("\n")
    marks = [bool(SPECIAL.fullmatch(line)) or template.ends_open(line) for line in lines]
    messages = [line.strip() in (PROMPT, SYSTEM) for line in lines]
    if not all(m or n for m, n in zip(marks, messages, strict=True)):
        return False
    return all(a != b for a, b in pairwise(marks))


def _agreed(shown: list[Shown]) -> Shown | None:
    """Return the template that all agree on but for a system message and the end, or None."""
    if not shown:
        return None
    first = shown[0]
    core = _core(first.template)
    if any(_core(other.template) != core for other in shown[1:]):
        return None
    same = [
        s for s in shown if s.exact and s.template.format.rstrip() == first.template.format.rstrip()
    ]
    ends = {s.template.format for s in same}
    if len(ends) > 1:
        return None
    exact = same[0].template.format if same else first.template.format
    stop = next((s.template.stop for s in shown if s.template.stop), None)
    return first._replace(template=first.template._replace(format=exact, stop=stop))


def _core(found: Template) -> str:
    """Return a template without its system message and without blanks, for comparing."""
    text = found.format
    if SYSTEM in text:
        before, _, after = text.partition(SYSTEM)
        text = SPECIAL.sub("", before) + SPECIAL.sub("", after, count=1)
        return re.sub(r"\s+", "", text.partition(PROMPT)[2])
    return re.sub(r"\s+", "", text.partition(PROMPT)[2])


# Words around a template


@lru_cache(maxsize=1)
def _announcing() -> re.Pattern[str]:
    words = sorted(aliases("prompt", "announces"), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)), re.IGNORECASE)


@lru_cache(maxsize=512)
def _is_announcement(heading: str) -> bool:
    return bool(_announcing().search(heading))


def _announces(placed: Placed, before: Placed | None) -> bool:
    """Tell whether the headings above a block, or the text before it, announce a prompt."""
    if any(_is_announcement(heading.line.text) for heading in placed.path[-2:]):
        return True
    block = before.block if before else placed.block
    if isinstance(block, (Paragraph, Bullet)):
        return bool(ANNOUNCES.search(block.lines[-1].text[-300:]))
    return False


def _with_line_end(found: Template, card: Card, placed: Placed) -> Template:
    """Return a template with the line end that the text around it asks for."""
    tail = found.format.rpartition(PROMPT)[2].strip().split("\n")[-1]
    asked = tail and any(
        path == placed.path and tail in around for path, around in _asking_for_line_ends(card)
    )
    return found._replace(format=found.format.rstrip() + "\n") if asked else found


@kept
def _asking_for_line_ends(card: Card) -> tuple[tuple[tuple[Heading, ...], str], ...]:
    """Return the words around each place where a card asks for a line end, and its section."""
    says = _phrases("says_newline")
    found = []
    for placed in card.blocks:
        if isinstance(placed.block, (Paragraph, Bullet)):
            text = " ".join(line.text for line in placed.block.lines)
            if match := says.search(text):
                around = f"{text[: match.end()][-120:]}\n{text[match.start() :][:120]}"
                found.append((placed.path, around))
    return tuple(found)


@lru_cache(maxsize=4)
def _phrases(name: str) -> re.Pattern[str]:
    words = sorted(aliases("prompt", name), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)), re.IGNORECASE)


def _stops(card: Card, uses: list[tuple[Code, Placed, Usage]], chosen: Shown) -> list[str]:
    """Return what ends an answer: what the code stops at, and what sentences call its end."""
    found = [stop for *_, usage in uses for stop in usage.stops]
    if chosen.template.format == PROMPT:
        return list(dict.fromkeys(found))
    if chosen.template.stop:
        found.append(chosen.template.stop)
    says = _phrases("says_end")
    starts = {
        m.casefold() for kind in ("role_user", "role_assistant") for m in aliases("prompt", kind)
    }
    for placed in card.blocks:
        block = placed.block
        if placed.commented or not isinstance(block, (Paragraph, Bullet)):
            continue
        text = " ".join(line.text for line in block.lines)
        match = says.search(text) if _announces(placed, None) or "token" in text else None
        if not match:
            continue
        for sentence in re.split(r"(?<=[.。!?])\s*(?=\S)", text):
            if (at := says.search(sentence)) is None:
                continue
            tokens = list(dict.fromkeys(m[0] for m in SPECIAL.finditer(sentence, at.start())))
            if len(tokens) == 1 and tokens[0].casefold() not in starts:
                found.append(tokens[0])
    return list(dict.fromkeys(found))


def unescaped(text: str) -> str:
    """Return a text with HTML's characters, and with line ends where they are spelled out."""
    if "&" in text and ";" in text:
        text = html.unescape(text)
    return text if "\n" in text else text.replace("\\n", "\n")
