"""Whether a model's numbers are sound (L3)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import Any, NamedTuple

from cardkit.outcome import Numerics
from cardkit.runner.forced import Forced, forced, hidden, logits, longest, parameters
from cardkit.runner.losses import losses
from cardkit.runner.mapped import mappings, values
from cardkit.runner.scene import Scene, UntriedError
from cardkit.runner.told import reason

POSITIONS = 128
"""Tokens of the example's prompt and answer that are looked at."""
NEW = 8
"""Tokens that are written with the cache and read again without it."""
PADS = 5
"""Tokens of padding put before the prompt."""
NAMED = 5
"""Parameters that are named, of those with a value that is not finite."""
ENCODER = {
    "losses": "the model writes no text",
    "causality": "an encoder reads what comes later too",
    "cache": "an encoder has none",
    "padding": "only a model that writes is padded before its prompt",
}
ENCODERS = {
    "masked": {**ENCODER, "losses": "the model fills gaps, and goes on with no text"},
    "embedding": ENCODER,
    "classification": ENCODER,
}
"""What does not apply to a kind of model, and why."""

Figures = tuple[dict[str, Any], dict[str, str]]
"""Fields of `Numerics`, and what was not measured, with the reason."""


def measure(scene: Scene) -> Numerics:
    """Return the figures of the example's prompt.

    Raises UntriedError where the model cannot read it.
    """
    kind = scene.plan.kind
    read = hidden if kind in ("embedding", "classification") else logits
    given = _given(scene)
    seen = _seen(read(scene.model, given))
    rows = 0 if read is hidden else seen.width
    if seen.scale is None:
        rest = "the logits are not finite"
        names = ("hidden states" if read is hidden else "logits", *not_finite(scene.model))
        steps = ("losses", "causality", "cache", "padding")
        return Numerics(
            finite=False, not_finite=names, vocabulary=rows, untried=dict.fromkeys(steps, rest)
        )
    found: dict[str, Any] = {
        "scale": seen.scale,
        "not_finite": not_finite(scene.model, buffers=False),  # a row that no token here reads
    }
    untried: dict[str, str] = {}
    steps_of: dict[str, Callable[[], Figures]] = {
        "losses": lambda: losses(scene),
        "causality": lambda: causality(scene, given),
        "cache": lambda: cache(scene, given),
        "padding": lambda: padding(scene, given),
    }
    if kind in ENCODERS:
        steps_of, untried = {}, dict(ENCODERS[kind])
    for name, step in steps_of.items():
        try:
            fields, others = step()
        except Exception as error:  # noqa: BLE001 - the model's code may be foreign
            untried[name] = reason(error, {})
        else:
            found |= fields
            untried |= others
    return Numerics(finite=True, vocabulary=rows, untried=untried, **found)


class Seen(NamedTuple):
    """What is kept of the values of all positions: they are too many to be kept themselves."""

    width: int
    scale: float | None
    """Standard deviation; None where a value is not finite."""


def _seen(values: Any) -> Seen:
    """Look at values, (positions, width)."""
    import torch

    values = values.float().cpu()
    never = torch.ones(values.shape[-1], dtype=torch.bool)
    for row in values:
        never &= torch.isneginf(row)  # rows of the vocabulary that are masked out
    if never.any():
        values = values[:, ~never]
    finite = all(bool(torch.isfinite(row).all()) for row in values)
    return Seen(len(never), float(values.std(correction=0)) if finite else None)


def _given(scene: Scene) -> Forced:
    """Return the example's prompt and answer; of a decoder that answered nothing its start."""
    try:
        return forced(scene, POSITIONS)
    except UntriedError:
        if scene.plan.kind != "seq2seq" or not scene.prompt_ids:
            raise
    from cardkit.runner.forced import prompted, start

    return Forced(prompted(scene), start(scene.model))


def not_finite(model: Any, *, buffers: bool = True) -> tuple[str, ...]:
    """Return the first parameters, and buffers, with a value that is not finite.

    A buffer may be so by intent: a mask is minus infinity where nothing is to be seen.
    """
    found = []
    maps = mappings()
    for name, tensor in [*model.named_parameters(), *(model.named_buffers() if buffers else ())]:
        if not tensor.is_floating_point() or tensor.device.type == "meta":
            continue
        parts = values(tensor.detach().reshape(-1), maps)
        if not all(map(_is_finite, parts)):
            found.append(name)
        if len(found) == NAMED:
            break
    return tuple(found)


