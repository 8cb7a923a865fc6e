"""Outcomes for tests: what a run of an entry's model gives when all is well, and what differs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cardkit.entries.entry import Entry
from cardkit.entries.registry import Registry
from cardkit.outcome import (
    Answer,
    Divergence,
    Error,
    Files,
    Isolation,
    Load,
    Loss,
    Numerics,
    Outcome,
    Parity,
    Repeats,
    Shape,
    Tensors,
)
from cardkit.plan import Plan
from plans import plan_of

ENTRIES = Registry(Path(__file__).parents[1] / "registry").entries()
DOLLY = ENTRIES["dolly-v2-7b"]
COMMIT = "0" * 40
TEXT = (
    "A lock is a chamber with a gate at each end. A boat goes in, the gate behind it closes, and "
    "water is let in or out until the level is that of the next part of the canal."
)
CONFIG = {
    "vocab_size": 50280,
    "hidden_size": 4096,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "intermediate_size": 16384,
    "max_position_embeddings": 2048,
    "hidden_act": "gelu",
    "use_parallel_residual": True,
    "attention_bias": True,
    "tie_word_embeddings": False,
    "rope_parameters": {"rope_theta": 10000.0, "partial_rotary_factor": 0.25},
    "rope_theta": 10000.0,
    "rotary_pct": 0.25,
    "context_length": 2048,
    "model_type": "gpt_neox",
    "architectures": ["GPTNeoXForCausalLM"],
}
PARAMETERS = 6_856_056_832
MARKER = "### Response:\n"


def plan(entry: Entry = DOLLY, device: str = "cpu", **more: Any) -> Plan:
    """Return the plan of an entry, dolly-v2-7b's unless another is given."""
    return plan_of(entry, device, **more)


def decided(entry: Entry, **sections: dict[str, Any]) -> Entry:
    """Return an entry with other values in its sections, each as it stands in model.yaml."""
    told = entry.model_dump(exclude_none=True)
    for name, values in sections.items():
        told[name] = told.get(name, {}) | values
    return Entry.model_validate(told)


def outcome(**pieces: Any) -> Outcome:
    """Return the outcome of a healthy run; a piece replaces that of the healthy one."""
    return Outcome(**HEALTHY | pieces)


def files(**more: Any) -> Files:
    """Return what was fetched."""
    return FILES.model_copy(update=more)


def load(**more: Any) -> Load:
    """Return a load of a model."""
    return LOAD.model_copy(update=more)


def tensors(**more: Any) -> Tensors:
    """Return tensors that are all those of the files."""
    return TENSORS.model_copy(update=more)


def shape(**more: Any) -> Shape:
    """Return the shape of dolly-v2-7b; `config` is laid over its config."""
    config = CONFIG | more.pop("config", {})
    return SHAPE.model_copy(update={"config": config} | more)


def numerics(**more: Any) -> Numerics:
    """Return sound numbers."""
    return NUMERICS.model_copy(update=more)


def answer(text: str = TEXT, **more: Any) -> Answer:
    """Return an answer that ended by itself."""
    return ANSWER.model_copy(update={"texts": (text,), **more})


def error(name: str, message: str = "", *chain: str, line: int | None = None) -> Error:
    """Return an error of the example, and those that it came from."""
    return Error(type=name, message=message, chain=chain, line=line)


FILES = Files(
    hub="huggingface", id="databricks/dolly-v2-7b", revision="main", commit=COMMIT, pin=COMMIT,
    endpoint="huggingface.co", tree_from="huggingface.co", count=8, size=13_712_000_000,
    weights=("model.safetensors",), num_parameters=PARAMETERS,
)  # fmt: skip
LOAD = Load(
    called="AutoModelForCausalLM", model="GPTNeoXForCausalLM",
    module="transformers.models.gpt_neox.modeling_gpt_neox", seconds=2.0, dtype="bfloat16",
    devices=("cpu",),
)  # fmt: skip
TENSORS = Tensors(compared=388, second_load_differs=())
SHAPE = Shape(
    num_parameters=PARAMETERS, model_type="gpt_neox", config=CONFIG, dtype="bfloat16",
    embedding_rows=50280, tokenizer_length=50280, single_tokens={MARKER: (50277,)},
)  # fmt: skip
NUMERICS = Numerics(
    finite=True, vocabulary=50280, losses=(Loss(text="en", tokens=120, nats=2.4),), causality=0.0,
    cache=0.1, cache_same_tokens=True, padding=0.1, scale=2.0,
)  # fmt: skip
ANSWER = Answer(
    prompts=("Tell me how a lock on a canal works.",), input_ids=((1, 2),), output_ids=((3, 4),),
    texts=(TEXT,), ended=True, new_tokens=50,
)  # fmt: skip
PARITY = Parity(
    reference="GPTNeoXForCausalLM on cpu in float32", dtype="bfloat16", tokens=60,
    mutual_top5=1.0, mean_kl=1e-3, delta_logp=0.05, top1=0.98,
)  # fmt: skip
DIVERGENCE = Divergence(tokens=16, dtype="bfloat16")
ISOLATION = Isolation(rung="landlock", exit_code=0, seconds=20.0)
HEALTHY: dict[str, Any] = {
    "isolation": ISOLATION, "files": FILES, "loads": (LOAD,), "answers": (ANSWER,),
    "reached": "end", "tensors": TENSORS, "shape": SHAPE, "numerics": NUMERICS, "parity": PARITY,
    "divergence": DIVERGENCE, "repeats": Repeats(in_process=True, digest="d", new_process=True),
}  # fmt: skip
