"""Every repair undoes its noise, leaves all else alone, and keeps lines pointing at the raw card.

Cases in noise/<repair>.md have a part `before`, and `after` (what becomes of it) or `stays` (it
looks like the noise and is none). `page`, `problems` and `form` say what else is found.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import pytest

from cardkit import noise
from cardkit.noise import REPAIRS, Repaired, clean
from cardkit.text import Line, lines_of

CASES = Path(__file__).parent / "noise"

CLEAN_CARD = """---
license: mit
language:
- en
tags:
- text-generation
model-index:
- name: ant-1b
  results:
  - task:
      type: text-generation
    metrics:
    - type: acc
      value: 0.4
---

# Ant 1B

Ant 1B is a small model. It counts 1, 2 and 3; its π is 3.14, its β1 is 0.9.

## Results

| Model | MMLU | Note |
|-------|------|------|
| Ant 1B | 40.1 | （最好） |
| Bee 1B | 38.0 | `a|b` |

- **License:** MIT
- 学习率：3e-4（峰值）

1. Load it.
2. Run it.

```python
# load it
def run():
    return AutoModel.from_pretrained("ant/ant-1b")
```

See [the page](https://huggingface.co/ant/ant-1b) and https://example.org/a/b.
"""


def texts(lines: list[Line]) -> str:
    return "\n".join(line.text for line in lines)


def test_every_file_is_in_the_table_and_has_cases(read_cases: Any) -> None:
    files = {path.stem for path in Path(noise.__file__).parent.glob("[a-z]*.py")}
    assert files == set(REPAIRS), "add the new file to REPAIRS in noise/__init__.py"
    cases = {path.stem: read_cases(path) for path in CASES.glob("*.md")}
    assert set(cases) == files, "give each repair a file of cases in tests/noise/"
    for name, of in cases.items():
        kinds = {part for case in of for part in case.parts}
        assert {"after", "stays"} <= kinds, f"{name}: one that is repaired, one that stays"


def test_case(case: Any) -> None:
    done = REPAIRS[case.file].repair(lines_of(case.parts["before"]))
    if "stays" in case.parts or "after" not in case.parts:
        assert done is None or done.count == 0 or texts(done.lines) == case.parts["before"]
    else:
        assert done is not None
        assert texts(done.lines) == case.parts["after"]
    found = done or Repaired([], 0, lines_of("")[0].span())
    if "page" in case.parts:
        said = [f"{word.says}: {word.line.text}" for word in found.page]
        assert said == case.parts["page"].split("\n")
    if "problems" in case.parts:
        assert [p.code for p in found.problems] == case.parts["problems"].split()
    if "form" in case.parts:
        assert found.form == case.parts["form"]


def test_a_second_repair_finds_nothing(case: Any) -> None:
    repair = REPAIRS[case.file].repair
    done = repair(lines_of(case.parts["before"]))
    if done is not None:
        again = repair(done.lines)
        assert again is None or texts(again.lines) == texts(done.lines)


def test_every_line_still_points_at_the_raw_card(case: Any) -> None:
    raw = case.parts["before"]
    done = REPAIRS[case.file].repair(lines_of(raw))
    for line in done.lines if done else []:
        ends = [*(piece.at for piece in line.pieces[1:]), len(line.text)]
        for piece, end in zip(line.pieces, ends, strict=True):
            assert 0 <= piece.start <= piece.end <= len(raw)
            if piece.exact:
                written = raw[piece.start : piece.end]
                shown = line.text[piece.at : end]
                assert unicodedata.normalize("NFKC", written) == unicodedata.normalize(
                    "NFKC", shown
                )


@pytest.mark.parametrize("name", REPAIRS)
def test_leaves_a_clean_card_alone(name: str) -> None:
    lines = lines_of(CLEAN_CARD)
    done = REPAIRS[name].repair(lines)
    assert done is None or (done.lines == lines and done.count == 0)


def test_a_clean_card_stays_markdown() -> None:
    cleaned = clean(lines_of(CLEAN_CARD))
    assert (cleaned.form, cleaned.repairs, cleaned.problems) == ("markdown", (), ())


def test_a_byte_order_mark_is_no_part_of_the_card() -> None:
    [line] = clean(lines_of("\ufeff# Ant 1B")).lines
    assert (line.text, line.span()) == ("# Ant 1B", (1, 9))


def test_windows_line_ends_are_no_part_of_a_line() -> None:
    lines = clean(lines_of("# Ant 1B\r\n\r\nSmall.")).lines
    assert [(line.text, line.span()) for line in lines] == [
        ("# Ant 1B", (0, 8)),
        ("", (10, 10)),
        ("Small.", (12, 18)),
    ]


def test_chained_noise_is_undone_from_the_outside() -> None:
    raw = (
        "File size: 60 Bytes\na81c7ac |\n1 2 3 4 5 |\n---\nlicense: mit\n---\n"
        "# Ant 1B πͺ\nIt is donβt care. |"
    )
    cleaned = clean(lines_of(raw))
    assert texts(cleaned.lines) == "---\nlicense: mit\n---\n# Ant 1B \nIt is don’t care."
    assert cleaned.form == "blob-page"
    assert [undone.kind for undone in cleaned.repairs] == ["line-number-gutter", "mojibake"]
