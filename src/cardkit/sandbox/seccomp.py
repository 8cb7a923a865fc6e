"""The filter of system calls: written for the kernel's small machine (classic BPF).

Actions: let it be, answer with an error, pretend that it was done, or ask the watchdog, which
counts processes and notes what was tried; without a watchdog that listens, an error instead.
https://docs.kernel.org/userspace-api/seccomp_filter.html.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys
from typing import NamedTuple

from cardkit.sandbox.kernel import FILTER, SET_SECCOMP, call, must
from cardkit.sandbox.syscalls import AUDIT_ARCH, NEWEST, number

ALLOW, KILL, ASK = 0x7FFF0000, 0x80000000, 0x7FC00000
"""SECCOMP_RET_ALLOW, SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_USER_NOTIF."""
ERROR = 0x00050000
"""SECCOMP_RET_ERRNO; the errno is in the low bits."""
REFUSE, NO_ACCESS, NOT_HERE = (ERROR | code for code in (errno.EPERM, errno.EACCES, errno.ENOSYS))
PRETEND = ERROR
"""The call returns 0 and does nothing."""
SECCOMP = {"x86_64": 317, "aarch64": 277}
"""The number of seccomp(2)."""
SET_FILTER, NEW_LISTENER = 1, 8

ASKED = (
    "socket", "connect", "bind", "ptrace", "process_vm_readv", "process_vm_writev", "mount",
    "kexec_load", "kexec_file_load", "init_module", "finit_module", "bpf", "reboot", "setns",
    "unshare", "fork", "vfork",
)  # fmt: skip
"""The watchdog answers: it counts the processes and refuses the rest."""
REFUSED = (
    "accept", "accept4", "listen", "process_madvise", "process_mrelease", "kcmp", "pidfd_getfd",
    "umount2", "pivot_root", "chroot", "open_tree", "move_mount", "fsopen", "fsconfig",
    "fsmount", "fspick", "mount_setattr", "swapon", "swapoff", "delete_module", "sethostname",
    "setdomainname", "acct", "quotactl", "quotactl_fd", "settimeofday", "clock_settime",
    "clock_adjtime", "adjtimex", "iopl", "ioperm", "modify_ldt", "perf_event_open",
    "userfaultfd", "fanotify_init", "fanotify_mark", "lookup_dcookie", "nfsservctl",
    "name_to_handle_at", "open_by_handle_at", "keyctl", "add_key", "request_key", "syslog",
    "vhangup", "uselib", "ustat", "sysfs", "personality", "migrate_pages", "move_pages",
    "mknod", "mknodat", "symlink", "symlinkat", "shmget", "shmat", "shmctl", "shmdt", "msgget",
    "msgsnd", "msgrcv", "msgctl", "semget", "semop", "semtimedop", "semctl", "mq_open",
    "mq_unlink", "mq_timedsend", "mq_timedreceive", "mq_notify", "mq_getsetattr",
)  # fmt: skip
"""Other processes, the machine's settings, memory shared by name, and links that would deceive."""
ABSENT = (
    "io_uring_setup", "io_uring_enter", "io_uring_register", "clone3", "openat2",
    "memfd_create", "memfd_secret",
)  # fmt: skip
"""Libraries fall back on the calls before these, whose arguments a filter can see; memory files
would be memory that no process is seen to have."""
PRETENDED = (
    "chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat",
    "utime", "utimes", "futimesat", "utimensat",
)  # fmt: skip
"""Landlock does not hold them, and on an error shutil.copy fails: modes, owners and times of files
stay as they are."""
NOT_SUPPORTED = (
    "setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr",
)  # fmt: skip
OWN_ONLY = {
    "prlimit64": 0,
    "setpriority": 1,
    "ioprio_set": 1,
    "sched_setaffinity": 0,
    "sched_setattr": 0,
    "sched_setparam": 0,
    "sched_setscheduler": 0,
}
"""The argument that names a process: 0, itself, is let be."""

NEW_NAMESPACES = 0x7E020000
"""CLONE_NEWNS, -CGROUP, -UTS, -IPC, -USER, -PID, -NET."""
THREAD = 0x10000
UNIX, STREAM, SEQPACKET = 1, 1, 5
SIGNAL_OWNERS = (8, 10, 15)
"""F_SETOWN, F_SETSIG and F_SETOWN_EX of fcntl(2)."""
TERMINAL = (0x5412, 0x541C, 0x8901, 0x8902)
"""TIOCSTI, TIOCLINUX, FIOSETOWN and SIOCSPGRP of ioctl(2)."""
WATCHED_STATE = (1, 4, 35)
"""PR_SET_PDEATHSIG, PR_SET_DUMPABLE and PR_SET_MM: they would hide it from the watchdog."""
READ_ONLY, TRUNCATE = 0o3, 0o1000
"""O_ACCMODE and O_TRUNC: Landlock before version 3 lets what it can read be emptied."""

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN, AND = 0x20, 0x15, 0x35, 0x45, 0x06, 0x54
"""BPF_LD|W|ABS, BPF_JMP|JEQ|K, JGE, JSET, BPF_RET|K and BPF_ALU|AND|K."""
NUMBER_AT, ARCH_AT, ARGUMENTS_AT = 0, 4, 16
"""Offsets in struct seccomp_data; arguments are 8 bytes, the low half first on both machines."""
ALL_BITS = 0xFFFFFFFF


class Test(NamedTuple):
    """One look at an argument of a call."""

    argument: int
    mask: int
    value: int | None
    """What the masked argument equals; None: any of the mask's bits."""
    action: int
    high: bool = False
    """Whether its high half is looked at; only pointers have one that matters."""
    differs: bool = False
    """Whether it holds where the value is another."""


