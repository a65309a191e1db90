"""What all hosted APIs share that make a piece while one waits: sent once, looked at until it has ended, its files copied at once.

A provider (replicate.py, runway.py, stability.py, openrouter.py) says only how it differs: how work is sent, how its state is read, how
it is stopped. Every reply is data: addresses in it pass the guard, sentences in it are shortened, nothing else of it is used.
"""

import base64
import binascii
import threading
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from engines.base import Ready
from engines.clients import guard, health, keys
from engines.clients.connection import Connection, connected, read
from engines.clients.exchange import Check, Limits
from engines.errors import StudioError, Transient, Unanswered, Unavailable

State = Literal["waiting", "working", "done", "failed", "blocked", "cancelled"]
FORBIDDEN = ("nsfw", "safety", "moderat", "content policy", "content_policy", "prohibited", "sensitive", "flagged")
"""Words by which servers that have no code for it say that they refuse what is asked for."""
FILES = 16
PATIENCE = 0.5
TRIES, LONGEST_REST = 4, 60.0


class Account(Connection):
    """The options of a catalog row whose engine speaks to a hosted API; `seconds` is the deadline of a whole piece."""

    seconds: float = Field(900.0, gt=0, le=7200, description="Deadline for one piece, from sending it to its last file")
    call_seconds: float = Field(60.0, gt=0, le=600, description="Deadline for one call")
    poll_seconds: float = Field(2.0, gt=0, le=300, description="How long between looks at work under way")
    file_megabytes: float = Field(256.0, gt=0, le=4096, description="Largest file that is copied")
    fields: dict[str, str] = Field(default_factory=dict, description="Our names of what is sent, and what the model calls them")
    choices: dict[str, list[str]] = Field(default_factory=dict, description="Values the model is limited to, by our names")
    webhook_key: str = Field("", description="Name of the secret with which the server signs its calls to this studio")


@dataclass(frozen=True)
class Status:
    """How a piece of work stands at a server."""

    state: State
    remote: str = ""
    fraction: float | None = None
    files: tuple[str, ...] = ()
    why: str = ""
    usd: float | None = None
    worked: float | None = None
    again: bool = False
    """Whether a failure is the server's own, so that another try may go well."""

    @property
    def ended(self) -> bool:
        """Whether it will not change any more."""
        return self.state not in ("waiting", "working")


class Hosted(ABC):
    """An account at a provider, as a catalog row describes it. Thread-safe."""

    title: ClassVar[str]
    probe: ClassVar[str]
    """What is asked for to see whether the key is good: a path that costs nothing."""
    hooked: ClassVar[bool] = False
    """Whether it calls back, and signs its calls."""

    def __init__(self, options: dict[str, Any]) -> None:
        """ModelNotReady if the row's options are none, or its key is missing."""
        self.account = read(Account, options)
        self.name = self.account.server
        limits = Limits(self.account.call_seconds, self.account.megabytes, self.account.rest_seconds)
        self.server = connected(self.account, limits, self.refusal)

    def refusal(self, status: int, told: Any) -> StudioError | None:
        """ContentBlocked if an error says that the content is the reason; else None."""
        return None

    def ready(self) -> Ready:
        """Whether it answers and lets the studio in."""
        missing, _ = health.probe(self.server, self.probe)
        return Ready(ok=not missing, missing=missing)

    @abstractmethod
    def submit(self, work: dict[str, Any], hook: str, check: Check) -> Status:
        """Send it, with the address the server may call when it is done (or none)."""

    def look(self, remote: str, check: Check) -> Status:
        """How it stands; those who answer with the work itself are never asked."""
        raise Unavailable(f"{self.name} keeps no work that could be looked at.")

    def cancel(self, remote: str) -> None:  # noqa: B027  (some have no way to stop what has begun)
        """Have it stopped there."""

    def dismiss(self, remote: str) -> None:
        """The same, but it never fails, and nobody waits longer than PATIENCE; a server that does not answer is asked again meanwhile."""

        def stop() -> None:
            for _ in range(TRIES):
                try:
                    return self.cancel(remote)
                except Transient as error:
                    time.sleep(min(LONGEST_REST, float(error.details.get("retry_after", self.account.rest_seconds))))
                except StudioError:
                    return None  # what cannot be stopped runs out
            return None

        stopping = threading.Thread(target=stop, daemon=True, name="dismiss")
        stopping.start()
        stopping.join(PATIENCE)

    def calls(self) -> bool:
        """Whether it can call back: it signs its calls, and the secret for that is here."""
        name = self.account.webhook_key
        return self.hooked and bool(name) and keys.key(name) is not None

    def collect(self, status: Status, into: Path, kind: str, check: Check) -> Path:
        """Copy the file of finished work to a path of ours; `kind` is how its media type begins. Raises Unavailable."""
        given = status.files[0]
        if given.startswith("data:"):
            return unpacked(given, into, kind, self)
        limits = Limits(self.account.call_seconds, self.account.file_megabytes)
        return guard.fetch(given, into, guard.Wanted(kind, self.name, self.server.address), check, limits)

    def expected(self, seconds: float) -> float | None:
        """What a piece of so many seconds will cost in US dollars: 0 if the server tells afterwards, None if nobody knows."""
        return self.account.price.before(seconds) if self.account.price else None

    def get(self, path: str, check: Check) -> dict[str, Any]:
        """What a GET tells, as an object."""
        return mapping(self.server.call("GET", path, check).json())


def unpacked(given: str, into: Path, kind: str, host: Hosted) -> Path:
    """Write what a data URL holds."""
    head, _, text = given.partition(",")
    if not head.startswith(f"data:{kind}") or not head.endswith(";base64"):
        raise Unanswered(f"{host.name} sent something else where {kind}… was due.")
    try:
        into.write_bytes(base64.b64decode(text, validate=True))
    except (ValueError, binascii.Error):
        raise Unanswered(f"{host.name} sent a file that cannot be read.") from None
    return into


def mapping(value: Any) -> dict[str, Any]:
    """The same if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def texts(value: Any, key: str = "url") -> tuple[str, ...]:
    """The file addresses in what a server calls its output: one, a list of them, or objects that carry them under `key`."""
    listed = value[:FILES] if isinstance(value, list) else [value]
    found = [each.get(key) if isinstance(each, dict) else each for each in listed]
    return tuple(each for each in found if isinstance(each, str) and each)


def identity(value: Any, host: str) -> str:
    """An id that can stand in a path as it is. Unavailable if a server gave none."""
    if isinstance(value, str) and 0 < len(value) <= 200 and all(sign.isascii() and (sign.isalnum() or sign in "-_") for sign in value):
        return value
    raise Unanswered(f"{host} took the work and gave no id for it.")


def number(value: Any, most: float) -> float | None:
    """A finite number from 0 to `most`, else None."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most else None


def forbids(why: str) -> bool:
    """Whether a sentence says that the content is the reason."""
    return any(word in why.lower() for word in FORBIDDEN)
