"""Start, watch and stop the workers: processes of their own, or threads of this one (STUDIO_WORKERS=inline).

The processes are started from a thread that lives as long as the supervisor: PDEATHSIG follows the thread.
"""

import contextlib
import fcntl
import logging
import os
import select
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from config import settings
from engines.errors import Conflict
from jobs import life, process, queue, recovery, wake
from jobs.idle import Housekeeper
from jobs.store import home
from jobs.worker import Worker, threads_of

log = logging.getLogger("troubadour.supervisor")
ROOT = Path(__file__).parent.parent
SWEEP = 2.0
STAYING, LEAVING = "staying", "leaving"
GLANCE = 0.5
"""Seconds for which somebody who only looks whether a studio runs may hold its lock."""
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": "4000000000", "MALLOC_TRIM_THRESHOLD_": "8000000000"}


@dataclass
class Hand:
    """One worker process."""

    lane: str
    process: subprocess.Popen[bytes]
    identity: str
    handle: int
    began: float
    asked: bool = False


def lock(wait: float) -> IO[str]:
    """The right to run the workers of this STUDIO_HOME; Conflict if another studio has it. Only one that is leaving is waited for."""
    file = open(home() / "running.lock", "a+")  # noqa: SIM115  (held for as long as the studio runs)
    began = time.monotonic()
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            mark(file, STAYING)
            return file
        except BlockingIOError:
            file.seek(0)
            if time.monotonic() - began > (min(wait, GLANCE) if file.read() == STAYING else wait):
                file.close()
                raise taken() from None
            time.sleep(0.1)


def taken() -> Conflict:
    """What is said to a second studio."""
    return Conflict(f"Another studio is running on {home()}; stop it, or set STUDIO_HOME to another folder.")


def refuse_second() -> None:
    """Conflict if another studio stays on this STUDIO_HOME; to be asked before this one builds or says anything."""
    if running() and (home() / "running.lock").read_text("utf-8") == STAYING:
        raise taken()


def mark(file: IO[str], word: str) -> None:
    """Write into the lock how its holder stands, for whoever waits for it."""
    file.truncate(0)
    file.write(word)
    file.flush()


def running() -> bool:
    """Whether a studio works on this STUDIO_HOME."""
    try:
        lock(0).close()
    except Conflict:
        return True
    return False


