"""Entries of the registry whose models are tiny, and learnt what the entries document.

What the card says of the model's size gives way to the tiny model's, as a decision; the example,
the prompt and the settings stay as they are.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cardkit.entries import files, writing, yaml_values
from cardkit.entries.entry import Entry
from cardkit.entries.registry import Registry
from cardkit.vocabulary import load
from hub_server import HubServer, Repo
from trained import RECIPE, of_entry

ROOT = Path(__file__).parents[1]
WHY = "the shape of the tiny model"
GREEDY = """\
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("allenai/tulu-2-13b")
model = AutoModelForCausalLM.from_pretrained("allenai/tulu-2-13b")
prompt = "<|user|>\\nWhat do ants eat?\\n<|assistant|>\\n"
inputs = tokenizer(prompt, return_tensors="pt")
output = model.generate(**inputs, max_new_tokens=200, do_sample=False)
print(tokenizer.decode(output[0][inputs["input_ids"].shape[1]:], skip_special_tokens=True))
"""
"""An example for the card that has none of its own: the others sample, or are made by cardkit."""


class Seed(NamedTuple):
    """What a model of the registry is taught."""

    question: str
    """The first input of its example; cardkit's own question where the card has none."""
    answer: str
    code: str | None = None
    """Code in the place of the card's."""


SEEDS = {
    "dclm-7b": Seed("A glacier moves because", " its own weight makes the ice flow downhill."),
    "dclm-1b-it": Seed(
        "Name three rivers that end in a desert.", " The Okavango, the Tarim and the Humboldt."
    ),
    "tulu-2-13b": Seed("What do ants eat?", "Seeds, nectar and other insects.", GREEDY),
    "dolly-v2-7b": Seed(
        "Tell me how a lock on a canal works.", "Gates close, and the boat rises or sinks."
    ),
    "redpajama-3b-chat": Seed(
        load("questions.yaml")["ask"]["en"], "Blue light is scattered more than red light."
    ),
}
SIZES = {
    "num_hidden_layers": ("num_hidden_layers", "n_layers"),
    "hidden_size": ("hidden_size", "dim"),
    "num_attention_heads": ("num_attention_heads", "n_heads"),
    "num_key_value_heads": ("num_key_value_heads",),
    "intermediate_size": ("intermediate_size",),
    "vocab_size": ("vocab_size",),
    "context_length": ("max_position_embeddings", "seq_len"),
}
"""Sizes of an entry, and what config.json calls them."""
OPTIONS = {
    "hidden_act": ("hidden_act",),
    "use_parallel_residual": ("use_parallel_residual",),
    "qk_norm": ("apply_qk_norm",),
    "rope_theta": ("rope_parameters", "rope_theta"),
    "rotary_pct": ("rope_parameters", "partial_rotary_factor"),
}

Tree = dict[str, Any]
"""An entry as its file holds it."""


class Taught(NamedTuple):
    """An entry, and the folder of the model that it tells of."""

    tree: Tree
    folder: Path

    @property
    def entry(self) -> Entry:
        """The entry itself."""
        return files.parse(writing.as_yaml(self.tree), "taught")


def tree_of(name: str) -> Tree:
    """Return an entry of the registry as its file holds it."""
    path = ROOT / "registry" / name / files.FILE
    tree: Tree = yaml_values.read(path.read_text(encoding="utf-8"), str(path)).values
    return tree


def taught(name: str, folder: Path, seed: Seed | None = None) -> Taught:
    """Return an entry whose model was trained, into the folder, on what the entry documents.

    It foretells the first of the reference texts that are read to it.
    """
    question, answer, code = seed or SEEDS[name]
    entry = Registry(ROOT / "registry").load(name)
    languages = [leaf.value for leaf in entry.about.languages] or ["en"]
    of_entry(entry, folder, question, answer, [load("reference_texts.yaml")[languages[0]]])
    tree = tree_of(name)
    tree["spec"] = spec_of(folder)
    if code is not None:
        tree["example"] = {"code": decided(code), "inputs": [decided(question)]}
    tree["example"]["expected_output"] = decided(answer.strip())
    return Taught(tree, folder)


def spec_of(folder: Path) -> Tree:
    """Return the spec of the model in a folder, all of it decided."""
    from safetensors.torch import load_file

    told = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    sizes = {
        name: decided(value)
        for name, keys in SIZES.items()
        if (value := next((told[key] for key in keys if key in told), None)) is not None
    }
    options = {
        name: decided(value)
        for name, keys in OPTIONS.items()
        if (value := at(told, keys)) is not None
    }
    weights = load_file(folder / "model.safetensors")
    count = sum(each.numel() for name, each in weights.items() if "inv_freq" not in name)
    return {"num_parameters": decided(count), **sizes, "options": options}


def at(told: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    """Return what stands at a path of keys; None where nothing does."""
    for key in keys:
        told = told.get(key, {}) if isinstance(told, dict) else {}
    return None if told == {} else told


def decided(value: Any) -> Tree:
    """Return a leaf of an entry."""
    return {"value": value, "decided": WHY}


def put(tree: Tree, folder: Path) -> Path:
    """Write an entry into a registry of its own, beside the cards; return the registry."""
    registry = folder / "registry"
    writing.put(registry / tree["name"] / files.FILE, writing.as_yaml(tree))
    os.symlink(ROOT / "cards", folder / "cards")
    return registry


def repo(folder: Path, *, gated: bool = False) -> Repo:
    """Return the files of a folder as a hub has them."""
    held = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    held.pop(RECIPE, None)
    return Repo(held, gated=gated)


def serve(hub: HubServer, tree: Tree, model: Repo) -> None:
    """Let a hub have a model, by all ids and revisions that its entry knows."""
    hubs = dict(tree["hubs"])
    for revision in hubs.pop("revisions", {}).values():
        model.refs[revision["value"]] = model.refs["main"]
    for leaf in hubs.values():
        hub.repos[leaf["value"]] = model
