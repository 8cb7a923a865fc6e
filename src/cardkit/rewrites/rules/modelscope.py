"""modelscope's classes and its pipeline: transformers'.

Its Auto classes download and then are transformers' own. Its pipeline refuses every device but a
CPU and CUDA; for text generation it gives `{"text": ...}`, the prompt included. Signatures are
those of modelscope 1.40, `pipelines/builder.py` and `pipelines/nlp/text_generation_pipeline.py`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from cardkit.rewrites import loads
from cardkit.rewrites.code import Code, Edit, keyword
from cardkit.rewrites.importing import used
from cardkit.rewrites.refused import RefusedError
from cardkit.rewrites.target import Target
from cardkit.rewrites.wording import worded
from cardkit.vocabulary import calls

BECAUSE = "modelscope's classes fetch the files and are transformers' own"
PIPELINE = "modelscope's pipeline runs on a CPU and CUDA only; transformers has its like"
SHARED = re.compile(
    r"Auto\w+|GenerationConfig|BitsAndBytesConfig|AwqConfig|GPTQConfig|\w+For\w+|"
    r"(?!Torch|Ms)\w+Tokenizer(?:Fast)?"
)
TASK = "text-generation"
KNOWN = (
    *("task", "model", "model_revision", "device", "device_map", "torch_dtype", "dtype"),
    *("trust_remote_code", "use_fast"),
)
DROPPED = ("llm_framework", "external_engine_for_llm", "framework")
LENGTH = "max_length"


def rewrite(code: Code, target: Target) -> Iterator[Edit]:
    """Use transformers for what came from modelscope.

    Raises RefusedError for what transformers has not.
    """
    imports = [node for node in code.all(ast.Import, ast.ImportFrom) if _is_modelscope(node)]
    if not imports:
        return
    made = [call for call in code.calls() if _is_pipeline(code, call)]
    for call in made:
        yield from _made(code, call, target)
    if made:
        for call in loads.text_pipelines(code):
            yield from _asked(code, call, target)
    for node in imports:
        yield _imported(code, node)


def _is_modelscope(node: ast.stmt) -> bool:
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").partition(".")[0] == "modelscope"
    names = node.names if isinstance(node, ast.Import) else []
    return any(alias.name.partition(".")[0] == "modelscope" for alias in names)


def _is_pipeline(code: Code, call: ast.Call) -> bool:
    origin = code.origin(call.func)
    return origin.startswith("modelscope") and origin.endswith(".pipeline")


def _imported(code: Code, node: ast.stmt) -> Edit:
    """Return the edit of an import: transformers' names from transformers, unused ones nowhere."""
    if not isinstance(node, ast.ImportFrom):
        raise _refused(code.source(node))
    read = used(code)
    kept = []
    for alias in node.names:
        if alias.name == "hf_pipeline":
            kept.append(f"pipeline as {alias.asname or alias.name}")
        elif alias.name == "pipeline" or SHARED.fullmatch(alias.name):
            kept.append(code.source(alias))
        elif alias.name == "Tasks" or (alias.asname or alias.name) not in read:
            continue
        else:
            raise _refused(code.source(alias))
    because = PIPELINE if any(each.startswith("pipeline") for each in kept) else BECAUSE
    if not kept:
        return code.dropped(node, "nothing uses it any more", "env.missing_package")
    text = f"from transformers import {', '.join(kept)}"
    return code.replaced(node, text, because, "env.missing_package")


def _made(code: Code, call: ast.Call, target: Target) -> Iterator[Edit]:
    """Yield the edits of a call that makes a pipeline."""
    task = loads.task(code, call)
    if task != TASK or target.plan.kind != "causal":
        raise _refused(f"pipeline({task or 'of an unknown task'})")
    given = keyword(call, "task")
    node = given.value if given else call.args[0]
    if not isinstance(node, ast.Constant):
        yield code.replaced(node, f'"{TASK}"', "modelscope's name of the task")
    for each in call.keywords:
        if each.arg in DROPPED:
            yield code.without(call, each, "transformers' pipeline has no such argument", None)
        elif each.arg == LENGTH and _is_worded(code, target):
            text = f"max_new_tokens={code.source(each.value)}"
            because = "it would count the prompt that is put around the text, and leave no room"
            yield code.replaced(each, text, because)
        elif each.arg not in KNOWN and each.arg not in calls.names("call_settings"):
            raise _refused(f"pipeline(…, {code.source(each)})")


def _is_worded(code: Code, target: Target) -> bool:
    """Tell whether a text that is asked gets words around it."""
    asked = [call.args[0] for call in loads.text_pipelines(code) if len(call.args) == 1]
    return any(worded(code, node, target) is not None for node in asked)


def _asked(code: Code, call: ast.Call, target: Target) -> Iterator[Edit]:
    """Yield the edit of a call that asks the pipeline: words around the text, the like answer."""
    plain = len(call.args) == 1 and isinstance(call.func, ast.Name)
    if not plain or isinstance(call.args[0], ast.List | ast.Dict):
        raise _refused(code.source(call).splitlines()[0])
    start, end = code.span(call.args[0])
    first, last = code.span(call)
    text = worded(code, call.args[0], target)
    because = "it gives the like of modelscope's {'text': …}"
    if text:
        because += (
            "; the repository's own pipeline puts the prompt around a text: the entry's words"
        )
    inner = text or code.text[start:end]
    whole = f"{code.text[first:start]}{inner}{code.text[end:last]}"
    yield code.replaced(call, f'{{"text": {whole}[0]["generated_text"]}}', because)


def _refused(what: str) -> RefusedError:
    return RefusedError(
        "env.missing_package",
        f"transformers has no like of what the example has of modelscope: {what}",
    )
