"""llama.cpp: the commands that convert and serve the model, and its chat template.

Options are those of common/arg.cpp of llama.cpp at 0c1e57098 (tools/server/README.md).
"""

from __future__ import annotations

from cardkit.configs import chat_template, shell
from cardkit.configs.kinds import architecture_of, is_openlm, kind_of, need_format
from cardkit.configs.lists import known, listed
from cardkit.configs.made import CannotRunError, Made
from cardkit.configs.settings import own_defaults, settings_of
from cardkit.configs.sources import OUTTYPES, converted, fetched, missing_id
from cardkit.configs.talk import is_plain, talk_of, template_of
from cardkit.entries.entry import Entry

TARGET = "llama.cpp"
FILE = "serve.sh"
SETTINGS = {
    "temperature": "--temp",
    "top_k": "--top-k",
    "top_p": "--top-p",
    "min_p": "--min-p",
    "typical_p": "--typical",
    "repetition_penalty": "--repeat-penalty",
    "max_new_tokens": "--predict",
    "seed": "--seed",
}
KINDS = ("causal", "seq2seq", "embedding")


def make(entry: Entry) -> Made:
    """Return the commands for an entry's model.

    Raises CannotRunError for what llama.cpp is not known to run.
    """
    need_format(entry, "llama.cpp", listed("llama_cpp", "convert"))
    kind = kind_of(entry)
    missing = _supported(entry, kind)
    files = {FILE: ""}
    template = template_of(entry) if kind == "causal" else None
    options = _options(entry, kind, missing)
    if template is not None:
        files[chat_template.FILE] = template
        chat = [("--jinja",), ("--chat-template-file", f"./{chat_template.FILE}")]
        main = shell.command(f"llama-server -m {_gguf(entry)}", [*chat, *options])
        also = "In a terminal: llama-cli in the place of llama-server."
        talk = talk_of(entry)
        if talk and talk.needs_system:
            missing.append(
                "A template without a default for its system message: llama-server tries it "
                "without one when it starts, and refuses it."
            )
    elif kind == "embedding":
        main = shell.command(f"llama-server -m {_gguf(entry)} --embedding", options)
        also = "Ask http://localhost:8080/v1/embeddings."
        missing.append("How one vector is made of those of the tokens (--pooling): not documented.")
    else:
        plain = [] if kind == "seq2seq" else [("--no-conversation",)]
        main = shell.command(
            f'llama-completion -m {_gguf(entry)} --prompt "$1"', [*plain, *options]
        )
        also = f"Give the whole text: sh {FILE} TEXT"
        missing += _no_template(entry)
    lines = ["#!/bin/sh", shell.comment("\n".join([*_steps(entry), also])), main]
    files[FILE] = "\n".join(lines) + "\n"
    return Made(TARGET, files, missing + missing_id(entry))


def _supported(entry: Entry, kind: str) -> list[str]:
    """Return what is not sure of llama.cpp and the model."""
    architecture = architecture_of(entry)
    todo = f"cardkit config {entry.name} --for transformers"
    if is_openlm(entry):
        raise CannotRunError(
            f"llama.cpp knows no OpenLM, the architecture of {entry.name}",
            todo=f"{todo}: cardkit brings OpenLM itself",
        )
    if kind not in KINDS:
        what = "fills in no masks" if kind == "masked" else "takes a classifier for a reranker only"
        raise CannotRunError(f"llama.cpp {what}, and {entry.name} is a {kind} model", todo=todo)
    if architecture is None:
        return ["Whether llama.cpp supports the model: its architecture is not known."]
    held = listed("llama_cpp", "encoder_decoder" if kind == "seq2seq" else "convert")
    if architecture in held:
        return []
    raise CannotRunError(
        f"llama.cpp {known('llama_cpp')['version']} is not known to convert {architecture}, of "
        f"{entry.name}",
        todo=todo,
    )


def _gguf(entry: Entry) -> str:
    return shell.quoted(f"{entry.name}.gguf")


def _steps(entry: Entry) -> list[str]:
    """Return how the GGUF file is made."""
    folder = entry.name
    get = fetched(entry, folder) or [f"put the model's files into {folder}"]
    return [
        f"Make {folder}.gguf first, with llama.cpp {known('llama_cpp')['version']}:",
        *get,
        converted(entry, folder),
    ]


def _options(entry: Entry, kind: str, missing: list[str]) -> list[tuple[str, ...]]:
    """Return context, settings and stop strings; add what cannot be said."""
    options: list[tuple[str, ...]] = []
    if entry.spec.context_length:
        options.append(("--ctx-size", str(entry.spec.context_length.value)))
    if entry.load.dtype and entry.load.dtype.value not in OUTTYPES:
        missing.append(f"dtype {entry.load.dtype.value}: the converter has no such --outtype.")
    if kind == "embedding":
        return options
    settings = settings_of(entry, SETTINGS, "llama.cpp")
    options += [(name, str(value)) for name, value in settings.values.items()]
    missing += settings.missing + own_defaults(settings, SETTINGS, "llama.cpp")
    options += [("--reverse-prompt", stop.value) for stop in entry.prompt.stop]
    options.append(("--no-escape",))  # a backslash in a text is a backslash
    return options


def _no_template(entry: Entry) -> list[str]:
    if entry.prompt.format is None:
        because = entry.prompt.none.value if entry.prompt.none else "none is known"
        return [f"A prompt: {because}; the text is sent as it is."]
    if not is_plain(entry):
        return [f"The prompt {entry.prompt.format.value!r}: give the whole text."]
    return []
