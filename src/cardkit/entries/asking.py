"""What is sent to a model: its prompt format around a text, a system message, several turns."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from cardkit.entries import yaml_values
from cardkit.entries.entry import Entry
from cardkit.errors import CardkitError, UsageError

ROLES = ("system", "user", "assistant")


def asked(
    entry: Entry, text: str | None = None, system: str | None = None, turns: str | None = None
) -> str:
    """Return exactly what is sent to a model for a text, or for the turns of a file.

    Raises UsageError if nothing is asked, CardkitError if the card documents no such prompt.
    """
    if (text is None) == (turns is None):
        raise UsageError(
            "give either a TEXT or --turns", todo=f'cardkit prompt {entry.name} "Hello"'
        )
    messages = read_turns(turns) if turns else [{"role": "user", "content": _read(text or "")}]
    if system is not None:
        if messages[0]["role"] == "system":
            raise UsageError("--system, and the turns begin with one", todo="keep one of them")
        messages.insert(0, {"role": "system", "content": system})
    return render(entry, messages)


def render(entry: Entry, messages: list[dict[str, str]]) -> str:
    """Return messages as the entry's prompt format writes them.

    Raises CardkitError if the card documents no prompt for them.
    """
    from cardkit.prompts import rendering

    prompt = entry.prompt
    if prompt.chat_template:
        return rendering.render(prompt.chat_template.value, messages)
    if prompt.format is None:
        because = prompt.none.value if prompt.none else "none is known"
        raise CardkitError(
            f"{entry.name} has no prompt format: {because}",
            todo="decide prompt.format in its model.yaml, with the reason",
        )
    if [message["role"] for message in messages] != ["user"]:
        raise CardkitError(
            f"{entry.name} takes a text alone: its card documents no system message and no turns",
            todo="send one TEXT without --system",
        )
    return rendering.fill(prompt.format.value, messages[0]["content"])


def read_turns(written: str) -> list[dict[str, str]]:
    """Return the messages of a file, JSON or YAML; `-` is standard input.

    Raises UsageError if it holds no list of {role, content}.
    """
    text = _read("-") if written == "-" else _file(written)
    try:
        found: Any = json.loads(text)
    except RecursionError as error:
        raise UsageError(f"{written} is too deep", todo="write a list of turns") from error
    except ValueError:
        found = yaml_values.read(text, written).values
    if isinstance(found, dict) and "messages" in found:
        found = found["messages"]
    if not isinstance(found, list) or not found:
        raise UsageError(f"{written} holds no turns", todo="write a list of {role, content}")
    for i, turn in enumerate(found):
        if not isinstance(turn, dict) or turn.get("role") not in ROLES:
            raise UsageError(
                f"turn {i + 1} of {written} has no role of {', '.join(ROLES)}",
                todo="write {role: user, content: …}",
            )
        if not isinstance(turn.get("content"), str):
            raise UsageError(
                f"turn {i + 1} of {written} has no text as its content",
                todo="write content: and the text, in quotes",
            )
    return [{"role": turn["role"], "content": turn["content"]} for turn in found]


def _read(text: str) -> str:
    return sys.stdin.read() if text == "-" else text


def _file(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path} cannot be read: {error}", todo="give a JSON or YAML file, or -"
        ) from error
