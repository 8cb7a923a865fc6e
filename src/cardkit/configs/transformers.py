"""transformers: a Python script that loads the model and asks it."""

from __future__ import annotations

from collections.abc import Iterator

from cardkit.configs.kinds import (
    KINDS,
    architecture_of,
    is_openlm,
    kind_of,
    need_format,
)
from cardkit.configs.lists import listed
from cardkit.configs.made import Made
from cardkit.configs.script_prompts import PromptPart, in_docstring, prompt_part
from cardkit.configs.script_runs import RUNS
from cardkit.configs.sources import origin, revision_of
from cardkit.entries.entry import Entry

TARGET = "transformers"
DTYPES = ("float32", "float16", "bfloat16", "float64")
LEAST = {"transformers": ">=5.13.1", "torch": ">=2.10"}
"""Floors of safe loading, for an entry that states none: CVE-2026-4372, CVE-2025-32434,
CVE-2026-24747."""
COMPARES = ("<", ">", "=", "!", "~")
"""What a version begins with that can be checked: `>=5.13`."""
ENCODER = "EncoderModel"
"""The ending of an encoder-decoder's half that AutoModelForTextEncoding loads."""
WIDTH = 100
"""Characters of a line of the script, where its values allow."""
ANSWERS = ("causal", "seq2seq")
CHECK = '''

def check_versions():
    """Leave with what to install, if it is missing or too old."""
    for package, least in NEEDS.items():
        try:
            found = metadata.version(package)
        except metadata.PackageNotFoundError:
            sys.exit(f"{package} is missing: pip install '{package}{least}'")
        from packaging.specifiers import SpecifierSet  # it comes with transformers

        if not SpecifierSet(least).contains(found, prereleases=True):
            sys.exit(f"{package} {found} is not {least}: pip install '{package}{least}'")
'''


def make(entry: Entry) -> Made:
    """Return the script for an entry's model.

    Raises CannotRunError if it is saved in another library's format, CardkitError if it cannot
    be told which class loads it.
    """
    need_format(entry, "transformers")
    kind = kind_of(entry)
    part = prompt_part(entry)
    text = "".join(
        [
            *_head(entry),
            *(f"{line}\n" for line in _constants(entry, kind, part)),
            CHECK,
            part.functions,
            *_main(entry, kind, part),
        ]
    )
    return Made(TARGET, {f"{entry.name}.py": text}, list(_missing(entry, kind)))


def _id(entry: Entry) -> str | None:
    return entry.hubs.huggingface.value if entry.hubs.huggingface else None


def _revision(entry: Entry) -> str | None:
    return revision_of(entry, "huggingface") if _id(entry) else None


def _remote(entry: Entry) -> bool:
    return bool(entry.load.trust_remote_code and entry.load.trust_remote_code.value)


def _head(entry: Entry) -> Iterator[str]:
    title = entry.names.title.value if entry.names.title else entry.name
    said = in_docstring(title)
    yield "#!/usr/bin/env python3\n"
    yield f'"""Ask {said}, as its card documents it. Written by cardkit."""\n\n'
    yield "import argparse\n"
    yield "import json\nimport sys\n" if prompt_part(entry).turns else "import sys\n"
    yield "from importlib import metadata\n\n"


def _constants(entry: Entry, kind: str, part: PromptPart) -> Iterator[str]:
    hub = entry.hubs.huggingface
    yield f"MODEL = {hub.value!r}  # {origin(hub)}" if hub else "MODEL = None"
    revision = entry.hubs.revisions.get("huggingface")
    if hub and revision:
        yield f"REVISION = {revision.value!r}  # {origin(revision)}"
    yield f"NEEDS = {_needs(entry)!r}"
    if kind in ANSWERS:
        yield "GENERATION = {"
        for name, setting in entry.generation.items():
            if name in listed("transformers", "arguments"):
                yield f"    {name!r}: {setting.value!r},  # {origin(setting)}"
        yield "}"
        yield "STOP = ["
        for stop in entry.prompt.stop:
            yield f"    {stop.value!r},  # {origin(stop)}"
        yield "]"
    yield from part.constants


def _needs(entry: Entry) -> dict[str, str]:
    """Return the versions that a package must have, the floors among them."""
    needs = dict(LEAST)
    for name, stated in entry.load.versions.items():
        if stated.value[:1] in COMPARES and stated.value != needs.get(name):
            needs[name] = ",".join(filter(None, (needs.get(name), stated.value)))
    return needs


def _main(entry: Entry, kind: str, part: PromptPart) -> Iterator[str]:
    yield "\n\ndef main():\n"
    yield '    """Read the arguments, ask, print what comes out."""\n'
    yield "    options = argparse.ArgumentParser(description=__doc__)\n"
    for words in _arguments(entry, kind, part):
        line = f"    options.add_argument({words})\n"
        short = len(line) <= WIDTH + 1
        yield line if short else f"    options.add_argument(\n        {words}\n    )\n"
    yield "    given = options.parse_args()\n"
    if part.turns:
        yield "    if (given.text is None) == (given.turns is None):\n"
        yield '        options.error("give either TEXT or --turns")\n'
        yield "    if given.turns:\n"
        yield "        system, turns = read_turns(given.turns)\n"
        yield "    else:\n"
        yield '        system, turns = None, [{"role": "user", "content": given.text}]\n'
        if part.system:
            yield "    if system is None:\n        system = given.system\n"
            if part.needs_system:
                yield '    if system is None:\n        options.error("give --system too")\n'
        else:
            yield "    if system is not None:\n"
            yield '        options.error("no system message is documented")\n'
    show = "sys.stdout.buffer.write(text.encode())\n        return\n"
    if not part.needs_tokenizer:
        yield f"    text = {part.call}\n"
        yield f"    if given.show_prompt:\n        {show}"
    yield "    check_versions()\n"
    yield from _load(entry, kind, part, show)
    yield RUNS[kind]
    yield '\n\nif __name__ == "__main__":\n    main()\n'


