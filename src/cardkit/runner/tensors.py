"""Every tensor in memory against the files' (L1): no byte differs after the declared cast.

It takes the memory of one part of a file, and at most as long as it takes to read the files once:
what is mapped from its file and was never touched still is the file, and is left where it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from cardkit.outcome import Difference, Tensors
from cardkit.runner.idle import idle
from cardkit.runner.mapped import held, mappings
from cardkit.runner.renames import converted, mapping
from cardkit.runner.scene import Scene, UntriedError
from cardkit.runner.weight_files import PART, Stored, parts, stored, whole

SHOWN = 20
"""Differences that are told of one by one."""
NAMES = 200
"""Names of a list that are kept."""
INTEGERS = {1: "uint8", 2: "int16", 4: "int32", 8: "int64"}
"""What bits are compared as, by the bytes of a value."""
MOVED_BUFFERS = (r"rotary_emb\.inv_freq", r"(^|\.)position_ids$")
"""Buffers that old files hold and today's models compute: modeling_utils of transformers 5.23."""


def measure(scene: Scene) -> Tensors:
    """Return how the model in memory differs from its files.

    Raises UntriedError for quantized models, whose numbers in memory are others by intent.
    """
    model = scene.model
    if getattr(model, "hf_quantizer", None) is not None:
        raise UntriedError("the model is quantized: its numbers in memory are not the files'")
    files = stored(scene)
    memory = {name: tensor for name, tensor in _state(model).items() if hasattr(tensor, "data_ptr")}
    became = mapping(model, [*files], memory, scene.arguments.get("key_mapping"))
    found = Found()
    buffers = {name for name, _ in model.named_buffers()}
    for name, target in became.plain.items():
        found.plain(target, files[name], memory[target], is_buffer=target in buffers)
    for fused in became.fused:
        dtypes = {files[name].dtype for name, _ in fused.sources}
        for target, tensor in converted(model, fused, lambda name: whole(files[name])).items():
            if target in memory:
                found.whole(target, ",".join(sorted(dtypes)), tensor, memory[target])
    on_meta = tuple(name for name, tensor in memory.items() if tensor.device.type == "meta")
    made_up = _not_in_files(model, memory, found.compared, on_meta)
    return Tensors(
        compared=len(found.compared),
        differing=tuple(found.differing[:SHOWN]),
        differing_count=len(found.differing),
        not_in_files=made_up[:NAMES],
        idle=idle(scene, memory, made_up),
        not_in_memory=_not_in_memory(model, became.homeless),
        on_meta=on_meta[:NAMES],
        casts=dict(sorted(found.casts.items())),
    )


class Found:
    """What was compared, and what differs."""

    def __init__(self) -> None:
        self.compared: set[str] = set()
        self.differing: list[Difference] = []
        self.casts: Counter[str] = Counter()
        self._buffer = bytearray(PART)
        self._maps = mappings()

    def plain(self, name: str, file: Stored, memory: Any, *, is_buffer: bool = False) -> None:
        """Compare a tensor with the one of a file, part by part.

        A buffer may be computed more exactly than a file of half precision could keep it: it is
        then held against the file as the file would have kept it.
        """
        if self._comparable(name, file.dtype, file.shape, memory):
            flat = memory.detach().reshape(-1)
            if is_buffer and memory.is_floating_point():
                flat = flat.to(narrower(file.dtype, memory.dtype))
            pairs = (
                (part, flat[at : at + len(part)])
                for begin, end in held(file, flat, self._maps)
                for at, part in parts(file, self._buffer, begin, end)
            )
            self._keep(difference(name, pairs))

    def whole(self, name: str, dtype: str, made: Any, memory: Any) -> None:
        """Compare a tensor with one that was made of several."""
        if self._comparable(name, dtype, tuple(made.shape), memory):
            self._keep(difference(name, [(made.reshape(-1), memory.detach().reshape(-1))]))

    def _comparable(self, name: str, dtype: str, shape: tuple[int, ...], memory: Any) -> bool:
        if memory.device.type == "meta":
            return False
        self.compared.add(name)
        now = str(memory.dtype).removeprefix("torch.")
        if now != dtype:
            self.casts[f"{dtype} to {now}"] += 1
        if tuple(memory.shape) != shape:
            sizes = [" x ".join(map(str, each)) or "one value" for each in (shape, memory.shape)]
            said = f"{sizes[0]} in the file, {sizes[1]} in memory"
            self.differing.append(Difference(name=name, because=said))
            return False
        return True

    def _keep(self, found: Difference | None) -> None:
        if found is not None:
            self.differing.append(found)


