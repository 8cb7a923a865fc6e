"""Whose figures a row or a sentence holds: the card's own model's, a sibling's or a stranger's."""

from __future__ import annotations

from cardkit.identity import Identity, signature
from cardkit.model_names import size_in_name
from cardkit.spec_values import SpecRow

OWN, SIBLING, STRANGER, UNKNOWN = "own", "sibling", "stranger", "unknown"


def whose(name: str, identity: Identity) -> str:
    """Return whose name it is.

    >>> ant = Identity(names=("Ant 2 7B",))
    >>> [whose(name, ant) for name in ("Ant-2-7b", "Ant 2 13B", "Bee 7B", "13B", "7B")]
    ['own', 'sibling', 'stranger', 'sibling', 'own']
    """
    text = name.strip()
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
    family = signature(name).family
    return bool(family) and any(
        family == own or (widely and len(own) >= 4 and family.startswith(own))
        for own in (signature(own).family for own in identity.names)
    )


def whose_row(row: SpecRow, identity: Identity) -> str:
    """Return whose figures a row of a table holds."""
    if row.name is None or not row.name.text:
        return UNKNOWN
    return whose(row.name.text, identity)
