"""The data set answers what people ask, in SQL and in figures."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("duckdb", reason="needs the extra `data`")

from cardkit import cli
from cardkit.dataset.build import build
from cardkit.dataset.query import VIEWS, QueryError, apart, described, directions, query
from cardkit.dataset.stats import stats
from cardkit.errors import UsageError
from cardkit.vocabulary import load

OWN = """---
license: mit
base_model: ants/base
---
# Ant 7B

Ant 7B has 7B parameters.

| Model | MMLU (5-shot) | GSM8K |
|---|---|---|
| Ant 7B | 61.5 | 40.0 |
| Bee 7B | 63.0 | 38.0 |

## Training

- learning_rate: 1e-05
"""
OTHER = """---
license: apache-2.0
base_model: ants/base
---
# Bee 7B

| Model | MMLU (5-shot) | GSM8K |
|---|---|---|
| Bee 7B | 0.642 | 0.38 |
| Ant 7B | 0.598 | 0.41 |

## Training

- learning_rate: 3e-05
"""
AGAIN = OWN.replace("license: mit", "license: gpl-3.0").replace("7B parameters", "7.2B parameters")


@pytest.fixture(name="ants", scope="module")
def _ants(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give a data set of cards that state the same results differently."""
    folder = tmp_path_factory.mktemp("ants")
    lines = [
        {"model_id": "ants/ant-7b", "card": OWN},
        {"model_id": "bees/bee-7b", "card": OTHER},
        {"model_id": "ants/ant-7b", "card": AGAIN},
        {"model_id": "copies/ant-7b", "card": OWN},
    ]
    path = folder / "pool.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    build([str(path)], str(folder / "dataset"))
    return str(folder / "dataset")


def rows(sql: str, folder: str) -> list[tuple[Any, ...]]:
    return query(sql, folder).rows


def test_results_of_any_scale_are_compared_and_say_whose_word_they_are(ants: str) -> None:
    sql = "SELECT benchmark, num_fewshot, model, percent, is_self, stated_by, as_printed "
    assert rows(f"{sql} FROM best_results ORDER BY ALL", ants) == [
        ("gsm8k", None, "Ant 7B", 41.0, False, "bees/bee-7b", "0.41"),
        ("mmlu", 5, "Bee 7B", 64.2, True, "bees/bee-7b", "0.642"),
    ]


def test_what_a_model_and_others_say_of_it_stands_side_by_side(ants: str) -> None:
    sql = "SELECT model, benchmark, own_percent, others_percent, difference FROM own_and_others "
    assert rows(f"{sql} WHERE own_card = 'pool.jsonl#0' ORDER BY ALL", ants) == [
        ("Ant 7B", "gsm8k", 40.0, 41.0, 1.0),
        ("Ant 7B", "mmlu", 61.5, 59.8, -1.7),
    ]


def results(tmp_path: Path, *cards: str) -> str:
    """Build a data set of cards, and give its folder."""
    folder = tmp_path / "cards"
    folder.mkdir()
    for number, card in enumerate(cards):
        (folder / f"{number}.md").write_text(card, encoding="utf-8")
    build([str(folder)], str(tmp_path / "dataset"))
    return str(tmp_path / "dataset")


def test_the_lower_error_rate_is_the_better_one(tmp_path: Path) -> None:
    found = results(
        tmp_path,
        "# Ant\n\n## Evaluation\n\n| Model | AISHELL-1 CER (%) |\n|--|--|\n| Ant | 0.9 |\n",
        "# Bee\n\n## Evaluation\n\n| Model | AISHELL-1 CER |\n|--|--|\n| Bee | 0.041 |\n",
    )
    sql = "SELECT model, percent, as_printed FROM best_results"
    assert rows(sql, found) == [("Ant", 0.9, "0.9")]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Common Voice WER", "Common Voice WER"),  # of which languages?
        ("WMT14 BLEU", "WMT14 BLEU"),
        ("MGSM", "MGSM"),
        ("RULER", "RULER"),  # of which lengths?
        ("TruthfulQA", "TruthfulQA"),  # MC1, MC2 or its judge?
        ("AFQMC", "AFQMC"),  # accuracy or a correlation?
    ],
)
def test_results_that_may_be_of_two_tests_or_measures_are_not_compared(
    first: str, second: str, tmp_path: Path
) -> None:
    found = results(
        tmp_path,
        f"# Ant 7B\n\n## Evaluation\n\n| Model | {first} |\n|--|--|\n| Ant 7B | 61.5 |\n",
        f"# Bee 7B\n\n## Evaluation\n\n| Model | {second} |\n|--|--|\n| Ant 7B | 41.5 |\n",
    )
    assert rows("SELECT model, percent FROM results ORDER BY percent", found) == [
        ("Ant 7B", 41.5),
        ("Ant 7B", 61.5),
    ]
    assert rows("FROM best_results UNION ALL BY NAME FROM own_and_others", found) == []


