"""Random numbers of the NPU: a generator of the CPU underneath, with other numbers.

The same seed gives other numbers on another device, on hardware as here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakValueDictionary

import torch

CpuGenerator = torch._C.Generator
OTHER = 0x6E7075
"""What a seed is changed by."""
_ours: WeakValueDictionary[int, NpuGenerator] = WeakValueDictionary()
"""The NPU's generators by the address of what lies under them: all that a kernel is given."""


class _AnyGenerator(type(CpuGenerator)):
    """Makes `torch.Generator(device)` choose, and isinstance see both kinds."""

    def __call__(cls, device: Any = "cpu") -> Any:
        if torch.device(device).type != "npu":
            return CpuGenerator(device=device)
        return NpuGenerator()

    def __instancecheck__(cls, one: object) -> bool:
        return isinstance(one, CpuGenerator)


class Generator(CpuGenerator, metaclass=_AnyGenerator):
    """What `torch.Generator` becomes."""


class NpuGenerator(CpuGenerator):
    """A generator that says it is on the NPU."""

    def __init__(self) -> None:
        _ours[self._cdata] = self
        self.manual_seed(super().initial_seed())

    @property
    def device(self) -> torch.device:
        return torch.device("npu:0")

    def manual_seed(self, seed: int) -> NpuGenerator:
        self._seed = seed
        super().manual_seed(seed ^ OTHER)
        return self

    def seed(self) -> int:
        self.manual_seed(super().seed())
        return self._seed

    def initial_seed(self) -> int:
        return self._seed


DEFAULT = NpuGenerator()


def checked(generator: CpuGenerator | None) -> CpuGenerator:
    """Return the generator that a kernel draws from; raise if it is the CPU's, as hardware does."""
    if generator is None:
        return DEFAULT
    if generator._cdata not in _ours:
        raise RuntimeError("Expected a 'npu' device type for generator but found 'cpu'")
    return generator


@contextmanager
def in_place_of_the_cpus() -> Iterator[None]:
    """Let what draws from the CPU's own generator draw from the NPU's."""
    theirs = torch.default_generator
    before = theirs.get_state()
    theirs.set_state(DEFAULT.get_state())
    try:
        yield
    finally:
        DEFAULT.set_state(theirs.get_state())
        theirs.set_state(before)
