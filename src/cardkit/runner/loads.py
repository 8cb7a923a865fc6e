"""Watches `from_pretrained`: models as they are loaded, and the tokenizers beside them."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from cardkit.outcome import Load
from cardkit.runner.patches import around
from cardkit.runner.refusals import UnsafeWeightsError, pickles_only

MOST = 1000
"""Names of a list of the loading info that are kept."""
BESIDE = (
    "AutoConfig",
    "AutoFeatureExtractor",
    "AutoImageProcessor",
    "AutoProcessor",
    "AutoTokenizer",
    "AutoVideoProcessor",
)
"""Auto classes that load no model, and may run code of the repository."""


class Loaded(NamedTuple):
    """A model that the example loaded."""

    load: Load
    model: Any
    arguments: dict[str, Any]
    """Of `from_pretrained` as the example called it, the folder aside."""
    folder: str
    """What it was loaded from."""


class Loads:
    """The loads of an example."""

    def __init__(self, *, remote_code: bool, seen: Callable[[Loaded], None]) -> None:
        self.models: list[Loaded] = []
        self.tokenizers: list[Any] = []
        self._remote_code = remote_code
        self._seen = seen
        self._call = threading.local()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch the classes of transformers."""
        import transformers
        from transformers.models.auto.auto_factory import _BaseAutoModelClass

        with ExitStack() as stack:

            def put(owner: Any, call: Any) -> None:
                stack.enter_context(around(owner, "from_pretrained", call))

            for auto in (_BaseAutoModelClass, *_auto_classes()):
                put(auto, self._auto)
            put(transformers.PreTrainedModel, self._model)
            for each in _overriding(transformers.PreTrainedModel):
                put(each, self._auto)
            put(transformers.PreTrainedTokenizerBase, self._tokenizer)
            put(transformers.PreTrainedConfig, self._beside)
            for name in BESIDE:
                auto = getattr(transformers, name)
                if "from_pretrained" in vars(auto):  # else it only says which package it needs
                    put(auto, self._beside)
            yield

    def _bounded(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Return arguments that load from this machine only, and no code that is not allowed."""
        bounds: dict[str, Any] = {"local_files_only": True}
        if not self._remote_code:
            bounds["trust_remote_code"] = False
        return kwargs | bounds

    def _beside(self, function: Any, cls: Any, *args: Any, **kwargs: Any) -> Any:
        return function(cls, *args, **self._bounded(kwargs))

    def _tokenizer(self, function: Any, cls: Any, *args: Any, **kwargs: Any) -> Any:
        tokenizer = function(cls, *args, **self._bounded(kwargs))
        self.tokenizers.append(tokenizer)
        return tokenizer

    def _auto(self, function: Any, cls: Any, *args: Any, **kwargs: Any) -> Any:
        with self._called(cls, kwargs):
            return function(cls, *args, **self._bounded(kwargs))

    @contextmanager
    def _called(self, cls: Any, kwargs: dict[str, Any]) -> Iterator[bool]:
        """Keep what the example itself called; what that calls in turn is a part of it.

        Where the call raises, it gave no model: a class may refuse what was loaded for it.
        """
        outermost, before = getattr(self._call, "name", None) is None, len(self.models)
        if outermost:
            self._call.name, self._call.began = cls.__name__, time.perf_counter()
            self._call.arguments, self._call.deep = dict(kwargs), 0
        try:
            yield outermost
        except BaseException:
            if outermost:
                del self.models[before:]
            raise
        finally:
            if outermost:
                self._call.name = None

    def _model(self, function: Any, cls: Any, *args: Any, **kwargs: Any) -> Any:
        with self._called(cls, kwargs):
            self._call.deep += 1
            try:
                return self._load(function, cls, args, kwargs)
            finally:
                self._call.deep -= 1

    def _load(self, function: Any, cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        folder = str(args[0] if args else kwargs.get("pretrained_model_name_or_path"))
        if Path(folder).is_dir() and pickles_only(Path(folder)):
            raise UnsafeWeightsError(
                "the weights are pickles only, which can carry code",
                todo="give the weights as safetensors",
            )
        wanted = kwargs.pop("output_loading_info", False)
        bounds = {"use_safetensors": True, "weights_only": True, "output_loading_info": True}
        model, info = function(cls, *args, **self._bounded(kwargs) | bounds)
        if self._call.deep == 1:  # the parts of a model of several are its own business
            self._keep(model, info, folder)
        return (model, info) if wanted else model

    def _keep(self, model: Any, info: dict[str, Any], folder: str) -> None:
        load = Load(
            called=self._call.name,
            model=type(model).__name__,
            module=type(model).__module__,
            seconds=time.perf_counter() - self._call.began,
            missing=_names(info.get("missing_keys", ())),
            unexpected=_names(info.get("unexpected_keys", ())),
            mismatched=_names(info.get("mismatched_keys", ())),
            errors=tuple(str(each) for each in info.get("error_msgs", ())),
            **placed(model),
        )
        loaded = Loaded(load, model, dict(self._call.arguments), folder)
        self.models.append(loaded)
        self._seen(loaded)


def _auto_classes() -> list[Any]:
    """Return the Auto classes of models; each has a `from_pretrained` of its own."""
    from transformers.models.auto import modeling_auto
    from transformers.models.auto.auto_factory import _BaseAutoModelClass

    return [
        each
        for each in vars(modeling_auto).values()
        if isinstance(each, type) and issubclass(each, _BaseAutoModelClass)
        if each is not _BaseAutoModelClass and "from_pretrained" in vars(each)
    ]


def _overriding(cls: Any) -> Iterator[Any]:
    """Yield the classes below one whose `from_pretrained` does more than its."""
    for each in cls.__subclasses__():
        if "from_pretrained" in vars(each):
            yield each
        yield from _overriding(each)


def placed(model: Any) -> dict[str, Any]:
    """Return the number formats and the devices of a model's parameters, the commonest first."""
    dtypes: Counter[str] = Counter()
    devices: Counter[str] = Counter()
    for parameter in model.parameters():
        dtypes[str(parameter.dtype).removeprefix("torch.")] += parameter.numel()
        devices[str(parameter.device)] += parameter.numel()
    order = [name for name, _ in dtypes.most_common()]
    return {
        "dtype": ",".join(order),
        "devices": tuple(name for name, _ in devices.most_common()),
    }


def _names(found: Any) -> tuple[str, ...]:
    """Return names in order; of another shape, each comes with both shapes."""
    names = {each[0] if isinstance(each, tuple) else str(each) for each in found}
    return tuple(sorted(names)[:MOST])
