"""Signals that a text is no answer: each a function from what was given to a sentence, or none.

A signal is no proof: a poem repeats lines, and a table compresses well. So one is a warning and
two are a failure; those of `DECIDING` can be nothing else and count as two.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from cardkit.checks.letters import scripts
from cardkit.patterns import regex
from cardkit.vocabulary.languages import mentioned

REPLACEMENT = "\ufffd"
MOST_REPLACED = 0.05
"""Of the characters."""
CUT_BYTES = 3
"""Replacement characters that a limit may leave at the end, where it cuts a letter."""
MOST_COMPRESSED = 4.0
"""Measured with MOST_REPEATED on 21,780 pieces of 300 to 2,000 characters of cards, prose and code:
median 1.5; one signal of the two in 0.5 %, both in 0.1 %, all of them tables of links or HTML. A
sentence in a loop has 7 and more."""
FEWEST_BYTES = 200
GRAM = 4
"""Words of an n-gram; in scripts without spaces, characters."""
FEWEST_GRAMS = 12
MOST_REPEATED = 0.5
"""Share of n-grams, and of lines, that stood in the text before."""
FEWEST_LINES = 3
"""Lines that must be repeated."""
LONG = 256
"""New tokens after which an answer with a documented end ought to have ended."""
SHOWN_BEGINNING = 24
"""Characters of the prompt that an echo begins with."""
FEWEST_ECHOED = 3
"""Words of a prompt; shorter ones may be their own answer."""
MOST_ECHOED = 0.9
"""Share of an answer's words that stand in the prompt."""
FEWEST_LETTERS = 20
MOST_SCRIPTS = 4
"""Scripts in one answer beside those of the prompt, Latin and Greek."""

WIDE = r"\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff"
WORD = re.compile(rf"[{WIDE}]|[^\W_{WIDE}]+")
BLANKS = re.compile(r"[ \t]+|([-=_*.|])\1+")
"""Runs that tables, rules and indentation are made of; they say nothing."""
MARKER = regex(
    r"<\|[^<>|\s]{1,40}\|>|<｜[^<>｜\s]{1,40}｜>|\[/?INST\]|<</?SYS>>|</?(?:start|end)_of_turn>"
)
"""What stands between turns and in no answer, whichever model it is from."""


class Given(NamedTuple):
    """An answer, and what it is the answer to."""

    text: str
    """New tokens, decoded without special tokens."""
    asked: str = ""
    """The text that was asked."""
    prompt: str = ""
    """The same with the prompt around it."""
    markers: Sequence[str] = ()
    """What the documented prompt puts between turns, and its stop strings."""
    stops: bool = False
    """Whether an end of the answer is documented."""
    ended: bool = True
    """Whether it ended by itself."""
    new_tokens: int = 0


def empty(given: Given) -> str:
    """Tell of an answer without text."""
    return "" if given.text.strip() else "it is empty"


def echo(given: Given) -> str:
    """Tell of an answer that is its prompt once more, and nothing else."""
    words = _words(given.text)
    for source in (given.asked, given.prompt):
        known = _words(source)
        if len(known) < FEWEST_ECHOED or not words:
            continue
        beginning = " ".join(known)[:SHOWN_BEGINNING]
        inside = set(known)
        echoed = sum(word in inside for word in words)
        if " ".join(words).startswith(beginning) and echoed >= MOST_ECHOED * len(words):
            return "it repeats the prompt"
    return ""


def replaced(given: Given) -> str:
    """Tell of bytes that are no text."""
    text = given.text
    for _ in range(0 if given.ended else CUT_BYTES):
        text = text.removesuffix(REPLACEMENT)
    share = text.count(REPLACEMENT) / len(text) if text else 0.0
    return f"{share:.0%} of it are replacement characters" if share > MOST_REPLACED else ""


def compressed(given: Given) -> str:
    """Tell of a text that zlib makes very small."""
    ratio = compression(given.text)
    return f"it compresses {ratio:.0f} times" if ratio > MOST_COMPRESSED else ""


