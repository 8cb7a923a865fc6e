"""A card read anew over its entry: what was decided stays, what contradicts it is said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from cardkit.entries.building import Leaf, Tree
from cardkit.entries.origins import ORIGINS


class Contradiction(NamedTuple):
    """A decision beside which the card says something that the decision does not know of."""

    path: str
    decided: Any
    says: Any
    """What the card says now; None where it says nothing any more."""
    knew: Any
    """What it said when it was decided; None where the decision does not tell."""

    def __str__(self) -> str:
        if self.says is None:
            return (
                f"{self.path}: the card does not say {self.knew!r} any more, over which "
                f"{self.decided!r} was decided"
            )
        then = f", and said {self.knew!r} when" if self.knew is not None else " where"
        return f"{self.path}: the card says {self.says!r}{then} {self.decided!r} was decided"


def is_leaf(part: object) -> bool:
    """Return whether a part of an entry is a value with its origin."""
    return isinstance(part, Mapping) and any(origin in part for origin in ORIGINS)


def merge(old: Tree, fresh: Tree) -> tuple[Tree, list[Contradiction]]:
    """Return an entry's sections anew, and where a decision and the card contradict each other.

    >>> old = {"load": {"dtype": {"value": "float16", "decided": "npu"}}}
    >>> new, found = merge(old, {"load": {"dtype": {"value": "bfloat16", "card": "1-9"}}})
    >>> new == old, str(found[0])
    (True, "load.dtype: the card says 'bfloat16' where 'float16' was decided")
    """
    found: list[Contradiction] = []
    merged = _merged(old, fresh, "", found)
    return merged if isinstance(merged, dict) else {}, found


def _merged(old: Any, fresh: Any, path: str, found: list[Contradiction]) -> Any:
    if is_leaf(old) and ("decided" in old or ("hub" in old and fresh is None)):
        found.extend(_contradiction(old, fresh, path))
        return old
    if is_leaf(fresh) or (fresh is None and (old is None or is_leaf(old))):
        return fresh
    if isinstance(fresh, list) or isinstance(old, list):
        kept = [leaf for leaf in old or [] if "decided" in leaf or "hub" in leaf]
        said = [leaf for leaf in fresh or [] if leaf]
        values = [leaf[key] for leaf in kept for key in ("value", "over") if key in leaf]
        return kept + [leaf for leaf in said if leaf["value"] not in values]
    old = old if isinstance(old, Mapping) else {}
    fresh = fresh if isinstance(fresh, Mapping) else {}
    parts = {
        key: _merged(old.get(key), fresh.get(key), f"{path}.{key}" if path else key, found)
        for key in (*fresh, *(key for key in old if key not in fresh))
    }
    return {key: part for key, part in parts.items() if part not in (None, {}, [])}


def _contradiction(old: Leaf, fresh: Any, path: str) -> Iterator[Contradiction]:
    if "decided" not in old:
        return
    says = fresh["value"] if is_leaf(fresh) and "card" in fresh else None
    knew = old.get("over")
    if says not in (knew, old["value"]) and not (says is None and knew is None):
        yield Contradiction(path, old["value"], says, knew)
