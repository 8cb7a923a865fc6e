"""Prompts as they are sent: a format filled, a chat template rendered, a text made visible."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cardkit.errors import CardkitError
from cardkit.patterns import regex
from cardkit.prompts.pieces import ANSWER, SLOT, SYSTEM, pieces_of

if TYPE_CHECKING:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

TRAILING = regex(r" +(?=\n|\Z)")
NEWLINE, TAB, BLANK, OPENS, CLOSES = "⏎", "⇥", "␣", "⟨", "⟩"
SIGNS = (NEWLINE, TAB, BLANK, OPENS, CLOSES)
UNSEEN = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp", "Zs")
"""Unicode's categories of characters that show nothing, or that turn the text around."""


def fill(format: str, prompt: str, system: str | None = None) -> str:  # noqa: A002 - record's word
    r"""Return what is sent for one message of the user; the messages go in as they are.

    Raises CardkitError if a system message is missing, or is given and has no place.

    >>> fill("<|user|>\n{prompt}\n<|assistant|>\n", "What does {prompt} mean?")
    '<|user|>\nWhat does {prompt} mean?\n<|assistant|>\n'
    """
    pieces = pieces_of(format)
    if ANSWER in SLOT.split(format):
        raise CardkitError(
            "it is a prompt of several turns", where="prompt", todo="render its chat template"
        )
    if pieces.before_system is None:
        if system is not None:
            raise CardkitError(
                f"it has no place for a system message: {SYSTEM}",
                where="prompt",
                todo="leave the system message out, or fill the form that has one",
            )
        head = pieces.before_user
    else:
        if system is None:
            raise CardkitError(
                "it has a place for a system message, and none is given",
                where="prompt",
                todo="give one; an empty one is one too",
            )
        head = pieces.before_system + system + pieces.before_user
    return head + prompt + pieces.after_user


def render(
    template: str,
    messages: Sequence[Mapping[str, Any]],
    add_generation_prompt: bool = True,
    **names: Any,
) -> str:
    r"""Return what a chat template makes of messages, rendered as transformers does.

    Further names are what transformers hands in beside them: `bos_token`, `eos_token`, `tools`.
    Raises CardkitError with the template's line if it is no template, refuses the messages, or
    fails.

    >>> render("{{ messages[0].content + '\\n' }}", [{"role": "user", "content": "{{ 1 }}"}])
    '{{ 1 }}\n'
    """
    from jinja2 import TemplateError, TemplateSyntaxError

    try:
        made = _environment().from_string(template)
        return made.render(messages=messages, add_generation_prompt=add_generation_prompt, **names)
    except TemplateSyntaxError as error:
        raise CardkitError(
            f"it is no Jinja template: {error.message}",
            where=f"chat template, line {error.lineno}",
            todo="mend that line",
        ) from error
    except TemplateError as error:
        raise CardkitError(
            error.message or type(error).__name__,
            where=_where(error),
            todo="give messages that the template takes",
        ) from error
    except Exception as error:  # whatever a template's own expressions raise
        raise CardkitError(
            f"it fails: {type(error).__name__}: {error}",
            where=_where(error),
            todo="mend that line, or give messages that the template takes",
        ) from error


def syntax_error(template: str) -> str | None:
    r"""Return what is wrong with a template before any message is given; None if nothing is.

    >>> syntax_error("\n{% for %}")[:7], syntax_error("{{ messages }}")
    ('line 2:', None)
    """
    from jinja2 import TemplateSyntaxError

    try:
        _environment().parse(template)
    except TemplateSyntaxError as error:
        return f"line {error.lineno}: {error.message}"
    return None


def _where(error: Exception) -> str:
    """Return the line of a template at which it failed; Jinja writes it into the traceback."""
    lines = []
    at = error.__traceback__
    while at:
        if at.tb_frame.f_code.co_filename == "<template>":
            lines.append(at.tb_lineno)
        at = at.tb_next
    return f"chat template, line {lines[-1]}" if lines else "chat template"


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    """Return Jinja as transformers sets it up (5.23, utils/chat_template_utils.py)."""
    from jinja2 import TemplateError, nodes
    from jinja2.ext import Extension, loopcontrols
    from jinja2.parser import Parser
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Generation(Extension):
        """`{% generation %}` around an answer changes nothing in the text."""

        tags = {"generation"}  # noqa: RUF012 - Jinja's own declaration

        def parse(self, parser: Parser) -> list[nodes.Node]:
            next(parser.stream)
            return parser.parse_statements(("name:endgeneration",), drop_needle=True)

    def refuse(message: str) -> None:
        raise TemplateError(message)

    def tojson(
        value: Any,
        ensure_ascii: bool = False,
        indent: int | None = None,
        separators: tuple[str, str] | None = None,
        sort_keys: bool = False,
    ) -> str:
        return json.dumps(
            value,
            ensure_ascii=ensure_ascii,
            indent=indent,
            separators=separators,
            sort_keys=sort_keys,
        )

    made = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols]
    )
    made.filters["tojson"] = tojson
    made.globals["raise_exception"] = refuse
    made.globals["strftime_now"] = lambda form: datetime.now().astimezone().strftime(form)
    return made


def visible(text: str) -> str:
    r"""Return a text in which line ends, tabs, blanks at a line's end and unseen signs show.

    What it writes can be told from the text: a sign of its own that stands in the text is
    written by its number, so two texts that differ look different.

    >>> print(visible("Hi \t there  \n⏎\x1b[0m"))
    Hi ⇥ there␣␣⏎
    ⟨U+23CE⟩⟨U+001B⟩[0m
    """
    shown = []
    ends = {i for run in TRAILING.finditer(text) for i in range(*run.span())}
    for i, sign in enumerate(text):
        if sign == "\n":
            shown.append(f"{NEWLINE}\n")
        elif sign == "\t":
            shown.append(TAB)
        elif sign == " ":
            shown.append(BLANK if i in ends else " ")
        elif sign in SIGNS or unicodedata.category(sign) in UNSEEN:
            shown.append(f"{OPENS}U+{ord(sign):04X}{CLOSES}")
        else:
            shown.append(sign)
    return "".join(shown)
