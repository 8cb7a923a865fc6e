"""A documented prompt as the Jinja chat template that transformers, vLLM and llama.cpp take.

Text stands in string literals and every tag eats the blanks before it, so that no setting of
Jinja (`trim_blocks`, `lstrip_blocks`) adds or takes a character. What the card does not document
is refused by the template with a sentence.
"""

from __future__ import annotations

import unicodedata

from cardkit.errors import CardkitError
from cardkit.prompts.pieces import ANSWER, SLOT, Pieces, pieces_of

ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
NO_SYSTEM = "No form with a system message is documented for this model: leave it out."
NEEDS_SYSTEM = "No form without a system message is documented for this model: give one."
ONE_TURN = "One turn only is documented for this model: give one message of the user."
TAKE_TURNS = (
    "Messages take turns, the user first and the assistant next; a system message is first."
)
ONLY_TEXT = "The content of a message must be text."
NO_MESSAGE = "Give at least one message of the user."
ANSWERED = "The last message is an answer: no other can begin behind it."


def chat_template(
    format: str,  # noqa: A002 - the record's word
    *,
    with_system: str | None = None,
    turns: str | None = None,
    system: str | None = None,
) -> str:
    r"""Return the chat template of a format and of the further forms that a card documents.

    `with_system` and `turns` are texts with slots, as `forms_of` returns them; `system` is the
    message that is sent when none is given, for a card that shows it as always there.

    Raises CardkitError if a form does not belong to the format.

    >>> from cardkit.prompts.rendering import render
    >>> template = chat_template("<|user|>\n{prompt}\n<|assistant|>\n")
    >>> render(template, [{"role": "user", "content": "Hi"}])
    '<|user|>\nHi\n<|assistant|>\n'
    """
    pieces = pieces_of(format)
    if ANSWER in SLOT.split(format):
        raise CardkitError("it holds an answer", where="format", todo="give it as `turns`")
    asked = _with_system(pieces, with_system)
    several = _turns(pieces, asked, turns)
    if system is not None and asked is None:
        raise CardkitError(
            "there is a system message and no form with a place for it",
            where="prompt",
            todo="give the form as `with_system`, or leave the message out",
        )
    return "\n".join(_lines(pieces, asked, several, system))


def _with_system(pieces: Pieces, form: str | None) -> Pieces | None:
    """Return the pieces with a place for a system message, or None."""
    if form is None:
        return pieces if pieces.system else None
    asked = pieces_of(form)
    if pieces.system or not asked.system or asked.after_user != pieces.after_user:
        raise CardkitError(
            f"{form!r} is not the format with a place for a system message",
            where="with_system",
            todo="write it as the format, with {system} before {prompt}, up to where an answer "
            "begins",
        )
    return asked


def _turns(pieces: Pieces, asked: Pieces | None, form: str | None) -> Pieces | None:
    """Return the pieces that stand around answers, or None when no form has any."""
    heads = [(p.before_system, p.before_user) for p in (pieces, asked) if p]
    found = pieces_of(form) if form is not None else None
    if found and (
        found.before_answer is None
        or not found.before_answer.startswith(pieces.after_user)
        or (found.before_system, found.before_user) not in heads
    ):
        raise CardkitError(
            f"{form!r} is not several turns of the format",
            where="turns",
            todo="write the format with the user's text and an answer in it, then the next turn",
        )
    also = asked if asked and asked.before_answer is not None else None
    if found and also and found[3:] != also[3:]:
        raise CardkitError(
            "the form with a system message and the form of several turns differ in their turns",
            where="turns",
            todo="write the turns of both alike",
        )
    return found or also


def _lines(
    pieces: Pieces, asked: Pieces | None, several: Pieces | None, system: str | None
) -> list[str]:
    return [
        *_refuse("not messages", NO_MESSAGE),
        *_head(pieces, asked, system),
        *_refuse("turns | length > 1", ONE_TURN, unless=several is not None),
        "{%- for message in turns %}",
        *_refuse("message['content'] is not string", ONLY_TEXT, 1),
        *_refuse("message['role'] != ('assistant' if loop.index0 % 2 else 'user')", TAKE_TURNS, 1),
        *_first(pieces, asked, system),
        *_others(several),
        "    {%- endif %}",
        "{%- endfor %}",
        *_tail(pieces, several),
    ]


