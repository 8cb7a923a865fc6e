"""Run scripts one after the other in one process, so that torch is imported once.

It reads a list of {script, words} and writes a list of {out, error, sent, settings}: what was
printed, why it left, the ids and the settings that reached `generate`.
"""

from __future__ import annotations

import contextlib
import io
import json
import runpy
import sys
from typing import Any

import transformers

CALLS: list[tuple[Any, dict[str, Any]]] = []
GENERATE = transformers.GenerationMixin.generate


def watched(self: Any, inputs: Any, **settings: Any) -> Any:
    CALLS.append((inputs, settings))
    return GENERATE(self, inputs, **settings)


def main() -> None:
    transformers.GenerationMixin.generate = watched
    transformers.AutoModelForCausalLM  # noqa: B018 - it is imported lazily
    done = []
    for job in json.load(sys.stdin):
        CALLS.clear()
        out, error = io.StringIO(), None
        sys.argv = [job["script"], *job["words"]]
        with contextlib.redirect_stdout(out):
            try:
                runpy.run_path(job["script"], run_name="__main__")
            except SystemExit as left:
                error = str(left.code)
        inputs, settings = CALLS[-1] if CALLS else (None, {})
        for name in ("attention_mask", "tokenizer"):
            settings.pop(name, None)
        done.append({
            "out": out.getvalue(), "error": error, "settings": settings,
            "sent": inputs[0].tolist() if inputs is not None else None,
        })  # fmt: skip
    json.dump(done, sys.stdout)


main()
