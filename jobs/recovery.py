"""What a crash left behind: claims without a worker, leases that ran out, wake-ups that were lost, files nobody wants."""

import json
import logging
import shutil
import time

from config import settings
from config.catalog import catalog
from jobs import idle, life, process, publish, queue, wake
from jobs.store import Row, home, rows, value, write
from jobs.view import hands

log = logging.getLogger("troubadour.recovery")
WEEK = 7 * 24 * 3600.0


def at_start() -> None:
    """Claims of those who are gone end, and what they left behind goes; nothing that the studio itself caused uses an attempt."""
    queue.mend()
    wake.tidy()
    idle.forget()
    _strangers(starting=True)
    _sweep_folders()
    announce_all()


def worker_died(worker: str, *, asked: bool) -> int:
    """A worker process has ended; its jobs go back at once (how many). An end that was asked for uses no attempt."""
    back = _back("worker=?", worker, uses_attempt=not asked)
    idle.forget(worker)
    _sweep_work()
    return back


def _back(where: str, *values: object, uses_attempt: bool) -> int:
    """Give jobs back, and remove what those who held them have left on the disk."""
    back = life.give_back(where, *values, uses_attempt=uses_attempt)
    for job in back:
        publish.forget(job)
    return len(back)


def _strangers(*, starting: bool) -> None:
    """Claims of dead processes that no living supervisor looks after. Those that died with their studio use no attempt."""
    for held in rows("select distinct worker, boss from jobs where worker is not null"):
        worker, boss = held["worker"], held["boss"] or ""
        gone = not process.alive(worker) or (starting and boss != "" and not process.here(worker))
        with_studio = boss not in ("", worker)
        if gone and not (with_studio and process.here(boss) and process.alive(boss)):
            _back("worker=?", worker, uses_attempt=not with_studio)


def late() -> list[str]:
    """The workers whose lease ran out: they hang, or somebody stopped them."""
    return [held["worker"] for held in rows("select distinct worker from jobs where worker is not null and lease<?", time.time())]


def leases() -> None:
    """Give back what hangs beyond its lease, and what a dead stranger held."""
    _back("lease<?", time.time(), uses_attempt=True)
    _strangers(starting=False)


def overslept() -> None:
    """The machine was asleep, or its clock has jumped: whoever is alive gets a fresh lease before it is judged."""
    now = time.time()
    with write() as db:
        db.execute("update jobs set lease=?, progress_at=? where worker is not null", (now + settings().lease_seconds, now))


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
    over = (
        "parked=1 and completed_at is null and not exists"
        " (select 1 from jobs child where child.parent=jobs.id and child.completed_at is null)"
    )
    if value(f"select 1 from jobs where {over}"):
        with write() as db:
            db.execute(f"update jobs set ready=1, parked=0 where {over}")


def announce_all() -> None:
    """Replace lost wake-ups: every lane with claimable work and an empty queue gets one for each of its hands."""
    for lane in queue.LANES:
        ready = rows("select id from jobs where ready=1 and lane=? and not_before<=? limit ?", lane, time.time(), hands(lane))
        if ready and not queue.waiting(lane):
            for job in ready:
                queue.announce(lane, job["id"])


def _sweep_work() -> None:
    """Work folders of jobs that have ended."""
    for folder in (home() / "work").glob("*.t*"):
        if value("select completed_at is null from jobs where id=?", folder.name.split(".")[0]) != 1:
            shutil.rmtree(folder, ignore_errors=True)


def _sweep_folders() -> None:
    """Work folders of ended jobs, half-written files, finished files that no job owns, and forgotten uploads."""
    _sweep_work()
    for path in (home() / "work").iterdir():
        if path.suffix == ".part":
            path.unlink(missing_ok=True)
        elif path.name.startswith("deleted-"):
            shutil.rmtree(path, ignore_errors=True)
    for day in sorted((home() / "outputs").iterdir())[-2:]:  # a crash left them on its last days
        for folder in day.iterdir():
            if value("select 1 from jobs where id=?", folder.name) is None:
                shutil.rmtree(folder, ignore_errors=True)
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
