"""Who holds a job: processes named so that a reused pid is never mistaken for the one that died."""

import ctypes
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG = 1


def _stat(pid: int) -> list[str]:
    """The kernel's words about a process, from its state on; empty if there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return []


def started(pid: int) -> str:
    """When a process started, in the kernel's ticks; empty if there is none, or it is dead and only not buried."""
    words = _stat(pid)
    return words[19] if words and words[0] not in "ZX" else ""


def stands_still(pid: int) -> bool:
    """Whether somebody has stopped a process, which may go on later."""
    return _stat(pid)[:1] in (["T"], ["t"])


def identity(pid: int | None = None) -> str:
    """host:pid:start of this or another process."""
    pid = pid or os.getpid()
    return f"{socket.gethostname()}:{pid}:{started(pid)}"


def here(name: str) -> bool:
    """Whether an identity is of this host (a new container has a new name)."""
    return name.split(":")[0] == socket.gethostname()


def alive(name: str) -> bool:
    """Whether the process of this identity still runs; processes of other hosts are given the benefit of the doubt."""
    if not here(name):
        return True
    _, pid, start = (name.split(":") + ["", "", ""])[:3]
    return bool(start) and started(int(pid)) == start


def bell(*signs: signal.Signals) -> Callable[[], None]:
    """A wait for the first of these signals.

    The interpreter itself writes them to a pipe. A handler that sets an Event would run between two bytecodes: never, when
    the signal comes just before the wait begins to block, or while the wait holds the Event's lock.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    for sign in signs:
        signal.signal(sign, lambda *_: None)

    def wait() -> None:
        while os.read(reader, 1)[0] not in signs:
            pass

    return wait


def die_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when the thread that started it ends; leave at once if it has."""
    try:
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    except (OSError, AttributeError):
        return  # no prctl here: the lease covers it
    if os.getppid() != parent:
        os._exit(0)
