"""Numbers as cards print them."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardkit.errors import UnreadableValueError
from cardkit.values.quantity import Number, in_1024s, numbers, read_context, read_count, read_number

NUMBERS = {
    "2.5T": 2.5e12,
    "70 亿": 7e9,
    "70亿参数": 7e9,
    "1.2万亿 tokens": 1.2e12,
    "3兆": 3e12,
    "13억 개": 1.3e9,
    "2e-5 (peak)": 2e-5,
    "2E-05": 2e-5,
    "4.00E-08": 4e-8,
    "3.0 x 10<sup>-4</sup>": 3e-4,
    "2×10⁻⁵": 2e-5,
    "$3.0 \\times 10^{-4}$": 3e-4,
    "1.5 x 10-4": 1.5e-4,
    "10^-6": 1e-6,
    "8,192 tokens": 8192,
    "8_192": 8192,
    "1.234,5": 1234.5,
    "85,2": 85.2,
    "0,85": 0.85,
    "−0.5": -0.5,
    "２０４８": 2048,
    "100 billion": 1e11,
    "1.4B billion": 1.4e9,
    "100w": 1e6,
    "15T+": 1.5e13,
    "~15k": 15_000,
    "7B-parameter": 7e9,
}


@pytest.mark.parametrize("written", NUMBERS)
def test_reads_the_first_number_with_its_scale(written: str) -> None:
    assert read_number(written) == pytest.approx(NUMBERS[written], rel=1e-12)


@pytest.mark.parametrize(
    "written",
    ["1.234.567", "10-20", "7B/13B", "7B-70B", "2024-07-31", "12:30", "8 192", "1.5 x 104", "2^20",
     "", "none", "v2", "GPT-4", "fp16", "A100"],
)  # fmt: skip
def test_leaves_out_what_is_no_number_or_two(written: str) -> None:
    with pytest.raises(UnreadableValueError) as error:
        read_number(written)
    assert error.value.todo


def test_an_error_quotes_the_text_and_says_what_to_do() -> None:
    with pytest.raises(UnreadableValueError) as error:
        read_number("many layers")
    assert str(error.value) == (
        "no number in 'many layers'\n"
        "  → leave the field out, or add the notation to SCALE in quantity.py"
    )


@pytest.mark.parametrize("written", ["0.5", "-3", "2e-5", "10%"])
def test_a_count_is_whole_and_no_share(written: str) -> None:
    with pytest.raises(UnreadableValueError):
        read_count(written)


def test_a_count_is_exact_where_floats_are_not() -> None:
    assert [read_count(w) for w in ("2.608T", "6053381344", "2.3 trillion")] == [
        2_608_000_000_000,
        6_053_381_344,
        2_300_000_000_000,
    ]


def test_a_context_counts_k_and_m_in_1024s() -> None:
    lengths = [read_context(w) for w in ("4k", "8K", "128K", "1M", "8192", "32,768", "2万")]
    assert lengths == [4096, 8192, 131_072, 1_048_576, 8192, 32_768, 20_000]


def test_numbers_come_with_their_unit_and_their_place() -> None:
    text = "saw 2.5T tokens in 3 epochs, 2048 个序列, 5-shot"
    found = list(numbers(text))
    assert [(n.value, n.unit, text[n.start : n.end]) for n in found] == [
        (2.5e12, "tokens", "2.5T"),
        (3.0, "epochs", "3"),
        (2048.0, "个序列", "2048"),
        (5.0, "shot", "5"),
    ]


def test_what_is_part_of_a_name_is_no_number() -> None:
    assert list(numbers("pythia-6.9b on A100, Llama-2, v1.5 and int8")) == []


def test_both_ends_of_a_range_are_marked() -> None:
    assert [(n.value, n.range) for n in numbers("7B/13B, 5")] == [
        (7e9, True),
        (13e9, True),
        (5.0, False),
    ]


def test_numbers_in_a_list_stay_apart() -> None:
    assert [n.value for n in numbers("betas=(0.9,0.999)")] == [0.9, 0.999]


def test_in_1024s_changes_only_k_and_m() -> None:
    number = Number(4000.0, "", 0, 2, "k")
    assert (in_1024s(number), in_1024s(number._replace(scale=""))) == (4096.0, 4000.0)


@given(st.integers(0, 10**15))
def test_any_whole_number_is_read_as_it_is_printed(value: int) -> None:
    assert (read_count(str(value)), read_count(f"{value:,}")) == (value, value)


@given(st.floats(1e-12, 1e12, allow_nan=False))
def test_any_float_is_read_as_it_is_printed(value: float) -> None:
    assert read_number(repr(value)) == value


@given(st.text(alphabet="0123456789.,-+eEx×10^ kKMB亿%/:\n", max_size=60))
def test_numbers_stand_where_they_say_and_never_overlap(text: str) -> None:
    found = list(numbers(text))
    assert all(0 <= n.start < n.end <= len(text) for n in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


def test_a_long_line_takes_a_short_time() -> None:
    started = time.perf_counter()
    for hostile in ("1" * 100_000, "1," * 50_000, "7B/" * 30_000, "1 x 10" * 15_000):
        list(numbers(hostile))
    assert time.perf_counter() - started < 10