def _is_finite(values: Any) -> bool:
    """Tell whether all values are finite.

    Where their sum is, they are; it takes an eighth of the time of looking at each. Where it is
    not, it may be the sum that has grown too large.
    """
    import torch

    wide = torch.float64 if values.dtype == torch.float64 else torch.float32
    finite = torch.isfinite(values.sum(dtype=wide))
    return bool(finite or torch.isfinite(values.to(wide)).all())


def causality(scene: Scene, given: Forced) -> Figures:
    """Return the largest change of a first half's logits when the second half is another."""
    ids = given.decoder or given.ids
    if len(ids) < 4:
        raise UntriedError(f"the example has {len(ids)} tokens only")
    half = len(ids) // 2
    rows = scene.model.get_input_embeddings().weight.shape[0]
    changed = (*ids[:half], *((id_ + 1) % rows for id_ in ids[half:]))
    other = given._replace(**{"decoder" if given.decoder else "ids": changed})
    values = [logits(scene.model, each)[:half].float().clone() for each in (given, other)]
    return {"causality": _largest(*values)}, {}


def cache(scene: Scene, given: Forced) -> Figures:
    """Return the largest difference of logits that are written with the cache and read without."""
    import torch

    prompt = given.ids
    room = longest(scene.model)
    if not given.decoder and room is not None:
        prompt = prompt[-max(1, room - NEW) :]
    written, with_cache = _write(scene, prompt, None, NEW)
    if given.decoder:
        again = logits(scene.model, Forced(prompt, written))
    else:
        again = logits(scene.model, Forced(written))
    without = again[-len(with_cache) - 1 : -1].float()
    with_cache = with_cache.to(without.device)
    same = torch.equal(with_cache.argmax(-1), without.argmax(-1))
    return {"cache": _largest(with_cache, without), "cache_same_tokens": same}, {}


def padding(scene: Scene, given: Forced) -> Figures:
    """Return the largest difference that padding before the prompt makes to what follows it."""
    model, tokenizer = scene.model, scene.tokenizer
    if "attention_mask" not in parameters(model) and "kwargs" not in parameters(model):
        raise UntriedError("the model takes no attention mask")
    pad = next(
        (id_ for place in (tokenizer, model.config)
         if isinstance(id_ := getattr(place, "pad_token_id", None), int)), None
    )  # fmt: skip
    if pad is None:
        raise UntriedError("the tokenizer has no pad token")
    ids = given.ids
    room = longest(model)
    if room is not None:
        ids = ids[: max(1, room - PADS - 1)]
    _, alone = _write(scene, ids, None, 1)
    _, padded = _write(scene, ids, pad, 1)
    return {"padding": _largest(alone, padded)}, {}


def _write(scene: Scene, ids: tuple[int, ...], pad: int | None, new: int) -> tuple[Any, Any]:
    """Return the ids that a model writes greedily, its prompt included, and their raw logits.

    Through its own `generate`, as users call it; `pad` puts some of it before the prompt.
    """
    import torch
    from transformers import GenerationConfig

    model = scene.model
    if not (hasattr(model, "generate") and model.can_generate()):
        raise UntriedError("the model does not generate")
    device = embedding_device(model)
    pads = [pad] * PADS if pad is not None else []
    row = torch.tensor([[*pads, *ids]]).to(device)
    mask = torch.tensor([[0] * len(pads) + [1] * len(ids)]).to(device)
    own = model.generation_config
    plain = GenerationConfig(
        max_new_tokens=new,
        min_new_tokens=new,
        do_sample=False,
        use_cache=True,
        return_dict_in_generate=True,
        output_logits=True,
        bos_token_id=own.bos_token_id,
        pad_token_id=0 if pad is None else pad,
        decoder_start_token_id=own.decoder_start_token_id,
    )
    with _settings(model, plain):
        result = model.generate(inputs=row, attention_mask=mask)
    return tuple(result.sequences[0].tolist()), torch.cat([*result.logits]).float()


@contextmanager
def _settings(model: Any, config: Any) -> Any:
    """Let a model generate by a config alone: its own may repress and repeat."""
    held = model.generation_config
    model.generation_config = config
    try:
        yield
    finally:
        model.generation_config = held


def embedding_device(model: Any) -> Any:
    """Return the device that a model takes its ids on."""
    return model.get_input_embeddings().weight.device


def _largest(one: Any, other: Any) -> float:
    """Return the largest difference; where both are without end in the same way there is none."""
    off = (one - other.to(one.device)).abs()
    return float(off.masked_fill(one == other.to(one.device), 0).max())