class Supervisor:
    """The workers of one studio."""

    def __init__(self) -> None:
        self.boss = process.identity()
        self.hands: list[Hand] = []
        self.inline: list[tuple[Worker, queue.LaneConsumer]] = []
        self.keeper: Housekeeper | None = None
        self._lock: IO[str] | None = None
        self._bell = os.pipe()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._rest = self._due = 0.0
        self._swept = time.time()
        self._lanes = ["cpu"] * settings().cpu_workers + ["gpu", "io"]

    def start(self) -> None:
        """Recover what a crash left behind, then start the workers. Raises Conflict if another studio has this home."""
        self._lock = lock(settings().grace_seconds + 5)
        try:
            recovery.at_start()
        except BaseException:
            self._lock.close()
            raise
        self._thread = threading.Thread(target=self._watch, name="supervisor")
        self._thread.start()

    def stop(self) -> None:
        """End the workers gracefully; what does not end in time goes back to the queue."""
        if self._thread is None:
            return
        if self._lock:
            mark(self._lock, LEAVING)
        self._stopping.set()
        os.write(self._bell[1], b".")
        self._thread.join()
        self._thread = None
        for end in self._bell:
            os.close(end)
        if self._lock:
            wake.tidy()
            self._lock.close()

    def _watch(self) -> None:
        if settings().workers == "inline":
            self._start_inline()
        while not self._stopping.is_set():
            try:
                self._round()
            except Exception:  # a full disk, no memory for a process: whatever it is, the supervisor stays
                log.exception("a round of the supervisor failed; the next one tries again")
                self._stopping.wait(1.0)
        self._end()

    def _round(self) -> None:
        """Bury who has died, fill the empty places, sweep when it is time, then sleep until something happens."""
        for hand in [each for each in self.hands if each.process.poll() is not None]:
            self._bury(hand)
        if settings().workers == "process" and time.monotonic() >= self._rest:
            self._fill()
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + min(SWEEP, settings().lease_seconds / 3)
            self._sweep()
        pause = max(0.0, self._due - time.monotonic())
        with contextlib.suppress(InterruptedError):
            select.select([self._bell[0], *(hand.handle for hand in self.hands)], [], [], pause)

    def _fill(self) -> None:
        """Every place without a worker gets one."""
        there = [hand.lane for hand in self.hands]
        for lane in sorted(set(self._lanes)):
            for _ in range(self._lanes.count(lane) - there.count(lane)):
                self._spawn(lane)

    def _spawn(self, lane: str) -> None:
        command = [sys.executable, str(ROOT / "app.py"), "worker", lane, "--boss", self.boss, "--parent", str(os.getpid())]
        child = subprocess.Popen(command, cwd=ROOT, env=os.environ | ALLOCATOR, stdin=subprocess.DEVNULL)
        self.hands.append(Hand(lane, child, process.identity(child.pid), os.pidfd_open(child.pid), time.monotonic()))

    def _bury(self, hand: Hand) -> None:
        """A worker has died: its jobs go back at once, and another takes its place."""
        back = recovery.worker_died(hand.identity, asked=hand.asked)
        self.hands.remove(hand)
        os.close(hand.handle)
        level = logging.WARNING if hand.process.returncode or back else logging.INFO  # 0 is one that left because nothing was to be done
        log.log(level, "worker ended with %s, %d jobs given back", hand.process.returncode, back, extra={"lane": hand.lane})
        if time.monotonic() - hand.began < 1.0:
            self._rest = time.monotonic() + 1.0  # one that cannot even start must not spin

    def _sweep(self) -> None:
        now = time.time()
        if now - self._swept > settings().lease_seconds / 2 + SWEEP:
            recovery.overslept()
        self._swept = now
        for job in recovery.deaf():
            if not self._kill(job["worker"], "did not stop when asked"):
                life.give_back("id=? and token=?", job["id"], job["token"], uses_attempt=False)
        for job in recovery.stalled():
            with contextlib.suppress(life.Stale):
                life.time_out(job)
                self._kill(job["worker"], "made no progress")
        for worker in recovery.late():
            if not process.stands_still(int(worker.split(":")[1])):
                self._kill(worker, "does not answer")
        recovery.leases()
        recovery.flows()
        recovery.announce_all()

    def _kill(self, worker: str, why: str) -> bool:
        """Restart one worker process of ours; everything else it did goes on elsewhere without using an attempt."""
        for hand in self.hands:
            if hand.identity == worker:
                log.warning("restarting a worker that %s", why, extra={"lane": hand.lane})
                hand.asked = True
                hand.process.kill()
                return True
        return False

    def _start_inline(self) -> None:
        self.keeper = Housekeeper(self.boss)
        self.keeper.start()
        for lane in queue.LANES:
            count = settings().cpu_workers if lane == "cpu" else threads_of(lane)
            worker = Worker(lane, self.boss, self.boss)
            consumer = queue.LaneConsumer(lane, worker.look, count)
            self.inline.append((worker, consumer))
            consumer.start()
            queue.announce(lane, "")

    def _end(self) -> None:
        grace = settings().grace_seconds
        for hand in self.hands:
            hand.asked = True
            with contextlib.suppress(ProcessLookupError):
                hand.process.send_signal(signal.SIGTERM)
        stops = [threading.Thread(target=worker.stop, args=(grace,)) for worker, _ in self.inline]
        for thread in stops:
            thread.start()
        for thread in stops:
            thread.join()
        for _, consumer in self.inline:
            consumer.stop(0.5)
        if self.keeper:
            self.keeper.stop()
        deadline = time.monotonic() + grace + 1.0
        for hand in self.hands:
            try:
                hand.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                hand.process.kill()
                hand.process.wait()
            os.close(hand.handle)
            with contextlib.suppress(sqlite3.Error):  # the next start gives back what stays
                recovery.worker_died(hand.identity, asked=True)
