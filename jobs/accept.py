"""Taking a job in: validated, resolved, checked against the caps and the disk, and stored before anybody is told."""

import hashlib
import json
import shutil
import sqlite3
import time
import uuid
from typing import Any

from pydantic import ValidationError

from config import settings
from engines import seeds
from engines.base import JobOptions, Request
from engines.errors import BadRequest, Conflict, RateLimited, StorageFull
from engines.prompt import wildcards
from jobs import estimate, moderation, queue, sentences
from jobs.capability import CAPABILITIES, Capability
from jobs.life import told
from jobs.listing import wanted
from jobs.resolve import Resolved, resolve
from jobs.store import Row, dumps, home, insert, row, value, write

DAY = 24 * 3600.0
GAP = 1024.0


def read(kind: str, values: dict[str, Any]) -> tuple[Capability, Request, JobOptions]:
    """The request and the job options among the values; BadRequest in one sentence if they do not fit."""
    what = CAPABILITIES[kind]
    about = {name: given for name, given in values.items() if name in JobOptions.model_fields}
    rest = {name: given for name, given in values.items() if name not in JobOptions.model_fields}
    try:
        request, options = what.validate(rest), JobOptions.model_validate(about)
    except ValidationError as error:
        raise sentences.refusal(error) from None
    moderation.at_the_door(request)
    return what, request, options


def room() -> None:
    """StorageFull before the disk is."""
    free = shutil.disk_usage(home()).free >> 20
    if free < settings().disk_floor_mb:
        raise StorageFull(
            f"Only {free} MB are free and {settings().disk_floor_mb} MB must stay so; delete something and try again.", free_mb=free
        )


def accept(kind: str, request: Request, options: JobOptions, owner: str, correlation_id: str, **links: Any) -> Row:
    """Store a job and wake its lane. The same idempotency key gives the same job."""
    what = CAPABILITIES[kind]
    room()
    body = hashlib.sha256(dumps([kind, request.model_dump(mode="json", exclude_unset=True)]).encode()).hexdigest()
    request = _drawn(_variable(kind, request, owner))
    resolved = resolve(what, request)
    with write() as db:
        known = _same_key(db, owner, options.idempotency_key, body)
        if known is not None:
            return known
        live = value("select count(*) from jobs where owner=? and parent is null and completed_at is null", owner)
        if live >= settings().max_queued:
            raise RateLimited(f"{live} of your jobs are unfinished, the most there may be; wait for some or cancel some.", retry_after=30)
        if what.prepare:
            resolved = resolve(what, what.prepare(request, owner, options.idempotency_key))
        record = (
            describe(what, resolved, owner)
            | links
            | {
                "priority": options.priority,
                "project": options.project,
                "correlation_id": correlation_id,
                "idempotency_key": options.idempotency_key,
                "idempotency_body": body if options.idempotency_key else None,
            }
        )
        record |= _turn(str(record["lane"]), owner)
        stored = store_job(db, record)
    queue.announce(stored["lane"], stored["id"])
    told(stored["id"])
    return stored


def _variable(kind: str, request: Request, owner: str) -> Request:
    """The request, if it varies its own kind of output or nothing; a song's picture is the one it was taken from. Or BadRequest."""
    of = getattr(request, "variation_of", None)
    if of is None:
        if getattr(request, "variation_strength", None) is not None:
            raise BadRequest("variation_strength needs variation_of, the id of the work to vary", fields=["variation_strength"])
        return request
    made = _maker(of, owner)
    if made is not None and made["kind"] != kind and (source := json.loads(made["meta"]).get("artifact")):
        made, request = _maker(source, owner), request.model_copy(update={"variation_of": source})
    if made is None or made["kind"] != kind:
        was = "an upload" if made is None else f"made by {made['kind']}"
        raise BadRequest(f"variation_of: this file is {was}; give the id of an output of {kind}", fields=["variation_of"])
    return request


