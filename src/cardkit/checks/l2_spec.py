"""L2, spec: whether the model is the one that the card and the entry tell of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cardkit.architectures import Count, num_parameters
from cardkit.checks import spec_values
from cardkit.checks.layers import counted, finding, judged, listed, unknown
from cardkit.checks.reach import unmeasured
from cardkit.errors import UnknownNameError
from cardkit.outcome import Outcome, Shape, Tensors
from cardkit.plan import Plan
from cardkit.report import Figure, Finding, Layer
from cardkit.values.printed import rounds_to

TODO_TOKENS = "use the model's own tokenizer; hold the prompt's markers against its added tokens"


class Counts(NamedTuple):
    """The parameters, counted in three ways."""

    header: int | None
    beside: int
    """Of the header's, those that are no parameters."""
    copies: int
    """Of those, the second copies of parameters."""
    model: int
    idle: int
    """Of the model's, those that no file has and that nothing read hangs on: L1 tells of them."""
    formula: Count


def check(plan: Plan, outcome: Outcome) -> Layer:
    """Return whether counts, sizes and tokens agree; what was not compared is told."""
    shape = outcome.shape
    if not isinstance(shape, Shape):
        return unmeasured("L2", plan, outcome, shape)
    counts = _counts(shape, outcome)
    compared = (
        spec_values.Compared((), (), ())
        if plan.rehearsal
        else spec_values.compare(plan.entry, shape)
    )
    findings = [
        *_exact(counts),
        *_architecture(plan, shape),
        *compared.findings,
        *([] if plan.rehearsal else _printed_size(plan, counts)),
        *_formats(plan, outcome, shape),
        *_tokens(plan, shape),
    ]
    figures = tuple(_figures(counts, shape))
    uncounted = counts.header is None and counts.formula.parameters is None
    if uncounted and not findings and not compared.agreed:
        return unknown("L2", f"nothing to compare with: {counts.formula.because}", figures)
    return judged("L2", findings, " ".join(_said(plan, shape, counts, compared)), figures)


def _counts(shape: Shape, outcome: Outcome) -> Counts:
    named = {load.model for load in outcome.loads}
    dims = {key: value for key, value in shape.config.items() if key != "architectures"}
    try:
        if len(named) != 1:
            formula = Count(None, f"{len(named)} classes were loaded")
        else:
            formula = num_parameters(shape.model_type, dims | {"architecture": min(named)})
    except UnknownNameError as error:
        formula = Count(None, error.problem)
    header = outcome.files.num_parameters if outcome.files else None
    tensors = outcome.tensors if isinstance(outcome.tensors, Tensors) else None
    idle = tensors.idle.values if tensors and tensors.idle else 0
    return Counts(header, shape.beside, shape.copies, shape.num_parameters, idle, formula)


def _exact(counts: Counts) -> Iterator[Finding]:
    """Yield where header, model and formula do not agree to the last parameter."""
    held = counts.model - counts.idle
    if counts.header is not None and counts.header - counts.beside != held:
        less = f", {counts.beside:,} of them no parameters" if counts.beside else ""
        yield finding(
            "spec.conflict",
            f"the headers of the weights count {counts.header:,} values{less}; the model has "
            f"{held:,} parameters{' from files' if counts.idle else ''}",
            todo="check config.json and the library's version: files and model do not fit",
        )
    if counts.formula.parameters not in (None, counts.model, counts.model + counts.copies):
        yield finding(
            "spec.conflict",
            f"{counts.formula.because} gives {counts.formula.parameters:,} parameters; the model "
            f"has {counts.model:,}",
            todo="check config.json against the architecture: a switch differs from what it says",
        )


def _architecture(plan: Plan, shape: Shape) -> Iterator[Finding]:
    leaf = plan.entry.load.model_type
    if leaf is not None and leaf.value != shape.model_type:
        said = f"the entry has a model of type {leaf.value}, the files one of {shape.model_type}"
        yield finding("spec.conflict", said)


def _printed_size(plan: Plan, counts: Counts) -> Iterator[Finding]:
    leaf = plan.entry.spec.num_parameters
    if leaf is None:
        return
    words = leaf.text or str(leaf.value)
    if not rounds_to(counts.model, leaf.value, words):
        who = spec_values.ORIGIN_WORDS[leaf.origin]
        said = f"parameters: {who} {words}, the model has {counts.model:,}"
        yield finding("spec.conflict", said, severity="warning")


