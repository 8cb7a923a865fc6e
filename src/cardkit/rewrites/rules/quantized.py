"""8 and 4 bit weights: a configuration of bitsandbytes, on CUDA only.

`load_in_8bit=True` is a TypeError on transformers 5.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cardkit.rewrites import loads
from cardkit.rewrites.code import Code, Edit
from cardkit.rewrites.refused import RefusedError
from cardkit.rewrites.target import Target

FLAGS = ("load_in_8bit", "load_in_4bit")
IMPORT = "from transformers import BitsAndBytesConfig"
CONFIGS = ("BitsAndBytesConfig", "GPTQConfig", "AwqConfig")
BITS = "bitsandbytes"


def rewrite(code: Code, target: Target) -> Iterator[Edit]:
    """Put quantization into a configuration.

    Raises RefusedError on a device that has no kernels for it, and without bitsandbytes.
    """
    for call in code.calls():
        if loads.last_name(call.func) in CONFIGS and code.origin(call.func):
            _need(code, call, target)
    for call in loads.loads(code):
        for each in call.keywords:
            if each.arg not in FLAGS or not loads.of_transformers(code, call):
                continue
            if code.value(each.value) is False:
                because = f"transformers 5 has no {each.arg}"
                yield code.without(call, each, because, "env.removed_api")
                continue
            _need(code, each, target)
            because = f"transformers 5 has no {each.arg}: it is part of a configuration"
            text = f"quantization_config=BitsAndBytesConfig({code.source(each)})"
            yield code.replaced(each, text, because, "env.removed_api")
            if "BitsAndBytesConfig" not in code.text:
                yield code.line_at_top(IMPORT, because)


def _need(code: Code, node: ast.expr | ast.keyword, target: Target) -> None:
    shown = code.source(node).splitlines()[0]
    if target.plan.device_type != "cuda":
        raise RefusedError(
            "env.device_absent",
            f"quantized weights need CUDA, the device is {target.plan.device}: {shown}",
        )
    if not target.has(BITS):
        raise RefusedError("env.missing_package", f"{BITS} is not installed: {shown}")
