"""Start, cancel, requeue, vary, move, delete: what may be done to jobs. Every call names the caller and sees only theirs."""

import contextlib
import json
import logging
import shutil
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from config import catalog
from engines import device, seeds, sound
from engines.base import JobOptions
from engines.errors import BadRequest, Conflict, JobNotFound
from engines.video import footage
from jobs import accept, brought, errands, files, idle, life, listing, publish, queue
from jobs.capability import CAPABILITIES
from jobs.life import ENDED, told
from jobs.store import Row, row, rows, value, write
from jobs.view import count_live, hands, variations, view, views

log = logging.getLogger("troubadour.control")
MOMENT = 2.0
PICTURE, SOUND, FILM = "image/", "audio/", "video/"
TAKES = {"image": PICTURE, "mask": PICTURE, "references": PICTURE, "variation_of": "", "melody": SOUND, "reference": SOUND, "audio": SOUND,
         "video": FILM}
"""Fields that take a file, and how its media type begins."""
WANTED = {PICTURE: "a picture (PNG, JPEG or WebP)", SOUND: f"a recording ({sound.WORDS})", FILM: f"a film ({footage.WORDS})"}
PIECES = ("picture", "video", "music", "mesh")
"""Roles of outputs that are works of their own and can be varied."""
TREE = "with recursive tree(id) as (select ? union select jobs.id from jobs join tree on jobs.parent=tree.id) "


@dataclass(frozen=True)
class Caller:
    """Who asks, and under which correlation id it is logged."""

    owner: str = "local"
    correlation_id: str = field(default_factory=lambda: uuid.uuid4().hex[:16])


