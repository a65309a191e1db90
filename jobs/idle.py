"""What a worker does while nothing is to be done: it lets go of models that nobody uses, and of those it is asked to.

Which models are warm stands in the store, so that every process can tell; a request to let go stands there too, and is followed at
once, or when the work that uses the model has ended. A gpu worker that has let go of its last model ends, for only the end of a
process gives all of a GPU's memory back; the supervisor starts a fresh one.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Any

from config import catalog, settings
from engines import pool
from engines.errors import BadRequest, Unauthorized
from engines.memory import GB
from engines.words import nearest
from jobs import process, wake
from jobs.life import told
from jobs.store import Row, rows, write

log = logging.getLogger("troubadour.idle")
EAR = "idle"
LONGEST, SHORTEST = 60.0, 0.5
MOMENT = 2.0


class Housekeeper:
    """A thread of a process that has warm models."""

    def __init__(self, worker: str, leave: Callable[[], bool] | None = None) -> None:
        """For the process with this identity; `leave` ends it once its last model is gone, unless there is work."""
        self.worker, self.leave = worker, leave
        self._had = False
        self._writing = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeper", daemon=True)

    def start(self) -> None:
        """Keep the store's list of warm models true from now on, and listen."""
        self._deaf = pool.on_change(self.publish)
        self._thread.start()

    def stop(self) -> None:
        """No more of it; where the process goes on without its workers."""
        self._deaf()
        self._stopping.set()
        wake.poke(EAR)
        self._thread.join(MOMENT)
        forget(self.worker)

    def publish(self) -> None:
        """Write down which models are warm here."""
        with self._writing:
            found = pool.heavy()
            self._had = self._had or bool(found)
            try:
                with write(durable=False) as db:
                    db.execute("delete from warm where worker=?", (self.worker,))
                    for name, entry in found.items():
                        since = time.time() - (time.monotonic() - entry.since)
                        values = (self.worker, name, entry.row.lane, entry.kind, entry.held / GB, since, int(entry.leaving))
                        db.execute("insert into warm values (?, ?, ?, ?, ?, ?, ?)", values)
            except sqlite3.Error as error:  # a busy or full disk: it is written at the next change
                log.warning("the list of warm models could not be written: %s", error)
                return
        told("")

    def _run(self) -> None:
        ear = wake.Ear(EAR)
        while not self._stopping.is_set():
            try:
                ear.hear(min(LONGEST, max(SHORTEST, settings().keep_alive_minutes * 60 / 4)))
            except OSError:
                return  # the process ends and has taken its sockets along
            if not self._stopping.is_set():
                self._tidy()
        ear.close()

    def _tidy(self) -> None:
        try:
            self.look()
        except Exception:
            log.exception("a round of housekeeping failed; the next one tries again")

    def look(self) -> None:
        """Let go of what was asked for and of what was not used for long; leave when that was the last."""
        asked = [each["model"] for each in rows("select model from warm where worker=? and asked=1", self.worker)] if self._had else []
        gone = pool.release(asked) + pool.expire()
        if gone:
            log.info("let go of %s", ", ".join(gone))
        if self.leave is not None and self._had and not pool.heavy() and self.leave():
            log.info("nothing is warm any more; this process ends and gives all memory back")


def warm() -> list[dict[str, Any]]:
    """The warm models of all workers: model, lane, device, gigabytes, since when."""
    return [{name: each[name] for name in ("model", "lane", "device", "gb", "since")} for each in _alive()]


def forget(worker: str = "") -> None:
    """A worker has ended, or all have: nothing is warm there any more."""
    with write(durable=False) as db:
        db.execute("delete from warm where worker=? or ?=''", (worker, worker))


def unload(model: str | None) -> dict[str, Any]:
    """Ask every worker to let go of a model, or of all; which went at once, and which go when their work has ended.

    Unauthorized in a public studio, where others use them too; BadRequest for a model there is not.
    """
    if settings().public:
        raise Unauthorized("In a public studio nobody unloads what others use; models that nobody uses go by themselves.")
    if model is not None and model not in catalog():
        raise BadRequest(f"unknown model {model!r}{nearest(model, catalog())}", fields=["model"])
    return let_go({each["model"] for each in _alive() if model in (None, each["model"])})


def let_go(asked: set[str]) -> dict[str, Any]:
    """The same for these models, whoever asks."""
    with write(durable=False) as db:
        for name in asked:
            db.execute("update warm set asked=1 where model=?", (name,))
    wake.poke(EAR)
    deadline = time.monotonic() + MOMENT
    while (left := asked & {each["model"] for each in _alive() if each["asked"]}) and time.monotonic() < deadline:
        time.sleep(0.05)
    return {"unloaded": sorted(asked - left), "in_use": sorted(left)}


def _alive() -> list[Row]:
    return [each for each in rows("select * from warm order by since") if process.alive(each["worker"])]
