"""What must be here before anything is fetched: packages, and the device."""

from __future__ import annotations

import hashlib
import json
import platform
from importlib import metadata

from packaging.version import InvalidVersion

from cardkit.doctor import devices, versions
from cardkit.plan import Plan
from cardkit.report import Finding
from cardkit.vocabulary.codes import code

NEEDED = ("torch", "transformers", "accelerate", "safetensors")
TOLD = (*NEEDED, "tokenizers", "huggingface_hub", "numpy", "torch_npu")
"""Whose versions a report tells, where they are installed."""


def packages() -> dict[str, str]:
    """Return what is installed, by its name on the package index with `_` for `-`."""
    found = {}
    for each in metadata.distributions():
        name = each.metadata["Name"]
        if name:
            found[name.replace("-", "_").lower()] = each.version
    return found


def told() -> dict[str, str]:
    """Return the versions that a report tells and that its key hangs on."""
    installed = packages()
    return {name: installed[name] for name in TOLD if name in installed}


def digest() -> str:
    """Return what names this environment: Python, machine, and the packages that compute."""
    parts = {"python": platform.python_version(), "machine": platform.machine(), **told()}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def faults() -> list[Finding]:
    """Find what is missing, or too old to load a model safely."""
    found = []
    for name in NEEDED:
        try:
            version = versions.installed(name)
        except metadata.PackageNotFoundError:
            said = f"{name} is not installed"
            found.append(_finding("env.missing_package", said, versions.INSTALL.get(name)))
            continue
        except InvalidVersion as error:
            found.append(_finding("env.version_conflict", str(error)))
            continue
        floors = versions.floor(name)
        if not floors.contains(version, prereleases=True):
            said = f"{name} {version} is not {floors}, the floor of safe loading"
            found.append(_finding("env.version_conflict", said))
    return found


def device_faults(plan: Plan) -> list[Finding]:
    """Find why the device is not there; looked for in a process of its own."""
    if plan.device == "cpu":
        return []
    kind, number = plan.device_type, int(plan.device.partition(":")[2])
    for line in devices.devices():
        if line.name != kind:
            continue
        if line.state != "ok":
            return [_finding("env.device_absent", f"{plan.device}: {line.said}", line.todo)]
        if f"{number}: " not in f", {line.said}":
            said = f"there is no {plan.device}: {line.said}"
            return [_finding("env.device_absent", said, "give one of those that are there")]
        return []
    return [_finding("env.device_absent", f"{plan.device}: torch does not tell of any {kind}")]


def _finding(name: str, said: str, todo: str | None = None) -> Finding:
    known = code(name)
    return Finding(code=name, severity="blocked", said=said, todo=todo or known.todo)
