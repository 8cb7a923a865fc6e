from __future__ import annotations

import pytest

from cardkit.blocks import flattened_table
from cardkit.text import Line, lines_of


def cut(text: str, above: str = "") -> list[list[str | None]] | None:
    grid = flattened_table.read(lines_of(text), above)
    return None if grid is None else [_texts(row) for row in grid.rows]


def _texts(row: tuple[Line | None, ...]) -> list[str | None]:
    return [None if cell is None else cell.text for cell in row]


def left(text: str) -> list[str]:
    grid = flattened_table.read(lines_of(text))
    assert grid is not None
    return [line.text for line in grid.left]


def test_a_spec_row_is_cut_where_only_one_model_is_possible() -> None:
    assert cut("规模训练 Token 数层数隐藏层大小注意力头数上下文长度\n13B1.4T405120404096") == [
        ["规模", "训练 Token 数", "层数", "隐藏层大小", "注意力头数", "上下文长度"],
        ["13B", "1.4T", "40", "5120", "40", "4096"],
    ]


@pytest.mark.parametrize("table", ["规模层数头数\n1B1216", "SizeLayersHeads\n1B1216"])
def test_a_row_with_two_readings_is_never_guessed(table: str) -> None:
    assert cut(table) is None


def test_scores_behind_names_are_cut_by_their_decimals() -> None:
    assert cut("TaskScore\nMMLU0.5766\nPIQA (5-shot)0.8128\nCOPA0.8500\nBoolQ0.8343") == [
        ["Task", "Score"],
        ["MMLU", "0.5766"],
        ["PIQA (5-shot)", "0.8128"],
        ["COPA", "0.8500"],
        ["BoolQ", "0.8343"],
    ]


COMPARISON = """模型参数规模训练数据量(tokens)是否使用开放数据集?CORE2MMLUHARDER
开放权重
Ant27B2T❌49.245.834.1
Bee7B2T❌50.748.535.3
Wasp-0.37B?❌57.062.745.1
Moth8B15T✅57.666.246.3
Flea-1.77B2.1T✅47.054.034.2"""


def test_sizes_token_counts_and_marks_part_a_name_from_its_scores() -> None:
    table = cut(COMPARISON.replace("CORE2", "CORE"), "Other 7B models:")
    assert table is not None
    assert table[0][:4] == ["模型", "参数规模", "训练数据量(tokens)", "是否使用开放数据集?"]
    assert table[0][4:] == ["CORE", "MMLU", "HARDER"]
    assert table[1] == ["开放权重", *[None] * 6]
    assert table[2] == ["Ant2", "7B", "2T", "❌", "49.2", "45.8", "34.1"]
    assert table[4] == ["Wasp-0.3", "7B", "?", "❌", "57.0", "62.7", "45.1"]
    assert table[6] == ["Flea-1.7", "7B", "2.1T", "✅", "47.0", "54.0", "34.2"]


def test_a_size_that_may_belong_to_the_name_needs_a_second_witness() -> None:
    rows = COMPARISON.replace("CORE2", "CORE")
    assert left(rows) == ["Ant27B2T❌49.245.834.1"], "Ant 2 of 7B, or Ant of 27B"


def test_a_name_with_a_version_keeps_its_digits() -> None:
    table = cut("ModelMMLU\nAnt-v0.145.45\nBee-Chat44.93\nWasp52.10\nMoth-246.11")
    assert table is not None
    assert [row[0] for row in table[1:]] == ["Ant-v0.1", "Bee-Chat", "Wasp"]


def test_a_number_that_may_belong_to_the_name_is_left_out() -> None:
    rows = "ModelMMLU\nAnt45.45\nBee44.93\nWasp52.10\nMoth1345.11\nGnat50.20"
    assert left(rows) == ["Moth1345.11"]


def test_a_category_that_touches_a_benchmark_is_left_out() -> None:
    head = "BenchmarkAnt-7BBee-7B"
    rows = f"{head}\nGeneralCMMLU83.175.8\nMMLU76.676.8\nGSM8K57.656.2\nPIQA81.980.0"
    assert cut(rows) is None, "where one name ends is not known"
    known = rows.replace("Ant", "Llama").replace("Bee", "Qwen")
    assert left(known) == ["GeneralCMMLU83.175.8"]


def test_dropped_zeros_do_not_shift_a_row() -> None:
    assert (
        cut("ModelMMLUBBHPIQA\nAnt52.3352.651.1\nBee53.1152.4151.13\nWasp50.0051.1352.65") is None
    )


def test_a_training_log_is_cut_where_steps_grow_evenly_with_epochs() -> None:
    head = "Training LossEpochStepValidation LossF1"
    assert cut(f"{head}\n0.25481.01900.11620.9652\n0.15442.03800.08940.9719") == [
        ["Training Loss", "Epoch", "Step", "Validation Loss", "F1"],
        ["0.2548", "1.0", "190", "0.1162", "0.9652"],
        ["0.1544", "2.0", "380", "0.0894", "0.9719"],
    ]


def test_a_second_head_row_of_shots_is_a_head_row() -> None:
    head = "MMLUC-EvalBBH\n5-shot5-shot3-shot"
    table = f"{head}\nAnt70.171.260.9\nBee68.260.355.1\nWasp50.051.142.7"
    grid = flattened_table.read(lines_of(table))
    assert grid is not None
    assert grid.heads == 2
    assert _texts(grid.rows[1]) == [None, "5-shot", "5-shot", "3-shot"]
    assert _texts(grid.rows[2]) == ["Ant", "70.1", "71.2", "60.9"]


def test_every_cell_points_at_its_own_characters() -> None:
    grid = flattened_table.read(lines_of(COMPARISON.replace("CORE2", "CORE")))
    assert grid is not None
    for cell in [cell for row in grid.rows for cell in row if cell]:
        assert COMPARISON.replace("CORE2", "CORE")[slice(*cell.span())] == cell.text


def test_a_table_whose_cells_stand_apart_is_not_read() -> None:
    assert cut("Task Score\nMMLU 0.5766\nPIQA 0.8128\nCOPA 0.8500\nBoolQ 0.8343") is None
