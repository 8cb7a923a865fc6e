"""Size and shape of the card's own model: from tables, labels, sentences, and last its name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from cardkit.blocks import Heading, Placed, Table
from cardkit.card import Card
from cardkit.errors import UnreadableValueError
from cardkit.facts import Fact, Found, Problem, Unread, fact
from cardkit.names.identity import Identity
from cardkit.patterns import regex
from cardkit.prose.labels import Label, labels
from cardkit.prose.links import plain
from cardkit.prose.sections import kind_of_section
from cardkit.prose.sentences import Thread, prose_of, speaks_of_self, subject
from cardkit.spec.spec_sentences import said, wanted
from cardkit.spec.spec_tables import SpecTable, spec_table
from cardkit.spec.spec_values import agree, exact, field_of, is_weak, read_value
from cardkit.spec.whose import OWN, SIBLING, STRANGER, UNKNOWN, leads_elsewhere, whose, whose_row
from cardkit.text import Span
from cardkit.training.settings import STRONG, name_of
from cardkit.values.model_names import NameSize, active_in_name, size_in_name, sizes_in

DIGIT = regex(r"\d")
SURE, TOLD, ASIDE = 0, 1, 2
"""How a figure is stated: in a table or under a label, in a sentence, in passing."""

NOT_HERE = frozenset(
    {"usage", "prompt", "citation", "license", "install", "deployment", "faq", "toc", "news",
     "limitations", "acknowledgement", "contact", "examples_of_output", "ethics"}
)  # fmt: skip
"""Sections that speak of using a model, of rules and of people, not of its shape."""

NO_PROSE = NOT_HERE | {"evaluation", "comparison", "finetune", "environment", "data"}
BY_NAME = frozenset({"usage", "evaluation"})
"""Sections whose sentences count when they name the model."""

WEAK_HERE = frozenset({"model_details", "model_description", "architecture", None})
"""Where a label such as "Size" or "Sequence length" is the model's."""


class Stated(NamedTuple):
    """A figure, and how it is stated."""

    field: str
    fact: Fact
    how: int


def read(card: Card, so_far: Mapping[str, Found]) -> Found:
    """Read what the card states of its model's size and shape."""
    identity: Identity = so_far["identity"].value
    problems: list[Problem] = []
    unread: list[Unread] = []
    stated = [
        *_in_tables(card, identity, unread),
        *_under_labels(card, identity),
        *_in_sentences(card, identity),
    ]
    spec: dict[str, Fact] = {}
    for field in dict.fromkeys(s.field for s in stated):
        kept = _settle(field, [s for s in stated if s.field == field], problems)
        if kept is not None:
            spec[field] = kept
    _from_name(card, identity, _sizes(so_far), spec, problems)
    return Found(spec, tuple(problems), tuple(unread))


def _elsewhere(placed: Placed, identity: Identity) -> bool:
    """Return whether a block stands under a heading that names another model."""
    return any(
        size_in_name(heading.line.text)
        and whose(heading.line.text, identity) in (SIBLING, STRANGER)
        for heading in placed.path[1:]
    )


# ------------------------------------------------------------------------------ tables


def _in_tables(card: Card, identity: Identity, unread: list[Unread]) -> Iterator[Stated]:
    """Yield the figures of the own model's rows, and of all rows where they agree."""
    for table, placed in card.of(Table):
        if kind_of_section(placed.path) in NOT_HERE or _elsewhere(placed, identity):
            continue
        found = spec_table(table)
        if found is not None and not found.weak:
            yield from _of_table(found, identity, unread)


def _of_table(found: SpecTable, identity: Identity, unread: list[Unread]) -> Iterator[Stated]:
    rows = [row for row in found.rows if row.facts or row.unread]
    owners = [whose_row(row, identity) for row in rows]
    own = [row for row, owner in zip(rows, owners, strict=True) if owner == OWN]
    if not own and len(rows) == 1 and owners[0] == UNKNOWN:
        own = rows
    together = not own and not found.scored and len(rows) > 1
    if together and all(owner in (OWN, SIBLING) for owner in owners):
        own = rows
    for field in sorted(found.fields | {"num_active_parameters"}):
        facts = [row.facts[field] for row in own if field in row.facts]
        whole = len(facts) == len(own) or (len(own) > 1 and not together and facts)
        if facts and whole and all(agree(facts[0].value, other.value) for other in facts):
            best = facts[0]
            for other in facts:
                best = exact(best, other)
            yield Stated(field, best, SURE)
    for row in own:
        unread += [Unread(cell.text, cell.span(), because) for cell, because in row.unread]


