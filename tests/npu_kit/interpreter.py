"""Makes a Python that has a simulated NPU, and leaves this one as it is."""

from __future__ import annotations

import site
import sysconfig
import venv
from pathlib import Path

import cardkit
from npu_kit import packing


def make(folder: Path, fault: str = "") -> Path:
    """Make an environment in a folder and return its interpreter.

    It sees this environment's packages, this cardkit and the simulated NPU, which no variable of
    the process's environment is needed for: `python -I` sees them too.
    """
    venv.create(folder, symlinks=True)
    paths = sysconfig.get_paths("venv", {"base": str(folder), "platbase": str(folder)})
    packages = Path(paths["purelib"])
    packing.install(packages, fault)
    (packages / "beside.pth").write_text("".join(f"{path}\n" for path in _seen()))
    return Path(paths["scripts"], "python")


def _seen() -> list[str]:
    """Return the folders of packages of this environment."""
    own = [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
    source = str(Path(cardkit.__file__).parent.parent)
    return list(dict.fromkeys([source, *site.getsitepackages(), *own]))
