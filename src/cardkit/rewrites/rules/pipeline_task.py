"""Pipelines that are told no task: told the model's.

Offline, transformers cannot ask the hub for it: RuntimeError.
"""

from __future__ import annotations

from collections.abc import Iterator

from cardkit.rewrites import loads
from cardkit.rewrites.code import Code, Edit
from cardkit.rewrites.target import Target
from cardkit.vocabulary import rewrites as words

TASKS = {
    "causal": "text-generation",
    "seq2seq": "text2text-generation",
    "embedding": "feature-extraction",
    "classification": "text-classification",
    "masked": "fill-mask",
}


def rewrite(code: Code, target: Target) -> Iterator[Edit]:
    """Tell a pipeline its task."""
    for call in code.calls():
        ours = code.origin(call.func).startswith("transformers")
        if ours and loads.is_factory(code, call) and loads.task(code, call) is None:
            text = f'"{_task(target)}"'
            at = code.span(call.func)[1]
            at = code.text.index("(", at) + 1
            yield Edit(
                at, at, f"{text}, ", "a pipeline cannot ask the hub for its task", None, "", text
            )


def _task(target: Target) -> str:
    tag = target.plan.entry.about.pipeline_tag
    known = (*words.names("tasks"), *words.table("removed_tasks"))
    return tag.value if tag and tag.value in known else TASKS[target.plan.kind]
