"""What can be wrong with a card: each problem's code, what it means and what to do about it."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from cardkit.tables import pick
from cardkit.vocabulary import load


class Meaning(NamedTuple):
    """What a code stands for."""

    code: str
    severity: str
    """`error`, `warning` or `note`."""
    origin: str
    """`record`: read_card reports it. `lint`: only `cardkit lint` does."""
    meaning: str
    """One sentence."""
    todo: str
    """One sentence, or a few words, that say what to do."""
    bad: str
    """A piece of a card that has the problem."""
    good: str
    """The same piece without it."""

    def as_text(self) -> str:
        """Return what `cardkit explain` prints."""
        return (
            f"{self.code} ({self.severity})\n\n{self.meaning}\n→ {self.todo}\n\n"
            f"Bad:\n{_indented(self.bad)}\n\nGood:\n{_indented(self.good)}"
        )


@cache
def meanings() -> dict[str, Meaning]:
    """Return the meaning of every code, in the order of the data file."""
    return {
        code: Meaning(
            code,
            row["severity"],
            row["from"],
            row["meaning"],
            row["todo"],
            row["bad"].rstrip("\n"),
            row["good"].rstrip("\n"),
        )
        for code, row in load("problems.yaml").items()
    }


def explain(code: str) -> Meaning:
    """Return what a code means.

    Raises UnknownNameError, with the nearest codes, if there is none.

    >>> explain("example-missing").severity
    'note'
    """
    return pick(meanings(), code, "problem code")


def listed() -> str:
    """Return all codes, with what they mean."""
    rows = meanings().values()
    longest = max(len(row.code) for row in rows)
    return "\n".join(f"{row.code:{longest}}  {row.severity:7}  {row.meaning}" for row in rows)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.split("\n"))
