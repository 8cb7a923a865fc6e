"""Tiny models beside their references, for the tests of parity and divergence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cardkit.entries.entry import Entry
from cardkit.outcome import Answer, Load, Outcome
from cardkit.plan import Plan, Source
from cardkit.runner import divergence, parity
from cardkit.runner.reference import Reference
from cardkit.runner.scene import Scene, UntriedError
from tiny import build, usual

TOLD: dict[str, Any] = {
    "entry": Entry(name="tiny"),
    "hub": "huggingface",
    "id": "none/tiny",
    "source": Source(origin="none"),
}
KINDS = {"AutoModelForMaskedLM": "masked", "AutoModelForSeq2SeqLM": "seq2seq"}
TEXT = (
    "### Instruction:\nName three colours of the sky.\n\n### Response:\nBlue at noon, red in the "
    "evening, and black at night.\n你好，世界。\ndef add(a, b):\n    return a + b\n"
)


class Pair(NamedTuple):
    """The files of a tiny model, its reference, and what is asked of both."""

    folder: Path
    auto: str
    kind: str
    reference: Reference
    ids: tuple[int, ...]

    def load(self, dtype: str = "float32", **more: Any) -> Any:
        """Return the model once more."""
        return load(self.folder, self.auto, dtype, **more)

    def scene(self, model: Any, **more: Any) -> Scene:
        """Return what a run would leave: a model, and an answer that is the prompt again."""
        plan = Plan(**{**TOLD, "kind": self.kind, "loader": self.auto, **more})
        answered = Answer(output_ids=(self.ids[:24],))
        answers = (answered,) if plan.kind in ("causal", "seq2seq") else ()
        told = Load(called=self.auto, model=type(model).__name__, module="", seconds=0.0)
        return Scene(plan, self.folder, model, None, told, answers, {}, self.ids)


def pair(name: str, folder: Path, seed: int = 3) -> Pair:
    """Build a tiny model, and load its reference."""
    import transformers

    build(name, folder, seed=seed, text=TEXT)
    auto = usual(name.partition(" ")[0])
    model = load(folder, auto, "float32")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    ids = tuple(tokenizer(TEXT)["input_ids"][:80])
    reference = Reference(model, f"{type(model).__name__} on cpu in float32", 0)
    return Pair(folder, auto, KINDS.get(auto, "causal"), reference, ids)


def load(folder: Path, auto: str, dtype: str, **more: Any) -> Any:
    """Return a model of a folder, ready to be asked."""
    import torch
    import transformers

    kind = getattr(transformers, auto)
    return kind.from_pretrained(folder, dtype=getattr(torch, dtype), **more).eval()


def outcome(scene: Scene, reference: Reference) -> tuple[Plan, Outcome]:
    """Return what the measurements of L4 and L5 give."""
    near = parity.measure(scene, reference)
    try:
        parted = divergence.measure(scene, reference, near)
    except UntriedError:
        parted = None
    return scene.plan, Outcome(parity=near, divergence=parted, reached="end")


def rows_shuffled(model: Any, names: Sequence[str]) -> None:
    """Permute the rows of the matrix whose name has one of these ends."""
    import torch

    order = torch.Generator().manual_seed(0)
    for name, matrix in model.named_parameters():
        if name.endswith(tuple(names)):
            with torch.no_grad():
                matrix.copy_(matrix[torch.randperm(len(matrix), generator=order)])
            return
    raise AssertionError(f"no matrix ends with {names}")
