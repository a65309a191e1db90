"""Who holds a job: processes named so that a reused pid is never mistaken for the one that died."""

import ctypes
import os
import signal
import socket
from pathlib import Path

PR_SET_PDEATHSIG = 1


def started(pid: int) -> str:
    """When a process started, in the kernel's ticks; empty if there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
    except (OSError, IndexError):
        return ""


def identity(pid: int | None = None) -> str:
    """host:pid:start of this or another process."""
    pid = pid or os.getpid()
    return f"{socket.gethostname()}:{pid}:{started(pid)}"


def alive(name: str) -> bool:
    """Whether the process of this identity still runs; processes of other hosts are given the benefit of the doubt."""
    host, pid, start = (name.split(":") + ["", "", ""])[:3]
    if host != socket.gethostname():
        return True
    return bool(start) and started(int(pid)) == start


def die_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when the thread that started it ends; leave at once if it has."""
    try:
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    except (OSError, AttributeError):
        return  # no prctl here: the lease covers it
    if os.getppid() != parent:
        os._exit(0)
