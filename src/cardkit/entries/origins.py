"""Values of an entry, each with the one place that it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

T = TypeVar("T")

ORIGINS = ("card", "hub", "decided", "derived")
"""The keys that say where a value comes from; each value has exactly one of them."""

Characters = Annotated[str, StringConstraints(pattern=r"^\d+-\d+$")]
Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Section(BaseModel):
    """What all parts of an entry share: they are frozen and know no other keys."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        use_attribute_docstrings=True,
        protected_namespaces=(),
    )


class Valued(Section, Generic[T]):
    """A value and where it comes from: exactly one of card, hub, decided, derived."""

    value: T
    """The value itself."""
    card: Characters | None = None
    """The characters of the raw card that it was read from, `start-end` as in the record."""
    text: str | None = None
    """These characters, where they are short and not the value itself."""
    hub: Words | None = None
    """The hub's own file that states it: `config.json`, `tokenizer_config.json`, …"""
    decided: Words | None = None
    """Why a person decided it. Building again never touches a value that has this."""
    over: T | None = None
    """Beside decided: what the card said when it was decided."""
    derived: Words | None = None
    """The values of this entry, or the rule, that cardkit computed it from."""

    @model_validator(mode="after")
    def _has_one_origin(self) -> Valued[T]:
        given = [name for name in ORIGINS if getattr(self, name) is not None]
        if len(given) != 1:
            has = "has no origin" if not given else f"has {len(given)} origins"
            raise ValueError(f"{has}: give one of {', '.join(ORIGINS)}")
        if self.over is not None and self.decided is None:
            raise ValueError("has `over` without `decided`: only a decision goes over a card")
        if self.text is not None and self.card is None:
            raise ValueError("has `text` without `card`: it is the card's own words")
        return self

    @property
    def origin(self) -> str:
        """The name of its origin: `card`, `hub`, `decided` or `derived`."""
        return next(name for name in ORIGINS if getattr(self, name) is not None)

    @property
    def span(self) -> tuple[int, int] | None:
        """The characters of the raw card, where the card is its origin."""
        if self.card is None:
            return None
        start, end = self.card.split("-")
        return int(start), int(end)


def leaves(part: object, path: str = "") -> Iterator[tuple[str, Valued[Any]]]:
    """Yield every value of an entry by its dotted path: `load.dtype`, `names.aliases.0`."""
    if isinstance(part, Valued):
        yield path, part
        return
    if isinstance(part, BaseModel):
        inside: Any = ((name, getattr(part, name)) for name in type(part).model_fields)
    elif isinstance(part, dict):
        inside = part.items()
    elif isinstance(part, list | tuple):
        inside = enumerate(part)
    else:
        return
    for name, each in inside:
        yield from leaves(each, f"{path}.{name}" if path else str(name))


def listed() -> Any:
    """Return the field of a list that is empty unless something is known."""
    return Field(default_factory=list)
