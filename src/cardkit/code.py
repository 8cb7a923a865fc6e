"""What a code example does with a model: which one it loads, with what, and what it asks it."""

from __future__ import annotations

import ast
import math
import re
import textwrap
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from cardkit import shell
from cardkit.blocks import Code, Placed
from cardkit.card import Card
from cardkit.snippet import is_python, parse, parse_loosely, set_apart
from cardkit.trace import (
    UNKNOWN,
    Bound,
    Call,
    Filled,
    Hole,
    Made,
    Origin,
    Slot,
    Value,
    follow,
    is_chat,
    strings,
)
from cardkit.vocabulary import libraries

LOADS = re.compile(
    r"from_(?:pretrained|quantized|hparams|preset|single_file|hub|tf|flax)\w*|restore_from"
)
NO_MODEL = re.compile(
    r"Tokenizer|rocessor|FeatureExtractor|Config|Scheduler|Vocab|ImageProc|Retriever|Dataset|"
    r"Sampler$|Collator|Template"
)
TEXT_SIDE = re.compile(r"Tokenizer|Processor|FeatureExtractor|tokenizer|processor")
SETTINGS = re.compile(r"GenerationConfig|SamplingParams|GenerationParams|GenConfig")
FETCHES = {"snapshot_download", "hf_hub_download", "cached_path", "model_file_download",
           "cached_download", "hf_hub_url"}  # fmt: skip
NO_LOADER = re.compile(
    r"dataset|Dataset|metric|evaluate|HfApi|repo|login|login|requests|Repository|list_|upload|push|"
    r"Trainer|TrainingArg|Argument|Image|Audio|download|urlopen|Client$|OpenAI|print|open$|join|Path"
)
MODEL_CLASS = re.compile(r"Model|LM\b|For[A-Z]|GPT|Llama")
LOADER_NAME = re.compile(r"[A-Z]|.*(?:load|model|pretrained|create|pipeline)")
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w][\w.+-]*(?:@[\w.-]+)?")
NO_ID = re.compile(r"[<>{}\s]|^$|(?:path/to|your)", re.IGNORECASE)
FILE_ENDS = (".jpg", ".jpeg", ".png", ".wav", ".mp3", ".flac", ".gif", ".webp", ".mp4", ".csv",
             ".json", ".txt", ".pdf", ".npy", ".pt", ".bin", ".ogg", ".m4a")  # fmt: skip

MODEL_KEYS = ("model", "model_id", "model_name", "model_path", "model_name_or_path", "model_dir",
              "pretrained_model_name_or_path", "repo_id", "source", "checkpoint", "model_dir_or_name",
              "pretrained", "path", "hf_model_id", "name")  # fmt: skip
INPUT_KEYS = ("text", "texts", "text_inputs", "inputs", "input", "input_text", "prompt", "prompts",
              "question", "query", "queries", "instruction", "sentence", "sentences", "messages",
              "msgs", "conversation", "conversations", "context", "user_input", "sequences",
              "input_texts", "text_input", "message", "src_text")  # fmt: skip
USER_NAMES = re.compile(
    r"(?:user_?|input_?)?(?:prompt|instruction|question|query|message|msg|input|inputs|text|request|content|q)s?",
    re.IGNORECASE,
)
NOT_SETTINGS = {"history", "return_tensors", "streamer", "tokenizer", "image", "images", "seed",
                "generator", "attention_mask", "past_key_values", "generation_config", "past_history",
                "sampling_params", "prompt_token_ids", "input_ids", "image_path"}  # fmt: skip
CALL_SETTINGS = {"max_new_tokens", "max_length", "min_length", "temperature", "top_p", "top_k",
                 "do_sample", "repetition_penalty", "num_return_sequences", "num_beams",
                 "min_new_tokens", "no_repeat_ngram_size", "length_penalty", "max_tokens",
                 "early_stopping"}  # fmt: skip
STOP_KEYS = ("stop", "stop_words", "stop_sequences", "stop_strings", "stop_sequence", "end_strings",
             "stop_tokens")  # fmt: skip
