"""L0, fetch: which files these are, what vouches for them, and what of them is code.

Sizes and hashes are held to the hub's tree as the files come; a file that is not what the tree
says never gets here (`hub.hash_mismatch`, `hub.mirror_mismatch`).
"""

from __future__ import annotations

from collections.abc import Iterator

from cardkit.checks.layers import counted, finding, judged, listed, unknown
from cardkit.checks.reach import unreached
from cardkit.hubs import HUBS
from cardkit.hubs.cached import HERE
from cardkit.outcome import Files, Outcome
from cardkit.plan import Plan
from cardkit.report import Figure, Finding, Layer


def check(plan: Plan, outcome: Outcome) -> Layer:
    """Return what is to be known of the files before anything is loaded from them."""
    files = outcome.files
    if files is None:
        return unreached("L0", plan, outcome)
    figures = (
        Figure(name="files", value=files.count),
        Figure(name="size", value=files.size, unit="bytes"),
        Figure(name="fetched now", value=files.came, unit="bytes"),
        Figure(name="files of weights as safetensors", value=len(files.weights)),
        Figure(name="files of pickled weights, left there", value=len(files.pickles)),
        Figure(name="files of code", value=len(files.code)),
        Figure(name="parameters by the headers", value=files.num_parameters),
    )
    found = tuple(_findings(plan, files))
    if not (files.commit or files.pin) and not found:
        return unknown("L0", "neither a commit nor a hash says which files these are", figures)
    return judged("L0", found, " ".join(_said(plan, files)), figures)


def _findings(plan: Plan, files: Files) -> Iterator[Finding]:
    if not files.weights and files.pickles:
        said = f"no weights as safetensors; pickles, which can carry code: {listed(files.pickles)}"
        yield finding("load.unsafe_weights", said)
    elif not files.weights:
        yield finding("hub.not_found", f"{files.id} holds no weights at this revision")
    if files.code and plan.allow_remote_code and files.commit is None:
        yield finding(
            "load.remote_code_required",
            f"code of {files.id} may run at a pinned commit only, and the hub names none",
            todo="take the model from a hub that has commits",
        )
    if files.config_keys and not plan.allow_remote_code:
        said = f"keys that name code were dropped from its configs: {listed(files.config_keys)}"
        yield finding("load.remote_code_required", said, severity="note")
    if not plan.rehearsal and files.tree_from not in (HERE, *HUBS[plan.hub].HOSTS):
        yield finding(
            "hub.mirror_mismatch",
            f"the hashes too are those of {files.tree_from}: that it holds the hub's own files is "
            "not proven",
            severity="warning",
            todo="fetch once where the hub itself can be asked for its hashes",
        )


def _said(plan: Plan, files: Files) -> Iterator[str]:
    """Yield in sentences what the files rest on."""
    pinned = f"commit {files.commit}" if files.commit else f"hash {files.pin}, there is no commit"
    yield f"{counted(files.count, 'file')} held to size and hash, at {pinned}."
    if plan.rehearsal:
        yield "They are a stand-in's, served by this machine."
    elif files.endpoint != files.tree_from:
        yield f"The bytes came from {files.endpoint}, their hashes from {files.tree_from}."
    if files.code:
        run = "may run" if plan.allow_remote_code else "is not run"
        yield f"The repository's code {run}: {listed(files.code)}."
    for note in files.notes:
        yield f"{note[:1].upper()}{note[1:]}".rstrip(".") + "."