def compression(text: str) -> float:
    """Return how many times smaller zlib makes a text; 0 for one that is too short to tell.

    >>> compression("a loop, " * 50) > 10, compression("short")
    (True, 0.0)
    """
    raw = BLANKS.sub(lambda run: run[0][:1], text).encode()
    return len(raw) / len(zlib.compress(raw, 9)) if len(raw) >= FEWEST_BYTES else 0.0


def grams(given: Given) -> str:
    """Tell of the same words again and again."""
    share = repeated(given.text)
    return f"{share:.0%} of its {GRAM}-word runs are repeated" if share > MOST_REPEATED else ""


def repeated(text: str) -> float:
    """Return the share of n-grams that stood in a text before; 0 for one too short to tell.

    >>> repeated("we go on and on " * 10) > 0.8, repeated("to be or not to be")
    (True, 0.0)
    """
    words = _words(text)
    count = len(words) - GRAM + 1
    if count < FEWEST_GRAMS:
        return 0.0
    return 1 - len({tuple(words[at : at + GRAM]) for at in range(count)}) / count


def lines(given: Given) -> str:
    """Tell of the same lines again and again; brackets and rules are no lines."""
    found = [" ".join(words) for line in given.text.splitlines() if (words := _words(line))]
    again = len(found) - len(set(found))
    if again < FEWEST_LINES or again <= MOST_REPEATED * len(found):
        return ""
    return f"{again} of its {len(found)} lines are repeated"


def leaked(given: Given) -> str:
    """Tell of a marker between turns: the model goes on as the user."""
    text = given.text.rstrip()
    found = [match[0] for match in MARKER.finditer(text)]
    found += [
        marker
        for marker in given.markers
        if re.search(rf"^\s*{re.escape(marker)}", text, re.MULTILINE)
    ]
    # One that was asked about is no leak; one at the very end is where generation stopped.
    left = [
        marker
        for marker in dict.fromkeys(found)
        if marker not in given.asked and text.find(marker) + len(marker) < len(text)
    ]
    return f"it holds {left[0]!r}, a marker between turns" if left else ""


def endless(given: Given) -> str:
    """Tell of an answer that did not come to its documented end."""
    if given.stops and not given.ended and given.new_tokens >= LONG:
        return f"it did not end in {given.new_tokens} tokens"
    return ""


def script(given: Given) -> str:
    """Tell of letters that the prompt gives no reason for: another script, or many.

    Latin and Greek belong to every language's technical words; where the prompt names a language
    (to translate into it), any script may be right.
    """
    found = scripts(given.text)
    if found.total() < FEWEST_LETTERS or mentioned(given.asked):
        return ""
    own = {*scripts(given.asked), "Latin letters", "Greek letters"}
    if own & {"Chinese characters", "Japanese letters"}:
        own |= {"Chinese characters", "Japanese letters"}
    foreign = Counter({name: count for name, count in found.items() if name not in own})
    if foreign.total() > found.total() / 2:
        return f"it is written in {foreign.most_common(1)[0][0]}, and the prompt is not"
    if len(foreign) >= MOST_SCRIPTS:
        return f"it mixes {len(found)} scripts"
    return ""


SIGNALS: dict[str, Callable[[Given], str]] = {
    "empty": empty,
    "echo": echo,
    "replaced": replaced,
    "compressed": compressed,
    "grams": grams,
    "lines": lines,
    "leaked": leaked,
    "endless": endless,
    "script": script,
}
DECIDING = ("empty", "echo", "replaced")
"""Signals that no healthy answer gives."""


def signals(given: Given) -> dict[str, str]:
    """Return what tells against an answer, by the names of the signals.

    >>> signals(Given("Paris.", asked="What is the capital of France?"))
    {}
    """
    return {name: said for name, signal in SIGNALS.items() if (said := signal(given))}


def weight(found: dict[str, str]) -> int:
    """Return what signals weigh together: from two on it is no answer."""
    return sum(2 if name in DECIDING else 1 for name in found)


def _words(text: str) -> list[str]:
    return WORD.findall(text.casefold())
