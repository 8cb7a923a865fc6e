"""Seeds and states of all random choices of a process."""

from __future__ import annotations

import random
from typing import Any, NamedTuple


class State(NamedTuple):
    """Where the random choices stand."""

    python: Any
    numpy: Any
    torch: Any
    device: tuple[Any, Any] | None
    """The module of a device, and its state; None where it has none of its own."""


def seed(number: int, device: str) -> None:
    """Seed all; on the CPU, let torch take operations with a fixed order only."""
    import numpy as np
    import torch

    random.seed(number)
    np.random.seed(number)
    torch.manual_seed(number)
    if device == "cpu":
        # What has no such operation warns: the repeat will tell whether it matters.
        torch.use_deterministic_algorithms(mode=True, warn_only=True)
        torch.utils.deterministic.fill_uninitialized_memory = False  # it costs, and guards none


def state(device: Any) -> State:
    """Return where the random choices stand, those of a torch.device among them."""
    import numpy as np
    import torch

    module: Any = getattr(torch, device.type, None)
    own = None
    if device.type != "cpu" and hasattr(module, "get_rng_state"):
        own = (module, module.get_rng_state(device))
    drawn = np.random.get_state()
    return State(random.getstate(), drawn, torch.get_rng_state(), own)


def restore(held: State, device: Any) -> None:
    """Put the random choices back to where they stood."""
    import numpy as np
    import torch

    random.setstate(held.python)
    np.random.set_state(held.numpy)
    torch.set_rng_state(held.torch)
    if held.device is not None:
        module, own = held.device
        module.set_rng_state(own, device)