def test_results_of_another_metric_split_or_language_stand_apart(tmp_path: Path) -> None:
    table = "## Evaluation\n\n| Model | SQuAD {} |\n|--|--|\n| {} | {} |\n"
    found = results(
        tmp_path,
        "# Ant 7B\n\n" + table.format("F1", "Ant 7B", 91.5),
        "# Bee 7B\n\n" + table.format("EM", "Bee 7B", 84.5),
        "# Cat 7B\n\n" + table.format("F1 (dev)", "Cat 7B", 93.5),
        "---\nlanguage: ko\n---\n# Dog 7B\n\n" + table.format("F1", "Dog 7B", 95.5),
        "---\nlanguage: [ko, en]\n---\n# Elk 7B\n\n" + table.format("F1", "Elk 7B", 90.5),
    )
    sql = "SELECT metric, split, language, model FROM best_results ORDER BY ALL"
    assert rows(sql, found) == [
        ("exact_match", None, None, "Bee 7B"),
        ("f1", "dev", None, "Cat 7B"),
        ("f1", None, "ko", "Dog 7B"),
        ("f1", None, None, "Ant 7B"),
    ]


def test_a_card_that_is_there_twice_counts_once(ants: str) -> None:
    assert rows("SELECT license_id, models, which FROM models_by_licence ORDER BY 1", ants) == [
        ("apache-2.0", 1, ["bees/bee-7b"]),
        ("gpl-3.0", 1, ["ants/ant-7b"]),
        ("mit", 1, ["ants/ant-7b"]),
    ]


def test_two_cards_of_one_model_that_differ_are_a_contradiction(ants: str) -> None:
    sql = "SELECT model, what, said, cards FROM contradictions "
    assert rows(f"{sql} WHERE between_what = 'between cards' ORDER BY what", ants) == [
        ("ants/ant-7b", "license_id", "gpl-3.0 and mit", ["pool.jsonl#0", "pool.jsonl#2"]),
        (
            "ants/ant-7b",
            "num_parameters",
            "7000000000 and 7200000000",
            ["pool.jsonl#0", "pool.jsonl#2"],
        ),
    ]


def test_settings_stand_by_what_a_model_began_from(ants: str) -> None:
    sql = "SELECT base_model, name, models, least, median, most FROM hyperparameters_by_base_model"
    assert rows(sql, ants) == [("ants/base", "learning_rate", 3, 1e-05, 1e-05, 3e-05)]


def test_the_commonest_setting_is_that_of_the_most_however_it_is_written(tmp_path: Path) -> None:
    card = "---\nbase_model: ants/base\n---\n# {0}\n\n## Training\n\n- num_epochs: {1}\n"
    names = {"Ant": "3", "Bee": "3.0", "Cat": "3", "Dog": "3.0", "Elk": "5", "Fox": "5", "Gnu": "5"}
    found = results(tmp_path, *(card.format(*each) for each in names.items()))
    sql = "SELECT commonest, models FROM hyperparameters_by_base_model"
    assert rows(sql, found) == [("3", 7)]


def test_settings_stand_by_architecture(built: Path) -> None:
    sql = "SELECT architecture, commonest FROM hyperparameters_by_architecture "
    sql += "WHERE name = 'optimizer' AND architecture IS NOT NULL ORDER BY ALL"
    assert ("LlamaForCausalLM", "Adam") in rows(sql, str(built))


@pytest.mark.parametrize("name", VIEWS)
def test_each_view_says_what_it_answers_and_answers(name: str, built: Path) -> None:
    assert described()[name].endswith(".")
    assert query(f"FROM {name}", str(built)).columns


def test_each_file_of_views_is_in_the_table() -> None:
    import cardkit.dataset

    folder = Path(cardkit.dataset.__file__).parent / "views"
    assert {path.stem for path in folder.glob("*.sql")} == set(VIEWS)


