"""Every architecture computes on the simulated NPU what it computes on the CPU."""

from __future__ import annotations

from pathlib import Path

import pytest

from npu_kit.asking import Ask, ThereError
from tiny import MODELS

WORDLESS = ("bert", "roberta")
"""They write nothing."""
HALF = {"bfloat16": 0.15, "float16": 0.02}
"""Logits are up to 8; measured at most 0.0625 and 0.0098."""


every = pytest.mark.parametrize("model", MODELS, indirect=True)


@pytest.fixture(scope="module")
def model(
    request: pytest.FixtureRequest, npu: Ask, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """Name a tiny model; `folder` there is where it lies."""
    folder = str(tmp_path_factory.mktemp("tiny"))
    npu(
        "from npu_kit.comparing import *; import pathlib, transformers, warnings\n"
        "transformers.logging.set_verbosity_error(); warnings.simplefilter('ignore')\n"
        f"folder = folder_of({request.param!r}, {folder!r})"
    )
    name: str = request.param
    return name


@every
@pytest.mark.usefixtures("model")
def test_its_logits_are_the_cpus_in_each_way_of_attention(npu: Ask) -> None:
    assert npu("max(difference(folder, attn_implementation=way) for way in attentions(folder))") < (
        1e-4
    )


@every
@pytest.mark.usefixtures("model")
@pytest.mark.parametrize("dtype", HALF)
def test_its_logits_in_half_precision_are_near_the_cpus(npu: Ask, dtype: str) -> None:
    assert npu(f"difference(folder, dtype=torch.{dtype})") < HALF[dtype]


@pytest.mark.parametrize("model", [name for name in MODELS if name not in WORDLESS], indirect=True)
@pytest.mark.usefixtures("model")
def test_it_writes_what_it_writes_on_the_cpu_and_samples_by_its_seed(npu: Ask) -> None:
    assert npu(
        "cpu, there = load(folder), load(folder).to('npu:0')\n"
        "sample = {'do_sample': True, 'temperature': 5.0, 'top_k': 0, 'top_p': 0.98}\n"
        "a, b = (generated(one, folder, do_sample=False) for one in (cpu, there))\n"
        "c, d = (generated(there, folder, **sample) for _ in range(2))\n"
        "[a == b, c == d, c == a, c == generated(cpu, folder, **sample)]"
    ) == [True, True, False, False]


@pytest.mark.parametrize("model", ["llama"], indirect=True)
@pytest.mark.usefixtures("model")
def test_beams_and_caches_of_other_kinds_write_what_they_write_on_the_cpu(npu: Ask) -> None:
    assert (
        npu(
            "cpu, there = load(folder), load(folder).to('npu:0')\n"
            "ways = [{'num_beams': 3}, {'cache_implementation': 'static', 'disable_compile': True},"
            " {'use_cache': False}, {'repetition_penalty': 1.5}]\n"
            "[generated(cpu, folder, do_sample=False, **way) =="
            " generated(there, folder, do_sample=False, **way) for way in ways]"
        )
        == [True] * 4
    )


@pytest.mark.parametrize("model", ["llama"], indirect=True)
@pytest.mark.usefixtures("model")
@pytest.mark.parametrize("where", ["'auto'", "'npu'", "{'': 'npu:0'}", "0"])
def test_every_way_to_name_it_loads_on_it(npu: Ask, where: str) -> None:
    assert npu(f"devices(load(folder, device_map={where}))") == ["npu:0"]


@pytest.mark.parametrize("model", ["llama", "openlm"], indirect=True)
@pytest.mark.usefixtures("model")
def test_what_it_saves_the_cpu_loads(npu: Ask, tmp_path: Path) -> None:
    assert npu(
        f"load(folder, device_map='npu:0').save_pretrained({str(tmp_path)!r})\n"
        f"saved = pathlib.Path({str(tmp_path)!r})\n"
        "before, after = load(folder).state_dict(), load(saved).state_dict()\n"
        "[list(before) == list(after), all(torch.equal(before[n], after[n]) for n in before)]"
    ) == [True, True]


@pytest.mark.parametrize("model", ["llama", "gpt_neox"], indirect=True)
@pytest.mark.usefixtures("model")
@pytest.mark.parametrize("device", ["npu:0", "npu"])
def test_a_pipeline_writes_on_it(npu: Ask, device: str) -> None:
    assert npu(
        "def written(device):\n"
        "    pipe = transformers.pipeline('text-generation', folder, device=device)\n"
        "    return str(pipe.device), pipe('你好', max_new_tokens=9, do_sample=False)\n"
        f"(a, there), (b, cpu) = written({device!r}), written('cpu')\n"
        "[a, b, there == cpu, there[0]['generated_text'][:2]]"
    ) == [device, "cpu", True, "你好"]


@pytest.mark.parametrize("model", ["openlm"], indirect=True)
@pytest.mark.usefixtures("model")
def test_inputs_left_on_the_cpu_fail_as_on_hardware(npu: Ask) -> None:
    with pytest.raises(ThereError) as raised:
        npu("load(folder, device_map='npu:0')(**inputs(folder, 'cpu'))")
    assert str(raised.value) == (
        "RuntimeError: Expected all tensors to be on the same device, but found at least two "
        "devices, npu:0 and cpu! (when checking argument for argument index in method "
        "wrapper_NPU_index_select)"
    )


@pytest.mark.parametrize("model", ["llama"], indirect=True)
@pytest.mark.usefixtures("model")
def test_an_npu_that_is_not_there_is_not_loaded_on(npu: Ask) -> None:
    with pytest.raises(ThereError, match="Invalid device ID 1"):
        npu("load(folder, device_map='npu:1')")
