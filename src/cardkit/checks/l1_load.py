"""L1, load: whether the model in memory is the one in the files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cardkit.checks.errors import ended
from cardkit.checks.layers import counted, finding, judged, listed, unknown
from cardkit.checks.reach import unreached
from cardkit.outcome import Idle, Load, Outcome, Tensors
from cardkit.plan import Plan, Untried
from cardkit.report import Figure, Finding, Layer

REMOTE = "transformers_modules"
"""The package that transformers makes of a repository's code."""
META = "meta"
TODO_HEAD = "load the class of config.json, if what its head gives is wanted"
HEADS = {
    "pooler": (),
    "cls": ("LM", "PreTraining", "NextSentence"),
    "cls.predictions": ("LM", "PreTraining"),
    "cls.seq_relationship": ("PreTraining", "NextSentence"),
    "predictions": ("LM", "PreTraining"),
    "sop_classifier": ("PreTraining",),
    "discriminator_predictions": ("PreTraining",),
    "generator_predictions": ("LM",),
    "generator_lm_head": ("LM",),
    "vocab_transform": ("LM",),
    "vocab_layer_norm": ("LM",),
    "vocab_projector": ("LM",),
    "lm_head": ("LM", "ConditionalGeneration"),
    "embed_out": ("LM",),
    "classifier": ("Classification", "MultipleChoice"),
    "pre_classifier": ("Classification", "MultipleChoice"),
    "score": ("Classification",),
    "qa_outputs": ("QuestionAnswering",),
}
"""Heads that files may hold beside a model, and words in the names of the classes that have them:
of BERT, ALBERT, ELECTRA, DistilBERT, RoBERTa, GPT and Llama in transformers 5.23.

A class without the head leaves it in the file, and answers as well without it: RoBERTa's pooler in
roberta-large-mnli, the output matrix where the bare encoder is loaded.
"""


def check(plan: Plan, outcome: Outcome) -> Layer:
    """Return whether every tensor in memory is the file's, and on the device of the plan."""
    if not outcome.loads:
        return _without_a_load(plan, outcome)
    findings = [
        *_device(plan, outcome.loads),
        *_code(plan, outcome.loads),
        *_keys(outcome),
        *_tensors(outcome.tensors),
    ]
    figures = tuple(_figures(outcome))
    if not any(each.severity in ("fail", "blocked") for each in findings):
        if outcome.tensors is None:
            return unreached("L1", plan, outcome).model_copy(update={"figures": figures})
        if isinstance(outcome.tensors, Untried):
            return unknown("L1", outcome.tensors.untried, figures)  # not skipped: all rests on it
        if not outcome.tensors.compared:
            return unknown("L1", "no tensor was compared with the files", figures)
        if not all(load.devices for load in outcome.loads):
            return unknown("L1", "nothing says which device the model is on", figures)
    return judged("L1", findings, _because(outcome), figures)


def _without_a_load(plan: Plan, outcome: Outcome) -> Layer:
    """Return the layer of a run that gave no model, with what ended the example."""
    stopped = outcome.isolation is not None and outcome.isolation.stopped is not None
    if outcome.error is not None and not stopped:
        return judged("L1", [ended(plan, outcome, outcome.error)], "no model was loaded")
    if outcome.reached != "end" or outcome.files is None:
        return unreached("L1", plan, outcome)
    said = "the example came to its end and loaded no model"
    return judged("L1", [finding("card.code_missing", said, severity="blocked")], said)


def _device(plan: Plan, loads: Sequence[Load]) -> Iterator[Finding]:
    for load in loads:
        elsewhere = [each for each in load.devices if not _is_on(each, plan.device)]
        if META in elsewhere or not elsewhere:
            continue  # META: said with the tensors
        yield finding(
            "env.device_absent",
            f"{load.model} is to be on {plan.device}, and is on {listed(load.devices)}",
            severity="fail",
            todo=f"let the example put the model on {plan.device}, all of it",
        )


def _is_on(found: str, wanted: str) -> bool:
    """Return whether a device is the one that was wanted; without a number, any of its kind.

    >>> _is_on("cuda:0", "cuda"), _is_on("cuda", "cuda:0"), _is_on("cuda:1", "cuda:0")
    (True, True, False)
    """
    kind, _, number = wanted.partition(":")
    theirs, _, their_number = found.partition(":")
    return theirs == kind and (not number or (their_number or "0") == number)


def _code(plan: Plan, loads: Sequence[Load]) -> Iterator[Finding]:
    for load in loads:
        if load.module.partition(".")[0] == REMOTE and not plan.allow_remote_code:
            yield finding(
                "run.forbidden",
                f"{load.model} is code of the repository, which was not allowed to run",
            )


