"""Entries of the registry whose models are tiny, and learnt what the entries document.

What the card says of the model's size gives way to the tiny model's, as a decision; the example,
the prompt and the settings stay as they are.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cardkit.entries import files, writing, yaml_values
from cardkit.entries.making import RECORD
from cardkit.plan import LAYERS
from cardkit.report import Finding, Report
from cardkit.vocabulary import load
from hub_server import HubServer, Repo
from trained import RECIPE, of_entry, recipe_of

ROOT = Path(__file__).parents[1]
WHY = "the shape of the tiny model"
CODE = """\
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained({id!r})
model = AutoModelForCausalLM.from_pretrained({id!r}{more})
inputs = tokenizer({prompt!r}, return_tensors="pt")
output = model.generate(**inputs, max_new_tokens=200, do_sample=False)
print(tokenizer.decode(output[0][inputs["input_ids"].shape[1]:], skip_special_tokens=True))
"""
"""A greedy example, for cards that have none of their own."""


class Seed(NamedTuple):
    """What a model of the registry is taught."""

    question: str
    """The first input of its example; cardkit's own question where the card has none."""
    answer: str


OWN_QUESTION = load("questions.yaml")["ask"]["en"]
SEEDS = {
    "dclm-7b": Seed("A glacier moves because", " its own weight makes the ice flow downhill."),
    "dclm-1b-it": Seed(
        "Name three rivers that end in a desert.", " The Okavango, the Tarim and the Humboldt."
    ),
    "tulu-2-13b": Seed(OWN_QUESTION, "Red above, green between and violet below."),
    "dolly-v2-7b": Seed(
        "Tell me how a lock on a canal works.", "Gates close, and the boat rises or sinks."
    ),
    "redpajama-3b-chat": Seed(OWN_QUESTION, "Violet bends more than yellow and red."),
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
Lessons = Callable[..., "Taught"]
"""`taught`, without its folder."""
Judge = Callable[..., Report]
"""Verifies a taught model that a hub on this machine serves."""


class Taught(NamedTuple):
    """An entry, and the folder of the model that it tells of."""

    tree: Tree
    folder: Path
    seed: Seed


def tree_of(name: str) -> Tree:
    """Return an entry of the registry as its file holds it."""
    path = ROOT / "registry" / name / files.FILE
    tree: Tree = yaml_values.read(path.read_text(encoding="utf-8"), str(path)).values
    return tree


def taught(
    name: str,
    folder: Path,
    seed: Seed | None = None,
    *,
    architecture: tuple[str, str] | None = None,
) -> Taught:
    """Return an entry whose model was trained, into the folder, on what the entry documents.

    It foretells the first of the reference texts that it will be given too.
    `architecture`: another than the entry's, its `model_type` and its class.
    """
    seed, tree = seed or SEEDS[name], tree_of(name)
    if architecture is not None:
        model_type, named = map(decided, architecture)
        tree["load"] |= {"model_type": model_type, "architecture": named}
    entry = files.parse(writing.as_yaml(tree), name)
    languages = [leaf.value for leaf in entry.about.languages] or ["en"]
    text = load("reference_texts.yaml")[languages[0]]
    of_entry(entry, folder, seed.question, seed.answer, [text])
    tree["spec"] = spec_of(folder)
    tree["example"]["expected_output"] = decided(seed.answer.strip())
    return Taught(tree, folder, seed)


def with_code(model: Taught, more: str = "") -> Taught:
    """Return the entry with a greedy example, whatever its card prints.

    `more`: arguments of the model's `from_pretrained`, behind a comma.
    """
    [(prompt, answer, _)] = recipe_of(model.folder).conversations
    hub = model.tree["hubs"]["huggingface"]
    example = {
        "code": decided(CODE.format(id=hub["value"], prompt=prompt, more=more)),
        "inputs": [decided(model.seed.question)],
        "expected_output": decided(answer.strip()),
    }
    return model._replace(tree=model.tree | {"example": example, "hubs": {"huggingface": hub}})


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
    shutil.copy(ROOT / "registry" / tree["name"] / RECORD, registry / tree["name"])
    if not (folder / "cards").exists():
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


class Seen(NamedTuple):
    """What a report comes down to."""

    verdict: str
    layers: dict[str, str]
    """Those that did not pass: `fail num.loss`, with the codes of all that fails or blocks."""


def seen(report: Report, whatever: str = "") -> Seen:
    """Return what a report comes down to; what stands beside the layers is `beside`.

    `whatever`: layers that are left out, where what they say of a broken model is by chance.
    """
    assert [layer.name for layer in report.layers] == [*LAYERS]
    rows = {layer.name: (layer.verdict, layer.findings) for layer in report.layers}
    rows["beside"] = ("", report.findings)
    said = {name: " ".join([verdict, *codes(found)]) for name, (verdict, found) in rows.items()}
    left = [*whatever.split(), "L9"]
    shown = {name: words.strip() for name, words in said.items() if name not in left}
    return Seen(
        report.verdict, {name: words for name, words in shown.items() if words not in ("pass", "")}
    )


def why(report: Report) -> str:
    """Return the reasons of all that did not pass, for whoever reads a failed test."""
    rows = [(layer.name, layer.because, layer.findings) for layer in report.layers
            if layer.verdict != "pass"]  # fmt: skip
    rows.append(("beside", "", report.findings))
    return "\n".join(
        f"{name}: {because} {[(each.code, each.said) for each in found]}"
        for name, because, found in rows
    )


def codes(found: Iterable[Finding]) -> list[str]:
    """Return the codes of what fails or blocks, each once."""
    return sorted({each.code for each in found if each.severity in ("fail", "blocked")})
