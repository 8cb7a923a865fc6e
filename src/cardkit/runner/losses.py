"""How well a model foretells a text: random weights do no better than chance."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from cardkit.outcome import Loss
from cardkit.runner.forced import Forced, logits, longest, start
from cardkit.runner.scene import Scene, UntriedError
from cardkit.vocabulary import load

DOCUMENTED = "prompt and documented output"
TOKENS = 128
"""Tokens of a text at most."""
STEP = 16
"""Positions at a time: each has a value for each token of the vocabulary."""
TEXTS = 3
"""Reference texts at most."""


def losses(scene: Scene) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the losses, and why there are no others."""
    found: list[Loss] = []
    untried: dict[str, str] = {}
    for name, given in _texts(scene, untried):
        loss = _loss(scene, name, given)
        if math.isfinite(loss.nats):
            found.append(loss)
        else:
            untried[f"loss of {name}"] = "it is not finite"
    return {"losses": tuple(found)}, untried


def _texts(scene: Scene, untried: dict[str, str]) -> Iterator[tuple[str, Forced]]:
    if scene.tokenizer is None:
        raise UntriedError("there is no tokenizer")
    try:
        yield DOCUMENTED, documented(scene)
    except UntriedError as error:
        untried[f"loss of {DOCUMENTED}"] = error.problem
    if scene.plan.kind != "causal":
        untried["loss of reference texts"] = "the model answers texts, and does not go on with them"
        return
    rows = scene.model.get_input_embeddings().weight.shape[0]
    most = min(TOKENS, longest(scene.model) or TOKENS)
    for name, text in reference_texts(scene).items():
        ids = tuple(scene.tokenizer(text)["input_ids"])[:most]
        if len(ids) < 2 or max(ids) >= rows:
            untried[f"loss of {name}"] = "the model has no rows for its tokens"
        else:
            yield name, Forced(ids)


def reference_texts(scene: Scene) -> dict[str, str]:
    """Return cardkit's own texts in the languages of the model; in English where none is known."""
    texts: dict[str, str] = load("reference_texts.yaml")
    languages = [leaf.value.partition("-")[0] for leaf in scene.plan.entry.about.languages]
    known = [name for name in dict.fromkeys(languages) if name in texts][:TEXTS] or ["en"]
    return {name: texts[name] for name in known}


def documented(scene: Scene) -> Forced:
    """Return the prompt with the output that the card shows for it.

    Raises UntriedError where the card shows none, or the prompt that ran is not the card's.
    """
    plan, output = scene.plan, scene.plan.entry.example.expected_output
    if output is None:
        raise UntriedError("the card shows no output")
    asked = plan.asked or ""
    prompt = next((text for answer in scene.answers for text in answer.prompts), "")
    if plan.source.origin != "card" or not asked or asked not in prompt:
        raise UntriedError("the prompt that ran is not the card's")
    said = output.value
    for begins in (prompt, asked):  # cards print the prompt before the answer, or do not
        if said.lstrip().startswith(begins.strip()):
            said = said.lstrip().removeprefix(begins.strip())
            break
    ids = tuple(scene.tokenizer(said, add_special_tokens=False)["input_ids"])
    if not ids:
        raise UntriedError("the output that the card shows is empty")
    if plan.kind == "seq2seq":
        return Forced(scene.prompt_ids, (*start(scene.model), *ids)[:TOKENS])
    return Forced((*scene.prompt_ids, *ids)[: min(TOKENS, longest(scene.model) or TOKENS)])


def _loss(scene: Scene, name: str, given: Forced) -> Loss:
    """Return the mean over a text's tokens but the first; of a decoder's all that it wrote."""
    import torch

    read = given.decoder or given.ids
    values, foretold = logits(scene.model, given), torch.tensor(read[1:])
    total = 0.0
    for at in range(0, len(foretold), STEP):
        right = foretold[at : at + STEP]
        rows = values[at : at + len(right)].float().cpu()
        total += torch.nn.functional.cross_entropy(rows, right, reduction="sum").item()
    return Loss(text=name, tokens=len(foretold), nats=total / len(foretold))