# ------------------------------------------------------------------------------ labels


def _under_labels(card: Card, identity: Identity) -> Iterator[Stated]:
    """Yield the figures under labels: `- **Parameters:** 7B`, `参数量：70 亿`."""
    every = [label for label in labels(card.blocks) if label.value]
    company: set[tuple[Heading, ...]] | None = None
    for label in every:
        field = field_of(label.name.text)
        if field is None or isinstance(label.placed.block, Table):
            continue
        if not any(c.isdigit() for c in label.value.text[:200]):
            continue
        where = kind_of_section(label.placed.path)
        if where in NOT_HERE or where == "evaluation" or _elsewhere(label.placed, identity):
            continue
        training = where in ("training", "hyperparameters", "finetune", "environment", "data")
        if field in ("context_length", "dtype") and training:
            continue
        if is_weak(label.name.text):
            company = _company(every) if company is None else company
            alone = label.placed.path not in company and "parameters" not in field
            if where not in WEAK_HERE or alone or field == "dtype":
                continue
        try:
            found = read_value(field, plain(label.value), head=label.name.text, rule="label")
        except UnreadableValueError:
            continue
        for name, value in found.items():
            yield Stated(name, value, ASIDE if training and name == "training_tokens" else SURE)


def _company(found: Iterable[Label]) -> set[tuple[Heading, ...]]:
    """Return the sections with a label that is surely of a model's shape, and none of training."""
    shape, training = set(), set()
    for label in found:
        name = label.name.text
        if field_of(name) and not is_weak(name):
            shape.add(label.placed.path)
        elif name_of(name) in STRONG:
            training.add(label.placed.path)
    return shape - training


# ------------------------------------------------------------------------------ sentences


def _in_sentences(card: Card, identity: Identity) -> Iterator[Stated]:
    """Yield the figures in sentences about the own model."""
    who = subject(identity.names)
    for prose in prose_of(card.blocks):
        if not prose.digits:
            continue
        placed = prose.placed
        where = kind_of_section(placed.path)
        if (where in NO_PROSE and where not in BY_NAME) or not wanted().search(prose.lower):
            continue
        block = prose.sentences
        figures = [
            (sentence, each)
            for sentence in block
            if DIGIT.search(sentence.line.text)
            for each in said(sentence.line)
        ]
        if not figures or _elsewhere(placed, identity) or leads_elsewhere(block[0].line, identity):
            continue
        thread = Thread(block, who)
        for sentence, each in figures:
            if not speaks_of_self(sentence, each.start, who, before=thread.before(sentence.number)):
                continue
            if where not in NO_PROSE:
                yield Stated(each.field, each.fact, TOLD)
            elif who.names.search(sentence.line.text[: each.start]):
                yield Stated(each.field, each.fact, ASIDE)


# ------------------------------------------------------------------------------ the name


def _from_name(
    card: Card,
    identity: Identity,
    sizes: set[int],
    spec: dict[str, Fact],
    problems: list[Problem],
) -> None:
    """Take sizes from the model's name where nothing else states them."""
    title = next((heading.line.text for heading, _ in card.of(Heading)), "")
    for field, read_size in (
        ("num_parameters", size_in_name),
        ("num_active_parameters", active_in_name),
    ):
        found = _size_of(card, identity, title, sizes, read_size)
        if found is None:
            continue
        name, size = found
        stated = spec.get(field)
        if stated is None:
            spec_fact = _in_fact(identity, name, size) or _printed(card, name, size)
            if spec_fact is not None:
                spec[field] = spec_fact
        elif max(stated.value, size.value) > 2 * min(stated.value, size.value):
            problems.append(_conflict(field, stated, [stated.value, size.value]))
            del spec[field]


