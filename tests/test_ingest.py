"""A card becomes a record whose every value can be traced."""

from __future__ import annotations

import json

import pytest

from cardkit import Record, UnreadableCardError, read_card
from cardkit.errors import UnknownNameError
from cardkit.ingest import as_json, read_record
from cardkit.tables import pick

CARD = """\ufeff---
license: mit
---
# Ant 1B

Ant 1B has 1.2B parameters.

| Model | MMLU |
|---|---|
| Ant 1B | **40.5** |
"""


def pieces(raw: str) -> dict[str, str]:
    """Return what stands at each piece of evidence of a card."""
    evidence = read_record(raw)["evidence"]
    return {pointer: raw[at["start"] : at["end"]] for pointer, at in evidence.items()}


def test_each_value_points_at_the_characters_it_came_from():
    assert pieces(CARD) == {
        "/model/model_name": "Ant 1B",
        "/model/summary": "Ant 1B has 1.2B parameters.",
        "/model/license/id": "mit",
        "/spec/num_parameters": "1.2B",
        "/evaluations/0/value": "40.5",
    }


def test_windows_line_ends_move_the_places_and_change_no_value():
    windows = CARD.replace("\n", "\r\n")
    before, after = read_record(CARD), read_record(windows)
    assert pieces(windows) == pieces(CARD)
    for part in ("model", "spec", "evaluations"):
        assert after[part] == before[part]


def test_bytes_in_another_encoding_are_read_and_said_so():
    record = read_card("# 蚂蚁 1B\n\n许可证：MIT。这个模型有 12 亿参数。".encode("gb18030"))
    assert record.source.encoding == "gb18030"
    assert record.spec.num_parameters == 1_200_000_000
    assert "encoding-guessed" in [problem.code for problem in record.problems]


def test_a_record_is_what_its_model_says_it_is():
    record = json.loads(as_json(read_record(CARD)))
    assert Record.model_validate(record).spec.num_parameters == 1_200_000_000


@pytest.mark.parametrize("raw", ["", " \n\t\n", "File size: 9 Bytes\na81c7ac |\n1 2 |\n"])
def test_what_holds_no_card_is_refused(raw):
    with pytest.raises(UnreadableCardError):
        read_record(raw)


def test_problems_stand_in_the_order_of_the_card():
    places = [problem["at"]["start"] for problem in read_record(CARD)["problems"]]
    assert places == sorted(places)


def test_an_id_that_the_user_gives_is_used_where_the_card_has_none():
    record = read_record(CARD, model_id="ants/ant-1b")
    assert [e["is_self"] for e in record["evaluations"]] == [True]


def test_an_unknown_name_is_refused_with_the_nearest_ones():
    with pytest.raises(UnknownNameError, match=r"no fruit 'aple'\n  → did you mean apple\?"):
        pick({"apple": 1, "cherry": 2}, "aple", "fruit")


# Conflicts


def codes(card: str) -> list[str]:
    return [problem["code"] for problem in read_record(card)["problems"]]


TWICE_TOLD = """---
model-index:
- name: ant
  results:
  - dataset: {{name: news, type: news}}
    metrics: [{{type: accuracy, value: 0.9134}}]
---
# ant

It achieves the following results on the evaluation set:
- Accuracy: {body}
"""


def test_two_places_that_round_one_number_agree():
    assert "value-conflict" not in codes(TWICE_TOLD.format(body="0.91"))


def test_two_places_that_give_one_value_differently_are_a_problem():
    assert "value-conflict" in codes(TWICE_TOLD.format(body="0.93"))


@pytest.mark.parametrize("name", ["Test Accuracy", "Accuracy LM"])
def test_a_result_of_another_split_or_way_is_no_other_value_of_this_one(name):
    card = TWICE_TOLD.format(body="0.93").replace("value:", f"name: {name}, value:")
    assert "value-conflict" not in codes(card)


def test_a_share_over_a_hundred_percent_is_a_problem():
    table = "| Task | Ant 1B |\n|-|-|\n| MMLU | 40.5% |\n| PIQA | 705% |"
    card = f"# Ant 1B\n\n## Evaluation\n\n{table}"
    assert "value-out-of-range" in codes(card)


def test_an_example_of_another_model_is_a_problem():
    card = (
        "# Ant 7B\n\n```python\nfrom transformers import pipeline\n"
        'pipe = pipeline("text-generation", model="ants/ant-70b-dpo")\n```'
    )
    assert "example-model-mismatch" in codes(card)


LOGGED = """# ant

It achieves the following results on the evaluation set:
- Loss: 0.4512
- Accuracy: {listed}

| Training Loss | Epoch | Step | Validation Loss | Accuracy |
|:-:|:-:|:-:|:-:|:-:|
| 0.6 | 1.0 | 50 | 0.5 | 0.85 |
| 0.3 | 2.0 | 100 | 0.4512 | 0.9123 |
"""


@pytest.mark.parametrize(("listed", "found"), [("0.9123", False), ("0.85", True)])
def test_a_list_that_denies_the_row_of_the_log_with_its_loss_is_a_problem(listed, found):
    assert ("value-conflict" in codes(LOGGED.format(listed=listed))) is found
