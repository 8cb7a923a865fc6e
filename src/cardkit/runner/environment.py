"""Where a run takes place: versions, the device, and whether it is a stand-in."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from cardkit.outcome import Environment

PACKAGES = (
    "torch",
    "transformers",
    "accelerate",
    "tokenizers",
    "safetensors",
    "numpy",
    "torch_npu",
)
CANN = ("ASCEND_TOOLKIT_HOME", "ASCEND_HOME_PATH")
"""Variables that CANN's set_env.sh sets to its folder."""
CANN_FOLDER = "/usr/local/Ascend/ascend-toolkit/latest"
CANN_FILES = ("version.cfg", "ascend_toolkit_install.info", "runtime/version.info")
"""Where releases of CANN write their version, the older first; what none of them says is untold."""


def environment(device: str) -> Environment:
    """Return where this process runs, a device such as `npu:0` being the one that it uses."""
    import torch

    kind = device.partition(":")[0]
    module = getattr(torch, kind, None)
    return Environment(
        python=platform.python_version(),
        platform=platform.platform(),
        versions=versions(kind),
        device_name=_name(module, device),
        device_memory=_memory(module, device),
        simulated=_simulated(module),
        threads=torch.get_num_threads(),
    )


def versions(kind: str) -> dict[str, str]:
    """Return what is installed, and what the device's kind adds."""
    import torch

    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    if kind == "cuda" and torch.version.cuda:
        found["CUDA"] = torch.version.cuda
    if kind == "npu" and (cann := cann_version()):
        found["CANN"] = cann
    return found


def cann_version() -> str | None:
    """Return the version that CANN's own files state; None where there is none."""
    folders = [*(os.environ[name] for name in CANN if name in os.environ), CANN_FOLDER]
    for folder in folders:
        for name in CANN_FILES:
            try:
                text = (Path(folder) / name).read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            for line in text.splitlines():
                key, sign, value = line.partition("=")
                if sign and key.strip().lower() in ("version", "runtime_running_version"):
                    return value.strip().strip("[]").rpartition(":")[2] or None
    return None


def _name(module: Any, device: str) -> str:
    if device == "cpu":
        return _processor()
    named = getattr(module, "get_device_name", None)
    return str(named(_index(device))) if named else ""


def _memory(module: Any, device: str) -> int | None:
    """Return bytes; of the CPU, those of the machine."""
    if device == "cpu":
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    properties = getattr(module, "get_device_properties", None)
    total = getattr(properties(_index(device)), "total_memory", None) if properties else None
    return int(total) if total else None


def _index(device: str) -> int:
    return int(device.partition(":")[2] or 0)


def _simulated(module: Any) -> bool:
    """Tell whether the device's module, or its package, says of itself that it is a stand-in."""
    places = (module, sys.modules.get("torch_npu"))
    return any(getattr(place, "is_simulated", False) is True for place in places)


def _processor() -> str:
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
