from __future__ import annotations

from collections import Counter

import pytest

from cardkit.vocabulary import fold, load, spread
from cardkit.vocabulary.libraries import find, libraries, of_entry_point, pipeline_tag


@pytest.mark.parametrize("file", ["libraries.yaml", "tasks.yaml"])
def test_a_name_stands_for_one_row_of_its_file(file: str) -> None:
    seen: dict[str, str] = {}
    for key, row in load(file).items():
        also = row.get("also") if isinstance(row, dict) else row
        for name in [key, *spread(also)]:
            assert seen.setdefault(fold(name), key) == key, f"{name!r} is in two rows"


def test_an_entry_point_belongs_to_one_library() -> None:
    counts = Counter(name for library in libraries().values() for name in library.entry_points)
    assert [name for name, count in counts.items() if count > 1] == []


def test_every_hub_is_one_of_ours() -> None:
    hubs = {library.hub for library in libraries().values()}
    assert hubs == {"huggingface", "modelscope", "modelers", None}


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("transformers", "transformers"),
        ("sentence_transformers", "sentence-transformers"),
        ("open_lm", "open_lm"),
        ("openmind", "openmind"),
        ("llama_cpp", "llama-cpp-python"),
        ("mlx_lm", "mlx-lm"),
        ("optimum.onnxruntime", "optimum"),
        ("nemo.collections.asr", "nemo"),
        ("PyTorch", "pytorch"),
        ("os", None),
        ("numpy", None),
    ],
)
def test_an_import_is_a_library_or_nothing(written: str, key: str | None) -> None:
    found = find(written)
    assert (found and found.id) == key


def test_a_class_that_several_libraries_have_tells_none() -> None:
    assert of_entry_point("AutoModelForCausalLM") is None


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("text-generation", "text-generation"),
        ("text_generation", "text-generation"),
        ("chat", "text-generation"),
        ("auto-speech-recognition", "automatic-speech-recognition"),
        ("sentence-embedding", "feature-extraction"),
        ("text-to-image-synthesis", "text-to-image"),
        ("ant-farming", None),
    ],
)
def test_a_task_of_modelscope_is_a_tag_of_the_hub(written: str, tag: str | None) -> None:
    assert pipeline_tag(written) == tag
