"""What weights need, what a device holds, and sizes that say what they count in."""

from __future__ import annotations

import pytest

from cardkit.errors import CardkitError
from cardkit.memory import (
    BITS,
    DTYPES,
    Device,
    find_device,
    fit,
    need,
    pick_dtype,
    read_size,
    weights_bytes,
)
from cardkit.vocabulary import load

GB, GIB = 10**9, 2**30


@pytest.mark.parametrize(
    ("dtype", "size"),
    [
        ("float32", 4 * 6_889_672_704),
        ("bfloat16", 2 * 6_889_672_704),
        ("float16", 2 * 6_889_672_704),
        ("float8", 6_889_672_704),
        ("int8", 6_889_672_704),
        ("int4", 6_889_672_704 // 2),
    ],
)
def test_weights_need_their_bits(dtype: str, size: int) -> None:
    assert weights_bytes(6_889_672_704, dtype) == size


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("fp32", "float32"),
        ("F32", "float32"),
        ("torch.bfloat16", "bfloat16"),
        ("half", "float16"),
        ("F8_E4M3", "float8"),
        ("8-bit", "int8"),
        ("4bit", "int4"),
        ("NF4", "nf4"),
    ],
)
def test_a_dtype_goes_by_many_names(name: str, dtype: str) -> None:
    assert pick_dtype(name) == dtype


def test_every_name_of_a_dtype_has_its_bits() -> None:
    assert set(DTYPES.values()) == set(BITS)


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("24GB", 24 * GB),
        ("24 GB", 24 * GB),
        ("24gb", 24 * GB),
        ("24GiB", 24 * GIB),
        (" 24 gib ", 24 * GIB),
        ("1.5 TB", 1500 * GB),
        ("81559 MiB", 81559 * 2**20),
        ("512 MB", 512 * 10**6),
    ],
)
def test_a_size_counts_in_its_unit(written: str, size: int) -> None:
    assert read_size(written) == size


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (
            "80G",
            "'80G' does not say what it counts in\n  → write 80GB, in 1000s, or 80GiB, in 1024s",
        ),
        (
            "80",
            "'80' does not say what it counts in\n  → write 80GB, in 1000s, or 80GiB, in 1024s",
        ),
        (
            "80 apples",
            "'80 apples' does not say what it counts in\n"
            "  → write 80GB, in 1000s, or 80GiB, in 1024s",
        ),
        ("much", "no size in 'much'\n  → write it as 24GB or 24GiB"),
        ("-5GB", "no size in '-5GB'\n  → write it as 24GB or 24GiB"),
        ("1,000 GB", "no size in '1,000 GB'\n  → write it as 24GB or 24GiB"),
    ],
)
def test_a_size_that_can_be_read_in_two_ways_is_refused(written: str, says: str) -> None:
    with pytest.raises(CardkitError) as error:
        read_size(written)
    assert str(error.value) == says


@pytest.mark.parametrize(
    ("name", "device"),
    [
        ("h100-80gb", Device("h100-80gb", 80 * GB)),
        ("H100 80GB", Device("h100-80gb", 80 * GB)),
        ("NVIDIA A100 40 GB", Device("a100-40gb", 40 * GB)),
        ("4090", Device("rtx-4090", 24 * GB)),
        ("NVIDIA GeForce RTX 4090", Device("rtx-4090", 24 * GB)),
        ("Tesla T4", Device("t4", 16 * GB)),
        ("L40S", Device("l40s", 48 * GB)),
        ("Ascend 910B 64GB", Device("910b-64gb", 64 * GB)),
        ("16 GiB", Device("16 GiB", 16 * GIB)),
    ],
)
def test_a_device_goes_by_its_name_or_its_size(name: str, device: Device) -> None:
    assert find_device(name) == device


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "910B",
            "no accelerator '910b'\n  → did you mean 910b-32gb or 910b-64gb or a10?",
        ),
        ("a100", "no accelerator 'a100'\n  → did you mean a10 or a100-40gb or a100-80gb?"),
        (
            "H100-80",
            "no accelerator 'h100-80'\n  → did you mean a100-40gb or a100-80gb or h100-80gb?",
        ),
    ],
)
def test_a_name_that_leaves_the_memory_open_gets_the_nearest(name: str, says: str) -> None:
    with pytest.raises(CardkitError) as error:
        find_device(name)
    assert str(error.value) == says


@pytest.mark.parametrize("name", load("accelerators.yaml"))
def test_each_accelerator_has_a_size_and_the_one_its_name_says(name: str) -> None:
    size = find_device(name).memory
    assert GB <= size <= 1000 * GB
    if name.endswith("gb"):
        assert size == read_size(name.rpartition("-")[2])


def test_says_what_is_left() -> None:
    found = fit(need(6_889_672_704, "bf16", "formula"), Device("24 GB", 24 * GB))
    assert (found.holds, found.left) == (True, 10_220_654_592)
    assert str(found) == (
        "6,889,672,704 parameters (the exact count of the architecture's formula) need 13.8 GB "
        "(12.8 GiB) in bfloat16; 24 GB has 24.0 GB (22.4 GiB), so 10.2 GB (9.5 GiB) are left for "
        "activations and the cache"
    )


def test_says_what_is_lacking() -> None:
    found = fit(need(13_015_864_320, "fp16", "header"), Device("t4", 16 * GB))
    assert (found.holds, found.left) == (False, -10_031_728_640)
    assert str(found) == (
        "13,015,864,320 parameters (the exact count of the weights' header) need 26.0 GB "
        "(24.2 GiB) in float16; t4 has 16.0 GB (14.9 GiB): 10.0 GB (9.3 GiB) too little, before "
        "activations and the cache"
    )


@pytest.mark.parametrize(
    ("parameters", "memory", "holds"),
    [
        (7_000_000_000, 13 * GB - 1, False),  # not even 6.5 thousand millions
        (7_000_000_000, 13 * GB, None),
        (7_000_000_000, 15 * GB - 1, None),
        (7_000_000_000, 15 * GB, True),
        (6_900_000_000, 13_699_999_999, False),
        (6_900_000_000, 13_900_000_000, True),
    ],
)
def test_a_rounded_figure_decides_only_what_it_can(
    parameters: int, memory: int, holds: bool | None
) -> None:
    found = fit(need(parameters, "fp16", "card"), Device("it", memory))
    assert found.holds is holds


def test_says_that_it_cannot_tell() -> None:
    found = fit(need(7_000_000_000, "fp16", "card"), Device("it", 14 * GB))
    assert str(found) == (
        "7,000,000,000 parameters (the card's rounded figure) need 14.0 GB (13.0 GiB) in float16; "
        "it has 14.0 GB (13.0 GiB): the figure is too rounded to tell whether it holds them"
    )


def test_an_exact_count_that_just_fits_fits() -> None:
    assert fit(need(8 * GB, "fp16", "header"), Device("it", 16 * GB)).holds is True
    assert fit(need(8 * GB, "fp16", "header"), Device("it", 16 * GB - 1)).holds is False
