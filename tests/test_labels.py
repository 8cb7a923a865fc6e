from __future__ import annotations

import pytest

from cardkit import scan
from cardkit.prose.labels import headed, labels
from cardkit.text import lines_of


def read(text: str) -> list[tuple[str, str]]:
    blocks = scan.read_blocks(lines_of(text))
    return [(label.name.text, label.value.text) for label in labels(blocks)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("- **License:** MIT", [("License", "MIT")]),
        ("- **License**: MIT", [("License", "MIT")]),
        ("- License: MIT", [("License", "MIT")]),
        ("- **许可证：** MIT", [("许可证", "MIT")]),
        ("- 许可证：MIT", [("许可证", "MIT")]),
        ("**Model Release Date** April 18, 2024.", [("Model Release Date", "April 18, 2024.")]),
        ("**Ant 1B** is a model.", []),
        ("<b>License</b>: MIT", [("License", "MIT")]),
        ("**License:** MIT **Language:** English", [("License", "MIT"), ("Language", "English")]),
        ("- **Demo [optional]:** Yes", [("Demo", "Yes")]),
        ("See https://example.org", []),
        ("At 12:30 we met", []),
        ("We say: a sentence. So: it goes", [("We say", "a sentence. So: it goes")]),
        ("| License | MIT |\n|---|---|\n| Layers | 12 |", [("Layers", "12")]),
    ],
)
def test_reads_labels_in_all_their_forms(text: str, found: list[tuple[str, str]]) -> None:
    assert read(text) == found


def test_a_label_over_a_list_has_each_entry_as_a_value() -> None:
    text = "- **Repositories:**\n    - Core: https://e.org/a\n    - Tools: https://e.org/b"
    assert read(text) == [
        ("Repositories", ""),
        ("Repositories", "Core: https://e.org/a"),
        ("Core", "https://e.org/a"),
        ("Repositories", "Tools: https://e.org/b"),
        ("Tools", "https://e.org/b"),
    ]


def test_a_value_runs_on_over_wrapped_lines_only() -> None:
    wrapped = (
        "- **Data:** a text that was wrapped by its author because it was so very long\nfor a line"
    )
    [(_, value)] = read(wrapped)
    assert value.endswith("so very long for a line")
    assert read("- **Hardware:** H100\nFor more see the paper.") == [("Hardware", "H100")]


def test_a_heading_may_be_the_label_of_the_text_below_it() -> None:
    blocks = scan.read_blocks(lines_of("## Model License\n\nApache-2.0\n\n## Empty\n## Next\nText"))
    found = [(label.name.text, label.value.text) for label in headed(blocks)]
    assert found == [("Model License", "Apache-2.0"), ("Next", "Text")]


def test_labels_in_comments_are_none() -> None:
    assert read("<!-- **License:** MIT -->") == []
