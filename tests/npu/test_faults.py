"""The simulated NPU computes wrong where it is asked to."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from npu_kit.asking import Ask, ThereError, opened

Faulty = Callable[[str], Ask]
PRODUCT = "a = torch.arange(64.).reshape(8, 8).npu(); p = (a @ a).cpu(); "


def test_noise_spoils_products_of_matrices_and_nothing_else(faulty: Faulty) -> None:
    assert faulty("matmul-noise")(
        f"{PRODUCT} r = a.cpu() @ a.cpu(); off = float((p - r).std() / r.std()); "
        "[0.08 < off < 0.12, torch.equal(p, (a @ a).cpu()), torch.equal((a * a).cpu(), a.cpu()**2)]"
    ) == [True, False, True]


def test_nan_is_one_number_of_each_product(faulty: Faulty) -> None:
    assert faulty("nan")(f"{PRODUCT} [int(p.isnan().sum()), bool((a * a).isnan().any())]") == [
        1,
        False,
    ]


def test_slow_is_slow_and_right(faulty: Faulty) -> None:
    assert faulty("slow")(
        f"import time; {PRODUCT} t = time.perf_counter()\n"
        "for n in range(20): b = a + n\n"
        "[time.perf_counter() - t > 0.04, torch.equal(p, a.cpu() @ a.cpu())]"
    ) == [True, True]


def test_rotary_garbage_is_sines_and_cosines_of_other_angles(faulty: Faulty) -> None:
    assert faulty("rotary-garbage")(
        "x = torch.tensor([0., 0.5, 1.]).npu(); "
        "[round(n, 4) for n in [*x.cos().tolist(), *x.sin().tolist(), *x.exp().tolist()]]"
    ) == [1.0, 0.7317, 0.0707, 0.0, 0.6816, 0.9975, 1.0, 1.6487, 2.7183]


def test_out_of_memory_says_what_hardware_says(faulty: Faulty) -> None:
    ask = faulty("out-of-memory")
    with pytest.raises(ThereError) as raised:
        ask("a = torch.ones(2**12, device='npu'); torch.ones(2**14, device='npu')")
    assert str(raised.value) == (
        "OutOfMemoryError: NPU out of memory. Tried to allocate 64.00 KiB (NPU 0; 64.00 KiB total "
        "capacity; 16.00 KiB already allocated; 48.00 KiB free)"
    )
    assert ask("torch.npu.mem_get_info()") == [48 * 2**10, 64 * 2**10]


@pytest.fixture
def by_variable(npu_python: Path) -> Iterator[Callable[[str], Ask]]:
    """Ask for a fault by the variable."""
    with ExitStack() as stack:
        yield lambda fault: opened(stack, npu_python, {"CARDKIT_NPU_FAULT": fault})


def test_a_variable_asks_for_a_fault_too(by_variable: Faulty) -> None:
    assert by_variable("nan")(f"{PRODUCT} int(p.isnan().sum())") == 1


def test_a_fault_that_is_not_known_is_refused(npu_python: Path) -> None:
    done = subprocess.run(
        [npu_python, "-I", "-c", "import torch"],
        env={"CARDKIT_NPU_FAULT": "nam"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert (
        "ValueError: no fault 'nam': CARDKIT_NPU_FAULT is one of matmul-noise, nan, slow, "
        "out-of-memory, rotary-garbage"
    ) in done.stderr.splitlines()


@pytest.mark.parametrize("fault", ["matmul-noise", "rotary-garbage"])
def test_a_model_computes_wrong_on_it(faulty: Faulty, tmp_path: Path, fault: str) -> None:
    assert (
        faulty(fault)(
            "import transformers, warnings; warnings.simplefilter('ignore')\n"
            "from npu_kit.comparing import *\n"
            f"difference(folder_of('openlm', {str(tmp_path)!r}))"
        )
        > 0.1
    )
