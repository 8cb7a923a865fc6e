"""Commands for a shell, one option a line."""

from __future__ import annotations

import shlex
from collections.abc import Iterable


def quoted(word: str) -> str:
    r"""Return a word as a POSIX shell reads it back.

    >>> print(quoted("it's"), quoted("<|end|>"))
    'it'"'"'s' '<|end|>'
    """
    return shlex.quote(word)


def command(first: str, options: Iterable[tuple[str, ...]]) -> str:
    r"""Return a command over several lines; each option with its words, which are quoted.

    >>> print(command("vllm serve org/name", [("--dtype", "auto"), ("--trust-remote-code",)]))
    vllm serve org/name \
      --dtype auto \
      --trust-remote-code
    """
    lines = [" ".join([name, *map(quoted, words)]) for name, *words in options]
    return " \\\n  ".join([first, *lines])


def comment(text: str) -> str:
    r"""Return a text as comment lines.

    >>> comment("one\ntwo")
    '# one\n# two'
    """
    return "\n".join(f"# {line}".rstrip() for line in text.splitlines())
