"""Scripts that cardkit writes from a plan, where the card has no example that can run."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from cardkit.configs.kinds import is_openlm
from cardkit.configs.lists import listed
from cardkit.configs.script_runs import ENDS, PLAIN_RUNS, SETTINGS
from cardkit.plan import Plan
from cardkit.rewrites.refused import RefusedError
from cardkit.rewrites.target import Target

ANSWERS = ("causal", "seq2seq")
DTYPES = ("float32", "float16", "bfloat16", "float64")
MASK = "[MASK]"
"""How a text of cardkit's says where a word is missing, whatever the tokenizer calls it."""
MASKED = f"""
    if tokenizer.mask_token not in text:
        text = text.replace({MASK!r}, tokenizer.mask_token)
    if tokenizer.mask_token not in text:
        text = f"{{text}} {{tokenizer.mask_token}}"
"""
ROOM = """\
    if settings.get("max_length", len(tokenizer(text)["input_ids"]) + 1) <= len(
        tokenizer(text)["input_ids"]
    ):  # it counts the prompt, and leaves no room for an answer
        settings["max_new_tokens"] = settings.pop("max_length")
"""


LENGTHS = ("max_new_tokens", "max_length")


class Asked(NamedTuple):
    """What a script asks."""

    text: str
    """The whole text that goes to the tokenizer."""
    generation: Mapping[str, Any]
    """Arguments of generate."""
    stop: tuple[str, ...]
    dtype: str | None
    """As documented; None: as the files are."""


def documented(plan: Plan) -> Asked:
    """Return what an entry documents to ask.

    Raises RefusedError where the entry knows no prompt for a model that answers, or no text.
    """
    entry = plan.entry
    text = plan.prompt if plan.prompt is not None else plan.asked
    if plan.kind in ANSWERS and plan.prompt is None:
        because = f": {entry.prompt.none.value}" if entry.prompt.none else ""
        said = f"no prompt format is known{because}"
        if entry.prompt.format or entry.prompt.chat_template:
            said = "the documented prompt cannot be made of one text alone"
        raise RefusedError("card.prompt_missing", said)
    if not text:
        raise RefusedError("card.code_missing", "there is no text to ask")
    return Asked(
        text=text,
        generation={name: setting.value for name, setting in entry.generation.items()},
        stop=tuple(stop.value for stop in entry.prompt.stop),
        dtype=entry.load.dtype.value if entry.load.dtype else None,
    )


def script(asked: Asked, target: Target, said: str) -> str:
    """Return a script that loads the model from MODEL, asks, and prints the answer."""
    return "".join(f"{line}\n" for line in _lines(asked, target, said))


def _lines(asked: Asked, target: Target, said: str) -> Iterator[str]:
    plan = target.plan
    yield f'"""{said}"""'
    yield ""
    yield "import torch"
    yield f"from transformers import {plan.loader}, AutoTokenizer"
    if is_openlm(plan.entry):
        yield ""
        yield "from cardkit import openlm"
    yield ""
    yield f"TEXT = {asked.text!r}"
    if plan.kind in ANSWERS:
        known = listed("transformers", "arguments")
        kept = {name: value for name, value in asked.generation.items() if name in known}
        if not any(name in kept for name in LENGTHS):
            yield "# No length is documented: this is the plan's limit."
            kept["max_new_tokens"] = plan.limits.new_tokens
        yield f"GENERATION = {kept!r}"
        yield f"STOP = {list(asked.stop)!r}"
    yield ""
    if is_openlm(plan.entry):
        yield "openlm.register()"
    remote = plan.entry.load.trust_remote_code
    code = ", trust_remote_code=True" if plan.allow_remote_code and remote and remote.value else ""
    yield f"tokenizer = AutoTokenizer.from_pretrained(MODEL{code})"
    dtype = plan.dtype or (asked.dtype if asked.dtype in DTYPES else None)
    where = f', dtype="{dtype}"' if dtype else ""
    mapped = f", device_map={target.device}" if target.has("accelerate") else ""
    placed = "" if mapped else f".to({target.device})"
    yield f"model = {plan.loader}.from_pretrained(MODEL{where}{mapped}{code}){placed}"
    yield "model.eval()"
    yield "text = TEXT"
    run = PLAIN_RUNS[plan.kind]
    if not asked.stop:
        run = run.replace(ENDS, "")
    if plan.kind == "causal" and "max_length" in asked.generation:
        run = run.replace(SETTINGS, SETTINGS + ROOM)
    elif plan.kind == "masked":
        run = MASKED + "    import sys\n" + run
    yield textwrap.dedent(run).strip("\n")
