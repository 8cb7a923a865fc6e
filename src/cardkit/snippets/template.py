"""A printed prompt, made into a template: where the user's message goes, what ends an answer."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from cardkit.patterns import regex
from cardkit.vocabulary.words import aliases

KINDS = (
    ("user", "placeholder"),
    ("system", "system_placeholder"),
    ("answer", "answer_placeholder"),
)
"""Whose message stands at a place, and the words of vocabulary/words/prompt.yaml that say so."""
PROMPT, SYSTEM = "{prompt}", "{system}"
LIMIT = 8_000
"""Characters beyond which a text is no template."""

MARKER = (
    r"<\|[^<>|\s]{1,40}\|>|<｜[^<>｜\s]{1,40}｜>|</?s>|<(?:bos|eos|pad|unk|sep|start_of_turn|"
    r"end_of_turn|reserved_\d+|extra_id_\d+|eo[ahtd]|ai|human|bot|user|assistant|用户|助手)>|"
    r"\[/?(?:INST|USER|BOT|SEP|EOS|BOS|ASSISTANT|SYSTEM)\]|<</?SYS>>|\[\|\w+\|\]"
)
SPECIAL = regex(MARKER, re.IGNORECASE)
TEXT_END = regex(r"</?s>|<(?:bos|eos|pad|unk|sep)>|<\|(?:start|end)of_?text\|>|\[(?:SEP|EOS|BOS)\]")
BRACED = regex(
    r"\{\{ ?[\w.' -]{1,40} ?\}\}|\$?\{[\w.' -]{1,40}\}|"
    r"<[^\W\d_][\w' -]{1,40}>|\[[^\W\d_][\w' -]{1,40}\]"
)
NUMBER_BEHIND = regex(r"(?:[\s_-]*\d+|[\s_-]+[nN])$")
WORD_MARK = r"(?:(?<=\n)|(?<=>)|(?<=\])|^)(?:{}) ?[:：]"


class Template(NamedTuple):
    """A prompt as it is sent."""

    format: str
    """With `{prompt}` and `{system}` where the messages go."""
    system: str | None = None
    """The system message that stood in its place."""
    stop: str | None = None
    """What stands behind the place of the answer."""


class Place(NamedTuple):
    """A placeholder in a text."""

    kind: str
    """`user`, `system` or `answer`."""
    start: int
    end: int


def from_text(text: str, *, exact: bool = False) -> Template | None:
    r"""Return the template that a printed prompt shows; None when it shows none, or two.

    Blanks and line ends at its end are kept when the text is exact, as a string of code is.

    >>> from_text("<|user|>\\nYour message here!\\n<|assistant|>").format
    '<|user|>\\n{prompt}\\n<|assistant|>'
    >>> from_text("[INST] Who are you? [/INST]").format
    '[INST] {prompt} [/INST]'
    >>> from_text("User: {q_1}\\n\\nBot: {response}</s>User: {q_2}\\n\\nBot:") is None
    True
    """
    if not text.strip() or len(text) > LIMIT:
        return None
    places = _places(text)
    if places is None:
        return None
    if any(place.kind == "user" for place in places):
        return _from_places(text, places, exact)
    return None if places else _from_marks(text, exact)


def has_marks(text: str) -> bool:
    """Tell whether a text marks who speaks: with special tokens, or with words and colons.

    >>> has_marks("### Response:"), has_marks("Once upon a time</s>"), has_marks("<|user|>")
    (True, False, True)
    """
    tokens = (match[0] for match in SPECIAL.finditer(text))
    return (
        any(not TEXT_END.fullmatch(token) for token in tokens)
        or bool(_mark("role_user").search(text))
        or bool(_mark("role_assistant").search(text))
    )


def ends_open(text: str) -> bool:
    """Tell whether a template ends where the assistant is to speak."""
    tail = text.rstrip()
    return any(m.end() == len(tail) for m in _mark("role_assistant").finditer(tail)) or (
        bool(re.search(r"\[/INST\]$|<start_of_turn>model$|<\|im_start\|>assistant$", tail))
    )


@lru_cache(maxsize=8)
def _named(kind: str) -> frozenset[str]:
    """Return the names of placeholders of one kind, without brackets."""
    names = {_plain(name) for name in aliases("prompt", kind) if BRACED.fullmatch(name)}
    return frozenset(names)


@lru_cache(maxsize=8)
def _spoken(kind: str) -> re.Pattern[str] | None:
    """Return a pattern of the words that stand for a message without brackets."""
    names = [n for n in aliases("prompt", kind) if not BRACED.fullmatch(n)]
    long = [n for n in names if " " in n or len(n) >= 4]
    return (
        re.compile("|".join(re.escape(n) for n in sorted(long, key=len, reverse=True)), re.I)
        if long
        else None
    )


@lru_cache(maxsize=8)
def _mark(kind: str) -> re.Pattern[str]:
    """Return a pattern of the marks with which somebody's turn begins."""
    names = aliases("prompt", kind)
    signs = [re.escape(n) + "(?: ?[:：])?" for n in names if not n[0].isalnum() and n[0] != "#"]
    heads = [re.escape(n) + r" ?[:：]?(?=\s|$)" for n in names if n[0] == "#"]
    words = [re.escape(n) for n in names if n[0].isalnum()]
    parts = sorted([*signs, *heads], key=len, reverse=True)
    parts.append(WORD_MARK.replace("{}", "|".join(sorted(words, key=len, reverse=True))))
    return re.compile("|".join(parts), re.IGNORECASE)


