# ruff: noqa: ARG001, BLE001, S103, S108, S112 - it is what foreign code does
"""What foreign code may try, each in a few lines. Runs inside of a box, without cardkit.

Each attack says whether it went well, and keeps silent about errors, as code would that hides.
The arguments: where to write what went well, and what there is to attack, as JSON.
"""

from __future__ import annotations

import ctypes
import glob
import json
import os
import resource
import signal
import socket
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

ATTACKS: dict[str, Callable[[SimpleNamespace], object]] = {}
LIBC = ctypes.CDLL(None, use_errno=True)
Attack = Callable[[SimpleNamespace], object]


def attack(does: Attack) -> Attack:
    """Put an attack into the table; it went well if it gives something true."""
    ATTACKS[does.__name__] = does
    return does


def talk(family: int, kind: int, address: object, said: str) -> bool:
    with socket.socket(family, kind) as talks:
        talks.connect(address)
        return talks.send(said.encode()) > 0


@attack
def inet(at: SimpleNamespace) -> object:
    return talk(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", at.port), at.said)


@attack
def inet6(at: SimpleNamespace) -> object:
    return talk(socket.AF_INET6, socket.SOCK_STREAM, ("::1", at.port6), at.said)


@attack
def datagram(at: SimpleNamespace) -> object:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as talks:
        return talks.sendto(at.said.encode(), ("127.0.0.1", at.udp))


@attack
def unix(at: SimpleNamespace) -> object:
    return talk(socket.AF_UNIX, socket.SOCK_STREAM, at.unix, at.said)


@attack
def abstract(at: SimpleNamespace) -> object:
    return talk(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + at.abstract, at.said)


@attack
def unix_by_a_pair(at: SimpleNamespace) -> object:
    """A datagram of a pair goes wherever it is sent."""
    one, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    return one.sendto(at.said.encode(), at.dgram)


@attack
def serve(at: SimpleNamespace) -> object:
    with socket.socket() as serves:
        serves.bind(("127.0.0.1", 0))
        serves.listen()
        return True


@attack
def resolve(at: SimpleNamespace) -> object:
    return socket.getaddrinfo("weights.example.org", 443)


@attack
def read_home(at: SimpleNamespace) -> object:
    return "planted" in Path(at.home, "diary.txt").read_text()


@attack
def list_home(at: SimpleNamespace) -> object:
    return os.listdir(at.home)


@attack
def read_token(at: SimpleNamespace) -> object:
    return Path(at.home, ".cache/huggingface/token").read_text()


@attack
def read_project(at: SimpleNamespace) -> object:
    return Path(at.project, "main.py").read_text()


@attack
def read_shadow(at: SimpleNamespace) -> object:
    return Path("/etc/shadow").read_bytes()


@attack
def read_environment_of_another(at: SimpleNamespace) -> object:
    return b"hf_planted" in Path(f"/proc/{at.victim}/environ").read_bytes()


@attack
def read_memory_of_another(at: SimpleNamespace) -> object:
    return Path(f"/proc/{at.victim}/maps").read_bytes()


@attack
def read_other_command_lines(at: SimpleNamespace) -> object:
    return b"sleep" in Path(f"/proc/{at.victim}/cmdline").read_bytes()


@attack
def read_disk(at: SimpleNamespace) -> object:
    disks = [path for path in glob.glob("/dev/*") if stat.S_ISBLK(os.stat(path).st_mode)]
    return any(os.open(path, os.O_RDONLY) for path in sorted(disks)[:1])


@attack
def make_disk(at: SimpleNamespace) -> object:
    os.mknod("disk", stat.S_IFBLK | 0o600, os.makedev(7, 0))
    return True


@attack
def write_outside(at: SimpleNamespace) -> object:
    return Path(at.outside, "new.txt").write_text("mine")


@attack
def change_outside(at: SimpleNamespace) -> object:
    with open(Path(at.outside, "old.txt"), "a") as file:
        return file.write("mine")


@attack
def change_model(at: SimpleNamespace) -> object:
    return Path(at.model, "weights").write_text("mine")


@attack
def empty_model(at: SimpleNamespace) -> object:
    """Opened to be read only, a file can be emptied all the same."""
    os.close(os.open(Path(at.model, "config"), os.O_RDONLY | os.O_TRUNC))
    return not os.stat(Path(at.model, "config")).st_size


@attack
def make_folder_outside(at: SimpleNamespace) -> object:
    os.mkdir(Path(at.outside, "folder"))
    return True


@attack
def remove_outside(at: SimpleNamespace) -> object:
    os.remove(Path(at.outside, "gone.txt"))
    return True


@attack
def chmod_outside(at: SimpleNamespace) -> object:
    os.chmod(Path(at.outside, "old.txt"), 0o777)
    return stat.S_IMODE(os.stat(Path(at.outside, "old.txt")).st_mode) == 0o777


@attack
def link_to_outside(at: SimpleNamespace) -> object:
    """Who reads the outcome afterwards would read another file."""
    os.symlink("/etc/shadow", "outcome.json")
    return True


@attack
def share_memory(at: SimpleNamespace) -> object:
    path = Path("/dev/shm", at.abstract)
    path.write_text("mine")
    path.unlink()
    return True


@attack
def share_memory_of_old(at: SimpleNamespace) -> object:
    got = LIBC.shmget(0, 4096, 0o1600)
    return got >= 0 and LIBC.shmctl(got, 0, None) == 0


@attack
def trace(at: SimpleNamespace) -> object:
    return LIBC.ptrace(0x4206, at.victim, None, None) == 0  # PTRACE_SEIZE


@attack
def new_user_namespace(at: SimpleNamespace) -> object:
    child = os.fork()
    if not child:
        os._exit(0 if LIBC.unshare(0x10000000) == 0 else 1)
    return os.waitpid(child, 0)[1] == 0


@attack
def mount(at: SimpleNamespace) -> object:
    if LIBC.mount(b"tmpfs", at.mount.encode(), b"tmpfs", 0, None):
        return False
    return LIBC.umount2(at.mount.encode(), 0) == 0


@attack
def ring(at: SimpleNamespace) -> object:
    """io_uring opens sockets and files past a filter."""
    file = LIBC.syscall(425, 4, ctypes.create_string_buffer(120))
    return file >= 0


@attack
def limit_another(at: SimpleNamespace) -> object:
    resource.prlimit(at.victim, resource.RLIMIT_NOFILE, (3, 3))
    return True


@attack
def slow_down_another(at: SimpleNamespace) -> object:
    os.setpriority(os.PRIO_PROCESS, at.victim, 19)
    return True


@attack
def signal_by_input(at: SimpleNamespace) -> object:
    """The kernel sends the signal, when something comes."""
    import fcntl

    one, other = socket.socketpair()
    fcntl.fcntl(one, fcntl.F_SETOWN, at.victim)
    fcntl.fcntl(one, 10, signal.SIGUSR1)
    fcntl.fcntl(one, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    other.send(b"x")
    return True


@attack
def kill_another(at: SimpleNamespace) -> object:
    os.kill(at.victim, signal.SIGTERM)
    return True


@attack
def kill_another_by_file(at: SimpleNamespace) -> object:
    signal.pidfd_send_signal(os.pidfd_open(at.victim), signal.SIGTERM)
    return True


@attack
def kill_another_by_thread(at: SimpleNamespace) -> object:
    number = {"x86_64": 234, "aarch64": 131}[os.uname().machine]
    return LIBC.syscall(number, at.victim, at.victim, signal.SIGTERM) == 0


@attack
def use_own_process(at: SimpleNamespace) -> object:
    """No attack: what a program must still be able to do to itself and what it starts."""
    one, other = socket.socketpair()
    one.send(b"x")
    child = os.fork()
    if not child:
        signal.pause()
    os.kill(child, signal.SIGKILL)
    Path("a").write_text("a")
    os.replace("a", "b")
    os.chmod("b", 0o600)
    read = Path(at.model, "readable").read_text()
    return other.recv(1) == b"x" and os.waitpid(child, 0)[1] == 9 and read == "to be read"


def main() -> None:
    told = json.loads(sys.argv[2])
    at = SimpleNamespace(**told)
    went = []
    for name in at.attacks or ATTACKS:
        try:
            if ATTACKS[name](at):
                went.append(name)
        except Exception:
            continue
    Path(sys.argv[1]).write_text(json.dumps(went))


if __name__ == "__main__":
    main()
