"""The chat template alone, as `tokenizer.chat_template` takes it."""

from __future__ import annotations

from cardkit.configs.kinds import KINDS, kind_of
from cardkit.configs.made import Made
from cardkit.configs.talk import is_plain, template_of
from cardkit.entries.entry import Entry
from cardkit.errors import CardkitError

TARGET = "chat-template"
FILE = "chat_template.jinja"


def make(entry: Entry) -> Made:
    """Return the Jinja template of an entry.

    Raises CardkitError for a base model, for one that gives no text, and where the card documents
    no prompt.
    """
    template = template_of(entry)
    gives = _gives(entry)
    if gives != "text":
        raise CardkitError(
            f"{entry.name} has no chat template: it gives {gives}",
            todo=f"cardkit config {entry.name} --for transformers",
        )
    if template is None:
        if is_plain(entry):
            because = "its card documents the text itself as the prompt, as for a base model"
        else:
            because = entry.prompt.none.value if entry.prompt.none else "no prompt is known"
        raise CardkitError(
            f"{entry.name} has no chat template: {because}",
            todo="send texts as they are, or decide prompt.format in its model.yaml, "
            "with the reason",
        )
    return Made(TARGET, {FILE: template}, [])


def _gives(entry: Entry) -> str:
    try:
        return KINDS[kind_of(entry)].gives
    except CardkitError:
        return "text"  # it has a prompt, and nothing else is known of it
