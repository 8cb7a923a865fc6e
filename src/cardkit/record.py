"""The record: what cardkit reads out of one card.

These models are the only implementation of the contract; `cardkit schema` prints their JSON
Schema, and the text under each field is its description there and in the data set.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from cardkit.facts import SCHEMA_VERSION as SCHEMA_VERSION

Form = Literal["markdown", "blob-page", "collapsed", "rendered-page", "repost", "html"]
Hub = Literal["huggingface", "modelscope", "modelers", "gitcode", "wisemodel"]
Stage = Literal["pretrain", "sft", "dpo", "rlhf"]
Unit = Literal["fraction", "percent", "score"]
Relation = Literal["finetune", "adapter", "merge", "quantized"]
Severity = Literal["error", "warning", "note"]
Scalar = bool | int | float | str


class Part(BaseModel):
    """What all parts of a record share: they are frozen and know no other fields."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        protected_namespaces=(),
        defer_build=True,
        allow_inf_nan=False,
    )


class At(Part):
    """A place in the original input."""

    start: int
    """First character, counted in Unicode code points from 0, a byte order mark included."""
    end: int
    """The character after the last one."""


class Evidence(At):
    """The characters of the original input that a value came from."""

    text: str
    """These characters."""
    rule: str
    """The rule that read them."""


class Repair(Part):
    """A noise that was undone before the card was read."""

    kind: str
    """The noise: `line-number-gutter`, `page-chrome`, `collapsed-lines`, `mirror-link`, …"""
    count: int
    """How many places were mended."""
    at: At
    """From the first to the last of them."""


class Source(Part):
    """Where the card came from and in what state it was."""

    uri: str
    """The path or id as it was given; `-` for standard input."""
    sha256: str
    """Of the bytes that were read, in hexadecimal."""
    bytes: int
    """How many bytes were read."""
    encoding: str = "utf-8"
    """How the bytes were decoded."""
    form: Form
    """What the input turned out to be."""
    language: list[str] = []
    """The languages of the card's prose, BCP-47."""
    repairs: list[Repair] = []
    """What was undone, in order."""


class License(Part):
    """The licence of the model."""

    id: str | None = None
    """A licence id of the Hugging Face Hub (`apache-2.0`, `apple-ascl`, `other`)."""
    name: str | None = None
    """The name as printed in the body, where it differs."""
    url: str | None = None
    """Where its text stands."""


class BaseModelRef(Part):
    """A model that this one was made from."""

    id: str
    """Its hub id where the card gives one, else its name."""
    relation: Relation | None = None
    """How this model was made from it."""


class Links(Part):
    """Links that say something of the model, always canonical: a mirror's host is put back."""

    repository: list[str] = []
    """Source code."""
    paper: list[str] = []
    """Papers and reports."""
    arxiv: list[str] = []
    """arXiv ids without version."""
    demo: list[str] = []
    """Demos and spaces."""
    homepage: list[str] = []
    """Home pages, blogs, and the page that the card was copied from."""


class Model(Part):
    """The model as the card names and describes it."""

    model_name: str | None = None
    """The name as the card titles it."""
    model_id: str | None = None
    """`owner/name` on its hub, where the card says so of itself."""
    hub: Hub | None = None
    """The hub that the id belongs to."""
    aliases: list[str] = []
    """Other ids and names that the card uses for the same model."""
    summary: str | None = None
    """The card's first sentence about the model."""
    developed_by: list[str] = []
    """Who developed it, as printed."""
    contact: str | None = None
    """An address for questions."""
    released: str | None = None
    """When it was released, ISO 8601, as exact as the card is."""
    model_type: str | None = None
    """The card's words for what kind of model it is."""
    architecture: str | None = None
    """The card's words for its architecture."""
    license: License | None = None
    """Its licence."""
    language: list[str] = []
    """The languages that the model is for, BCP-47."""
    library_name: str | None = None
    """The library that loads it, a library id of the Hugging Face Hub."""
    pipeline_tag: str | None = None
    """Its task, a pipeline tag of the Hugging Face Hub."""
    tags: list[str] = []
    """Tags of the front matter."""
    datasets: list[str] = []
    """Data sets that it was trained on: hub ids where the card gives them, else names."""
    base_model: list[BaseModelRef] = []
    """The models that it was made from."""
    links: Links = Links()
    """Links."""


class Spec(Part):
    """Size and shape of a model. Names are those of `config.json` where it has them."""

    num_parameters: int | None = None
    """Parameters, as a plain number: 7B and 70 亿 are 7000000000."""
    training_tokens: int | None = None
    """Tokens seen in training."""
    num_hidden_layers: int | None = None
    """Transformer layers."""
    hidden_size: int | None = None
    """Width of the hidden states."""
    num_attention_heads: int | None = None
    """Attention heads of each layer."""
    num_key_value_heads: int | None = None
    """Key and value heads of each layer, under grouped-query attention."""
    intermediate_size: int | None = None
    """Width of the feed-forward layers."""
    vocab_size: int | None = None
    """Entries of the vocabulary."""
    context_length: int | None = None
    """Tokens of context; 4k, 8K and 128K count in 1024s."""
    dtype: str | None = None
    """Number format of the weights: `bfloat16`, `float16`, …"""
    num_active_parameters: int | None = None
    """Parameters used for each token, in a mixture of experts."""


