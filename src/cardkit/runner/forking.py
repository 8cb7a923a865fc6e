"""The fork server, from the inside: imports once, then a child for each line that is asked."""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from cardkit.errors import CardkitError
from cardkit.runner.fork_server import environ, held
from cardkit.sandbox import restrict, watch
from cardkit.sandbox.box import Box
from cardkit.sandbox.channel import Said, send
from cardkit.sandbox.forked import children

WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
OUTPUTS = ("stdout", "stderr")
"""Files 1 and 2 of a process."""


def serve(file: int) -> None:
    """Answer what is asked on a socket until its other end is closed."""
    prepare()
    with socket.socket(fileno=file) as asked:
        asked.sendall(b"{}\n")
        line = b""
        while came := asked.recv(1 << 16):
            line += came
            if line.endswith(b"\n"):
                asked.sendall(json.dumps(answer(line, asked)).encode() + b"\n")
                line = b""


def prepare() -> None:
    """Import what children need, and compute nothing."""
    import accelerate  # noqa: F401
    import torch  # noqa: F401
    from transformers import (  # noqa: F401 - they are imported when they are asked for
        AutoModelForCausalLM,
        AutoTokenizer,
        GenerationMixin,
        PreTrainedModel,
        pipeline,
    )
    from transformers.conversion_mapping import get_checkpoint_conversion_mapping
    from transformers.models.llama import LlamaForCausalLM  # noqa: F401 - what many import

    import cardkit.runner.child  # noqa: F401
    from cardkit.openlm import register

    register()
    get_checkpoint_conversion_mapping("legacy")  # a table that is built once, in half a second
    gc.collect()
    gc.freeze()  # else a child's first collection copies all that is here


def answer(line: bytes, asked: socket.socket) -> dict[str, Any]:
    """Return how a run was held, or why it did not begin."""
    told, box = held(line)
    others = children()
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if not pid:
        ours.close()
        asked.close()
        _become(told, box, theirs)
    theirs.close()
    os.environ["HOME"] = told["home"]  # what was denied is told by its place in there
    try:
        with ours:
            isolation = watch(
                pid,
                box,
                told["rung"],
                channel=ours,
                outputs=[Path(told[name]) for name in OUTPUTS],
                others=others,
                lifeline=asked.fileno(),
            )
    except CardkitError as error:
        return {"error": error.problem, "todo": error.todo}
    return isolation.model_dump(mode="json")


def _count_threads(environment: dict[str, str]) -> None:
    """Let torch have the threads that the environment says: it was imported under another."""
    import torch

    if threads := environment.get("OMP_NUM_THREADS", ""):
        torch.set_num_threads(int(threads))


def _become(told: dict[str, Any], box: Box, channel: socket.socket) -> NoReturn:
    """Turn this new process into the run."""
    code = 1
    try:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        for number, name in enumerate(OUTPUTS, start=1):
            file = os.open(told[name], WRITE, 0o600)
            os.dup2(file, number)
            os.close(file)
        environ(told["environment"])
        sys.argv = [told["module"], told["job"]]
        try:
            restrict(box, told["rung"], channel)
        except BaseException as error:
            send(channel, Said(error=f"{type(error).__name__}: {error}"))
            raise
        channel.close()
        _count_threads(told["environment"])
        import_module(told["module"]).main()
        code = 0
    except BaseException:  # noqa: BLE001 - it must not go on as a server
        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)
