"""A simulated NPU, for tests: tensors on the device `npu:0`, computed by the CPU.

It stands in for Huawei's torch_npu and shares no code with it. It is the same to Python programs:
torch loads it by itself, tensors and their storages are on `npu:0`, mixing devices raises. What
no simulation can show: the speed, the rounding and the faults of a real NPU.
"""

from __future__ import annotations

from importlib import metadata
from typing import Any

is_simulated = True
"""What torch_npu does not have; `torch.npu.is_simulated` is the same."""
__version__ = metadata.version("torch_npu")


def _autoload() -> None:
    """Make the device known to torch; torch calls it at the end of its import."""
    from torch_npu.device import register

    register()


import torch  # noqa: F401 - below _autoload, which this import may call

_autoload()
from torch_npu import npu as npu


def npu_fusion_attention(*_: Any, **__: Any) -> Any:
    """Be there for transformers to import; flash attention is not simulated."""
    raise NotImplementedError("the simulated NPU has no npu_fusion_attention")
