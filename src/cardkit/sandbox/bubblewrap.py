"""Bubblewrap: namespaces of its own, in which other files and processes are not there at all.

Inside of it, the box is closed once more with Landlock, where there is one, and the filter.
https://github.com/containers/bubblewrap.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from typing import NoReturn

from cardkit.sandbox import limits, tree
from cardkit.sandbox.box import NODES, Box, make_folders, nodes
from cardkit.sandbox.channel import Said, in_words, send
from cardkit.sandbox.closing import close
from cardkit.sandbox.job import Job
from cardkit.sandbox.kernel import SET_PDEATHSIG, prctl

DEPTH = 3
"""Processes before the program: bubblewrap, its first inside, and ours inside."""
PROGRAM = (
    "import sys; sys.path[:] = {path!r}; from cardkit.sandbox.bubblewrap import inside; inside()"
)
ALONE = ("--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL")


def become(job: Job, channel: socket.socket) -> NoReturn:
    """Turn this process into bubblewrap around our own `inside`."""
    make_folders(job.box)
    limits.limit(job.box)
    channel.set_inheritable(True)
    program = PROGRAM.format(path=[path for path in sys.path if path])
    python = [sys.executable, "-I", "-S", "-c", program, str(channel.fileno()), job.as_json()]
    words = [job.bwrap, *mounts(job.box), "--", *python]
    os.execve(job.bwrap, words, dict(job.environment))  # noqa: S606 - the system's own


def mounts(box: Box) -> list[str]:
    """Return the arguments that say what is there inside."""
    words = [*ALONE, "--proc", "/proc", "--dev", "/dev"]
    paths = {box.write: "--bind"} | dict.fromkeys(box.read, "--ro-bind")
    for path, kind in sorted(paths.items(), key=lambda pair: len(pair[0].parts)):
        if path.is_symlink() and len(path.parts) == 2:  # /bin -> usr/bin
            words += ["--symlink", os.readlink(path), str(path)]
        else:
            words += [kind, str(path), str(path)]
    for node in nodes(box):
        if str(node) not in NODES:
            words += ["--dev-bind", str(node), str(node)]
    return [*words, "--chdir", str(box.write), "--remount-ro", "/"]


def inside() -> NoReturn:
    """Start the program inside, wait for its end, and count what it leaves behind."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    channel.set_inheritable(False)
    try:
        pid = os.fork()
        if not pid:
            _program(Job.from_json(sys.argv[2]), channel)
        # Held, or the kernel could forget that the program may look into its own folder there.
        held = os.open(f"/proc/{pid}", os.O_RDONLY | os.O_CLOEXEC)
        _, status, usage = os.wait4(pid, 0)
        os.close(held)
        ended = tree.ended(status, usage)
        below = tree.below(1, surely=True)
        left = [each for each in below if each.alive and each.pid != os.getpid()]
        stayed = any(each.session != pid for each in left)
        send(channel, Said(inner=(ended.code, len(left), ended.peak), stayed=stayed))
    except BaseException as error:  # noqa: BLE001 - whatever it is, the watchdog must hear of it
        send(channel, Said(error=in_words(error)))
    finally:
        os._exit(0)


def _program(job: Job, channel: socket.socket) -> NoReturn:
    prctl(SET_PDEATHSIG, signal.SIGKILL)
    os.setsid()
    close(job.box, "bubblewrap", channel)
    os.execvpe(job.arguments[0], list(job.arguments), dict(job.environment))  # noqa: S606
