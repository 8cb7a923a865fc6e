"""What the measurements look at: the model that the example loaded, and what it was asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from cardkit.errors import CardkitError
from cardkit.outcome import Answer, Load
from cardkit.plan import Part, Plan


class Job(Part):
    """What the child process is told, as JSON; paths are as the child sees them."""

    plan: Plan
    script: str
    """Python that runs as `__main__`; the folder of the model is put into it."""
    foreign: bool
    """Whether the script holds code of the card."""
    folder: str
    """The model's files, read-only."""
    work: str
    """The only folder that can be written to: HOME and TMPDIR lie in it; the outcome goes there."""
    seal: str = ""
    """Key of the seals on the lines of the outcome; without it they have none."""
    only_example: bool = False
    """Whether to run the example and say what it answered, without measuring: a second process."""


class Scene(NamedTuple):
    """What there is when the example has come to its end."""

    plan: Plan
    folder: Path
    model: Any
    """The model that the example loaded, on its device, in eval mode."""
    tokenizer: Any
    """The tokenizer that it loaded; None where it loaded none and the folder has none."""
    load: Load
    answers: tuple[Answer, ...]
    arguments: dict[str, Any]
    """The arguments of `from_pretrained` that gave the model, folder aside."""
    prompt_ids: tuple[int, ...]
    """Ids of the first prompt that reached the model; what the tokenizer makes of the plan's
    prompt or text where the example generated nothing."""
    again: Callable[[], tuple[tuple[int, ...], ...] | None] | None = None
    """Makes the first call of `generate` again, with the random state that it had; returns the
    new ids, None where nothing was generated."""
    read: frozenset[str] | None = None
    """The fields of the model's outputs that the example read, where tensors of the model are in
    no file; None where it may have read any."""


class UntriedError(CardkitError):
    """A measurement that cannot be made of this scene; its words are the reason."""
