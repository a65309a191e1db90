"""Wake-ups between processes: Unix datagrams, one socket per listener, so that nobody has to poll.

A lost datagram costs time, never work: every listener also looks at the store now and then.
"""

import contextlib
import functools
import hashlib
import itertools
import os
import socket
import tempfile
import threading
from pathlib import Path

from config import settings

_count = itertools.count()
_sender: dict[int, socket.socket] = {}
_lock = threading.Lock()


@functools.lru_cache(4)
def _place(owner: int, home: Path) -> Path:
    name = hashlib.sha256(f"{owner}:{home}".encode()).hexdigest()[:10]
    base = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    place = base / f"trb-{name}"
    place.mkdir(mode=0o700, exist_ok=True)
    if place.stat().st_uid != owner:
        raise PermissionError(f"{place} belongs to somebody else; remove it or set XDG_RUNTIME_DIR.")
    return place


def folder() -> Path:
    """A short private folder for the sockets of this STUDIO_HOME (socket paths end at about 107 bytes)."""
    return _place(os.getuid(), settings().home)


def poke(group: str, message: str = "") -> None:
    """Wake every listener of a group: gpu, cpu, io or web."""
    with _lock:
        sender = _sender.get(os.getpid())
        if sender is None:
            sender = _sender[os.getpid()] = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            sender.setblocking(False)
    for path in folder().glob(f"{group}-*.sock"):
        try:
            sender.sendto(message.encode(), str(path))
        except BlockingIOError:
            continue  # its box is full: it is awake already
        except (ConnectionRefusedError, FileNotFoundError):
            _bury(path)


def _bury(path: Path) -> None:
    """Remove the socket of a process that is no more."""
    pid = int(path.stem.split("-")[1])
    if pid != os.getpid() and not Path(f"/proc/{pid}").exists():
        path.unlink(missing_ok=True)


class Ear:
    """A listener of a group."""

    def __init__(self, group: str) -> None:
        self.path = folder() / f"{group}-{os.getpid()}-{next(_count)}.sock"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.path.unlink(missing_ok=True)
        self.socket.bind(str(self.path))

    def hear(self, seconds: float) -> str | None:
        """The next message, or None after so many seconds."""
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(256).decode("utf-8", "replace")
        except (TimeoutError, BlockingIOError):
            return None

    def close(self) -> None:
        """Stop listening."""
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)
            self.socket.close()
