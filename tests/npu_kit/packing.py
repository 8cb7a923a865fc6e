"""Packs the simulated NPU: as a wheel, or straight into a folder of packages.

Its version is that of the torch beside it, as torch_npu's must be. It is written by hand, so that
neither the network nor a build package is needed.
"""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).parent
FAULT = "torch_npu/fault.txt"
"""The name of the fault that an installed copy has, for processes whose environment is cleaned."""
WHEEL = "Wheel-Version: 1.0\nGenerator: packing\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
METADATA = "Metadata-Version: 2.1\nName: torch_npu\nVersion: {}\nSummary: A simulated NPU\n"
ENTRY_POINT = "[torch.backends]\ntorch_npu = torch_npu:_autoload\n"


def install(folder: Path, fault: str = "") -> None:
    """Put the package into a folder of packages; a fault is what CARDKIT_NPU_FAULT may be."""
    parts = dict(_files(_version()))
    if fault:
        parts[FAULT] = fault.encode()
    for name, content in parts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def build_wheel(
    wheel_directory: str,
    config_settings: Mapping[str, object] | None = None,  # noqa: ARG001 - PEP 517 names them
    metadata_directory: str | None = None,  # noqa: ARG001
) -> str:
    """Write a wheel and return its name, as PEP 517 asks."""
    name = f"torch_npu-{_version()}-py3-none-any.whl"
    with zipfile.ZipFile(Path(wheel_directory) / name, "w") as wheel:
        for path, content in _files(_version()):
            wheel.writestr(path, content)
    return name


def _version() -> str:
    """Return torch's version without the name of its build, which torch_npu's lacks."""
    return metadata.version("torch").partition("+")[0]


def _files(version: str) -> Iterator[tuple[str, bytes]]:
    about = f"torch_npu-{version}.dist-info"
    rows = []
    parts = [
        *((f"torch_npu/{path.name}", path.read_bytes()) for path in _modules()),
        (f"{about}/METADATA", METADATA.format(version).encode()),
        (f"{about}/WHEEL", WHEEL.encode()),
        (f"{about}/entry_points.txt", ENTRY_POINT.encode()),
    ]
    for name, content in parts:
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
        rows.append(f"{name},sha256={digest.decode()},{len(content)}\n")
        yield name, content
    record = f"{about}/RECORD"
    yield record, "".join([*rows, f"{record},,\n"]).encode()


def _modules() -> list[Path]:
    return sorted((HERE / "torch_npu").glob("*.py"))
