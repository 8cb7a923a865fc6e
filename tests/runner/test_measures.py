"""Each measurement finds a healthy model healthy, and shows the fault that it is there for."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra `run`")
transformers = pytest.importorskip("transformers", reason="needs the extra `run`")
safetensors = pytest.importorskip("safetensors.torch", reason="needs the extra `run`")

from cardkit.outcome import Difference, Numerics, Outcome, Shape, Tensors
from cardkit.plan import Untried
from cardkit.runner.numerics import not_finite
from cardkit.runner.shape import context_length
from example_runs import GENERATE, HEAD

Ran = Callable[..., Outcome]
Built = Callable[[str], Path]
HEALTHY = Tensors(compared=21)
NORM = "model.norm.weight"


def change(folder: Path, **tensors: Any) -> None:
    """Write a folder's weights anew: None takes a tensor out, a function changes it."""
    path = folder / "model.safetensors"
    held = safetensors.load_file(path)
    for name, value in tensors.items():
        held[name] = value(held[name]) if callable(value) else value
    kept = {name: value for name, value in held.items() if value is not None}
    safetensors.save_file(kept, path, {"format": "pt"})


def configured(folder: Path, **values: Any) -> None:
    """Change keys of a folder's config.json."""
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def tensors(found: Outcome) -> Tensors:
    assert isinstance(found.tensors, Tensors), found.tensors
    return found.tensors


def numerics(found: Outcome) -> Numerics:
    assert isinstance(found.numerics, Numerics), found.numerics
    return found.numerics


def shape(found: Outcome) -> Shape:
    assert isinstance(found.shape, Shape), found.shape
    return found.shape


def test_a_model_in_memory_is_that_of_its_file(ran: Ran) -> None:
    assert tensors(ran(GENERATE, layers="L1")) == HEALTHY


def test_casts_are_counted_and_are_no_difference(ran: Ran) -> None:
    code = HEAD.replace("(MODEL)\ninputs", "(MODEL, dtype='bfloat16')\ninputs")
    found = tensors(ran(code, layers="L1 L4"))
    casts = {"float32 to bfloat16": 21}
    assert found == Tensors(compared=21, casts=casts, second_load_differs=())


def test_several_files_are_compared_as_one_is(ran: Ran, folder: Path) -> None:
    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    model.save_pretrained(folder, max_shard_size="100KB")
    assert len(list(folder.glob("model-*.safetensors"))) > 3
    (folder / "model.safetensors").unlink(missing_ok=True)
    assert tensors(ran(HEAD, layers="L1")) == HEALTHY


def test_experts_that_are_fused_as_they_load_are_compared(ran: Ran, built: Built) -> None:
    files = safetensors.load_file(built("deepseek_v2") / "model.safetensors")
    assert any("experts.0.gate_proj" in name for name in files)
    healthy = tensors(ran(HEAD, built("deepseek_v2"), layers="L1"))
    assert (healthy.differing, healthy.not_in_files, healthy.not_in_memory) == ((), (), ())
    code = HEAD + "model.model.layers[1].mlp.experts.gate_up_proj.data[3, 5, 7] += 1e-3\n"
    (differing,) = tensors(ran(code, built("deepseek_v2"), layers="L1")).differing
    assert differing.name == "model.layers.1.mlp.experts.gate_up_proj"
    assert differing.largest == pytest.approx(1e-3, rel=1e-2)


def test_ties_need_no_file(ran: Ran, built: Built) -> None:
    assert "lm_head.weight" not in safetensors.load_file(built("gpt2") / "model.safetensors")
    assert tensors(ran(HEAD, built("gpt2"), layers="L1")) == Tensors(compared=28)
    untied = HEAD + (
        "import torch\nmodel.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.clone())\n"
    )
    expected = Tensors(compared=28, not_in_files=("lm_head.weight",))
    assert tensors(ran(untied, built("gpt2"), layers="L1")) == expected


