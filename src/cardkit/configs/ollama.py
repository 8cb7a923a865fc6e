"""Ollama: the Modelfile.

Its instructions and parameters are those of docs/modelfile.mdx, its quoting that of
parser/parser.go, of github.com/ollama/ollama (2026).
"""

from __future__ import annotations

from cardkit.configs import shell
from cardkit.configs.go_template import go_template
from cardkit.configs.kinds import architecture_of, is_openlm, kind_of, need_format
from cardkit.configs.lists import known, listed
from cardkit.configs.made import CannotRunError, Made
from cardkit.configs.settings import own_defaults, settings_of
from cardkit.configs.sources import converted, fetched, missing_id
from cardkit.configs.talk import beginning, own_template, talk_of
from cardkit.entries.entry import Entry

TARGET = "ollama"
FILE = "Modelfile"
KINDS = ("causal", "embedding")
SETTINGS = {
    "temperature": "temperature",
    "top_k": "top_k",
    "top_p": "top_p",
    "min_p": "min_p",
    "repetition_penalty": "repeat_penalty",
    "max_new_tokens": "num_predict",
    "seed": "seed",
}


def make(entry: Entry) -> Made:
    """Return the Modelfile of an entry.

    Raises CannotRunError for what Ollama is not known to run.
    """
    need_format(entry, "Ollama", listed("llama_cpp", "convert"))
    kind = kind_of(entry)
    missing = _supported(entry, kind)
    lines = [_from(entry, missing)]
    if kind == "causal":
        lines += _prompt(entry, missing)
        settings = settings_of(entry, SETTINGS, "Ollama")
        missing += settings.missing + own_defaults(settings, SETTINGS, "Ollama")
        lines += [f"PARAMETER {name} {value}" for name, value in settings.values.items()]
    elif entry.prompt.format:
        missing.append(
            f"The prompt {entry.prompt.format.value!r}: send the whole text to /api/embed."
        )
    if entry.spec.context_length:
        lines.append(f"PARAMETER num_ctx {entry.spec.context_length.value}")
    return Made(TARGET, {FILE: "\n".join(lines) + "\n"}, missing + missing_id(entry))


def quoted(text: str) -> str | None:
    r'''Return a text as a Modelfile's parser reads it back, None where it cannot.

    The parser knows no escapes, drops what Go calls unprintable, and ends a text where a line
    ends in its quotes.

    >>> print(quoted("</s>"), quoted('say "no"'), quoted('"""\n'))
    "</s>" """say "no"""" None
    '''
    if any(not (sign.isprintable() or sign in "\n\t") for sign in text) or '"""' in text:
        return None
    return f'"""{text}"""' if '"' in text or "\n" in text else f'"{text}"'


def _supported(entry: Entry, kind: str) -> list[str]:
    """Return what is not sure of Ollama and the model."""
    architecture = architecture_of(entry)
    todo = f"cardkit config {entry.name} --for transformers"
    if is_openlm(entry):
        raise CannotRunError(
            f"Ollama and llama.cpp know no OpenLM, the architecture of {entry.name}",
            todo=f"{todo}: cardkit brings OpenLM itself",
        )
    if kind not in KINDS:
        raise CannotRunError(
            f"Ollama answers with text or with vectors, and {entry.name} is a {kind} model",
            todo=todo,
        )
    if architecture is None:
        return ["Whether Ollama supports the model: its architecture is not known."]
    if architecture in listed("ollama", "safetensors") | listed("llama_cpp", "convert"):
        return []
    raise CannotRunError(
        f"neither Ollama {known('ollama')['version']} nor llama.cpp {known('llama_cpp')['version']}"
        f" is known to support {architecture}, of {entry.name}",
        todo=todo,
    )


def _from(entry: Entry, missing: list[str]) -> str:
    """Return FROM, and above it what it needs; add what cannot be said."""
    steps = ["Build it with: ollama create " + shell.quoted(entry.name)]
    folder = f"./{entry.name}"
    get = fetched(entry, folder) or [f"put the model's files into {folder}"]
    if architecture_of(entry) in listed("ollama", "safetensors"):
        if entry.load.dtype:
            missing.append(f"dtype {entry.load.dtype.value}: ollama create chooses its own.")
        steps += ["FROM needs a folder with the model's safetensors:", *get]
        return shell.comment("\n".join(steps)) + f"\nFROM {folder}"
    steps += ["FROM needs a GGUF file; make it with llama.cpp:", *get, converted(entry, folder)]
    return shell.comment("\n".join(steps)) + f"\nFROM {folder}.gguf"


def _prompt(entry: Entry, missing: list[str]) -> list[str]:
    """Return TEMPLATE, SYSTEM and the stop strings; add what cannot be said."""
    lines: list[str] = []
    talk, prompt = talk_of(entry), entry.prompt
    own = own_template(entry)
    if talk:
        lines.append(f'TEMPLATE """{go_template(talk)}"""')
    elif not own:
        because = prompt.none.value if prompt.none else "none is known"
        missing.append(
            f"A prompt: {because}; Ollama takes the template of the GGUF file, or the text alone."
        )
    if own:
        missing.append(
            "The chat template of "
            + (f"the hub's {own.hub}" if own.hub else "a person's own")
            + (": TEMPLATE is made from the format." if talk else ": it is Jinja, not Go.")
        )
    first = beginning(entry)
    if talk and first:
        missing.append(
            f"One {first} only: where the file's tokenizer adds it by itself "
            "(tokenizer.ggml.add_bos_token), it is sent twice."
        )
    for name, text in [
        *(("SYSTEM", each.value) for each in [prompt.system] if each),
        *(("PARAMETER stop", each.value) for each in prompt.stop),
    ]:
        written = quoted(text)
        if written is None:
            missing.append(f"{name} {text!r}: a Modelfile cannot hold this text.")
        else:
            lines.append(f"{name} {written}")
    return lines
