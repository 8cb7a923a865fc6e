"""What a shell block does with a model: servers, command-line tools and scripts that run one."""

from __future__ import annotations

import re
import textwrap
from typing import NamedTuple

from cardkit.patterns import regex
from cardkit.vocabulary import calls

LANGUAGES = {
    "bash",
    "sh",
    "shell",
    "console",
    "zsh",
    "cmd",
    "powershell",
    "shell-session",
    "terminal",
}
LIMIT = 50_000

GOES_ON = regex(r"\s*\\\s*\n\s*")
SHELL_PROMPT = regex(r"\s*[$>%] ")
MAIN = regex(r"(?:^|[\s/])(?:main|server|llama)(?:\.exe)?[ ][^\n]*\.gguf\b", re.MULTILINE)
RUNS = regex(
    r"demo|infer|predict|generat|chat|(?<!call_)serve|sampl|interact|webui|dialog|gradio|tts|"
    r"quick_?start|transcri|translat|synth|(?:^|_)(?:cli|app|api)(?:_|\.)",
    re.IGNORECASE,
)
NOT_RUNS = regex(
    r"train|tune|sft|dpo|eval|convert|process|export|quant|merge|download|setup|prepare|split|test|"
    r"bench|install|compile|build|upload|client|request|openapi",
    re.IGNORECASE,
)
MODULE = regex(r"\.(?:cli|chat|serve\w*|infer\w*|generate|demo|web_?demo|launch_server)$")
TRAINS = regex(
    r"--run_mode[ =]['\"]?(?:train|finetune|eval)|--do_train|--tasks\b|--num_train_epochs"
)
MODEL_FLAG = regex(
    r"(?:--(?:model(?:[-_](?:path|id|name|name[-_]or[-_]path|dir))?|hf[-_]repo|download_model|"
    r"repo[-_]id|ckpt|pretrained[-_]model[-_]name[-_]or[-_]path)|-hf)[ =]+['\"]?([^\s'\"\\]+)"
)
AFTER_TOOL = regex(
    r"(?:vllm serve|ollama run|sglang serve|lmdeploy (?:serve \w+|chat)|trtllm-serve|"
    r"litgpt (?:chat|generate|serve)|transformers(?:-cli)? chat) +['\"]?([^\s'\"\\-][^\s'\"\\]*)"
)
HUB_ID = regex(r"[A-Za-z0-9][\w.-]*/\w[\w.+-]*(?::[\w.-]+)?")
NO_ID = regex(
    r"^(?:path|your|configs?|models?|checkpoints?|output|scripts?)/|\.(?:py|sh|gguf|json|yaml)$|[<{$]"
)
TRUST = regex(r"--trust[-_]remote[-_]code\b(?![ =](?:False|false))")
DTYPE = regex(r"--(?:torch[-_])?dtype[ =]+(\w+)")
INPUT = regex(
    r"(?:--(?:prompt|predict_data|query|question|input_text|text)|(?<= )-p)[ =]+"
    r"(?P<q>['\"])(.{1,4000}?)(?P=q)"
)


class Command(NamedTuple):
    """What a shell block does with a model."""

    code: str
    runs: bool
    library: str | None = None
    model_id: str | None = None
    dtype: str | None = None
    trust_remote_code: bool | None = None
    inputs: tuple[str, ...] = ()


def read(text: str, language: str = "") -> Command | None:
    """Return what a shell block does with a model; None when it is no shell block.

    >>> read("vllm serve a/b --trust-remote-code")[2:]
    ('vllm', 'a/b', None, True, ())
    """
    if len(text) > LIMIT or (language and language not in LANGUAGES and language != "text"):
        return None
    code = textwrap.dedent(text).strip("\n").rstrip()
    if language not in LANGUAGES and not _looks_like_commands(code):
        return None
    flat = GOES_ON.sub(" ", code) if "\\" in code else code
    flat = "\n".join(_bare(line) for line in flat.split("\n"))
    tool, library = _tool(flat)
    if not tool and not _runs_script(flat):
        return Command(code, runs=False)
    return Command(
        code,
        runs=True,
        library=library,
        model_id=_model_id(flat),
        dtype=match[1] if (match := DTYPE.search(flat)) else None,
        trust_remote_code=True if TRUST.search(flat) else None,
        inputs=tuple(dict.fromkeys(match[2] for match in INPUT.finditer(flat))),
    )


def _looks_like_commands(code: str) -> bool:
    """Tell whether a block without a language holds commands."""
    if re.search(r"^#!.*sh\b", code[:100]):
        return True
    lines = [line for line in code.split("\n", 60)[:60] if line.strip() and line[0] != "#"]
    words = [word for word in lines[0].split()[:6] if word not in ("$", "sudo")] if lines else []
    while words and re.fullmatch(r"[A-Z_][A-Z_\d]*=\S*", words[0]):
        words.pop(0)
    return bool(words) and (words[0] in calls.names("commands") or words[0].startswith("./"))


def _bare(line: str) -> str:
    """Return a line without its prompt and its comment."""
    if match := SHELL_PROMPT.match(line):
        line = line[match.end() :]
    return "" if line.lstrip().startswith("#") else line


def _tool(flat: str) -> tuple[bool, str | None]:
    """Tell whether a known tool runs a model here, and which library it belongs to."""
    if TRAINS.search(flat):
        return False, None
    for pattern, library in calls.tools():
        if pattern.search(flat):
            return True, library
    if MAIN.search(flat):
        power = re.search(r"powerinfer", flat, re.IGNORECASE)
        return True, "powerinfer" if power else "llama.cpp" if "gguf" in flat else None
    return False, None


def _runs_script(flat: str) -> bool:
    """Tell whether a script is started that runs a model, by its name."""
    for line in flat.split("\n"):
        words = line.replace('"', " ").split()
        if not any(word.rpartition("/")[2] in calls.names("launchers") for word in words):
            continue
        scripts = [word.rpartition("/")[2] for word in words if word.endswith((".py", ".sh"))]
        if TRAINS.search(line) or (not scripts and "-m" not in words):
            continue
        if "server=True" in words:
            return True
        if any(RUNS.search(script) and not NOT_RUNS.search(script) for script in scripts):
            return True
        if "-m" in words[:-1] and MODULE.search(words[words.index("-m") + 1]):
            return True
    return False


def _model_id(flat: str) -> str | None:
    """Return the id that a command names, when it names one."""
    for match in (*AFTER_TOOL.finditer(flat), *MODEL_FLAG.finditer(flat)):
        name = match[1]
        can_be = name.count("/") <= 1 and not NO_ID.search(name)
        if can_be and (HUB_ID.fullmatch(name) or match[0].startswith("ollama")):
            return name
    return None
