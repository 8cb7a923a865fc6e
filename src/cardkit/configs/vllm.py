"""vLLM: the command that serves the model, and its chat template.

Options and lists are those of vLLM 0.33.0 (`vllm serve --help=all`, vllm/engine/arg_utils.py,
vllm/config/model.py).
"""

from __future__ import annotations

import json

from cardkit.configs import chat_template, shell
from cardkit.configs.kinds import architecture_of, is_openlm, kind_of, need_format
from cardkit.configs.lists import known, listed
from cardkit.configs.made import CannotRunError, Made
from cardkit.configs.settings import settings_of
from cardkit.configs.sources import revision_of
from cardkit.configs.talk import beginning, is_plain, template_of
from cardkit.entries.entry import Entry, Hub

TARGET = "vllm"
FILE = "serve.sh"
DTYPES = ("float32", "float16", "bfloat16")
SETTINGS = {name: name for name in ("temperature", "top_p", "top_k", "min_p", "repetition_penalty")}
"""What `--override-generation-config` takes as a server's defaults (get_diff_sampling_param)."""
LIMITS = ("max_new_tokens", "max_length", "max_tokens")
"""Not written though vLLM knows it: it would limit all requests (`--generation-config`)."""
ADDS_NONE = (
    "Tokens that the tokenizer puts before a text by itself, as a BOS: vLLM's chat adds none to "
    'what a template writes; where the model needs one, send "add_special_tokens": true with each '
    "request."
)
LISTS = {"causal": "generate", "embedding": "embed", "classification": "classify"}
"""What vLLM runs, as its list calls it."""
ASKED = {
    "causal": "/v1/completions",
    "embedding": "/v1/embeddings",
    "classification": "/classify",
}


def make(entry: Entry) -> Made:
    """Return the command that serves an entry's model.

    Raises CannotRunError for what vLLM is not known to run.
    """
    need_format(entry, "vLLM")
    kind = kind_of(entry)
    missing = _supported(entry, kind)
    options: list[tuple[str, ...]] = []
    notes: list[str] = []
    revision = revision_of(entry, _hub(entry))
    if revision:
        options.append(("--revision", revision))
    if entry.load.dtype:
        dtype = entry.load.dtype.value
        if dtype in DTYPES:
            options.append(("--dtype", dtype))
        else:
            missing.append(f"dtype {dtype}: vLLM takes {', '.join(DTYPES)} or quantized weights.")
    if entry.spec.context_length and kind == "causal":
        options.append(("--max-model-len", str(entry.spec.context_length.value)))
    if entry.load.trust_remote_code and entry.load.trust_remote_code.value:
        notes.append("It runs code that the model's repository ships: read it first.")
        options.append(("--trust-remote-code",))
    if kind != "causal":
        options.append(("--runner", "pooling"))
    files = {FILE: ""}
    if kind == "causal":
        missing += _prompt(entry, options, files, notes)
        missing += _settings(entry, options)
    elif entry.prompt.format and not is_plain(entry):
        missing.append(
            f"The prompt {entry.prompt.format.value!r}: send the whole text with each request."
        )
    files[FILE] = _script(entry, kind, options, notes)
    return Made(TARGET, files, missing)


def _supported(entry: Entry, kind: str) -> list[str]:
    """Return what is not sure of vLLM and the model."""
    version = known("vllm")["version"]
    if is_openlm(entry):
        raise CannotRunError(
            f"vLLM {version} knows no OpenLM, the architecture of {entry.name}",
            todo=f"cardkit config {entry.name} --for transformers: cardkit brings OpenLM itself",
        )
    architecture = architecture_of(entry)
    if kind not in LISTS:
        what = "fills in no masks" if kind == "masked" else "runs no encoder-decoder of text"
        plugin = known("vllm")["plugins"].get(architecture or "")
        more = f"; a package adds {architecture}: {plugin}" if plugin else ""
        raise CannotRunError(
            f"vLLM {version} {what}, and {entry.name} is such a model{more}",
            todo=f"cardkit config {entry.name} --for transformers",
        )
    if architecture is None:
        return [f"Whether vLLM {version} supports the model: its architecture is not known."]
    if architecture in listed("vllm", LISTS[kind]):
        return []
    gone = known("vllm")["removed"].get(architecture)
    raise CannotRunError(
        f"vLLM {version} is not known to support {architecture}, of {entry.name}"
        + (f": it was removed after {gone}" if gone else ""),
        todo=f"cardkit config {entry.name} --for transformers",
    )


def _hub(entry: Entry) -> Hub:
    return "huggingface" if entry.hubs.huggingface else "modelscope"


def _model(entry: Entry) -> tuple[str, list[str]]:
    """Return what stands for the model in the command, and what the reader must know of it."""
    hubs = entry.hubs
    if hubs.huggingface:
        return shell.quoted(hubs.huggingface.value), []
    if hubs.modelscope:
        return shell.quoted(hubs.modelscope.value), ["Its id is one of ModelScope."]
    return "$MODEL", ["No id is known that vLLM can fetch: set MODEL to the folder that holds it."]


def _prompt(
    entry: Entry, options: list[tuple[str, ...]], files: dict[str, str], notes: list[str]
) -> list[str]:
    """Add the chat template; return what cannot be said."""
    template = template_of(entry)
    if template is not None:
        files[chat_template.FILE] = template
        options.append(("--chat-template", f"./{chat_template.FILE}"))
        missing = [] if beginning(entry) else [ADDS_NONE]
    elif is_plain(entry):
        notes.append("A base model: ask /v1/completions, the text is sent as it is.")
        missing = []
    else:
        because = entry.prompt.none.value if entry.prompt.none else "none is known"
        missing = [
            f"A prompt: {because}; vLLM's chat takes the template of the tokenizer, if it has one."
        ]
    if entry.prompt.stop:
        stops = json.dumps([stop.value for stop in entry.prompt.stop], ensure_ascii=False)
        missing.append(f'Stop strings have no option: send "stop": {stops} with each request.')
    return missing


def _settings(entry: Entry, options: list[tuple[str, ...]]) -> list[str]:
    found = settings_of(entry, SETTINGS, "vLLM's server")
    if found.values:
        options.append(("--override-generation-config", json.dumps(found.values)))
    limits = [(name, entry.generation[name].value) for name in LIMITS if name in entry.generation]
    said = {f"{name}={value}" for name, value in limits}
    missing = [each for each in found.missing if each.partition(":")[0] not in said]
    for name, value in limits:
        counted = ", which counts the prompt" if name == "max_length" else ""
        missing.append(
            f"{name}={value}{counted}: as a server's setting it would limit all requests; send "
            '"max_tokens" with each.'
        )
    return missing


def _script(entry: Entry, kind: str, options: list[tuple[str, ...]], notes: list[str]) -> str:
    model, more = _model(entry)
    version = known("vllm")["version"]
    ask = f"http://localhost:8000{_path(entry, kind)}"
    about = [f"Serve {entry.name} with vLLM {version}; ask it at {ask}."]
    lines = ["#!/bin/sh", shell.comment("\n".join([*about, *notes, *more]))]
    if model == "$MODEL":
        model = '"${MODEL:?set MODEL to the folder that holds the model}"'
    first = f"vllm serve {model}"
    if _hub(entry) == "modelscope" and entry.hubs.modelscope:
        first = f"VLLM_USE_MODELSCOPE=true {first}"
    return "\n".join([*lines, shell.command(first, options)]) + "\n"


def _path(entry: Entry, kind: str) -> str:
    if kind == "causal" and template_of(entry) is not None:
        return "/v1/chat/completions"
    return ASKED[kind]
