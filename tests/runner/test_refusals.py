"""No pickle is loaded, and no code of the repository runs, whatever example and files say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra `run`")
transformers = pytest.importorskip("transformers", reason="needs the extra `run`")

from cardkit.outcome import Outcome, Tensors
from example_runs import GENERATE, HEAD

Ran = Callable[..., Outcome]
CODE = """
from pathlib import Path
Path({marker!r}).touch()
from transformers import LlamaConfig, LlamaForCausalLM

class OwnConfig(LlamaConfig):
    model_type = "own"

class OwnForCausalLM(LlamaForCausalLM):
    config_class = OwnConfig
"""
TRUSTING = GENERATE.replace("LM.from_pretrained(MODEL", "LM.from_pretrained(MODEL, trust_remote_code=True")  # fmt: skip  # noqa: E501


def edit(path: Path, **values: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


@pytest.fixture
def marker(folder: Path, tmp_path: Path) -> Path:
    """Return what the repository's code makes when it runs."""
    mark = tmp_path / "ran"
    (folder / "own.py").write_text(CODE.format(marker=str(mark)))
    names = {"AutoConfig": "own.OwnConfig", "AutoModelForCausalLM": "own.OwnForCausalLM"}
    edit(folder / "config.json", model_type="own", auto_map=names)
    return mark


def test_code_of_the_repository_does_not_run(ran: Ran, marker: Path) -> None:
    error = ran(TRUSTING, layers="L1").error
    assert error is not None
    assert error.type == "ValueError"
    assert "contains custom code which must be executed" in error.message
    assert not marker.exists()


@pytest.mark.parametrize(
    "code",
    [
        "AutoConfig.from_pretrained(MODEL, trust_remote_code=True)",
        "AutoTokenizer.from_pretrained(MODEL, trust_remote_code=True)",
        "pipeline('text-generation', MODEL, trust_remote_code=True)",
        "get_class_from_dynamic_module('own.OwnConfig', MODEL)",
        "LlamaForCausalLM.from_pretrained(MODEL, trust_remote_code=True).generate("
        "custom_generate=MODEL, trust_remote_code=True)",
    ],
)
def test_nor_by_any_other_way(code: str, ran: Ran, marker: Path, folder: Path) -> None:
    tokenizers = {"AutoTokenizer": ["own.OwnTokenizer", None]}
    edit(folder / "tokenizer_config.json", auto_map=tokenizers, tokenizer_class="OwnTokenizer")
    (folder / "custom_generate").mkdir()
    (folder / "custom_generate" / "generate.py").write_text(CODE.format(marker=str(marker)))
    if "Llama" in code:
        edit(folder / "config.json", model_type="llama")
    head = (
        "from transformers import AutoConfig, AutoTokenizer, LlamaForCausalLM, pipeline\n"
        "from transformers.dynamic_module_utils import get_class_from_dynamic_module\n"
    )
    found = ran(head + code)
    assert not marker.exists()
    if "Tokenizer" not in code:  # there the built-in class stands in
        assert found.error is not None


def test_allowed_code_runs_and_its_reference_is_the_librarys(
    ran: Ran, marker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = transformers.dynamic_module_utils
    monkeypatch.setattr(module, "HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.syspath_prepend(str(tmp_path / "modules"))
    found = ran(TRUSTING, layers="L1 L4", allow_remote_code=True)
    assert found.error is None
    assert marker.exists()
    assert found.loads[0].model == "OwnForCausalLM"
    assert isinstance(found.tensors, Tensors)
    assert (found.tensors.compared, found.tensors.differing) == (21, ())
    assert found.parity is not None
    assert found.parity.model_dump() == {
        "untried": "the library has no code of its own for this model"
    }


@pytest.mark.parametrize("key", ["_attn_implementation", "attn_implementation"])
def test_a_config_does_not_choose_the_kernel(key: str, ran: Ran, folder: Path) -> None:
    edit(folder / "config.json", **{key: "evil/kernel"})
    found = ran(GENERATE)
    assert (found.error, len(found.answers)) == (None, 1)


def test_pickles_are_not_loaded(ran: Ran, folder: Path) -> None:
    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    for code in (HEAD, HEAD.replace("(MODEL)\ninputs", "(MODEL, use_safetensors=False)\ninputs")):
        error = ran(code).error
        assert error is not None
        assert error.type == "UnsafeWeightsError"
    error = ran("import torch\ntorch.load(MODEL + '/pytorch_model.bin', weights_only=True)").error
    assert error is not None
    assert (error.type, error.line) == ("UnsafeWeightsError", 2)


def test_safetensors_are_taken_where_both_are(ran: Ran, folder: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(b"no pickle")
    code = HEAD.replace("(MODEL)\ninputs", "(MODEL, use_safetensors=False)\ninputs")
    assert ran(code).error is None


def test_what_was_put_in_a_librarys_place_is_put_back(ran: Ran) -> None:
    from transformers import dynamic_module_utils
    from transformers.models.auto import auto_factory

    def places() -> list[Any]:
        return [
            transformers.PreTrainedModel.__dict__["from_pretrained"],
            transformers.AutoModelForCausalLM.__dict__["from_pretrained"],
            transformers.GenerationMixin.generate,
            transformers.PreTrainedConfig.__dict__["get_config_dict"],
            dynamic_module_utils.get_class_in_module,
            auto_factory.get_class_from_dynamic_module,
            torch.load,
        ]

    before = places()
    ran(GENERATE, layers="L1")
    assert places() == before
