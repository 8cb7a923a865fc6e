"""The outcome: what a run gave, as figures. Judging them is the work of `checks`.

The child process writes it piece by piece, so that what was measured before a crash is kept.
Logits are in nats; sizes are bytes; times are seconds.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from cardkit.plan import Part, Untried

STEPS = 32
"""Steps of a run at most that figures are told of."""


class Files(Part):
    """What was fetched (L0)."""

    hub: str
    id: str
    revision: str
    """As asked for."""
    commit: str | None = None
    """What it was resolved to; None where the hub has none."""
    pin: str = ""
    """The commit, or the hash over the files' hashes."""
    endpoint: str = ""
    """Host that the bytes came from."""
    tree_from: str = ""
    """Host that told the hashes."""
    count: int = 0
    size: int = 0
    came: int = 0
    """Bytes that came now; the others lay here, and were checked again."""
    weights: tuple[str, ...] = ()
    """The safetensors files."""
    pickles: tuple[str, ...] = ()
    """Weights in formats that can carry code; they are not fetched unless asked for."""
    code: tuple[str, ...] = ()
    """Python files of the repository."""
    config_keys: tuple[str, ...] = ()
    """Keys of its configs that name code: `auto_map`, …"""
    num_parameters: int | None = None
    """By the headers of the weights."""
    notes: tuple[str, ...] = ()


class Error(Part):
    """An error that ended the example or a measurement."""

    type: str
    """`RuntimeError`."""
    message: str
    chain: tuple[str, ...] = ()
    """`Type: message` of each error that it came from, the outermost first."""
    line: int | None = None
    """Line of the script at which it was raised."""
    traceback: str = ""
    """Its last lines, without paths of this machine."""


class Load(Part):
    """A call of `from_pretrained` that gave a model."""

    called: str
    """The class that it was called on: `AutoModelForCausalLM`."""
    model: str
    """The class that it gave: `LlamaForCausalLM`."""
    module: str
    """Where that class is from: `transformers.models.llama.modeling_llama`."""
    seconds: float
    missing: tuple[str, ...] = ()
    """Names that the model has and the files have not."""
    unexpected: tuple[str, ...] = ()
    """Names that the files have and the model has not."""
    mismatched: tuple[str, ...] = ()
    """Names of another shape."""
    errors: tuple[str, ...] = ()
    dtype: str = ""
    """Number format of its parameters: `bfloat16`; several are joined by commas."""
    devices: tuple[str, ...] = ()
    """Devices that its parameters are on: `npu:0`."""


class Answer(Part):
    """A call of `generate`, or of a pipeline."""

    prompts: tuple[str, ...] = ()
    """What reached the model, decoded with its special tokens."""
    input_ids: tuple[tuple[int, ...], ...] = ()
    output_ids: tuple[tuple[int, ...], ...] = ()
    """New tokens only."""
    texts: tuple[str, ...] = ()
    """The new tokens decoded without special tokens."""
    arguments: dict[str, Any] = Field(default_factory=dict)
    """As generate was called, plain values only."""
    greedy: bool = False
    """Whether it sampled nothing."""
    capped: int | None = None
    """The tokens that the call asked for, where they were capped."""
    ended: bool = False
    """Whether it ended with a stop token, not at its limit."""
    seconds: float = 0.0
    new_tokens: int = 0


class Difference(Part):
    """A tensor that is not what the file says."""

    name: str
    largest: float | None = None
    """Largest absolute difference; None where shape or dtype differ."""
    because: str = ""


class Idle(Part):
    """Tensors that no file has, made up at random, and nothing that is read hangs on them (L1)."""

    names: tuple[str, ...]
    values: int
    """Of the parameters among them."""
    fields: tuple[str, ...]
    """The model's outputs that hang on them; the example reads none of these."""


