"""Figures of parity, weighed against their limits and against what rounding alone costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

from cardkit.outcome import Parity

MUTUAL = "mutual_top5"
Weight: TypeAlias = Literal["fine", "odd", "undecided", "wrong"]


class Weighed(NamedTuple):
    """A figure, and what it says of the device."""

    name: str
    """Of `Parity`."""
    verdict: Weight
    said: str = ""
    """Why, with the numbers."""


def weighed(
    parity: Parity, own: Mapping[str, float], all_limits: Mapping[str, Any], names: Iterable[str]
) -> tuple[Weighed, ...]:
    """Return the figures of these names; `own` are the limits of the device's number format.

    A share of mutual top 5 under its limit decides nothing where another figure decides nothing,
    and where rounding alone brings the reference under it.
    """
    found = [_distance(name, parity, own, all_limits) for name in names if name != MUTUAL]
    if MUTUAL not in names:
        return tuple(found)
    share, least = parity.mutual_top5 or 0.0, own[MUTUAL]
    if share >= least:
        return (Weighed(MUTUAL, "fine"), *found)
    unsure = any(each.verdict == "undecided" for each in found)
    alone = None if parity.floor is None else parity.floor.mutual_top5
    unsure = unsure or (alone is not None and alone < least)
    said = f"{100 * share:.4g} % under {100 * least:.4g} %"
    return (Weighed(MUTUAL, "undecided" if unsure else "wrong", said), *found)


def _distance(
    name: str, parity: Parity, own: Mapping[str, float], all_limits: Mapping[str, Any]
) -> Weighed:
    """Return one figure that is best when small; a cosine is weighed as 1 - cosine."""
    value, limit = _far(name, getattr(parity, name)), _far(name, own[name])
    alone = None if parity.floor is None else getattr(parity.floor, name)
    if alone is None:
        said = f"{value:.3g} over {limit:.3g}"
        return Weighed(name, "wrong", said) if value > limit else Weighed(name, "fine")
    # under the limit of float32 there is nothing to tell apart
    cost = max(_far(name, alone), _far(name, all_limits["float32"][name]))
    times = all_limits["floor"][name]
    many = f"{value:.3g}, {value / cost:.3g} times what rounding alone costs ({cost:.3g})"
    if value > times.get("over", float("inf")) * cost:
        return Weighed(name, "wrong", many)
    if value > limit:
        said = f"{value:.3g} over {limit:.3g}"
        return Weighed(name, "undecided" if value <= times["within"] * cost else "wrong", said)
    if value > times.get("odd", float("inf")) * cost:
        return Weighed(name, "odd", many)
    return Weighed(name, "fine")


def _far(name: str, value: float) -> float:
    return 1 - value if name == "cosine" else value
