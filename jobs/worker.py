"""Take a job, do it, record how it ended.

`python app.py worker cpu` is an operating-system process of its own that never imports Gradio; the supervisor starts it.
"""

import argparse
import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from config import settings
from engines import pool
from engines.errors import Cancelled, InternalError, OutOfMemory, StudioError
from jobs import capabilities, logs, process, publish, queue
from jobs.capability import CAPABILITIES
from jobs.flow import FlowRun, Waiting, perform
from jobs.idle import Housekeeper
from jobs.life import Claim, Stale, beat, claim, fail, give_back, park, report, stopped
from jobs.run import Interrupted, JobRun
from jobs.store import trouble

log = logging.getLogger("troubadour.worker")
BEAT = 5.0


class Worker:
    """One lane's hands in this process."""

    def __init__(self, lane: str, name: str, boss: str) -> None:
        self.lane, self.name, self.boss = lane, name, boss
        self.stopping = threading.Event()
        self.runs: dict[str, JobRun] = {}
        self._warm_until = 0.0
        self._heart: threading.Thread | None = None
        self._alive = threading.Condition()
        self._taking = threading.Lock()
        self._busy = 0
        assert capabilities.__doc__  # importing it declares the job kinds

    def look(self, _: str = "") -> None:
        """A wake-up: do the lane's best jobs until none is left."""
        while (held := self._take()) is not None:
            try:
                self.do(held)
            finally:
                with self._taking:
                    self._busy -= 1

    def _take(self) -> Claim | None:
        """The best job, counted as being done; None when there is none or this worker is leaving."""
        with self._taking:
            held = None if self.stopping.is_set() else claim(self.lane, self.name, self.boss, pool.warm(), self._warm_until)
            self._busy += held is not None
            return held

    def leave(self) -> bool:
        """End this process as if it had been told to, unless there is work; no job is taken in between."""
        with self._taking:
            if self._busy or self.stopping.is_set():
                return False
            self.stopping.set()
        os.kill(os.getpid(), signal.SIGTERM)
        return True

    def do(self, held: Claim) -> None:
        """One claimed job, to whatever end."""
        began = time.monotonic()
        facts = {"job": held.id, "kind": held.row["kind"], "correlation_id": held.row["correlation_id"], "lane": self.lane}
        try:
            with self._holding(held) as run:
                ended = self._attempt(held, run)
        except Stale:
            ended = "stale"  # somebody else has it; nothing of ours may be written
        except Exception as error:  # not even its folder could be made, or its end could not be written
            ended = self._last_word(held, error)
        log.info("job %s", ended, extra=facts | {"status": ended, "seconds": round(time.monotonic() - began, 3)})

    def _attempt(self, held: Claim, run: JobRun) -> str:
        try:
            self._load(held, run)
            run.check()
            made = perform(run)
            run.check()
            if made.artifacts:
                report(held, status="encoding", stage="Saving")
            publish.complete(held, made)
            return "complete"
        except Waiting:
            park(held)
            return "parked"
        except Cancelled:
            stopped(held)
            return "cancelled"
        except Interrupted:
            give_back("id=? and token=?", held.id, held.token, uses_attempt=False)
            return "interrupted"
        except Stale:
            raise
        except BaseException as error:  # also sys.exit() in a library: it would end this thread and with it the lane
            known = understood(error, held)
            fail(held, known)
            return known.code

    def _last_word(self, held: Claim, error: Exception) -> str:
        try:
            fail(held, understood(error, held))
            return "error"
        except Stale:
            return "stale"
        except Exception:
            log.exception("the end of a job could not be written; its lease will run out", extra={"job": held.id})
            return "left"

    def _load(self, held: Claim, run: JobRun) -> None:
        """Make the model warm before the work, so that loading shows as loading, and can be stopped."""
        model = held.row["model"]
        if not model or CAPABILITIES[held.row["kind"]].flow:
            return
        if model in pool.warm():
            return
        report(held, status="loading", stage="Loading the model")

        def tell(fraction: float, note: str) -> None:
            run.check()
            report(held, stage=f"{note} ({round(100 * fraction)} %)")

        pool.engine(model, tell, run.check)
        report(held, status="generating", stage="", loaded_at=time.time())
        if self.lane == "gpu":
            self._warm_until = time.time() + settings().warm_seconds

    @contextmanager
    def _holding(self, held: Claim) -> Iterator[JobRun]:
        """While it runs, its lease is renewed by the heart and it can be interrupted."""
        run = FlowRun(held) if CAPABILITIES[held.row["kind"]].flow else JobRun(held)
        with self._alive:
            self.runs[held.id] = run
            if self._heart is None:
                self._heart = threading.Thread(target=self._beat, name="heart", daemon=True)
                self._heart.start()
            self._alive.notify()
        try:
            yield run
        finally:
            with self._alive:
                self.runs.pop(held.id, None)
            run.close()

    def _beat(self) -> None:
        """Renew the leases of everything that runs; sleep for good while nothing does."""
        pause = min(BEAT, settings().lease_seconds / 4)
        while True:
            with self._alive:
                while not self.runs:
                    self._alive.wait()
            time.sleep(pause)
            for run in list(self.runs.values()):
                try:
                    beat(run.held)
                except Stale:
                    log.warning("lost the claim", extra={"job": run.held.id})
                except Exception:  # a busy or full disk: the next beat tries again
                    log.exception("a heartbeat could not be written", extra={"job": run.held.id})

    def stop(self, grace: float) -> None:
        """Take no more; what runs may end within the grace period, else it goes back with no attempt used."""
        self.stopping.set()
        deadline = time.monotonic() + grace * 0.7
        while self.runs and time.monotonic() < deadline:
            time.sleep(0.02)
        for run in list(self.runs.values()):
            run.interrupted.set()
        deadline = time.monotonic() + grace * 0.2
        while self.runs and time.monotonic() < deadline:
            time.sleep(0.02)
        for run in list(self.runs.values()):
            give_back("id=? and token=?", run.held.id, run.held.token, uses_attempt=False)