GENERATES = re.compile(
    r"generate|chat|stream_chat|create_completion|create_chat_completion|__call__"
)
RUNS = re.compile(
    r"generate|chat|stream|encode|predict|transcri|classif|separate|infer|(?:re)?rank|compare|best_of|"
    r"compute_score|embed|create_|invoke|run$|complet|ask|answer|summar|translat|extract|tag|"
    r"forward|analy|detect|recogni|synthes|tts|get_(?:prediction|text_emb|emb|score)|score|"
    r"similarity|enhance|unmask|__call__"
)
RUNNABLE = re.compile(
    r"(?:pipe(?:line)?|generator|generate_text|classifier|nlp|model|llm|unmasker|fill_mask|ner|"
    r"summarizer|translator|qa|qa_pipeline|recognizer|transcriber|text_generator|olmo)"
)
SAME = {"to", "cuda", "cpu", "eval", "half", "float", "bfloat16", "train", "requires_grad_", "npu",
        "merge_and_unload", "to_bettertransformer", "type", "double", "quantize", "xpu"}  # fmt: skip
DTYPES = {"float16", "bfloat16", "float32", "float64", "half", "int8", "float8_e4m3fn", "auto",
          "bf16", "fp16", "fp32", "float"}  # fmt: skip
DEVICE = re.compile(
    r"(?:cpu|cuda|npu|mps|xpu|tpu|hpu|mlu|gpu|auto|balanced|balanced_low_0|sequential)(?::\d+)?"
)
SPECIAL = re.compile(r"<[|｜]?[^<>\s]{1,30}[|｜]?>|\[/?[A-Z_]{2,20}\]|#{2,} ?\w*:?")
LOCAL_MODULE = re.compile(
    r"\.|(?:src|utils?|models?|modeling\w*|modules?|main|app|lib|scripts?)(?:\.|$)"
)


class Load(NamedTuple):
    """One model that the code loads."""

    entry_point: str
    module: str
    model_id: str | None
    outer: bool = False
    """Whether it takes a model that was loaded before it."""
    task: str = ""
    """The task that a pipeline is told."""


class Usage(NamedTuple):
    """What a code block does with a model; what it does not say is None or empty."""

    language: str = "python"
    code: str | None = None
    """The block as code that compiles; a shell block as it is."""
    broken: bool = False
    """Whether Python does not compile as printed."""
    runs: bool = False
    """Whether it loads or runs a model."""
    loads: tuple[Load, ...] = ()
    library: str | None = None
    entry_point: str | None = None
    model_id: str | None = None
    hub: str | None = None
    device: str | None = None
    dtype: str | None = None
    trust_remote_code: bool | None = None
    inputs: tuple[str, ...] = ()
    generation: Mapping[str, Any] = {}  # noqa: RUF012
    installs: tuple[str, ...] = ()
    output: str | None = None
    chat: bool = False
    """Whether it sends chat messages."""
    completes: bool = False
    """Whether plain text goes to a causal model, and nothing else does."""
    sent: tuple[str, ...] = ()
    """Texts as they go to the model; a `trace.Filled` remembers its template."""
    templates: tuple[str, ...] = ()
    """Texts that the code builds or gives a name, sent or not."""
    stops: tuple[str, ...] = ()
    names: Names = ()
    """What the code leaves to the blocks behind it: its models by name."""


Names: TypeAlias = tuple[tuple[str, Made | Origin | str], ...]
"""What earlier blocks left behind by name: models, what they imported, texts."""


def usages(card: Card) -> Iterator[tuple[Code, Placed, Usage | None]]:
    """Yield each code block of a card with what it does, comments included."""
    known: dict[str, Made | Origin | str] = {}
    for block, placed in card.of(Code, commented=True):
        text = "\n".join(line.text for line in block.lines)
        usage = read(text, block.language, tuple(known.items()))
        known.update(usage.names if usage else ())
        yield block, placed, usage


