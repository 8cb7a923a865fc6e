"""Why an example ended: its exception as a finding, by the list in the vocabulary."""

from __future__ import annotations

from collections.abc import Iterator

from cardkit.checks.layers import finding
from cardkit.outcome import Error, Outcome
from cardkit.plan import Plan
from cardkit.report import Finding
from cardkit.vocabulary.exceptions import meaning

OWN_CODE = "auto_map"
"""Key of a config that names the repository's own classes."""
NO_ARCHITECTURE = "does not recognize this architecture"
"""What transformers 5.23 says of a `model_type` that it has no class for."""
LONGEST = 300
"""Characters of a message that are shown; the traceback has all of it."""


def classify(error: Error, plan: Plan) -> Finding:
    """Return what ended an example, as a finding; what nobody knows is `run.exception`.

    An error is looked at before those that it came from.
    """
    chain = list(_pairs(error))
    written = _written(error)
    for at, (type_, message) in enumerate(chain):
        behind = ": ".join(chain[at + 1]) if at + 1 < len(chain) else ""
        if found := meaning(type_.rpartition(".")[2], message, behind):
            cause = found.cause
            if found.code == "env.device_absent":
                cause = f"it is to run on {plan.device}, and {cause}"
            return finding(found.code, f"{cause} ({written})", todo=found.todo)
    return finding("run.exception", f"the example raised {written}")


def ended(plan: Plan, outcome: Outcome, error: Error) -> Finding:
    """Return what ended an outcome's example, as a finding.

    An architecture that the library does not know, of a config whose own code was dropped, is one
    that this code has.
    """
    found = classify(error, plan)
    keys = () if outcome.files is None or plan.allow_remote_code else outcome.files.config_keys
    if OWN_CODE not in keys or NO_ARCHITECTURE not in error.message:
        return found
    said = f"the model is run by code of its own repository ({_written(error)})"
    return finding("load.remote_code_required", said)


def _pairs(error: Error) -> Iterator[tuple[str, str]]:
    """Yield class and message of an error, then of those that it came from."""
    yield error.type, error.message
    for each in error.chain:
        type_, _, message = each.partition(":")
        yield type_.strip(), message.strip()


def _written(error: Error) -> str:
    """Return an error as its class, the beginning of its message, and its line."""
    words = " ".join(error.message.split())
    message = words if len(words) <= LONGEST else words[:LONGEST].rstrip() + "…"
    at = f", line {error.line} of the example" if error.line is not None else ""
    return f"{error.type}: {message}{at}" if message else f"{error.type}{at}"
