"""What `torch.npu` offers, as torch_npu does: one device, its memory and its random numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from torch_npu.generators import DEFAULT
from torch_npu.memory import MEMORY

is_simulated = True
NAME = "NPU of the test kit"
default_generators = (DEFAULT,)


class Properties(NamedTuple):
    """What is known of a device."""

    name: str
    total_memory: int
    """Bytes."""


class device:  # noqa: N801 - its name in torch_npu
    """Makes a device the current one; there is one only."""

    def __init__(self, device: Any) -> None:
        _number(device)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


def is_available() -> bool:
    return True


def is_initialized() -> bool:
    return True


def init() -> None:
    pass


def device_count() -> int:
    return 1


def current_device() -> int:
    return 0


def set_device(device: Any) -> None:
    _number(device)


def synchronize(device: Any = None) -> None:
    _number(device)


def get_device_name(device: Any = None) -> str:
    return get_device_properties(device).name


def get_device_properties(device: Any = None) -> Properties:
    _number(device)
    return Properties(NAME, MEMORY.total)


def is_bf16_supported() -> bool:
    return True


def get_amp_supported_dtype() -> list[torch.dtype]:
    return [torch.float16, torch.bfloat16]


def mem_get_info(device: Any = None) -> tuple[int, int]:
    """Return the free and the total bytes."""
    _number(device)
    return MEMORY.total - MEMORY.allocated, MEMORY.total


def memory_allocated(device: Any = None) -> int:
    _number(device)
    return MEMORY.allocated


def max_memory_allocated(device: Any = None) -> int:
    _number(device)
    return MEMORY.peak


def reset_peak_memory_stats(device: Any = None) -> None:
    _number(device)
    MEMORY.peak = MEMORY.allocated


memory_reserved = memory_allocated
max_memory_reserved = max_memory_allocated
reset_max_memory_allocated = reset_peak_memory_stats


def empty_cache() -> None:
    pass


def manual_seed(seed: int) -> None:
    DEFAULT.manual_seed(int(seed))


def manual_seed_all(seed: int) -> None:
    manual_seed(seed)


def seed() -> int:
    return DEFAULT.seed()


seed_all = seed


def initial_seed() -> int:
    return DEFAULT.initial_seed()


def get_rng_state(device: Any = "npu") -> Tensor:
    _number(device)
    return DEFAULT.get_state()


def set_rng_state(new_state: Tensor, device: Any = "npu") -> None:
    _number(device)
    DEFAULT.set_state(new_state)


def get_rng_state_all() -> list[Tensor]:
    return [get_rng_state()]


def set_rng_state_all(new_states: Iterable[Tensor]) -> None:
    for state in new_states:
        set_rng_state(state)


def _is_in_bad_fork() -> bool:
    return False


def _number(device: Any) -> int:
    """Return 0 for the one device; raise RuntimeError for another, ValueError for the CPU."""
    if device is None:
        return 0
    one = torch.device("npu", device) if isinstance(device, int) else torch.device(device)
    if one.type != "npu":
        raise ValueError(f"Expected a npu device, but got: {one}")
    if one.index not in (None, 0):
        raise RuntimeError(f"Invalid device ID {one.index}: the simulated NPU is npu:0 alone")
    return 0