def _head(pieces: Pieces, asked: Pieces | None, system: str | None) -> list[str]:
    """Return the lines that take the system message off the turns."""
    if asked is None:
        return [
            *_refuse("messages[0]['role'] == 'system'", NO_SYSTEM),
            "{%- set turns = messages %}",
        ]
    default = "none" if system is None else literal(system)
    needed = pieces.system and system is None
    return [
        "{%- if messages[0]['role'] == 'system' %}",
        "    {%- set system = messages[0]['content'] %}",
        "    {%- set turns = messages[1:] %}",
        *_refuse("system is not string", ONLY_TEXT, 1),
        *_refuse("not turns", NO_MESSAGE, 1),
        "{%- else %}",
        *([f"    {{{{- raise_exception({literal(NEEDS_SYSTEM)}) }}}}"] if needed else []),
        f"    {{%- set system = {default} %}}",
        "    {%- set turns = messages %}",
        "{%- endif %}",
    ]


def _first(pieces: Pieces, asked: Pieces | None, system: str | None) -> list[str]:
    """Return the lines for the user's first message."""
    plain = f"        {{{{- {_sum(pieces.before_user, 'content')} }}}}"
    if asked is None:
        return ["    {%- if loop.first %}", plain]
    before = asked.before_system or ""
    full = f"        {{{{- {_sum(before, 'system', asked.before_user, 'content')} }}}}"
    if pieces.system or system is not None:
        return ["    {%- if loop.first %}", full]
    return [
        "    {%- if loop.first and system is not none %}",
        full,
        "    {%- elif loop.first %}",
        plain,
    ]


def _others(several: Pieces | None) -> list[str]:
    """Return the lines for answers and for the user's further messages."""
    if several is None:
        return []
    lines = []
    if several.between_turns is not None:
        lines += [
            "    {%- elif message['role'] == 'user' %}",
            f"        {{{{- {_sum(several.between_turns, 'content')} }}}}",
        ]
    else:
        lines += ["    {%- elif message['role'] == 'user' %}", f"        {_raise(ONE_TURN)}"]
    return [
        *lines,
        "    {%- else %}",
        f"        {{{{- {_sum(several.before_answer or '', 'content')} }}}}",
    ]


def _tail(pieces: Pieces, several: Pieces | None) -> list[str]:
    """Return the lines behind the last message."""
    begin = f"    {{{{- {literal(pieces.after_user)} }}}}"
    if several is None:
        return ["{%- if add_generation_prompt %}", begin, "{%- endif %}"]
    end = several.after_answer
    return [
        "{%- if turns[-1]['role'] == 'assistant' %}",
        *_refuse("add_generation_prompt", ANSWERED, 1),
        *([f"    {{{{- {literal(end)} }}}}"] if end else []),
        "{%- elif add_generation_prompt %}",
        begin,
        "{%- endif %}",
    ]


def _refuse(condition: str, message: str, depth: int = 0, *, unless: bool = False) -> list[str]:
    """Return the lines that refuse messages of a kind, as deep as they stand."""
    if unless:
        return []
    pad = "    " * depth
    return [
        f"{pad}{{%- if {condition} %}}",
        f"{pad}    {_raise(message)}",
        f"{pad}{{%- endif %}}",
    ]


def _raise(message: str) -> str:
    return f"{{{{- raise_exception({literal(message)}) }}}}"


def _sum(*parts: str) -> str:
    """Return an expression that joins pieces of text and, at every second place, a name."""
    names = {"content": "message['content']", "system": "system"}
    return " + ".join(names[p] if i % 2 else literal(p) for i, p in enumerate(parts) if i % 2 or p)


def literal(text: str) -> str:
    r"""Return a text as a string literal of Jinja, on one line.

    >>> print(literal("It's\n{{ one }}\\"))
    'It\'s\n{{ one }}\\'
    """
    return "'" + "".join(map(_escaped, text)) + "'"


def _escaped(sign: str) -> str:
    if sign in ESCAPES:
        return ESCAPES[sign]
    if unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp"):
        return f"\\u{ord(sign):04x}"
    return sign
