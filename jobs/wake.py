"""Wake-ups between processes: Unix datagrams, one socket per listener, so that nobody has to poll.

A lost datagram costs time, never work: every listener also looks at the store now and then.
"""

import atexit
import contextlib
import functools
import hashlib
import itertools
import os
import socket
import stat
import tempfile
import threading
from pathlib import Path

from config import settings

_count = itertools.count()
_sender: dict[int, socket.socket] = {}
_lock = threading.Lock()
_ears: set["Ear"] = set()


@functools.lru_cache(4)
def _place(owner: int, home: Path) -> Path:
    name = hashlib.sha256(f"{owner}:{home}".encode()).hexdigest()[:10]
    base = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    place = base / f"trb-{name}"
    place.mkdir(mode=0o700, exist_ok=True)
    found = place.lstat()
    if found.st_uid != owner or not stat.S_ISDIR(found.st_mode):
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
            path.unlink(missing_ok=True)  # nobody listens behind it any more


def tidy() -> None:
    """Remove what dead listeners left behind, and the folder once nobody listens."""
    place = folder()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as knock:
        for path in place.glob("*.sock"):
            try:
                knock.connect(str(path))
            except (ConnectionRefusedError, FileNotFoundError):
                path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        place.rmdir()


class Ear:
    """A listener of a group."""

    def __init__(self, group: str) -> None:
        self.path = folder() / f"{group}-{os.getpid()}-{next(_count)}.sock"
        self.socket = self._bound()
        _ears.add(self)

    def _bound(self) -> socket.socket:
        fresh = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.path.parent.mkdir(mode=0o700, exist_ok=True)
        self.path.unlink(missing_ok=True)
        fresh.bind(str(self.path))
        return fresh

    def hear(self, seconds: float) -> str | None:
        """The next message, or None after so many seconds."""
        if not self.path.exists() and self in _ears:  # somebody has cleaned the temporary folder
            self.socket.close()
            self.socket = self._bound()
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(256).decode("utf-8", "replace")
        except (TimeoutError, BlockingIOError):
            return None

    def close(self) -> None:
        """Stop listening."""
        _ears.discard(self)
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)
            self.socket.close()


@atexit.register
def _leave() -> None:
    """Take this process's sockets along, and the folder of the last one."""
    for ear in list(_ears):
        ear.close()
        with contextlib.suppress(OSError):
            ear.path.parent.rmdir()
