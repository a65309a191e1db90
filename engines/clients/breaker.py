"""A circuit breaker per server: after several failures in a row nobody asks for a while, then one call tries for all."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from engines.errors import Unavailable

FAILURES = 3
REST_SECONDS = 20.0
_breakers: dict[str, "Breaker"] = {}
_lock = threading.Lock()


class Breaker:
    """Closed while all is well; open after FAILURES failures in a row; half-open for a single trial once it has rested."""

    def __init__(self, name: str, rest: float = REST_SECONDS) -> None:
        self.name, self.rest = name, rest
        self._failures = 0
        self._until = 0.0
        self._trying = False
        self._lock = threading.Lock()

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Around one call: refuses it while the circuit is open, and counts an Unavailable that comes out of it."""
        trial = self._enter()
        verdict: bool | None = None  # a cancelled call says nothing about the server
        try:
            yield
            verdict = True
        except Unavailable:
            verdict = False
            raise
        except Exception:
            verdict = True  # it answered, if only to refuse
            raise
        finally:
            self._leave(trial, verdict)

    def _enter(self) -> bool:
        with self._lock:
            if self._failures < FAILURES:
                return False
            left = self._until - time.monotonic()
            if left > 0 or self._trying:
                raise Unavailable(f"{self.name} failed several times in a row and is left alone for a moment.", retry_after=max(1.0, left))
            self._trying = True
            return True

    def _leave(self, trial: bool, went_well: bool | None) -> None:
        with self._lock:
            if trial:
                self._trying = False
            if went_well:
                self._failures = 0
            elif went_well is False:
                self._failures += 1
                if self._failures >= FAILURES:
                    self._until = time.monotonic() + self.rest


def breaker(address: str, name: str, rest: float = REST_SECONDS) -> Breaker:
    """The breaker of a server in this process; all engines that speak to one address share it."""
    with _lock:
        found = _breakers.setdefault(address, Breaker(name, rest))
        found.rest = rest
        return found
