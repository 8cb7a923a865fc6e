"""How a check says what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from cardkit.outcome import Outcome
from cardkit.plan import LAYERS, Plan
from cardkit.report import Figure, Finding, Layer, LayerVerdict, Severity
from cardkit.vocabulary.codes import code

Check: TypeAlias = Callable[[Plan, Outcome], Layer]
SHOWN = 3
"""Names that a sentence lists; of the others it gives the number."""


def finding(name: str, said: str, *, severity: Severity | None = None, todo: str = "") -> Finding:
    """Return a finding of the closed list; severity and next step are the code's unless given.

    >>> finding("num.loss", "the loss is 11").severity
    'fail'
    """
    known = code(name)
    given: dict[str, Severity] = {"fail": "fail", "blocked": "blocked", "warning": "warning"}
    return Finding(
        code=name, severity=severity or given[known.severity], said=said, todo=todo or known.todo
    )


def judged(
    name: str, findings: Iterable[Finding], because: str, figures: Sequence[Figure] = ()
) -> Layer:
    """Return a layer whose verdict is the worst of its findings; none that weighs: it passed."""
    found = tuple(findings)
    severities = {each.severity for each in found}
    verdict: LayerVerdict = (
        "fail" if "fail" in severities else "blocked" if "blocked" in severities else "pass"
    )
    return _layer(name, verdict, because, found, figures)


def skipped(name: str, because: str) -> Layer:
    """Return a layer that says nothing of this model, or was not asked for."""
    return _layer(name, "skipped", because)


def unknown(name: str, because: str, figures: Sequence[Figure] = ()) -> Layer:
    """Return a layer that could not be judged."""
    return _layer(name, "unknown", because, (), figures)


def blocked(name: str, because: str) -> Layer:
    """Return a layer that could not be tried."""
    return _layer(name, "blocked", because)


def listed(names: Sequence[str], shown: int = SHOWN) -> str:
    """Return names as a sentence has them.

    >>> listed(["a"]), listed(["a", "b", "c", "d", "e"])
    ('a', 'a, b, c and 2 more')
    """
    more = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {more} more" if more > 0 else "")


def counted(count: int, thing: str, things: str = "") -> str:
    """Return a number of things.

    >>> counted(1, "tensor"), counted(1200, "tensor"), counted(2, "process", "processes")
    ('1 tensor', '1,200 tensors', '2 processes')
    """
    return f"{count:,} {thing if count == 1 else things or thing + 's'}"


def _layer(
    name: str,
    verdict: LayerVerdict,
    because: str,
    findings: tuple[Finding, ...] = (),
    figures: Sequence[Figure] = (),
) -> Layer:
    return Layer(
        name=name,
        title=LAYERS[name],
        verdict=verdict,
        because=because,
        findings=findings,
        figures=tuple(figures),
    )
