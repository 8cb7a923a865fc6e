"""What this machine has for cardkit, what it lacks, and the next step of each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence

from cardkit.doctor import devices, reach, room, rungs, tokens, versions
from cardkit.doctor.lines import Line
from cardkit.shown.terminal import Paint, pad, plain, visible, wrap

PROBES: dict[str, Callable[[], Iterable[Line]]] = {
    "python": versions.python,
    "cardkit": versions.cardkit,
    "packages": versions.packages,
    "torch_npu": versions.torch_npu,
    "cpu": room.cpu,
    "memory": room.memory,
    "devices": devices.devices,
    "sandbox": rungs.rungs,
    "hubs": reach.hubs,
    "tokens": tokens.tokens,
    "disk": room.disk,
}
"""In the order in which they are shown."""
NETWORK = {"hubs"}
"""What is not looked at offline."""
STYLES = {"ok": "self", "note": "note", "problem": "error"}


def examine(*, offline: bool = False) -> Iterator[Line]:
    """Yield what each probe says, as it says it; no token is in it, whoever printed one."""
    for name, probe in PROBES.items():
        if offline and name in NETWORK:
            yield Line(name, "note", "not asked", "leave out --offline")
            continue
        for line in _lines(name, probe):
            yield line._replace(said=tokens.hide(line.said), todo=tokens.hide(line.todo))


def _lines(name: str, probe: Callable[[], Iterable[Line]]) -> Iterator[Line]:
    try:
        yield from probe()
    except Exception as error:  # noqa: BLE001 - one broken probe must not hide the others
        said = f"cardkit could not look: {type(error).__name__}: {error}"
        yield Line(name, "problem", said, "report it, with this line")


def exit_code(lines: Sequence[Line]) -> int:
    """Return 1 if something that is installed is broken, 0 if not."""
    return int(any(line.state == "problem" for line in lines))


def as_text(line: Line, width: int, paint: Paint = plain) -> str:
    """Return a line for a person, its next step below it.

    >>> print(as_text(Line("disk", "note", "2 GB free", "make room"), 40))
    note     disk            2 GB free
                             → make room
    """
    first = paint(pad(line.state, 9), STYLES[line.state]) + pad(line.name, 16)
    told = wrap(visible(line.said), width - 25)
    if line.todo:
        step, *more = wrap(visible(line.todo), width - 27)
        told += [f"→ {step}", *(f"  {rest}" for rest in more)]
    return first + f"\n{' ' * 25}".join(told)


def as_json(lines: Sequence[Line]) -> str:
    """Return lines as one JSON array of objects."""
    return json.dumps([line._asdict() for line in lines], ensure_ascii=False, indent=2)


def tally(lines: Sequence[Line]) -> str:
    """Return how many lines are of each kind.

    >>> tally([Line("disk", "ok", "80 GB free"), Line("cuda", "note", "not here")])
    '0 problems, 1 note, 1 ok'
    """
    count = {state: sum(line.state == state for line in lines) for state in STYLES}
    words = [f"{n} {state}{'s' * (n != 1)}" for state, n in count.items() if state != "ok"]
    return ", ".join([*reversed(words), f"{count['ok']} ok"])
