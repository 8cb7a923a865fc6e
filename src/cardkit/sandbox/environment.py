"""The environment of a run: no tokens, no proxies, nothing of the user's that it does not need."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from cardkit.sandbox.box import HOMES, Box

KEPT = re.compile(
    r"LANG|LC_\w+|TZ|LD_LIBRARY_PATH"
    r"|CUDA_(VISIBLE_DEVICES|DEVICE_ORDER|HOME|MODULE_LOADING|CACHE_MAXSIZE)"
    r"|NVIDIA_VISIBLE_DEVICES|NVIDIA_DRIVER_CAPABILITIES"
    r"|(HIP|ROCR)_VISIBLE_DEVICES|HSA_\w+|ROCM_PATH|ZE_AFFINITY_MASK"
    r"|ASCEND_\w+|NPU_\w+|HCCL_\w+|ATB_\w+|TOOLCHAIN_HOME|TORCH_DEVICE_BACKEND_AUTOLOAD"
    r"|PYTORCH_\w*ALLOC_CONF|(OMP|MKL)_NUM_THREADS"
)
"""What languages, libraries and accelerators need."""
SECRET = re.compile(r"TOKEN|SECRET|PASS(WORD|WD|PHRASE)|CREDENTIAL|API_?KEY|PROXY", re.IGNORECASE)
"""What is left out in any case."""
SET = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "USER": "nobody",  # else libraries ask the system's name service
    "LOGNAME": "nobody",
    "PYTHONDONTWRITEBYTECODE": "1",  # where packages lie nothing can be written
    "PYTHONNOUSERSITE": "1",
}


def clean_environment(box: Box, extra: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a run in a box; what is in `extra` comes as it is."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if KEPT.fullmatch(name) and not SECRET.search(name)
    }
    homes = {name: str(box.write / folder) for name, folder in HOMES.items()}
    path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"])
    return {"LANG": "C.UTF-8", **kept, **SET, **homes, "PATH": path, **extra}
