"""What is sent is exactly what the format says, and it can be seen."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardkit.errors import CardkitError
from cardkit.prompts.rendering import fill, render, visible

ASKS = [{"role": "user", "content": "Hi"}]


@pytest.mark.parametrize("text", ["{prompt}", "{system}", "{{ 7 * 7 }}", "{% raw %}", "%s", "\\1"])
def test_a_message_goes_in_as_it_is(text: str) -> None:
    assert fill("<{system}|{prompt}>", text, text) == f"<{text}|{text}>"


def test_an_empty_system_message_is_one() -> None:
    assert fill("{system}|{prompt}", "Hi", "") == "|Hi"


@pytest.mark.parametrize(
    ("form", "system", "because"),
    [
        ("{system}|{prompt}", None, "none is given"),
        ("{prompt}", "Be kind.", "no place for a system message"),
        ("{prompt}{answer}", None, "several turns"),
    ],
)
def test_a_missing_or_needless_message_is_refused(
    form: str, system: str | None, because: str
) -> None:
    with pytest.raises(CardkitError, match=because) as error:
        fill(form, "Hi", system)
    assert error.value.todo


def test_a_template_knows_what_transformers_knows() -> None:
    template = (
        "{%- for m in messages %}\n"
        "    {%- if loop.index > 1 %}{% break %}{% endif %}\n"
        "    {% generation %}{{ m | tojson }}{% endgeneration %}\n"
        "{%- endfor %}{{ strftime_now('%Y') | length }}{{ tools }}"
    )
    said = render(template, [{"content": "é<"}, {"content": "b"}], tools="<s>")
    assert said == '{"content": "é<"}4<s>'


@pytest.mark.parametrize(
    ("template", "line", "because"),
    [
        ("a\n{% if %}", 2, "no Jinja template"),
        ("a\n\n{{ raise_exception('No tools here.') }}", 3, "No tools here."),
        ("{{ 1 }}\n{{ messages[0].content + 1 }}", 2, "TypeError"),
        ("{{ none.x.y }}", 1, "none|None"),
        ("{{ messages.append(1) }}", 1, "not safely callable|unsafe"),
    ],
)
def test_an_error_of_a_template_says_its_line(template: str, line: int, because: str) -> None:
    with pytest.raises(CardkitError, match=because) as error:
        render(template, ASKS)
    assert error.value.where == f"chat template, line {line}"
    assert error.value.todo


def seen(shown: str) -> str:
    """Return the text that `visible` has shown."""
    plain = shown.replace("⏎\n", "\n").replace("␣", " ").replace("⇥", "\t")
    return re.sub("⟨U\\+([0-9A-F]+)⟩", lambda m: chr(int(m[1], 16)), plain)


@settings(deadline=None)
@given(st.text() | st.text(st.sampled_from(list(" \t\n\r⏎⇥␣⟨⟩U+20a\x00\u200b\u3000"))))
def test_what_is_visible_leads_back_to_the_text(text: str) -> None:
    assert seen(visible(text)) == text


def test_only_blanks_at_the_end_of_a_line_are_marked() -> None:
    assert visible("a b \n c  ") == "a b␣⏎\n c␣␣"


def test_signs_that_show_nothing_are_written_by_number() -> None:
    assert visible("a\u200bb\u00a0c\u202ed\re") == "a⟨U+200B⟩b⟨U+00A0⟩c⟨U+202E⟩d⟨U+000D⟩e"