def _load(entry: Entry, kind: str, part: PromptPart, show: str) -> Iterator[str]:
    loader = KINDS[kind].loader
    if kind == "embedding" and (architecture_of(entry) or "").endswith(ENCODER):
        loader = "AutoModelForTextEncoding"
    yield "    import torch\n"
    yield f"    from transformers import {loader}, AutoTokenizer\n\n"
    if is_openlm(entry):
        yield "    try:\n        from cardkit import openlm\n    except ImportError:\n"
        yield "        sys.exit(\"OpenLM comes with cardkit: pip install 'cardkit[run]'\")\n"
        yield "    openlm.register()\n"
    where = ""
    if _revision(entry):
        yield '    where = {"revision": REVISION} if given.model == MODEL else {}\n'
        where = ", **where"
    if _remote(entry):
        stated = entry.load.trust_remote_code
        yield "    # This runs code that the model's repository ships: read it first.\n"
        yield f"    # trust_remote_code: {origin(stated)}\n" if stated else ""
        where = f", trust_remote_code=True{where}"
    yield f"    tokenizer = AutoTokenizer.from_pretrained(given.model{where})\n"
    if part.needs_tokenizer:
        yield "    global TOKENIZER\n    TOKENIZER = tokenizer\n"
        yield f"    text = {part.call}\n    if given.show_prompt:\n        {show}"
    dtype = entry.load.dtype
    if dtype and dtype.value in DTYPES:
        yield f"    dtype = torch.{dtype.value}  # {origin(dtype)}\n"
        where = f", dtype=dtype{where}"
    yield '    spread = {"device_map": "auto"} if given.device == "auto" else {}\n'
    yield f"    model = {loader}.from_pretrained(given.model{where}, **spread)\n"
    yield "    if not spread:\n        model.to(given.device)\n"


def _arguments(entry: Entry, kind: str, part: PromptPart) -> Iterator[str]:
    several = ', nargs="?"' if part.turns else ""
    yield f'"text", metavar="TEXT"{several}, help="what is asked"'
    if _id(entry):
        yield '"--model", metavar="ID", default=MODEL, help="hub id or folder (%(default)s)"'
    else:
        yield '"--model", metavar="FOLDER", required=True, help="the folder that holds the model"'
    mapped = entry.load.device_map
    default = "auto" if mapped and mapped.value == "auto" else "cpu"
    yield (
        f'"--device", default="{default}", '
        'help="cpu, cuda:0, npu:0, mps; auto for all (%(default)s)"'
    )
    if kind in ANSWERS:
        yield ('"--max-new-tokens", type=int, metavar="N", help="tokens of the answer at most"')
    if kind == "embedding":
        yield ('"--pooling", choices=("cls", "last", "mean"), help="how tokens become one vector"')
    if part.system:
        ends = ", default=SYSTEM" if part.default else ""
        needed = ", required=True" if part.needs_system and not part.turns else ""
        yield f'"--system", metavar="TEXT"{ends}{needed}, help="a system message"'
    if part.turns:
        yield '"--turns", metavar="FILE", help="several turns, JSON: a list of {role, content}"'
    yield '"--show-prompt", action="store_true", help="print what would be sent, and leave"'


def _missing(entry: Entry, kind: str) -> Iterator[str]:
    if not _id(entry):
        hubs = (("ModelScope", entry.hubs.modelscope), ("Modelers", entry.hubs.modelers))
        there = [f"{each.value} of {hub}" for hub, each in hubs if each]
        yield (
            "No id of the Hugging Face Hub is known: give --model with the folder that holds "
            + (" or ".join(there) if there else "the model")
            + "."
        )
    for name, stated in entry.load.versions.items():
        if stated.value[:1] not in COMPARES:
            yield f"{name} {stated.value}: not a bound that can be checked, as >={stated.value} is."
    if entry.load.dtype and entry.load.dtype.value not in DTYPES:
        yield f"dtype {entry.load.dtype.value}: it needs a quantization_config that nobody states."
    mapped = entry.load.device_map
    if mapped and mapped.value not in ("auto", "cpu"):
        yield f"device_map {mapped.value}: the script's --device is cpu by default."
    if kind in ANSWERS:
        for name, setting in entry.generation.items():
            if name not in listed("transformers", "arguments"):
                yield f"{name}={setting.value}: generate has no such setting."
        if entry.prompt.format is None and entry.prompt.chat_template is None:
            because = entry.prompt.none.value if entry.prompt.none else "none is known"
            yield f"A prompt: {because}; TEXT is sent as it is."
    else:
        for name, setting in entry.generation.items():
            yield f"{name}={setting.value}: this model generates nothing."
    if kind == "embedding":
        yield "How one vector is made of those of the tokens: not documented, give --pooling."