def test_a_buffer_that_is_more_exact_than_its_file_is_no_difference(ran: Ran, built: Built) -> None:
    folder = built("openlm")
    name = "model.layers.0.attention.pos_embed.inv_freq"
    change(folder, **{name: lambda held: held.bfloat16()})
    healthy = tensors(ran(HEAD, folder, layers="L1"))
    assert (healthy.differing, healthy.casts) == ((), {"bfloat16 to float32": 1})
    code = HEAD + "model.model.layers[0].attention.pos_embed.inv_freq[1] *= 1.01\n"
    assert [each.name for each in tensors(ran(code, folder, layers="L1")).differing] == [name]


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_one_bit_of_one_value_is_found(dtype: str, ran: Ran) -> None:
    code = HEAD.replace("(MODEL)\ninputs", f"(MODEL, dtype='{dtype}')\ninputs") + (
        "import torch\n"
        "row = model.model.layers[1].mlp.up_proj.weight.data.view(-1)\n"
        "row[-1] = torch.nextafter(row[-1], row[-1] + 1)\n"
    )
    found = tensors(ran(code, layers="L1"))
    assert [each.name for each in found.differing] == ["model.layers.1.mlp.up_proj.weight"]
    assert found.differing_count == 1


def test_weights_that_were_made_anew_in_silence_are_found(ran: Ran) -> None:
    found = ran(HEAD + "for each in model.parameters(): each.data.normal_()\n", layers="L1 L4")
    assert (found.loads[0].missing, found.loads[0].unexpected) == ((), ())
    assert (tensors(found).differing_count, len(tensors(found).differing)) == (21, 20)
    assert tensors(found).second_load_differs is not None
    assert len(tensors(found).second_load_differs or ()) == 21


def test_a_file_that_is_another_than_the_one_loaded_is_found(ran: Ran, folder: Path) -> None:
    other = folder.parent / "other.safetensors"
    held = safetensors.load_file(folder / "model.safetensors")
    held[NORM][3] += 0.5
    safetensors.save_file(held, other, {"format": "pt"})
    code = HEAD + f"import os\nos.replace({str(other)!r}, MODEL + '/model.safetensors')\n"
    (differing,) = tensors(ran(code, layers="L1")).differing
    assert (differing.name, differing.largest) == (NORM, pytest.approx(0.5))


def test_a_tensor_that_no_file_has_is_named(ran: Ran, folder: Path) -> None:
    change(folder, **{NORM: None})
    found = ran(HEAD, layers="L1")
    assert found.loads[0].missing == (NORM,)
    assert tensors(found) == Tensors(compared=20, not_in_files=(NORM,))


def test_a_tensor_that_only_the_file_has_is_named(ran: Ran, folder: Path) -> None:
    change(folder, **{"model.layers.9.mlp.up_proj.weight": torch.ones(3)})
    found = ran(HEAD, layers="L1")
    name = "model.layers.9.mlp.up_proj.weight"
    assert found.loads[0].unexpected == (name,)
    assert tensors(found) == Tensors(compared=21, not_in_memory=(name,))


def test_buffers_that_old_files_hold_are_no_fault(ran: Ran, folder: Path) -> None:
    change(folder, **{"model.layers.0.self_attn.rotary_emb.inv_freq": torch.ones(8)})
    assert tensors(ran(HEAD, layers="L1")) == HEALTHY


def test_another_shape_is_told(ran: Ran, folder: Path) -> None:
    change(folder, **{NORM: torch.ones(63)})
    code = HEAD.replace("(MODEL)\ninputs", "(MODEL, ignore_mismatched_sizes=True)\ninputs")
    found = ran(code, layers="L1")
    assert found.loads[0].mismatched == (NORM,)
    difference = Difference(name=NORM, because="63 in the file, 64 in memory")
    assert tensors(found) == Tensors(compared=21, differing=(difference,), differing_count=1)


def test_nan_equals_nan_and_nothing_else(ran: Ran, folder: Path) -> None:
    change(folder, **{NORM: lambda tensor: tensor.index_fill(0, torch.tensor([1]), torch.nan)})
    assert tensors(ran(HEAD, layers="L1")) == HEALTHY
    code = HEAD + "model.model.norm.weight.data[1] = 1\n"
    because = "one of both is not finite where the other is"
    difference = Difference(name=NORM, because=because)
    found = tensors(ran(code, layers="L1"))
    assert found == Tensors(compared=21, differing=(difference,), differing_count=1)


