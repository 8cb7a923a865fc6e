"""What a code example does with a model: which one it loads, with what, and what it asks it."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from cardkit.blocks import Code, Placed
from cardkit.card import Card
from cardkit.kept import kept
from cardkit.patterns import regex
from cardkit.snippets import shell
from cardkit.snippets.snippet import Snippet, is_python, parse, parse_loosely, set_apart
from cardkit.snippets.trace import Made, Origin, Value, follow
from cardkit.snippets.witness import Load, Witness, library_of, main_load
from cardkit.vocabulary import calls

MANY = 200
"""Statements, or texts, beyond which a block is no example."""
LONGEST_NAME = 2_000
"""Characters of a text that a later block may use by its name."""
CAUSAL = regex(r"CausalLM|GPT\w*LMHead|^TextGenerationPipeline$|^LLM$")
OTHER_TASK = regex(r"(?!TextGenerationPipeline$)\w*Pipeline")

Names: TypeAlias = tuple[tuple[str, Made | Origin | str], ...]
"""What earlier blocks left behind by name: models, what they imported, texts."""


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
    generation: Mapping[str, Any] = {}
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


@kept
def usages(card: Card) -> list[tuple[Code, Placed, Usage | None]]:
    """Return each code block of a card with what it does, comments included."""
    found = []
    known: dict[str, Made | Origin | str] = {}
    for block, placed in card.of(Code, commented=True):
        text = "\n".join(line.text for line in block.lines)
        usage = read(text, block.language, tuple(known.items()))
        known.update(usage.names if usage else ())
        found.append((block, placed, usage))
    return found


def read(text: str, language: str = "", known: Names = ()) -> Usage | None:
    """Return what a code block does with a model; None when it is neither Python nor a command.

    >>> usage = read("from vllm import LLM; LLM('ant/ant-1b').generate('Hi')", "python")
    >>> usage.library, usage.entry_point, usage.model_id, usage.inputs
    ('vllm', 'LLM', 'ant/ant-1b', ('Hi',))
    """
    if is_python(text, language):
        usage = _python(set_apart(text), known)
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
    if "(" not in text or language in calls.names("other_languages"):
        return None  # without a call nothing runs
    snippet = set_apart(text)
    if snippet.broken:
        return None  # a block of another kind
    usage = _python(snippet, known)
    return usage if usage and usage.runs else None


def _python(snippet: Snippet, known: Names) -> Usage | None:
    """Return what a Python block does."""
    if not snippet.code.strip():
        return None
    witness = Witness()
    left: dict[str, Value] = dict(known)
    if snippet.tree:
        trees = [snippet.tree]
    elif snippet.parts:
        trees = [tree for part in snippet.parts[:MANY] if (tree := parse_loosely(part))]
    else:
        trees = _sound_parts(snippet.code)
    texts: list[str] = []
    for tree in trees:
        left = follow(tree, witness, left, texts)
    return _usage(witness, left, texts)._replace(
        code=snippet.code if snippet.tree else None,
        broken=snippet.broken,
        installs=snippet.installs,
        output=snippet.output,
    )


def _usage(seen: Witness, names: dict[str, Value], texts: list[str]) -> Usage:
    """Return what a witness saw, put together."""
    main = main_load(seen.loads)
    library, hub = library_of(main, seen.hub_module) if main else (None, None)
    causal = any(CAUSAL.search(x.entry_point) or x.task == "text-generation" for x in seen.loads)
    if any(OTHER_TASK.fullmatch(x.entry_point) for x in seen.loads):
        causal = False
    return Usage(
        runs=seen.runs,
        loads=tuple(seen.loads),
        library=library,
        entry_point=main.entry_point if main else None,
        model_id=main.model_id if main else None,
        hub=hub,
        device=seen.devices[0] if seen.devices else None,
        dtype=seen.dtypes[0] if seen.dtypes else None,
        trust_remote_code=any(seen.trust) if seen.trust else None,
        inputs=tuple(seen.inputs),
        generation={**seen.later, **seen.generation},
        chat=seen.chat,
        completes=causal and seen.generates and not seen.chat and bool(seen.inputs),
        sent=tuple(seen.sent),
        templates=tuple(texts[:MANY]),
        stops=tuple(dict.fromkeys(seen.stops)),
        names=tuple(
            (name, value._replace(role="model") if value in seen.filled else value)
            for name, value in names.items()
            if (isinstance(value, Made) and value.role != "settings")
            or isinstance(value, Origin)
            or (type(value) is str and len(value) < LONGEST_NAME)
        ),
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
    for part in parts[:MANY]:
        tree = parse(textwrap.dedent("\n".join(part)))
        if tree:
            found.append(tree)
        elif len(part) > 1 and depth:
            head, rest = part[0], textwrap.dedent("\n".join(part[1:]))
            found += [tree for tree in [parse(head)] if tree]
            found += _sound_parts(rest, depth - 1)
    return found
