"""What a run tried and was not let do, in words without this machine's folders."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

LARGEST = 1 << 18
"""Bytes of a witness's log that are read: what runs in the box can write into it."""
MOST = 100
"""Lines."""
KNOWN = ("/etc", "/proc", "/dev", "/sys", "/usr", "/var", "/run", "/boot", "/bin", "/sbin", "/lib")
"""Folders of every system, whose names tell nothing of this one."""
MADE = {"make": "write"}
VERBS = {"open", "list", "write", "make", "remove", "resolve", "signal", "call"}
FILES = VERBS - {"resolve", "signal", "call"}


def read_log(log: Path) -> list[tuple[str, str, bool]]:
    """Return the rows that a witness wrote; what is none is left out. Removes the log."""
    rows = []
    try:
        file = os.open(log, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return []
    with os.fdopen(file, "rb") as opened:
        if stat.S_ISREG(os.fstat(file).st_mode):
            for line in opened.read(LARGEST).splitlines():
                try:
                    verb, what, there = json.loads(line)
                except (ValueError, TypeError):
                    continue
                if verb in VERBS and isinstance(what, str):
                    rows.append((verb, what, there is True))
    log.unlink(missing_ok=True)
    return rows


def in_words(rows: Iterable[tuple[str, str, bool]]) -> tuple[str, ...]:
    """Return each thing that was denied once, in the order in which it was tried.

    >>> in_words([("open", "/etc/shadow", True), ("resolve", "example.org", True)])
    ('open /etc/shadow', 'resolve example.org')
    """
    lines = list(dict.fromkeys(_lines(rows)))
    if any(line.startswith("resolve ") and line != "resolve a name" for line in lines):
        lines = [line for line in lines if line != "resolve a name"]
    return tuple(lines[:MOST])


def _lines(rows: Iterable[tuple[str, str, bool]]) -> Iterator[str]:
    for verb, what, there in rows:
        if verb in FILES:
            if there or _is_there(verb, what):
                yield f"{MADE.get(verb, verb)} {hide(what)}"
        else:
            what = hide(what) if what.startswith("/") else what
            yield f"{verb} {_plain(what)}"


def _is_there(verb: str, path: str) -> bool:
    """Return whether what was missing in the box is there outside of it."""
    if verb == "write":
        return os.path.isdir(os.path.dirname(path))
    return os.path.lexists(path) or (verb == "make" and os.path.isdir(os.path.dirname(path)))


def hide(path: str) -> str:
    """Return a path without what it tells of this machine: its users, its folders, its processes.

    >>> hide("/etc/shadow"), hide("/proc/4711/environ"), hide("/data/projects/secret.txt")
    ('/etc/shadow', '/proc/…/environ', '…/secret.txt')
    """
    for home in (os.path.expanduser("~"), os.path.realpath(os.path.expanduser("~"))):
        if home != "/" and f"{path}/".startswith(f"{home}/"):
            return _plain("~" + path[len(home) :])
    if path == "/" or f"{path}/".startswith(tuple(f"{folder}/" for folder in KNOWN)):
        return _plain(re.sub(r"^/proc/\d+", "/proc/…", path))
    return _plain(f"…/{os.path.basename(path)}")


def _plain(text: str) -> str:
    """Return a text without characters that a terminal obeys."""
    return "".join(char if char.isprintable() else "�" for char in text)