class Variant(Part):
    """Another size or version that a family's card gives an id or a figure for."""

    model_name: str | None = None
    """Its name as printed."""
    model_id: str | None = None
    """Its `owner/name`."""
    spec: Spec = Spec()
    """The values of its own row or sentence."""


class Hyperparameter(Part):
    """One setting of a training run."""

    name: str
    """The name that the Hugging Face trainer writes, else its own in snake case."""
    value: Scalar
    """The value."""
    unit: str | None = None
    """What the number counts, where the card says so: `sequences`, `tokens`."""
    text: str
    """The value as printed."""


class Training(Part):
    """One training setup that the card tells apart."""

    stage: Stage | None = None
    """Its stage, where the card names it."""
    hyperparameters: list[Hyperparameter] = []
    """Its settings, in the order of the card."""
    hardware: str | None = None
    """The hardware, as printed."""
    framework: str | None = None
    """The software, as printed."""
    configs: list[Any] = []
    """Each YAML or JSON config block of the card, parsed."""


class Evaluation(Part):
    """One number of a benchmark, for one model."""

    model: str | None = None
    """The model as printed, without markup."""
    is_self: bool = False
    """Whether it is the model (or one of those) that the card is about."""
    benchmark: str | None = None
    """The task or group name of lm-evaluation-harness where there is one, else a slug."""
    benchmark_text: str
    """The benchmark as printed."""
    num_fewshot: int | None = None
    """Examples in the prompt; None when the card does not say or mixes them."""
    method: str | None = None
    """`cot`, `pal`, …"""
    metric: str | None = None
    """`acc`, `pass@1`, `win_rate`, `f1`, …"""
    split: str | None = None
    """The part of the data set: `test`, `validation`, …"""
    value: float
    """The number as printed."""
    unit: Unit
    """`fraction` 0 to 1, `percent` 0 to 100, `score` for anything else."""
    normalized: float | None = None
    """0 to 1 for fractions and percents, else None."""
    text: str
    """The number's cell as printed."""
    std: float | None = None
    """What stands behind ±, in the unit of the value."""
    group: str | None = None
    """The group row, category column or upper head; in a training log epoch and step."""
    harness: str | None = None
    """The evaluation suite that the card names for the table."""
    table: int | None = None
    """The table's number in the card, from 0."""


class Prompt(Part):
    """How the model wants to be asked."""

    format: str
    """The exact text to send, with `{prompt}` and `{system}` where the messages go."""
    system: str | None = None
    """The system message that the card shows."""
    stop: list[str] = []
    """Strings that end the answer."""
    source: str
    """Where it was read: `section`, `example`, `front-matter`, `chat-template`."""


class Example(Part):
    """A code block that loads or runs a model."""

    language: str
    """Programming language."""
    code: str | None = None
    """The block with its indentation restored; None when it does not compile."""
    commented_out: bool = False
    """Whether it stands inside an HTML comment."""
    installs: list[str] = []
    """Packages that the card says to install for it."""
    library: str | None = None
    """What runs the model, a library id of the Hub."""
    entry_point: str | None = None
    """The class or function that loads the model."""
    model_id: str | None = None
    """The id or path that it loads."""
    hub: Hub | None = None
    """The hub that this library loads from."""
    device: str | None = None
    """The first string given to `device`, `device_map` or `.to()` that names one."""
    dtype: str | None = None
    """Number format that the weights are loaded in."""
    trust_remote_code: bool | None = None
    """Whether it lets the model's own code run."""
    inputs: list[str] = []
    """The prompts, as text."""
    generation: dict[str, Any] = {}
    """The arguments of `generate` or of the pipeline's call."""
    expected_output: str | None = None
    """What the card shows as its output."""


class Problem(Part):
    """Something wrong with the card."""

    code: str
    """Its stable code; `cardkit explain CODE` says what it means."""
    severity: Severity
    """How bad it is."""
    message: str
    """What is wrong and what to do."""
    at: At | None = None
    """Where; None when it is about the whole card."""


class Unread(Part):
    """A piece that looked like a fact and could not be read with certainty."""

    text: str
    """The piece as it stands."""
    at: At
    """Where."""
    because: str
    """The reason."""


class Record(Part):
    """All facts of one card. A fact that the card does not state is null or absent."""

    schema_version: Literal["1"] = SCHEMA_VERSION
    """Version of this shape."""
    source: Source
    """Where the card came from and in what state it was."""
    model: Model = Model()
    """The model."""
    spec: Spec = Spec()
    """Its size and shape; in a family's card what is true of all its models."""
    variants: list[Variant] = []
    """Other sizes and versions."""
    training: list[Training] = []
    """How it was trained."""
    evaluations: list[Evaluation] = []
    """Benchmark numbers, in the order of the card."""
    prompt: Prompt | None = None
    """How to ask it; None when the card documents nothing."""
    examples: list[Example] = []
    """Code that loads or runs a model."""
    problems: list[Problem] = []
    """What is wrong with the card."""
    unread: list[Unread] = []
    """What could not be read with certainty."""
    evidence: dict[str, Evidence] = Field(default={})
    """JSON pointer of each value, or of the object that holds it, to where it was written."""
