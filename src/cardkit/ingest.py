"""From a raw card to its record: the first file to read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from cardkit import limits, scan
from cardkit.blocks import front_matter
from cardkit.card import Card
from cardkit.errors import UnreadableCardError
from cardkit.facts import SCHEMA_VERSION, Fact, Found, Problem, Unread
from cardkit.fields import read_facts
from cardkit.inputs import Decoded, check_size, decode
from cardkit.kept import forget
from cardkit.noise import Cleaned, Undone, clean
from cardkit.prose.languages import prose_languages
from cardkit.text import Span, lines_of

if TYPE_CHECKING:
    from cardkit.record import Record


def read_card(raw: str | bytes, *, uri: str = "-", model_id: str | None = None) -> Record:
    r"""Return the record of a model card.

    Raises UnreadableCardError if the input holds no card at all.

    >>> record = read_card("# Ant 1B\nAnt 1B has 1.2B parameters.")
    >>> record.model.model_name, record.spec.num_parameters
    ('Ant 1B', 1200000000)
    """
    from cardkit.record import Record

    return Record.model_validate(read_record(raw, uri=uri, model_id=model_id))


def read_record(
    raw: str | bytes,
    *,
    uri: str = "-",
    model_id: str | None = None,
    decoded: Decoded | None = None,
) -> dict[str, Any]:
    """Return the record of a model card as plain dicts and lists.

    Bytes may come with what they were decoded to, so that they are not decoded twice.
    """
    if isinstance(raw, str):
        octets, decoded = raw.encode("utf-8", "surrogatepass"), Decoded(raw, "utf-8")
    else:
        octets, decoded = raw, decoded or decode(raw)
    check_size(len(octets))
    text = decoded.text
    cleaned = clean(lines_of(text))
    cut = read_blocks(text, cleaned, model_id)
    card = cut.card
    parts = read_facts(card)
    source = {
        "uri": uri,
        "sha256": hashlib.sha256(octets).hexdigest(),
        "bytes": len(octets),
        "encoding": decoded.encoding,
        "form": card.form,
        "language": prose_languages(card),
        "repairs": [
            {"kind": undone.kind, "count": undone.count, "at": _at(undone.at)}
            for undone in (*cleaned.repairs, *cut.repairs)
        ],
    }
    forget()
    return assemble(text, source, parts, (*decoded.problems, *cut.problems), cut.unread)


class Cut(NamedTuple):
    """A card cut into blocks, with what was found wrong and mended on the way."""

    card: Card
    problems: tuple[Problem, ...] = ()
    unread: tuple[Unread, ...] = ()
    repairs: tuple[Undone, ...] = ()


def read_blocks(raw: str, cleaned: Cleaned, model_id: str | None = None) -> Cut:
    """Return a cleaned card cut into blocks.

    Raises UnreadableCardError if nothing is left to read.
    """
    if not any(line.text.strip() for line in cleaned.lines):
        raise UnreadableCardError(
            "no card in it, only what a page puts around one" if raw.strip() else "it is empty",
            todo="give the card's own text: its README.md, or the whole page",
        )
    split = front_matter.split(cleaned.lines)
    yaml, body = split if split else ([], cleaned.lines)
    front, problems = front_matter.read(yaml) if yaml else (None, ())
    problems = (*problems, *limits.of_text(raw))
    if cleaned.form in ("rendered-page", "repost"):
        from cardkit import rendered  # with its readers of tables: few cards need them

        page = rendered.read_page(body)
        bounded = limits.bound(page.blocks)
        card = Card(raw, cleaned.form, front, bounded.blocks, cleaned.page, model_id)
        repairs = tuple(Undone(*repair) for repair in page.repairs)
        said = (*cleaned.problems, *problems, *page.problems, *bounded.problems)
        return Cut(card, said, (*page.unread, *bounded.unread), repairs)
    bounded = limits.bound(scan.read_blocks(list(body)))
    card = Card(raw, cleaned.form, front, bounded.blocks, cleaned.page, model_id)
    return Cut(card, (*cleaned.problems, *problems, *bounded.problems), bounded.unread)


PRINTED = ("model", "spec", "variants", "training", "evaluations", "prompt", "examples")


def assemble(
    raw: str,
    source: dict[str, Any],
    parts: dict[str, Found],
    problems: tuple[Problem, ...],
    unread: tuple[Unread, ...],
) -> dict[str, Any]:
    """Return the record: drafts become values, and each value's place becomes evidence."""
    evidence: dict[str, Any] = {}
    record: dict[str, Any] = {"schema_version": SCHEMA_VERSION, "source": source}
    for name in PRINTED:
        if name in parts:
            record[name] = _settle(parts[name].value, f"/{name}", raw, evidence)
    record["problems"] = [
        {"code": p.code, "severity": p.severity, "message": p.message, "at": _at(p.where)}
        for p in _in_order([*problems, *(p for part in parts.values() for p in part.problems)])
    ]
    record["unread"] = [
        {"text": u.text, "at": _at(u.where), "because": u.because}
        for u in [*unread, *(u for part in parts.values() for u in part.unread)]
    ]
    record["evidence"] = evidence
    return record


PLAIN = frozenset((str, int, float, bool))


def _settle(draft: Any, pointer: str, raw: str, evidence: dict[str, Any]) -> Any:
    """Return a draft's plain value and note where its facts stand."""
    kind = type(draft)
    if kind in PLAIN:
        return draft
    if kind is Fact:
        start, end = draft.where
        evidence[pointer] = {
            "start": start,
            "end": end,
            "text": raw[start:end],
            "rule": draft.rule,
        }
        return draft.value
    if isinstance(draft, dict):
        settled = {}
        for key, value in draft.items():
            if type(value) in PLAIN:
                settled[key] = value
            elif key == "@":
                _settle(value, pointer, raw, evidence)
            elif value is not None:
                settled[key] = _settle(value, f"{pointer}/{_token(key)}", raw, evidence)
        return settled
    if isinstance(draft, (list, tuple)):
        return [_settle(v, f"{pointer}/{i}", raw, evidence) for i, v in enumerate(draft)]
    return draft


def _token(key: str) -> str:
    """Return a key as RFC 6901 writes it in a pointer."""
    return key.replace("~", "~0").replace("/", "~1") if "~" in key or "/" in key else key


def _in_order(problems: list[Problem]) -> Iterator[Problem]:
    """Yield each problem once, in the order of the card."""
    seen = set()
    for problem in sorted(problems, key=lambda p: p.where):
        key = problem.code, problem.where, problem.message
        if key not in seen:
            seen.add(key)
            yield problem


def _at(where: Span) -> dict[str, int]:
    return {"start": where.start, "end": where.end}


def as_json(record: dict[str, Any]) -> str:
    """Return a record on one line of JSON."""
    return _encode(record)


_encode = json.JSONEncoder(
    ensure_ascii=False,
    check_circular=False,  # a record is a tree
    allow_nan=False,
    separators=(",", ":"),
).encode
