"""The entry's spec against the model's config: sizes, options, and what only rounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isclose
from typing import Any, NamedTuple

from cardkit.architectures import NAMES as ARCHITECTURE_NAMES
from cardkit.checks.layers import finding
from cardkit.entries.entry import Entry
from cardkit.entries.hub_files import NAMES, OFFSET
from cardkit.entries.origins import Valued
from cardkit.outcome import Shape
from cardkit.report import Finding, Severity
from cardkit.values.printed import means

SIZES = (
    "num_hidden_layers", "hidden_size", "num_attention_heads", "num_key_value_heads",
    "intermediate_size",
)  # fmt: skip
"""What the model computes hangs on these: a conflict is another model."""
OTHER_KEYS = {
    "hidden_act": ("activation_function", "dense_act_fn", "hidden_activation"),
    "num_decoder_layers": ("decoder_layers",),
}
"""Names of options in the configs of some architectures."""
IN_ROPE = {
    "rotary_pct": "partial_rotary_factor",
    "rope_pct": "partial_rotary_factor",
    "rotary_emb_base": "rope_theta",
    "rope_theta": "rope_theta",
    "partial_rotary_factor": "partial_rotary_factor",
}
"""Where transformers 5 keeps what older configs have by themselves: in `rope_parameters`."""
ROPE = ("rope_parameters", "rope_scaling")
ORIGIN_WORDS = {
    "card": "the card says",
    "hub": "the hub's files said when the entry was made",
    "decided": "the entry decided",
    "derived": "the entry computed",
}


class Compared(NamedTuple):
    """What came of comparing."""

    agreed: tuple[str, ...]
    """Names whose values agree."""
    silent: tuple[str, ...]
    """Names that the config does not have."""
    findings: tuple[Finding, ...]


def compare(entry: Entry, shape: Shape) -> Compared:
    """Return where an entry's spec and a model's config agree, and where they do not.

    Sizes and options change what is computed: another value fails, whoever said it. Vocabulary
    and context may be counted or cut in more than one way: another value is a warning.
    """
    agreed, silent, findings = [], [], []
    for name, leaf, given in _pairs(entry, shape):
        if given is None:
            silent.append(name)
            if name in entry.spec.options:
                findings.append(_unsaid(name, leaf))
        elif any(_is_meant(each, leaf) for each in given):
            agreed.append(name)
        else:
            findings.append(_conflict(name, leaf, given[0], shape))
    return Compared(tuple(agreed), tuple(silent), tuple(findings))


def _pairs(entry: Entry, shape: Shape) -> Iterator[tuple[str, Valued[Any], tuple[Any, ...] | None]]:
    """Yield each value of the spec with those of the config that may be meant; None for none."""
    config = shape.config
    for name in SIZES:
        if (leaf := getattr(entry.spec, name)) is not None:
            yield name, leaf, _size(name, config)
    if (leaf := entry.spec.vocab_size) is not None:
        rows = _size("vocab_size", config)
        if rows is None and shape.embedding_rows is not None:
            rows = (shape.embedding_rows,)
        yield "vocab_size", leaf, rows
    if (leaf := entry.spec.context_length) is not None:
        yield "context_length", leaf, _contexts(config, shape.model_type)
    for name, leaf in entry.spec.options.items():
        found = option(name, config)
        yield name, leaf, None if found is None else (found,)


def _size(name: str, config: Mapping[str, Any]) -> tuple[int, ...] | None:
    found = next((config[key] for key in NAMES[name] if type(config.get(key)) is int), None)
    if found is None:
        return None
    decoder = config.get("num_decoder_layers", config.get("decoder_layers"))
    if name == "num_hidden_layers" and config.get("is_encoder_decoder") and type(decoder) is int:
        return (found, found + decoder)  # cards count those of one half, or all
    return (found,)


def _contexts(config: Mapping[str, Any], model_type: str) -> tuple[float, ...] | None:
    """Return the context, then those that scaled positions reach."""
    told = config.get("context_length")  # the runner's, where positions are not all context
    names = () if model_type in OFFSET else NAMES["context_length"]
    found = next((each for each in (told, *map(config.get, names)) if type(each) is int), None)
    if found is None:
        return None
    reached: list[float] = [found]
    for key in ROPE:
        rope = config.get(key)
        if isinstance(rope, Mapping) and isinstance(factor := rope.get("factor"), int | float):
            lengths = (found, rope.get("original_max_position_embeddings"))
            reached += [length * factor for length in lengths if isinstance(length, int)]
    return tuple(reached)


def option(name: str, config: Mapping[str, Any]) -> Any:
    """Return what a config has for an option, wherever this architecture keeps it.

    >>> option("rotary_pct", {"rope_parameters": {"partial_rotary_factor": 0.25}})
    0.25
    >>> option("qk_norm", {"apply_qk_norm": True})
    True
    """
    others = [key for key, ours in ARCHITECTURE_NAMES.items() if ours == name]
    for key in (name, *OTHER_KEYS.get(name, ()), *others):
        if config.get(key) is not None:
            return config[key]
    for key in ROPE:
        rope = config.get(key)
        if isinstance(rope, Mapping) and name in IN_ROPE:
            return rope.get(IN_ROPE[name])
    return None


def _is_meant(theirs: Any, leaf: Valued[Any]) -> bool:
    """Return whether a value of the config is the one of a leaf, as exactly as it is printed."""
    stated = leaf.value
    if isinstance(stated, bool) or isinstance(theirs, bool):
        return stated is theirs
    if isinstance(stated, float) or (isinstance(theirs, float) and not theirs.is_integer()):
        return isinstance(theirs, int | float) and isclose(stated, theirs, rel_tol=1e-6)
    return means(theirs, stated, leaf.text or str(stated))


def _conflict(name: str, leaf: Valued[Any], theirs: Any, shape: Shape) -> Finding:
    grave = name not in ("vocab_size", "context_length")
    severity: Severity = "fail" if grave else "warning"
    said = f"{name}: {_stated(leaf)}, the model has {theirs}"
    if name == "vocab_size" and leaf.value == shape.tokenizer_length:
        return finding(
            "spec.conflict",
            f"{said} rows of embedding; it is the tokenizer's entries that are {leaf.value}",
            severity="note",
        )
    todo = (
        "correct the decision in the entry's model.yaml, or its revision: the files say otherwise"
        if leaf.decided is not None
        else ""
    )
    return finding("spec.conflict", said, severity=severity, todo=todo)


def _unsaid(name: str, leaf: Valued[Any]) -> Finding:
    said = f"{name}: {_stated(leaf)}, and the model's config does not say"
    return finding("spec.conflict", said, severity="warning")


def _stated(leaf: Valued[Any]) -> str:
    """Return a value with who said it, and why where it was decided."""
    said = f"{ORIGIN_WORDS[leaf.origin]} {leaf.text or leaf.value}"
    return f"{said} ({leaf.decided})" if leaf.decided is not None else said
