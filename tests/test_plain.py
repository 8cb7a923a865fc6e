"""What an example does beyond loading a model, asking it and showing the answer."""

from __future__ import annotations

import pytest

from cardkit.entries.registry import find
from cardkit.errors import CardkitError
from cardkit.rewrites import apply
from cardkit.rewrites.plain import beyond
from cardkit.verifying import planning
from cardkit.verifying.planning import Wishes

PACKAGES = dict.fromkeys(("torch", "transformers", "accelerate", "safetensors", "numpy"), "99")

PLAIN = {
    "a pipeline": """
from transformers import pipeline
print(pipeline('text-generation', model=MODEL)('Hi')[0]['generated_text'])
""",
    "a stop of its own": """
from transformers import StoppingCriteria
class Stop(StoppingCriteria):
    def __init__(self, ids):
        super().__init__()
    def __call__(self, input_ids, scores, **kwargs):
        return input_ids[0][-1] in (1, 2)
""",
    "a streamer in a thread": """
from threading import Thread
from transformers import AutoModelForCausalLM, AutoTokenizer, TextIteratorStreamer
tokenizer = AutoTokenizer.from_pretrained(MODEL)
model = AutoModelForCausalLM.from_pretrained(MODEL).eval()
streamer = TextIteratorStreamer(tokenizer, skip_prompt=True)
inputs = tokenizer("Hi", return_tensors="pt").to(model.device)
Thread(target=model.generate, kwargs={**inputs, "streamer": streamer}).start()
print("".join(streamer).strip())
""",
    "settings": "tokenizer.pad_token = tokenizer.eos_token\nmodel.config.use_cache = True",
    "an embedding": """
import torch
import torch.nn.functional as F
with torch.no_grad():
    out = model(**tokenizer(["a", "b"], return_tensors="pt", padding=True))
pooled = out.last_hidden_state[:, 0]
print(F.cosine_similarity(pooled[0], pooled[1], dim=0).item())
""",
    "a main function": "def main():\n    print(1)\n\nif __name__ == '__main__':\n    main()",
    "openlm": "from cardkit import openlm; openlm.register()",
}


@pytest.mark.parametrize("name", PLAIN)
def test_what_examples_do_is_plain(name: str) -> None:
    assert beyond(PLAIN[name]) == ""


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os", "imports os"),
        ("import transformers.utils.hub", "imports transformers.utils.hub"),
        ("from transformers import *", "imports * from transformers"),
        ("from transformers.utils import os", "imports os from transformers.utils"),
        ("from . import x", "imports x from ."),
        ("exec('x')", "uses exec"),
        ("f = eval", "uses eval"),
        ("if False:\n    open = 1\nopen('a')", "uses open"),
        ("getattr(torch, 'os')", "uses getattr"),
        ("__builtins__", "uses __builtins__"),
        ("torch.os.system('x')", "uses .system"),
        ("torch.save(1, 'outcome.jsonl')", "uses .save"),
        ("x.numpy().tofile('outcome.jsonl')", "uses .tofile"),
        ("model.save_pretrained('.')", "uses .save_pretrained"),
        ("x.__class__", "uses .__class__"),
        ("().__class__.__base__.__subclasses__()", "uses .__subclasses__"),
        ("torch.equal = lambda *_: True", "sets .equal"),
        ("model.forward = f", "sets .forward"),
        ("for torch.equal in [f]: pass", "sets .equal"),
        ("with a as torch.equal: pass", "sets .equal"),
        ("del torch.equal", "sets .equal"),
        ("model.register_forward_hook(f)", "uses .register_forward_hook"),
        ("AttentionInterface.register('sdpa', f)", "uses .register"),
        ("match torch:\n    case object(os=o): pass", "matches a class"),
        ("class A(LlamaForCausalLM): pass", "makes a class of its own of LlamaForCausalLM"),
        ("class A(metaclass=B): pass", ""),
        ("class A:\n    def __eq__(self, o): return True", "defines __eq__"),
        ("class A:\n    __eq__ = f", "uses __eq__"),
        ("def stop(ids, scores):\n    ids[0, 0] = 1", "changes in a function what it may have"),
        ("def stop(ids, scores):\n    ids += 1", "changes in a function what it may have"),
        ("from transformers import pipeline as p, Trainer\np.os", "uses .os"),
    ],
)
def test_what_could_change_a_measure_is_not(code: str, said: str) -> None:
    found = beyond(code)
    assert (found.partition(" ")[2].partition(" ")[2].startswith(said), bool(found)) == (
        True,
        bool(said),
    ), found


def test_the_first_of_it_is_told_with_its_line() -> None:
    assert beyond("x = 1\n\nimport os, sys\nimport re\nexec('')\n") == "line 3 imports os"


def test_the_examples_of_the_registry_are_plain() -> None:
    registry, found = find(), {}
    for name in registry.names():
        try:
            script = apply(planning.make(registry, registry.load(name), Wishes()), PACKAGES)
        except CardkitError:
            continue
        if script.foreign:
            found[name] = script.beyond
    assert len(found) > 10
    assert {name: said for name, said in found.items() if said} == {}
