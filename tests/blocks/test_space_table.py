from __future__ import annotations

from cardkit.blocks import space_table
from cardkit.text import lines_of


def cut(text: str) -> list[list[str | None]] | None:
    grid = space_table.read(lines_of(text))
    return (
        None
        if grid is None
        else [[None if cell is None else cell.text for cell in row] for row in grid.rows]
    )


def test_as_many_words_in_each_row_as_in_the_head_are_cells() -> None:
    assert cut("model piqa boolq\nants/ant-1b 0.7 0.61\nants/ant-7b 0.75 0.6263") == [
        ["model", "piqa", "boolq"],
        ["ants/ant-1b", "0.7", "0.61"],
        ["ants/ant-7b", "0.75", "0.6263"],
    ]


def test_what_stands_before_the_numbers_is_the_name() -> None:
    table = cut("Model MMLU GSM8K\nAnt 2 chat 40.1 12.0\nBee 38.4 9.7\nWasp 7B 50.2 22.1")
    assert table is not None
    assert [row[0] for row in table[1:]] == ["Ant 2 chat", "Bee", "Wasp 7B"]


def test_a_head_of_several_words_is_one_cell_when_it_is_known() -> None:
    head = "Training Loss Epoch Step Validation Loss Accuracy"
    assert cut(f"{head}\n0.25 1.0 190 0.11 0.96\nNo log 2.0 380 0.09 0.97") == [
        ["Training Loss", "Epoch", "Step", "Validation Loss", "Accuracy"],
        ["0.25", "1.0", "190", "0.11", "0.96"],
        ["No log", "2.0", "380", "0.09", "0.97"],
    ]


def test_heads_that_name_models_end_at_their_sizes() -> None:
    table = cut(
        "task random Ant 2 1.6b Bee 1B Wasp 1B (ours)\npiqa 50 74 69.1 71.1\nsciq 25 94.7 86 90.5"
    )
    assert table is not None
    assert table[0] == ["task", "random", "Ant 2 1.6b", "Bee 1B", "Wasp 1B (ours)"]


def test_an_empty_corner_is_a_missing_cell() -> None:
    table = cut("Ant 7B Bee 2 7B\npiqa 78.4 76.3\nwinogrande 67.9 68.2\nboolq 73.4 73.1")
    assert table is not None
    assert table[:2] == [[None, "Ant 7B", "Bee 2 7B"], ["piqa", "78.4", "76.3"]]


def test_a_short_row_is_left_out_and_never_shifted() -> None:
    rows = ["Ant 40.1 12.0 70.0", "Bee 38.4 71.1", "Wasp 50.2 22.1 72.3", "Moth 51.0 23.4 74.5"]
    text = "\n".join(["Model MMLU BBH PIQA", *rows])
    grid = space_table.read(lines_of(text))
    assert grid is not None
    assert [line.text for line in grid.left] == ["Bee 38.4 71.1"]
    assert len(grid.rows) == 4


def test_a_row_of_words_alone_is_one_cell_over_the_rows_below() -> None:
    table = cut("Benchmark Ant Bee\nCoding Tasks\nMBPP 53.7 46.9\nHumanEval 27.1 24.0")
    assert table is not None
    assert table[1] == ["Coding Tasks", None, None]


def test_a_category_before_a_known_benchmark_is_left_out() -> None:
    text = (
        "Benchmark Ant Bee\nGeneral CMMLU 53.7 46.9\nMMLU 27.1 24.0\nPIQA 70.1 71.2\nBBH 40.0 41.1"
    )
    grid = space_table.read(lines_of(text))
    assert grid is not None
    assert [line.text for line in grid.left] == ["General CMMLU 53.7 46.9"]


def test_a_head_that_can_be_cut_in_two_ways_is_not_cut() -> None:
    assert cut("Pick Ant Soft Hard Low Rank\nseed 1.5 2.5 3.5 4.5\nleaf 1.4 2.4 3.4 4.4") is None


def test_a_config_is_no_table() -> None:
    assert cut("trainer:\nbatch_size: 1\nmax_length: 2048\nseed: 42") is None


def test_a_report_without_a_head_is_no_table() -> None:
    assert (
        cut("B-DATE 0.92 0.86 0.89 375\nI-DATE 0.94 0.94 0.94 747\nB-LAW 0.85 0.80 0.82 23") is None
    )
