"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import pytest

import cardkit

MODULES = sorted(
    found.name
    for found in pkgutil.walk_packages(cardkit.__path__, "cardkit.")
    if not found.name.endswith("__main__")
)


NEED_TORCH = {"cardkit.openlm.config", "cardkit.openlm.model"}


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_true(name):
    if name in NEED_TORCH:
        pytest.importorskip("torch", reason="needs the extra `run`")
    assert doctest.testmod(import_module(name)).failed == 0
