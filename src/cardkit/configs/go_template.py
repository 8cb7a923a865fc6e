r"""A documented prompt as a template of Go, in the variables that Ollama hands in.

Variables: `.System`, all system messages; `.Messages`, each with `.Role` and `.Content`, those of
one role in a row made one (template/template.go of github.com/ollama/ollama, docs/modelfile.mdx;
syntax: https://pkg.go.dev/text/template). What the card does not document is refused: `slice` of
too short a text stops the template with an error that shows the text.
"""

from __future__ import annotations

from cardkit.configs.talk import Talk
from cardkit.patterns import regex

RISKY = regex(r'\{+|"""+|[^\x20-\x7e\n\t]')
"""What is written as a string of Go: braces that would open an action, quotes that would end a
Modelfile's text, and characters that may be unprintable."""
NO_SYSTEM = "no form with a system message is documented"
NEEDS_SYSTEM = "no form without a system message is documented"
ONE_TURN = "one turn only is documented"
TAKE_TURNS = "messages take turns and the last is the user's"


def go_template(talk: Talk) -> str:
    """Return the template that sends the same text as the pieces."""
    return "".join(
        [
            _system_first(talk),
            '{{ $last := "" }}{{ range .Messages }}',
            '{{ if eq .Role "user" }}{{ if eq $last "" }}',
            _head(talk),
            '{{ else if eq $last "assistant" }}' + _text(talk.between_turns or "")
            if talk.several
            else "",
            "{{ else }}",
            _refuse(TAKE_TURNS if talk.several else ONE_TURN),
            "{{ end }}{{ .Content }}{{ $last = .Role }}",
            _answers(talk),
            "{{ end }}{{ end }}",
            '{{ if ne $last "user" }}' + _refuse(TAKE_TURNS) + "{{ end }}",
            _text(talk.after_user),
        ]
    )


def _system_first(talk: Talk) -> str:
    if talk.before_system is None:
        return "{{ if .System }}" + _refuse(NO_SYSTEM) + "{{ end }}"
    if talk.before_user is None:
        return "{{ if not .System }}" + _refuse(NEEDS_SYSTEM) + "{{ end }}"
    return ""


def _head(talk: Talk) -> str:
    """Return what stands before the user's first text."""
    plain = _text(talk.before_user or "")
    if talk.before_system is None:
        return plain
    full = _text(talk.before_system) + "{{ $.System }}" + _text(talk.after_system)
    if talk.before_user is None:
        return full
    return "{{ if $.System }}" + full + "{{ else }}" + plain + "{{ end }}"


def _answers(talk: Talk) -> str:
    start = '{{ else if eq .Role "assistant" }}'
    if talk.before_answer is None:
        return start + _refuse(ONE_TURN)
    return (
        start
        + '{{ if ne $last "user" }}'
        + _refuse(TAKE_TURNS)
        + "{{ end }}"
        + _text(talk.before_answer)
        + "{{ .Content }}{{ $last = .Role }}"
    )


def _refuse(sentence: str) -> str:
    return f'{{{{ slice "{sentence}" 99 }}}}'


def _text(text: str) -> str:
    r'''Return a text as it stands in a template.

    >>> print(_text('{{x}} \u00a0"""'))
    {{ "{{" }}x}} {{ "\u00a0" }}{{ "\"\"\"" }}
    '''
    return RISKY.sub(lambda found: _written(found[0]), text)


def _written(text: str) -> str:
    if text.isprintable() and text[0] not in '{"':
        return text
    return '{{ "' + "".join(map(_escaped, text)) + '" }}'


def _escaped(sign: str) -> str:
    if sign == '"':
        return '\\"'
    if sign.isprintable():
        return sign
    return f"\\u{ord(sign):04x}" if ord(sign) < 0x10000 else f"\\U{ord(sign):08x}"