def _formats(plan: Plan, outcome: Outcome, shape: Shape) -> Iterator[Finding]:
    """Yield a number format that is not the one asked for, or not the card's."""
    held = [name.strip() for name in shape.dtype.split(",") if name.strip()]
    if plan.dtype is not None and held and plan.dtype not in held:
        said = f"it is to run in {plan.dtype}, and the model is in {shape.dtype}"
        yield finding(
            "spec.conflict", said, todo="let the example take the --dtype that it is given"
        )
    leaf = plan.entry.spec.dtype
    if leaf is None or plan.rehearsal or not isinstance(outcome.tensors, Tensors):
        return
    casts = outcome.tensors.casts
    filed = sorted({cast.partition(" to ")[0] for cast in casts}) or held
    if filed and leaf.value not in filed:
        said = f"number format: {spec_values.ORIGIN_WORDS[leaf.origin]} {leaf.text or leaf.value}"
        yield finding(
            "spec.conflict", f"{said}, the files hold {', '.join(filed)}", severity="warning"
        )


def _tokens(plan: Plan, shape: Shape) -> Iterator[Finding]:
    """Yield what is wrong between the prompt, the tokenizer and the embedding."""
    rows, length = shape.embedding_rows, shape.tokenizer_length
    if rows is not None and length is not None and length > rows:
        yield finding(
            "spec.conflict",
            f"the tokenizer has ids up to {length - 1:,}, the embedding only {rows:,} rows",
            todo="use the model's own tokenizer, or the weights that were resized for it",
        )
    size = shape.config.get("vocab_size")
    if rows is not None and isinstance(size, int) and size != rows:
        said = f"config.json tells of a vocabulary of {size:,}, the embedding has {rows:,} rows"
        yield finding("spec.conflict", said)
    for marker, ids in shape.single_tokens.items():
        if len(ids) != 1:
            said = f"the marker {marker!r} is to be one token, and is {len(ids)}"
            yield finding("spec.conflict", said, todo=TODO_TOKENS)
    unheld = [
        leaf.value
        for leaf in plan.entry.prompt.single_tokens
        if leaf.value not in shape.single_tokens
    ]
    if unheld:
        said = f"markers that were not looked up in the tokenizer: {listed([*map(repr, unheld)])}"
        yield finding("spec.conflict", said, severity="warning", todo=TODO_TOKENS)
    for _, severity, message in shape.prompt_findings:
        grave = severity == "error"
        said = f"the prompt's tokens: {message}"
        yield finding("spec.conflict", said, severity="fail" if grave else "note", todo=TODO_TOKENS)


def _said(
    plan: Plan, shape: Shape, counts: Counts, compared: spec_values.Compared
) -> Iterator[str]:
    """Yield in sentences what was compared, and what was not."""
    ways = ["the model"]
    ways += ["the headers"] if counts.header is not None else []
    ways += [counts.formula.because] if counts.formula.parameters is not None else []
    yield f"Parameters counted by {', '.join(ways)}."
    if counts.header is None:
        yield "The headers give no count."
    if counts.formula.parameters is None:
        yield f"No count by a formula: {counts.formula.because}."
    if plan.rehearsal:
        yield "The figures of card and entry are not held against a stand-in."
    else:
        yield f"{counted(len(compared.agreed), 'value')} of the entry agree with config.json."
    if compared.silent:
        yield f"config.json does not say: {listed(compared.silent, 6)}."
    if shape.tokenizer_length is None:
        yield "There was no tokenizer to compare."


def _figures(counts: Counts, shape: Shape) -> Iterator[Figure]:
    yield Figure(name="parameters of the model", value=counts.model)
    held = counts.model - counts.idle + counts.beside
    limit = held if counts.header is not None else None
    yield Figure(name="values by the headers", value=counts.header, limit=limit)
    if counts.beside:
        yield Figure(name="values that are no parameters", value=counts.beside)
    if counts.idle:
        yield Figure(name="parameters in no file", value=counts.idle)
    known = counts.formula.parameters
    model = counts.model if known is not None else None
    yield Figure(name="parameters by the formula", value=known, limit=model)
    yield Figure(name="rows of the embedding", value=shape.embedding_rows)
    length = shape.tokenizer_length
    limit = shape.embedding_rows if length is not None else None
    yield Figure(name="ids of the tokenizer", value=length, limit=limit)
