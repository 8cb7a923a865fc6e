"""Whose figures a row or a sentence holds: the card's own model's, a sibling's or a stranger's."""

from __future__ import annotations

from cardkit.kept import kept
from cardkit.names.identity import Identity, signature
from cardkit.patterns import regex
from cardkit.spec.spec_tables import SpecRow
from cardkit.text import Line
from cardkit.values.model_names import size_in_name
from cardkit.vocabulary.prose import pattern

OWN, SIBLING, STRANGER, UNKNOWN = "own", "sibling", "stranger", "unknown"


def whose(name: str, identity: Identity) -> str:
    """Return whose name it is.

    >>> ant = Identity(names=("Ant 2 7B",))
    >>> [whose(name, ant) for name in ("Ant-2-7b", "Ant 2 13B", "Bee 7B", "13B", "7B")]
    ['own', 'sibling', 'stranger', 'sibling', 'own']
    """
    known = _known(identity)
    if name not in known:
        known[name] = _whose(name.strip(), identity)
    return known[name]


@kept
def _known(_: Identity) -> dict[str, str]:
    """Return the names whose owner is known; the readers of a card ask for the same ones."""
    return {}


def _whose(text: str, identity: Identity) -> str:
    """Return whose name it is."""
    own = identity.is_own(text)
    if own:
        return OWN
    size = size_in_name(text)
    if size and text[: size.start] + text[size.end :] == "":
        return _of_size(size.value, identity)
    if own is False:
        return SIBLING if is_kin(text, identity) else STRANGER
    return UNKNOWN


def _of_size(size: int, identity: Identity) -> str:
    """Return whose a row is that is named by nothing but a size."""
    sizes = {found.value for found in map(size_in_name, identity.names) if found}
    if identity.is_family:
        return OWN
    if not sizes:
        return UNKNOWN
    return OWN if sizes == {size} else SIBLING


def is_kin(name: str, identity: Identity, *, widely: bool = True) -> bool:
    """Return whether a name is of the family of one of the card's own names.

    Widely taken, it may have further words: "Ant Writer 7B" beside "Ant 7B".

    >>> is_kin("Ant 3 70B Chat", Identity(names=("Ant 3 8B",)))
    True
    """
    families = _families(identity)
    if name.isascii():
        letters = set(name.lower())
        families = tuple(own for own in families if letters.issuperset(own))
        if not families:
            return False
    family = signature(name).family
    return bool(family) and any(
        family == own or (widely and len(own) >= 4 and family.startswith(own)) for own in families
    )


@kept
def _families(identity: Identity) -> tuple[str, ...]:
    """Return the families of the card's own names."""
    return tuple({signature(own).family for own in identity.names} - {""})


def leads_elsewhere(line: Line, identity: Identity) -> bool:
    """Return whether a text is about the other model that its label names: "Ant 13B: …".

    >>> from cardkit.text import lines_of
    >>> leads_elsewhere(lines_of("ant-v1-1: 237,000 steps")[0], Identity(names=("Ant v1-4",)))
    True
    """
    match = _LABEL.match(line.text)
    if not match or not any(c.isdigit() for c in match["name"]):
        return False
    if _HUB_ID.fullmatch(match["name"]):
        return not identity.is_own(match["name"])
    return whose(match["name"], identity) in (SIBLING, STRANGER)


def whose_row(row: SpecRow, identity: Identity) -> str:
    """Return whose figures a row of a table holds."""
    if row.name is None or not row.name.text:
        return UNKNOWN
    name = row.name.text
    owner = whose(name, identity)
    note = _NOTE.search(name) if owner != OWN else None
    if note and pattern("idle_notes").fullmatch(note["words"].strip()):
        return whose(name[: note.start()], identity)
    return owner


_HUB_ID = regex(r"[\w.-]{2,60}/[\w.-]{2,60}")
_NOTE = regex(r"\s*[(（](?P<words>[^()（）]{1,40})[)）]\s*$")
_LABEL = regex(r"(?P<name>[^:：]{3,60}?)\s*(?:[:：]|\s[-–—]\s|\sResumed\b)")
