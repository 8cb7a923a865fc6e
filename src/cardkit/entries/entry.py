"""The entry: what the registry knows to load and prompt one model.

It is `registry/<name>/model.yaml`. Every value has its origin (see `origins`); a value that nobody
states and nobody decided is absent.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from cardkit.entries.origins import Section, Valued, listed

ENTRY_VERSION = "1"

HubId = Annotated[str, StringConstraints(pattern=r"^[\w.-]+(/[\w.-]+)?$")]
Hub = Literal["huggingface", "modelscope", "modelers"]
Scalar = bool | int | float | str
Dtype = Literal["float32", "float16", "bfloat16", "float64", "float8_e4m3fn", "int8", "int4"]


class Hubs(Section):
    """The model's ids, by hub."""

    huggingface: Valued[HubId] | None = None
    """`owner/name` on the Hugging Face Hub."""
    modelscope: Valued[HubId] | None = None
    """`owner/name` on ModelScope."""
    modelers: Valued[HubId] | None = None
    """`owner/name` on Modelers."""
    revisions: dict[Hub, Valued[str]] = Field(default_factory=dict)
    """The revision that the card states, by hub; where it states none, fetching pins one."""


class Names(Section):
    """What the model is called."""

    title: Valued[str] | None = None
    """The name as the card titles it."""
    aliases: list[Valued[str]] = listed()
    """Other names and ids of the same model; each finds this entry."""


class About(Section):
    """What a registry's readers ask first."""

    summary: Valued[str] | None = None
    """The card's first sentence about the model."""
    license: Valued[str] | None = None
    """A licence id of the Hugging Face Hub."""
    languages: list[Valued[str]] = listed()
    """The languages that the model is for, BCP-47."""
    pipeline_tag: Valued[str] | None = None
    """Its task, a pipeline tag of the Hugging Face Hub."""
    base_models: list[Valued[str]] = listed()
    """The models that it was made from."""


class Load(Section):
    """How the model is loaded."""

    library: Valued[str] | None = None
    """The library that loads it: `transformers`, `nemo`, …"""
    loader: Valued[str] | None = None
    """The class or function that loads it: `AutoModelForCausalLM`, `pipeline`."""
    model_type: Valued[str] | None = None
    """`model_type` of its config.json."""
    architecture: Valued[str] | None = None
    """The class that its config.json names: `LlamaForCausalLM`."""
    dtype: Valued[Dtype] | None = None
    """Number format to load the weights in."""
    device_map: Valued[str] | None = None
    """How the card's example spreads the weights over devices."""
    trust_remote_code: Valued[bool] | None = None
    """Whether the model needs code that its own repository ships."""
    versions: dict[str, Valued[str]] = Field(default_factory=dict)
    """Least versions, by package: `transformers: {value: ">=5.13.1", …}`."""
    files: Valued[list[str]] | None = None
    """Which files of the repository are needed, as globs."""


class Prompt(Section):
    """How the model is asked, byte for byte."""

    none: Valued[str] | None = None
    """Why there is no prompt format: the card documents none. Then all else is absent."""
    format: Valued[str] | None = None
    """The exact text of one turn, with `{prompt}`, and `{system}` where it always stands."""
    with_system: Valued[str] | None = None
    """The exact text with a system message, `{system}`, where the card shows it as a choice."""
    turns: Valued[str] | None = None
    """The exact text of several turns, with `{prompt}` and `{answer}` as often as the card does."""
    system: Valued[str] | None = None
    """The system message that the card shows."""
    stop: list[Valued[str]] = listed()
    """Strings that end the answer."""
    chat_template: Valued[str] | None = None
    """The same in Jinja, as `tokenizer.chat_template` takes it."""
    single_tokens: list[Valued[str]] = listed()
    """Markers that the tokenizer must read as one token."""


class Example(Section):
    """The example that the card documents for this model."""

    none: Valued[str] | None = None
    """Why there is none: the card shows no code, or only another model's."""
    code: Valued[str] | None = None
    """The code with its indentation restored; absent where it does not compile."""
    number: Valued[int] | None = None
    """Which of the record's examples it is, from 0."""
    installs: list[Valued[str]] = listed()
    """Packages that the card says to install for it."""
    inputs: list[Valued[str]] = listed()
    """The prompts that it sends."""
    expected_output: Valued[str] | None = None
    """What the card shows as its output."""


class Spec(Section):
    """The facts to hold the files against. Names are those of config.json."""

    num_parameters: Valued[int] | None = None
    """Parameters, as a plain number."""
    num_active_parameters: Valued[int] | None = None
    """Parameters used for each token, in a mixture of experts."""
    training_tokens: Valued[int] | None = None
    """Tokens seen in training."""
    num_hidden_layers: Valued[int] | None = None
    """Transformer layers."""
    hidden_size: Valued[int] | None = None
    """Width of the hidden states."""
    num_attention_heads: Valued[int] | None = None
    """Attention heads of each layer."""
    num_key_value_heads: Valued[int] | None = None
    """Key and value heads of each layer."""
    intermediate_size: Valued[int] | None = None
    """Width of the feed-forward layers."""
    vocab_size: Valued[int] | None = None
    """Rows of the embedding."""
    context_length: Valued[int] | None = None
    """Tokens of context."""
    dtype: Valued[str] | None = None
    """Number format of the weights as the card states it."""
    options: dict[str, Valued[Any]] = Field(default_factory=dict)
    """Other keys of config.json that change the shape: `qk_norm`, `rotary_pct`, …"""


class Entry(Section):
    """What the registry knows of one model."""

    schema_version: Literal["1"] = "1"
    """Version of this shape."""
    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
    """The folder's name, in small letters."""
    card: str | None = None
    """The card that it is made from, relative to the folder that holds `registry/`."""
    card_sha256: str | None = None
    """Of the card's bytes; another one means that the card changed since."""
    hubs: Hubs = Hubs()
    """Its ids, by hub."""
    names: Names = Names()
    """What it is called."""
    about: About = About()
    """What it is, for whom, and on which terms."""
    load: Load = Load()
    """How it is loaded."""
    prompt: Prompt = Prompt()
    """How it is asked."""
    generation: dict[str, Valued[Scalar]] = Field(default_factory=dict)
    """The arguments of `generate` that the card's example or the hub's own config gives."""
    example: Example = Example()
    """The documented example."""
    spec: Spec = Spec()
    """The facts to hold the files against."""
