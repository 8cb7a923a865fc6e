"""The problem codes: documented, told with an example, and the same everywhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from cardkit import lint, problems
from cardkit.errors import CrashedError, TooLargeError, UnknownNameError, UnreadableCardError

# The section "problems" of the record's contract.
OF_THE_RECORD = {
    *("frontmatter-missing", "frontmatter-invalid", "license-conflict", "name-conflict"),
    *("unit-conflict", "value-out-of-range", "hyperparameter-conflict", "spec-conflict"),
    *("stage-conflict", "example-commented-out", "example-model-mismatch"),
    *("example-does-not-compile", "example-missing", "comment-unclosed", "link-malformed"),
    *("frontmatter-repaired", "value-conflict", "table-ambiguous", "text-damaged"),
    *(
        "config-conflict",
        "encoding-guessed",
        "no-card",
        "limit-exceeded",
        "time-exceeded",
        "reader-crashed",
    ),
}
CODES = list(problems.meanings())


def test_the_table_holds_the_codes_of_the_record_and_those_of_lint() -> None:
    origins = {row.code: row.origin for row in problems.meanings().values()}
    assert {code for code, origin in origins.items() if origin == "record"} == OF_THE_RECORD
    assert {code for code, origin in origins.items() if origin == "lint"} == {
        *lint.RULES,
        "frontmatter-untidy",
    }


def test_errors_that_cost_a_card_have_codes_of_the_table() -> None:
    kinds = (UnreadableCardError, TooLargeError, CrashedError)
    assert [problems.explain(kind.code).severity for kind in kinds] == ["error"] * 3


def written_in_code() -> Iterator[tuple[str, str, str]]:
    """Yield the codes and severities of the problems that the code makes, and where."""
    for path in Path(problems.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem":
                words = [word.value for word in node.args[:2] if isinstance(word, ast.Constant)]
                if len(words) == 2:
                    yield str(words[0]), str(words[1]), f"{path.name}:{node.lineno}"


@pytest.mark.parametrize(("code", "severity", "where"), [*written_in_code()])
def test_a_problem_is_never_worse_than_its_code_is_told_to_be(
    code: str, severity: str, where: str
) -> None:
    told = problems.explain(code).severity
    assert lint.ORDER.index(severity) >= lint.ORDER.index(told), where


@pytest.mark.parametrize("code", CODES)
def test_each_code_is_told_in_sentences_with_two_examples(code: str) -> None:
    row = problems.explain(code)
    assert row.severity in lint.ORDER
    assert row.meaning.endswith(".")
    assert row.todo.endswith(".")
    assert len(row.meaning) < 110
    assert row.bad
    assert row.good
    assert row.bad != row.good


def test_a_code_is_explained_whole() -> None:
    assert problems.explain("license-unnamed").as_text() == (
        "license-unnamed (warning)\n"
        "\n"
        "The licence is `other`, and nothing says which.\n"
        "→ Add `license_name` and `license_link`.\n"
        "\n"
        "Bad:\n"
        "    ---\n"
        "    license: other\n"
        "    ---\n"
        "\n"
        "Good:\n"
        "    ---\n"
        "    license: other\n"
        "    license_name: ant-licence-v2\n"
        "    license_link: LICENSE\n"
        "    ---"
    )


def test_an_unknown_code_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean table-ambiguous"):
        problems.explain("table-ambigous")


def test_the_list_names_each_code_on_a_line() -> None:
    assert [line.split()[0] for line in problems.listed().splitlines()] == CODES
