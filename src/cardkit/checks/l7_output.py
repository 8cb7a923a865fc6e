"""L7, documented output: whether the model says what its card prints."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from cardkit.checks.layers import counted, finding, judged, listed, skipped, unknown
from cardkit.checks.reach import unreached
from cardkit.outcome import Answer, Outcome
from cardkit.plan import Plan
from cardkit.report import Figure, Finding, Layer
from cardkit.vocabulary import load

WORD = re.compile(r"[^\W\d_]{4,}|\d+(?:\.\d+)?")
"""Terms: words of four letters and more, and numbers."""
WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]{2}")
"""In scripts without spaces: pairs of letters."""
NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)*\s?%?\.?")
FEWEST_TERMS = 3
"""Terms without which an answer to a sampled question can say the same in other words."""
LONGEST = 4000
"""Characters of both texts for the similarity, which takes their product in time."""


def check(plan: Plan, outcome: Outcome) -> Layer:
    """Return whether an answer is the documented one: word for word where nothing is sampled.

    A sampled answer must be of the same kind and share a term with the card's: other words are
    no fault of it. The similarity is shown and not judged.
    """
    expected = plan.entry.example.expected_output
    if plan.rehearsal:
        return skipped("L7", "a stand-in with random weights says nothing that a card prints")
    if expected is None:
        return skipped("L7", "the card prints no output of its example")
    if plan.source.origin != "card":
        return skipped("L7", "the card's output is of another example than the one that ran")
    if not outcome.answers:
        return unreached("L7", plan, outcome)
    given = [(text, answer) for answer in outcome.answers for text in answer.texts]
    if not given:
        return unknown("L7", "the example gave no text")
    text, answer = max(given, key=lambda each: _similarity(expected.value, each[0]))
    figures = (
        Figure(name="similarity", value=round(_similarity(expected.value, text), 3)),
        Figure(name="greedy", value=answer.greedy),
    )
    if answer.greedy:
        found = _exact(expected.value, text, answer, outcome.printed)
        return judged("L7", found, "greedy: held against the card word for word", figures)
    found = _akin(expected.value, text, answer, outcome.printed)
    because = "sampled: held against the card by its kind and its terms"
    return judged("L7", found, because, figures)


def _similarity(one: str, other: str) -> float:
    """Return how alike two texts are, from 0 to 1."""
    texts = (_plain(one)[:LONGEST], _plain(other)[:LONGEST])
    return SequenceMatcher(None, *texts, autojunk=False).ratio()


def _plain(text: str) -> str:
    """Return a text as it is compared: blanks are one."""
    return " ".join(text.split())


def _exact(expected: str, text: str, answer: Answer, printed: str) -> Sequence[Finding]:
    """Return that a greedy answer is not the card's: cards print it alone, or behind its prompt."""
    want = _plain(expected)
    prompt = answer.prompts[0] if answer.prompts else ""
    gave = {_plain(text), _plain(prompt + text), _plain(printed)}
    if want in gave:
        return ()
    capped = answer.capped is not None and not answer.ended
    if capped and any(each and want.startswith(each) for each in gave):
        return ()
    best = max(gave, key=lambda each: _shared(each, want))
    at = _shared(best, want)
    said = (
        f"after {at} characters the card has {_shown(want[at:])} and the model {_shown(best[at:])}"
    )
    return (finding("out.mismatch", said),)


def _shared(one: str, other: str) -> int:
    """Return how many characters two texts begin with alike."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _shown(text: str) -> str:
    return repr(text[:40]) if text else "nothing"


def _akin(expected: str, text: str, answer: Answer, printed: str) -> Sequence[Finding]:
    """Return that a sampled answer is of another kind than the card's, or shares no term."""
    want, kinds = kind(expected), (kind(text), kind(printed))
    if want not in kinds:
        return (finding("out.mismatch", f"the card prints {want}, the model gave {kinds[0]}"),)
    asked = terms("\n".join(answer.prompts))
    ours = terms(expected) - asked
    if len(ours) >= FEWEST_TERMS and not ours & terms(text):
        said = f"the answer has none of the card's {counted(len(ours), 'term')}"
        return (finding("out.mismatch", f"{said}: {listed(sorted(ours), 5)}"),)
    return ()


def kind(text: str) -> str:
    r"""Return the kind of a text: `a number`, `JSON`, `code`, `text`, or `nothing`.

    >>> [kind(text) for text in ("42", '{"a": 1}', "```\nprint(1)\n```", "Cats purr.", " ")]
    ['a number', 'JSON', 'code', 'text', 'nothing']
    """
    stripped = text.strip()
    if not stripped:
        return "nothing"
    if NUMBER.fullmatch(stripped):
        return "a number"
    if stripped[0] in "[{" and _is_json(stripped):
        return "JSON"
    return "code" if stripped.startswith("```") and stripped.count("```") >= 2 else "text"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def terms(text: str) -> frozenset[str]:
    """Return the words and numbers of a text that say what it is about.

    >>> sorted(terms("The lock is a chamber with two gates, 12 m wide"))
    ['12', 'chamber', 'gates', 'lock', 'wide']
    """
    words = {word.casefold() for word in WORD.findall(text) if not WIDE.search(word)}
    wide = {text[at : at + 2] for at in range(len(text) - 1) if WIDE.match(text, at)}
    return frozenset((words | wide) - _common())


def _common() -> frozenset[str]:
    rows = load("stopwords.yaml")
    return frozenset(word for row in rows.values() for word in row)
