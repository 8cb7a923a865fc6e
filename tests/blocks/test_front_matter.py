"""Front matter is found where it stands, and every scalar of it points at its characters."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from cardkit.blocks.front_matter import Node, get, plain, read, scalars, split
from cardkit.text import lines_of


def found(raw: str) -> tuple[str, str] | None:
    parts = split(lines_of(raw))
    if parts is None:
        return None
    yaml, rest = ("\n".join(line.text for line in part) for part in parts)
    return yaml, rest


def understood(yaml: str) -> Any:
    return plain(read(lines_of(yaml))[0])


def codes(yaml: str) -> list[str]:
    return [problem.code for problem in read(lines_of(yaml))[1]]


# ------------------------------------------------------------------------------- where it stands

YAML = "license: mit\nlanguage: en"


@pytest.mark.parametrize(
    "raw",
    [
        f"---\n{YAML}\n---\n# Ant",
        f"---\r\n{YAML}\r\n---\r\n# Ant".replace("mit\nl", "mit\r\nl"),
        f"\ufeff---\n{YAML}\n---\n# Ant",
        f"\n \n\u00a0\n---\n{YAML}\n---\n# Ant",
        f"<!-- a\nhint -->\n---\n{YAML}\n---\n# Ant",
        f"--- \n{YAML}\n---\t\n# Ant",
        f"----\n{YAML}\n-----\n# Ant",
        f" ---\n{YAML}\n ---\n# Ant",
        f"---\n{YAML}\n...\n# Ant",
        f"---\n{YAML}\n# Ant",
        f"{YAML}\n---\n# Ant",
    ],
)
def test_it_is_found_whatever_stands_around_it(raw: str) -> None:
    parts = found(raw)
    assert parts is not None
    assert (parts[0].strip(), parts[1].split("\n")[-1]) == (YAML, "# Ant")


def test_what_stands_above_it_stays_in_the_card() -> None:
    assert found(f"# Ant\n---\n{YAML}\n---\nSmall.") == (YAML, "# Ant\nSmall.")


def test_an_end_that_was_forgotten_is_where_the_first_heading_begins() -> None:
    raw = f"---\n{YAML}\n\n# Ant\n\nAn ant.\n\n---\n\nMore."
    assert found(raw) == (YAML + "\n", "# Ant\n\nAn ant.\n\n---\n\nMore.")


def test_comments_in_it_are_no_headings() -> None:
    raw = "---\n# about the model\nlicense: mit\n# about words\nlanguage: en\n---\n# Ant"
    assert found(raw) == (
        "# about the model\nlicense: mit\n# about words\nlanguage: en",
        "# Ant",
    )


@pytest.mark.parametrize(
    "raw",
    [
        "# Ant\n\nAn ant.\n\n---\n\nlicense: mit\n\n---\n",
        "---\n\n# Ant\n\nAn ant.\n\n---\n\nMore.",
        "---\nAn ant: it walks and carries.\nIt has six legs.\n---\nMore.",
        "license: mit\n---\nA heading that is underlined.",
        "Title: words\nmore words\n---\n",
        "",
        "---",
        "# Ant",
    ],
)
def test_a_rule_in_a_body_is_no_front_matter(raw: str) -> None:
    assert found(raw) is None


def test_one_without_keys_is_empty() -> None:
    assert found("---\n---\n# Ant") == ("", "# Ant")
    assert read([]) == read(lines_of(""))
    assert understood("{}") == {}


# --------------------------------------------------------------------------------- what it says


def test_scalars_stay_as_they_are_written() -> None:
    yaml = "a: no\nb: 1.10\nc: 2024-07-31\nd: 1e-5\ne: 010\nf: 12:30:45\ng: ~\nh: 'x'\ni:"
    assert understood(yaml) == {
        "a": "no", "b": "1.10", "c": "2024-07-31", "d": "1e-5", "e": "010",
        "f": "12:30:45", "g": "~", "h": "x", "i": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "written"),
    [
        ("k: plain  # a comment", "plain"),
        ("k: 'in quotes'", "in quotes"),
        ('k: "🐜 and 蚁"', "🐜 and 蚁"),
        ("🐜: 1\nk: [a, 'b c']", "a"),
        ("k: !!str tagged", "tagged"),
        ("k: &name anchored", "anchored"),
    ],
)
def test_a_scalar_points_at_exactly_its_characters(raw: str, written: str) -> None:
    for before in ("", "\ufeff", "蚁\r\n🐜\r\n"):
        front, _ = read(lines_of(before + raw)[before.count("\n") :])
        line = scalars(get(front, "k"))[0]
        start, end = line.span()
        assert (line.text, (before + raw)[start:end]) == (written, written)


@pytest.mark.parametrize(
    ("raw", "value", "written"),
    [
        ("k: one\n  two", "one two", "one\n  two"),
        ("k: |\n  one\n\n  two\nl: 1", "one\n\ntwo\n", "one\n\n  two"),
        ("k: >-\n  one\n  two\nl: 1", "one two", "one\n  two"),
        (r'k: "a\tb"', "a\tb", r'"a\tb"'),
        ("k: 'it''s'", "it's", "'it''s'"),
    ],
)
def test_a_text_that_yaml_joins_points_at_all_of_it(raw: str, value: str, written: str) -> None:
    line = scalars(get(read(lines_of(raw))[0], "k"))[0]
    start, end = line.span()
    assert (line.text, raw[start:end]) == (value, written)


def test_an_alias_is_what_it_stands_for() -> None:
    assert understood("a: &x [1, 2]\nb: *x") == {"a": ["1", "2"], "b": ["1", "2"]}


def test_a_key_that_stands_twice_keeps_both_values_and_is_reported() -> None:
    front, problems = read(lines_of("license: mit\nlicense: other\ntags: a\ntags: a"))
    assert front is not None
    assert [(key.text, plain(value)) for key, value in front.pairs] == [
        ("license", "mit"), ("license", "other"), ("tags", "a"), ("tags", "a"),
    ]  # fmt: skip
    assert [(p.code, p.where) for p in problems] == [
        ("value-conflict", (13, 20)),
        ("frontmatter-invalid", (36, 40)),
    ]


def test_a_template_is_no_value() -> None:
    yaml = "license: {{ license }}\nlanguage: '{{ language }}'\ntags: [a]\n{% for x in y %}"
    assert understood(yaml) == {"license": "", "language": "", "tags": ["a"]}
    assert codes(yaml) == ["frontmatter-invalid"] * 3


DOUBLED = "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in pairwise("abcdefghijklmnopqrstuv"))


@pytest.mark.parametrize(
    ("yaml", "figure"),
    [
        ("license: mit\na: " + "[" * 200_000, "64"),
        ("license: mit\na: " + "{" * 200_000, "64"),
        ("license: mit\na:\n" + "- " * 300, "64"),
        ("a: &a x\nb: [" + "*a, " * 51 + "]\nlicense: mit", "50"),
        ("a: &a [x, x]\n" + DOUBLED + "license: mit", "100000"),
    ],
)  # fmt: skip
def test_a_limit_is_a_problem_with_its_figure(yaml: str, figure: str) -> None:
    front, problems = read(lines_of(yaml))
    assert plain(get(front, "license")) == "mit"
    limits = [p.message for p in problems if p.code == "limit-exceeded"]
    assert limits
    assert figure in limits[0]


def test_more_than_a_megabyte_is_not_read() -> None:
    front, problems = read(lines_of("a: " + "x" * 1_000_000))
    assert (front, [p.code for p in problems]) == (None, ["limit-exceeded"])


# ------------------------------------------------------------------------------ when it is broken


@pytest.mark.parametrize(
    ("broken", "value"),
    [
        ("k:\n\t- a\n\t- b", ["a", "b"]),
        ("k：v", "v"),
        ("k:v", "v"),
        ("k: “v”", "v"),
        ("k: “two words”, and more: x", "“two words”, and more: x"),
        ("k: [ants](https://example.org)", "[ants](https://example.org)"),
        ("k: one: two", "one: two"),
        ("k: @ants", "@ants"),
        ('k: "v', "v"),
        ('k: v"', "v"),
        ("k: it's: 'x'", "it's: 'x'"),
        ("k: [a, b", ["a", "b"]),
        ("k:\n-a\n-b", ["a", "b"]),
        ("k:\n- a\n - b\n- c", ["a", "b", "c"]),
        ("k:\n\u00a0\u00a0- v", ["v"]),
        ("k: v\x00", "v"),
    ],
)
def test_a_slip_is_mended_and_reported(broken: str, value: object) -> None:
    yaml = f"license: mit\n{broken}\ntags: [x]"
    assert understood(yaml) == {"license": "mit", "k": value, "tags": ["x"]}
    assert set(codes(yaml)) == {"frontmatter-repaired"}


def test_keys_with_a_dash_are_keys() -> None:
    yaml = "- license: mit\n- tags: [x]"
    assert (understood(yaml), codes(yaml)) == (
        {"license": "mit", "tags": ["x"]},
        ["frontmatter-repaired"],
    )


def test_a_key_of_the_top_that_is_indented_belongs_to_the_top() -> None:
    yaml = "tags: [x]\nlanguage: en\n license: mit"
    assert understood(yaml) == {"tags": ["x"], "language": "en", "license": "mit"}
    assert codes(yaml) == ["frontmatter-repaired"]


def test_what_cannot_be_mended_is_left_out_and_reported_at_its_place() -> None:
    yaml = "license: mit\nk: {a: [b}\nsome words alone\ntags: [x]"
    front, problems = read(lines_of(yaml))
    assert plain(front) == {"license": "mit", "tags": ["x"]}
    assert [(p.code, yaml[slice(*p.where)]) for p in problems] == [
        ("frontmatter-invalid", "k: {a: [b}"),
        ("frontmatter-invalid", "some words alone"),
    ]


def test_a_value_is_kept_when_only_the_lines_below_it_are_broken() -> None:
    yaml = "license: mit\n   k: v\ntags: [x]"
    assert understood(yaml) == {"license": "mit", "tags": ["x"]}
    assert codes(yaml) == ["frontmatter-invalid"]


def test_prose_is_no_front_matter_to_read() -> None:
    assert read(lines_of("An ant walks."))[0] is None
    assert codes("An ant walks.") == ["frontmatter-invalid"]


def test_a_mended_value_points_at_its_characters() -> None:
    raw = "k: one: two"
    value = get(read(lines_of(raw))[0], "k")
    assert isinstance(value, Node)
    assert raw[slice(*value.line.span())] == "one: two"
