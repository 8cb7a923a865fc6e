"""The box: what a run may touch and take."""

from __future__ import annotations

import glob
import json
import os
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

THREADS = 4096
"""Of all its processes together; a machine of 256 processors starts half of them."""
FILES = 50_000
"""Files and folders in the folder that is written to."""
DEPTH = 100
"""Folders inside each other there."""

SYSTEM = (
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32",
    "/opt/rocm", "/nix/store", "/gnu/store",
)  # fmt: skip
"""The system's programs and libraries."""
SETTINGS = (
    "alternatives", "ascend_install.info", "fonts", "group", "host.conf", "ld.so.cache",
    "ld.so.conf", "ld.so.conf.d", "ld.so.preload", "locale.alias", "localtime", "magic",
    "mime.types", "nsswitch.conf", "nvidia", "OpenCL", "os-release", "passwd", "protocols",
    "python3", "python3.11", "python3.12", "python3.13", "services", "ssl/certs",
    "ssl/openssl.cnf", "timezone", "vulkan",
)  # fmt: skip
"""What libraries read in /etc; none of it is secret."""
PROC = (
    "cgroups", "cpuinfo", "devices", "driver", "filesystems", "loadavg", "meminfo", "modules",
    "self", "stat", "sys/kernel/random", "sys/vm", "uptime", "version",
)  # fmt: skip
"""Of the machine and of the process itself; not of others, whose command lines may hold secrets."""
SYS = ("devices/system", "fs/cgroup")
SYS_DEVICES = ("bus", "class", "devices", "module")
"""What drivers of accelerators read beside it."""
NODES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
"""Device files that every program needs."""
LIBRARIES = ("LD_LIBRARY_PATH", "CUDA_HOME", "ROCM_PATH")
"""Variables that name folders of libraries, and all that begin with ASCEND_ and end so:"""
ASCEND = ("_PATH", "_HOME")
PACKAGE = Path(__file__).parent.parent
"""Our own source, with the witness."""
HOMES = {"HOME": "home", "TMPDIR": "tmp", "XDG_CACHE_HOME": "cache", "XDG_CONFIG_HOME": "config",
         "XDG_DATA_HOME": "data", "XDG_STATE_HOME": "state", "XDG_RUNTIME_DIR": "run"}  # fmt: skip
"""Folders of a user, each inside the folder that is written to."""


class Box(NamedTuple):
    """What a run may touch and take. There is no network in it, this machine's own included."""

    read: tuple[Path, ...]
    """Readable beside the system's libraries and this Python. A rule is about real files: what
    symbolic links in them lead to must be among them as well."""
    write: Path
    """The only folder that can be written to; HOME, TMPDIR and the caches lie in it."""
    seconds: float
    memory: int | None
    """Resident bytes of all its processes; None: what the machine has."""
    processes: int
    """At the same time, the first included; threads are not counted."""
    disk: int
    """Bytes in the folder that is written to, from now on."""
    printed: int
    """Bytes of its standard output and error together."""
    devices: tuple[str, ...] = ()
    """Globs of device files beside those that every program needs: `/dev/nvidia*`."""
    address_space: bool = True
    """Whether its addresses are bounded as well: not with CUDA or an NPU, which reserve many."""

    def as_json(self) -> str:
        """Return it for another process."""
        row = self._asdict()
        return json.dumps({**row, "read": [str(path) for path in self.read]}, default=str)

    @classmethod
    def from_json(cls, text: str) -> Box:
        """Return what `as_json` wrote."""
        row = json.loads(text)
        row |= {
            "read": tuple(map(Path, row["read"])),
            "write": Path(row["write"]),
            "devices": tuple(row["devices"]),
        }
        return cls(**row)


def make_folders(box: Box) -> None:
    """Make the folders of HOMES."""
    for name in HOMES.values():
        (box.write / name).mkdir(mode=0o700, exist_ok=True)


def readable(box: Box, environment: Mapping[str, str]) -> list[Path]:
    """Return what is readable, /proc and /dev apart: only what exists, each once.

    Folders of libraries that the environment names are among them, unless the home lies inside.
    """
    found = [*map(Path, SYSTEM), *(Path("/etc", name) for name in SETTINGS)]
    found += [Path("/sys", name) for name in (*SYS, *(SYS_DEVICES if box.devices else ()))]
    found += [*_python(), *_libraries(environment), PACKAGE, *box.read]
    return [path for path in dict.fromkeys(found) if path.exists()]


def nodes(box: Box) -> list[Path]:
    """Return the device files that may be used."""
    found = [node for pattern in box.devices for node in sorted(glob.glob(pattern))]
    return [Path(node) for node in dict.fromkeys((*NODES, *found)) if os.path.exists(node)]


def _python() -> list[Path]:
    """Return the folders of this Python; where the home lies inside, only those of its files."""
    prefixes = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.exec_prefix)]
    if not any(holds_home(prefix) for prefix in prefixes):
        return prefixes
    return [Path(sys.executable), *(Path(path) for path in sysconfig.get_paths().values())]


def holds_home(folder: Path) -> bool:
    """Return whether the home of the user lies in a folder, or is it."""
    return any(home.resolve().is_relative_to(folder.resolve()) for home in _homes())


def _homes() -> Iterator[Path]:
    """Yield the user's home: as the environment says, which may be a run's own, and the system."""
    yield Path.home()
    with suppress(ImportError, KeyError):
        import pwd

        yield Path(pwd.getpwuid(os.getuid()).pw_dir)


def _libraries(environment: Mapping[str, str]) -> list[Path]:
    named = [
        value
        for name, value in environment.items()
        if name in LIBRARIES or (name.startswith("ASCEND_") and name.endswith(ASCEND))
    ]
    folders = [Path(each) for value in named for each in value.split(os.pathsep) if each]
    return [
        each for each in folders if each.is_absolute() and each.is_dir() and not holds_home(each)
    ]