def test_weights_that_are_nowhere_are_named(ran: Ran) -> None:
    found = tensors(ran(HEAD + "model.model.norm.to('meta')\n", layers="L1"))
    assert found == Tensors(compared=20, on_meta=(NORM,))


def test_quantized_weights_are_not_held_against_the_file(ran: Ran) -> None:
    reason = "the model is quantized: its numbers in memory are not the files'"
    found = ran(HEAD + "model.hf_quantizer = object()\n", layers="L1")
    assert found.tensors == Untried(untried=reason)


def test_a_buffer_that_no_file_holds_is_held_against_a_second_load(ran: Ran) -> None:
    code = GENERATE + "model.model.rotary_emb.inv_freq.mul_(1.5)\n"
    found = tensors(ran(code, layers="L1 L4"))
    differs = ("model.rotary_emb.inv_freq",)
    assert found == Tensors(compared=21, second_load_differs=differs)


def test_the_reference_needs_memory(ran: Ran) -> None:
    found = ran(GENERATE, layers="L1 L4 L5", limits={"memory": 1 << 20})
    reason = "the reference needs 0.0 GB beside the model, and 0.0 GB are free"
    assert (found.parity, found.divergence) == (Untried(untried=reason), Untried(untried=reason))
    assert tensors(found).second_load_differs is None


def test_the_reference_is_the_librarys_own_code(ran: Ran) -> None:
    code = (
        "from transformers import LlamaForCausalLM\n"
        "class Own(LlamaForCausalLM): pass\n"
        "model = Own.from_pretrained(MODEL)\n"
    )
    reason = Untried(untried="Own is no class of the library")
    assert ran(code, layers="L4").parity == reason


def test_the_shape_has_the_records_names(ran: Ran, built: Built) -> None:
    found = shape(ran(HEAD, built("gpt_neox"), layers="L2"))
    assert (found.model_type, found.dtype, found.embedding_rows) == ("gpt_neox", "float32", 400)
    assert found.tokenizer_length == 400
    expected = {"num_hidden_layers": 2, "hidden_size": 64, "num_attention_heads": 4}
    expected |= {"intermediate_size": 256, "vocab_size": 400, "context_length": 256}
    expected |= {"rotary_pct": 0.25, "rope_theta": 10000}
    assert {name: found.config.get(name) for name in expected} == expected
    other = shape(ran(HEAD, built("gpt2"), layers="L2"))
    names = ("num_hidden_layers", "hidden_size", "num_attention_heads", "context_length")
    assert [other.config[name] for name in names] == [2, 64, 4, 256]
    assert other.config.get("rope_theta") is None
    model = transformers.AutoModelForCausalLM.from_pretrained(built("gpt2"))
    assert other.num_parameters == sum(each.numel() for each in set(model.parameters()))


def test_positions_behind_that_of_the_padding_are_the_context(built: Built) -> None:
    model = transformers.AutoModelForMaskedLM.from_pretrained(built("roberta"))
    pad = model.config.pad_token_id
    assert context_length(model) == model.config.max_position_embeddings - pad - 1


def test_ties_are_as_config_json_says_whatever_the_class_makes_of_it(
    ran: Ran, built: Built, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(built("t5"), tmp_path / "t5"))
    code = HEAD.replace("ForCausalLM", "ForSeq2SeqLM")
    given = code.replace("(MODEL)\ninputs", "(MODEL, tie_word_embeddings=True)\ninputs")
    tied = shape(ran(code, folder, layers="L2"))
    matrix = 400 * 64
    assert (tied.config["tie_word_embeddings"], tied.beside, tied.copies) == (True, 0, 0)
    configured(folder, tie_word_embeddings=False)
    shared = safetensors.load_file(folder / "model.safetensors")["shared.weight"]
    change(folder, **{"lm_head.weight": shared + 1})
    apart = shape(ran(code, folder, layers="L2"))
    assert (apart.config["tie_word_embeddings"], apart.beside, apart.copies) == (False, 0, 0)
    assert apart.num_parameters == tied.num_parameters + matrix
    change(folder, **{"lm_head.weight": shared.clone()})
    alike = shape(ran(code, folder, layers="L2"))
    assert (alike.config["tie_word_embeddings"], alike.copies) == (False, matrix)
    assert (alike.num_parameters, alike.beside) == (tied.num_parameters, matrix)
    assert shape(ran(given, folder, layers="L2")).config["tie_word_embeddings"] is True


