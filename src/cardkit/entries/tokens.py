"""Whether a tokenizer reads an entry's prompt as the card means it: `check NAME --tokenizer`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cardkit.entries.entry import Entry
from cardkit.entries.faults import Fault
from cardkit.errors import CardkitError


def faults(entry: Entry, folder: str) -> Iterator[Fault]:
    """Yield what is wrong with an entry's prompt for the tokenizer of a folder.

    Raises CardkitError if there is no tokenizer, or the extra `run` is not installed.
    """
    from cardkit.prompts import tokens

    tokenizer, prompt = _tokenizer(folder), entry.prompt
    for leaf in prompt.single_tokens:
        ids = tokenizer(leaf.value, add_special_tokens=False)["input_ids"]
        if len(ids) != 1:
            yield Fault(
                entry.name,
                "marker-split",
                "error",
                f"{leaf.value!r} is to be one token and is {len(ids)}",
                "use the model's own tokenizer, or take it out of prompt.single_tokens",
            )
    if prompt.format and prompt.chat_template:
        system = "" if prompt.system is None else prompt.system.value
        compared = tokens.compare(
            tokenizer,
            prompt.format.value,
            prompt.chat_template.value,
            system=system if "{system}" in prompt.format.value else None,
        )
        for finding in compared.findings:
            yield Fault(
                entry.name,
                finding.code,
                "error" if finding.severity == "error" else "warning",
                finding.message,
                "hold the prompt's markers against the added tokens of the tokenizer",
            )


def _tokenizer(folder: str) -> Any:
    try:
        from transformers import AutoTokenizer
    except ImportError as error:
        raise CardkitError(
            "transformers is not installed", todo="pip install 'cardkit[run]'"
        ) from error
    try:
        return AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise CardkitError(
            f"it holds no tokenizer that transformers reads: {str(error).splitlines()[0]}",
            where=folder,
            todo="give the folder of the model's files, tokenizer.json among them",
        ) from error
