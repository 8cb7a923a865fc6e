"""What a card's author is told, and what is mended for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from cardkit import fix_files, fixes, lint, problems
from cardkit.blocks import front_matter
from cardkit.errors import UnknownNameError, UsageError
from cardkit.place import Place
from cardkit.shown import findings
from cardkit.text import lines_of

SOURCE: dict[str, Any] = {"source": {"uri": "card.md", "encoding": "utf-8"}, "problems": []}


def told(raw: str, *reported: dict[str, Any]) -> list[tuple[str, Place, str]]:
    """Return code, place and message of a card's findings."""
    record = SOURCE | {"problems": list(reported)}
    return [(f.code, f.start, f.message) for f in lint.findings(raw, record)]


CARD = "---\nlicense: mit\n---\n# 模型\n批处理大小：2048 个序列\n"
PROBLEM = {
    "code": "value-conflict",
    "severity": "error",
    "message": "The batch size is 2048 here, 1024 below. Keep one.",
    "at": {"start": CARD.index("2048"), "end": CARD.index("2048") + 4},
}
LONG = "---\nlicense: mit\n---\n" + "ant " * 500 + "BAD" + " bee" * 500


def test_a_problem_is_shown_with_its_place_its_text_underlined_and_what_to_do() -> None:
    found = lint.findings(CARD, SOURCE | {"problems": [PROBLEM]})
    assert findings.as_text(found).split("\n") == [
        "card.md:5:7: error: The batch size is 2048 here, 1024 below. [value-conflict]",
        "  5 | 批处理大小：2048 个序列",
        "    |             ^^^^",
        "  → Keep one.",
    ]


def test_a_long_line_is_shown_around_the_problem() -> None:
    at = {"start": LONG.index("BAD"), "end": LONG.index("BAD") + 3}
    found = lint.findings(LONG, SOURCE | {"problems": [PROBLEM | {"at": at}]})
    _, source, mark, _ = findings.as_text(found).split("\n")
    assert len(source) <= findings.WINDOW + 6
    assert source[mark.index("^") : mark.rindex("^") + 1] == "BAD"


def test_a_problem_of_several_lines_is_underlined_to_the_end_of_its_first() -> None:
    at = {"start": CARD.index("模型"), "end": len(CARD)}
    found = lint.findings(CARD, SOURCE | {"problems": [PROBLEM | {"at": at}]})
    assert findings.as_text(found).split("\n")[1:3] == ["  4 | # 模型", "    |   ^^^^"]


def test_a_card_cannot_send_signs_to_the_terminal() -> None:
    raw = "---\nlicense: mit\n---\n\x1b[31mred\u202e"
    found = lint.findings(raw, SOURCE | {"problems": [PROBLEM | {"at": {"start": 21, "end": 25}}]})
    assert (
        findings.as_text(found).split("\n")[1] == "  4 | ␛[31mred\N{SYMBOL FOR SUBSTITUTE FORM TWO}"
    )


def test_findings_for_programs_hold_the_same() -> None:
    found = lint.findings(CARD, SOURCE | {"problems": [PROBLEM]})
    assert json.loads(findings.as_json(found)) == [
        {
            "uri": "card.md",
            "line": 5,
            "column": 7,
            "end_line": 5,
            "end_column": 11,
            "severity": "error",
            "code": "value-conflict",
            "message": "The batch size is 2048 here, 1024 below.",
            "todo": "Keep one.",
        }
    ]


def test_github_is_sent_workflow_commands_without_signs_of_their_own() -> None:
    finding = lint.Finding(
        "a,b:c.md", Place(1, 2), Place(1, 5), "note", "no-card", "100% of\nit.", "Look.", ""
    )
    assert findings.as_github([finding]) == (
        "::notice file=a%2Cb%3Ac.md,line=1,endLine=1,col=2,endColumn=5,title=no-card"
        "::100%25 of%0Ait. Look."
    )


def test_severities_are_counted() -> None:
    found = lint.findings(CARD, SOURCE | {"problems": [PROBLEM, PROBLEM]})
    assert findings.tally(found, 3) == "2 errors in 3 cards"


def test_a_rule_can_be_switched_off() -> None:
    record = SOURCE | {"problems": [PROBLEM]}
    assert lint.findings(CARD, record, ignore=["value-conflict"]) == []
    with pytest.raises(UnknownNameError, match="no problem code 'value-conflikt'"):
        lint.findings(CARD, record, ignore=["value-conflikt"])


OF_LINT = [code for code, row in problems.meanings().items() if row.origin == "lint"]


@pytest.mark.parametrize("code", OF_LINT)
def test_a_rule_finds_its_bad_example_and_passes_its_good_one(code: str) -> None:
    row = problems.explain(code)
    assert code in {finding[0] for finding in told(row.bad)}
    assert code not in {finding[0] for finding in told(row.good)}


@pytest.mark.parametrize("code", OF_LINT)
def test_a_good_example_has_nothing_that_is_an_error(code: str) -> None:
    found = lint.findings(problems.explain(code).good, SOURCE)
    assert [finding for finding in found if finding.severity == "error"] == []


def test_what_the_record_says_of_a_place_is_not_said_again() -> None:
    raw = "---\nlicence: mit\n---\n# Ant\n"
    at = {"start": 4, "end": 11}
    reported = PROBLEM | {"code": "frontmatter-repaired", "message": "Wrong.", "at": at}
    assert told(raw, reported) == [("frontmatter-repaired", Place(2, 1), "Wrong.")]


