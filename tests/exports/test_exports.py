"""What a card says, in the formats of others: valid there, and honest about what is left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from huggingface_hub import ModelCard, eval_result_entries_to_yaml, parse_eval_result_entries
from huggingface_hub.repocard_data import model_index_to_eval_results

from cardkit import cli
from cardkit.exports import EXPORTS, every_eval_ever
from cardkit.exports.reading import record_of
from cardkit.ingest import read_record
from cardkit.vocabulary import load

ROOT = Path(__file__).parents[2]
ENTRIES = sorted(path.parent.name for path in (ROOT / "registry").glob("*/model.yaml"))
CARD = """---
license: mit
pipeline_tag: text-generation
base_model: ants/base
datasets: [ants/hill]
---
# Ant 7B

Ant 7B is a small model that works hard. It has 7B parameters.

| Model | GSM8K (8-shot) | MMLU | WER | Elo |
|---|---|---|---|---|
| Ant 7B | 0.403 | 61.5 | 12.1 | 1102 |
| Bee 7B | 0.38 | 63.0 | 11.0 | 1090 |

## Training

- learning_rate: 1e-05
"""
RECORD = read_record(CARD, uri="ant.md", model_id="ants/ant-7b")
RECORD["model"]["hub"] = "huggingface"


def record(name: str) -> Any:
    return record_of(name, str(ROOT / "registry"))


# ------------------------------------------------------------------------------- eval-results


def test_results_with_a_leaderboard_become_its_entries() -> None:
    made = EXPORTS["eval-results"](RECORD)
    assert made.files == {
        ".eval_results/gsm8k.yaml": "- dataset:\n"
        "    id: openai/gsm8k\n"
        "    task_id: gsm8k\n"
        "  value: 40.3\n"
        "  source:\n"
        "    url: https://huggingface.co/ants/ant-7b\n"
        "    name: Model Card\n"
        "  notes: 8-shot\n"
    }
    unknown = "no leaderboard of the Hub is known for this benchmark"
    assert made.missing == (
        "4 results of other models in the card's tables: they belong to their own",
        f"'MMLU' 61.5: {unknown}",
        f"'WER' 12.1: {unknown}",
        f"'Elo' 1102: {unknown}",
    )


def test_two_values_for_one_score_are_left_to_a_person() -> None:
    twice = {**RECORD, "evaluations": [*RECORD["evaluations"]]}
    twice["evaluations"].append({**twice["evaluations"][0], "normalized": 0.5, "text": "0.5"})
    made = EXPORTS["eval-results"](twice)
    assert made.files == {}
    assert made.missing[-1] == (
        "'GSM8K (8-shot)' 0.403, 'GSM8K (8-shot)' 0.5: several values for one score; which is "
        "this repository's is for a person to say"
    )


FAMILY = """# {}

