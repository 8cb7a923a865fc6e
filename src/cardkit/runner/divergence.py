"""Divergence: the greedy tokens of the device against those of the reference (L5).

The device writes greedily; the reference is then given what it wrote. Up to the first token that
the reference would not have written both have read the same, so that one pass of the reference
finds the same first divergence as writing with it token by token, in a fraction of the time.
"""

from __future__ import annotations

from typing import Any

from cardkit.outcome import Divergence, Parity
from cardkit.runner.forced import GENERATING, Forced, inputs, logits, longest, prompted
from cardkit.runner.parity import FIRST, number_format
from cardkit.runner.reference import Reference
from cardkit.runner.scene import Scene, UntriedError

NEW = 48
"""Tokens written at most."""
GREEDY = {
    "do_sample": False,
    "num_beams": 1,
    "repetition_penalty": 1.0,
    "no_repeat_ngram_size": 0,
    "return_dict_in_generate": True,
    "output_logits": True,
}
"""Sampling arguments, beams and penalties are left out, on both sides: each token is the highest
logit. What a model's own settings force or forbid all the same is not compared."""


def measure(scene: Scene, reference: Reference, parity: Parity | None) -> Divergence:
    """Return where greedy tokens of the model part from its reference's.

    Raises UntriedError where it writes none.
    """
    if scene.plan.kind not in GENERATING:
        raise UntriedError(f"a model of the kind {scene.plan.kind} generates nothing")
    prompt = prompted(scene)
    length = NEW
    if scene.plan.kind == "causal" and (most := longest(scene.model)):
        length = min(NEW, most - len(prompt))
    if length < 1:
        raise UntriedError(f"the prompt of {len(prompt)} tokens leaves no room for new ones")
    begun, new, ours = written(scene.model, prompt, length)
    if scene.plan.kind == "seq2seq":
        given = Forced(prompt, (*begun, *new[:-1]))
    else:
        given = Forced((*prompt, *new[:-1]))
    return parted(new, ours, logits(reference.model, given, len(new)), scene.model, parity)


def written(model: Any, prompt: tuple[int, ...], length: int) -> tuple[Any, Any, Any]:
    """Return what a decoder began with, the new tokens, and their logits before any processor."""
    import torch

    made = inputs(model, Forced(prompt))
    with torch.no_grad():
        output = model.generate(**made, max_new_tokens=length, **GREEDY)
    if not output.logits:
        raise UntriedError("the model wrote no token")
    ids = output.sequences[0].tolist()
    new = len(output.logits)
    ours = torch.stack([row[0] for row in output.logits])
    return tuple(ids[:-new]), tuple(ids[-new:]), ours


def parted(
    new: tuple[int, ...], ours: Any, theirs: Any, model: Any, parity: Parity | None
) -> Divergence:
    """Return the first token of `new` that the reference would not have written.

    Both logits are (tokens, vocabulary).
    """
    import torch

    if theirs.shape != ours.shape:
        raise UntriedError("the model and its reference have vocabularies of different sizes")
    known = {"delta_logp": parity and parity.delta_logp, "dtype": number_format(model)}
    compared = 0
    for at, token in enumerate(new):
        a, b = ours[at].cpu().double(), theirs[at].cpu().double()
        if torch.isnan(b).any():
            raise UntriedError("the reference's own logits are not finite")
        if torch.isnan(a).any():
            return Divergence(tokens=compared + 1, at=at, in_top5=False, **known)
        if a[token] < a.max():
            continue  # forced or forbidden by the model's settings: it chose nothing
        compared += 1
        first = int(b.argmax())
        if b[token] < b[first]:
            near = bool((a > a[first]).sum() < FIRST and (b > b[token]).sum() < FIRST)
            margin = float(b[first] - b[token])
            return Divergence(tokens=compared, at=at, margin=margin, in_top5=near, **known)
    if not compared:
        raise UntriedError("the model's settings force every token")
    return Divergence(tokens=compared, **known)
