"""The same seed twice (L8)."""

from __future__ import annotations

import hashlib
import json

from cardkit.outcome import Repeats
from cardkit.runner.forced import Forced, hidden, inputs, prompted
from cardkit.runner.scene import Scene, UntriedError


def measure(scene: Scene) -> Repeats:
    """Return whether a second call in this process gives the same, and a digest of the first.

    Where nothing was generated, the hidden states of the prompt stand for the ids.
    """
    first = next((each.output_ids for each in scene.answers if each.output_ids), None)
    if first is None:
        return _hidden(scene)
    again = scene.again() if scene.again is not None else None
    if again is None:
        return Repeats(digest=digest(scene), untried="the call cannot be made a second time")
    return Repeats(
        in_process=again == first, differs_at=differs_at(first, again), digest=digest(scene)
    )


def digest(scene: Scene) -> str:
    """Return the hash of the new ids of all answers."""
    ids = [answer.output_ids for answer in scene.answers]
    return hashlib.sha256(json.dumps(ids).encode()).hexdigest()


def differs_at(one: tuple[tuple[int, ...], ...], other: tuple[tuple[int, ...], ...]) -> int | None:
    """Return the first new token that differs in any row; None where none does."""
    found = []
    for row, again in zip(one, other, strict=False):
        shorter = min(len(row), len(again))
        at = next((i for i in range(shorter) if row[i] != again[i]), shorter)
        if at < max(len(row), len(again)):
            found.append(at)
    return min(found, default=None)


def _hidden(scene: Scene) -> Repeats:
    import torch

    given = Forced(prompted(scene))
    if "decoder_input_ids" in inputs(scene.model, given) or scene.plan.kind == "seq2seq":
        raise UntriedError("the example generated nothing")
    values = [hidden(scene.model, given).float().cpu().contiguous() for _ in range(2)]
    raw = values[0].numpy().tobytes()
    return Repeats(in_process=torch.equal(*values), digest=hashlib.sha256(raw).hexdigest())
