"""Puts functions in the place of a library's own, and puts those back."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Around = Callable[..., Any]
"""Called with the function itself, then its arguments."""


@contextmanager
def around(owner: Any, name: str, call: Around) -> Iterator[None]:
    """Let `call` stand around a method or class method of a class, or a function of a module."""
    held = vars(owner)[name]
    function = held.__func__ if isinstance(held, classmethod | staticmethod) else held

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        return call(function, *args, **kwargs)

    setattr(owner, name, type(held)(called) if function is not held else called)
    try:
        yield
    finally:
        setattr(owner, name, held)


@contextmanager
def everywhere(package: str, function: Any, other: Any) -> Iterator[None]:
    """Let another function stand where a package's modules have imported one by its name."""
    name, put = function.__name__, []
    for key, module in list(sys.modules.items()):
        if key.partition(".")[0] == package and vars(module).get(name) is function:
            setattr(module, name, other)
            put.append(module)
    try:
        yield
    finally:
        for module in put:
            setattr(module, name, function)
        for key, module in list(sys.modules.items()):  # imported in between
            if key.partition(".")[0] == package and vars(module).get(name) is other:
                setattr(module, name, function)
