"""Watches `generate`, and forward passes outside of it: what reached a model, and what came out."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from cardkit.outcome import Answer
from cardkit.runner.clock import Clock
from cardkit.runner.patches import around
from cardkit.runner.seeds import State, restore, state

MOST = 64
"""Answers that are kept; of forward passes a quarter."""
ROWS, TOKENS = 64, 8192
"""Rows of an answer and ids of a row that are kept."""
IDS = 200_000
"""Ids of all answers that are kept: what is written of them stays far under what is read."""
NOT_AGAIN = ("streamer", "stopping_criteria")
"""Arguments that another call is not given: they tell somebody else, or remember the first."""

Ids = tuple[tuple[int, ...], ...]


class Call(NamedTuple):
    """A call of `generate` that can be made again."""

    model: Any
    arguments: dict[str, Any]
    held: State
    answer: int
    """Its place among the answers."""


class Settings(NamedTuple):
    """What a call came down to, with the model's own generation config."""

    config: Any
    prompt: int
    """Tokens before the first new one."""


class Answers:
    """The answers of an example."""

    def __init__(self, cap: int, seen: Callable[[], None]) -> None:
        self.answers: list[Answer] = []
        self.models: list[Any] = []
        """The model of each."""
        self.call: Call | None = None
        """The first that generated."""
        self.gaps: list[float] = []
        """Seconds from each new token to the next."""
        self._ids = 0
        self._cap = cap
        self._seen = seen
        self._now = threading.local()
        self._hooks: list[Any] = []

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch transformers, and the models that `look_at` is told of."""
        from transformers import GenerationMixin

        with (
            around(GenerationMixin, "generate", self._generated),
            around(GenerationMixin, "_prepare_generated_length", self._prepared),
        ):
            try:
                yield
            finally:
                for hook in self._hooks:
                    hook.remove()

    def look_at(self, model: Any) -> None:
        """Watch a model's forward passes too."""
        self._hooks.append(model.register_forward_pre_hook(self._forward, with_kwargs=True))

    def again(self) -> Ids | None:
        """Make the first call again, with the same random state; None where there was none."""
        import torch

        if self.call is None:
            return None
        model, arguments, held, _ = self.call
        restore(held, model.device)
        clock = Clock(self._cap)
        with torch.no_grad():
            result = model.generate(**_copied(arguments), stopping_criteria=_criteria(None, clock))
        settings = Settings(model.generation_config, clock.start or 0)
        return _bounded(self._new(model, result, settings))

    def _generated(self, function: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
        if getattr(self._now, "inside", False):
            return function(model, *args, **kwargs)
        bound = inspect.signature(function).bind(model, *args, **kwargs)
        arguments = {**bound.arguments}
        arguments.pop("self", None)
        arguments.update(arguments.pop("kwargs", {}))
        given = _copied({name: arguments[name] for name in arguments.keys() - {*NOT_AGAIN}})
        held = state(model.device)
        clock = Clock(self._cap)
        arguments["stopping_criteria"] = _criteria(arguments.get("stopping_criteria"), clock)
        self._now.inside, self._now.settings = True, None
        began = time.perf_counter()
        try:
            result = function(model, **arguments)
        finally:
            self._now.inside = False
        seconds = time.perf_counter() - began
        self._keep(model, given, held, result, clock, seconds)
        return result

    def _prepared(self, function: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
        """Note what a call came down to: transformers works its length out here."""
        config = function(model, *args, **kwargs)
        if getattr(self._now, "settings", None) is None:
            self._now.settings = Settings(config, int(kwargs.get("input_ids_length", 0)))
        return config

    def _forward(self, model: Any, args: Any, kwargs: dict[str, Any]) -> None:
        few = sum(not answer.output_ids for answer in self.answers) < MOST // 4 and self._ids < IDS
        if getattr(self._now, "inside", False) or not few:
            return
        ids = kwargs.get("input_ids", args[0] if args else None)
        rows = _rows(ids, kwargs.get("attention_mask"))
        if rows:
            self._ids += sum(map(len, rows))
            self._add(Answer(input_ids=rows), model)

    def _keep(
        self, model: Any, given: dict[str, Any], held: State, result: Any, clock: Clock, took: float
    ) -> None:
        if len(self.answers) >= MOST or self._ids >= IDS:
            return
        settings = self._now.settings or Settings(model.generation_config, clock.start or 0)
        config, prompt = settings
        output = self._new(model, result, settings)
        wanted = config.max_length - prompt if config.max_length is not None else None
        limit = min(self._cap, wanted) if wanted else self._cap
        stops = _stops(config)
        ids = given.get("inputs", given.get("input_ids"))
        answer = Answer(
            input_ids=_rows(ids, given.get("attention_mask")),
            output_ids=_bounded(output),
            arguments=_plain(given),
            greedy=not config.do_sample,
            capped=wanted if wanted and wanted > self._cap else None,
            ended=bool(output)
            and all(len(row) < limit or bool(row and row[-1] in stops) for row in output),
            seconds=took,
            new_tokens=sum(map(len, output)),
        )
        if self.call is None:
            self.call = Call(model, given, held, len(self.answers))
        self._ids += sum(map(len, (*answer.input_ids, *answer.output_ids)))
        self.gaps += clock.gaps
        self._add(answer, model)

    def _add(self, answer: Answer, model: Any) -> None:
        self.answers.append(answer)
        self.models.append(model)
        if len(self.answers).bit_count() == 1:  # 1, 2, 4, 8: each writes all of them
            self._seen()

    def _new(self, model: Any, result: Any, settings: Settings) -> Ids:
        """Return the new tokens of each row, up to its first stop token."""
        sequences = getattr(result, "sequences", result)
        if getattr(model.config, "is_encoder_decoder", False):
            rows = sequences[:, settings.prompt or 1 :]
        else:
            rows = sequences[:, settings.prompt :]
        stops = _stops(settings.config)
        found = []
        for row in rows.tolist():
            end = next((at + 1 for at, id_ in enumerate(row) if id_ in stops), len(row))
            found.append(tuple(row[:end]))
        return tuple(found)


def _criteria(own: Any, clock: Clock) -> Any:
    from transformers import StoppingCriteriaList

    return StoppingCriteriaList([*(own or ()), clock])


def _stops(config: Any) -> frozenset[int]:
    """Return the ids that end an answer."""
    ids = getattr(config, "eos_token_id", None)
    return frozenset(ids if isinstance(ids, list | tuple) else () if ids is None else (ids,))


def _rows(ids: Any, mask: Any = None) -> Ids:
    """Return the ids of each row, without those that the attention mask hides."""
    if getattr(ids, "ndim", 0) != 2:
        return ()
    rows = ids.tolist()
    if getattr(mask, "shape", None) == ids.shape:
        kept = mask.tolist()
        rows = [
            [id_ for id_, there in zip(row, shown, strict=True) if there]
            for row, shown in zip(rows, kept, strict=True)
        ]
    return _bounded(rows)


def _bounded(rows: Any) -> Ids:
    return tuple(tuple(row[:TOKENS]) for row in rows[:ROWS])


def _copied(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return arguments whose tensors and configs nobody else changes."""
    import copy

    import torch

    def held(value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            return value.detach().clone()
        return copy.deepcopy(value) if type(value).__name__ == "GenerationConfig" else value

    return {name: held(value) for name, value in arguments.items()}


def _plain(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments that are plain values, those of a generation config among them."""
    config: Any = arguments.get("generation_config")
    merged = {**(config.to_diff_dict() if hasattr(config, "to_diff_dict") else {}), **arguments}
    merged.pop("transformers_version", None)
    return {name: value for name, value in merged.items() if is_plain(value)}


def is_plain(value: Any) -> bool:
    """Tell whether a value is a number, a truth value, a text, nothing, or a list of these."""
    if isinstance(value, list | tuple):
        return len(value) <= MOST and all(is_plain(each) for each in value)
    return value is None or isinstance(value, bool | int | float | str)