def _keys(outcome: Outcome) -> Iterator[Finding]:
    """Yield the names that are on one side only."""
    tensors = outcome.tensors if isinstance(outcome.tensors, Tensors) else None
    last = outcome.loads[-1]
    missing = _together(
        [*(name for load in outcome.loads for name in load.missing)],
        tensors.not_in_files if tensors else (),
    )
    left = _together(
        [*(name for load in outcome.loads for name in load.unexpected)],
        tensors.not_in_memory if tensors else (),
    )
    heads = [name for name in left if _is_a_head(name, last.model)]
    unexpected = [name for name in left if name not in heads]
    mismatched = _together([name for load in outcome.loads for name in load.mismatched])
    if missing:
        yield _made_up(missing, tensors.idle if tensors else None)
    if unexpected:
        said = f"{counted(len(unexpected), 'tensor')} of the files not in the model"
        yield finding("load.keys", f"{said}: {listed(unexpected)}")
    if mismatched:
        said = f"{counted(len(mismatched), 'tensor')} with another shape in the files"
        yield finding("load.keys", f"{said}: {listed(mismatched)}")
    for load in outcome.loads:
        if load.errors:
            yield finding("load.keys", f"loading said: {listed(load.errors)}")
    if heads:
        said = f"a head of the files that {last.model} does without: {listed(heads)}"
        yield finding("load.keys", said, severity="warning", todo=TODO_HEAD)


def _made_up(missing: list[str], idle: Idle | None) -> Finding:
    """Return what is wrong with tensors of no file: little, where nothing read hangs on them."""
    said = f"{counted(len(missing), 'tensor')} of the model in no file, so made up at random"
    said = f"{said}: {listed(missing)}"
    if idle is None or not {*missing} <= {*idle.names}:
        return finding("load.keys", said)
    todo = "load the class of config.json"
    if not idle.fields:
        said = f"{said}; nothing that the model gives hangs on them"
    else:
        given = listed(idle.fields)
        said = f"{said}; only {given} hangs on them, and the example does not read that"
        todo = f"{todo}, or leave {given} alone: it is random"
    return finding("load.keys", said, severity="warning", todo=todo)


def _together(*names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name for each in names for name in each))


def _is_a_head(name: str, model: str) -> bool:
    """Return whether a tensor of the files belongs to a head that a class does not have.

    >>> _is_a_head("roberta.pooler.dense.bias", "RobertaForSequenceClassification")
    True
    >>> _is_a_head("lm_head.weight", "LlamaForCausalLM"), _is_a_head("norm.bias", "LlamaModel")
    (False, False)
    """
    parts = name.split(".")
    for head in (".".join(parts[:2]), *parts[:2]):
        if head in HEADS:
            return not any(word in model for word in HEADS[head])
    return False


def _tensors(tensors: Tensors | Untried | None) -> Iterator[Finding]:
    if not isinstance(tensors, Tensors):
        return
    if tensors.differing or tensors.differing_count:
        count = max(tensors.differing_count, len(tensors.differing))
        worst = [
            f"{each.name} ({each.because or f'by up to {each.largest:.3g}'})"
            if each.because or each.largest is not None
            else each.name
            for each in tensors.differing
        ]
        said = f"{counted(count, 'tensor')} of {tensors.compared:,} not what the files say"
        yield finding("load.tensor_differs", f"{said}: {listed(worst)}" if worst else said)
    if tensors.on_meta:
        said = f"{counted(len(tensors.on_meta), 'tensor')} without values, on the meta device"
        yield finding("load.tensor_differs", f"{said}: {listed(tensors.on_meta)}")
    made_up = {*tensors.not_in_files}  # told by itself
    again = [name for name in tensors.second_load_differs or () if name not in made_up]
    if again:
        said = f"a second load gave other values for {counted(len(again), 'tensor')}"
        yield finding("load.tensor_differs", f"{said}: {listed(again)}")


def _because(outcome: Outcome) -> str:
    if not isinstance(outcome.tensors, Tensors):
        return "loading already told"
    tensors = outcome.tensors
    casts = [f"{counted(count, 'tensor')} cast {cast}" for cast, count in tensors.casts.items()]
    told = [f"{counted(tensors.compared, 'tensor')} held against the files", *casts]
    if tensors.second_load_differs is None:
        told.append("not loaded a second time")
    return "; ".join(told)


def _figures(outcome: Outcome) -> Iterator[Figure]:
    last = outcome.loads[-1]
    yield Figure(name="models loaded", value=len(outcome.loads))
    yield Figure(name="class", value=last.model)
    yield Figure(name="load", value=last.seconds, unit="s")
    yield Figure(name="number format", value=last.dtype or None)
    yield Figure(name="devices", value=", ".join(last.devices) or None)
    if isinstance(outcome.tensors, Tensors):
        tensors = outcome.tensors
        differing = max(tensors.differing_count, len(tensors.differing))
        yield Figure(name="tensors compared", value=tensors.compared)
        yield Figure(name="tensors that differ", value=differing, limit=0)
        made_up = 0 if tensors.idle else len(tensors.not_in_files)
        yield Figure(name="tensors in no file", value=made_up, limit=0)
        if tensors.idle:
            idle = len(tensors.idle.names)
            yield Figure(name="tensors in no file that nothing read hangs on", value=idle)
        yield Figure(name="tensors without values", value=len(tensors.on_meta), limit=0)