@lru_cache(maxsize=256)
def read(text: str, language: str = "", known: Names = ()) -> Usage | None:
    """Return what a code block does with a model; None when it is neither Python nor a command.

    >>> usage = read("from transformers import pipeline\\npipe = pipeline(model='a/b')\\npipe('Hi')")
    >>> usage.library, usage.entry_point, usage.model_id, usage.inputs
    ('transformers', 'pipeline', 'a/b', ('Hi',))
    """
    if is_python(text, language):
        usage = _python(text, known)
        if usage is None or not usage.broken or usage.runs or is_python(text):
            return usage
        language = ""
    command = shell.read(text, language)
    if command:
        return Usage(
            language="shell",
            code=command.code,
            runs=command.runs,
            library=command.library,
            model_id=command.model_id,
            dtype=command.dtype,
            trust_remote_code=command.trust_remote_code,
            inputs=command.inputs,
            sent=command.inputs,
        )
    if language in OTHER_LANGUAGES:
        return None
    usage = _python(text, known)
    return usage if usage and usage.runs and not usage.broken else None


OTHER_LANGUAGES = {"json", "yaml", "yml", "bibtex", "bib", "latex", "tex", "bash", "sh", "shell",
                   "console", "js", "javascript", "ts", "typescript", "java", "cpp", "c", "c++",
                   "csharp", "go", "rust", "ruby", "julia", "r", "html", "xml", "toml", "ini",
                   "diff", "markdown", "md", "swift", "kotlin", "php", "sql"}  # fmt: skip


def _python(text: str, known: Names) -> Usage | None:
    """Return what a Python block does."""
    snippet = set_apart(text)
    if not snippet.code.strip():
        return None
    witness = _Witness()
    left: dict[str, Value] = dict(known)
    if snippet.tree:
        trees = [snippet.tree]
    elif snippet.parts:
        trees = [tree for part in snippet.parts[:MANY_TEXTS] if (tree := parse_loosely(part))]
    else:
        trees = _sound_parts(snippet.code)
    texts: list[str] = []
    for tree in trees:
        left = follow(tree, witness, left, texts)
    return witness.usage(left, texts)._replace(
        code=snippet.code if snippet.tree else None,
        broken=snippet.broken,
        installs=snippet.installs,
        output=snippet.output,
    )


def _sound_parts(code: str, depth: int = 3) -> list[ast.Module]:
    """Return the statements that compile, of code that as a whole does not."""
    parts: list[list[str]] = []
    for line in code.split("\n"):
        inside = (
            not line.strip()
            or line[0] in " \t)]}"
            or (parts and parts[-1][-1].rstrip().endswith(("(", "[", "{", ",", "\\")))
        )
        if parts and inside:
            parts[-1].append(line)
        else:
            parts.append([line])
    found: list[ast.Module] = []
    for part in parts[:MANY_TEXTS]:
        tree = parse(textwrap.dedent("\n".join(part)))
        if tree:
            found.append(tree)
        elif len(part) > 1 and depth:
            head, rest = part[0], textwrap.dedent("\n".join(part[1:]))
            found += [tree for tree in [parse(head)] if tree]
            found += _sound_parts(rest, depth - 1)
    return found


