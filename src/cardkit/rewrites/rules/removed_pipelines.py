"""Pipelines that transformers 5 removed: the model, and `generate`.

`pipeline("summarization")`, `"translation…"`, `"text2text-generation"` are a KeyError. What
stands in their place does as they did on 4.40 (`pipelines/text2text_generation.py`): the config's
settings and prefix of the task, then generate.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator

from cardkit.rewrites import loads
from cardkit.rewrites.code import Code, Edit, keyword
from cardkit.rewrites.refused import RefusedError
from cardkit.rewrites.target import Target
from cardkit.vocabulary import calls
from cardkit.vocabulary import rewrites as words

REMOVED = "env.removed_api"
BODY = """\
def {name}(texts, truncation=False, **settings):
    tasks = getattr({model}.config, "task_specific_params", None) or {{}}
    told = dict(tasks.get("{task}", {{}}))
    prefix = told.pop("prefix", getattr({model}.config, "prefix", None) or "")
    answers = []
    for text in [texts] if isinstance(texts, str) else texts:
        inputs = {tokenizer}(prefix + text, return_tensors="pt", truncation=truncation)
        inputs.pop("token_type_ids", None)
        output = {model}.generate(**inputs.to({model}.device), **{{**told, {given}**settings}})
        for ids in output:
            answers.append({{"{key}": {tokenizer}.decode(ids, skip_special_tokens=True)}})
    return answers
"""
LOADED = ("device_map", "torch_dtype", "dtype", "revision", "trust_remote_code", "token")
KNOWN = ("task", "model", "tokenizer", "device", "framework", "use_fast", "truncation", *LOADED)


def rewrite(code: Code, target: Target) -> Iterator[Edit]:
    """Put a function of the same name in the place of a removed pipeline.

    Raises RefusedError where that cannot be done, and for tasks that have no like.
    """
    for call in code.calls():
        if not (loads.is_factory(code, call) and code.origin(call.func).startswith("transformers")):
            continue
        task = loads.task(code, call) or ""
        key = words.table("removed_tasks").get(_family(task))
        if key:
            yield _function(code, call, task, key, target)
        elif task and task != "conversational" and task not in words.names("tasks"):
            raise RefusedError(REMOVED, f"transformers 5 has no pipeline {task}")


def _family(task: str) -> str:
    return "translation" if task.startswith("translation") else task


def _function(code: Code, call: ast.Call, task: str, key: str, target: Target) -> Edit:
    statement = code.parents[call]
    shown = code.source(call).splitlines()[0]
    simple = isinstance(statement, ast.Assign) and len(statement.targets) == 1
    name = getattr(statement.targets[0], "id", "") if isinstance(statement, ast.Assign) else ""
    unknown = [
        each.arg for each in call.keywords
        if each.arg not in (*KNOWN, *calls.names("call_settings"))
    ]  # fmt: skip
    if not simple or not name or unknown or target.plan.kind != "seq2seq":
        raise RefusedError(REMOVED, f"transformers 5 has no pipeline {task}: {shown}")
    model, tokenizer = f"{name}_model", f"{name}_tokenizer"
    lines = []
    given = loads.ids(code, call)
    made = given[0] if given else None
    told = keyword(call, "tokenizer")
    if made is not None and code.made(made, "model"):
        model = code.source(made)
        if told is None:
            raise RefusedError(REMOVED, f"no tokenizer is named: {shown}")
        tokenizer = code.source(told.value)
    else:
        where = code.source(made) if made is not None else "MODEL"
        from_where = code.source(told.value) if told else where
        lines.append(f"from transformers import {target.plan.loader}, AutoTokenizer")
        if told is not None and code.made(told.value, "tokenizer"):
            tokenizer = from_where
        else:
            lines.append(f"{tokenizer} = AutoTokenizer.from_pretrained({from_where})")
        arguments = "".join(
            f", {code.source(each)}" for each in call.keywords if each.arg in LOADED
        )
        arguments += _placed(code, call)
        lines.append(f"{model} = {target.plan.loader}.from_pretrained({where}{arguments})")
    settings = [each for each in call.keywords if each.arg in calls.names("call_settings")]
    kept = "".join(f'"{each.arg}": {code.source(each.value)}, ' for each in settings)
    named = task.replace("-", "_") if task.startswith("translation") else task
    body = BODY.format(name=name, model=model, tokenizer=tokenizer, task=named, key=key, given=kept)
    text = "\n".join([*lines, "", "", body])
    indent = " " * statement.col_offset  # type: ignore[attr-defined]
    text = textwrap.indent(text, indent).strip()
    because = f"transformers 5 has no pipeline {task}: the model, and generate"
    assert isinstance(statement, ast.Assign)  # noqa: S101 - looked at above
    return code.replaced(statement, text, because, REMOVED)


def _placed(code: Code, call: ast.Call) -> str:
    """Return the argument that puts the model where the pipeline was put."""
    device = keyword(call, "device")
    if device is None:
        return ""
    value = code.value(device.value)
    return ', device_map="cpu"' if value == -1 else f", device_map={code.source(device.value)}"
