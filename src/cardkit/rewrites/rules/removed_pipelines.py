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
from cardkit.rewrites.importing import without_names
from cardkit.rewrites.refused import RefusedError
from cardkit.rewrites.target import Target
from cardkit.vocabulary import calls
from cardkit.vocabulary import rewrites as words

REMOVED = "env.removed_api"
BODY = """\
def {name}(texts, truncation={truncation}, **settings):
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
        if not (
            loads.is_pipeline(code, call) and code.origin(call.func).startswith("transformers")
        ):
            continue
        task = _task(code, call)
        key = words.table("removed_tasks").get(_family(task))
        if key:
            yield _function(code, call, task, key, target)
        elif task and task != "conversational" and task not in words.names("tasks"):
            raise RefusedError(REMOVED, f"transformers 5 has no pipeline {task}")
    for line in code.all(ast.ImportFrom):
        gone = [alias for alias in line.names if alias.name in words.table("removed_classes")]
        if gone and (line.module or "").startswith("transformers"):
            shown = ", ".join(alias.name for alias in gone)
            yield without_names(code, line, gone, f"transformers 5 has no {shown}", REMOVED)


def _task(code: Code, call: ast.Call) -> str:
    """Return the task of a pipeline; "" where it cannot be told, or is that of another class."""
    if loads.is_factory(code, call):
        return loads.task(code, call) or ""
    return words.table("removed_classes").get(code.origin(call.func).rpartition(".")[2], "")


def _family(task: str) -> str:
    return "translation" if task.startswith("translation") else task


def _function(code: Code, call: ast.Call, task: str, key: str, target: Target) -> Edit:
    """Return the edit that puts a function in the place of a statement that makes a pipeline."""
    statement = code.parents[call]
    shown = code.source(call).splitlines()[0]
    named = isinstance(statement, ast.Assign) and len(statement.targets) == 1
    name = getattr(statement.targets[0], "id", "") if isinstance(statement, ast.Assign) else ""
    unknown = any(each.arg not in (*KNOWN, *calls.names("call_settings")) for each in call.keywords)
    if not named or not name or unknown or target.plan.kind != "seq2seq":
        raise RefusedError(REMOVED, f"transformers 5 has no pipeline {task}: {shown}")
    lines, model, tokenizer = _loaded(code, call, name, target)
    settings = [each for each in call.keywords if each.arg in calls.names("call_settings")]
    cut = keyword(call, "truncation")
    body = BODY.format(
        name=name,
        model=model,
        tokenizer=tokenizer,
        task=task.replace("-", "_") if task.startswith("translation") else task,
        key=key,
        given="".join(f'"{each.arg}": {code.source(each.value)}, ' for each in settings),
        truncation=code.source(cut.value) if cut else "False",
    )
    indent = " " * code.statement(call).col_offset
    text = textwrap.indent("\n".join([*lines, "", "", body]), indent).strip()
    because = f"transformers 5 has no pipeline {task}: the model, and generate"
    return code.replaced(code.statement(call), text, because, REMOVED)


def _loaded(code: Code, call: ast.Call, name: str, target: Target) -> tuple[list[str], str, str]:
    """Return the lines that load what a pipeline loads, and the names of model and tokenizer.

    Raises RefusedError where it is given a model and no tokenizer.
    """
    first = keyword(call, "model")
    place = 1 if loads.is_factory(code, call) else 0
    given = first.value if first else call.args[place] if call.args[place:] else None
    told = keyword(call, "tokenizer")
    lines: list[str] = []
    if given is not None and code.made(given, "model"):
        if told is None:
            shown = code.source(call).splitlines()[0]
            raise RefusedError(REMOVED, f"no tokenizer is named: {shown}")
        device = keyword(call, "device")
        moved = f".to({_device(code, device)})" if device else ""
        model = code.source(given)
        if moved or not isinstance(given, ast.Name):
            lines.append(f"{name}_model = {model}{moved}")
            model = f"{name}_model"
    else:
        where = code.source(given) if given is not None else "MODEL"
        model = f"{name}_model"
        arguments = [code.source(each) for each in call.keywords if each.arg in LOADED]
        device = keyword(call, "device")
        arguments += [f"device_map={_device(code, device)}"] if device else []
        loader = target.plan.loader
        lines.append(f"from transformers import {loader}, AutoTokenizer")
        lines.append(f"{model} = {loader}.from_pretrained({', '.join([where, *arguments])})")
        if told is None:
            lines.append(f"{name}_tokenizer = AutoTokenizer.from_pretrained({where})")
    if told is None:
        return lines, model, f"{name}_tokenizer"
    tokenizer = code.source(told.value)
    if isinstance(told.value, ast.Name) and code.made(told.value, "tokenizer"):
        return lines, model, tokenizer
    made = code.made(told.value, "tokenizer") is not None
    tokenizer = tokenizer if made else f"AutoTokenizer.from_pretrained({tokenizer})"
    return [*lines, f"{name}_tokenizer = {tokenizer}"], model, f"{name}_tokenizer"


def _device(code: Code, device: ast.keyword) -> str:
    """Return the device of a pipeline as code: -1 is the CPU."""
    return '"cpu"' if code.value(device.value) == -1 else code.source(device.value)