def test_each_direction_is_of_a_metric_or_benchmark_that_is_known() -> None:
    words = load("directions.yaml")
    shares = set(load("metrics.yaml")["shares"])
    assert set(words["lower"]) | set(words["neither"]["metrics"]) <= shares
    assert set(words["neither"]["benchmarks"]) <= set(load("benchmarks.yaml")["shares"])
    assert dict(directions()["metric_directions"])["wer"] is False
    for names in apart().values():
        assert set(names) <= set(load("benchmarks.yaml")["shares"])
        assert len(set(names)) == len(names)


def test_a_far_data_set_answers_the_same(ants: str) -> None:
    import fsspec

    fs = fsspec.filesystem("memory")
    fs.put(ants, "/far", recursive=True)
    sql = "SELECT * FROM best_results ORDER BY ALL"
    assert query(sql, "memory://far") == query(sql, ants)


def test_a_query_that_is_none_names_what_there_is(ants: str) -> None:
    with pytest.raises(QueryError, match="modles does not exist") as caught:
        query("SELECT * FROM modles", ants)
    assert caught.value.exit_code == 2
    assert caught.value.todo.startswith("the tables are models, variants")


def test_a_folder_without_a_data_set_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no data set"):
        query("SELECT 1", str(tmp_path))


# ------------------------------------------------------------------------------- command line

Run = Callable[..., str]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*words: str) -> str:
        with pytest.raises(SystemExit) as left:
            cli.main(["dataset", *words])
        assert left.value.code in (0, None)
        return capsys.readouterr().out

    return command


def test_an_answer_is_a_table_csv_or_json(run: Run, ants: str) -> None:
    sql = "SELECT model_name, num_parameters, aliases, license_id = 'mit' AS free FROM models "
    sql += "WHERE given_id = 'bees/bee-7b' OR card = 'pool.jsonl#0' ORDER BY card"
    assert run("query", sql, "-d", ants) == (
        "model_name  num_parameters  aliases  free\n"
        "Ant 7B       7,000,000,000           yes\n"
        "Bee 7B       7,000,000,000           no\n"
    )
    told = run("query", sql, "-d", ants, "-f", "csv")
    assert list(csv.reader(io.StringIO(told))) == [
        ["model_name", "num_parameters", "aliases", "free"],
        ["Ant 7B", "7000000000", "[]", "true"],
        ["Bee 7B", "7000000000", "[]", "false"],
    ]
    names = ("model_name", "num_parameters", "aliases", "free")
    assert json.loads(run("query", sql, "-d", ants, "-f", "json")) == [
        dict(zip(names, ("Ant 7B", 7_000_000_000, [], True), strict=True)),
        dict(zip(names, ("Bee 7B", 7_000_000_000, [], False), strict=True)),
    ]


def test_the_figures_count_what_is_there(ants: str) -> None:
    found = stats(ants)
    assert (found.sources, found.unreadable, found.repeated) == ({"pool.jsonl": 4}, 0, 1)
    assert found.licences == {"mit": 2, "apache-2.0": 1, "gpl-3.0": 1}
    assert (found.coverage["license_id"], found.coverage["datasets"]) == (4, 0)


def test_the_figures_are_shown_and_drawn(run: Run, ants: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="needs the extra `data`")
    told = run("stats", "-d", ants, "--plots", str(tmp_path / "plots"))
    assert told.startswith(
        "4 models · 0 cards could not be read · 1 repeat the bytes of another card\n\n"
        "Sources\n  pool.jsonl  4  100%  ██████████████████████████████\n"
    )
    drawn = {path.name: path.read_bytes() for path in (tmp_path / "plots").iterdir()}
    assert set(drawn) == {"coverage.svg", "licences.svg", "problems.svg"}
    assert b">license_id<" in drawn["coverage.svg"]
    assert re.findall(rb">\d+\.\d+<", b"".join(drawn.values())) == []  # no half a card
    again = tmp_path / "again"
    program = "from cardkit.dataset import plots, stats; import sys; "
    program += "plots.write(stats.stats(sys.argv[1]), sys.argv[2])"
    subprocess.run([sys.executable, "-c", program, ants, str(again)], check=True)
    assert {path.name: path.read_bytes() for path in again.iterdir()} == drawn