def _sizes(so_far: Mapping[str, Found]) -> set[int]:
    """Return the sizes of the variants."""
    variants = so_far["variants"].value if "variants" in so_far else None
    specs = [variant.get("spec", {}) for variant in variants or []]
    return {spec["num_parameters"].value for spec in specs if "num_parameters" in spec}


def _sizes_of_kin(card: Card, identity: Identity) -> set[int]:
    """Return the sizes that the card writes behind the first word of its model's name."""
    name = str(identity.model_name.value) if identity.model_name else next(iter(identity.names), "")
    word = re.match(r"[A-Za-z]{2,}", name.rsplit("/", 1)[-1])
    if not word:
        return set()
    found = re.finditer(
        rf"(?i)(?<![a-z]){re.escape(word[0])}[\w.]{{0,12}}(?:-[a-z\d.]{{1,12}}){{0,2}}?"
        r"-(\d{1,3}(?:\.\d)?)b(?![a-z\d])",
        card.raw,
    )
    return {round(float(match[1]) * 1e9) for match in found}


def _size_of(
    card: Card,
    identity: Identity,
    title: str,
    sizes: set[int],
    read_size: Callable[[str], NameSize | None],
) -> tuple[str, NameSize] | None:
    """Return the name that states a size; an id is none where a card lists several sizes."""
    if identity.is_family:
        return None
    titled = [str(identity.model_name.value)] if identity.model_name is not None else []
    by_id = [str(identity.model_id.value)] if identity.model_id is not None else []
    for name in titled + by_id or list(identity.names):
        size = read_size(name.rsplit("/", 1)[-1])
        if size is not None:
            several = titled and name not in titled and _lists_sizes(card, identity, sizes)
            if several or len(sizes_in(title)) > 1:
                return None
            return name.rsplit("/", 1)[-1], size
    return None


def _lists_sizes(card: Card, identity: Identity, sizes: set[int]) -> bool:
    """Return whether a card tells of its model in several sizes."""
    return len(sizes | _sizes_of_kin(card, identity)) > 1


def _in_fact(identity: Identity, name: str, size: NameSize) -> Fact | None:
    """Return the fact of a size where the card's name or id was read, when it stands there."""
    for found in (identity.model_name, identity.model_id):
        if found is not None and len(found.written) == found.where.end - found.where.start:
            at = found.written.find(name)
            if at >= 0:
                start = found.where.start + at
                where = Span(start + size.start, start + size.end)
                return Fact(size.value, name[size.start : size.end], where, "name")
    return None


def _printed(card: Card, name: str, size: NameSize) -> Fact | None:
    """Return the fact of a size where a name stands in the card, the headings first."""
    printed = name[size.start : size.end]
    for line in _lines(card):
        at = line.text.find(name)
        if at >= 0:
            return fact(size.value, line[at + size.start : at + size.end], "name")
    for line in _lines(card):
        at = line.text.find(printed)
        if at >= 0:
            return fact(size.value, line[at : at + len(printed)], "name")
    return None


def _lines(card: Card) -> Iterator[Any]:
    """Yield the lines that may print a name: headings, then all text."""
    for heading, _ in card.of(Heading):
        yield heading.line
    for placed in card.blocks:
        if not placed.commented and not isinstance(placed.block, (Table, Heading)):
            yield from placed.block.lines
    for table, _ in card.of(Table):
        for row in table.rows:
            yield from (cell for cell in row if cell is not None)


# ------------------------------------------------------------------------------ one value


def _settle(field: str, stated: Iterable[Stated], problems: list[Problem]) -> Fact | None:
    """Return the value of a field that the surest statements agree on."""
    best: list[Stated] = []
    for how in (SURE, TOLD, ASIDE):
        best = [s for s in stated if s.how == how]
        if best:
            break
    if not best:
        return None
    kept = best[0].fact
    for other in best[1:]:
        if not agree(kept.value, other.fact.value):
            values = sorted({s.fact.value for s in best}, key=str)
            problems.append(_conflict(field, other.fact, values))
            return None
        kept = exact(kept, other.fact)
    return kept


def _conflict(field: str, at: Fact, values: list[Any]) -> Problem:
    given = " and ".join(str(value) for value in values)
    return Problem(
        "spec-conflict",
        "warning",
        f"{field} is given as {given}. Correct the wrong one; config.json tells which.",
        at.where,
    )
