"""What the checks rest on is so in real models: counts to the last parameter, and their limits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra `run`")
transformers = pytest.importorskip("transformers", reason="needs the extra `run`")

import tiny
from cardkit.checks import l2_spec, l3_numerics
from cardkit.hubs import weights
from cardkit.hubs.tree import RemoteFile
from cardkit.openlm import register
from cardkit.runner import numerics, shape
from cardkit.runner.scene import Scene
from outcomes import DOLLY, decided, files, load, outcome, plan

register()
torch.set_num_threads(1)  # faster for matrices so small, and others share the cores
CAUSAL = ("gpt_neox", "llama", "openlm")

pytestmark = pytest.mark.filterwarnings(
    "ignore:`torch.jit.script` is deprecated:DeprecationWarning"  # by gpt_bigcode of 5.13
)


def scene(model_type: str, folder: Path, dtype: Any = None) -> Scene:
    tiny.build(model_type, folder)
    auto = getattr(transformers, tiny.usual(model_type.partition(" ")[0]))
    model = auto.from_pretrained(folder, dtype=dtype or torch.float32).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    entry = decided(DOLLY, prompt={"single_tokens": [], "format": None, "chat_template": None})
    told = load(
        model=type(model).__name__, dtype=str(model.dtype).removeprefix("torch."), called="Auto"
    )
    asked = plan(entry=entry, rehearsal=True, kind="masked" if "Masked" in told.model else "causal")
    ids = tuple(tokenizer("Why do ants carry leaves home?")["input_ids"])
    return Scene(asked, folder, model, tokenizer, told, (), {}, ids)


def counted(folder: Path) -> int | None:
    there = {
        path.name: RemoteFile(path.name, path.stat().st_size, "0" * 64)
        for path in folder.glob("*.safetensors")
    }
    return weights.count(weights.InFolder(folder), there)


@pytest.mark.parametrize("model_type", tiny.MODELS)
def test_headers_model_and_formula_count_the_same(model_type: str, tmp_path: Path) -> None:
    got = scene(model_type, tmp_path)
    measured = shape.measure(got)
    layer = l2_spec.check(
        got.plan.model_copy(update={"entry": decided(got.plan.entry, load={"model_type": None})}),
        outcome(shape=measured, loads=(got.load,), files=files(num_parameters=counted(tmp_path))),
    )
    assert (layer.verdict, layer.findings) == ("pass", ())
    assert layer.because == (
        f"Parameters counted by the model, the headers, the formula of {got.load.model}. The "
        "figures of card and entry are not held against a stand-in."
    )
    short = outcome(
        shape=measured, loads=(got.load,), files=files(num_parameters=(counted(tmp_path) or 0) - 1)
    )
    assert l2_spec.check(got.plan, short).verdict == "fail"


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("model_type", CAUSAL)
def test_healthy_models_are_within_the_limits_of_their_number_format(
    model_type: str, dtype: str, tmp_path: Path
) -> None:
    got = scene(model_type, tmp_path, getattr(torch, dtype))
    layer = l3_numerics.check(got.plan, outcome(numerics=numerics.measure(got), loads=(got.load,)))
    assert layer.verdict == "pass"
    # random weights may hold two tokens that are as good as equal: that is said, and no fault
    assert {(each.code, each.severity) for each in layer.findings} <= {("num.cache", "warning")}
    held = [each.name for each in layer.figures if each.limit is not None]
    assert held == ["causality", "cache", "padding"]


def test_what_files_hold_beside_the_parameters_is_counted(tmp_path: Path) -> None:
    got = scene("openlm", tmp_path)
    frequencies = [tensor for name, tensor in got.model.named_buffers() if "inv_freq" in name]
    assert (shape.measure(got).beside, len(frequencies)) == (
        sum(tensor.numel() for tensor in frequencies),
        2,
    )
