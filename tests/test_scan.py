"""Cards are cut into the blocks that their authors meant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cardkit.blocks import Bullet, Code, Heading, Paragraph, Placed, Table, front_matter
from cardkit.scan import read_blocks
from cardkit.text import lines_of

SHARED = Path(__file__).parents[2] / "shared" / "cards" / "real"


def shown(card: str) -> list[tuple[str, ...]]:
    """Return a card's blocks in short: kind and words."""
    return [_shown(placed) for placed in read_blocks(lines_of(card))]


def _shown(placed: Placed) -> tuple[str, ...]:
    block = placed.block
    hidden = ("hidden",) if placed.commented else ()
    match block:
        case Heading():
            return (f"h{block.level}", block.line.text, *hidden)
        case Table():
            rows = (" | ".join(cell.text if cell else "∅" for cell in row) for row in block.rows)
            return ("table", *rows, *hidden)
        case Code():
            return ("code", block.language, *(line.text for line in block.lines), *hidden)
        case Bullet():
            return (f"bullet{block.depth}", *(line.text for line in block.lines), *hidden)
        case _:
            return ("prose", *(line.text for line in block.lines), *hidden)


def test_headings_of_all_writings():
    assert shown("# A\n\nB\n===\n\n<h3 align='center'>C</h3>\n\n##D #\n\n**E**") == [
        ("h1", "A"), ("h1", "B"), ("h3", "C"), ("h2", "D"), ("h7", "E"),
    ]  # fmt: skip


def test_a_block_knows_the_headings_above_it():
    blocks = read_blocks(lines_of("# A\n## B\n## C\ntext"))
    assert [heading.line.text for heading in blocks[-1].path] == ["A", "C"]


def test_a_comment_in_code_is_no_heading():
    assert shown("```python\n# load it\n```") == [("code", "python", "# load it")]


def test_a_tag_without_a_blank_line_behind_it_swallows_nothing():
    assert shown('<img src="x">\n# Ant 1B\ntext') == [
        ("prose", '<img src="x">'), ("h1", "Ant 1B"), ("prose", "text"),
    ]  # fmt: skip


def test_a_table_ends_where_the_shape_of_pipes_ends():
    assert shown("intro\n| a | b |\n|---|---|\n| 1 | 2 |\nNote: done.") == [
        ("prose", "intro"), ("table", "a | b", "1 | 2"), ("prose", "Note: done."),
    ]  # fmt: skip


def test_a_second_head_begins_a_second_table():
    assert shown("|a|b|\n|-|-|\n|1|2|\n|c|d|\n|-|-|\n|3|4|") == [
        ("table", "a | b", "1 | 2"), ("table", "c | d", "3 | 4"),
    ]  # fmt: skip


def test_a_rule_between_rows_begins_no_table():
    assert shown("|a|b|\n|-|-|\n|1|2|\n|-|-|\n|3|4|") == [("table", "a | b", "1 | 2", "3 | 4")]


def test_tables_need_no_outer_pipes():
    assert shown("a | b\n--|--\n1 | 2") == [("table", "a | b", "1 | 2")]


def test_a_bar_inside_code_parts_cells_only_when_the_width_says_so():
    assert shown("| a | b |\n|---|---|\n| `x|y` | 2 |") == [("table", "a | b", "`x|y` | 2")]


def test_short_rows_are_filled_with_missing_cells():
    assert shown("|a|b|c|\n|-|-|-|\n|1|\n") == [("table", "a | b | c", "1 | ∅ | ∅")]


def test_tables_stand_in_quotes_and_lists():
    assert shown("> |a|b|\n> |-|-|\n> |1|2|\n\n- list\n\n  |c|d|\n  |-|-|\n  |3|4|") == [
        ("table", "a | b", "1 | 2"), ("bullet0", "list"), ("table", "c | d", "3 | 4"),
    ]  # fmt: skip


