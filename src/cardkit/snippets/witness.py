"""What the calls of a program say of a model: which it loads, with what, and what it is asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from cardkit.patterns import regex
from cardkit.snippets import arguments
from cardkit.snippets.trace import (
    UNKNOWN,
    Bound,
    Call,
    Filled,
    Hole,
    Made,
    Origin,
    Value,
    is_chat,
    strings,
)
from cardkit.vocabulary import calls, libraries

LOADS = regex(
    r"get_pretrained|from_(?:pretrained|quantized|hparams|preset|single_file|hub|tf|flax)\w*|restore_from"
)
NO_MODEL = regex(
    r"Tokenizer|rocessor|FeatureExtractor|Config|Scheduler|Vocab|ImageProc|Retriever|Dataset|"
    r"Sampler$|Collator|Template"
)
TEXT_SIDE = regex(r"Tokenizer|Processor|FeatureExtractor|tokenizer|processor")
SETTINGS = regex(r"GenerationConfig|SamplingParams|GenerationParams|GenConfig")
NO_LOADER = regex(
    r"dataset|Dataset|metric|evaluate|HfApi|repo|login|requests|Repository|list_|upload|push|"
    r"Trainer|TrainingArg|Argument|Image|Audio|download|urlopen|Client$|OpenAI|print|open$|join|Path"
)
LOADER_NAME = regex(r"[A-Z]|.*(?:load|model|pretrained|create|pipeline)")
GENERATES = regex(r"generate|chat|stream_chat|create_completion|create_chat_completion|__call__")
RUNS = regex(
    r"generate|chat|stream|encode|predict|transcri|classif|separate|infer|(?:re)?rank|compare|best_of|"
    r"compute_score|embed|create_|invoke|run$|complet|ask|answer|summar|translat|extract|tag|"
    r"forward|analy|detect|recogni|synthes|tts|get_(?:prediction|text_emb|emb|score)|score|"
    r"similarity|enhance|unmask|__call__"
)
RUNNABLE = regex(
    r"(?:pipe(?:line)?|generator|generate_text|classifier|nlp|model|llm|unmasker|fill_mask|ner|"
    r"summarizer|translator|qa|qa_pipeline|recognizer|transcriber|text_generator|olmo)"
)
LOCAL_MODULE = regex(
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


class Witness:
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
        if last in calls.names("fetches"):
            self.hub_module = target.module
            name = call.arguments[0] if call.arguments else call.keywords.get("repo_id", UNKNOWN)
            return call.keywords.get("model_id", name) if name is UNKNOWN else name
        if SETTINGS.fullmatch(last) or (above and SETTINGS.fullmatch(above[-1])):
            literal = tuple(arguments.settings(call.keywords).items()) if not above else ()
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
        told = bool(call.arguments) or any(
            key in call.keywords for key in calls.names("model_keys")
        )
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
        literals = arguments.settings(call.keywords)
        self.later.update({k: v for k, v in literals.items() if k in calls.names("call_settings")})
        inner = self.model_in(call)
        task = arguments.task(call)
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
        return self.loaded("pipeline", name, target, arguments.model_id(model), task=task)

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
        """Take note of a model that is loaded; return it."""
        self.loads.append(Load(entry, target.module, model_id, outer, task))
        self.runs = True
        return Made(role, entry, target.module, model_id)

    # What is done with it

    def method(self, target: Bound, call: Call) -> Value:
        """Return what a method of something makes."""
        of, name = target.of, target.name
        if name == "split":
            return Made("split", "", "", arguments.special_token(call))
        if name in calls.names("same"):
            return self.moved(of, name, call)
        if name == "apply_chat_template":
            self.chat = True
            self.take(call.arguments[:1], call)
            return UNKNOWN
        if isinstance(of, Made):
            return self.object(of, name, call)
        if name.endswith("=") and call.arguments:
            return self.assigned(call.arguments[0])
        if isinstance(of, Hole):
            if of.name.endswith(("tokenizer", "processor")) and name in calls.names("encodes"):
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
            if name in calls.names("encodes"):
                self.take(call.arguments[:2], call)
            return UNKNOWN
        if name.endswith("=") and call.arguments:
            return self.assigned(call.arguments[0])
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
            found |= arguments.settings(call.keywords)
            self.generation = self.generation or found
        return UNKNOWN

    def take(self, values: Iterable[Value], call: Call) -> None:
        """Take note of the texts among some values and the keywords that hold texts."""
        keywords = [v for k, v in call.keywords.items() if k in calls.names("input_keys")]
        for value in (*values, *keywords):
            self.chat = self.chat or is_chat(value)
            if isinstance(value, Filled):
                self.sent.append(value)
            for text in strings(value):
                if text not in self.sent:
                    self.sent.append(text)
                for words in arguments.said(text):
                    if words not in self.inputs and arguments.is_prompt(words):
                        self.inputs.append(words)

    def moved(self, of: Value, name: str, call: Call) -> Value:
        """Take note of `.to("cuda")`, `.half()` and their like; they return what they had."""
        for value in call.arguments:
            if isinstance(value, str) and (device := arguments.device(value)):
                self.devices.append(device)
            elif isinstance(of, Made) and (dtype := arguments.dtype(value)):
                self.dtypes.append(dtype)
        if (
            isinstance(of, Made)
            and of.role in ("model", "pipeline")
            and name in ("half", "bfloat16")
        ):
            self.dtypes.append("float16" if name == "half" else name)
        return of

    def assigned(self, value: Value) -> Value:
        """Take note of `model.generation_config = …`."""
        if isinstance(value, Made) and value.role == "settings":
            self.later.update(value.settings)
        return UNKNOWN

    # Arguments that say the same wherever they stand

    def note_keywords(self, call: Call) -> None:
        """Take note of devices and stop strings."""
        for key in ("device", "device_map"):
            if device := arguments.device(call.keywords.get(key)):
                self.devices.append(device)
        extra = call.keywords.get("model_kwargs")
        if isinstance(extra, dict):
            self.note_keywords(Call(call.target, (), extra))
            self.note_dtype(Call(call.target, (), extra))
        for holder in (call.keywords, *(a for a in call.arguments if isinstance(a, dict))):
            for key in calls.names("stop_keys"):
                self.stops += [x for x in strings(holder.get(key)) if x not in self.stops]

    def note_dtype(self, call: Call) -> None:
        """Take note of the number format that a model is loaded in."""
        for key in ("torch_dtype", "dtype", "ms_dtype"):
            if dtype := arguments.dtype(call.keywords.get(key)):
                self.dtypes.append(dtype)
        self.note_trust(call)

    def note_trust(self, call: Call) -> None:
        """Take note of whether the model's own code may run."""
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
        for key in calls.names("model_keys"):
            if key in call.keywords and (found := arguments.model_id(call.keywords[key])):
                return found
        return arguments.model_id(call.arguments[place]) if len(call.arguments) > place else None

    def id_in(self, call: Call) -> bool:
        """Tell whether a call is given an id of the shape `owner/name`."""
        return arguments.is_hub_id(self.given_id(call))


def main_load(loads: list[Load]) -> Load | None:
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
