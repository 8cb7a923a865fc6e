"""Editing an entry by hand is safe: each mistake gives one line with file, line and what to do."""

from __future__ import annotations

import pytest

from cardkit.entries.entry import Entry
from cardkit.entries.files import load, parse
from cardkit.errors import CardkitError

HEAD = 'schema_version: "1"\nname: ant-1b\n'


def said(text: str) -> str:
    with pytest.raises(CardkitError) as error:
        parse(text, "ant-1b/model.yaml")
    return str(error.value)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param(
            "load:\n  dtyp: {value: float16, decided: npu}\n",
            "4: load.dtyp is no key of an entry\n  → did you mean dtype or model_type?",
            id="an unknown key",
        ),
        pytest.param(
            "colour: red\n",
            "3: colour is no key of an entry\n  → the keys are schema_version, name, card, "
            "card_sha256, hubs, names, about, load, prompt, generation, example, spec",
            id="an unknown key that is near to none",
        ),
        pytest.param(
            "load:\n  dtype: {value: float16, decidd: npu}\n",
            "4: load.dtype.decidd is no key of an entry\n  → did you mean decided or derived?",
            id="an unknown origin",
        ),
        pytest.param(
            "load:\n  dtype: {value: floaty, decided: npu}\n",
            "4: load.dtype.value is 'floaty'\n  → it should be 'float32', 'float16', 'bfloat16', "
            "'float64', 'float8_e4m3fn', 'int8' or 'int4'",
            id="an unknown value",
        ),
        pytest.param(
            "spec:\n  num_parameters: {value: 7B, decided: why}\n",
            "4: spec.num_parameters.value is '7B'\n  → it should be an integer",
            id="a text for a number",
        ),
        pytest.param(
            "generation:\n  top_p: {value: [1], decided: why}\n",
            "4: generation.top_p.value is [1]\n  → write a number, true, false or a text",
            id="a list for a setting",
        ),
        pytest.param(
            "load:\n  dtype: float16\n",
            "4: load.dtype is 'float16', without an origin\n"
            "  → write dtype: {value: float16, decided: why}",
            id="no origin, no braces",
        ),
        pytest.param(
            "load:\n  dtype: {value: float16}\n",
            "4: load.dtype has no origin: give one of card, hub, decided, derived\n"
            "  → write it as {value: …, decided: why}, or with card, hub or derived",
            id="no origin",
        ),
        pytest.param(
            "load:\n  dtype: {value: float16, card: 1-5, decided: why}\n",
            "4: load.dtype has 2 origins: give one of card, hub, decided, derived\n"
            "  → write it as {value: …, decided: why}, or with card, hub or derived",
            id="two origins",
        ),
        pytest.param(
            "load:\n  dtype: {value: float16, card: page 3}\n",
            "4: load.dtype.card is 'page 3'\n  → write two character numbers, start-end",
            id="an origin that is no place",
        ),
        pytest.param(
            'load:\n  dtype: {value: float16, decided: " "}\n',
            "4: load.dtype.decided says nothing\n  → say where the value comes from, in words",
            id="a decision without a reason",
        ),
        pytest.param(
            "load:\n  dtype: {decided: why}\n",
            "4: load.dtype.value is missing\n  → write it as {value: …, decided: why}",
            id="no value",
        ),
        pytest.param(
            "load: x\n",
            "3: load is 'x'\n  → write its keys below it",
            id="a value for a section",
        ),
        pytest.param(
            "names:\n  aliases:\n    - {value: ant, decided: d}\n    - {value: 3, decided: d}\n",
            "6: names.aliases.1.value is 3\n  → it should be a string",
            id="the second of a list",
        ),
        pytest.param(
            "hubs:\n  huggingface: {value: a/b/c, decided: why}\n",
            "4: hubs.huggingface.value is 'a/b/c'\n  → write owner/name",
            id="an id that is none",
        ),
        pytest.param(
            "name: bee\n",
            "3: the key 'name' stands twice\n  → keep one of them",
            id="a key twice",
        ),
        pytest.param(
            "load:\n\tdtype: x\n",
            "4: it is not YAML: found character that cannot start any token\n"
            "  → put the value in quotes, or mend the indentation of this line",
            id="a tab",
        ),
    ],
)
def test_a_mistake_is_one_line_with_its_place(written, expected):
    assert said(HEAD + written) == f"ant-1b/model.yaml:{expected}"


def test_several_mistakes_are_counted_and_the_first_is_shown():
    text = HEAD + "load:\n  dtyp: 1\n  rev: 2\n"
    assert said(text).startswith(
        "ant-1b/model.yaml:4: load.dtyp is no key of an entry (and 1 more)\n"
    )


def test_another_version_is_refused_at_its_line():
    assert said('# mine\nschema_version: "9"\nname: ant\n') == (
        "ant-1b/model.yaml:2: its schema_version is '9'; this cardkit reads '1'\n"
        '  → write schema_version: "1", or install the cardkit that wrote it'
    )


@pytest.mark.parametrize("text", ["", "- a\n", "just words\n"])
def test_a_file_that_holds_no_entry_is_refused(text):
    assert said(text) == (
        "ant-1b/model.yaml: it holds no entry\n  → make it anew: cardkit add CARD --name NAME"
    )


def test_words_that_yaml_once_took_for_truth_or_dates_stay_words():
    entry = parse(
        HEAD + "generation: {a: {value: no, decided: d}, b: {value: 2024-01-01, decided: d}, "
        "c: {value: 1e-5, decided: d}, e: {value: '7', decided: d}}\n",
        "m",
    )
    assert {name: leaf.value for name, leaf in entry.generation.items()} == {
        "a": "no",
        "b": "2024-01-01",
        "c": 1e-5,
        "e": "7",
    }


def test_what_is_not_there_says_how_to_get_one(tmp_path):
    with pytest.raises(CardkitError) as error:
        load(tmp_path / "model.yaml")
    assert str(error.value) == (
        f"{tmp_path / 'model.yaml'}: it cannot be read: no such file or directory\n"
        "  → `cardkit models` lists the entries, `cardkit add CARD --name NAME` makes one"
    )


def test_every_field_of_an_entry_says_what_it_is():
    schema = Entry.model_json_schema()
    models = {"Entry": schema, **schema["$defs"]}
    bare = [
        f"{name}.{field}"
        for name, model in models.items()
        for field, shape in model.get("properties", {}).items()
        if "description" not in shape
    ]
    assert bare == []


@pytest.mark.parametrize("value", ["!!int abc", "!!python/object:os.system {}", "&a 1", "*a"])
def test_tags_and_aliases_are_refused(value):
    written = HEAD + f"generation:\n  top_p: {{value: {value}, decided: why}}\n"
    if value.startswith("&"):
        written += "  top_k: {value: *a, decided: why}\n"
    place = 5 if value.startswith("&") else 4  # the anchor is harmless, its alias is not
    assert said(written) == (
        f"ant-1b/model.yaml:{place}: it holds an alias or a tag\n  → write the value itself"
    )


def test_numbers_beyond_all_bounds_stay_texts():
    entry = parse(
        HEAD + f"generation: {{a: {{value: {'9' * 5000}, decided: d}}, "
        "b: {value: 1e999, decided: d}}\n",
        "m",
    )
    assert [type(leaf.value) for leaf in entry.generation.values()] == [str, str]