def test_more_tokens_than_rows_are_told(ran: Ran) -> None:
    found = shape(ran(HEAD + "tokenizer.add_tokens(['<one>', '<two>'])\n", layers="L2"))
    assert (found.embedding_rows, found.tokenizer_length) == (400, 402)


def test_markers_are_read_as_the_tokenizer_reads_them(ran: Ran) -> None:
    prompt = {
        "format": {"value": "<|user|>\n{prompt}\n", "decided": "x"},
        "chat_template": {
            "value": "{{ '<|user|>\n' + messages[0].content + '\n' }}",
            "decided": "x",
        },
        "single_tokens": [{"value": "<|user|>\n", "decided": "x"}],
    }
    found = shape(ran(HEAD, layers="L2", entry={"prompt": prompt}))
    assert len(found.single_tokens["<|user|>\n"]) > 1
    assert [each[0] for each in found.prompt_findings] == ["marker-is-text"]
    added = HEAD + "tokenizer.add_tokens(['<|user|>\\n'], special_tokens=True)\n"
    found = shape(ran(added, layers="L2", entry={"prompt": prompt}))
    assert (found.single_tokens, found.prompt_findings) == ({"<|user|>\n": (400,)}, ())
    short = {**prompt, "format": {"value": "<|user|>{prompt}\n", "decided": "x"}}
    found = shape(ran(added, layers="L2", entry={"prompt": short}))
    assert ("ids-differ", "error") in [each[:2] for each in found.prompt_findings]


@pytest.mark.parametrize("name", ["llama", "openlm", "bloom", "t5"])
def test_sound_numbers(name: str, ran: Ran, built: Built) -> None:
    code = GENERATE
    others: dict[str, Any] = {}
    if name == "t5":
        code, others = GENERATE.replace("ForCausalLM", "ForSeq2SeqLM"), {"kind": "seq2seq"}
    found = numerics(ran(code, built(name), layers="L3", **others))
    assert (found.finite, found.not_finite, found.vocabulary) == (True, (), 400)
    assert found.causality == 0
    assert found.cache is not None
    assert found.padding is not None
    assert 0 < found.cache < 1e-4 * found.scale
    assert 0 <= found.padding < 1e-4 * found.scale
    assert found.cache_same_tokens
    no_output = {"loss of prompt and documented output": "the card shows no output"}
    if name == "t5":
        assert found.losses == ()
    else:
        (loss,) = found.losses
        assert (loss.text, found.untried) == ("en", no_output)
        assert 4 < loss.nats < 12  # ln(400) is 6: these weights are random


def test_losses_are_of_the_models_languages(ran: Ran) -> None:
    languages = [{"value": each, "decided": "x"} for each in ("de", "zh-Hans", "xx", "code")]
    entry = {"about": {"languages": languages}}
    found = numerics(ran(GENERATE, layers="L3", entry=entry))
    assert [loss.text for loss in found.losses] == ["de", "zh", "code"]


