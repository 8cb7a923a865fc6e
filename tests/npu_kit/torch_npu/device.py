"""Makes the simulated NPU known to torch, by torch's own way for devices written in Python."""

from __future__ import annotations

from functools import partial

import torch
from torch.utils import backend_registration

HELD: list[torch.library.Library] = []
"""The kernels are there as long as their library is."""
ASKED = (
    "empty_cache",
    "max_memory_allocated",
    "max_memory_reserved",
    "memory_allocated",
    "memory_reserved",
    "reset_peak_memory_stats",
    "synchronize",
)
"""What `torch.accelerator` asks of a device in C++, where there is no one to answer."""


def register() -> None:
    """Make `npu` a device of torch; twice does no harm."""
    if HELD:
        return
    from torch_npu import autocast, generators, kernels, npu, storages

    library = torch.library.Library("_", "IMPL")
    HELD.append(library)
    backend_registration._setup_privateuseone_for_python_backend("npu", npu)
    backend_registration._generate_storage_methods_for_privateuse1_backend("npu")
    library.fallback(kernels.compute, "PrivateUse1")
    whole = torch.library.Library("aten", "IMPL")
    HELD.append(whole)
    for name, op in kernels.WHOLE.items():
        whole.impl(name, partial(kernels.compute, op), "PrivateUse1")
    for bit in ("Conjugate", "Negative"):  # copying is what torch gets rid of them by
        whole.impl("_copy_from", torch.library.fallthrough_kernel, bit)
    HELD.extend(autocast.register())
    torch.UntypedStorage.__new__ = staticmethod(storages.construct)
    torch.Generator = generators.Generator
    for name in ASKED:
        setattr(torch.accelerator, name, getattr(npu, name))
