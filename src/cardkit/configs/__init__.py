"""Configs that run a model of the registry: one runtime per file."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from cardkit.configs import chat_template, llama_cpp, ollama, transformers, vllm
from cardkit.configs.made import CannotRunError, Made
from cardkit.configs.shell import comment
from cardkit.entries.entry import Entry
from cardkit.tables import pick

__all__ = ["TARGETS", "CannotRunError", "Made", "as_text", "make", "write"]


class Runtime(Protocol):
    """What a module of this folder must hold."""

    TARGET: str

    def make(self, entry: Entry) -> Made:
        """Return the config of an entry; raises CardkitError if there is none."""


TARGETS: dict[str, Runtime] = {
    module.TARGET: module for module in (transformers, vllm, ollama, llama_cpp, chat_template)
}


def make(entry: Entry, target: str) -> Made:
    """Return a config that runs an entry's model.

    Raises UnknownNameError for another target, CannotRunError (exit code 3) where the target
    cannot run the model, CardkitError where the entry does not say enough.
    """
    return pick(TARGETS, target, "target").make(entry)


def as_text(made: Made) -> str:
    """Return what is printed: one file as it is, several each under a comment with its name."""
    if len(made.files) == 1:
        return next(iter(made.files.values())).removesuffix("\n")
    parts = [f"{comment(f'--- {name}')}\n{text}" for name, text in made.files.items()]
    return "\n".join(part.removesuffix("\n") for part in parts)


def write(made: Made, folder: Path) -> list[Path]:
    """Write a config's files, byte for byte; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name for name in made.files]
    for path, text in zip(paths, made.files.values(), strict=True):
        path.write_bytes(text.encode())
    return paths
