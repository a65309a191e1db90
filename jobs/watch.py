"""Waiting and watching without polling: workers poke this process when a job changes."""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from config import settings
from jobs import control, wake
from jobs.control import Caller
from jobs.store import rows
from jobs.view import views

SAFETY = 2.0
"""Seconds after which the store is looked at even without a poke."""
PACE = 0.2
PING = 15.0
SHELF = 60
NEXT = 12
"""So many waiting jobs have their time told anew, every SAFETY seconds."""


class Hub:
    """This process's ear, and who wants to know what it hears. One per event loop."""

    _hubs: dict[int, "Hub"] = {}

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.waiting: dict[str, set[asyncio.Event]] = {}
        self.streams: set[Ears] = set()
        self.ear = wake.Ear("web")
        threading.Thread(target=self._listen, name="ear", daemon=True).start()

    @classmethod
    def here(cls) -> "Hub":
        """The hub of the running loop."""
        loop = asyncio.get_running_loop()
        for key in [key for key, hub in cls._hubs.items() if hub.loop.is_closed()]:
            cls._hubs.pop(key)
        if id(loop) not in cls._hubs:
            cls._hubs[id(loop)] = cls(loop)
        return cls._hubs[id(loop)]

    def _listen(self) -> None:
        while not self.loop.is_closed():
            message = self.ear.hear(5.0)
            if message is not None:
                with contextlib.suppress(RuntimeError):  # the loop closed meanwhile
                    self.loop.call_soon_threadsafe(self._spread, message)
        self.ear.close()

    def _spread(self, job_id: str) -> None:
        for event in self.waiting.get(job_id, ()):
            event.set()
        for stream in self.streams:
            stream.hear(job_id)

    @contextlib.contextmanager
    def wanting(self, job_id: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever this job changes."""
        event = asyncio.Event()
        self.waiting.setdefault(job_id, set()).add(event)
        try:
            yield event
        finally:
            self.waiting[job_id].discard(event)
            if not self.waiting[job_id]:
                del self.waiting[job_id]


class Ears:
    """What one stream has heard and not yet told."""

    def __init__(self) -> None:
        self.changed: set[str] = set()
        self.event = asyncio.Event()
        self.live: set[str] = set()
        """Unfinished jobs it has told of: their end may not be missed, even if a datagram was."""

    def told(self, jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Remember which of these jobs have not ended."""
        for job in jobs:
            (self.live.discard if control.ended(job) else self.live.add)(job["id"])
        return jobs

    def hear(self, job_id: str) -> None:
        """A job has changed ('' = a lane)."""
        self.changed.add(job_id)
        self.event.set()


async def wait(job_id: str, caller: Caller, seconds: float) -> dict[str, Any]:
    """The job when it has ended, or as it stands after so many seconds, or when too many wait already."""
    hub = Hub.here()
    deadline = time.monotonic() + seconds
    with hub.wanting(job_id) as event:
        while True:
            event.clear()
            ended = control.find(job_id, caller)["completed_at"] is not None
            left = deadline - time.monotonic()
            if ended or left <= 0 or len(hub.waiting) > settings().waiters:
                return control.job(job_id, caller)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), min(SAFETY, left))


async def stream(caller: Caller) -> AsyncIterator[dict[str, Any]]:
    """Everything of this caller that is worth showing now, then every change, at most five times a second."""
    hub, ears = Hub.here(), Ears()
    hub.streams.add(ears)
    try:
        yield {"jobs": ears.told(_shelf(caller)), "queue": control.status(caller), "full": True}
        spoke = asked = time.monotonic()
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ears.event.wait(), SAFETY if ears.live else PING)
            ears.changed |= _ended(ears.live)
            if time.monotonic() - asked >= SAFETY:
                asked = time.monotonic()
                ears.changed |= _waiting(caller)
            if not ears.changed and time.monotonic() - spoke < PING:
                continue
            await asyncio.sleep(max(0.0, spoke + PACE - time.monotonic()))
            changed, ears.changed = ears.changed, set()
            ears.event.clear()
            spoke = time.monotonic()
            yield _news(changed, caller, ears) if changed else {"ping": 1}
    finally:
        hub.streams.discard(ears)


def _shelf(caller: Caller) -> list[dict[str, Any]]:
    """The latest jobs, all unfinished ones, and the steps of songs among them."""
    found = rows(
        "select * from jobs where owner=? and parent is null and (completed_at is null or n in"
        " (select n from jobs where owner=? and parent is null order by n desc limit ?)) order by n desc limit 400",
        caller.owner,
        caller.owner,
        SHELF,
    )
    songs = [job["id"] for job in found if job["type"] in ("song", "film")][:10]
    marks = ",".join("?" * len(songs))
    steps = rows(f"select * from jobs where parent in ({marks}) order by n", *songs)
    return views([*found, *steps])


def _waiting(caller: Caller) -> set[str]:
    """The next that wait behind work that goes on: nothing about them changes but their time."""
    found = rows(
        "select id from jobs where owner=? and parent is null and status='queued'"
        " and lane in (select lane from jobs where worker is not null) order by priority desc, turn, place, n limit ?",
        caller.owner,
        NEXT,
    )
    return {each["id"] for each in found}


def _ended(live: set[str]) -> set[str]:
    """Those that have ended, or are no more."""
    marks = ",".join("?" * len(live))
    return live - {each["id"] for each in rows(f"select id from jobs where id in ({marks}) and completed_at is null", *live)}


def _news(changed: set[str], caller: Caller, ears: Ears) -> dict[str, Any]:
    ids = [each for each in changed if each]
    marks = ",".join("?" * len(ids))
    found = rows(f"select * from jobs where owner=? and id in ({marks}) order by n", caller.owner, *ids)
    there = {each["id"] for each in rows(f"select id from jobs where id in ({marks})", *ids)}
    removed = [each for each in ids if each not in there]
    ears.live.difference_update(removed)
    return {"jobs": ears.told(views(found)), "removed": removed, "queue": control.status(caller)}