class Rule(NamedTuple):
    """What becomes of a call: the first test that holds says it, else `action`."""

    name: str
    action: int
    tests: tuple[Test, ...] = ()


class Gaps(NamedTuple):
    """What the files' rules leave open, so that the filter must close it."""

    signals: bool
    """Signals to processes outside: before version 6 of Landlock."""
    emptying: bool
    """Emptying a file that can only be read: before its version 3."""


def program(listener: bool, gaps: Gaps, me: int) -> bytes:
    """Return the filter for the process `me`, as the kernel takes it.

    `listener`: whether a watchdog answers what is asked.
    """
    machine = platform.machine()
    code = [(LOAD, 0, 0, ARCH_AT), (EQUAL, 1, 0, AUDIT_ARCH[machine]), (RETURN, 0, 0, KILL)]
    code += [(LOAD, 0, 0, NUMBER_AT), (AT_LEAST, 0, 1, NEWEST + 1), (RETURN, 0, 0, NOT_HERE)]
    for rule in _rules(listener, gaps, me):
        if (call_number := number(rule.name, machine)) is not None:
            body = [step for test in rule.tests for step in _steps(test)]
            body.append((RETURN, 0, 0, rule.action))
            code += [(EQUAL, 0, len(body), call_number), *body]
    code.append((RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in code)


def install(program: bytes, *, listener: bool) -> int | None:
    """Give this thread and all that it starts a filter; raises OSError.

    Return the file of the watchdog that is to listen; None without one.
    """
    count = len(program) // 8
    lines = ctypes.create_string_buffer(program, len(program))
    holder = struct.pack("@HP", count, ctypes.addressof(lines))
    if listener:
        return must("syscall", SECCOMP[platform.machine()], SET_FILTER, NEW_LISTENER, holder)
    must("prctl", SET_SECCOMP, FILTER, holder, 0, 0)
    return None


def takes_filters() -> int:
    """Return 0 if the kernel takes filters, else the errno that says why not."""
    # No filter is at address 0: a kernel that has filters says EFAULT, any other EINVAL.
    _, error = call("prctl", SET_SECCOMP, FILTER, None, 0, 0)
    return 0 if error == errno.EFAULT else error


def known_machine() -> bool:
    """Return whether filters are written for this machine."""
    return platform.machine() in AUDIT_ARCH and sys.byteorder == "little"


def _steps(test: Test) -> list[tuple[int, int, int, int]]:
    at = ARGUMENTS_AT + 8 * test.argument + 4 * test.high
    jump = (ANY_BIT, 0, 1, test.mask) if test.value is None else (EQUAL, 0, 1, test.value)
    masked = [] if test.value is None or test.mask == ALL_BITS else [(AND, 0, 0, test.mask)]
    if test.differs:
        jump = (EQUAL, 1, 0, test.value or 0)
    return [(LOAD, 0, 0, at), *masked, jump, (RETURN, 0, 0, test.action)]


def _rules(listener: bool, gaps: Gaps, me: int) -> list[Rule]:
    ask = ASK if listener else NO_ACCESS
    fork = ASK if listener else ALLOW
    own = tuple(Test(0, ALL_BITS, who & ALL_BITS, ALLOW) for who in (me, 0, -me))
    rules = [Rule(name, fork if name.endswith("fork") else ask) for name in ASKED]
    rules += [Rule(name, REFUSE) for name in REFUSED]
    rules += [Rule(name, NOT_HERE) for name in ABSENT]
    rules += [Rule(name, PRETEND) for name in PRETENDED]
    rules += [Rule(name, ERROR | errno.EOPNOTSUPP) for name in NOT_SUPPORTED]
    rules += [
        Rule(name, REFUSE, (Test(which, ALL_BITS, 0, ALLOW),)) for name, which in OWN_ONLY.items()
    ]
    rules += [
        Rule("clone", fork, (Test(0, NEW_NAMESPACES, None, REFUSE), Test(0, THREAD, None, ALLOW))),
        # Only pairs of streams: a datagram of a pair can be sent to any socket's name.
        Rule("socketpair", NO_ACCESS, (
            Test(0, ALL_BITS, UNIX, NO_ACCESS, differs=True),
            Test(1, 0xF, STREAM, ALLOW), Test(1, 0xF, SEQPACKET, ALLOW),
        )),
        Rule("sendto", ALLOW, (Test(4, ALL_BITS, None, ask), Test(4, ALL_BITS, None, ask, True))),
        Rule("fcntl", ALLOW, tuple(Test(1, ALL_BITS, each, REFUSE) for each in SIGNAL_OWNERS)),
        Rule("ioctl", ALLOW, tuple(Test(1, ALL_BITS, each, REFUSE) for each in TERMINAL)),
        Rule("prctl", ALLOW, tuple(Test(0, ALL_BITS, each, REFUSE) for each in WATCHED_STATE)),
    ]  # fmt: skip
    if gaps.signals:  # only to itself then
        rules += [Rule(name, REFUSE, own) for name in ("kill", "rt_sigqueueinfo")]
        rules += [Rule(n, REFUSE, own[:1]) for n in ("tkill", "tgkill", "rt_tgsigqueueinfo")]
        rules.append(Rule("pidfd_send_signal", REFUSE))
    if gaps.emptying:
        empties = Test(0, READ_ONLY | TRUNCATE, TRUNCATE, NO_ACCESS)
        rules += [Rule("open", ALLOW, (empties._replace(argument=1),)), Rule("truncate", NO_ACCESS)]
        rules.append(Rule("openat", ALLOW, (empties._replace(argument=2),)))
    return rules