def test_spans_of_html_tables_are_filled_in():
    card = (
        "<table><tr><th rowspan=2>m</th><th colspan=2>x</th></tr><tr><th>p</th><th>q</th></tr>"
        "<tr><td>a</td><td>1</td><td>2</td></tr></table>"
    )
    assert shown(card) == [("table", "m | x | x", "m | p | q", "a | 1 | 2")]


def test_cells_and_rows_of_an_html_table_that_are_commented_out_are_none():
    card = (
        "<table><tr><th>m</th><th>x</th></tr>\n<tr><!-- <td>b</td> --><td>a</td><td>1</td></tr>\n"
        "<!--<tr><td>c</td>\n<td>2</td></tr>-->\n</table>"
    )
    assert shown(card) == [("table", "m | x", "a | 1")]


def test_a_layout_table_yields_the_tables_in_it():
    assert shown(
        "<table><tr><td>\n\n<table><tr><td>a</td><td>1</td></tr></table>\n</td></tr></table>"
    ) == [("table", "a | 1")]


def test_a_comment_hides_what_stands_in_it_even_when_opened_twice():
    card = "a\n<!-- one\n<!-- two\n```python\nx = 1\n```-->\nb <!-- c --> d"
    assert shown(card) == [
        ("prose", "a"),
        ("prose", "one", "<!-- two", "hidden"),
        ("code", "python", "x = 1", "hidden"),
        ("prose", "c", "hidden"),
        ("prose", "b  d"),
    ]


def test_entries_of_lists_know_their_depth_and_take_their_own_lines():
    assert shown("- a\n  more\n    - b\n- c\n\n1. d\n") == [
        ("bullet0", "a", "more"), ("bullet1", "b"), ("bullet0", "c"), ("bullet0", "d"),
    ]  # fmt: skip


def test_code_that_is_indented_in_a_list_loses_the_indentation_of_its_fence():
    assert shown("- run\n\n  ```py\n  if x:\n    y()\n  ```") == [
        ("bullet0", "run"), ("code", "py", "if x:", "  y()"),
    ]  # fmt: skip


def test_the_scanner_stays_calm_on_text_of_any_shape():
    for hostile in ("<!--" * 500, "> " * 500, "<table>" * 500, "|" * 5000, "```", "- " * 500):
        read_blocks(lines_of(hostile))


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared cards are not beside the project")
def test_the_scanner_agrees_with_markdown_it_on_real_cards():
    """Headings, fences and rows of tables are counted; HTML headings are the scanner's own."""
    from markdown_it import MarkdownIt

    reference = MarkdownIt("commonmark").enable("table")
    differ = []
    cards = sorted(SHARED.glob("*.md"))
    for path in cards:
        lines = lines_of(path.read_bytes().decode("utf-8", "replace"))
        split = front_matter.split(lines)
        body = split[1] if split else lines
        text = "\n".join(line.text for line in body)
        if _counted_by(reference, text) != _counted(read_blocks(lines_of(text))):
            differ.append(path.name)
    assert len(differ) <= 0.06 * len(cards), differ


def _counted(blocks: tuple[Placed, ...]) -> tuple[int, int]:
    tables = [p.block for p in blocks if isinstance(p.block, Table) and not p.commented]
    pipes = sum(len(table.rows) for table in tables if table.form == "pipe")
    fences = sum(isinstance(p.block, Code) and p.block.fenced and not p.commented for p in blocks)
    return pipes, fences


def _counted_by(reference: object, text: str) -> tuple[int, int]:
    tokens = reference.parse(text)  # type: ignore[attr-defined]
    kinds: Iterator[str] = iter([token.type for token in tokens])
    found = list(kinds)
    return found.count("tr_open"), found.count("fence")


def test_prose_is_kept_whole():
    assert shown("one\ntwo\n\nthree") == [("prose", "one", "two"), ("prose", "three")]
    assert isinstance(read_blocks(lines_of("one"))[0].block, Paragraph)
