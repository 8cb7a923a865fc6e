"""What a model's weights need, and whether a device holds them.

Weights only: activations, the cache of keys and values and the libraries come on top, and how much
depends on the prompt and the batch.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from cardkit.errors import UnreadableValueError
from cardkit.patterns import regex
from cardkit.tables import pick
from cardkit.vocabulary import load

BITS = {
    "float64": 64,
    "float32": 32,
    "bfloat16": 16,
    "float16": 16,
    "float8": 8,
    "int8": 8,
    "int4": 4,
    "nf4": 4,
    "fp4": 4,
}
"""Bits of one weight; what a quantization stores beside them (scales, layers that it leaves alone)
comes on top."""
DTYPES = {name: name for name in BITS} | {
    "fp64": "float64",
    "f64": "float64",  # safetensors writes these in capitals
    "double": "float64",
    "fp32": "float32",
    "f32": "float32",
    "float": "float32",
    "bf16": "bfloat16",
    "fp16": "float16",
    "f16": "float16",
    "half": "float16",
    "fp8": "float8",
    "f8_e4m3": "float8",
    "f8_e5m2": "float8",
    "float8_e4m3fn": "float8",
    "float8_e5m2": "float8",
    "i8": "int8",
    "8bit": "int8",
    "8-bit": "int8",
    "i4": "int4",
    "4bit": "int4",
    "4-bit": "int4",
}
"""The names that configs, files and cards have for a dtype."""
UNITS = {"kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12} | {
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
    "tib": 2**40,
}
LETTERS = ("k", "m", "g", "t")
MAKERS = {"nvidia", "geforce", "tesla", "amd", "instinct", "huawei", "ascend"}
GAP = regex(r"(?<=[0-9]) +(?=gb\b)")
"""Between a name's number and its unit: an "A100 80 GB" is an "A100 80GB"."""
SIZE = regex(r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*([a-z]*)\s*", re.IGNORECASE)

Basis = Literal["card", "entry", "header", "formula"]
BASES: dict[Basis, str] = {
    "card": "the card's rounded figure",
    "entry": "the registry's own figure",
    "header": "the exact count of the weights' header",
    "formula": "the exact count of the architecture's formula",
}


class Device(NamedTuple):
    """What weights may be put on."""

    name: str
    memory: int
    """Bytes."""


class Weights(NamedTuple):
    """What the weights of a model need in one dtype."""

    num_parameters: int
    dtype: str
    basis: Basis
    memory: int
    """Bytes."""
    least: int
    """Bytes if the card's figure was rounded up as far as can be; else as `memory`."""
    most: int
    """Bytes if it was rounded down as far as can be."""

    def __str__(self) -> str:
        return (
            f"{self.num_parameters:,} parameters ({BASES[self.basis]}) need {shown(self.memory)} "
            f"in {self.dtype}"
        )


class Fit(NamedTuple):
    """Whether a device holds a model's weights."""

    weights: Weights
    device: Device
    holds: bool | None
    """None where the card's figure is too rounded to tell."""
    left: int
    """Bytes for all else; below 0 it is what is lacking."""

    def __str__(self) -> str:
        said = f"{self.weights}; {self.device.name} has {shown(self.device.memory)}"
        if self.holds is None:
            return f"{said}: the figure is too rounded to tell whether it holds them"
        if self.holds:
            return f"{said}, so {shown(self.left)} are left for activations and the cache"
        return f"{said}: {shown(-self.left)} too little, before activations and the cache"


def pick_dtype(name: str) -> str:
    """Return a dtype's name in torch, or a quantization's.

    Raises UnknownNameError, with the nearest names.

    >>> pick_dtype("BF16"), pick_dtype("torch.float16"), pick_dtype("4bit")
    ('bfloat16', 'float16', 'int4')
    """
    return pick(DTYPES, name.strip().lower().removeprefix("torch."), "dtype")


def weights_bytes(num_parameters: int, dtype: str) -> int:
    """Return the bytes that so many weights need, the last byte filled up.

    >>> weights_bytes(6_889_672_704, "bf16"), weights_bytes(3, "int4")
    (13779345408, 2)
    """
    return -(-num_parameters * BITS[pick_dtype(dtype)] // 8)


def need(num_parameters: int, dtype: str, basis: Basis) -> Weights:
    """Return what a model's weights need; a card's figure is as exact as the digits it has.

    >>> print(need(6_889_672_704, "bf16", "formula"))
    6,889,672,704 parameters (the exact count of the architecture's formula) need 13.8 GB (12.8 GiB) in bfloat16
    """  # noqa: E501
    slack = _rounding(num_parameters) / 2 if basis in ("card", "entry") else 0
    least, most = round(num_parameters - slack), round(num_parameters + slack)
    return Weights(
        num_parameters,
        pick_dtype(dtype),
        basis,
        weights_bytes(num_parameters, dtype),
        weights_bytes(least, dtype),
        weights_bytes(most, dtype),
    )


def fit(weights: Weights, device: Device) -> Fit:
    """Return whether a device holds a model's weights.

    >>> print(fit(need(13_000_000_000, "float16", "card"), find_device("RTX 4090")))
    13,000,000,000 parameters (the card's rounded figure) need 26.0 GB (24.2 GiB) in float16; \
rtx-4090 has 24.0 GB (22.4 GiB): 2.0 GB (1.9 GiB) too little, before activations and the cache
    """
    holds = weights.most <= device.memory
    if not holds and weights.least <= device.memory:
        return Fit(weights, device, None, device.memory - weights.memory)
    return Fit(weights, device, holds, device.memory - weights.memory)


def find_device(name: str) -> Device:
    """Return a known accelerator by its name, or a device of a given size.

    Raises UnknownNameError, with the nearest names; a size without its unit is refused.

    >>> find_device("NVIDIA H100 80GB"), find_device("24 GiB")
    (Device(name='h100-80gb', memory=80000000000), Device(name='24 GiB', memory=25769803776))
    """
    table = load("accelerators.yaml")
    words = GAP.sub("", name.strip().lower()).replace("_", " ").replace("-", " ").split()
    key = "-".join(word for word in words if word not in MAKERS)
    for known in (key, f"rtx-{key}"):
        if known in table:
            return Device(known, read_size(table[known]))
    size = SIZE.fullmatch(name)
    if size and size[2].lower() in {"", *LETTERS, *UNITS}:
        return Device(name.strip(), read_size(name))
    return Device(key, read_size(pick(table, key, "accelerator")))


def read_size(written: str) -> int:
    """Return the bytes of a size: GB counts in thousands, GiB in 1024s.

    Raises UnreadableValueError for a size that can be read in two ways, as "80G".

    >>> read_size("24GB"), read_size("24 GiB"), read_size("0.5 TB")
    (24000000000, 25769803776, 500000000000)
    """
    size = SIZE.fullmatch(written)
    if size is None:
        raise UnreadableValueError(f"no size in {written!r}", todo="write it as 24GB or 24GiB")
    number, unit = size.groups()
    if unit.lower() not in UNITS:
        letter = unit.upper() if unit.lower() in LETTERS else "G"
        raise UnreadableValueError(
            f"{written.strip()!r} does not say what it counts in",
            todo=f"write {number}{letter}B, in 1000s, or {number}{letter}iB, in 1024s",
        )
    return round(float(number) * UNITS[unit.lower()])


def shown(size: int) -> str:
    """Return a size as people compare it.

    >>> shown(13_779_345_408)
    '13.8 GB (12.8 GiB)'
    """
    return f"{size / 10**9:,.1f} GB ({size / 2**30:,.1f} GiB)"


def _rounding(figure: int) -> int:
    """Return the place of the last digit that is not 0: what a printed figure is rounded to."""
    place = 1
    while figure and figure % (place * 10) == 0:
        place *= 10
    return place
