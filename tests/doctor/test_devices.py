"""Devices are looked for where nothing that is broken can take cardkit along."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

import pytest

from cardkit.doctor import causes, devices
from cardkit.doctor.lines import Line
from cardkit.vocabulary.causes import causes as known
from cardkit.vocabulary.causes import phrases

Install = Callable[..., Path]

TORCH = """
import os
from importlib.metadata import entry_points
from types import SimpleNamespace as Has

__version__ = "2.13.0"


def no(why):
    def init():
        raise RuntimeError(why)
    return init


cuda = Has(init=no("Torch not compiled with CUDA enabled"), version="")
backends = Has(mps=Has(is_built=lambda: False))
xpu = Has(init=no("Torch not compiled with XPU enabled"))
if os.environ.get("TORCH_DEVICE_BACKEND_AUTOLOAD", "1") == "1":  # as torch/__init__.py does it
    for extension in entry_points(group="torch.backends"):
        try:
            extension.load()()
        except Exception as error:
            raise RuntimeError(
                f"Failed to load the backend extension: {extension.name}. You can disable "
                "extension auto-loading with TORCH_DEVICE_BACKEND_AUTOLOAD=0."
            ) from error
"""
"""Torch without any device, so far as doctor asks it."""
NPU = """
import sys
from types import SimpleNamespace as Has


def autoload():
    sys.modules["torch"].npu = Has(
        device_count=lambda: 1,
        get_device_name=lambda n: "Ascend910B3",
        get_device_properties=lambda n: Has(total_memory=65_000_000_000),
    )
"""
BUILD, CANN, SAME, WITHOUT = (phrases()[name] for name in ("build", "cann", "same", "without"))
CUDA = Line("cuda", "note", "torch is a build without CUDA", f"with an NVIDIA or AMD GPU: {BUILD}")
MPS = Line("mps", "note", "torch is a build without MPS", "only a Mac with Apple silicon has it")
XPU = Line("xpu", "note", "torch is a build without XPU", f"with an Intel GPU: {BUILD}")
NO_NPU = Line(
    "npu",
    "note",
    "torch_npu is not installed",
    f"with an Ascend NPU: {CANN}, then install torch_npu in torch's own version",
)
LIBHCCL = "libhccl.so: cannot open shared object file: No such file or directory"
AUTOLOAD = "TORCH_DEVICE_BACKEND_AUTOLOAD"


@pytest.fixture(autouse=True)
def no_hardware(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let the machine that tests run on have no device of its own."""
    nodes = {name: (str(tmp_path / "no"), words) for name, (_, words) in devices.NODES.items()}
    monkeypatch.setattr(devices, "NODES", nodes)
    monkeypatch.delenv(AUTOLOAD, raising=False)


def looked() -> list[Line]:
    return list(devices.devices())


