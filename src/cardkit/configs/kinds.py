"""What a model gives: text, text from text, a vector, scores of labels, a missing word."""

from __future__ import annotations

from typing import NamedTuple

from cardkit.configs.lists import listed
from cardkit.configs.made import CannotRunError
from cardkit.entries.entry import Entry
from cardkit.errors import CardkitError


class Kind(NamedTuple):
    """A kind of model."""

    gives: str
    loader: str
    """The Auto class of transformers that loads it."""
    suffixes: tuple[str, ...]
    """Endings of its classes; none where an ending is not enough."""
    tasks: tuple[str, ...]
    """Pipeline tags that no other kind has."""


KINDS = {
    "causal": Kind(
        "text", "AutoModelForCausalLM", ("ForCausalLM", "LMHeadModel"), ("text-generation",)
    ),
    "seq2seq": Kind("text", "AutoModelForSeq2SeqLM", (), ("text2text-generation",)),
    "embedding": Kind("a vector", "AutoModel", (), ("feature-extraction", "sentence-similarity")),
    "classification": Kind(
        "scores of labels",
        "AutoModelForSequenceClassification",
        ("ForSequenceClassification",),
        ("text-classification", "zero-shot-classification", "text-ranking"),
    ),
    "masked": Kind("a missing word", "AutoModelForMaskedLM", ("ForMaskedLM",), ("fill-mask",)),
}
PLAIN = "Model"
"""The ending of classes without a head: they give vectors; code of the hub may do otherwise."""


def kind_of(entry: Entry) -> str:
    """Return the kind of an entry's model.

    The documented loader goes first, then the architecture, then the task; a task that
    contradicts an architecture leaves it open. Raises CardkitError when it cannot be told.
    """
    loader = entry.load.loader.value if entry.load.loader else ""
    architecture = architecture_of(entry) or ""
    said = _of_class(loader)
    if said:
        return said
    built, task = _of_class(architecture), _of_task(entry)
    kinds = {built, task} - {None}
    if loader.endswith(PLAIN):  # the card's example takes an encoder without its head
        kinds = {"embedding"} if task == "embedding" else {"embedding", *kinds} - {"masked"}
    elif architecture.endswith(PLAIN) and not built:
        kinds.add("embedding")
    remote = entry.load.trust_remote_code is not None and entry.load.trust_remote_code.value
    if len(kinds) == 1 and not (kinds == {"embedding"} and remote and task is None):
        return str(kinds.pop())
    raise CardkitError(
        f"it cannot be told what {entry.name} gives, text or vectors or scores: {_seen(entry)}",
        todo="decide load.loader in its model.yaml, with the reason: "
        + ", ".join(kind.loader for kind in KINDS.values()),
    )


def is_openlm(entry: Entry) -> bool:
    """Tell whether the model is an OpenLM, which cardkit itself brings to transformers."""
    load = entry.load
    return bool(
        (load.model_type and load.model_type.value == "openlm")
        or (load.library and load.library.value == "open_lm")
        or any(
            each and each.value.startswith("OpenLM") for each in (load.architecture, load.loader)
        )
    )


def architecture_of(entry: Entry) -> str | None:
    """Return the class that the model's config.json names, where it is known."""
    return entry.load.architecture.value if entry.load.architecture else None


def need_format(entry: Entry, target: str, architectures: frozenset[str] = frozenset()) -> None:
    """Raise CannotRunError for a model of a library with its own format.

    `architectures` are those that the target reads whatever library wrote them.
    """
    library = entry.load.library.value if entry.load.library else None
    if architecture_of(entry) in architectures or library is None:
        return
    if library not in listed("transformers", "libraries"):
        raise CannotRunError(
            f"{target} is not known to load {entry.name}: it is documented for {library}",
            todo=f"run it with {library}, or decide load.library in its model.yaml",
        )


def _of_class(name: str) -> str | None:
    if name in listed("transformers", "seq2seq"):
        return "seq2seq"
    if name.lower().startswith("openlm") and not name.endswith(("Model", "Config")):
        return "causal"  # OpenLMforCausalLM: open_lm spells it in its own way
    for known, kind in KINDS.items():
        if (name == kind.loader and known != "embedding") or name.endswith(kind.suffixes or "\0"):
            return known
    return None


def _of_task(entry: Entry) -> str | None:
    task = entry.about.pipeline_tag.value if entry.about.pipeline_tag else None
    return next((known for known, kind in KINDS.items() if task in kind.tasks), None)


def _seen(entry: Entry) -> str:
    load, task = entry.load, entry.about.pipeline_tag
    seen = {"loader": load.loader, "architecture": load.architecture, "task": task}
    return ", ".join(f"{name} {each.value if each else 'unknown'}" for name, each in seen.items())