class _Witness:
    """Sees each call of the code and keeps what it says of a model."""

    def __init__(self) -> None:
        self.loads: list[Load] = []
        self.runs = False
        self.devices: list[str] = []
        self.dtypes: list[str] = []
        self.trust: list[bool] = []
        self.inputs: list[str] = []
        self.sent: list[str] = []
        self.generation: dict[str, Any] = {}
        self.later: dict[str, Any] = {}
        self.stops: list[str] = []
        self.chat = False
        self.generates = False
        self.hub_module = ""
        self.filled: list[Made] = []
        """Objects that were made empty and loaded a model afterwards."""

    def __call__(self, call: Call) -> Value:
        """Take note of a call; return what it makes."""
        target = call.target
        self.note_keywords(call)
        if (
            isinstance(target, Bound)
            and isinstance(target.of, Hole)
            and target.of.name[:1].isupper()
        ):
            target = Origin("", f"{target.of.name}.{target.name}")
        if isinstance(target, Hole) and (target.name[:1].isupper() or target.name == "pipeline"):
            target = Origin("", target.name)
        if isinstance(target, Origin):
            return self.imported(target, call)
        if isinstance(target, Made):
            return self.object(target, "__call__", call)
        if isinstance(target, Bound):
            return self.method(target, call)
        if isinstance(target, Hole) and RUNNABLE.fullmatch(target.name):
            return self.run("__call__", call)
        if isinstance(target, Hole) and target.name == "tokenizer":
            self.take(call.arguments[:2], call)
        return UNKNOWN

    # What is imported

    def imported(self, target: Origin, call: Call) -> Value:
        """Return what a call of something imported makes."""
        *above, last = target.name.split(".") if target.name else [target.module.split(".")[-1]]
        if last == "get_peft_model":
            return self.model_in(call) or UNKNOWN
        if last == "device" and target.module == "torch":
            return call.arguments[0] if call.arguments else UNKNOWN
        if last in FETCHES:
            self.hub_module = target.module
            name = call.arguments[0] if call.arguments else call.keywords.get("repo_id", UNKNOWN)
            return call.keywords.get("model_id", name) if name is UNKNOWN else name
        if SETTINGS.fullmatch(last) or (above and SETTINGS.fullmatch(above[-1])):
            literal = tuple(_literals(call.keywords).items()) if not above else ()
            return Made("settings", last, target.module, settings=literal)
        if LOADS.fullmatch(last):
            return self.load(above[-1] if above else target.module.split(".")[-1], target, call)
        if NO_MODEL.search(last) or NO_LOADER.search(target.name) or target.module == "datasets":
            return Made("tokenizer", last, target.module) if TEXT_SIDE.search(last) else UNKNOWN
        if last == "pipeline" or last.endswith("Pipeline"):
            return self.pipeline(last, target, call)
        if last == "load" and above and not above[-1][:1].isupper() and not self.id_in(call):
            return UNKNOWN
        constructor = last if last != "load" or not above else above[-1]
        told = bool(call.arguments) or any(key in call.keywords for key in MODEL_KEYS)
        known = told and libraries.of_entry_point(last) is not None
        if (self.id_in(call) and LOADER_NAME.match(last)) or known:
            inner = self.model_in(call)
            self.note_dtype(call)
            return self.loaded("model", constructor, target, self.given_id(call), outer=bool(inner))
        if inner := self.model_in(call):
            self.runs = True
            return inner._replace(role="pipeline") if last[:1].isupper() else UNKNOWN
        if last[:1].isupper():
            return Made("other", last, target.module)
        if last in ("softmax", "argmax", "tensor", "dumps"):
            return UNKNOWN
        return UNKNOWN

    def load(self, holder: str, target: Origin, call: Call) -> Value:
        """Return what `from_pretrained` and its like make."""
        if SETTINGS.fullmatch(holder):
            return Made("settings", holder, target.module)
        if NO_MODEL.search(holder):
            self.note_trust(call)
            role = "tokenizer" if TEXT_SIDE.search(holder) else "other"
            return Made(role, holder, target.module, self.given_id(call))
        self.note_dtype(call)
        role = "pipeline" if "Pipeline" in holder else "model"
        inner = self.model_in(call)
        place = 1 if inner and call.arguments and isinstance(call.arguments[0], Made) else 0
        return self.loaded(role, holder, target, self.given_id(call, place), outer=bool(inner))

    def pipeline(self, name: str, target: Origin, call: Call) -> Value:
        """Return what `pipeline(...)` and `SomePipeline(...)` make."""
        self.note_dtype(call)
        literals = _literals(call.keywords)
        self.later.update({k: v for k, v in literals.items() if k in CALL_SETTINGS})
        inner = self.model_in(call)
        task = _task(call)
        if inner:
            self.loads.append(Load(name, target.module, None, outer=True, task=task))
            self.runs = True
            return inner._replace(role="pipeline")
        model = call.keywords.get("model", UNKNOWN)
        if model is UNKNOWN and len(call.arguments) > 1:
            model = call.arguments[1]
        if model is UNKNOWN and name != "pipeline" and self.id_in(call):
            model = call.arguments[0] if call.arguments else UNKNOWN
        if isinstance(model, Hole) and (name != "pipeline" or model.name == "model"):
            self.loads.append(Load(name, target.module, None, outer=True, task=task))
            self.runs = True
            return Made("pipeline", name, target.module)
        return self.loaded("pipeline", name, target, _id(model), task=task)

    def loaded(
        self,
        role: str,
        entry: str,
        target: Origin,
        model_id: str | None,
        *,
        outer: bool = False,
        task: str = "",
    ) -> Value:
        self.loads.append(Load(entry, target.module, model_id, outer, task))
        self.runs = True
        return Made(role, entry, target.module, model_id)

    # What is done with it

    def method(self, target: Bound, call: Call) -> Value:
        """Return what a method of something makes."""
        of, name = target.of, target.name
        if name == "split":
            return Made("split", "", "", _id_of_stop(call))
        if name in SAME:
            return self.moved(of, name, call)
        if name == "apply_chat_template":
            self.chat = True
            self.take(call.arguments[:1], call)
            return UNKNOWN
        if isinstance(of, Made):
            return self.object(of, name, call)
        if name.endswith("=") and call.arguments:
            return self.assigned(name, call.arguments[0])
        if isinstance(of, Hole):
            if of.name.endswith(("tokenizer", "processor")) and name in ENCODES:
                self.take(call.arguments[:2], call)
            elif name == "generate" or (RUNNABLE.fullmatch(of.name) and RUNS.match(name)):
                return self.run(name, call)
        return UNKNOWN

    def object(self, made: Made, name: str, call: Call) -> Value:
        """Return what a method of something made here makes."""
        if made.role == "split":
            if name == "[0]" and made.model_id:
                self.stops.append(made.model_id)
            return UNKNOWN
        if made.role == "tokenizer":
            if name in ENCODES:
                self.take(call.arguments[:2], call)
            return UNKNOWN
        if name.endswith("=") and call.arguments:
            return self.assigned(name, call.arguments[0])
        if made.role == "other" and made not in self.filled:
            if name.startswith("load") and self.id_in(call):
                self.filled.append(made)
                return self.loaded(
                    "model", made.entry, Origin(made.module, ""), self.given_id(call)
                )
            return UNKNOWN
        if made.role == "settings":
            return UNKNOWN
        if name.startswith("load_") and self.id_in(call):
            self.loads.append(Load(made.entry, made.module, self.given_id(call), outer=True))
            return UNKNOWN
        if RUNS.match(name):
            return self.run(name, call, forward=made.role == "model")
        return UNKNOWN

    def run(self, name: str, call: Call, *, forward: bool = False) -> Value:
        """Take note of what goes to a model; a bare model that is called runs forward once."""
        self.runs = True
        texts = [a for a in call.arguments if strings(a)][:1]
        self.take(texts, call)
        if GENERATES.fullmatch(name) and (name != "__call__" or texts or not forward):
            self.generates = True
            found = {
                key: value
                for made in (*call.arguments, *call.keywords.values())
                if isinstance(made, Made) and made.role == "settings"
                for key, value in made.settings
            }
            found |= _literals(call.keywords)
            self.generation = self.generation or found
        return UNKNOWN

    def take(self, arguments: tuple[Value, ...] | list[Value], call: Call) -> None:
        """Take note of the texts among some arguments and the keywords that hold texts."""
        keywords = [v for k, v in call.keywords.items() if k in INPUT_KEYS]
        for value in (*arguments, *keywords):
            self.chat = self.chat or is_chat(value)
            if isinstance(value, Filled):
                self.sent.append(value)
            for text in strings(value):
                if text not in self.sent:
                    self.sent.append(text)
                self.inputs += [x for x in _said(text) if x not in self.inputs and _is_prompt(x)]

    def moved(self, of: Value, name: str, call: Call) -> Value:
        """Take note of `.to("cuda")`, `.half()` and their like; they return what they were given."""
        for value in call.arguments:
            if isinstance(value, str) and DEVICE.fullmatch(value):
                self.devices.append(value)
            elif isinstance(of, Made) and (dtype := _dtype(value)):
                self.dtypes.append(dtype)
        if (
            isinstance(of, Made)
            and of.role in ("model", "pipeline")
            and name in ("half", "bfloat16")
        ):
            self.dtypes.append("float16" if name == "half" else name)
        return of

    def assigned(self, name: str, value: Value) -> Value:
        """Take note of `model.generation_config = …`."""
        if isinstance(value, Made) and value.role == "settings":
            self.later.update(value.settings)
        return UNKNOWN

    # Arguments that say the same wherever they stand

    def note_keywords(self, call: Call) -> None:
        for key in ("device", "device_map"):
            value = call.keywords.get(key)
            if isinstance(value, str) and DEVICE.fullmatch(value):
                self.devices.append(value)
            elif isinstance(value, int) and not isinstance(value, bool) and value >= 0:
                self.devices.append(str(value))
        extra = call.keywords.get("model_kwargs")
        if isinstance(extra, dict):
            self.note_keywords(Call(call.target, (), extra))
            self.note_dtype(Call(call.target, (), extra))
        for holder in (call.keywords, *(a for a in call.arguments if isinstance(a, dict))):
            for key in STOP_KEYS:
                self.stops += [x for x in strings(holder.get(key)) if x not in self.stops]

    def note_dtype(self, call: Call) -> None:
        for key in ("torch_dtype", "dtype", "ms_dtype"):
            if dtype := _dtype(call.keywords.get(key)):
                self.dtypes.append(dtype)
        self.note_trust(call)

    def note_trust(self, call: Call) -> None:
        trust = call.keywords.get("trust_remote_code")
        if isinstance(trust, bool):
            self.trust.append(trust)

    def model_in(self, call: Call) -> Made | None:
        """Return the first argument that is a model."""
        for value in (*call.arguments, *call.keywords.values()):
            if isinstance(value, Made) and value.role in ("model", "pipeline"):
                return value
        return None

    def given_id(self, call: Call, place: int = 0) -> str | None:
        """Return the id or path that a call is given."""
        for key in MODEL_KEYS:
            if key in call.keywords and (found := _id(call.keywords[key])):
                return found
        return _id(call.arguments[place]) if len(call.arguments) > place else None

    def id_in(self, call: Call) -> bool:
        """Tell whether a call is given an id of the shape `owner/name`."""
        found = self.given_id(call)
        if found is None or found.startswith(("http", "/", "./")):
            return False
        return bool(HUB_ID.fullmatch(found)) and not found.lower().endswith(FILE_ENDS)

    # The whole

    def usage(self, names: dict[str, Value], texts: list[str]) -> Usage:
        """Return what was seen, put together."""
        main = _main(self.loads)
        library = hub = None
        if main:
            library, hub = library_of(main, self.hub_module)
        causal = any(
            _CAUSAL.search(load.entry_point) or load.task == "text-generation"
            for load in self.loads
        )
        return Usage(
            runs=self.runs,
            loads=tuple(self.loads),
            library=library,
            entry_point=main.entry_point if main else None,
            model_id=main.model_id if main else None,
            hub=hub,
            device=self.devices[0] if self.devices else None,
            dtype=self.dtypes[0] if self.dtypes else None,
            trust_remote_code=True if True in self.trust else False if self.trust else None,
            inputs=tuple(self.inputs),
            generation={**self.later, **self.generation},
            chat=self.chat,
            completes=causal and self.generates and not self.chat and bool(self.inputs),
            sent=tuple(self.sent),
            templates=tuple(texts[:MANY_TEXTS]),
            stops=tuple(dict.fromkeys(self.stops)),
            names=tuple(
                (k, v._replace(role="model") if v in self.filled else v)
                for k, v in names.items()
                if (isinstance(v, Made) and v.role != "settings")
                or isinstance(v, Origin)
                or (type(v) is str and len(v) < LONGEST_NAME)
            ),
        )