def _plain(name: str) -> str:
    """Return a placeholder's name without brackets, signs and a number at its end."""
    inner = NUMBER_BEHIND.sub("", name.strip("${}<>[]() "))
    return re.sub(r"[\W_]+", " ", inner).strip().casefold()


def kind_of(name: str) -> str | None:
    """Return whose message a name stands for: `user`, `system`, `answer`, or None.

    >>> kind_of("{user_message_1}"), kind_of("system_prompt"), kind_of("colour")
    ('user', 'system', None)
    """
    plain = _plain(name)
    for kind, words in KINDS:
        if plain in _named(words):
            return kind
    return None


def _places(text: str) -> list[Place] | None:
    """Return the placeholders of a text in order; None when one of them is not understood."""
    found: list[Place] = []
    for match in BRACED.finditer(text):
        if SPECIAL.fullmatch(match[0]):
            continue
        kind = kind_of(match[0])
        if kind:
            found.append(Place(kind, match.start(), match.end()))
        elif match[0][0] in "{$":
            return None
    for kind, words in KINDS:
        pattern = _spoken(words)
        for match in pattern.finditer(text) if pattern else ():
            if not any(p.start < match.end() and match.start() < p.end for p in found):
                found.append(Place(kind, match.start(), match.end()))
    return sorted(found, key=lambda p: p.start)


def _from_places(text: str, places: list[Place], exact: bool) -> Template | None:
    """Return the template of a text with placeholders: its first turn, begun as its last one is."""
    users = [p for p in places if p.kind == "user"]
    answers = [p for p in places if p.kind == "answer"]
    systems = [p for p in places if p.kind == "system"]
    if len(systems) > 1 or (systems and systems[0].start > users[0].start):
        return None
    first, last = users[0], users[-1]
    if len(users) > 1 and not answers:
        return None  # two fields of one turn
    if answers and answers[0].start < first.start:
        return None
    behind = [p for p in answers if p.start > last.end]
    if answers and len(users) > 1 and not answers[0].start < users[1].start:
        return None
    tail = text[last.end : behind[0].start if behind else len(text)]
    if behind:
        if tail.endswith((" ", "\t")):
            return None  # whether the blank is sent or belongs to the answer is not said
    elif not exact:
        tail = tail.rstrip()
    said = None
    if systems:
        system = systems[0]
        head = text[: system.start] + SYSTEM + text[system.end : first.start]
    else:
        head, said = _without_system(text[: first.start])
    stop = None
    if answers:
        rest = SPECIAL.match(text, answers[0].end)
        stop = rest[0] if rest else None
    return Template(head + PROMPT + tail, said, stop)


def _from_marks(text: str, exact: bool) -> Template | None:
    """Return the template of a prompt with a real question in it, between two marks."""
    users = list(_mark("role_user").finditer(text))
    if len(users) != 1:
        return None
    user = users[0]
    if user[0].casefold() == "[inst]" and "[/INST]" in text[user.end() :]:
        end = text.index("[/INST]", user.end())
        begin, after = end, text[end:]
    else:
        answers = [m for m in _mark("role_assistant").finditer(text) if m.start() >= user.end()]
        if len(answers) != 1:
            return None
        begin = answers[0].start()
        while ends := re.search(rf"(?:{MARKER})\s*$", text[user.end() : begin], re.IGNORECASE):
            begin = user.end() + ends.start()
        after = text[begin:]
        if text[answers[0].end() :].strip():
            return None  # the answer stands there too: where it begins is not said
    said = text[user.end() : begin]
    if not said.strip() or SPECIAL.search(said) or BRACED.search(said):
        return None
    left = said[: len(said) - len(said.lstrip())]
    right = said[len(said.rstrip()) :]
    head, system = _without_system(text[: user.end()])
    whole = head + left + PROMPT + right + after
    return Template(whole if exact else whole.rstrip(), system)


def _without_system(head: str) -> tuple[str, str | None]:
    """Return what stands before the user's message with `{system}` in it, and the message shown."""
    mark = _mark("role_system").search(head)
    if not mark:
        return head, None
    words = SPECIAL.split(head[mark.end() :])[0]
    users = _mark("role_user").search(words)
    message = (words[: users.start()] if users else words).strip()
    if not message or not SPECIAL.search(head[mark.end() :]):
        return head, None
    at = head.index(message, mark.end())
    return head[:at] + SYSTEM + head[at + len(message) :], message
