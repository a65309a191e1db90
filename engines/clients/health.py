"""Whether a server answers, remembered for a few seconds: asked before every `auto`, so nobody ever waits long for the answer."""

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from engines.clients.http import Limits, Server
from engines.errors import StudioError

PATIENCE = 3.0
FRESH, STALE = 5.0, 60.0
PROBE = Limits(seconds=4.0, megabytes=4)


@dataclass
class _Seen:
    """What a server said last: when, what is missing (empty if it answered), and its answer as JSON."""

    at: float = 0.0
    missing: str = ""
    answer: Any = None
    asking: bool = False
    took: float = 0.0
    told: threading.Event = field(default_factory=threading.Event)


_seen: dict[str, _Seen] = {}
_lock = threading.Lock()


def probe(server: Server, path: str) -> tuple[str, Any]:
    """What is missing (empty if the server answers), and what it answers to a GET of `path`.

    An answer older than FRESH seconds is renewed in the background; only without one, or with one older than STALE, the
    caller waits, and at most PATIENCE seconds.
    """
    with _lock:
        seen = _seen.setdefault(f"{server.identity} {path}", _Seen())
        age = time.monotonic() - seen.at if seen.at else STALE
        if age >= STALE:
            seen.told.clear()
        if age >= FRESH and not seen.asking:
            seen.asking = True
            threading.Thread(target=_ask, args=(server, path, seen), name="probe", daemon=True).start()
    if not seen.told.wait(PATIENCE):
        with _lock:  # nobody else need wait for it
            if not seen.told.is_set():
                seen.at, seen.answer = time.monotonic(), None
                seen.missing = f"{server.name} does not answer; start it, or try again in a moment"
                seen.told.set()
    return seen.missing, seen.answer


def pace(address: str) -> float | None:
    """How many seconds the last look at the server of this address took; None if nobody has looked, or it did not answer."""
    with _lock:
        found = [seen for name, seen in _seen.items() if name.startswith(f"{address} ") and seen.at and not seen.missing]
    return max((seen.took for seen in found), default=None)


def _ask(server: Server, path: str, seen: _Seen) -> None:
    answer, missing, began = None, "", time.monotonic()
    try:
        answer = server.call("GET", path, lambda: None, limits=PROBE).json()
    except StudioError as error:
        missing = error.message.rstrip(".")
    except Exception:  # a probe never takes anybody down
        missing = f"{server.name} answers with something that cannot be understood"
    finally:
        with _lock:
            seen.at, seen.missing, seen.answer, seen.asking = time.monotonic(), missing, answer, False
            seen.took = seen.at - began
            seen.told.set()
