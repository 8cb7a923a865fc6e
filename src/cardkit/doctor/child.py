"""What the child process does: import torch and look for devices, saying each step before it.

Each step is one JSON object on a line: `{"at": step}` before it begins, then `{"device": name,
"seen": [[name, bytes], ...]}` or `{"device": name, "errors": [...]}`, the outermost error first.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

Seen: TypeAlias = list[tuple[str, int | None]]
"""The devices of one kind: their names, and their memory in bytes."""


def look(names: Sequence[str]) -> None:
    """Say what there is on standard output, which libraries that print do not reach."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)

        def say(**said: Any) -> None:
            print(json.dumps(said), file=out, flush=True)

        say(at="torch")
        try:
            torch = importlib.import_module("torch")
            say(device="torch", seen=[(str(torch.__version__), None)])
        except BaseException as error:  # noqa: BLE001 - code that is not ours, at its import
            say(device="torch", errors=list(_chain(error)))
            return
        for name in names:
            say(at=name)
            try:
                say(device=name, seen=DEVICES[name](torch))
            except BaseException as error:  # noqa: BLE001 - a driver may raise anything
                say(device=name, errors=list(_chain(error)))


def cuda(torch: Any) -> Seen:
    """Return the GPUs of NVIDIA, or of AMD in a build for ROCm."""
    torch.cuda.init()  # says why there are none
    return [
        (str(found.name), int(found.total_memory))
        for n in range(torch.cuda.device_count())
        for found in [torch.cuda.get_device_properties(n)]
    ]


def mps(torch: Any) -> Seen:
    """Return the GPU of Apple silicon, which shares the machine's memory."""
    if not torch.backends.mps.is_built():
        raise RuntimeError("Torch not compiled with MPS enabled")
    if not torch.backends.mps.is_available():
        raise RuntimeError("torch.backends.mps.is_available() is False")
    return [("Apple silicon", None)]


def xpu(torch: Any) -> Seen:
    """Return the GPUs of Intel."""
    torch.xpu.init()
    return [
        (str(found.name), int(found.total_memory))
        for n in range(torch.xpu.device_count())
        for found in [torch.xpu.get_device_properties(n)]
    ]


def npu(torch: Any) -> Seen:
    """Return the NPUs of Ascend; torch_npu loads itself with torch unless that is switched off."""
    if not hasattr(torch, "npu"):
        importlib.import_module("torch_npu")
    count = torch.npu.device_count()
    if not count:
        raise RuntimeError("torch.npu.device_count() is 0")
    # what tests put in the place of torch_npu says so
    mark = " (simulated)" if getattr(torch.npu, "is_simulated", False) else ""
    return [(f"{torch.npu.get_device_name(n)}{mark}", _npu_memory(torch, n)) for n in range(count)]


DEVICES: dict[str, Callable[[Any], Seen]] = {"cuda": cuda, "mps": mps, "xpu": xpu, "npu": npu}
"""The most brittle last: what crashes takes the process with it."""


def _npu_memory(torch: Any, n: int) -> int | None:
    return getattr(torch.npu.get_device_properties(n), "total_memory", None)


def _chain(error: BaseException | None) -> Iterator[str]:
    """Yield an error and those that it came from, as words."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield f"{type(error).__name__}: {error}"
        error = error.__cause__ or error.__context__