# ------------------------------------------------------------------------------------- --fix

MENDED = {
    "a misspelt key": ("licence: mit", "license: mit"),
    "a licence as ModelScope names it": ("license: Apache License 2.0", "license: apache-2.0"),
    "a licence's SPDX id": ("license: GPL-3.0", "license: gpl-3.0"),
    "a list of licences": ("license:\n- MIT\n- Apache-2.0", "license:\n- mit\n- apache-2.0"),
    "a country for a language": ("language: cn", "language: zh"),
    "one language of a list": ("language: [en, cn]", "language: [en, zh]"),
    "a language that YAML takes for false": ("language:\n- no", 'language:\n- "no"'),
    "a tab for indentation": ("tags:\n\t- small", "tags:\n  - small"),
    "a tab behind a colon": ("license:\tmit", "license: mit"),
    "a full-width colon": ("license：mit", "license: mit"),
    "no blank behind a colon": ("license:mit", "license: mit"),
    "curly quotes": ("license: “mit”", 'license: "mit"'),
    "a key twice with one value": (
        "license: mit\ntags: [a]\nlicense: mit",
        "license: mit\ntags: [a]",
    ),
    "a list twice": ("tags:\n- a\nlanguage: en\ntags:\n- a", "tags:\n- a\nlanguage: en"),
    "several at once": (
        "licence：“Apache License 2.0”\nlanguage:cn",
        'license: "apache-2.0"\nlanguage: zh',
    ),
}
KEPT = {
    "a value that YAML takes apart": "model_name: Ant: small\ntags: [a]",
    "a quoted text that goes on at the margin": 'widget:\n- text: "Be\nkind: now."\nlicense: mit',
    "a licence that keeps no more than its family": "license: apache",
    "a licence that would lose what it says": "license: GPL-3.0-or-later",
    "a language code that is also a country": "language: kr",
    "a key twice with two values": "license: mit\nlicense: gpl-3.0",
    "curly quotes inside a text": "extra_gated_prompt: “Be kind”",
    "curly quotes around a part": "model_name: “Ant” 1B",
    "what stands in a block of text": "extra_gated_prompt: |\n  licence：mit\n\tlanguage:cn",
    "a key that is right": "license: mit\nlicence: mit",
    "a licence with a template's braces": "license: {{ license }}",
    "a link": "license_link: https://ant.example/LICENCE",
}


def card(front: str, end: str = "\n") -> str:
    """Return a card with a front matter; its body shows all that a fix could mistake."""
    return f"---\n{front}\n---\n# Ant\nlicence：“Apache License 2.0”\n".replace("\n", end)


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "windows"])
@pytest.mark.parametrize(("before", "after"), MENDED.values(), ids=MENDED)
def test_front_matter_is_mended_and_nothing_else(before: str, after: str, end: str) -> None:
    assert fixes.mend(card(before, end)) == card(after, end)


@pytest.mark.parametrize(("before", "after"), MENDED.values(), ids=MENDED)
def test_what_was_mended_is_yaml_and_needs_no_more(before: str, after: str) -> None:
    mended = fixes.mend(card(before))
    assert fixes.mend(mended) == mended
    assert isinstance(yaml.safe_load(after), dict)
    split = front_matter.split(lines_of(mended))
    assert split is not None
    assert front_matter.read(split[0])[1] == ()


@pytest.mark.parametrize("front", KEPT.values(), ids=KEPT)
def test_what_needs_judgement_stays(front: str) -> None:
    assert fixes.mend(card(front)) == card(front)


@pytest.mark.parametrize("above", ["\n\n", "\ufeff", "\ufeff\n", "  "])
def test_nothing_stands_before_the_first_fence(above: str) -> None:
    assert fixes.mend(above + card("license: mit")) == card("license: mit")


UNTOUCHED = {
    "no front matter": "# Ant\nlicence: mit\n",
    "a front matter that is never closed": "---\nlicence: mit\n# Ant\n",
    "something above it": "<!-- x -->\n---\nlicence: mit\n---\n",
    "a page around it": "File size: 9 Bytes\n---\nlicence: mit\n---\n",
    "a rule in the body": "# Ant\n\n---\nlicence: mit\n---\n",
    "an empty one": "---\n---\n# Ant\n",
}


@pytest.mark.parametrize("raw", UNTOUCHED.values(), ids=UNTOUCHED)
def test_a_file_without_a_whole_front_matter_at_its_top_is_left_alone(raw: str) -> None:
    assert fixes.mend(raw) == raw


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_file_keeps_its_encoding_and_shows_what_changed(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "card.md"
    body = "\n---\n# 模型\n本模型在中文数据集上训练,许可证见下。\n"
    path.write_bytes(f"---\nlicence: mit{body}".encode(encoding))
    shown = fix_files.mend(str(path), write=True)
    assert path.read_bytes() == f"---\nlicense: mit{body}".encode(encoding)
    assert shown[4:6] == ["-licence: mit", "+license: mit"]
    assert fix_files.mend(str(path), write=True) == []


def test_a_diff_alone_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "card.md"
    path.write_text("---\nlicence: mit\n---\n")
    assert fix_files.mend(str(path), write=False) != []
    assert path.read_text() == "---\nlicence: mit\n---\n"


def test_standard_input_is_not_mended() -> None:
    with pytest.raises(UsageError, match="cannot be mended in place"):
        fix_files.mend("-", write=True)
