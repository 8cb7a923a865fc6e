"""What an example is rewritten for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from cardkit.plan import Plan

INDEX = ":0"


class Target(NamedTuple):
    """The plan, and what is installed."""

    plan: Plan
    packages: Mapping[str, str]
    """Name of a package in small letters with dashes -> version."""

    def has(self, package: str) -> bool:
        """Tell whether a package is installed."""
        return normalized(package) in self.packages

    def is_device(self, written: str) -> bool:
        """Tell whether a device is the target already: `cuda` is `cuda:0`.

        >>> plan = Plan.model_construct(device="npu:0")
        >>> Target(plan, {}).is_device("npu"), Target(plan, {}).is_device("cuda:0")
        (True, False)
        """
        return written.removesuffix(INDEX) == self.plan.device.removesuffix(INDEX)

    @property
    def device(self) -> str:
        """The device as a literal of Python."""
        return f'"{self.plan.device}"'


def target_of(plan: Plan, packages: Mapping[str, str]) -> Target:
    """Return the target of a plan; names of packages are compared as the package index does."""
    return Target(plan, {normalized(name): version for name, version in packages.items()})


def normalized(package: str) -> str:
    """Return a package's name as names are compared.

    >>> normalized("Open_LM.core")
    'open-lm-core'
    """
    return re.sub(r"[-_.]+", "-", package).lower()
