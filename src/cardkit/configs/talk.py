"""The pieces that an entry's prompt puts around messages."""

from __future__ import annotations

from typing import NamedTuple

from cardkit.entries.entry import Entry
from cardkit.entries.origins import Valued
from cardkit.prompts import chat_template as templates
from cardkit.prompts.pieces import PROMPT, pieces_of

BEGINNINGS = ("<s>", "<bos>", "<|begin_of_text|>", "<|startoftext|>", "<｜begin▁of▁sentence｜>")
"""Texts of tokens that tokenizers put before a text by themselves."""


class Talk(NamedTuple):
    """What stands around messages; None where nothing is documented."""

    before_user: str | None
    """Before the first message of the user, no system message sent; None: one is always sent."""
    before_system: str | None
    """Before the system message; None when there is no form with one."""
    after_system: str
    """From the system message to the user's first."""
    after_user: str
    """From the last message of the user to where the answer begins."""
    before_answer: str | None
    """From a message of the user to an answer that was given."""
    between_turns: str | None
    """From an answer to the next message of the user."""
    system: str | None
    """The system message that is sent when none is given."""

    @property
    def needs_system(self) -> bool:
        """Whether a system message must be given."""
        return self.before_user is None and self.system is None

    @property
    def several(self) -> bool:
        """Whether several turns are documented."""
        return self.before_answer is not None and self.between_turns is not None


def talk_of(entry: Entry) -> Talk | None:
    """Return the pieces of an entry's prompt, None when no format is known.

    Raises CardkitError if its forms do not belong together.
    """
    prompt = entry.prompt
    if prompt.format is None:
        return None
    pieces = pieces_of(prompt.format.value)
    asked = pieces_of(prompt.with_system.value) if prompt.with_system else pieces
    several = pieces_of(prompt.turns.value) if prompt.turns else asked
    system = prompt.system.value if prompt.system else None
    _of_pieces(entry)  # it holds the forms against each other
    always = pieces.system or (system is not None and asked.system)
    return Talk(
        before_user=None if always else pieces.before_user,
        before_system=asked.before_system,
        after_system=asked.before_user,
        after_user=pieces.after_user,
        before_answer=several.before_answer,
        between_turns=several.between_turns,
        system=system,
    )


def beginning(entry: Entry) -> str | None:
    """Return the token that a tokenizer may add by itself and that the format begins with."""
    text = entry.prompt.format.value if entry.prompt.format else ""
    return next((token for token in BEGINNINGS if text.startswith(token)), None)


def is_plain(entry: Entry) -> bool:
    """Tell whether the prompt is the text itself, as for a base model."""
    return entry.prompt.format is not None and entry.prompt.format.value == PROMPT


def template_of(entry: Entry) -> str | None:
    """Return the chat template of an entry; None for a base model and where no prompt is known."""
    if entry.prompt.chat_template:
        return entry.prompt.chat_template.value
    return None if entry.prompt.format is None or is_plain(entry) else _of_pieces(entry)


def own_template(entry: Entry) -> Valued[str] | None:
    """Return a chat template that is not made from the pieces: the hub's, or a person's."""
    given = entry.prompt.chat_template
    return given if given and given.origin != "derived" else None


def _of_pieces(entry: Entry) -> str:
    prompt = entry.prompt
    assert prompt.format  # noqa: S101 - callers looked
    return templates.chat_template(
        prompt.format.value,
        with_system=prompt.with_system.value if prompt.with_system else None,
        turns=prompt.turns.value if prompt.turns else None,
        system=prompt.system.value if prompt.system else None,
    )
