"""What can go wrong, said so that the reader knows what to do next."""

from __future__ import annotations


class CardkitError(Exception):
    """What is wrong, where, and what to do next: the only error that reaches a user.

    >>> print(CardkitError("no card in notes.txt", todo="give a model card"))
    no card in notes.txt
      → give a model card
    """

    exit_code = 1
    """1: the answer is no. 2: wrong use. 3: it could not be tried."""

    def __init__(self, problem: str, *, where: str = "", todo: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.where = where
        self.todo = todo

    def __str__(self) -> str:
        first = f"{self.where}: {self.problem}" if self.where else self.problem
        return f"{first}\n  → {self.todo}" if self.todo else first


class UsageError(CardkitError):
    """The command was called wrongly."""

    exit_code = 2


class UnknownNameError(UsageError):
    """A name that is in no table."""


class UnreadableValueError(CardkitError):
    """A text that should hold a value and does not, or holds two."""


class UnreadableCardError(CardkitError):
    """An input that cannot be read as a card at all."""

    code = "no-card"
    """What `cardkit explain` knows it by."""


class TooLargeError(UnreadableCardError):
    """An input beyond a limit."""

    code = "limit-exceeded"


class TimeExceededError(CardkitError):
    """A card that took longer than it may, where others wait behind it."""

    code = "time-exceeded"


class CrashedError(CardkitError):
    """A reader of cardkit failed on a card: our bug, said as an error where others must go on."""

    code = "reader-crashed"
