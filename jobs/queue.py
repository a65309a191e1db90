"""The Huey lanes. A message is only a wake-up: a job id in JSON, never pickle; the store knows what is to be done."""

import datetime
import functools
import json
import logging
import os
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from huey import SqliteHuey
from huey.consumer import Consumer
from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import SqliteStorage

from jobs import wake
from jobs.store import home

log = logging.getLogger("troubadour.queue")
LANES = ("gpu", "cpu", "io")


class JsonSerializer(Serializer):  # type: ignore[misc]
    """Huey messages as JSON. Whatever lies in the queue is read as a wake-up: a forged row can do no more than wake a worker."""

    task = ""

    def _serialize(self, data: Any) -> bytes:
        if not isinstance(data, Message):
            raise TypeError("only wake-ups go on the queue")
        return json.dumps([data.id, data.eta.isoformat() if data.eta else None, str(data.args[0])]).encode()

    def _deserialize(self, data: bytes) -> Message:
        ident, eta, job_id = _read(data)
        fields = dict.fromkeys(Message._fields)
        fields |= {"id": ident, "name": self.task, "retries": 0, "retry_delay": 0, "priority": 0, "eta": eta}
        return Message(**fields | {"args": (job_id,), "kwargs": {}})


def _read(data: object) -> tuple[str, datetime.datetime | None, str]:
    try:
        if not isinstance(data, bytes | memoryview | str):
            raise TypeError("not a message")
        ident, eta, job_id = json.loads(data if isinstance(data, str) else bytes(data))
        return str(ident), datetime.datetime.fromisoformat(eta) if eta else None, str(job_id)
    except Exception as error:  # nothing that lies in the queue may take a worker down
        log.warning("an unreadable wake-up was thrown away (%s)", type(error).__name__)
        return uuid.uuid4().hex, None, ""


class WokenStorage(SqliteStorage):  # type: ignore[misc]
    """SqliteStorage whose empty dequeue sleeps on the lane's socket instead of polling."""

    blocking = True
    nap = 10.0

    def __init__(self, name: str, **options: Any) -> None:
        self.ears = threading.local()
        self.opened: list[wake.Ear] = []
        super().__init__(name, **options)

    def enqueue(self, data: bytes, priority: float | None = None) -> None:
        """Put a wake-up on the lane and wake its workers."""
        super().enqueue(data, priority)
        wake.poke(self.name)

    def dequeue(self) -> bytes | None:
        """The next wake-up; waits for one up to a nap."""
        ear = self.ears.__dict__.get("ear")
        if ear is None:  # listen before looking, so that nothing falls between
            ear = self.ears.ear = wake.Ear(self.name)
            self.opened.append(ear)
        found: bytes | None = super().dequeue()
        if found is None and ear.hear(self.nap) is not None:
            found = super().dequeue()
        return found

    def deafen(self) -> None:
        """Nobody listens here any more."""
        for ear in self.opened:
            ear.close()
        self.opened.clear()
        self.ears = threading.local()


class EmbeddedConsumer(Consumer):  # type: ignore[misc]
    """A consumer that leaves signals to its process."""

    def _set_signal_handlers(self) -> None:
        self._received_signal = False


Handler = Callable[[str], None]
_handlers: dict[str, Handler] = {}


@functools.lru_cache(8)
def _lane(name: str, folder: Path, pid: int) -> tuple[SqliteHuey, Any]:
    serializer = JsonSerializer()
    huey = SqliteHuey(
        name,
        filename=str(folder / "queue.db"),
        storage_class=WokenStorage,
        serializer=serializer,
        results=False,
        fsync=False,
        timeout=30,
    )

    def look(job_id: str) -> None:
        _handlers[name](job_id)

    task = huey.task(name="look")(look)
    serializer.task = huey._registry.task_to_string(task.task_class)
    return huey, task


def announce(name: str, job_id: str, delay: float = 0.0) -> None:
    """Send a wake-up for a job to a lane, now or after a delay in seconds. A failure costs time: the sweep looks too."""
    try:
        _, look = _lane(name, home(), os.getpid())
        if delay > 0:
            look.schedule(args=(job_id,), delay=delay)
        else:
            look(job_id)
    except sqlite3.Error as error:
        log.warning("a wake-up could not be stored: %s", error, extra={"job": job_id, "lane": name})
        wake.poke(name)


def mend() -> None:
    """Throw a damaged queue.db away: it has no fsync, and wake-ups can be made again."""
    path = home() / "queue.db"
    try:
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            whole = connection.execute("pragma quick_check").fetchone()[0] == "ok"
    except sqlite3.DatabaseError:
        whole = False
    if not whole:
        log.warning("queue.db was damaged; a new one takes its place")
        for part in ("", "-wal", "-shm"):
            path.with_name(path.name + part).unlink(missing_ok=True)
        _lane.cache_clear()


def waiting(name: str) -> int:
    """How many wake-ups lie on a lane."""
    return int(_lane(name, home(), os.getpid())[0].pending_count())


class LaneConsumer:
    """Huey's consumer of one lane inside this process: worker threads and the scheduler of delayed wake-ups."""

    def __init__(self, name: str, handler: Handler, threads: int) -> None:
        self.name = name
        _handlers[name] = handler
        huey, _ = _lane(name, home(), os.getpid())
        self.consumer = EmbeddedConsumer(huey, workers=threads, periodic=False, worker_type="thread", check_worker_health=False)

    def start(self) -> None:
        """Begin to take wake-ups."""
        self.consumer.start()

    def stop(self, seconds: float) -> bool:
        """Take no more; wait for what runs. True when all threads have ended in time."""
        self.consumer.stop_flag.set()
        deadline = time.monotonic() + seconds
        threads = [thread for _, thread in self.consumer.worker_threads]
        for thread in threads:
            while thread.is_alive() and time.monotonic() < deadline:
                wake.poke(self.name, "stop")
                thread.join(0.2)
        self.consumer.huey.storage.deafen()
        return not any(thread.is_alive() for thread in threads)
