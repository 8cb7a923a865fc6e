"""What the model, its config and its tokenizer are (L2)."""

from __future__ import annotations

import json
from typing import Any

from cardkit.architectures import NAMES
from cardkit.errors import CardkitError
from cardkit.outcome import Shape
from cardkit.prompts.tokens import compare
from cardkit.runner.beside import beside
from cardkit.runner.pieces import plain
from cardkit.runner.scene import Scene

SIZES = (
    "num_hidden_layers",
    "hidden_size",
    "num_attention_heads",
    "num_key_value_heads",
    "intermediate_size",
    "vocab_size",
)
"""The record's names that are config.json's too, of most architectures."""
LENGTHS = ("max_position_embeddings", "n_positions", "max_seq_len", "seq_len", "seq_length")
"""What configs call the number of positions."""
TIES = "tie_word_embeddings"
"""Loading ties by what the files hold; the config classes of T5 and its kin say True always."""


def measure(scene: Scene) -> Shape:
    """Return what the model and its tokenizer are; a value that nothing states is left out."""
    model, tokenizer = scene.model, scene.tokenizer
    embeddings = getattr(embedded(model), "weight", None)
    dtypes = {str(each.dtype).removeprefix("torch.") for each in model.parameters()}
    return Shape(
        num_parameters=sum(each.numel() for each in model.parameters()),
        **beside(scene)._asdict(),
        model_type=str(getattr(model.config, "model_type", "")),
        config=config(model) | stated(scene),
        dtype=",".join(sorted(dtypes)),
        embedding_rows=None if embeddings is None else int(embeddings.shape[0]),
        tokenizer_length=None if tokenizer is None else max(tokenizer.get_vocab().values()) + 1,
        single_tokens=single_tokens(scene),
        prompt_findings=prompt_findings(scene),
    )


def embedded(model: Any) -> Any:
    """Return the layer that embeds tokens; None where there is none."""
    try:
        return model.get_input_embeddings()
    except (AttributeError, NotImplementedError):
        return None


def config(model: Any) -> dict[str, Any]:
    """Return a model's config, by the record's names and the old names of rope's values too."""
    found: dict[str, Any] = plain(model.config.to_dict())
    inner = model.config.get_text_config()
    for name in SIZES:
        value = getattr(inner, name, None)
        if isinstance(value, int):
            _add(found, name, value)
    for key, value in list(found.items()):
        if NAMES.get(key) in SIZES and isinstance(value, int):
            _add(found, NAMES[key], value)
    length = context_length(model)
    if length is not None:
        _add(found, "context_length", length)
    for name, value in rope(inner).items():
        _add(found, name, value)
    return found


def stated(scene: Scene) -> dict[str, bool]:
    """Return whether config.json ties the embeddings, where it says so and the call did not."""
    path = scene.folder / "config.json"
    if TIES in scene.arguments or not path.is_file():
        return {}
    written = json.loads(path.read_text(encoding="utf-8")).get(TIES)
    return {TIES: written} if isinstance(written, bool) else {}


def _add(found: dict[str, Any], name: str, value: Any) -> None:
    if found.get(name) is None:
        found[name] = value


def context_length(model: Any) -> int | None:
    """Return the tokens of context that the config gives; None where it gives none.

    Positions of some encoders begin behind that of the padding: its rows are no context.
    """
    inner = model.config.get_text_config()
    lengths = (getattr(inner, name, None) for name in LENGTHS)
    rows = next((each for each in lengths if isinstance(each, int) and each > 0), None)
    if rows is None:
        return None
    for name, module in model.named_modules():
        begins = getattr(module, "padding_idx", None)
        if "position" in name and begins is not None and len(module.weight) == rows:
            return rows - int(begins) - 1
    return rows


def rope(inner: Any) -> dict[str, Any]:
    """Return the values of rotary positions by their old names; 5 keeps them in one place.

    Where layers have several kinds of them there is no one value.
    """
    new = plain(getattr(inner, "rope_parameters", None) or {})
    if not isinstance(new, dict) or any(isinstance(each, dict) for each in new.values()):
        return {}
    old = {"rope_theta": new.get("rope_theta"), "rotary_pct": new.get("partial_rotary_factor")}
    if new.get("rope_type", "default") != "default":
        old["rope_scaling"] = {key: each for key, each in new.items() if key not in old}
    return {key: each for key, each in old.items() if each is not None}


def single_tokens(scene: Scene) -> dict[str, tuple[int, ...]]:
    """Return the ids of each marker that should be one token."""
    if scene.tokenizer is None:
        return {}
    return {
        leaf.value: tuple(scene.tokenizer(leaf.value, add_special_tokens=False)["input_ids"])
        for leaf in scene.plan.entry.prompt.single_tokens
    }


def prompt_findings(scene: Scene) -> tuple[tuple[str, str, str], ...]:
    """Return what is wrong with the documented prompt's tokens."""
    prompt = scene.plan.entry.prompt
    if scene.tokenizer is None or prompt.format is None:
        return ()
    system = "" if prompt.system is None else prompt.system.value
    try:
        compared = compare(
            scene.tokenizer,
            prompt.format.value,
            prompt.chat_template.value if prompt.chat_template else None,
            system=system if "{system}" in prompt.format.value else None,
        )
    except CardkitError as error:
        return (("template-fails", "error", error.problem),)
    return tuple((each.code, each.severity, each.message) for each in compared.findings)