class Tensors(Part):
    """Every tensor in memory against the file's, after the declared cast and rename (L1)."""

    compared: int
    differing: tuple[Difference, ...] = ()
    """Twenty at most."""
    differing_count: int = 0
    not_in_files: tuple[str, ...] = ()
    """Parameters and saved buffers that no file has and no tie explains."""
    idle: Idle | None = None
    """All of `not_in_files`, where nothing hangs on them of what the example reads."""
    not_in_memory: tuple[str, ...] = ()
    on_meta: tuple[str, ...] = ()
    casts: dict[str, int] = Field(default_factory=dict)
    """Tensors by cast: `float32 to bfloat16`."""
    second_load_differs: tuple[str, ...] | None = None
    """Names that differ from those of a second load; None where there was none."""


class Shape(Part):
    """What the model, its config and its tokenizer are (L2)."""

    num_parameters: int
    """Counted once each, ties counted once."""
    beside: int = 0
    """Values in the files that are no parameters of the model, or a second copy of one: saved
    buffers, tensors that its class leaves out. The headers count them too."""
    copies: int = 0
    """Those of them that are a second copy of a parameter: of embeddings that are tied though
    config.json says that they are not, because the files hold them twice alike."""
    model_type: str
    config: dict[str, Any]
    """config.json as the library reads it, by the record's names too where they differ. Whether
    embeddings are tied is as the file itself says: some classes of the library overrule it."""
    dtype: str = ""
    embedding_rows: int | None = None
    tokenizer_length: int | None = None
    """Highest id of the tokenizer plus one."""
    single_tokens: dict[str, tuple[int, ...]] = Field(default_factory=dict)
    """The markers that should be one token, and the ids that they are."""
    prompt_findings: tuple[tuple[str, str, str], ...] = ()
    """Code, severity and words of `prompts.tokens.compare`."""


class Loss(Part):
    """How well the model foretells a text."""

    text: str
    """Which: `prompt and documented output`, or the name of a reference text."""
    tokens: int
    nats: float
    """Mean over the tokens."""


class Numerics(Part):
    """Whether its numbers are sound (L3). The logits of the example's own prompt unless said."""

    finite: bool
    not_finite: tuple[str, ...] = ()
    """Where a value was not: `logits`, or names of parameters."""
    vocabulary: int = 0
    """Rows of the logits."""
    losses: tuple[Loss, ...] = ()
    causality: float | None = None
    """Largest change of the logits of a prefix when tokens behind it change."""
    cache: float | None = None
    """Largest difference of the logits with and without the cache."""
    cache_same_tokens: bool | None = None
    """Whether greedy tokens with and without the cache are the same."""
    padding: float | None = None
    """Largest difference of the last logits with left padding and without."""
    scale: float = 0.0
    """Standard deviation of the logits: what the differences are held against."""
    untried: dict[str, str] = Field(default_factory=dict)
    """What was not measured, and why: `padding: the tokenizer has no pad token`."""


class Floor(Part):
    """What a number format alone costs: the reference against itself, its values rounded (L4)."""

    mutual_top5: float | None = None
    mean_kl: float | None = None
    delta_logp: float | None = None
    cosine: float | None = None


class Parity(Part):
    """Teacher-forced logits on the device against a reference on the CPU in float32 (L4).

    For encoders the hidden states stand where the logits do, and only the plain figures are there.
    """

    reference: str
    """The class that was loaded a second time: `LlamaForCausalLM on cpu in float32`."""
    dtype: str
    """Number format on the device."""
    tokens: int
    mutual_top5: float | None = None
    """Share of the positions at which each one's first token is in the other's top 5."""
    mean_kl: float | None = None
    """Mean Kullback-Leibler divergence of the reference from the device, nats."""
    delta_logp: float | None = None
    """Mean absolute difference of the log-probabilities of the reference's top 5."""
    top1: float | None = None
    """Share of the positions with the same first token."""
    max_absolute: float | None = None
    mean_absolute: float | None = None
    cosine: float | None = None
    """Least over the positions."""
    within_1_percent: float | None = None
    """Share of values with a relative error under 1 %: the rule of Ascend adaptation reports."""
    finite: bool = True
    """Whether all values of the device are finite; with False there are no other figures."""
    reference_bytes: int = 0
    """Memory that the reference took beside the model."""
    floor: Floor | None = None
    """The same figures of rounding alone; None in float32, and where the format is not known."""


