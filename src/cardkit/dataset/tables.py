"""The tables of the data set. Their columns, and what is said of them, follow from the record."""

from __future__ import annotations

import types
from collections.abc import Iterator
from json import JSONEncoder
from typing import Any, Literal, NamedTuple, TypeAlias, Union, get_args, get_origin

from pydantic_core import PydanticUndefined

from cardkit import record
from cardkit.report import Report

Kind: TypeAlias = "str | tuple[Column, ...]"
"""`string`, `int64`, `float64`, `bool`, `strings`, `json`; or the columns of each of a list."""
SCALARS = {str: "string", int: "int64", float: "float64", bool: "bool"}
as_json = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
PREFIXES = {"source": "card", "prompt": "prompt", "license": "license", "links": "links"}
"""Parts whose fields are told apart by it when they become columns of one table."""


class Column(NamedTuple):
    """A column: its name and type, what it says, and where in a row's object its value stands."""

    name: str
    kind: Kind
    text: str
    path: tuple[str, ...] = ()
    """Empty for what does not stand in the object: a key, a position."""
    default: Any = None


class Table(NamedTuple):
    """A table: what a row is, its key, its columns."""

    text: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    own: int
    """How many of the columns, the first ones, do not stand in a row's object."""

    def row(self, own: tuple[Any, ...], thing: dict[str, Any]) -> tuple[Any, ...]:
        """Return a row, in the order of the columns."""
        return own + tuple([_value(thing, column) for column in self.columns[self.own :]])


CARD = Column(
    "card",
    "string",
    "The card: the name of its source, then `#` and its path, row or id there. Key of `models`.",
)


def _number(of: str) -> Column:
    return Column("number", "int64", f"Position of the {of} in the card, from 0.")


def columns(
    part: type[Any], *, leave: tuple[str, ...] = (), prefix: str = "", path: tuple[str, ...] = ()
) -> Iterator[Column]:
    """Yield the columns of a part of the record; a part of a part becomes columns, too.

    >>> [column.name for column in columns(record.License, prefix="license_")]
    ['license_id', 'license_name', 'license_url']
    """
    for name, field in part.model_fields.items():
        if name in leave:
            continue
        inner = _bare(field.annotation)
        here = (*path, name)
        if isinstance(inner, type) and issubclass(inner, (record.Part,)):
            under = PREFIXES.get(name)
            yield from columns(inner, prefix=f"{under}_" if under else prefix, path=here)
            continue
        default = field.get_default(call_default_factory=True)
        default = None if default is PydanticUndefined else default
        kind = _kind(inner)
        if kind == "json" and default is not None:
            default = as_json(default)
        text = " ".join((field.description or "").split())
        yield Column(prefix + name, kind, text, here, default)


def _bare(annotation: Any) -> Any:
    """Return a type without its None."""
    if get_origin(annotation) in (Union, types.UnionType):
        inner = [each for each in get_args(annotation) if each is not type(None)]
        return inner[0] if len(inner) == 1 else Any
    return annotation


def _kind(annotation: Any) -> Kind:
    if annotation in SCALARS:
        return SCALARS[annotation]
    if get_origin(annotation) is Literal:
        return "string"
    if get_origin(annotation) is list:
        (inner,) = get_args(annotation)
        if inner is str:
            return "strings"
        if isinstance(inner, type) and issubclass(inner, record.Part):
            return tuple(columns(inner))
    return "json"


def _value(thing: dict[str, Any], column: Column) -> Any:
    path = column.path
    if len(path) == 1:  # nearly all of them
        found: Any = thing.get(path[0])
    else:
        found = thing
        for step in path:
            found = found.get(step)
            if found is None:
                break
    if found is None:
        return column.default
    return as_json(found) if column.kind == "json" else found


def _table(text: str, own: tuple[Column, ...], rest: Iterator[Column]) -> Table:
    key = tuple(column.name for column in own if column.name in ("card", "training", "number"))
    return Table(text, key, (*own, *rest), len(own))


def _at() -> Iterator[Column]:
    """Yield the two columns of a place, which may be missing."""
    yield from columns(record.At, prefix="at_", path=("at",))


TABLES: dict[str, Table] = {
    "models": _table(
        "One row for each card that could be read: the model, its size and shape, its prompt.",
        (
            CARD,
            Column("source", "string", "The name of the source that the card came from."),
            Column(
                "given_id",
                "string",
                "The model's id as the source has it beside the card; of a hub with the commit.",
            ),
            Column("entry", "string", "The registry's entry that is made from this card."),
            Column(
                "entry_architecture",
                "string",
                "The class that the model's config.json names, as that entry has it.",
            ),
        ),
        (
            column
            for name in ("source", "model", "spec", "prompt")
            for column in columns(
                _bare(record.Record.model_fields[name].annotation),
                leave=("uri", "repairs"),
                prefix=f"{PREFIXES[name]}_" if name in PREFIXES else "",
                path=(name,),
            )
        ),
    ),
    "variants": _table(
        "Other sizes and versions that a family's card gives an id or a figure for.",
        (CARD, _number("variant")),
        columns(record.Variant),
    ),
    "trainings": _table(
        "The training setups that a card tells apart.",
        (CARD, _number("setup")),
        columns(record.Training, leave=("hyperparameters",)),
    ),
    "hyperparameters": _table(
        "The settings of the training setups, in the order of the card.",
        (
            CARD,
            Column("training", "int64", "The setup: `number` in `trainings`."),
            Column("number", "int64", "Position among the settings of its setup, from 0."),
            Column("stage", "string", "The stage of the setup, where the card names it."),
            Column("value", "string", "The value as text: `2e-05`, `AdamW`, `true`."),
            Column("value_number", "float64", "The value, where it is a number."),
        ),
        columns(record.Hyperparameter, leave=("value",)),
    ),
    "evaluations": _table(
        "One row for each number of a benchmark and each model that the card gives it for.",
        (CARD, _number("evaluation")),
        columns(record.Evaluation),
    ),
    "examples": _table(
        "Code blocks that load or run a model.",
        (CARD, _number("example")),
        columns(record.Example),
    ),
    "problems": _table(
        "What is wrong with the cards. A card that could not be read has its reason here, and no "
        "row in `models`.",
        (CARD, _number("problem")),
        iter((*columns(record.Problem, leave=("at",)), *_at())),
    ),
    "repairs": _table(
        "Noises of copies that were undone before a card was read.",
        (CARD, _number("repair")),
        iter((*columns(record.Repair, leave=("at",)), *_at())),
    ),
    "unread": _table(
        "Pieces that looked like facts and could not be read with certainty.",
        (CARD, _number("piece")),
        iter((*columns(record.Unread, leave=("at",)), *_at())),
    ),
    "evidence": _table(
        "Where each value was written: the characters of the card that it was read from.",
        (
            CARD,
            Column(
                "pointer",
                "string",
                "The value in the record, a JSON pointer: `/spec/num_parameters`; in "
                "`/evaluations/3/value` 3 is the `number` of the row.",
            ),
        ),
        columns(record.Evidence),
    ),
    "verifications": _table(
        "Reports of `cardkit verify` that lie beside the registry's entries; a rehearsal, which "
        "proves nothing of the model, is left out.",
        (CARD, Column("number", "int64", "Position among the reports of the entry, from 0.")),
        columns(Report),
    ),
}
TABLES["evidence"] = TABLES["evidence"]._replace(key=("card", "pointer"))
Rows: TypeAlias = "dict[str, list[tuple[Any, ...]]]"
"""Rows by the name of their table."""
