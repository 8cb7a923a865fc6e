"""A Python with the simulated NPU that stays open, so that torch is imported once."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

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
    """Start a Python without the variables of this one's environment."""
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


@pytest.fixture(scope="session")
def npu(npu_python: Path) -> Iterator[Ask]:
    """Run code where there is a simulated NPU."""
    with ExitStack() as stack:
        yield opened(stack, npu_python)


@pytest.fixture
def faulty(npu_pythons: Callable[[str], Path]) -> Iterator[Callable[[str], Ask]]:
    """Run code where the NPU has a fault."""
    with ExitStack() as stack:
        yield lambda fault: opened(stack, npu_pythons(fault))
