"""What is printed for each target, whole: an entry and its texts in a folder of `cases`.

A text ends with what is not expressed; {{the chat template}} stands for what `cardkit.prompts`
writes. The script for transformers stands there for some entries; all run in `test_scripts_run`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cardkit import configs
from cardkit.entries import files
from cardkit.entries.entry import Entry
from cardkit.errors import CardkitError
from cardkit.prompts.chat_template import chat_template

CASES = Path(__file__).parent / "cases"
TEXTS = sorted(CASES.glob("*/*.txt"))


def printed(entry: Entry, target: str) -> str:
    """Return what a reader sees of a config, or of why there is none."""
    try:
        made = configs.make(entry, target)
    except CardkitError as error:
        return f"=> exit {error.exit_code}: {error}\n"
    missing = "".join(f"=> not expressed: {each}\n" for each in made.missing)
    text = configs.as_text(made)
    if "chat_template.jinja" in made.files:
        text = text.replace(template(entry), "{{the chat template}}")
    return f"{text}\n{missing}"


def template(entry: Entry) -> str:
    """Return the chat template that the prompts of an entry make."""
    assert entry.prompt.format
    forms = {name: getattr(entry.prompt, name) for name in ("with_system", "turns", "system")}
    return chat_template(
        entry.prompt.format.value,
        **{name: form.value if form else None for name, form in forms.items()},
    )


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: f"{path.parent.name} {path.stem}")
def test_a_config_is_printed_so(text: Path) -> None:
    entry = files.load(text.parent / "model.yaml")
    assert printed(entry, text.stem) == text.read_text(encoding="utf-8")


def test_each_entry_has_a_text_for_each_target() -> None:
    found = {(path.parent.name, path.stem) for path in TEXTS}
    names = {path.name for path in CASES.iterdir()}
    needed = {(name, target) for name in names for target in configs.TARGETS}
    assert {target for _, target in needed - found} <= {"transformers"}
    assert found <= needed


def test_files_are_written_byte_for_byte(tmp_path: Path) -> None:
    made = configs.make(files.load(CASES / "odd" / "model.yaml"), "vllm")
    paths = configs.write(made, tmp_path / "new")
    assert [path.name for path in paths] == ["serve.sh", "chat_template.jinja"]
    assert [path.read_bytes() for path in paths] == [text.encode() for text in made.files.values()]


def test_an_unknown_target_names_the_nearest() -> None:
    entry = files.load(CASES / "base" / "model.yaml")
    with pytest.raises(CardkitError) as caught:
        configs.make(entry, "llama")
    assert str(caught.value) == "no target 'llama'\n  → did you mean vllm or ollama or llama.cpp?"
