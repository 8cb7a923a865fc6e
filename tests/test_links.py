from __future__ import annotations

import time

import pytest

from cardkit.blocks import Paragraph, Placed
from cardkit.prose.links import fault, links, plain, references
from cardkit.text import join, lines_of


def shown(text: str) -> list[tuple[str, str, str]]:
    return [(link.kind, link.text.text, link.url.text) for link in links(lines_of(text)[0])]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[us](https://example.org)", [("markdown", "us", "https://example.org")]),
        ('[us](https://example.org "title")', [("markdown", "us", "https://example.org")]),
        ("[x](https://e.org/a_(b))", [("markdown", "x", "https://e.org/a_(b)")]),
        ("[here]()", [("markdown", "here", "")]),
        ("![logo](a.png)", [("image", "logo", "a.png")]),
        (
            "[![logo](a.png)](https://e.org)",
            [("markdown", "![logo](a.png)", "https://e.org"), ("image", "logo", "a.png")],
        ),
        (
            '<a href="https://e.org" target="_blank"><b>us</b></a>',
            [("html", "us", "https://e.org")],
        ),
        ("<img src=https://e.org/a.png>", [("image", "", "https://e.org/a.png")]),
        ("see https://e.org/a, or not", [("bare", "https://e.org/a", "https://e.org/a")]),
        ("（https://e.org/a）。", [("bare", "https://e.org/a", "https://e.org/a")]),
        ("[a](b) [c](d)", [("markdown", "a", "b"), ("markdown", "c", "d")]),
        ("a [note] and (nothing)", []),
    ],
)
def test_finds_links_however_they_are_written(text: str, found: list[tuple[str, str, str]]) -> None:
    assert shown(text) == found


def test_a_link_may_name_its_target_elsewhere() -> None:
    lines = lines_of("by [us][home]\n[home]: https://e.org")
    targets = references([Placed(Paragraph((lines[1],)), ())])
    [link] = links(lines[0], targets)
    assert (link.kind, link.url.text, link.url.span()) == ("reference", "https://e.org", (22, 35))


def test_a_link_over_two_lines_still_points_at_the_card() -> None:
    raw = "[two\nlines](https://e.org)"
    [link] = links(join(lines_of(raw), " "))
    start, end = link.url.span()
    assert (link.text.text, raw[start:end]) == ("two lines", "https://e.org")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[here]()", "it is empty"),
        ("https://e.org/https://e.org/a", "it is two addresses in one"),
        ("[blog](www.example.com/blog)", "it has no scheme"),
        ("[team]((https://e.org))", "it has no scheme"),
        ("[mail](us@example.org)", "it has no scheme"),
        ("[mail](mailto:us@example.org)", None),
        ("[file](docs/README.md)", None),
        ("[section](#usage)", None),
        ("[old](https://web.archive.org/web/2020/https://e.org)", None),
        ("[badge](https://img.e.org/?link=https://e.org)", None),
        ("![](a.png)", None),
    ],
)
def test_says_what_is_wrong_with_a_link(text: str, wrong: str | None) -> None:
    assert fault(links(lines_of(text)[0])[0]) == wrong


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("**Ant** `1B` by [us](x)", "Ant 1B by us"),
        ("ant__small__one and snake_case", "ant__small__one and snake_case"),
        ("_soft_ *word* 2 * 3", "soft word 2 * 3"),
        ("![logo](a.png) Ant&nbsp;1B<br>two", "Ant\u00a01B two"),
        ("a[^1] <b>b</b>", "a b"),
    ],
)
def test_reads_a_line_without_its_markup(text: str, read: str) -> None:
    assert plain(lines_of(text)[0]).text == read


@pytest.mark.parametrize(
    "piece", ["[", "[x](", "[![", "<a ", "https://a", "[x](a ", "**", "_a", "]("]
)
def test_a_hostile_line_takes_linear_time(piece: str) -> None:
    line = lines_of(piece * 20_000)[0]
    began = time.perf_counter()
    links(line)
    plain(line)
    assert time.perf_counter() - began < 2
