"""What is installed, against the floors and against what each package wants of the others."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from importlib import metadata

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from cardkit.doctor.lines import Line
from cardkit.entries.deriving import VERSIONS

PYTHON = (3, 11)
"""What `requires-python` of pyproject.toml says; a test holds the two together."""
PACKAGES = ("torch", "transformers", "accelerate", "safetensors", "huggingface_hub")
TORCH_FIRST = (
    "install torch first, in its build for this machine (the CPU build where there is no GPU; "
    'PyTorch\'s page "Get Started" has the line), keep it with a constraints file '
    "(pip freeze | grep '^torch==' > held.txt), then: pip install -c held.txt 'cardkit[run]'"
)
RUN = "pip install 'cardkit[run]'"
INSTALL = {"torch": TORCH_FIRST, "transformers": RUN, "accelerate": RUN, "safetensors": RUN}
"""How to get what is not there; all else comes with cardkit itself."""
AGAIN = "pip install --upgrade cardkit"


def python() -> Iterator[Line]:
    """Say which Python this is."""
    said = f"{platform.python_version()} at {sys.executable}"
    if sys.version_info[:2] < PYTHON:
        wanted = ".".join(map(str, PYTHON))
        yield Line("python", "problem", said, f"cardkit needs Python {wanted} or newer")
    else:
        yield Line("python", "ok", said)


def cardkit() -> Iterator[Line]:
    """Say which cardkit this is, and whether what it stands on is there."""
    from cardkit import __version__

    wrong = list(_unmet("cardkit"))
    if wrong:
        yield Line("cardkit", "problem", f"{__version__}; {'; '.join(wrong)}", AGAIN)
    else:
        yield Line("cardkit", "ok", __version__)


def packages() -> Iterator[Line]:
    """Say what the packages that load models are, against the floors."""
    for name in PACKAGES:
        try:
            yield _package(name)
        except metadata.PackageNotFoundError:
            yield Line(name, "note", "not installed", INSTALL.get(name, AGAIN))


def torch_npu() -> Iterator[Line]:
    """Say whether torch_npu is of torch's own version, where it is installed."""
    try:
        ours, torch = installed("torch_npu"), installed("torch")
    except metadata.PackageNotFoundError:
        return
    if ours.release[:3] == torch.release[:3]:
        yield Line("torch_npu", "ok", str(ours))
    else:
        yield Line(
            "torch_npu",
            "problem",
            f"{ours} is made for torch {ours.base_version}, and torch is {torch}",
            "install torch and torch_npu in one and the same version; the table in the README of "
            "torch_npu (Ascend/pytorch) says which CANN it needs",
        )


def installed(name: str) -> Version:
    """Return the version of a package, without importing it.

    Raises PackageNotFoundError if it is not there, InvalidVersion if what is there states none.
    """
    return Version(metadata.version(name) or "no version")


def floor(name: str) -> SpecifierSet:
    """Return the versions of a package that cardkit takes: its floors, and what it depends on."""
    floors = SpecifierSet(VERSIONS["transformers"].get(name, ""))
    for wanted in _wanted("cardkit", "run"):
        if canonicalize_name(wanted.name) == canonicalize_name(name):
            floors &= wanted.specifier
    return floors


def _package(name: str) -> Line:
    try:
        version = installed(name)
    except InvalidVersion as error:
        return Line(name, "problem", str(error), f"pip install --force-reinstall {name}")
    floors = floor(name)
    if not floors.contains(version, prereleases=True):
        what = "safe loading" if name in VERSIONS["transformers"] else "what cardkit calls"
        said = f"{version} is not {floors}, the floor of {what}"
        return Line(name, "problem", said, f"pip install --upgrade '{name}{floors}'")
    if wrong := list(_unmet(name)):
        todo = f"pip install --upgrade {name}, or bring the others to the versions it takes"
        return Line(name, "problem", f"{version}; {'; '.join(wrong)}", todo)
    return Line(name, "ok", str(version))


def _unmet(name: str) -> Iterator[str]:
    """Yield what a package depends on and does not find, as words."""
    for wanted in _wanted(name):
        try:
            version = installed(wanted.name)
        except metadata.PackageNotFoundError:
            yield f"it needs {wanted.name}, which is not installed"
        except InvalidVersion:
            yield f"it needs {wanted.name}, whose version is not stated"
        else:
            if not wanted.specifier.contains(version, prereleases=True):
                yield f"it needs {wanted.name} {wanted.specifier}, and {version} is installed"


def _wanted(name: str, extra: str = "") -> Iterator[Requirement]:
    """Yield what a package depends on here; nothing for one that is not installed."""
    try:
        written = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return
    for wanted in map(Requirement, written):
        if wanted.marker is None or wanted.marker.evaluate({"extra": extra}):
            yield wanted
