"""A model runs in a box as it does outside, and what its libraries do is no attempt at anything."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from cardkit.sandbox import Box, available, clean_environment, run

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="needs Linux"),
    pytest.mark.skipif(
        any(importlib.util.find_spec(name) is None for name in ("torch", "transformers")),
        reason="needs the extra `run`",
    ),
]

CODE = """
import shutil, tempfile, torch
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM
config = LlamaConfig(vocab_size=100, hidden_size=32, intermediate_size=64, num_hidden_layers=2,
                     num_attention_heads=4, bos_token_id=1, eos_token_id=2)
torch.manual_seed(0)
LlamaForCausalLM(config).save_pretrained("model")
shutil.copytree("model", tempfile.mkdtemp() + "/copy")
model = AutoModelForCausalLM.from_pretrained("model")
ids = torch.tensor([[1, 5, 6]])
print(model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=4).shape[0])
"""


@pytest.mark.parametrize("rung", ["landlock", "bubblewrap"])
def test_a_tiny_model_is_saved_loaded_and_asked(rung: str, tmp_path: Path) -> None:
    if rung not in available():
        pytest.skip(f"no {rung} here: see `cardkit doctor`")
    work, out, err = tmp_path / "work", tmp_path / "out", tmp_path / "err"
    work.mkdir()
    box = Box((), work, 100.0, 4 << 30, 8, 64 << 20, 1 << 20)
    environment = clean_environment(box, {"OMP_NUM_THREADS": "1"})
    came = run(
        [sys.executable, "-c", CODE], box, rung,
        environment=environment, stdout=out, stderr=err,
    )  # fmt: skip
    assert (out.read_text(), came.exit_code) == ("1\n", 0), err.read_text()
    assert (came.denied, came.stopped, came.left) == ((), None, 0)