ENCODES = {"__call__", "encode", "encode_plus", "batch_encode_plus", "apply_chat_template"}
MANY_TEXTS = 200
LONGEST_NAME = 2_000
"""Characters of a text that a later block may use by its name."""
_CAUSAL = re.compile(r"CausalLM|LMHead|TextGenerationPipeline|^LLM$")


def _main(loads: list[Load]) -> Load | None:
    """Return the load that says which model the code runs."""
    if not loads:
        return None
    adapters = [load for load in loads if load.outer and load.model_id]
    inner = [load for load in loads if not load.outer]
    return (adapters or inner or loads)[0]


def library_of(load: Load, fetched: str = "") -> tuple[str | None, str | None]:
    """Return the library that runs a load, and the hub that it comes from.

    `fetched` is the module that downloaded the files, where the code does that by itself.
    """
    root = load.module.split(".")[0]
    found = libraries.find(root) if root else libraries.of_entry_point(load.entry_point)
    hub = libraries.find(fetched.split(".")[0]) if fetched else found
    local = not root or LOCAL_MODULE.match(load.module)
    name = found.id if found else None if local else root
    return name, hub.hub if hub else None


def _id(value: Value) -> str | None:
    """Return a value as the id or path of a model, when it can be one."""
    if not isinstance(value, str) or len(value) > 200 or NO_ID.search(value):
        return None
    return str(value)