def test_the_loss_of_the_documented_output_is_that_of_the_library(ran: Ran, folder: Path) -> None:
    said = "Name three colours of the sky. Blue at noon, and black at night."
    entry = {"example": {"expected_output": {"value": said, "decided": "x"}}}
    loss = numerics(ran(GENERATE, layers="L3", entry=entry)).losses[0]
    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    parts = ("Name three colours of the sky.", " Blue at noon, and black at night.")
    ids = torch.tensor([[id_ for part in parts for id_ in tokenizer(part)["input_ids"]]])
    assert (loss.text, loss.tokens) == ("prompt and documented output", ids.shape[1] - 1)
    assert loss.nats == pytest.approx(model(ids, labels=ids).loss.item(), rel=1e-5)
    other = GENERATE.replace("Name three colours of the sky.", "Something else?")
    untried = numerics(ran(other, layers="L3", entry=entry)).untried
    assert untried == {
        "loss of prompt and documented output": "the prompt that ran is not the card's"
    }


def test_values_that_are_not_finite_are_found_with_the_first_parameter(
    ran: Ran, folder: Path
) -> None:
    change(folder, **{NORM: lambda tensor: tensor.index_fill(0, torch.tensor([1]), torch.nan)})
    found = numerics(ran(HEAD, layers="L3"))
    assert (found.finite, found.not_finite) == (False, ("logits", NORM))
    assert set(found.untried) == {"losses", "causality", "cache", "padding"}


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "float64", "float8_e5m2"])
def test_each_value_that_is_not_finite_is_seen_and_a_great_sum_is_no_fault(dtype: str) -> None:
    def fault(*values: float) -> tuple[str, ...]:
        held = torch.nn.Module()
        tensor = torch.tensor(values).to(getattr(torch, dtype))
        held.register_parameter("x", torch.nn.Parameter(tensor, requires_grad=False))
        return not_finite(held)

    most = min(torch.finfo(getattr(torch, dtype)).max, torch.finfo(torch.float32).max)
    assert fault(*[most] * 100) == ()
    for values in ((0, torch.nan), (torch.inf, -torch.inf), (*[most] * 100, torch.inf)):
        assert fault(*values) == ("x",)


def test_rows_of_the_vocabulary_that_are_masked_out_are_no_fault(ran: Ran) -> None:
    code = GENERATE + (
        "def masked(module, inputs, output):\n"
        "    return output.index_fill(-1, torch.tensor([7]), -torch.inf)\n"
        "import torch\n"
        "model.lm_head.register_forward_hook(masked)\n"
    )
    found = numerics(ran(code, layers="L3"))
    assert found.finite
    assert found.cache is not None
    assert found.cache < 1e-4


def test_attention_that_sees_what_comes_later_is_found(ran: Ran) -> None:
    code = HEAD + "for layer in model.model.layers: layer.self_attn.is_causal = False\n"
    found = numerics(ran(code, layers="L3"))
    assert found.causality is not None
    assert found.causality > 0.01 * found.scale


def test_a_cache_that_forgets_is_found(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    layer = transformers.cache_utils.DynamicLayer
    own = layer.update

    def worn(self: Any, keys: Any, values: Any, *args: Any, **kwargs: Any) -> Any:
        keys, values = own(self, keys, values, *args, **kwargs)
        if keys.shape[-2] > 12:  # once tokens were written
            values = torch.cat([values[..., :1, :] * 0, values[..., 1:, :]], dim=-2)
        return keys, values

    monkeypatch.setattr(layer, "update", worn)
    found = numerics(ran(HEAD, layers="L3"))
    assert found.cache is not None
    assert found.cache > 0.01 * found.scale


def test_padding_that_matters_is_found(ran: Ran) -> None:
    code = HEAD + (
        "import functools\n"
        "own = model.forward\n"
        "@functools.wraps(own)\n"
        "def forward(*args, **kwargs):\n"
        "    return own(*args, **{**kwargs, 'attention_mask': None})\n"
        "model.forward = forward\n"
    )
    found = numerics(ran(code, layers="L3"))
    assert found.padding is not None
    assert found.padding > 0.01 * found.scale


def test_without_a_pad_token_padding_is_untried(ran: Ran) -> None:
    code = HEAD + "tokenizer.pad_token = None\nmodel.config.pad_token_id = None\n"
    found = numerics(ran(code, layers="L3"))
    assert (found.padding, found.untried["padding"]) == (None, "the tokenizer has no pad token")
