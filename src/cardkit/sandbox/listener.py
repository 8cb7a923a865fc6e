"""The watchdog's answers to calls that the filter asks it about (SECCOMP_RET_USER_NOTIF).

A socket is answered with a file that leads nowhere, so that what a program then asks of it can be
named: libraries make sockets only to see whether they could. Processes are counted before they
are made.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from cardkit.sandbox.syscalls import NUMBERS, number

RECEIVE, SEND, ADD_FILE = 0xC0502100, 0xC0182101, 0x40182103
"""SECCOMP_IOCTL_NOTIF_RECV, _SEND and _ADDFD; linux/seccomp.h."""
CONTINUE = 1
"""SECCOMP_USER_NOTIF_FLAG_CONTINUE: the kernel goes on with the call as if there were no filter."""
CLOSE_ON_EXEC = 0o2000000
"""O_CLOEXEC, which is SOCK_CLOEXEC too."""
ADDRESS = 128
"""Bytes of the longest address, struct sockaddr_storage."""
DOMAIN_NAMES = 53
"""The port of name servers."""
NAME_SERVICES = (
    "/run/nscd/", "/var/run/nscd/", "/run/systemd/", "/run/dbus/", "/var/run/dbus/", "/run/avahi",
    "/var/run/avahi", "/var/lib/sss/", "/run/sssd",
)  # fmt: skip
"""Sockets that the system's library asks for names of users and hosts."""
FORKS = {"fork", "vfork", "clone"}


class Call(NamedTuple):
    """A system call that waits for an answer."""

    id: int
    pid: int
    """Of the thread that called."""
    name: str
    arguments: tuple[int, ...]


def answer(listener: int, may_fork: Callable[[], bool], note: Callable[[str, str], None]) -> None:
    """Answer one call that waits; `note` is told what was refused: verb and object."""
    buffer = bytearray(80)
    try:
        fcntl.ioctl(listener, RECEIVE, buffer)
    except OSError:  # whoever called has ended
        return
    at, pid, _, call_number, _, _, *arguments = struct.unpack("=QIIiIQ6Q", buffer)
    call = Call(at, pid, _names()[call_number], tuple(arguments))
    with suppress(OSError):  # the same
        if call.name in FORKS:
            refusal = 0 if may_fork() else errno.EAGAIN
            _reply(listener, call, 0, refusal, 0 if refusal else CONTINUE)
        elif call.name == "socket":
            _reply(listener, call, _lead_nowhere(listener, call), 0, 0)
        elif call.name in ("connect", "bind", "sendto"):
            _reply(listener, call, 0, _address(call, note), 0)
        else:
            note("call", call.name)
            _reply(listener, call, 0, errno.EPERM, 0)


def _reply(listener: int, call: Call, value: int, error: int, flags: int) -> None:
    buffer = bytearray(struct.pack("=QqiI", call.id, value, -error, flags))
    fcntl.ioctl(listener, SEND, buffer)


def _lead_nowhere(listener: int, call: Call) -> int:
    """Give the caller a file that is no socket; return its number there."""
    flags = call.arguments[1] & CLOSE_ON_EXEC
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    try:
        row = bytearray(struct.pack("=QIIII", call.id, 0, null, 0, flags))
        return int(fcntl.ioctl(listener, ADD_FILE, row))
    finally:
        os.close(null)


def _address(call: Call, note: Callable[[str, str], None]) -> int:
    """Note where a call wanted to go; return the errno of the answer."""
    pointer, length = call.arguments[4:6] if call.name == "sendto" else call.arguments[1:3]
    raw = _memory(call.pid, pointer, min(length & 0xFFFFFFFF, ADDRESS))
    verb = "listen on" if call.name == "bind" else "connect to"
    if len(raw) < 3:
        note(verb, "an address")
        return errno.EACCES
    (family,) = struct.unpack_from("=H", raw)
    if family == socket.AF_UNIX:
        return _unix(raw[2:], verb, note)
    if family not in (socket.AF_INET, socket.AF_INET6) or len(raw) < 8:
        return errno.EACCES
    (port,) = struct.unpack_from("!H", raw, 2)
    six = family == socket.AF_INET6
    host = socket.inet_ntop(family, raw[8:24].ljust(16, b"\0") if six else raw[4:8])
    if call.name == "bind":
        if port:  # with port 0 a library looks whether it could
            note(verb, f"[{host}]:{port}" if six else f"{host}:{port}")
        return errno.EACCES
    if port == DOMAIN_NAMES:
        note("resolve", "a name")
    else:
        note(verb, f"[{host}]:{port}" if six else f"{host}:{port}")
    return errno.ENETUNREACH


def _unix(name: bytes, verb: str, note: Callable[[str, str], None]) -> int:
    if name.startswith(b"\0"):
        note(verb, "@" + name[1:].decode(errors="replace"))
        return errno.EACCES
    path = os.fsdecode(name.partition(b"\0")[0])
    if path.startswith(NAME_SERVICES) or not (verb == "listen on" or os.path.exists(path)):
        return errno.ENOENT
    note(verb, path)
    return errno.EACCES


def _memory(pid: int, pointer: int, length: int) -> bytes:
    """Return bytes of a process; empty where it cannot be read."""
    with suppress(OSError, OverflowError), open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        return os.pread(memory.fileno(), length, pointer)
    return b""


def _names() -> dict[int, str]:
    return {found: name for name in NUMBERS if (found := number(name)) is not None}