def _id_of_stop(call: Call) -> str | None:
    """Return the special token that a text is split at."""
    stop = call.arguments[0] if call.arguments else None
    return str(stop) if isinstance(stop, str) and SPECIAL.fullmatch(stop.strip()) else None


def _task(call: Call) -> str:
    """Return the task that a pipeline is told, as the Hub writes it."""
    value = call.keywords.get("task", call.arguments[0] if call.arguments else "")
    if isinstance(value, Origin):
        value = value.name.rpartition(".")[2]
    return str(value).replace("_", "-") if isinstance(value, str) else ""


def _dtype(value: Value) -> str | None:
    """Return the number format that a value names."""
    if isinstance(value, Origin):
        value = value.name.rpartition(".")[2] or value.name
    elif isinstance(value, Bound):
        value = value.name
    if isinstance(value, str):
        value = value.removeprefix("torch.")
        return {"half": "float16", "bf16": "bfloat16", "fp16": "float16"}.get(value, value) if value in DTYPES else None  # fmt: skip  # noqa: E501
    return None


def _literals(keywords: Mapping[str, Value]) -> dict[str, Any]:
    """Return the settings among keywords whose values are written out."""
    return {
        key: _plain(value)
        for key, value in keywords.items()
        if key not in NOT_SETTINGS and key not in INPUT_KEYS and _is_literal(value)
    }