def narrower(file: str, memory: Any) -> Any:
    """Return the dtype of a file's tensor where it keeps fewer bytes than memory's, or memory's."""
    import torch

    kept = getattr(torch, file, memory)
    return kept if kept.is_floating_point and kept.itemsize < memory.itemsize else memory


def difference(name: str, pairs: Iterable[tuple[Any, Any]]) -> Difference | None:
    """Return how a tensor differs; each pair is a part of the file's and of memory's, flat.

    The file's is cast as `from_pretrained` casts. NaN equals NaN, and 0 equals -0.
    """
    import torch

    largest, differs, said = 0.0, False, ""
    for file, here in pairs:
        ours = here.cpu()
        theirs = file.to(ours.dtype)
        bits = getattr(torch, INTEGERS[ours.element_size()])
        if torch.equal(theirs.view(bits), ours.view(bits)):
            continue
        if not ours.is_floating_point():
            same = theirs == ours
        else:
            theirs, ours = theirs.double(), ours.double()
            same = (theirs == ours) | (theirs.isnan() & ours.isnan())
        if bool(same.all()):
            continue
        differs = True
        off = (theirs.double() - ours.double()).abs()[~same]
        if off.isfinite().all():
            largest = max(largest, float(off.max()))
        else:
            said = "one of both is not finite where the other is"
    return (
        Difference(name=name, largest=None if said else largest, because=said) if differs else None
    )


def second_load(scene: Scene, other: Any) -> tuple[str, ...]:
    """Return the names of tensors that another load of the same files has otherwise.

    Buffers that no file holds are among them: they are computed anew by each load.
    """
    ours, theirs = everything(scene.model), everything(other)
    if type(scene.model) is not type(other):  # code of the model's own may name things otherwise
        names = [name for name in ours if name in theirs]
    else:
        names = [*ours, *(name for name in theirs if name not in ours)]
    found = []
    for name in names:
        one, two = ours.get(name), theirs.get(name)
        if one is None or two is None or one.shape != two.shape:
            found.append(name)
        elif one.device.type != "meta":
            flat, again = one.detach().reshape(-1), two.detach().reshape(-1)
            step = PART // 4
            pairs = (
                (again[at : at + step].cpu(), flat[at : at + step])
                for at in range(0, flat.numel(), step)
            )
            if difference(name, pairs):
                found.append(name)
    return tuple(found[:NAMES])


def everything(model: Any) -> dict[str, Any]:
    """Return a model's parameters and buffers, saved ones and others."""
    return {**dict(model.named_parameters()), **dict(model.named_buffers())}


def _state(model: Any) -> dict[str, Any]:
    return dict(model.state_dict(keep_vars=True))


def _not_in_files(
    model: Any, memory: dict[str, Any], compared: set[str], on_meta: tuple[str, ...]
) -> tuple[str, ...]:
    """Return what is in memory, and neither in a file nor tied to what is."""
    known = {_place(memory[name]) for name in compared}
    buffers = {name for name, _ in model.named_buffers()}
    declared = _patterns(getattr(model, "_keys_to_ignore_on_load_missing", None))
    return tuple(
        name
        for name, tensor in memory.items()
        if name not in compared and name not in on_meta and _place(tensor) not in known
        if not (name in buffers and declared and declared.search(name))
    )


def _place(tensor: Any) -> tuple[Any, ...]:
    """Return what two names of one tensor have in common: the object, or where it lies."""
    place = tensor.data_ptr()
    return (place, tuple(tensor.shape), tensor.dtype) if place else (id(tensor),)


def _not_in_memory(model: Any, homeless: tuple[str, ...]) -> tuple[str, ...]:
    """Return what only the files have, but for what the class declares to leave there."""
    declared = _patterns(getattr(model, "_keys_to_ignore_on_load_unexpected", None))
    names = {name for name, _ in model.named_buffers()}
    moved = [
        pattern for pattern in MOVED_BUFFERS if any(re.search(pattern, name) for name in names)
    ]
    left = [each for each in (declared, _patterns(moved)) if each]
    return tuple(name for name in homeless if not any(each.search(name) for each in left))[:NAMES]


def _patterns(found: Any) -> re.Pattern[str] | None:
    return re.compile("|".join(f"({each})" for each in found)) if found else None
