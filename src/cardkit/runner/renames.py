"""How transformers names the tensors of a file in memory.

Since 5 it renames keys as it loads, and fuses some (the experts of a layer, q, k and v) or splits
them. Its own mapping is asked: `core_model_loading` does the same with it. What is compared then
are the numbers; that the mapping is the right one, parity with a second load cannot tell either,
only the loss can.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any, NamedTuple

from cardkit.runner.scene import UntriedError


class Fused(NamedTuple):
    """Tensors of the file that become other ones together."""

    target: str
    """The first tensor in memory that they become."""
    converter: Any
    sources: tuple[tuple[str, str], ...]
    """Each with the pattern of the converter that it matches."""


class Mapping(NamedTuple):
    """What becomes of each tensor of the files."""

    plain: dict[str, str]
    """Names in memory by those in the files."""
    fused: tuple[Fused, ...]
    homeless: tuple[str, ...]
    """Names in the files that no tensor in memory has."""


def mapping(model: Any, names: list[str], memory: dict[str, Any], given: Any) -> Mapping:
    """Return what becomes of the files' names; `given` is the `key_mapping` of the call."""
    try:
        from transformers.conversion_mapping import get_model_conversion_mapping
        from transformers.core_model_loading import (
            WeightConverter,
            WeightRenaming,
            dot_natural_key,
            rename_source_key,
        )
    except ImportError as error:  # before 5 it renames nothing but a prefix
        raise UntriedError("this transformers cannot be asked how it renames keys") from error
    asked = get_model_conversion_mapping(model, given)
    renamings = [each for each in asked if isinstance(each, WeightRenaming)]
    converters = [each for each in asked if isinstance(each, WeightConverter)]
    by_pattern = {pattern: each for each in converters for pattern in each.source_patterns}
    prefix = model.base_model_prefix
    plain: dict[str, str] = {}
    fused: dict[str, Fused] = {}
    homeless = []
    for name in sorted(names, key=dot_natural_key):
        target, pattern = rename_source_key(name, renamings, converters, prefix, memory)
        if target not in memory and name in memory:
            target, pattern = rename_source_key(name, [], [], prefix, memory)
        if target not in memory:
            homeless.append(name)
        elif pattern is None:
            plain[name] = target
        else:
            known = fused.get(target) or Fused(target, deepcopy(by_pattern[pattern]), ())
            fused[target] = known._replace(sources=(*known.sources, (name, pattern)))
    return Mapping(plain, tuple(fused.values()), tuple(homeless))


def converted(model: Any, fused: Fused, read: Any) -> dict[str, Any]:
    """Return the tensors that several become; `read` gives a tensor of the file by its name.

    Raises UntriedError where the library's own conversion cannot be made a second time.
    """
    converter = deepcopy(fused.converter)
    for name, pattern in fused.sources:
        converter.add_tensor(fused.target, name, pattern, read(name))
    try:
        made = converter.convert(fused.target, model=model, config=model.config)
    except Exception as error:
        raise UntriedError(
            f"the library's conversion to {fused.target} cannot be made again: {error}"
        ) from error
    return {name: each[0] if isinstance(each, list) else each for name, each in made.items()}