def _is_literal(value: Value, depth: int = 4) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, Filled):
        return value.whole
    if isinstance(value, bool | int | str):
        return True
    if isinstance(value, list) or type(value) is tuple:
        return bool(depth) and len(value) < 100 and all(_is_literal(x, depth - 1) for x in value)
    if isinstance(value, dict):
        return bool(depth) and all(_is_literal(x, depth - 1) for x in value.values())
    return False


def _plain(value: Value) -> Any:
    """Return a literal as JSON has it."""
    if isinstance(value, Filled):
        return str(value)
    if isinstance(value, list | tuple):
        return [_plain(x) for x in value]
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    return value


def _said(text: str) -> list[str]:
    """Return what the user says in a text: what fills its template, or the text itself."""
    if not isinstance(text, Filled):
        return [text]
    slots = [p for p in text.parts if isinstance(p, Slot)]
    literal = any(isinstance(p, str) and p.strip() for p in text.parts)
    if not literal:
        return [str(text)]
    named = [p for p in slots if USER_NAMES.fullmatch(p.name)]
    if len(slots) == 1 or len(named) == 1:
        return [str((named or slots)[0].value)]
    return [str(text)]


def _is_prompt(text: str) -> bool:
    """Tell whether a text can be what a user says: no address, file or lone marker."""
    plain = text.strip()
    if not plain or SPECIAL.fullmatch(plain):
        return False
    one_word = not re.search(r"\s", plain)
    return not (one_word and (plain.lower().endswith(FILE_ENDS) or "://" in plain))
