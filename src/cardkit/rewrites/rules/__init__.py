"""Rewrites of an example, one per file, each made on its syntax tree and said with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from cardkit.rewrites.code import Code, Edit
from cardkit.rewrites.rules import (
    available,
    chat_template,
    conversation,
    device,
    dtype,
    encode_plus,
    engines,
    hub_arguments,
    interactive,
    missing_imports,
    missing_names,
    missing_packages,
    model_id,
    modelscope,
    network,
    open_lm,
    openmind,
    own_files,
    pipeline_task,
    placing,
    quantized,
    remote_code,
    removed_pipelines,
    renamed,
    servers,
    special_tokens,
    training,
    unused_imports,
)
from cardkit.rewrites.target import Target

Rewrite: TypeAlias = Callable[[Code, Target], Iterable[Edit]]
"""Yields what is to be changed; what touches another edit comes again in the next round."""

REWRITES: dict[str, Rewrite] = {
    "unused_imports": unused_imports.rewrite,  # first: what nothing uses is no reason to refuse
    "missing_imports": missing_imports.rewrite,  # before what asks where a name is from
    "engines": engines.rewrite,
    "servers": servers.rewrite,
    "training": training.rewrite,
    "interactive": interactive.rewrite,
    "network": network.rewrite,
    "own_files": own_files.rewrite,
    "openmind": openmind.rewrite,
    "open_lm": open_lm.rewrite,
    "model_id": model_id.rewrite,  # before modelscope: a download that is gone needs no import
    "modelscope": modelscope.rewrite,
    "remote_code": remote_code.rewrite,
    "hub_arguments": hub_arguments.rewrite,
    "quantized": quantized.rewrite,
    "pipeline_task": pipeline_task.rewrite,  # before what looks at tasks
    "conversation": conversation.rewrite,
    "removed_pipelines": removed_pipelines.rewrite,
    "renamed": renamed.rewrite,
    "encode_plus": encode_plus.rewrite,
    "special_tokens": special_tokens.rewrite,
    "chat_template": chat_template.rewrite,
    "available": available.rewrite,  # before device: the choice goes as a whole
    "device": device.rewrite,
    "placing": placing.rewrite,  # after device: it asks what is placed
    "dtype": dtype.rewrite,
    "missing_names": missing_names.rewrite,
    "missing_packages": missing_packages.rewrite,  # last: others may have replaced it
}
