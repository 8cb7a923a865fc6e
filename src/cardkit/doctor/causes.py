"""The messages of torch, drivers and CANN, as a cause and a next step."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from cardkit.doctor.lines import Line, State


class Cause(NamedTuple):
    """What a message means."""

    message: str
    """A pattern, matched in any case anywhere in an error or in those that it came from."""
    state: State
    cause: str
    todo: str
    source: str
    """Where the message is from."""


BUILD = 'install a build of torch for it (PyTorch\'s page "Get Started" has the line)'
CANN = "install CANN and run its `source set_env.sh` in this shell"
WITHOUT = "without an NPU: pip uninstall torch_npu, or set TORCH_DEVICE_BACKEND_AUTOLOAD=0"
SAME = "install torch and torch_npu in one and the same version"

CAUSES = (
    Cause(
        r"libascend_hal\.so: cannot open shared object",
        "problem",
        "torch_npu is installed, and the Ascend driver is not found",
        f"install the driver, or mount /usr/local/Ascend/driver into the container; {WITHOUT}",
        "https://github.com/vllm-project/vllm-ascend/issues/1440",
    ),
    Cause(
        r"lib(hccl|ascendcl|ge_runner|graph|acl_\w+|opapi|msprofiler|runtime)\.so"
        r": cannot open shared object",
        "problem",
        "torch_npu is installed, and CANN is not found",
        f"{CANN}; {WITHOUT}",
        "measured; https://github.com/vllm-project/vllm-ascend/issues/262",
    ),
    Cause(
        r"libatb\.so: cannot open shared object",
        "problem",
        "torch_npu is installed, and CANN's neural network library (NNAL) is not found",
        "install NNAL beside CANN and run its `source set_env.sh` in this shell",
        "https://github.com/vllm-project/vllm-ascend/issues/152",
    ),
    Cause(
        r"torch_npu\S*: undefined symbol",
        "problem",
        "torch_npu was built for another torch, or for another CANN",
        f"{SAME}, and the CANN that torch_npu's README names for it",
        "https://github.com/Ascend/pytorch/issues/35, sgl-project/sglang/issues/28628",
    ),
    Cause(
        r"undefined symbol",
        "problem",
        "libraries of two versions stand side by side",
        "install torch and its extensions anew, in one fresh environment",
        "https://github.com/opendatalab/MinerU/issues/811",
    ),
    Cause(
        r"Failed to load the backend extension: torch_npu",
        "problem",
        "torch_npu is installed and broken, so that torch itself cannot be imported",
        f"see whether CANN and versions fit ({SAME}); {WITHOUT}",
        "torch/__init__.py",
    ),
    Cause(
        r"Failed to load the backend extension",
        "problem",
        "an extension of torch is installed and broken, so that torch cannot be imported",
        "uninstall the extension that is named, or set TORCH_DEVICE_BACKEND_AUTOLOAD=0",
        "torch/__init__.py",
    ),
    Cause(
        r"No module named 'torch_npu'",
        "note",
        "torch_npu is not installed",
        f"with an Ascend NPU: {CANN}, then install torch_npu in torch's own version",
        "Python",
    ),
    Cause(
        r"torch\.npu\.device_count\(\) is 0",
        "note",
        "torch_npu works and sees no NPU",
        "see `npu-smi info` and ASCEND_RT_VISIBLE_DEVICES; a container needs /dev/davinci0 and "
        "/dev/davinci_manager",
        "doctor/child.py; https://github.com/vllm-project/vllm-ascend/issues/2698",
    ),
    Cause(
        r"NVIDIA driver on your system is too old",
        "problem",
        "the NVIDIA driver is older than this build of torch needs",
        "update the driver, or install a build of torch for an older CUDA",
        "torch, c10/cuda; https://github.com/IEIT-Yuan/Yuan-2.0/issues/65",
    ),
    Cause(
        r"Found no NVIDIA driver",
        "note",
        "torch is a build for CUDA, and there is no NVIDIA driver",
        "with an NVIDIA GPU: install its driver, or give it to the container (--gpus all)",
        "torch, aten/cuda; https://github.com/pytorch/pytorch/issues/3989",
    ),
    Cause(
        r"No (CUDA|HIP) GPUs are available",
        "note",
        "torch is a build for GPUs and sees none",
        "see `nvidia-smi` (or `rocm-smi`) and CUDA_VISIBLE_DEVICES",
        "torch, c10/cuda",
    ),
    Cause(
        r"Torch not compiled with CUDA",
        "note",
        "torch is a build without CUDA",
        f"with an NVIDIA or AMD GPU: {BUILD}",
        "torch/cuda/__init__.py",
    ),
    Cause(
        r"libcudart functions unavailable",
        "problem",
        "the build of torch is broken: it misses the CUDA runtime",
        "install torch anew, in a fresh environment",
        "torch/cuda/__init__.py",
    ),
    Cause(
        r"lib(cuda|cudart|cudnn|cublas|cusparse|nccl|nvJitLink)\w*\.so[.\d]*: cannot open",
        "problem",
        "a library of CUDA that this build of torch needs is not found",
        "install torch anew with its nvidia packages, in a fresh environment",
        "torch/__init__.py (_preload_cuda_deps)",
    ),
    Cause(
        r"Torch not compiled with MPS",
        "note",
        "torch is a build without MPS",
        "only a Mac with Apple silicon has it",
        "doctor/child.py",
    ),
    Cause(
        r"mps\.is_available\(\) is False",
        "note",
        "torch is a build with MPS, and this Mac or its macOS has none",
        "it takes Apple silicon and macOS 14 or newer",
        "doctor/child.py; torch's notes on MPS",
    ),
    Cause(
        r"Torch not compiled with XPU",
        "note",
        "torch is a build without XPU",
        f"with an Intel GPU: {BUILD}",
        "torch/xpu/__init__.py",
    ),
    Cause(
        r"No XPU devices are available",
        "note",
        "torch is a build for XPU and sees no Intel GPU",
        "install the driver of the GPU, or give it to the container (/dev/dri)",
        "torch, c10/xpu",
    ),
    Cause(
        r"libtorch\w*\.so: cannot open|No module named 'torch\._C'|partially initialized module",
        "problem",
        "torch is only partly installed, or a file named torch.py stands before it",
        "install torch anew, in a fresh environment; look for a torch.py of your own",
        "torch/__init__.py",
    ),
)
"""The narrow before the wide: the first row that matches is what is said."""


def translated(name: str, errors: Sequence[str]) -> Line:
    """Return what the errors of a device mean; an unknown message is shown as it is.

    >>> translated("cuda", ["AssertionError: Torch not compiled with CUDA enabled"]).said
    'torch is a build without CUDA'
    """
    words = [" ".join(error.split()) for error in errors] or ["no message"]
    for row in CAUSES:
        if known := [error for error in words if re.search(row.message, error, re.IGNORECASE)]:
            root = [] if words[-1] in known else [words[-1]]
            written = " ← ".join([known[0], *root])
            said = row.cause if row.state == "note" else f"{row.cause} ({written})"
            return Line(name, row.state, said, row.todo)
    todo = "cardkit does not know this message: look it up with the versions above"
    return Line(name, "problem", " ← ".join(words), todo)
