"""What a crash left behind: claims without a worker, leases that ran out, wake-ups that were lost, files nobody wants."""

import json
import logging
import shutil
import time

from config import settings
from config.catalog import catalog
from jobs import life, process, queue
from jobs.store import Row, home, row, rows, value, write

log = logging.getLogger("troubadour.recovery")
WEEK = 7 * 24 * 3600.0


def at_start() -> None:
    """Claims by dead processes of this host end; nothing that the studio itself caused uses an attempt."""
    for held in rows("select distinct worker, boss from jobs where worker is not null"):
        if not process.alive(held["worker"]):
            died_with_studio = not process.alive(held["boss"] or "")
            life.give_back("worker=?", held["worker"], uses_attempt=not died_with_studio)
    _sweep_folders()
    announce_all()


def worker_died(worker: str, *, asked: bool) -> list[str]:
    """A worker process has ended; its jobs go back at once. An end that was asked for uses no attempt."""
    return life.give_back("worker=?", worker, uses_attempt=not asked)


def leases() -> None:
    """Give back what hangs beyond its lease, and what a dead stranger held."""
    life.give_back("lease<?", time.time(), uses_attempt=True)
    for held in rows("select distinct worker from jobs where worker is not null"):
        if not process.alive(held["worker"]):
            life.give_back("worker=?", held["worker"], uses_attempt=True)


def deaf() -> list[Row]:
    """Jobs whose cancel was not heard within the grace period."""
    return rows("select * from jobs where worker is not null and cancel<?", time.time() - settings().grace_seconds)


def stalled() -> list[Row]:
    """Jobs without progress beyond their stall limit."""
    now = time.time()
    found = []
    for job in rows("select * from jobs where worker is not null and completed_at is null"):
        model = catalog().get(job["model"])
        limit = model.stall_seconds if model and model.stall_seconds else settings().stall_seconds
        if (job["progress_at"] or job["created_at"]) < now - limit:
            found.append(job)
    return found


def flows() -> None:
    """A parked flow all of whose children have ended looks again."""
    with write() as db:
        db.execute(
            "update jobs set ready=1, parked=0 where parked=1 and completed_at is null and not exists"
            " (select 1 from jobs child where child.parent=jobs.id and child.completed_at is null)"
        )


def announce_all() -> None:
    """Replace lost wake-ups: every lane with claimable work and an empty queue gets one."""
    for lane in queue.LANES:
        head = row("select id from jobs where ready=1 and lane=? and not_before<=? limit 1", lane, time.time())
        if head is not None and not queue.waiting(lane):
            queue.announce(lane, head["id"])


def _sweep_folders() -> None:
    """Work folders of ended jobs, half-written files and forgotten uploads."""
    for folder in (home() / "work").iterdir():
        if value("select completed_at is null from jobs where id=?", folder.name) != 1:
            shutil.rmtree(folder, ignore_errors=True)
    for part in (home() / "outputs").rglob("*.part"):
        part.unlink(missing_ok=True)
    used = {
        name
        for request in rows("select request from jobs where request like '%\"up\\_%' escape '\\'")
        for name in _uploads(json.loads(request["request"]))
    }
    for upload in rows("select id, path from uploads where created_at<?", time.time() - WEEK):
        if upload["id"] not in used:
            (home() / upload["path"]).unlink(missing_ok=True)
            with write() as db:
                db.execute("delete from uploads where id=?", (upload["id"],))


def _uploads(request: dict[str, object]) -> set[str]:
    flat = [each for given in request.values() for each in (given if isinstance(given, list) else [given])]
    return {each for each in flat if isinstance(each, str) and each.startswith("up_")}