def start(kind: str, values: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """Take a job in and return it as it stands."""
    values = brought.uploaded(values, TAKES, file_fields(kind), caller.owner)
    _, request, options = accept.read(kind, values)
    for name in file_fields(kind):
        given = getattr(request, name)
        for source in given if isinstance(given, list) else [given]:
            if source is not None:
                _theirs(name, source, caller.owner)
                files.check_sides(name, source, caller.owner, request.least_side)
    stored = accept.accept(kind, request, options, caller.owner, caller.correlation_id)
    log.info("job accepted", extra={"job": stored["id"], "kind": kind, "correlation_id": caller.correlation_id, "lane": stored["lane"]})
    return view(stored)


def file_fields(kind: str) -> list[str]:
    """The fields of a capability that take a file's id."""
    return [name for name in CAPABILITIES[kind].request.model_fields if name in TAKES]


def _theirs(name: str, source: str, owner: str) -> None:
    """Refuse a file that is not the caller's, or not of the kind the field takes."""
    try:
        media_type = files.media_type(source, owner)
    except BadRequest as error:
        raise BadRequest(f"{name}: {error.message}", fields=[name]) from None
    wanted = TAKES[name]
    if wanted == SOUND and media_type.startswith(FILM) and files.sounds(source, owner):
        return
    if not media_type.startswith(wanted) or (wanted == SOUND and media_type == "audio/midi"):
        raise BadRequest(f"{name}: this file is {media_type}; send {WANTED[wanted]}", fields=[name])


def find(job_id: str, caller: Caller) -> Row:
    """The row of one of the caller's jobs; JobNotFound for unknown and foreign ids alike."""
    found = row("select * from jobs where id=? and owner=?", job_id, caller.owner)
    if found is None:
        raise JobNotFound(f"There is no job {job_id[:80]!r}; list_jobs shows those there are.")
    return found


def job(job_id: str, caller: Caller) -> dict[str, Any]:
    """One job."""
    shown = view(find(job_id, caller))
    shown["provenance"]["variations"] = variations(job_id)
    return shown


def jobs(caller: Caller, *, limit: int = 50, cursor: str | None = None, **filters: Any) -> dict[str, Any]:
    """A page of jobs, newest first."""
    found, following = listing.page(caller.owner, limit=limit, cursor=cursor, **filters)
    return {"jobs": views(found), "next": following}


def cancel(job_id: str, caller: Caller) -> dict[str, Any]:
    """Cancel a job and everything under it; Conflict if it has ended."""
    found = find(job_id, caller)
    if found["completed_at"] is not None:
        raise Conflict(f"The job is {found['status']} already; there is nothing to cancel.", status=found["status"])
    now = time.time()
    with write() as db:
        tree = [each["id"] for each in rows(TREE + "select id from tree", job_id)]
        for each in tree:
            db.execute("update jobs set cancel=coalesce(cancel, ?) where id=? and completed_at is null", (now, each))
            ended = db.execute(
                "update jobs set status='cancelled', completed_at=?, ready=0, parked=0, stage='' where id=? and worker is null"
                " and completed_at is null returning parent",
                (now, each),
            ).fetchone()
            if ended is not None:
                life.nudge(db, ended["parent"])
    for each in tree:
        errands.drop(each)
        told(each)
    life.after_end(job_id, found["parent"])
    return job(job_id, caller)


def requeue(job_id: str, caller: Caller) -> dict[str, Any]:
    """The same job again, from error or cancelled only; a flow's failed and cancelled steps go with it."""
    found = find(job_id, caller)
    if found["status"] not in ("error", "cancelled"):
        raise Conflict(f"Only a failed or cancelled job can go back to the queue; this one is {found['status']}.", status=found["status"])
    if not _let_go(job_id):
        raise Conflict("Its steps are still being stopped; try again in a moment.", status="cancelling")
    accept.room()
    now = time.time()
    again = (
        "status='queued', ready=1, parked=0, nudge=0, cancel=null, error=null, message='', progress=0, attempts=0, token=token+1,"
        " not_before=0, completed_at=null, started_at=null, queued_at=?, progress_at=?"
    )
    with write() as db:
        back = db.execute(
            f"update jobs set {again} where id=? and status in ('error','cancelled') returning lane, parent", (now, now, job_id)
        ).fetchone()
        if back is None:
            raise Conflict("The job is back in the queue already.")
        steps = db.execute(
            TREE + f"update jobs set {again} where id in (select id from tree) and id<>? and status in ('error','cancelled')"
            " returning id, lane",
            (job_id, now, now, job_id),
        ).fetchall()
    for step in steps:
        queue.announce(step["lane"], step["id"])
    queue.announce(back["lane"], job_id)
    told(job_id)
    return job(job_id, caller)


def delete(job_id: str, caller: Caller) -> dict[str, Any]:
    """Remove a job that has ended, with its files, sidecars, thumbnails and steps; a running one is cancelled first."""
    found = find(job_id, caller)
    if found["completed_at"] is None:
        with contextlib.suppress(Conflict):  # it has ended in this moment
            cancel(job_id, caller)
    if not _let_go(job_id):
        raise Conflict("The job is being cancelled; delete it when it has stopped.", status="cancelling")
    with write() as db:
        tree = rows(TREE + "select jobs.* from jobs join tree on tree.id=jobs.id", job_id)
        for each in tree:
            db.execute("delete from artifacts where job=?", (each["id"],))
            db.execute("delete from job_words where rowid=?", (each["n"],))
            db.execute("update verses set job=null where job=?", (each["id"],))
            db.execute("delete from jobs where id=?", (each["id"],))
        away = [publish.withdraw(each) for each in tree]
    for folder in away:
        shutil.rmtree(folder, ignore_errors=True)
    for each in tree:
        told(each["id"])
    return {"deleted": job_id, "jobs": [each["id"] for each in tree]}


def _let_go(job_id: str) -> bool:
    """Whether no worker holds a job or a step of it any more; they get a moment to let go."""
    held = TREE + "select 1 from jobs join tree on tree.id=jobs.id where jobs.worker is not null limit 1"
    deadline = time.monotonic() + MOMENT
    while value(held, job_id) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def favourite(job_id: str, on: bool, caller: Caller) -> dict[str, Any]:
    """Mark a job as a favourite, or no longer."""
    find(job_id, caller)
    with write() as db:
        db.execute("update jobs set favourite=? where id=?", (int(on), job_id))
    told(job_id)
    return job(job_id, caller)


def status(caller: Caller) -> dict[str, Any]:
    """The lanes, which models are warm in them, and how much of the caller's work waits and runs."""
    warm = idle.warm()
    lanes: dict[str, dict[str, Any]] = {
        each["lane"]: {"paused": bool(each["paused"]), "queued": 0, "running": 0, "workers": hands(each["lane"])}
        | {"warm": [model for model in warm if model["lane"] == each["lane"]]}
        for each in rows("select * from lanes")
    }
    for each in rows(
        "select lane, sum(status='queued') queued, sum(worker is not null) running from jobs where completed_at is null group by lane"
    ):
        lanes[each["lane"]] |= {"queued": each["queued"], "running": each["running"]}
    card = device.machine()
    lanes["gpu"]["device"] = None if card.kind == "cpu" else card.name
    order = rows(
        "select id from jobs where ready=1 and status='queued' and owner=? and parent is null"
        " order by priority desc, turn, place, n limit 200",
        caller.owner,
    )
    return {
        "lanes": lanes,
        "queued": count_live(caller.owner, "queued"),
        "running": count_live(caller.owner, "running"),
        "jobs": [each["id"] for each in order],
    }


@dataclass(frozen=True)
class Variation:
    """How far to go, how many times, from which output (its number in the job's `outputs`, from 0), with which seed."""

    strength: float
    count: int
    output: int
    seed: int | None


def vary(job_id: str, how: Variation, caller: Caller, options: JobOptions) -> dict[str, Any]:
    """One job with variations of one output, with the stored prompt, scene and model."""
    found = find(job_id, caller)
    if found["status"] != "complete":
        raise Conflict(f"Only finished work can be varied; this job is {found['status']}.", status=found["status"])
    what = CAPABILITIES[found["kind"]]
    if "variation_of" not in what.request.model_fields:
        raise BadRequest(f"{found['kind']} cannot be varied; vary a picture, a film, music or a mesh.")
    original = _piece(job_id, how.output)
    meta = json.loads(original["meta"])
    wishes = catalog()[found["model"]].wishes if found["model"] in catalog() else []
    request = {name: given for name, given in json.loads(found["request"]).items() if name not in wishes}
    changes: dict[str, Any] = {
        "variation_of": original["id"],
        "variation_strength": float(how.strength),
        "seed": seeds.draw() if how.seed is None else how.seed,
        "model": found["model"],
    }
    if "count" in what.request.model_fields:
        changes["count"] = how.count
    if "expand" in what.request.model_fields:
        changes |= {
            "expand": False,
            "prompt": meta.get("resolved_prompt") or found["resolved_prompt"] or request["prompt"],
            "scene": meta.get("scene") or request.get("scene"),
        }
    links = {"variation_of": job_id, "title": found["title"]}
    _, varied, _ = accept.read(found["kind"], request | changes)
    return view(accept.accept(found["kind"], varied, options, caller.owner, caller.correlation_id, **links))


def _piece(job_id: str, output: int) -> Row:
    """The picture, film, music or mesh that an output is or belongs to: an MP3, a score and a poster follow the piece they are of."""
    outputs = rows("select * from artifacts where job=? order by number", job_id)
    if not 0 <= output < len(outputs):
        raise BadRequest(f"output must be from 0 to {len(outputs) - 1}", fields=["output"])
    own = [each for each in outputs[: output + 1] if each["role"] in PIECES]
    if not own:
        raise BadRequest("that output cannot be varied; name a picture, a film, music or a mesh", fields=["output"])
    return own[-1]


def unfinished(job_id: str | None) -> bool:
    """Whether there is such a job and it has not ended."""
    return value("select 1 from jobs where id=? and completed_at is null", job_id) is not None


def busy(job_id: str) -> Conflict:
    """What to say while a song is being painted."""
    return Conflict("This song is being painted; wait for it, or cancel it first.", job_id=job_id)


def counts() -> list[tuple[str, str, int]]:
    """How many jobs there are of each kind and status."""
    return [(each["kind"], each["status"], each["n"]) for each in rows("select kind, status, count(*) n from jobs group by kind, status")]


def durations(edges: Sequence[float]) -> dict[str, tuple[list[int], float]]:
    """Per kind, how many finished jobs took at most each of the edges (and any time at all), and their seconds in all."""
    sums = "".join(f", sum(completed_at-started_at<={float(edge)})" for edge in edges)
    found = rows(f"select kind, sum(completed_at-started_at){sums}, count(*) from jobs where status='complete' group by kind")
    return {each[0]: ([int(count) for count in tuple(each)[2:]], float(each[1] or 0)) for each in found}


def ended(shown: dict[str, Any]) -> bool:
    """Whether a job, as shown, has ended."""
    return shown["status"] in ENDED
