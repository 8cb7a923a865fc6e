"""A Python of which one asks values, line by line, so that torch is imported once."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parent.parent
LOOP = f"""
import ast, json, os, sys, warnings
out = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
sys.path.append({str(TESTS)!r})
import torch
torch.set_num_threads(1)  # a thread for a tensor of this size waits more than it computes
warnings.simplefilter("error")
scope = {{"torch": torch}}
for line in sys.stdin:
    *first, last = ast.parse(json.loads(line)).body
    try:
        exec(compile(ast.Module(first, []), "test", "exec"), scope)
        if isinstance(last, ast.Expr):
            said = {{"value": eval(compile(ast.Expression(last.value), "test", "eval"), scope)}}
        else:
            said = exec(compile(ast.Module([last], []), "test", "exec"), scope)
    except Exception as error:
        said = {{"error": f"{{type(error).__name__}}: {{error}}"}}
    print(json.dumps(said), file=out, flush=True)
"""

Ask = Callable[[str], Any]
"""Runs code beside torch, and returns the value of its last expression as JSON gives it back."""


class ThereError(Exception):
    """What was raised there."""


def opened(stack: ExitStack, python: Path, environment: dict[str, str] | None = None) -> Ask:
    """Start a Python whose environment holds nothing but what is given."""
    process = stack.enter_context(
        subprocess.Popen(
            [python, "-I", "-c", LOOP],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1", **(environment or {})},
            text=True,
        )
    )
    stack.callback(process.kill)

    def ask(code: str) -> Any:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(code) + "\n")
        process.stdin.flush()
        said = json.loads(process.stdout.readline() or '{"error": "its process has ended"}')
        if said and "error" in said:
            raise ThereError(said["error"])
        return said and said["value"]

    return ask
