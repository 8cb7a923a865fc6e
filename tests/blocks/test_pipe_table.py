"""Rows of pipes are cut into cells at their bars."""

from __future__ import annotations

from cardkit.blocks import pipe_table
from cardkit.text import lines_of


def rows(card: str) -> list[list[str]]:
    found = pipe_table.read(lines_of(card), 0)
    return [[cell.text if cell else "" for cell in row] for row in found[0].rows] if found else []


def test_a_bar_at_the_beginning_of_a_row_without_outer_bars_stands_behind_an_empty_cell() -> None:
    card = "Model | Size | MMLU\n---|---|---\nAnt | 1B | 40.1\n | 2B | 41.5\n | | 42.0\nBee | 3B |"
    assert rows(card) == [
        ["Model", "Size", "MMLU"],
        ["Ant", "1B", "40.1"],
        ["", "2B", "41.5"],
        ["", "", "42.0"],
        ["Bee", "3B", ""],
    ]


def test_a_head_without_outer_bars_may_begin_with_an_empty_cell() -> None:
    assert rows(" | MMLU | ARC\n---|---|---\nAnt | 40.1 | 30.2") == [
        ["", "MMLU", "ARC"],
        ["Ant", "40.1", "30.2"],
    ]


def test_no_break_spaces_may_stand_in_the_row_of_dashes() -> None:
    assert rows("| a | b |\n|\u00a0---\u00a0|\u00a0---\u00a0|\n| 1 | 2 |") == [
        ["a", "b"],
        ["1", "2"],
    ]