def understood(error: BaseException, held: Claim) -> StudioError:
    """Any exception as one that a person may be shown."""
    if isinstance(error, StudioError):
        return error
    if (of_disk := trouble(error)) is not None:
        return of_disk
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return OutOfMemory("There was not enough memory; try a smaller size or fewer at once.")
    log.error("job failed", exc_info=error, extra={"job": held.id, "correlation_id": held.row["correlation_id"]})
    return InternalError(
        f"Something went wrong in the studio ({type(error).__name__}); the log has more under {held.row['correlation_id']}."
    )


def threads_of(lane: str) -> int:
    """How many jobs one worker process of a lane does side by side."""
    return settings().io_threads if lane == "io" else 1


def main(arguments: list[str]) -> int:
    """`worker <lane>`: work until told to stop."""
    parser = argparse.ArgumentParser(prog="app.py worker")
    parser.add_argument("lane", choices=queue.LANES)
    parser.add_argument("--boss", default="", help="identity of the supervisor")
    parser.add_argument("--parent", type=int, default=0, help="pid this worker dies with")
    asked = parser.parse_args(arguments)
    logs.to_stderr()
    if asked.parent:
        process.die_with_parent(asked.parent)
    wait = process.bell(signal.SIGTERM)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    worker = Worker(asked.lane, process.identity(), asked.boss)
    consumer = queue.LaneConsumer(asked.lane, worker.look, threads_of(asked.lane))
    Housekeeper(worker.name, worker.leave if asked.lane == "gpu" else None).start()
    consumer.start()
    queue.announce(asked.lane, "")  # whatever waited while nobody was there
    wait()
    worker.stop(settings().grace_seconds)
    if not consumer.stop(1.0):
        os._exit(0)  # an engine that does not listen; its job is back in the queue
    pool.empty()
    return 0
