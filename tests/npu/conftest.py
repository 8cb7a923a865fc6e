"""A Python with the simulated NPU that stays open, so that torch is imported once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from npu_kit.asking import Ask, opened


@pytest.fixture(scope="session")
def npu(npu_python: Path) -> Iterator[Ask]:
    """Run code where there is a simulated NPU."""
    with ExitStack() as stack:
        yield opened(stack, npu_python)


@pytest.fixture(scope="module")
def faulty(npu_pythons: Callable[[str], Path]) -> Iterator[Callable[[str], Ask]]:
    """Run code where the NPU has a fault."""
    with ExitStack() as stack:
        yield cache(lambda fault: opened(stack, npu_pythons(fault)))
