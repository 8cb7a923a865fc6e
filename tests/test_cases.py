"""A case file is read whole, or it fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Reader = Callable[[Path], list[Any]]


def test_a_case_is_a_title_and_its_parts(tmp_path: Path, read_cases: Reader) -> None:
    path = tmp_path / "ant.md"
    path.write_text("# Ants\nWhy.\n\n### One\n~~~before\na\n\nb\n~~~\n\n~~~after\n~~~\n")
    [case] = read_cases(path)
    assert case == ("ant", "One", {"before": "a\n\nb", "after": ""})


@pytest.mark.parametrize(
    "text",
    [
        "no case at all\n",
        "### A title and nothing else\n",
        "~~~before\na\n~~~\n",
        "### Never closed\n~~~before\na\n",
        "### Two parts of one name\n~~~before\na\n~~~\n~~~before\nb\n~~~\n",
        "### Twice\n~~~before\na\n~~~\n### Twice\n~~~before\na\n~~~\n",
        "### A part without a name\n~~~before\na\n~~~\n~~~\nb\n~~~\n",
        "####No title\n~~~before\na\n~~~\n",
    ],
)
def test_a_malformed_file_fails(tmp_path: Path, read_cases: Reader, text: str) -> None:
    path = tmp_path / "ant.md"
    path.write_text(text)
    with pytest.raises(Exception, match=r"ant\.md"):
        read_cases(path)
