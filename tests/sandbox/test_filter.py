"""The filter of system calls, played on both machines; the kernel's own machine is small."""

from __future__ import annotations

import errno
import platform
import struct
import sys
from pathlib import Path

import pytest

from cardkit.sandbox import seccomp, syscalls
from cardkit.sandbox.seccomp import ALLOW, ASK, KILL, Gaps, program

MACHINES = list(syscalls.AUDIT_ARCH)
CLOSED, OPEN = Gaps(signals=False, emptying=False), Gaps(signals=True, emptying=True)
ME = 4711


def play(lines: bytes, arch: int, number: int, *arguments: int) -> int:
    """Return what a filter answers to a call."""
    row = [each & (2**64 - 1) for each in (*arguments, 0, 0, 0, 0, 0, 0)][:6]
    call = struct.pack("=IIQ6Q", number & 0xFFFFFFFF, arch, 0, *row)
    value = at = 0
    while True:
        code, yes, no, k = struct.unpack_from("=HBBI", lines, 8 * at)
        at += 1
        if code == seccomp.RETURN:
            return k
        if code == seccomp.LOAD:
            (value,) = struct.unpack_from("=I", call, k)
        elif code == seccomp.AND:
            value &= k
        else:
            holds = {
                seccomp.EQUAL: value == k,
                seccomp.AT_LEAST: value >= k,
                seccomp.ANY_BIT: bool(value & k),
            }[code]
            at += yes if holds else no


@pytest.fixture(params=MACHINES)
def machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(platform, "machine", lambda: request.param)
    return str(request.param)


def answer(
    machine: str, name: str, *arguments: int, listener: bool = True, gaps: Gaps = CLOSED
) -> int:
    number = syscalls.number(name, machine)
    assert number is not None
    return play(program(listener, gaps, ME), syscalls.AUDIT_ARCH[machine], number, *arguments)


def refused(code: int) -> int:
    return seccomp.ERROR | code


FORK, THREAD, NAMESPACE = 17, 0x10000 | 0x100, 0x10000000
ANSWERS = {
    "a socket": ("socket", (2, 1, 0), ASK, refused(errno.EACCES)),
    "a pair of streams": ("socketpair", (1, 1 | 0o2000000, 0), ALLOW, ALLOW),
    "a pair of datagrams": ("socketpair", (1, 2, 0), refused(errno.EACCES), refused(errno.EACCES)),
    "a pair of raw ones": ("socketpair", (1, 3, 0), refused(errno.EACCES), refused(errno.EACCES)),
    "a pair of another kind": ("socketpair", (30, 1), refused(errno.EACCES), refused(errno.EACCES)),
    "sending along": ("sendto", (3, 1, 1, 0, 0), ALLOW, ALLOW),
    "sending to": ("sendto", (3, 1, 1, 0, 1 << 40), ASK, refused(errno.EACCES)),
    "sending to low": ("sendto", (3, 1, 1, 0, 4096), ASK, refused(errno.EACCES)),
    "a process": ("clone", (FORK,), ASK, ALLOW),
    "a thread": ("clone", (THREAD,), ALLOW, ALLOW),
    "a namespace": ("clone", (FORK | NAMESPACE,), refused(errno.EPERM), refused(errno.EPERM)),
    "a process, newer": ("clone3", (), refused(errno.ENOSYS), refused(errno.ENOSYS)),
    "a ring": ("io_uring_setup", (), refused(errno.ENOSYS), refused(errno.ENOSYS)),
    "its own limits": ("prlimit64", (0,), ALLOW, ALLOW),
    "another's limits": ("prlimit64", (1,), refused(errno.EPERM), refused(errno.EPERM)),
    "a mode": ("fchmod", (3, 0o777), refused(0), refused(0)),
    "hiding": ("prctl", (4, 0), refused(errno.EPERM), refused(errno.EPERM)),
    "its name": ("prctl", (15, 0), ALLOW, ALLOW),
    "typing at a terminal": ("ioctl", (0, 0x5412), refused(errno.EPERM), refused(errno.EPERM)),
    "typing, with high bits": ("ioctl", (0, 0x5412 | 1 << 40), *[refused(errno.EPERM)] * 2),
    "reading": ("openat", (0, 0, 0), ALLOW, ALLOW),
    "a signal": ("kill", (1, 9), ALLOW, ALLOW),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_each_call_has_its_answer(machine: str, what: str) -> None:
    name, arguments, listened, alone = ANSWERS[what]
    assert answer(machine, name, *arguments) == listened
    assert answer(machine, name, *arguments, listener=False) == alone


@pytest.mark.parametrize(
    ("name", "arguments", "answered"),
    [
        ("kill", (ME, 9), ALLOW),
        ("kill", (0, 9), ALLOW),
        ("kill", (-ME, 9), ALLOW),
        ("kill", (-1, 9), refused(errno.EPERM)),
        ("kill", (1, 9), refused(errno.EPERM)),
        ("tgkill", (ME, ME, 9), ALLOW),
        ("tgkill", (1, 1, 9), refused(errno.EPERM)),
        ("tkill", (1, 9), refused(errno.EPERM)),
        ("pidfd_send_signal", (3, 9), refused(errno.EPERM)),
        ("openat", (0, 0, 0o1000), refused(errno.EACCES)),
        ("openat", (0, 0, 0o1000 | 1), ALLOW),
        ("truncate", (), refused(errno.EACCES)),
    ],
)
def test_the_filter_closes_what_an_old_landlock_leaves_open(
    machine: str, name: str, arguments: tuple[int, ...], answered: int
) -> None:
    assert answer(machine, name, *arguments, gaps=OPEN) == answered


def test_calls_of_another_machine_end_the_process(machine: str) -> None:
    i386 = 0x40000003
    assert play(program(True, CLOSED, ME), i386, 20) == KILL
    other = next(each for each in MACHINES if each != machine)
    assert play(program(True, CLOSED, ME), syscalls.AUDIT_ARCH[other], 1) == KILL


@pytest.mark.parametrize("number", [457, 470, 0x40000000 | 41, 0xFFFFFFFF])
def test_unknown_calls_are_answered_as_by_an_older_kernel(machine: str, number: int) -> None:
    arch = syscalls.AUDIT_ARCH[machine]
    assert play(program(True, CLOSED, ME), arch, number) == refused(errno.ENOSYS)


def test_the_kernel_takes_a_filter_of_that_length(machine: str) -> None:
    assert machine in MACHINES
    assert len(program(True, OPEN, ME)) // 8 < 4096  # BPF_MAXINSNS


@pytest.mark.skipif(not Path("/usr/include/asm-generic/unistd.h").exists(), reason="no headers")
def test_numbers_are_the_kernel_s() -> None:
    """Where a header names a call, the table says the same."""
    import re

    text = Path("/usr/include/asm-generic/unistd.h").read_text()
    told = {name: int(n) for name, n in re.findall(r"#define __NR(?:3264)?_(\w+) (\d+)\b", text)}
    ours = {name: numbers[1] for name, numbers in syscalls.NUMBERS.items() if name in told}
    assert len(ours) > 90
    assert ours == {name: told[name] for name in ours}


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
def test_filters_are_written_for_machines_that_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert not seccomp.known_machine()
