"""Which devices torch sees, looked for in a child process: torch_npu can break `import torch`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from importlib import metadata, util
from pathlib import Path
from typing import Any, NamedTuple

from cardkit.doctor.causes import translated
from cardkit.doctor.child import DEVICES
from cardkit.doctor.lines import Line, gigabytes

SECONDS = 90.0
"""For the import of torch and all devices; it takes 2 to 20, a cold network disk among them."""
PARTING = 5.0
"""For a process that was killed to be gone."""
CHILD = "import sys; sys.path[:] = {path!r}; from cardkit.doctor.child import look; look({names!r})"
AUTOLOAD = "TORCH_DEVICE_BACKEND_AUTOLOAD"
"""0 keeps torch from importing its extensions, such as torch_npu."""
NODES = {
    "cuda": ("/dev/nvidiactl", "an NVIDIA GPU"),
    "npu": ("/dev/davinci_manager", "an Ascend NPU"),
}
"""What the drivers put there, whether or not torch can use it."""
ILLEGAL = "this build of torch is made for another processor: install one for this machine"
AGAIN = "try `python -c 'import torch'`; install torch anew, in a fresh environment"


class Looked(NamedTuple):
    """What a child process found."""

    seen: dict[str, list[tuple[str, int | None]]]
    errors: dict[str, list[str]]
    ended: str
    """How it ended, where it did not end well; else empty."""
    at: str
    """The step that it was at."""
    killed_by: int = 0
    """The signal that ended it."""


def devices() -> Iterator[Line]:
    """Say which devices there are and why others are not."""
    if util.find_spec("torch") is None:
        for name, (_, words) in NODES.items():
            if _is_there(name):
                yield Line(name, "note", f"{words} is there, and torch is not", "see torch above")
        return
    first = _look(list(DEVICES))
    if "torch" in first.seen:
        yield from _lines(first)
        return
    names = _extensions()
    broken = _broken("npu" if names == ["torch_npu"] else "torch", first)
    kinds = [name for name in DEVICES if name != "npu" or "torch_npu" not in names]
    # Would it be well without its extensions?
    bare = _look(kinds, "0") if names and os.environ.get(AUTOLOAD) != "0" else first
    if "torch" not in bare.seen:
        yield broken._replace(name="torch")
        return
    if first.ended:
        todo = f"uninstall {' or '.join(names)}, or set {AUTOLOAD}=0"
        said = f"{broken.said}; without its extension {' and '.join(names)} it works"
        broken = broken._replace(said=said, todo=todo)
    yield from (line for line in _lines(bare) if line.name in kinds)
    yield broken


def _look(names: list[str], autoload: str = "") -> Looked:
    """Look for devices in a child process; whatever it starts ends with it."""
    program = CHILD.format(path=sys.path, names=names)
    environment = {**os.environ, AUTOLOAD: autoload} if autoload else dict(os.environ)
    # Files, not pipes: what torch starts may hold a pipe open after the child has ended.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(  # noqa: S603 - this Python, and a program of our own
            [sys.executable, "-c", program],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=environment,
            start_new_session=True,
        )
        try:
            code: int | None = child.wait(SECONDS)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            _end(child)
        out.seek(0)
        err.seek(0)
        return _read(out.read().decode(), err.read().decode(errors="replace"), code)


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a child and all that it started."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
    except (ProcessLookupError, PermissionError):  # none is left
        pass
    with suppress(subprocess.TimeoutExpired):  # a driver may hold it where no signal reaches
        child.wait(PARTING)


def _read(out: str, err: str, code: int | None) -> Looked:
    seen, errors, at = {}, {}, "start"
    for row in out.splitlines():
        try:
            said: dict[str, Any] = json.loads(row)
        except ValueError:  # cut off by its end
            break
        at = said.get("at", at)
        if "seen" in said:
            seen[said["device"]] = [(name, size) for name, size in said["seen"]]
        elif "errors" in said:
            errors[said["device"]] = said["errors"]
    last = (err.strip().splitlines() or [""])[-1]
    if code is None:
        ended = f"no answer in {SECONDS:g} s"
    elif code < 0:
        ended = f"ended by {signal.Signals(-code).name}" + (f" ({last})" if last else "")
    elif code:
        ended = f"ended with exit code {code}" + (f" ({last})" if last else "")
    else:
        ended = ""
    return Looked(seen, errors, ended, at, -code if code and code < 0 else 0)


def _lines(looked: Looked) -> Iterator[Line]:
    for name in DEVICES:
        if found := looked.seen.get(name):
            said = ", ".join(f"{n}: {_device(*one)}" for n, one in enumerate(found))
            yield Line(name, "ok", said)
        elif name in looked.seen:
            yield Line(name, "note", "torch sees none")
        elif name in looked.errors:
            line = translated(name, looked.errors[name])
            if line.state == "note" and _is_there(name):
                line = line._replace(said=f"{line.said}, but {NODES[name][1]} is there")
            yield line
        elif name == looked.at:
            yield _broken(name, looked)
        else:
            todo = "it comes after what is broken above: mend that first"
            yield Line(name, "note", "not looked for", todo)


def _device(name: str, memory: int | None) -> str:
    return f"{name}, {gigabytes(memory)}" if memory else name


def _broken(name: str, looked: Looked) -> Line:
    """Return the line of a step that failed, or that its process did not survive."""
    step = "`import torch`" if looked.at in ("start", "torch") else f"looking for {looked.at}"
    if looked.ended:
        todo = ILLEGAL if looked.killed_by == signal.SIGILL else AGAIN
        if looked.at not in ("start", "torch"):
            todo = "its driver hangs or crashes: see its own tool (nvidia-smi, npu-smi info)"
        return Line(name, "problem", f"{step}: {looked.ended}", todo)
    return translated(name, looked.errors.get("torch", []))


def _extensions() -> list[str]:
    """Return the packages that torch imports by itself."""
    found = metadata.entry_points(group="torch.backends")
    return sorted({point.value.partition(":")[0].partition(".")[0] for point in found})


def _is_there(name: str) -> bool:
    return name in NODES and Path(NODES[name][0]).exists()
