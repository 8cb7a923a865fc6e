"""The kit is a package like another, and its Python sees what this one sees."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import metadata, util
from pathlib import Path

import pytest

from npu_kit import packing

KIT = Path(packing.__file__).parent


def said(python: Path, *arguments: str, **environment: str) -> str:
    """Return what a Python prints, started with an environment of these variables alone."""
    done = subprocess.run(
        [python, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_an_isolated_start_has_the_npu_and_this_cardkit(npu_python: Path) -> None:
    import cardkit

    code = "import torch, cardkit; print(torch.npu.is_simulated, cardkit.__file__)"
    assert said(npu_python, "-I", "-c", code) == f"True {cardkit.__file__}\n"


def test_this_python_is_left_as_it_is(npu_python: Path) -> None:
    assert Path(sys.prefix) not in npu_python.parents
    assert util.find_spec("torch_npu") is None


def test_switched_off_it_waits_to_be_imported(npu_python: Path) -> None:
    code = (
        "import torch; print(hasattr(torch, 'npu')); import torch_npu; "
        "print(torch.ones(1, device='npu').device)"
    )
    off = {"TORCH_DEVICE_BACKEND_AUTOLOAD": "0"}
    assert said(npu_python, "-I", "-c", code, **off) == "False\nnpu:0\n"


def test_it_can_be_imported_before_torch(npu_python: Path) -> None:
    code = "import torch_npu, torch; print(torch.ones(1, device='npu').device)"
    assert said(npu_python, "-I", "-c", code) == "npu:0\n"


def test_transformers_and_accelerate_take_it_for_an_npu(npu_python: Path) -> None:
    code = (
        "import transformers.utils as t, accelerate.utils as a; "
        "from transformers.integrations import npu_flash_attention; "
        "print(t.is_torch_npu_available(check_device=True), a.is_npu_available(check_device=True))"
    )
    assert said(npu_python, "-I", "-c", code) == "True True\n"


def test_doctor_sees_it_and_says_that_it_is_simulated(npu_python: Path) -> None:
    told = said(npu_python, "-I", "-m", "cardkit", "doctor", "--offline")
    version = metadata.version("torch").partition("+")[0]
    assert [line for line in told.splitlines() if line[9:].startswith(("torch_npu", "npu"))] == [
        f"ok       torch_npu       {version}",
        "ok       npu             0: NPU of the test kit (simulated), 68.7 GB",
    ]


@pytest.mark.skipif(not util.find_spec("pip"), reason="needs pip")
@pytest.mark.usefixtures("npu_python")
def test_pip_installs_what_the_fixture_installs(tmp_path: Path) -> None:
    by_pip, by_hand = tmp_path / "pip", tmp_path / "hand"
    words = "install --quiet --no-deps --no-build-isolation --no-index --no-compile --target"
    subprocess.run(
        [sys.executable, "-m", "pip", *words.split(), by_pip, KIT],
        check=True,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"},
    )
    packing.install(by_hand)

    def files(folder: Path) -> dict[str, bytes]:
        pip_adds = ("INSTALLER", "REQUESTED", "direct_url.json", "RECORD")
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and path.name not in pip_adds
        }

    assert files(by_pip) == files(by_hand)
