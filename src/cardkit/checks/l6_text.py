"""L6, text: whether what came out is an answer at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cardkit.checks.layers import counted, finding, judged, skipped
from cardkit.checks.reach import unreached
from cardkit.checks.text_signals import (
    MOST_COMPRESSED,
    MOST_REPEATED,
    Given,
    compression,
    repeated,
    signals,
    weight,
)
from cardkit.outcome import Answer, Outcome
from cardkit.plan import Plan
from cardkit.prompts.pieces import SLOT
from cardkit.report import Figure, Finding, Layer
from cardkit.snippets.template import SPECIAL

ENOUGH = 2
"""Weight of signals from which a text is no answer."""
BEGINNING = 60
"""Characters of an answer that a finding shows."""
LETTERS = re.compile(r"[^\W\d_]{2}")
LONGEST_MARKER = 4
"""Words of a line of a prompt that may be a marker; a longer one is a sentence."""


def check(plan: Plan, outcome: Outcome) -> Layer:
    """Return whether each answer is one: two signals against it fail, one is a warning."""
    if plan.rehearsal:
        return skipped("L6", "a stand-in with random weights says nothing that could be read")
    texts = [given for answer in outcome.answers for given in _given(plan, answer)]
    if not texts:
        if outcome.reached == "end" and outcome.error is None:
            return skipped("L6", "the example generates no text")
        return unreached("L6", plan, outcome)
    figures = (
        Figure(name="answers", value=len(texts)),
        Figure(
            name="compression, largest",
            value=round(max(compression(each.text) for each in texts), 2),
            limit=MOST_COMPRESSED,
        ),
        Figure(
            name="repeated runs of words, largest share",
            value=round(max(repeated(each.text) for each in texts), 3),
            limit=MOST_REPEATED,
        ),
    )
    because = f"{counted(len(texts), 'answer')} searched for signals of a broken model or prompt"
    return judged("L6", _findings(texts), because, figures)


def _given(plan: Plan, answer: Answer) -> Iterator[Given]:
    """Yield each text of a call, with what is known of its prompt."""
    entry = plan.entry.prompt
    documented = [leaf.value for leaf in entry.stop]
    for at, text in enumerate(answer.texts):
        prompt = answer.prompts[at] if at < len(answer.prompts) else ""
        yield Given(
            text=text,
            asked=plan.asked or prompt,
            prompt=prompt or plan.prompt or "",
            markers=(*_markers(plan), *documented),
            stops=bool(documented),
            ended=answer.ended,
            new_tokens=answer.new_tokens,
        )


def _markers(plan: Plan) -> Iterator[str]:
    """Yield the lines of the documented prompt that stand between turns."""
    written = plan.entry.prompt.format
    if written is None:
        return
    for piece in SLOT.split(written.value):
        for line in piece.splitlines():
            if SPECIAL.search(line):
                yield line.strip()
            plain = SPECIAL.sub("", line).strip()  # as it is decoded
            short = len(plain.split()) <= LONGEST_MARKER
            if short and LETTERS.search(plain) and not plain[-1].isalnum():
                yield plain


def _findings(texts: list[Given]) -> Iterator[Finding]:
    for number, given in enumerate(texts, 1):
        found = signals(given)
        if not found:
            continue
        which = f"answer {number} of {len(texts)}" if len(texts) > 1 else "the answer"
        shown = f", beginning {given.text[:BEGINNING]!r}" if given.text.strip() else ""
        yield finding(
            "out.degenerate",
            f"{which}{shown}: {'; '.join(found.values())}",
            severity="fail" if weight(found) >= ENOUGH else "warning",
        )
