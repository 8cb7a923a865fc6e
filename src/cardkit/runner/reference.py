"""The reference: the same model a second time, on the CPU in float32, by the library's own code."""

from __future__ import annotations

from typing import Any, NamedTuple

from cardkit.runner.memory import free
from cardkit.runner.scene import Scene, UntriedError

ROOM = 1 << 30
"""Bytes that must stay free beside the reference: for logits and activations."""
BUILT_IN = ("transformers.", "cardkit.openlm")
REMOTE = "transformers_modules"
"""The package that transformers puts the code of repositories into."""
KEPT = ("config", "subfolder", "variant", "key_mapping", "num_labels", "ignore_mismatched_sizes")
"""Arguments of `from_pretrained` that change what the model is; the others say where and how."""


class Reference(NamedTuple):
    """A second load."""

    model: Any
    described: str
    bytes: int


def load(scene: Scene) -> Reference:
    """Return the reference.

    Raises UntriedError where no class of the library runs the model, or memory would not do.
    """
    import torch

    kind = built_in(scene)
    size = 4 * sum(each.numel() for each in scene.model.parameters())
    room = free(scene.plan.limits.memory) - ROOM
    if size > room:
        raise UntriedError(
            f"the reference needs {size / 1e9:.1f} GB beside the model, "
            f"and {max(room, 0) / 1e9:.1f} GB are free"
        )
    arguments = {name: scene.arguments[name] for name in KEPT if name in scene.arguments}
    if _is_remote(arguments.get("config")):
        del arguments["config"]
    model = kind.from_pretrained(
        str(scene.folder),
        **arguments,
        dtype=torch.float32,
        local_files_only=True,
        use_safetensors=True,
    ).eval()
    held = [*model.parameters(), *model.buffers()]
    return Reference(
        model,
        f"{type(model).__name__} on cpu in float32",
        sum(each.numel() * each.element_size() for each in held),
    )


def built_in(scene: Scene) -> Any:
    """Return the library's own class for a model; its own, or that of its config's kind."""
    import transformers

    kind = type(scene.model)
    if kind.__module__.startswith(BUILT_IN):
        return kind
    if not kind.__module__.startswith(REMOTE):
        raise UntriedError(f"{kind.__name__} is no class of the library")
    auto = getattr(transformers, scene.load.called, None)
    mapping = getattr(auto, "_model_mapping", None)
    try:
        config = transformers.AutoConfig.from_pretrained(
            str(scene.folder), trust_remote_code=False, local_files_only=True
        )
    except (OSError, ValueError) as error:
        raise UntriedError("the library has no code of its own for this model") from error
    if mapping is None or type(config) not in mapping:
        raise UntriedError("the library has no code of its own for this model")
    return mapping[type(config)]


def _is_remote(config: Any) -> bool:
    return config is not None and type(config).__module__.startswith(REMOTE)
