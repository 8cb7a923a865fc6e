"""What a file is mapped for is not read into memory to be compared; what is held always is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra `run`")
safetensors = pytest.importorskip("safetensors.torch", reason="needs the extra `run`")

from cardkit.outcome import Outcome, Tensors
from cardkit.runner.mapped import PAGES, held, mappings, values
from cardkit.runner.weight_files import Stored, header
from example_runs import HEAD

Ran = Callable[..., Outcome]
VALUES = 4 << 20
needs_pages = pytest.mark.skipif(not PAGES.exists(), reason="this machine tells of no pages")


def opened(path: Path, *, copied: bool = False) -> tuple[Stored, Any]:
    """Return a tensor of a file, as it stands there and mapped from it."""
    safetensors.save_file({"x": torch.arange(VALUES, dtype=torch.float32)}, path)
    tensor = safetensors.load_file(path)["x"]
    at = header(path)["x"]
    storage = torch.UntypedStorage.from_file(str(path), shared=False, nbytes=path.stat().st_size)
    mapped = torch.tensor([], dtype=torch.float32).set_(storage, at.begin // 4, (VALUES,))
    return at, tensor.clone() if copied else mapped


def compared(at: Stored, tensor: Any) -> list[tuple[int, int]]:
    return list(held(at, tensor, mappings()))


@needs_pages
def test_pages_that_nobody_touched_are_left_on_the_disk(tmp_path: Path) -> None:
    assert compared(*opened(tmp_path / "x.safetensors")) == []


@needs_pages
def test_what_was_read_and_what_was_changed_is_compared(tmp_path: Path) -> None:
    at, tensor = opened(tmp_path / "x.safetensors")
    assert float(tensor[VALUES // 2]) == VALUES // 2
    tensor[7] = -1.0
    found = compared(at, tensor)
    for value in (7, VALUES // 2):
        assert any(begin <= value < end for begin, end in found)
    assert sum(end - begin for begin, end in found) < VALUES // 2
    assert all(0 <= begin < end <= VALUES for begin, end in found)


@needs_pages
def test_the_last_value_and_the_first_are_compared_where_they_are_held(tmp_path: Path) -> None:
    at, tensor = opened(tmp_path / "x.safetensors")
    tensor[0] = tensor[-1] = -1.0
    found = compared(at, tensor)
    assert (found[0][0], found[-1][1]) == (0, VALUES)


WHOLE = [(0, VALUES)]


def test_a_copy_is_compared_whole(tmp_path: Path) -> None:
    assert compared(*opened(tmp_path / "x.safetensors", copied=True)) == WHOLE


def test_another_place_in_the_file_is_compared_whole(tmp_path: Path) -> None:
    at, tensor = opened(tmp_path / "x.safetensors")
    assert compared(at._replace(begin=at.begin + 4), tensor) == WHOLE


def test_another_number_format_is_compared_whole(tmp_path: Path) -> None:
    at, tensor = opened(tmp_path / "x.safetensors")
    assert compared(at, tensor.view(torch.int32)) == WHOLE


def test_another_file_is_compared_whole(tmp_path: Path) -> None:
    _, tensor = opened(tmp_path / "x.safetensors")
    other, _ = opened(tmp_path / "y.safetensors")
    assert compared(other, tensor) == WHOLE


def test_a_file_that_took_the_place_of_the_mapped_one_is_compared_whole(tmp_path: Path) -> None:
    at, tensor = opened(tmp_path / "x.safetensors")
    opened(tmp_path / "y.safetensors")
    os.replace(tmp_path / "y.safetensors", tmp_path / "x.safetensors")
    assert compared(at, tensor) == WHOLE


def test_a_machine_that_tells_of_no_mappings_has_all_compared(tmp_path: Path) -> None:
    at, tensor = opened(tmp_path / "x.safetensors")
    assert list(held(at, tensor, [])) == WHOLE


def test_a_machine_that_tells_of_no_pages_has_all_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, tensor = opened(tmp_path / "x.safetensors")
    monkeypatch.setattr("cardkit.runner.mapped.PAGES", tmp_path / "none")
    assert compared(at, tensor) == WHOLE


def read(tensor: Any) -> Any:
    return torch.cat([part.clone() for part in values(tensor, mappings())])


@needs_pages
def test_the_values_of_pages_that_nobody_touched_are_read_and_the_pages_left(
    tmp_path: Path,
) -> None:
    at, tensor = opened(tmp_path / "x.safetensors")
    assert torch.equal(read(tensor), torch.arange(VALUES, dtype=torch.float32))
    assert compared(at, tensor) == []


def test_a_value_that_was_changed_is_read_from_memory(tmp_path: Path) -> None:
    _, tensor = opened(tmp_path / "x.safetensors")
    tensor[7] = tensor[-1] = float("nan")
    assert read(tensor).isnan().nonzero().flatten().tolist() == [7, VALUES - 1]


def test_values_of_a_mapping_whose_file_is_gone_are_read_from_memory(tmp_path: Path) -> None:
    _, tensor = opened(tmp_path / "x.safetensors")
    (tmp_path / "x.safetensors").unlink()
    assert torch.equal(read(tensor), torch.arange(VALUES, dtype=torch.float32))


@pytest.mark.parametrize("size", [0, 1, 5])
def test_values_of_a_small_tensor_are_those_in_memory(size: int) -> None:
    assert read(torch.arange(float(size)) if size else torch.empty(0)).tolist() == [*range(size)]


def test_tensors_that_changed_places_in_memory_are_found(ran: Ran) -> None:
    code = HEAD + (
        "one, two = (each.self_attn.q_proj.weight for each in model.model.layers)\n"
        "one.data, two.data = two.data, one.data\n"
    )
    found = ran(code, layers="L1").tensors
    assert isinstance(found, Tensors)
    assert [each.name for each in found.differing] == [
        f"model.layers.{n}.self_attn.q_proj.weight" for n in range(2)
    ]
