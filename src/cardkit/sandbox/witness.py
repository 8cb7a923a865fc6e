"""The witness: names what Python code tries and is refused, from inside of the box.

It refuses nothing itself: that is the kernel's work. Code that keeps silent about an error cannot
hide from it, as audit hooks stay until the process ends; what other programs do it does not see.
Only the standard library: it is loaded before anything else.
"""

from __future__ import annotations

import errno
import json
import os
import sys
import threading
from collections.abc import Iterator, Mapping

TYPE_CHECKING = False  # typing is slow to import, and this is imported before anything else
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    Row: TypeAlias = tuple[str, str, bool]
    """Verb, object, and whether it is known to be there: in bubblewrap only its parent can tell."""

VARIABLE = "CARDKIT_WITNESS"
"""Where the box is told, as JSON: `read` and `write` folders, and the `log` to write into."""
MOST = 200
"""Lines of a process's log; what follows is left out."""
LONGEST = 500
"""Characters of a name."""
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = {
    "os.remove": ("remove",), "os.rmdir": ("remove",), "os.truncate": ("remove",),
    "os.mkdir": ("make",), "os.rename": ("remove", "make"), "os.link": ("remove", "make"),
}  # fmt: skip
"""Events that change names, and what they do with each of their first arguments."""
DIRECTORY_AT = {"os.remove": 1, "os.rmdir": 1, "os.mkdir": 2, "os.rename": 2, "os.link": 2}
"""The argument that says which folder a name is in; -1: the current one."""
LISTS = {"os.listdir", "os.scandir"}
RESOLVES = {"socket.getaddrinfo", "socket.gethostbyname"}
HERE = {"", "localhost", "localhost.localdomain", "ip6-localhost"}


def begin(told: Mapping[str, Any]) -> None:
    """Witness this process from now on, and those that are forked from it."""
    # Where Python looks for modules it may look in vain: that is no attempt at anything.
    searched = [os.path.abspath(path) for path in sys.path]
    own = [f"/proc/{os.getpid()}", "/proc/thread-self"]
    write = (told["write"] + "/",)
    both = (*write, *(f"{folder}/" for folder in (*told["read"], *searched, *own)))
    said: set[tuple[str, str]] = set()
    busy = threading.local()

    def say(verb: str, what: str, there: bool) -> None:
        what = what[:LONGEST]
        if (verb, what) in said or len(said) >= MOST:
            return
        said.add((verb, what))
        row = json.dumps([verb, what, there]) + "\n"
        log = os.open(told["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            os.write(log, row.encode())
        finally:
            os.close(log)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in EVENTS or getattr(busy, "now", False):
            return
        busy.now = True
        try:
            if event == "open" and _is_common(arguments, both):
                return
            for row in _refused(event, arguments, both, write):
                say(*row)
        except Exception:  # noqa: BLE001, S110 - a witness must not change what happens
            pass
        finally:
            busy.now = False

    sys.addaudithook(hook)


def begin_from_environment() -> None:
    """Witness this process if the environment tells of a box."""
    if told := os.environ.get(VARIABLE):
        begin(json.loads(told))


def _refused(
    event: str, arguments: tuple[Any, ...], both: tuple[str, ...], write: tuple[str, ...]
) -> Iterator[Row]:
    """Yield what an event will be refused. Folders, readable and writable, end in a slash."""
    if event == "open":
        path, _, flags = arguments
        yield from _file("write", path, write) if flags & WRITING else _file("open", path, both)
    elif event in LISTS:
        yield from _file("list", arguments[0], both)
    elif event in CHANGES:
        if arguments[DIRECTORY_AT[event]] == -1 if event in DIRECTORY_AT else True:
            for verb, name in zip(CHANGES[event], arguments, strict=False):
                yield from _file(verb, name, write)
    elif event in RESOLVES:
        yield from _host(arguments[0])
    else:
        yield from _signal(arguments[0])


def _is_common(arguments: tuple[Any, ...], folders: tuple[str, ...]) -> bool:
    """Return whether a file is opened as most are: to be read, and by a whole name."""
    path, _, flags = arguments
    return (
        isinstance(path, str)
        and path.startswith(folders)
        and not flags & WRITING
        and "/.." not in path
    )


def _file(verb: str, path: Any, folders: tuple[str, ...]) -> Iterator[Row]:
    """Yield a file's row if it is outside of the folders, and the kernel refuses it or hides it."""
    if isinstance(path, int) or path is None:
        return
    name = os.path.abspath(os.fsdecode(path))
    if _inside(name, folders) or _inside(real := os.path.realpath(name), folders):
        return
    there = os.path.lexists(real)
    if verb == "make" or (verb == "write" and not there):
        if not there and "__pycache__" not in real:
            yield verb, real, os.path.isdir(os.path.dirname(real))
    elif not there or verb == "remove" or _is_refused(real, verb):
        yield verb, real, there


def _is_refused(path: str, verb: str) -> bool:
    flags = os.O_WRONLY if verb == "write" else os.O_RDONLY
    try:
        os.close(os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as error:
        return error.errno in (errno.EACCES, errno.EPERM, errno.EROFS)
    return False


def _inside(name: str, folders: tuple[str, ...]) -> bool:
    return f"{name}/".startswith(folders)


def _host(host: Any) -> Iterator[Row]:
    host = host.decode(errors="replace") if isinstance(host, bytes) else str(host or "")
    # An address is no name: the watchdog sees where it is asked to connect to.
    if host not in HERE and not host.replace(".", "").isdigit() and ":" not in host:
        yield "resolve", host, True


def _signal(target: Any) -> Iterator[Row]:
    try:
        os.kill(target, 0)
    except PermissionError:
        yield "signal", "its parent" if target == os.getppid() else "another process", True
    except OSError:
        pass


EVENTS = {"open", "os.kill", "os.killpg", *LISTS, *CHANGES, *RESOLVES}