| Benchmark | {} Base | {} Instruct |
|---|---|---|
| GSM8K | 50.5 | 81.5 |
"""


def family(title: str) -> dict[str, Any]:
    """Return the record of a card with results of two models that are its own."""
    card = read_record(FAMILY.format(title, "Ant 7B", "Ant 7B"), uri="ant.md")
    return {**card, "evaluations": [{**each, "is_self": True} for each in card["evaluations"]]}


def test_of_a_family_only_the_model_of_the_repository_has_results() -> None:
    made = EXPORTS["eval-results"](family("Ant 7B Instruct"))
    (text,) = made.files.values()
    assert [each["value"] for each in yaml.safe_load(text)] == [81.5]
    assert "'GSM8K' 50.5: it is of Ant 7B Base, another model than the card's own" in made.missing


def test_which_model_of_a_family_is_in_the_repository_is_left_to_a_person() -> None:
    made = EXPORTS["eval-results"](family("Ant 7B"))
    whose = "it is of Ant 7B Base, Ant 7B Instruct: which is in this repository is for a person"
    assert (made.files, made.missing) == (
        {},
        (f"'GSM8K' 50.5: {whose} to say", f"'GSM8K' 81.5: {whose} to say"),
    )


@pytest.mark.parametrize("name", ENTRIES)
def test_the_hubs_library_reads_its_results_back(name: str) -> None:
    for text in EXPORTS["eval-results"](record(name)).files.values():
        tree = yaml.safe_load(text)
        assert eval_result_entries_to_yaml(parse_eval_result_entries(tree)) == tree


def test_each_leaderboard_is_of_a_benchmark_that_is_known() -> None:
    assert set(load("hub_benchmarks.yaml")) <= set(load("benchmarks.yaml")["shares"])


# -------------------------------------------------------------------------------- model-index


def test_all_own_results_become_front_matter() -> None:
    made = EXPORTS["model-index"](RECORD)
    (entry,) = yaml.safe_load(made.files["README.md"].split("---\n")[1])["model-index"]
    assert entry["name"] == "Ant 7B"
    assert entry["results"][0] == {
        "task": {"type": "text-generation"},
        "dataset": {
            "type": "openai/gsm8k",
            "name": "GSM8K (8-shot)",
            "args": {"num_fewshot": 8},
        },
        "metrics": [{"type": "score", "value": 0.403, "name": "score (fraction)"}],
        "source": {"name": "Model Card", "url": "https://huggingface.co/ants/ant-7b"},
    }
    assert [each["metrics"][0]["value"] for each in entry["results"]] == [0.403, 61.5, 12.1, 1102]
    assert made.missing == (
        "4 results of other models in the card's tables: they belong to their own",
        "'GSM8K (8-shot)' 0.403: its metric, which the card does not name",
        "'MMLU' 61.5: its metric, which the card does not name",
    )


def test_a_metric_has_the_hubs_name() -> None:
    card = {**RECORD, "evaluations": [{**RECORD["evaluations"][0], "metric": "acc", "std": 0.5}]}
    made = EXPORTS["model-index"](card)
    (entry,) = yaml.safe_load(made.files["README.md"].split("---\n")[1])["model-index"]
    (metric,) = entry["results"][0]["metrics"]
    assert metric == {"type": "accuracy", "value": 0.403, "name": "acc (fraction)"}


@pytest.mark.parametrize("to", EXPORTS)
def test_what_stands_behind_a_plus_minus_is_said_to_be_left_out(to: str) -> None:
    card = {**RECORD, "evaluations": [{**RECORD["evaluations"][0], "std": 0.5}]}
    assert "'GSM8K (8-shot)' 0.403: its ± 0.5" in EXPORTS[to](card).missing


def test_without_a_task_there_is_no_model_index() -> None:
    made = EXPORTS["model-index"]({**RECORD, "model": {"model_name": "Ant 7B"}})
    assert made.files == {}
    assert made.missing[-1] == (
        "4 results: each needs the task of the model, and the card states no pipeline_tag"
    )


@pytest.mark.parametrize("name", ENTRIES)
def test_the_hubs_library_reads_the_model_index_back(name: str) -> None:
    given = {**record(name)}
    given["model"] = {**given["model"], "pipeline_tag": "text-generation"}
    for text in EXPORTS["model-index"](given).files.values():
        index = yaml.safe_load(text.split("---\n")[1])["model-index"]
        for entry in index:
            name_, results = model_index_to_eval_results([entry])
            assert name_ == entry["name"]
            assert [(each.dataset_name, each.metric_value) for each in results] == [
                (each["dataset"]["name"], each["metrics"][0]["value"]) for each in entry["results"]
            ]
        assert ModelCard(text).data.model_name == index[-1]["name"]


# ---------------------------------------------------------------------------- every-eval-ever

# The rules of its schema 0.2.1 in our own words: what must be there, of which type, and no more.
TEXT = {"type": "string"}
TEXTS = {"type": "object", "additionalProperties": TEXT}
RULES = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        "schema_version",
        "evaluation_id",
        "retrieved_timestamp",
        "source_metadata",
        "model_info",
        "eval_library",
        "evaluation_results",
    ],
    "properties": {
        "schema_version": {"const": "0.2.1"},
        "evaluation_id": TEXT,
        "retrieved_timestamp": {"type": "string", "pattern": r"^\d+(\.\d+)?$"},
        "source_metadata": {
            "required": ["source_type", "source_organization_name", "evaluator_relationship"],
            "properties": {
                "source_type": {"enum": ["documentation", "evaluation_run"]},
                "source_organization_name": TEXT,
                "evaluator_relationship": {
                    "enum": ["first_party", "third_party", "collaborative", "other"]
                },
                "additional_details": TEXTS,
            },
        },
        "model_info": {"required": ["name", "id"], "properties": {"name": TEXT, "id": TEXT}},
        "eval_library": {"required": ["name", "version"]},
        "evaluation_results": {
            "type": "array",
            "items": {
                "required": ["evaluation_name", "source_data", "metric_config", "score_details"],
                "properties": {
                    "source_data": {
                        "required": ["dataset_name", "source_type"],
                        "properties": {"source_type": {"enum": ["hf_dataset", "other"]}},
                    },
                    "metric_config": {
                        "required": ["lower_is_better", "score_type", "min_score", "max_score"],
                        "properties": {
                            "lower_is_better": {"type": "boolean"},
                            "score_type": {"const": "continuous"},
                            "min_score": {"type": "number"},
                            "max_score": {"type": "number"},
                        },
                    },
                    "score_details": {
                        "required": ["score"],
                        "properties": {"score": {"type": "number"}, "details": TEXTS},
                    },
                    "generation_config": {"properties": {"additional_details": TEXTS}},
                },
            },
        },
    },
}


def test_results_with_bounds_and_a_direction_become_a_log() -> None:
    made = every_eval_ever.export(RECORD, now=1_700_000_000.4)
    (text,) = made.files.values()
    log = json.loads(text)
    assert list(made.files) == ["Ant-7B_unknown.json"]
    assert log["evaluation_id"] == "unknown/ants-ant-7b/1700000000"
    assert log["model_info"] == {"name": "Ant 7B", "id": "ants/ant-7b"}
    assert log["source_metadata"]["source_organization_name"] == "ants"
    scores = [
        (
            each["source_data"],
            each["score_details"]["score"],
            each["metric_config"]["max_score"],
            each["metric_config"]["lower_is_better"],
        )
        for each in log["evaluation_results"]
    ]
    gsm8k = {"dataset_name": "gsm8k", "source_type": "hf_dataset", "hf_repo": "openai/gsm8k"}
    assert scores == [
        (gsm8k, 0.403, 1.0, False),
        ({"dataset_name": "mmlu", "source_type": "other"}, 61.5, 100.0, False),
        ({"dataset_name": "wer", "source_type": "other"}, 12.1, 100.0, True),
    ]
    assert made.missing[-1] == (
        "'Elo' 1102: the schema asks for its least and greatest value, which nobody states"
    )


def test_each_model_of_a_card_has_a_log_of_its_own() -> None:
    card = family("Ant 7B Instruct")
    card["model"] = {**card["model"], "model_id": "ants/ant-7b-instruct"}
    logs = [json.loads(text) for text in every_eval_ever.export(card, now=7).files.values()]
    assert [(log["evaluation_id"], log["model_info"]["id"]) for log in logs] == [
        ("unknown/Ant-7B-Base/7", "Ant 7B Base"),
        ("unknown/ants-ant-7b-instruct/7", "ants/ant-7b-instruct"),
    ]


@pytest.mark.parametrize("name", ENTRIES)
def test_each_log_keeps_the_rules_of_the_schema(name: str) -> None:
    for text in EXPORTS["every-eval-ever"](record(name)).files.values():
        jsonschema.validate(json.loads(text), RULES)


# ----------------------------------------------------------------------------------- cyclonedx


def test_the_model_is_a_component_with_its_card() -> None:
    made = EXPORTS["cyclonedx"](RECORD)
    (component,) = json.loads(made.files["bom.cdx.json"])["components"]
    assert component["licenses"] == [{"license": {"id": "MIT"}}]
    assert component["pedigree"] == {
        "ancestors": [{"type": "machine-learning-model", "name": "ants/base"}]
    }
    assert component["modelCard"]["modelParameters"] == {
        "task": "text-generation",
        "datasets": [{"type": "dataset", "name": "ants/hill"}],
    }
    assert component["modelCard"]["quantitativeAnalysis"]["performanceMetrics"][0] == {
        "type": "fraction",
        "value": "0.403",
        "slice": "Ant 7B, GSM8K (8-shot), 8-shot",
    }
    named = {each["name"]: each["value"] for each in component["properties"]}
    assert named["cardkit:spec:num_parameters"] == "7000000000"
    assert named["cardkit:training:learning_rate"] == "1e-05"
    assert (named["cardkit:model_id"], named["cardkit:hub"]) == ("ants/ant-7b", "huggingface")


@pytest.mark.parametrize("name", ENTRIES)
def test_each_bill_of_materials_is_valid(name: str) -> None:
    validation = pytest.importorskip(
        "cyclonedx.validation.json", reason="needs the extra `formats`"
    )
    from cyclonedx.schema import SchemaVersion

    (text,) = EXPORTS["cyclonedx"](record(name)).files.values()
    validator = validation.JsonStrictValidator(SchemaVersion.V1_6)
    assert validator.validate_str(text) is None
    broken = text.replace('"machine-learning-model"', '"machine"')
    assert validator.validate_str(broken) is not None


# -------------------------------------------------------------------------------- command line

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            cli.main(["export", *words])
        told = capsys.readouterr()
        return int(left.value.code or 0), told.out, told.err

    return command


def test_a_card_is_printed_and_what_is_left_out_is_said(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "ant.md"
    path.write_text(CARD, encoding="utf-8")
    code, out, err = run(str(path), "--to", "eval-results")
    assert (code, yaml.safe_load(out)[0]["value"]) == (0, 40.3)
    assert err.splitlines()[0] == (
        "cardkit: not carried: 4 results of other models in the card's tables: they belong to "
        "their own"
    )


def test_files_are_written_where_they_are_wanted(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("dclm-7b", "--to", "eval-results", "-o", str(tmp_path))
    written = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.yaml"))
    assert (code, written) == (0, [".eval_results/gpqa_diamond.yaml", ".eval_results/gsm8k.yaml"])
    assert out.count("wrote ") == 2


def test_nothing_to_say_is_a_no(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "ant.md"
    path.write_text("# Ant 7B\n\nAnt 7B has 7B parameters.\n", encoding="utf-8")
    code, out, err = run(str(path), "--to", "eval-results")
    assert (code, out, err) == (1, "", f"cardkit: {path}: nothing to say in eval-results\n")


def test_croissant_is_of_data_sets(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="needs the extra `data`")
    from cardkit.dataset.build import build

    path = tmp_path / "ant.md"
    path.write_text(CARD, encoding="utf-8")
    code, _, err = run(str(path), "--to", "croissant")
    assert (code, "Croissant describes data sets, and this is none" in err) == (2, True)
    build([str(path)], str(tmp_path / "out"))
    code, out, _ = run(str(tmp_path / "out"), "--to", "croissant")
    assert (code, out) == (0, (tmp_path / "out" / "croissant.json").read_text(encoding="utf-8"))
