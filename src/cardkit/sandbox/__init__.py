"""The sandbox: a model's code runs in it with neither network nor tokens.

Three rungs, the weakest first. `process`: a process of its own, with limits; it closes nothing.
`landlock`: the kernel refuses files outside of the box, sockets, signals and other processes; it
takes no package. `bubblewrap`: they are not there at all. Whatever the rung, a watchdog bounds
memory, processes, disk, output and time, and ends all that a run has started.
"""

from __future__ import annotations

from cardkit.sandbox.box import Box
from cardkit.sandbox.environment import clean_environment
from cardkit.sandbox.forked import restrict, watch
from cardkit.sandbox.ladder import RUNGS, available, best
from cardkit.sandbox.running import run

__all__ = [
    "RUNGS",
    "Box",
    "available",
    "best",
    "clean_environment",
    "restrict",
    "run",
    "watch",
]
