"""The part of a Python script that builds a prompt from its pieces, as `cardkit prompt` does."""

from __future__ import annotations

from typing import NamedTuple

from cardkit.configs.sources import origin
from cardkit.configs.talk import Talk, own_template, talk_of
from cardkit.entries.entry import Entry
from cardkit.entries.origins import Valued

PLAIN = '''

def prompt(text):
    """Return exactly what is sent to the model{why}."""
    return {text}
'''
SYSTEM = '''

def prompt(text, system):
    """Return exactly what is sent to the model."""
    head = {head}
    return head + text + AFTER_USER
'''
TURNS = '''

def prompt(turns, system=None):
    """Return exactly what is sent to the model for turns that begin and end with the user's."""
    text = {head}
    for i, turn in enumerate(turns):
        if turn["role"] != ("user", "assistant")[i % 2] or len(turns) % 2 == 0:
            sys.exit("The turns: the user's first, then the assistant's, and the user's last.")
        before = BEFORE_ANSWER if i % 2 else BETWEEN_TURNS if i else ""
        text += before + turn["content"]
    return text + AFTER_USER
'''
TEMPLATE = '''

def prompt(turns, system=None):
    """Return exactly what is sent to the model."""
    first = [] if system is None else [{"role": "system", "content": system}]
    return TOKENIZER.apply_chat_template(
        first + turns, chat_template=CHAT_TEMPLATE, add_generation_prompt=True, tokenize=False
    )
'''
READ_TURNS = '''

def read_turns(path):
    """Return a system message, or None, and the turns of a JSON file: a list of {role, content}."""
    with open(path, encoding="utf-8") as file:
        turns = json.load(file)
    if turns and turns[0]["role"] == "system":
        return turns[0]["content"], turns[1:]
    return None, turns
'''


class PromptPart(NamedTuple):
    """What a script needs to build prompts."""

    constants: list[str]
    functions: str
    call: str
    """The expression that gives the prompt, of `given`, the arguments."""
    system: bool
    turns: bool
    default: bool
    """Whether a system message is sent when none is given."""
    needs_system: bool
    needs_tokenizer: bool


def prompt_part(entry: Entry) -> PromptPart:
    """Return the part of a script for an entry's prompt."""
    own, talk = own_template(entry), talk_of(entry)
    if own:
        constants = [f"CHAT_TEMPLATE = {own.value!r}  # {origin(own)}"]
        call = "prompt(turns, system)"
        return PromptPart(constants, TEMPLATE + READ_TURNS, call, True, True, False, False, True)
    if talk is None:
        why = entry.prompt.none.value if entry.prompt.none else "no prompt format is known"
        text = PLAIN.format(text="text", why=f": {in_docstring(why)}".rstrip("."))
        return PromptPart([], text, "prompt(given.text)", False, False, False, False, False)
    return _of_pieces(entry, talk)


def in_docstring(text: str) -> str:
    """Return a text as it may stand in a docstring: on one line, without quotes and backslashes."""
    return " ".join(text.replace("\\", " ").replace('"', "'").split())


def _of_pieces(entry: Entry, talk: Talk) -> PromptPart:
    constants = _constants(entry, talk)
    plain = "BEFORE_USER" if talk.before_user is not None else ""
    full = "BEFORE_SYSTEM + system + AFTER_SYSTEM" if talk.before_system is not None else ""
    head = f"{full} if system is not None else {plain}" if full and plain else full or plain
    system = talk.before_system is not None
    if talk.several:
        functions = TURNS.format(head=head) + READ_TURNS
        call = "prompt(turns, system)" if system else "prompt(turns)"
    elif system:
        functions, call = SYSTEM.format(head=head), "prompt(given.text, given.system)"
    else:
        text = "BEFORE_USER + text + AFTER_USER"
        functions, call = PLAIN.format(text=text, why=""), "prompt(given.text)"
    if talk.several and not system:
        functions = functions.replace("prompt(turns, system=None)", "prompt(turns)")
    return PromptPart(
        constants,
        functions,
        call,
        system=system,
        turns=talk.several,
        default=talk.system is not None and system,
        needs_system=talk.needs_system,
        needs_tokenizer=False,
    )


def _constants(entry: Entry, talk: Talk) -> list[str]:
    """Return the pieces as literals, each form with where it comes from."""
    prompt = entry.prompt
    asked = "with_system" if prompt.with_system else "format"
    groups: list[tuple[str, dict[str, str | None]]] = [
        ("format", {"BEFORE_USER": talk.before_user, "AFTER_USER": talk.after_user}),
        ("system", {"SYSTEM": talk.system}),
    ]
    if talk.before_system is not None:
        system = {"BEFORE_SYSTEM": talk.before_system, "AFTER_SYSTEM": talk.after_system}
        groups.insert(1, (asked, {**system}))
    if talk.several:
        turns = {"BEFORE_ANSWER": talk.before_answer, "BETWEEN_TURNS": talk.between_turns}
        groups.append(("turns" if prompt.turns else asked, turns))
    lines = []
    for name, pieces in groups:
        valued: Valued[str] | None = getattr(prompt, name)
        known = [f"{piece} = {text!r}" for piece, text in pieces.items() if text is not None]
        if valued and known:
            lines += [f"# prompt.{name}: {origin(valued)}", *known]
    return lines
