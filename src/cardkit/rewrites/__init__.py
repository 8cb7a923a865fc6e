"""Rewrites: an example retargeted on its syntax tree, each change with its reason."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from cardkit.plan import Change, Plan, Script
from cardkit.rewrites import written
from cardkit.rewrites.code import Code, apart, read
from cardkit.rewrites.parsed_example import parsed_example
from cardkit.rewrites.plain import beyond
from cardkit.rewrites.printed import UNPARSABLE, code_of
from cardkit.rewrites.printed import changes as before_parsing
from cardkit.rewrites.refused import RefusedError
from cardkit.rewrites.rules import REWRITES, Rewrite
from cardkit.rewrites.target import Target, target_of

__all__ = ["REWRITES", "RefusedError", "apply", "as_diff", "parsed", "rewritten"]

ROUNDS = 30
"""How often one rewrite may look at what it left; edits that touch each other need several."""
NO_SANDBOX = "no sandbox can hold code of a card here: what it asks runs through cardkit's own"
SANDBOX = (
    "use a kernel with Landlock (5.13 or newer), or install bubblewrap; `cardkit doctor` tells"
)
MADE = "Made by cardkit from the documented prompt: {because}."
PARSED = (
    "What the card's example asks, through cardkit's own code: no sandbox can hold the example."
)
APART = "What the card's example asks, through cardkit's own code, to measure where no other ran."


def apply(plan: Plan, packages: Mapping[str, str]) -> Script:
    """Return what will run: the card's example rewritten for the plan, or a script from its prompt.

    `packages` are those that are installed, name -> version. Raises RefusedError where neither is
    possible.
    """
    told = target_of(plan, packages)
    if plan.source.code is None:
        if plan.source.origin == "card":
            because = plan.source.because or UNPARSABLE
            return _instead(told, RefusedError("card.code_unparsable", because))
        because = plan.source.because or "the card has no example"
        return _made(told, because)
    try:
        code, changes = _of_source(plan)
        code, more = rewritten(code, told)
    except RefusedError as refused:
        return _instead(told, refused)
    changes = sorted([*changes, *more], key=lambda change: change.line)
    return Script(
        code=code.text,
        origin=plan.source.origin,
        changes=tuple(changes),
        beyond=beyond(code.text),
    )


def parsed(plan: Plan, packages: Mapping[str, str], said: str = PARSED) -> Script:
    """Return a script of cardkit's that asks what the card's example asks, with its settings.

    For a machine without a sandbox, on which code of a card does not run; and to measure with where
    that code could change what measures it. `said`: its docstring. Raises RefusedError where it
    cannot be told what the example asks.
    """
    told = target_of(plan, packages)
    asked = parsed_example(plan) if plan.source.code else written.documented(plan)
    return Script(
        code=written.script(asked, told, said),
        origin=plan.source.origin if plan.source.code else "prompt",
        refused=NO_SANDBOX,
        refused_code="env.missing_package",
        todo=SANDBOX,
        foreign=False,
    )


def as_diff(plan: Plan, script: Script) -> str:
    """Return a unified diff from the example as the card prints it to the script as it runs."""
    printed = plan.source.printed or plan.source.code or ""
    return "".join(
        difflib.unified_diff(
            _with_ends(printed), _with_ends(script.code), "as printed", "as it ran"
        )
    )


def rewritten(
    code: Code, told: Target, rewrites: Mapping[str, Rewrite] = REWRITES
) -> tuple[Code, list[Change]]:
    """Return code after rewrites, in their order, and what each changed.

    Raises RefusedError where one refuses it.
    """
    changes: list[Change] = []
    for name, rewrite in rewrites.items():
        for _ in range(ROUNDS):
            edits = apart(rewrite(code, told))
            if not edits:
                break
            code, made = code.edited(edits, name)
            changes += made
        else:
            raise AssertionError(f"{name} finds something each time:\n{code.text}")
    return code, changes


def _of_source(plan: Plan) -> tuple[Code, list[Change]]:
    """Return the code of a plan's example, and what was done before it parsed."""
    source = plan.source.code or ""
    text = code_of(source)
    changes = list(before_parsing(plan.source.printed or source, text))
    return read(text if text.endswith("\n") else f"{text}\n"), changes


def _instead(told: Target, refused: RefusedError) -> Script:
    """Return the script from the prompt in the place of an example that is refused.

    Raises the refusal where no prompt is known.
    """
    try:
        made = _made(told, refused.problem)
    except RefusedError:
        raise refused from None
    told_why = {"refused": refused.problem, "refused_code": refused.code, "todo": refused.todo}
    return made.model_copy(update=told_why)


def _made(told: Target, because: str) -> Script:
    asked = written.documented(told.plan)
    said = MADE.format(because=_one_line(because))
    return Script(code=written.script(asked, told, said), origin="prompt", foreign=False)


def _one_line(text: str) -> str:
    """Return a text as it may stand in a docstring."""
    return " ".join(text.replace("\\", " ").replace('"', "'").split()).rstrip(".")


def _with_ends(text: str) -> list[str]:
    return [f"{line}\n" for line in text.strip("\n").split("\n")] if text.strip() else []
