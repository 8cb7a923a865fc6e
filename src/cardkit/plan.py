"""The plan: everything that a verification will do, decided before it begins.

It is made from an entry alone: without network, weights or torch. So it can be printed, compared
and tested anywhere.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, StringConstraints

from cardkit.entries.entry import Entry, Hub

LAYERS = {
    "L0": "fetch",
    "L1": "load",
    "L2": "spec",
    "L3": "numerics",
    "L4": "device parity",
    "L5": "generation parity",
    "L6": "text",
    "L7": "documented output",
    "L8": "determinism",
    "L9": "benchmark",
}
"""The layers of checks, in their order."""

Device: TypeAlias = Annotated[str, StringConstraints(pattern=r"^(cpu|(cuda|npu)(:\d+)?)$")]
Kind: TypeAlias = Literal["causal", "seq2seq", "embedding", "classification", "masked"]
Origin: TypeAlias = Literal["card", "prompt", "none"]


class Part(BaseModel):
    """What the parts of plans, outcomes and reports share: frozen, and no other keys."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, protected_namespaces=()
    )


class Limits(Part):
    """What a run may take."""

    seconds: float = 3600.0
    """Of the whole child process; it is ended after them."""
    memory: int | None = None
    """Bytes of the process and all that it starts; None: what the machine has."""
    processes: int = 64
    """At the same time, threads not counted."""
    disk: int = 2 << 30
    """Bytes that it may write into its folder."""
    printed: int = 16 << 20
    """Bytes of its standard output and error."""
    new_tokens: int = 256
    """Tokens of one answer at most: a larger number of the example is capped as it runs."""


class Source(Part):
    """Where the code that will run comes from."""

    origin: Origin
    """`card`: the card's own example. `prompt`: made by cardkit from the documented prompt and
    generation arguments, because the card has none for this model. `none`: there is nothing."""
    because: str = ""
    """Why it is not the card's own example."""
    code: str | None = None
    """Python, its indentation restored, before any rewriting. None with `prompt` and `none`."""
    printed: str | None = None
    """The same example as the card prints it, character for character."""


class Plan(Part):
    """What will be done with one model on one device."""

    entry: Entry
    """What the registry knows of it."""
    hub: Hub
    """Where the files come from."""
    id: str
    """Its id there."""
    revision: str | None = None
    """As asked for; None: the hub's main branch."""
    device: Device = "cpu"
    """Where it runs."""
    dtype: Literal["float32", "float16", "bfloat16"] | None = None
    """Number format that the user asked for; None: as the example says."""
    kind: Kind
    """What the model gives."""
    loader: str
    """The Auto class of transformers that loads it."""
    source: Source
    """The example."""
    asked: str | None = None
    """The text that is asked: the example's first input; with `origin: prompt`, cardkit's own."""
    prompt: str | None = None
    """The documented prompt around it, byte for byte; None where no format is documented."""
    layers: tuple[str, ...] = tuple(name for name in LAYERS if name != "L9")
    """The layers that were asked for."""
    seed: int = 0
    """Of every random choice."""
    limits: Limits = Limits()
    """What the run may take."""
    allow_remote_code: bool = False
    """Whether code of the model's own repository may run, at a pinned commit."""
    rehearsal: bool = False
    """Whether a stand-in of random weights takes the model's place."""

    @property
    def device_type(self) -> str:
        """The kind of device: `npu` of `npu:0`."""
        return self.device.partition(":")[0]

    @property
    def ids(self) -> frozenset[str]:
        """Every name of this model that code may load it by: its ids at the hubs, its aliases."""
        hubs = self.entry.hubs
        known = [hubs.huggingface, hubs.modelscope, hubs.modelers, *self.entry.names.aliases]
        return frozenset({self.id, *(each.value for each in known if each is not None)})


class Change(Part):
    """One change to an example, made on its syntax tree."""

    rule: str
    """The file of `rewrites/rules` that made it; `indentation`, `prompts`, `shell_lines`, `output`
    or `characters` for what was done before the code parsed."""
    line: int
    """Line of the code before any change, from 1."""
    before: str
    """The statement or expression as it stood."""
    after: str
    """What stands there now; empty where it was dropped."""
    because: str
    """Why it had to change."""
    code: str | None = None
    """The code of `vocabulary/codes.yaml` that it is an answer to: `env.removed_api`."""


class Script(Part):
    """What will run."""

    code: str
    """Python. The name `MODEL` stands where the model is loaded from: the runner gives it the
    folder, so no path of a machine is in the code."""
    origin: Origin
    """As in the plan; `prompt` also where the card's example was refused."""
    changes: tuple[Change, ...] = ()
    """In the order of their lines."""
    refused: str = ""
    """Why the card's own example does not run, where it was given up for one from the prompt."""
    refused_code: str | None = None
    """The code for that."""
    todo: str = ""
    """The next step to let the card's own example run."""
    foreign: bool = True
    """Whether it holds code of the card; False: all of it was written by cardkit."""
    beyond: str = ""
    """What its foreign code does beyond loading a model, asking it and showing the answer, the
    first of it with its line; empty where it does nothing else. Such code could change what
    measures it."""


class Untried(Part):
    """A measurement that was not made."""

    untried: str
    """Why."""
