from __future__ import annotations

from cardkit.blocks import Block, Bullet, Code, Heading, Paragraph, Table
from cardkit.rendered import read_page
from cardkit.text import lines_of


def shown(text: str) -> list[str]:
    return [_shown(placed.block) for placed in read_page(lines_of(text)).blocks]


def _shown(block: Block) -> str:
    match block:
        case Heading(line, level):
            return f"h{level} {line.text}"
        case Bullet(lines, depth, mark):
            return f"{'  ' * depth}{mark} {' / '.join(line.text for line in lines)}"
        case Code(lines, language):
            return f"{language}: {' / '.join(line.text for line in lines)}"
        case Table(rows, _, form):
            return f"{form} {len(rows)}x{len(rows[0])}"
        case Paragraph(lines):
            return f"p {' / '.join(line.text for line in lines)}"
    raise AssertionError(block)


def test_a_short_line_between_blank_lines_is_a_heading() -> None:
    assert shown("Ant 1B\n\nA small model, and quick.\n\nThen:\n\nLimitations\n\nMany.") == [
        "h0 Ant 1B",
        "p A small model, and quick.",
        "p Then:",
        "h2 Limitations",
        "p Many.",
    ]


def test_a_heading_below_a_known_one_stands_in_its_path() -> None:
    page = read_page(lines_of("Evaluation\n\nOn small tasks\n\nIt does well.\n\nCitation\n\nNone."))
    paths = [[heading.line.text for heading in placed.path] for placed in page.blocks]
    assert paths == [[], ["Evaluation"], ["Evaluation", "On small tasks"], [], ["Citation"]]


def test_bullets_and_numbers_keep_their_depth() -> None:
    assert shown("  • one\n    • two\n      more of two\n  1. three") == [
        "• one",
        "  • two / more of two",
        "1. three",
    ]


def test_bare_python_ends_where_prose_begins() -> None:
    load = "import ant\n\n# load it\nmodel = ant.load(\n    'ant-1b',\n)"
    program = f"{load}\n\nfor x in model:\n    print(x)"
    assert shown(f"Run it so:\n\n{program}\n\nIt prints a lot of text.") == [
        "p Run it so:",
        "python: " + program.replace("\n", " / "),
        "p It prints a lot of text.",
    ]


def test_commands_json_and_references_are_code() -> None:
    config = 'Config\n\n{\n  "a": 1\n}'
    cite = "Cite\n\n@misc{ant,\n  year={2024}\n}"
    assert shown(f"Install\n\npip install ant\n\n{config}\n\n{cite}") == [
        "h2 Install",
        "bash: pip install ant",
        "h0 Config",
        'json: { /   "a": 1 / }',
        "h2 Cite",
        "bibtex: @misc{ant, /   year={2024} / }",
    ]


def test_a_prompt_template_stays_prose() -> None:
    assert shown("Prompt\n\n<|user|>\n{prompt}\n<|assistant|>")[1:] == [
        "p <|user|> / {prompt} / <|assistant|>"
    ]


def test_a_table_is_cut_and_named_among_the_repairs() -> None:
    text = "Results\n\nTaskScore\nMMLU0.5766\nPIQA0.8128\nCOPA0.8500\nBoolQ0.8343\n\nDone."
    page = read_page(lines_of(text))
    assert shown(text)[1] == "flattened-table 5x2"
    assert page.repairs == (("flattened-table", 1, page.repairs[0][2]),)
    assert text[slice(*page.repairs[0][2])].startswith("TaskScore")
    assert not page.unread


def test_a_table_with_two_readings_is_unread_and_a_problem() -> None:
    page = read_page(lines_of("Sizes\n\n规模层数头数\n1B1216\n2B1612\n\n完。"))
    assert [piece.text for piece in page.unread] == ["规模层数头数\n1B1216\n2B1612"]
    assert [(problem.code, problem.severity) for problem in page.problems] == [
        ("table-ambiguous", "warning")
    ]


def test_windows_line_ends_and_no_break_spaces_change_nothing() -> None:
    text = "Ant 1B\n\nTask Score\nMMLU 0.57\nPIQA 0.81\n\n\u00a0\nLimitations\n\nMany."
    assert shown(text.replace("\n", "\r\n")) == shown(text)
    assert shown(text) == ["h0 Ant 1B", "space-table 3x2", "h2 Limitations", "p Many."]