def impatient(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Wait for a hanging torch these seconds only; without its extensions it is waited for."""
    look, patient = devices._look, devices.SECONDS

    def looking(names: list[str], autoload: str = "") -> devices.Looked:
        monkeypatch.setattr(devices, "SECONDS", patient if autoload else seconds)
        return look(names, autoload)

    monkeypatch.setattr(devices, "_look", looking)


def test_a_torch_for_cpus_says_what_each_other_device_takes(install: Install) -> None:
    install("torch", "2.13.0", TORCH)
    assert looked() == [CUDA, MPS, XPU, NO_NPU]


def test_devices_are_named_with_their_memory(install: Install) -> None:
    gpu = "Has(name='NVIDIA H100', total_memory=80_000_000_000)"
    code = f"cuda = Has(init=int, device_count=lambda: 2, get_device_properties=lambda n: {gpu})\n"
    mac = "backends = Has(mps=Has(is_built=lambda: True, is_available=lambda: True))\n"
    none = "xpu = Has(init=int, device_count=lambda: 0)\n"
    install("torch", "2.13.0", TORCH + code + mac + none)
    install("torch_npu", "2.13.0", NPU, backend="torch_npu:autoload")
    assert looked() == [
        Line("cuda", "ok", "0: NVIDIA H100, 80 GB, 1: NVIDIA H100, 80 GB"),
        Line("mps", "ok", "0: Apple silicon"),
        Line("xpu", "note", "torch sees none"),
        Line("npu", "ok", "0: Ascend910B3, 65 GB"),
    ]


def test_a_simulated_npu_is_called_so(install: Install) -> None:
    install("torch", "2.13.0", TORCH)
    simulated = NPU.replace("device_count=", "is_simulated=True, device_count=")
    install("torch_npu", "2.13.0", simulated, backend="torch_npu:autoload")
    assert looked()[3] == Line("npu", "ok", "0: Ascend910B3 (simulated), 65 GB")


def test_torch_npu_without_cann_breaks_torch_and_is_named_as_the_cause(install: Install) -> None:
    install("torch", "2.13.0", TORCH)
    install("torch_npu", "2.13.0", f"raise ImportError({LIBHCCL!r})", backend="torch_npu:autoload")
    assert looked() == [
        CUDA,
        MPS,
        XPU,
        Line(
            "npu",
            "problem",
            f"torch_npu is installed, and CANN is not found (ImportError: {LIBHCCL})",
            f"{CANN}; {WITHOUT}",
        ),
    ]


def test_cann_is_missed_with_loading_by_itself_switched_off_too(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(AUTOLOAD, "0")
    install("torch", "2.13.0", TORCH)
    install("torch_npu", "2.13.0", f"raise ImportError({LIBHCCL!r})", backend="torch_npu:autoload")
    said = f"torch_npu is installed, and CANN is not found (ImportError: {LIBHCCL})"
    assert looked()[3] == Line("npu", "problem", said, f"{CANN}; {WITHOUT}")


def test_torch_npu_for_another_torch_is_named_as_the_cause(install: Install) -> None:
    symbol = "/site/torch_npu/lib/libtorch_npu.so: undefined symbol: _ZN5torch10ValueErrorC1EPKcz"
    install("torch", "2.13.0", TORCH)
    install("torch_npu", "2.8.0", f"raise ImportError({symbol!r})", backend="torch_npu:autoload")
    assert looked()[3] == Line(
        "npu",
        "problem",
        f"torch_npu was built for another torch, or for another CANN (ImportError: {symbol})",
        f"{SAME}, and the CANN that torch_npu's README names for it",
    )


def test_another_extension_that_is_broken_is_named(install: Install) -> None:
    install("torch", "2.13.0", TORCH)
    install("ant_backend", "1.0", "raise OSError('no ants')", backend="ant_backend:autoload")
    assert looked() == [
        CUDA,
        MPS,
        XPU,
        NO_NPU,
        Line(
            "torch",
            "problem",
            "an extension of torch is installed and broken, so that torch cannot be imported "
            "(RuntimeError: Failed to load the backend extension: ant_backend. You can disable "
            f"extension auto-loading with {AUTOLOAD}=0. ← OSError: no ants)",
            f"uninstall the extension that is named, or set {AUTOLOAD}=0",
        ),
    ]


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "ended by SIGSEGV"),
        ("import os; os._exit(3)", "ended with exit code 3"),
        ("import time; time.sleep(60)", "no answer in 2 s"),
    ],
)
def test_an_extension_that_crashes_or_hangs_is_told_from_torch(
    install: Install, monkeypatch: pytest.MonkeyPatch, code: str, how: str
) -> None:
    if "sleep" in code:
        impatient(monkeypatch, 2)
    install("torch", "2.13.0", TORCH)
    install("torch_npu", "2.13.0", code, backend="torch_npu:autoload")
    assert looked()[3] == Line(
        "npu",
        "problem",
        f"`import torch`: {how}; without its extension torch_npu it works",
        f"uninstall torch_npu, or set {AUTOLOAD}=0",
    )


@pytest.mark.parametrize(
    ("code", "how", "todo"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "ended by SIGSEGV", devices.AGAIN),
        ("os.kill(os.getpid(), signal.SIGILL)", "ended by SIGILL", devices.ILLEGAL),
        ("os.write(2, b'boom'); os.abort()", "ended by SIGABRT (boom)", devices.AGAIN),
        ("time.sleep(60)", "no answer in 1 s", devices.AGAIN),
    ],
)
def test_a_torch_that_crashes_or_hangs_is_one_line(
    install: Install, monkeypatch: pytest.MonkeyPatch, code: str, how: str, todo: str
) -> None:
    if "sleep" in code:
        impatient(monkeypatch, 1)
    install("torch", "2.13.0", f"import os, signal, time\n{code}")
    assert looked() == [Line("torch", "problem", f"`import torch`: {how}", todo)]


def test_what_a_hanging_torch_started_ends_with_it(
    install: Install, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    note = tmp_path / "pid"
    install(
        "torch",
        "2.13.0",
        "import subprocess, time\nfrom pathlib import Path\n"
        "started = subprocess.Popen(['sleep', '60'])\n"
        f"Path({str(note)!r}).write_text(str(started.pid))\ntime.sleep(60)\n",
    )
    for seconds in (1, 5, 25):  # on a busy machine it may have come to nothing yet
        impatient(monkeypatch, seconds)
        begun = time.monotonic()
        assert [line.said for line in looked()] == [f"`import torch`: no answer in {seconds} s"]
        assert time.monotonic() - begun < seconds + 30  # it would take the 60 s of its sleep
        if note.exists():
            break
    status = Path(f"/proc/{note.read_text()}/stat")
    for _ in range(200):  # less than its sleep
        if not status.exists() or status.read_text().split()[2] == "Z":
            return
        time.sleep(0.1)
    raise AssertionError("it still runs")


def test_a_driver_that_crashes_leaves_what_was_seen_before(install: Install) -> None:
    crash = "xpu = Has(init=lambda: os.abort())\n"
    install("torch", "2.13.0", TORCH + crash)
    assert looked() == [
        CUDA,
        MPS,
        Line(
            "xpu",
            "problem",
            "looking for xpu: ended by SIGABRT",
            "its driver hangs or crashes: see its own tool (nvidia-smi, npu-smi info)",
        ),
        Line(
            "npu", "note", "not looked for", "it comes after what is broken above: mend that first"
        ),
    ]


def test_an_unknown_message_is_shown_as_it_is(install: Install) -> None:
    install("torch", "2.13.0", "raise OSError('the moon is\\nin the wrong phase')")
    assert looked() == [
        Line(
            "torch",
            "problem",
            "OSError: the moon is in the wrong phase",
            "cardkit does not know this message: look it up with the versions above",
        )
    ]


def test_what_libraries_print_is_no_answer(install: Install) -> None:
    install("torch", "2.13.0", 'print(\'{"device": "cuda", "seen": [["no", 1]]}\')\n' + TORCH)
    assert looked() == [CUDA, MPS, XPU, NO_NPU]


def test_a_gpu_that_this_torch_cannot_use_is_said(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(devices.NODES, "cuda", (os.devnull, "an NVIDIA GPU"))
    install("torch", "2.13.0", TORCH)
    assert looked()[0] == CUDA._replace(
        said="torch is a build without CUDA, but an NVIDIA GPU is there"
    )


def test_without_torch_only_what_the_drivers_show_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices.util, "find_spec", lambda _: None)
    assert looked() == []
    monkeypatch.setitem(devices.NODES, "npu", (os.devnull, "an Ascend NPU"))
    said = "an Ascend NPU is there, and torch is not"
    assert looked() == [Line("npu", "note", said, "see torch above")]


MESSAGES: Sequence[tuple[str, str]] = [
    (
        "The NVIDIA driver on your system is too old (found version 11040). Please update",
        "the NVIDIA driver is older than this build of torch needs",
    ),
    (
        "Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU",
        "torch is a build for CUDA, and there is no NVIDIA driver",
    ),
    ("No CUDA GPUs are available", "torch is a build for GPUs and sees none"),
    ("No HIP GPUs are available", "torch is a build for GPUs and sees none"),
    ("Torch not compiled with CUDA enabled", "torch is a build without CUDA"),
    ("Torch not compiled with XPU enabled", "torch is a build without XPU"),
    ("Torch not compiled with MPS enabled", "torch is a build without MPS"),
    (
        "torch.backends.mps.is_available() is False",
        "torch is a build with MPS, and this Mac or its macOS has none",
    ),
    ("No XPU devices are available.", "torch is a build for XPU and sees no Intel GPU"),
    (
        "libcudart functions unavailable. It looks like you have a broken build?",
        "the build of torch is broken: it misses the CUDA runtime",
    ),
    (
        "libcudnn.so.9: cannot open shared object file: No such file or directory",
        "a library of CUDA that this build of torch needs is not found",
    ),
    (LIBHCCL, "torch_npu is installed, and CANN is not found"),
    (
        "libascend_hal.so: cannot open shared object file: No such file or directory",
        "torch_npu is installed, and the Ascend driver is not found",
    ),
    (
        "libatb.so: cannot open shared object file: No such file or directory",
        "torch_npu is installed, and CANN's neural network library (NNAL) is not found",
    ),
    (
        "Failed to load the backend extension: torch_npu. You can disable extension",
        "torch_npu is installed and broken, so that torch itself cannot be imported",
    ),
    (
        "Failed to load the backend extension: ant_backend. You can disable extension",
        "an extension of torch is installed and broken, so that torch cannot be imported",
    ),
    (
        "/site/torch_npu/lib/libtorch_npu.so: undefined symbol: _ZNK3c1010TensorImpl",
        "torch_npu was built for another torch, or for another CANN",
    ),
    (
        "libcusparse.so.12: undefined symbol: __nvJitLinkComplete_12_4",
        "libraries of two versions stand side by side",
    ),
    ("No module named 'torch_npu'", "torch_npu is not installed"),
    ("torch.npu.device_count() is 0", "torch_npu works and sees no NPU"),
    (
        "No module named 'torch._C'",
        "torch is only partly installed, or a file named torch.py stands before it",
    ),
]


@pytest.mark.parametrize(("message", "cause"), MESSAGES)
def test_a_message_becomes_its_cause(message: str, cause: str) -> None:
    (row,) = (row for row in known() if row.cause == cause)
    said = cause if row.state == "note" else f"{cause} (Error: {message})"
    line = causes.translated("device", [f"Error: {message}"])
    assert line == Line("device", row.state, said, row.todo)


def test_each_cause_has_a_message_a_next_step_and_a_source() -> None:
    assert {cause for _, cause in MESSAGES} == {row.cause for row in known()}
    assert all(row.todo and row.source for row in known())


def test_the_real_torch_is_looked_at_in_the_same_way() -> None:
    try:
        metadata.version("torch")
    except metadata.PackageNotFoundError:
        pytest.skip("needs the extra `run`")
    assert [line.name for line in looked()] == ["cuda", "mps", "xpu", "npu"]
    assert {line.state for line in looked()} <= {"ok", "note"}
