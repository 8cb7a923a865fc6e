"""Measures of a tiny model on the NPU against the same on the CPU; they run beside torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tiny import build, usual

TEXTS = ["Name three colours of the sky.", "你好"]
"""Two lengths, so that one is padded."""
TOKENS = 8


def folder_of(name: str, folder: str) -> Path:
    """Build a tiny model."""
    return build(name, Path(folder))


def load(folder: Path, **kwargs: Any) -> Any:
    """Load a model with the class that its kind is loaded with."""
    import transformers

    auto = usual(transformers.AutoConfig.from_pretrained(folder).model_type)
    return getattr(transformers, auto).from_pretrained(folder, **kwargs)


def inputs(folder: Path, device: str) -> dict[str, Any]:
    """Return the texts as tensors."""
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    encoded = tokenizer(TEXTS, return_tensors="pt", padding=True, return_token_type_ids=False)
    return dict(encoded.to(device))


def attentions(folder: Path) -> list[str]:
    """Return the ways of attention that a model has, of eager and sdpa."""
    return ["eager", "sdpa"] if load(folder)._supports_sdpa else ["eager"]


def devices(model: Any) -> list[str]:
    """Return the devices that a model's tensors are on."""
    return sorted({str(one.device) for one in (*model.parameters(), *model.buffers())})


def logits(model: Any, folder: Path) -> Any:
    """Return the logits of the texts, in float32 on the CPU."""
    import torch

    given = inputs(folder, str(model.device))
    if model.config.is_encoder_decoder:
        given["decoder_input_ids"] = given["input_ids"]
    with torch.no_grad():
        return model(**given).logits.float().cpu()


def difference(folder: Path, **kwargs: Any) -> float:
    """Return how far the logits are apart, at most."""
    on_cpu, on_npu = load(folder, **kwargs), load(folder, device_map="npu:0", **kwargs)
    assert (devices(on_cpu), devices(on_npu)) == (["cpu"], ["npu:0"])
    return float((logits(on_cpu, folder) - logits(on_npu, folder)).abs().max())


def generated(model: Any, folder: Path, **kwargs: Any) -> list[list[int]]:
    """Return the tokens that a model writes; the same seed each time."""
    import torch

    torch.manual_seed(0)
    tokens = model.generate(
        **inputs(folder, str(model.device)), max_new_tokens=TOKENS, min_new_tokens=TOKENS, **kwargs
    )
    assert tokens.device == model.device
    return tokens.tolist()