def _maker(artifact: str, owner: str) -> Row | None:
    return row("select jobs.kind, a.meta from artifacts a join jobs on jobs.id=a.job where a.id=? and jobs.owner=?", artifact, owner)


def _drawn(request: Request) -> Request:
    """The request with a seed for its wildcards, if its prompt names any; BadRequest for those there are not."""
    prompt = getattr(request, "prompt", "")
    if "wildcard_seed" not in type(request).model_fields or not wildcards.names(prompt):
        return request
    wildcards.check(prompt)
    given = getattr(request, "wildcard_seed", None)
    return request.model_copy(update={"wildcard_seed": seeds.draw() if given is None else given})


def describe(what: Capability, resolved: Resolved, owner: str) -> dict[str, Any]:
    """The columns of a new job that follow from its request."""
    request, model = resolved.request, resolved.row
    pixels, steps, units = request.effort()
    if model and "steps" in model.wishes:
        steps = 1  # its time does not depend on them
    now = time.time()
    lane = "cpu" if what.flow or model is None else model.lane
    return {
        "id": uuid.uuid4().hex,
        "kind": what.name,
        "type": request.job_type,
        "owner": owner,
        "lane": lane,
        "model": model.name if model else "",
        "title": str(getattr(request, request.subject, ""))[:300],
        "style": getattr(request, "style", None),
        "status": "queued",
        "ready": 1,
        "request": dumps(request.model_dump(mode="json")),
        "provenance": dumps(
            {
                "model": model.name if model else "",
                "backend": model.engine.split(":")[0] if model else "",
                "seeds": [],
                "unmet": [],
                "added": [],
                "versions": {},
                "notes": resolved.notes,
            }
        ),
        "seed": request.seed,
        "pixels": pixels,
        "steps": steps,
        "units": units,
        "estimate": estimate.guess(what.name, model.name if model else "", pixels, steps, units),
        "created_at": now,
        "queued_at": now,
        "progress_at": now,
    }


def store_job(db: sqlite3.Connection, record: dict[str, Any]) -> Row:
    """Within a transaction: the new row, findable by its words."""
    number = insert(db, "jobs", record)
    if record.get("parent") is None:
        request = json.loads(record["request"])
        words = wanted(str(request.get("prompt") or ""))
        words += " ".join(["", *(str(request.get(name) or "") for name in ("title", "text", "script", "lyrics", "style", "model", "seed"))])
        db.execute("insert into job_words(rowid, words) values (?, ?)", (number, f"{words} {record.get('project') or ''}"[:20000]))
    found = row("select * from jobs where n=?", number)
    assert found is not None  # we are inside the transaction that wrote it
    return found


def _turn(lane: str, owner: str) -> dict[str, Any]:
    """Fair turns: an owner's next job stands one turn behind their last, and never before the lane's own turn."""
    last = value("select max(turn) from jobs where ready=1 and lane=? and owner=?", lane, owner)
    now = int(value("select turn from lanes where lane=?", lane))
    turn = max(now, -1 if last is None else int(last)) + 1
    place = float(value("select seq from sqlite_sequence where name='jobs'") or 0) + 1
    return {"turn": turn, "place": place * GAP}


def _same_key(db: sqlite3.Connection, owner: str, key: str | None, body: str) -> Row | None:
    if key is None:
        return None
    db.execute("update jobs set idempotency_key=null where owner=? and idempotency_key=? and created_at<?", (owner, key, time.time() - DAY))
    known = row("select * from jobs where owner=? and idempotency_key=?", owner, key)
    if known is not None and known["idempotency_body"] != body:
        raise Conflict("This idempotency key was used for another request within the last 24 hours; use a new key.", job_id=known["id"])
    return known


def refuse_unknown(kind: str) -> Capability:
    """The capability of this name, or a BadRequest that names those there are."""
    if kind not in CAPABILITIES:
        raise BadRequest(f"there is no {kind!r}; choose one of {', '.join(sorted(CAPABILITIES))}")
    return CAPABILITIES[kind]
