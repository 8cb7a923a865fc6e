"""What an example reads of the outputs of a model that has tensors of no file.

Only such models are watched: of the others everything may be read.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

WHOLE = {"__dict__", "copy", "get", "items", "to_tuple", "values"}
"""Attributes of an output that give all its fields."""


class Reads:
    """The fields that were read, by model."""

    def __init__(self) -> None:
        self._fields: dict[int, set[str]] = {}
        self._elsewhere: set[int] = set()
        self._inside = threading.local()
        self._hooks: list[Any] = []

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch the models that `look_at` is told of, until here."""
        try:
            yield
        finally:
            for hook in self._hooks:
                hook.remove()

    def of(self, model: Any) -> frozenset[str] | None:
        """Return the fields of a model's outputs that were read; None where it may be any."""
        if id(model) not in self._fields or id(model) in self._elsewhere:
            return None
        return frozenset(self._fields[id(model)])

    def look_at(self, model: Any, made_up: tuple[str, ...]) -> None:
        """Watch a model, whose tensors of some names were made up."""
        fields = self._fields[id(model)] = set[str]()

        def begins(*_: Any) -> None:
            self._inside.deep = getattr(self._inside, "deep", 0) + 1

        def ends(_module: Any, _given: Any, output: Any) -> None:
            self._inside.deep -= 1
            if self._inside.deep == 0 and not watched(output, fields):
                self._elsewhere.add(id(model))

        def part(*_: Any) -> None:
            if not getattr(self._inside, "deep", 0):  # the example calls it by itself
                self._elsewhere.add(id(model))

        self._hooks += [
            model.register_forward_pre_hook(begins),
            model.register_forward_hook(ends, always_call=True),
        ]
        modules = dict(model.named_modules())
        for owner in sorted({name.rpartition(".")[0] for name in made_up}):
            if owner not in modules:
                self._elsewhere.add(id(model))
            elif owner:
                self._hooks.append(modules[owner].register_forward_pre_hook(part))


def watched(output: Any, fields: set[str]) -> bool:
    """Let an output note which of its fields are read; False where it cannot: a bare tuple."""
    from transformers.utils import ModelOutput

    if not isinstance(output, ModelOutput):
        return False
    kind: Any = type(output)
    names = tuple(output.keys())

    def plain(self: Any, name: str) -> Any:
        return OrderedDict.__getitem__(self, name)

    def attribute(self: Any, name: str) -> Any:
        fields.update((name,) if name in names else names if name in WHOLE else ())
        return kind.__getattribute__(self, name)

    def element(self: Any, key: Any) -> Any:
        picked = (key,) if isinstance(key, str) else names[key]
        fields.update((picked,) if isinstance(picked, str) else picked)
        if isinstance(key, str):
            return plain(self, key)
        return tuple(plain(self, name) for name in names)[key]

    def whole(self: Any, protocol: Any) -> Any:
        fields.update(names)
        object.__setattr__(self, "__class__", kind)  # a copy, or a pickle, is of its own class
        return self.__reduce_ex__(protocol)

    own = {
        "__getattribute__": attribute,
        "__getitem__": element,
        "__reduce_ex__": whole,
        "__module__": kind.__module__,
    }
    object.__setattr__(output, "__class__", type(kind.__name__, (kind,), own))
    return True
