"""Every code block that loads or runs a model is an example, in the order of the card."""

from __future__ import annotations

from typing import Any

from cardkit.ingest import read_record

LOAD = 'from transformers import AutoModel\nmodel = AutoModel.from_pretrained("ant/ant-1b")\n'


def examples(card: str) -> list[dict[str, Any]]:
    """Return the examples of a card."""
    return [dict(example) for example in read_record(f"# Ant 1B\n\n{card}")["examples"]]


def codes(card: str) -> list[str]:
    """Return the codes of the problems that are about examples."""
    problems = read_record(f"# Ant 1B\n\n{card}")["problems"]
    return [p["code"] for p in problems if p["code"].startswith("example")]


def test_an_example_as_the_record_has_it() -> None:
    assert examples(f'```python\n{LOAD}model.encode("Hi")\n```') == [
        {
            "language": "python",
            "commented_out": False,
            "code": f'{LOAD}model.encode("Hi")',
            "library": "transformers",
            "entry_point": "AutoModel",
            "model_id": "ant/ant-1b",
            "hub": "huggingface",
            "inputs": ["Hi"],
        }
    ]


def test_a_later_block_knows_the_models_of_an_earlier_one() -> None:
    found = examples(f'```python\n{LOAD}```\n\nThen:\n\n```python\nmodel.encode("Hi")\n```')
    assert [(e.get("model_id"), e.get("inputs")) for e in found] == [
        ("ant/ant-1b", None),
        (None, ["Hi"]),
    ]


def test_a_block_that_only_prepares_is_no_example() -> None:
    assert examples(
        "```python\nfrom transformers import AutoTokenizer\n"
        'AutoTokenizer.from_pretrained("ant/ant-1b")\n```\n\n```json\n{"model": "ant/ant-1b"}\n```'
    ) == []  # fmt: skip


def test_python_in_a_fence_of_the_shell_is_python() -> None:
    assert [e["language"] for e in examples(f"```bash\n{LOAD}```")] == ["python"]


def test_commands_in_a_fence_of_python_are_commands() -> None:
    assert [
        (e["language"], e["library"]) for e in examples("```python\nvllm serve ant/ant-1b\n```")
    ] == [("shell", "vllm")]


def test_packages_are_those_of_the_block_or_of_the_text_above_it() -> None:
    assert [e.get("installs") for e in examples(f"```python\n!pip install ant\n{LOAD}```")] == [
        ["ant"]
    ]
    assert [
        e.get("installs")
        for e in examples(
            f"First install it:\n\n```\npip install -U ant bee\n```\n\n```python\n{LOAD}```\n\n"
            f"## Training\n\n```python\n{LOAD}```"
        )
    ] == [["ant", "bee"], None]


def test_what_another_librarys_section_installs_is_not_wanted() -> None:
    served = "## SGLang\n\n```bash\npython -m sglang.launch_server --model-path ant/ant-1b\n```"
    assert [
        e.get("installs")
        for heading in ("vLLM inference", "Installation", "SGLang and vLLM")
        for e in examples(f"## {heading}\n\n```bash\npip install 'vllm>=0.4.1'\n```\n\n{served}")
    ] == [None, ["vllm>=0.4.1"], ["vllm>=0.4.1"]]


def test_a_file_of_requirements_is_an_install() -> None:
    assert [
        e.get("installs") for e in examples(f"```\nant==1.0\nbee>=2\n```\n\n```python\n{LOAD}```")
    ] == [["ant==1.0", "bee>=2"]]


def test_the_block_behind_the_word_output_is_the_output() -> None:
    assert [
        e.get("expected_output")
        for e in examples(f"```python\n{LOAD}```\n\nOutput:\n\n```\nHello\n```")
    ] == ["Hello"]
    assert [
        e.get("expected_output")
        for e in examples(f"```python\n{LOAD}```\n\n输出：\n\n```\n你好\n```")
    ] == ["你好"]


def test_a_hidden_example_is_an_example_and_a_problem() -> None:
    card = f"<!--\n```python\n{LOAD}```\n-->\n\nAnts."
    assert [e["commented_out"] for e in examples(card)] == [True]
    assert codes(card) == ["example-commented-out"]


def test_code_that_does_not_compile_is_a_problem() -> None:
    card = f"```python\n{LOAD}model.encode(\n```"
    assert [(e["model_id"], "code" in e) for e in examples(card)] == [("ant/ant-1b", False)]
    assert codes(card) == ["example-does-not-compile"]


def test_no_example_is_a_problem() -> None:
    assert codes("Ants are small.") == ["example-missing"]


def test_of_two_models_the_one_of_the_title_is_the_examples() -> None:
    assert [
        e["model_id"]
        for e in examples(
            "```python\nfrom diffusers import VaeModel, AntPipeline\n"
            'vae = VaeModel.from_pretrained("bee/bee-vae")\n'
            'AntPipeline.from_pretrained("ant/ant-1b", vae=vae)\n```'
        )
    ] == ["ant/ant-1b"]


def test_each_value_points_to_where_it_is_printed() -> None:
    raw = f'# Ant 1B\n\n```python\n{LOAD}model.to("cuda")\n```\n'
    evidence = read_record(raw)["evidence"]
    assert {
        pointer: at["text"]
        for pointer, at in evidence.items()
        if pointer.startswith("/examples/0/")
    } == {
        "/examples/0/code": f'{LOAD}model.to("cuda")',
        "/examples/0/entry_point": "AutoModel",
        "/examples/0/model_id": "ant/ant-1b",
        "/examples/0/device": "cuda",
    }