class Divergence(Part):
    """Greedy tokens on the device against the reference's (L5)."""

    tokens: int
    """Compared."""
    at: int | None = None
    """The first that differs; None: none does."""
    margin: float | None = None
    """The reference's margin there between its token and the device's, nats."""
    delta_logp: float | None = None
    """L4's figure. It is shown; a near tie is a margin within twice the *limit* of that figure:
    a divergence stands where the device is furthest off, and the mean of healthy runs is less."""
    in_top5: bool | None = None
    """Whether each one's token is in the other's top 5."""
    dtype: str = ""
    """Number format on the device."""


class Repeats(Part):
    """The same seed twice (L8)."""

    in_process: bool | None = None
    """Whether a second call in the process gave the same ids."""
    differs_at: int | None = None
    """First new token that differs."""
    digest: str = ""
    """sha256 of the ids of all answers: what a new process must give again."""
    new_process: bool | None = None
    """Whether a new process gave the same; None: it was not tried."""
    untried: str = ""


class Speed(Part):
    """How fast the example ran, and what it took."""

    load_seconds: float = 0.0
    tokens_per_second: float | None = None
    latency_p50: float | None = None
    """Seconds for each new token."""
    latency_p95: float | None = None
    peak_memory: int | None = None
    """Resident bytes of the process at most until the example ended."""
    peak_memory_checks: int | None = None
    """The same with all checks, the parity reference included."""
    seconds: dict[str, float] = Field(default_factory=dict, max_length=STEPS)
    """Of each step in its order: `import`, `example`, `measure tensors`, …, as in `reached`."""
    peaks: dict[str, int] = Field(default_factory=dict, max_length=STEPS)
    """Resident bytes of the process at most, from its start to the end of each step."""
    device_peak_memory: int | None = None
    """Bytes on the device; None on a CPU."""


class Environment(Part):
    """Where it ran."""

    python: str = ""
    platform: str = ""
    versions: dict[str, str] = Field(default_factory=dict)
    """torch, transformers, torch_npu, CANN, …"""
    device_name: str = ""
    device_memory: int | None = None
    simulated: bool = False
    """Whether the device is a stand-in of a test kit, and no hardware."""
    threads: int | None = None


class Isolation(Part):
    """What held the run."""

    rung: str
    """`process`, `landlock` or `bubblewrap`."""
    stopped: str | None = None
    """The code for which it was ended: `run.timeout`, `run.out_of_memory`, `run.limit`."""
    said: str = ""
    """What it did, in words: `printed over 16 MB`."""
    denied: tuple[str, ...] = ()
    """What it tried and was not let do, each once: `socket to 10.0.0.1:80`."""
    exit_code: int | None = None
    """Of the process; negative: the signal that ended it."""
    seconds: float = 0.0
    peak_memory: int = 0
    """Of the process and all that it started."""
    left: int = 0
    """Processes that were left behind and ended by cardkit."""


class Outcome(Part):
    """All that a run gave."""

    environment: Environment | None = None
    isolation: Isolation | None = None
    files: Files | None = None
    loads: tuple[Load, ...] = ()
    answers: tuple[Answer, ...] = ()
    printed: str = ""
    """Standard output of the example: the first 64 KiB."""
    error: Error | None = None
    """What ended the example; None: it came to its end."""
    reached: str = "start"
    """The last step that began: `start`, `import`, `example`, `measure tensors`, …, `end`."""
    tensors: Tensors | Untried | None = None
    shape: Shape | Untried | None = None
    numerics: Numerics | Untried | None = None
    parity: Parity | Untried | None = None
    divergence: Divergence | Untried | None = None
    repeats: Repeats | Untried | None = None
    speed: Speed | None = None
