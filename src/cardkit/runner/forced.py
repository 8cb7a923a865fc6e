"""Teacher forcing: what a model foretells at each position of tokens that it is given."""

from __future__ import annotations

import inspect
from typing import Any, NamedTuple

from cardkit.runner.scene import Scene, UntriedError

START = "decoder_start_token_id"
LENGTHS = ("max_position_embeddings", "n_positions", "max_seq_len", "seq_len")
"""What configs call the number of positions; open_lm's and mpt's names are the last two."""
GENERATING = ("causal", "seq2seq")


class Forced(NamedTuple):
    """Tokens that a model is given."""

    ids: tuple[int, ...]
    """What it reads."""
    decoder: tuple[int, ...] = ()
    """What its decoder has written so far, its start token first; empty without a decoder."""


def forced(scene: Scene, positions: int) -> Forced:
    """Return the example's prompt and answer, its first positions where they are more.

    Of a model with a decoder the prompt is whole, and the positions are the answer's.
    Raises UntriedError where there is nothing to give.
    """
    answer = next((ids for given in scene.answers for ids in given.output_ids), ())
    prompt = prompted(scene)
    if scene.plan.kind == "seq2seq":
        if not answer:
            raise UntriedError("the model answered nothing that its decoder could be given")
        return Forced(prompt, (*start(scene.model), *answer)[:positions])
    given = (*prompt, *answer) if scene.plan.kind == "causal" else prompt
    return Forced(given[: min(positions, longest(scene.model) or positions)])


def prompted(scene: Scene) -> tuple[int, ...]:
    """Return the ids of the prompt; raise UntriedError where the model cannot read them."""
    if not scene.prompt_ids:
        raise UntriedError("no prompt reached the model")
    rows = scene.model.get_input_embeddings().weight.shape[0]
    if max(scene.prompt_ids) >= rows:
        raise UntriedError(f"the prompt has the id {max(scene.prompt_ids)}, of {rows} embeddings")
    return scene.prompt_ids


def start(model: Any) -> tuple[int, ...]:
    """Return what a decoder begins with; raise UntriedError where nothing says so."""
    places = (getattr(model, "generation_config", None), model.config)
    found = next((id_ for at in places if (id_ := getattr(at, START, None)) is not None), None)
    if found is None:
        raise UntriedError(f"no {START} says what the decoder begins with")
    return tuple(found) if isinstance(found, list) else (found,)


def longest(model: Any) -> int | None:
    """Return how many positions a model has; None where its config does not say."""
    found = (getattr(model.config, name, None) for name in LENGTHS)
    return next((length for length in found if isinstance(length, int) and length > 0), None)


def inputs(model: Any, given: Forced) -> dict[str, Any]:
    """Return a model's arguments for tokens, (1, tokens), on the device of its embeddings."""
    import torch

    device = model.get_input_embeddings().weight.device
    if device.type == "meta":
        raise UntriedError("weights of the model are not in memory: they are offloaded")
    ids = torch.tensor([given.ids]).to(device)
    made = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    if given.decoder:
        made["decoder_input_ids"] = torch.tensor([given.decoder]).to(device)
    takes = parameters(model)
    if "input_ids" not in takes:
        raise UntriedError("the model's forward pass takes no input_ids")
    return {name: value for name, value in made.items() if name in takes or "kwargs" in takes}


def parameters(model: Any) -> frozenset[str]:
    """Return the names that a model's forward pass takes."""
    return frozenset(inspect.signature(model.forward).parameters)


def logits(model: Any, given: Forced, last: int | None = None) -> Any:
    """Return logits, (positions, vocabulary), of all positions or the last of them.

    Raises UntriedError where the model's output has none over a vocabulary.
    """
    import torch

    few = {"logits_to_keep": last} if last and "logits_to_keep" in parameters(model) else {}
    with torch.no_grad():
        output = model(**inputs(model, given), **few)
    found = getattr(output, "logits", None)
    if found is None or found.ndim != 3:
        raise UntriedError(f"{type(output).__name__} has no logits of each position")
    return found[0, -last:] if last else found[0]


def hidden(model: Any, given: Forced) -> Any:
    """Return the last layer's hidden states, (positions, width).

    Raises UntriedError where the model's output has none.
    """
    import torch

    with torch.no_grad():
        output = model(**inputs(model, given), output_hidden_states=True)
    found = getattr(output, "last_hidden_state", None)
    layers = getattr(output, "hidden_states", None) or getattr(
        output, "decoder_hidden_states", None
    )
    found = layers[-1] if found is None and layers else found
    if found is None:
        raise UntriedError(f"{type(output).__name__} has no hidden states")
    return found[0]
