from __future__ import annotations

from cardkit.blocks import cell_lines
from cardkit.text import lines_of


def cut(cells: str) -> list[list[str | None]] | None:
    grid = cell_lines.read(lines_of(cells.replace(" ", "\n")))
    return (
        None
        if grid is None
        else [[None if cell is None else cell.text for cell in row] for row in grid.rows]
    )


def test_the_period_of_words_and_numbers_is_the_width() -> None:
    assert cut("Model MMLU PIQA Ant 40.1 70.2 Bee - 69.9") == [
        ["Model", "MMLU", "PIQA"],
        ["Ant", "40.1", "70.2"],
        ["Bee", "-", "69.9"],
    ]


def test_a_lost_cell_makes_the_lines_no_table() -> None:
    assert cut("Model MMLU PIQA Ant 40.1 70.2 Bee 69.9") is None
