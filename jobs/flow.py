"""Flows: plain Python that is replayed instead of waiting. Finished steps are given back from the store.

make() of an unfinished child raises Waiting; the worker lets go, and the flow is replayed from the top when a child ends.
A crash, a restart and the normal path are the same path.
"""

import hashlib
import json
import os
import shutil
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from engines import seeds
from engines.base import Artifact, Made, Request
from engines.errors import StepFailed
from jobs import accept, errands, publish, queue
from jobs.capability import CAPABILITIES, Work
from jobs.life import Claim, report, told
from jobs.resolve import resolve
from jobs.run import JobRun
from jobs.store import Row, dumps, home, row, rows, value, write
from jobs.view import output


class Waiting(BaseException):
    """A child is not finished; the flow lets go. A BaseException, so that no fallback swallows it."""


@dataclass(frozen=True)
class Step:
    """A finished child: its answer, files, seeds and words unmet."""

    id: str
    step: str
    request: dict[str, Any]
    result: dict[str, Any] | None
    outputs: list[dict[str, Any]] = field(default_factory=list)
    provenance: dict[str, Any] = field(default_factory=dict)
    resolved_prompt: str | None = None


class FlowRun(JobRun):
    """A flow while it runs; it speaks to its children through make, start and gather."""

    def __init__(self, held: Claim) -> None:
        super().__init__(held)
        self._said = float(held.row["progress"]) or -1.0

    def progress(self, fraction: float, note: str = "", preview: Image.Image | None = None, left: float | None = None) -> None:
        """Say how far the whole is; what a replay passes again is not said again."""
        self.check()
        if fraction > self._said:
            self._said = fraction
            report(self.held, progress=min(1.0, fraction), status="generating", stage=note[:200])

    def make(self, step: str, work: Work, request: Request) -> Step:
        """One step, finished. Raises Waiting until it is, StepFailed if it ended badly."""
        return self.gather([self.start(step, work, request)])[0]

    def start(self, step: str, work: Work, request: Request) -> str:
        """The id of the child at this step; stored the first time it is asked for."""
        known = row("select id from jobs where parent=? and step=?", self.held.id, step)
        return str(known["id"]) if known else self._store(step, work, request)

    def gather(self, children: list[str]) -> list[Step]:
        """Several children, all finished."""
        found = [row("select * from jobs where id=?", child) for child in children]
        jobs = [job for job in found if job is not None]
        if len(jobs) < len(children) or any(job["completed_at"] is None for job in jobs):
            raise Waiting
        for job in jobs:
            if job["status"] != "complete":
                raise StepFailed(
                    job["step"], json.loads(job["error"]) if job["error"] else {"code": "CANCELLED", "message": "it was cancelled"}
                )
        return [self._step(job) for job in jobs]

    def adopt(self, made: dict[str, Any], **changes: Any) -> Artifact:
        """A child's file as one of the flow's own (a second name for the same bytes)."""
        file = row("select * from artifacts where id=?", made["id"])
        assert file is not None  # it came out of the store a moment ago
        source = home() / file["path"]
        return Artifact(
            path=self._second_name(source),
            **{
                "media_type": file["media_type"],
                "role": file["role"],
                "width": file["width"],
                "height": file["height"],
                "duration": file["duration"],
                "meta": json.loads(file["meta"]) | {"artifact": file["id"]},
            }
            | changes,
        )

    def _step(self, job: Row) -> Step:
        files = [output(file) for file in rows("select * from artifacts where job=? order by number", job["id"])]
        return Step(
            job["id"],
            job["step"],
            json.loads(job["request"]),
            json.loads(job["result"]) if job["result"] else None,
            files,
            json.loads(job["provenance"]),
            job["resolved_prompt"],
        )

    def _store(self, step: str, work: Work, request: Request) -> str:
        what = CAPABILITIES[work.__name__]
        if request.seed is None:
            request = request.model_copy(update={"seed": seeds.derive(self.job["seed"], step)})
        resolved = resolve(what, request)
        request = resolved.request
        content = _content(what.name, request)
        mine = self.job
        record = accept.describe(what, resolved, mine["owner"]) | {
            "parent": self.held.id,
            "root": mine["root"] or self.held.id,
            "step": step,
            "content": content,
            "priority": mine["priority"],
            "turn": mine["turn"],
            "place": mine["place"],
            "project": mine["project"],
            "correlation_id": mine["correlation_id"],
        }
        twin = row("select * from jobs where owner=? and content=? and status='complete' limit 1", mine["owner"], content)
        if twin is not None and self._copy(record, twin):
            return str(record["id"])
        with write() as db:
            self.check()
            known = row("select id from jobs where parent=? and step=?", self.held.id, step)
            if known:
                return str(known["id"])
            accept.store_job(db, record)
        queue.announce(record["lane"], record["id"])
        told(record["id"])
        return str(record["id"])

    def _copy(self, record: dict[str, Any], twin: Row) -> bool:
        """The same step was made before: its files under a second name, its row complete at once."""
        now = time.time()
        record |= {
            "status": "complete",
            "ready": 0,
            "progress": 1.0,
            "started_at": now,
            "completed_at": now,
            "token": 1,
            "provenance": twin["provenance"],
            "result": twin["result"],
            "resolved_prompt": twin["resolved_prompt"],
        }
        files = []
        for file in rows("select * from artifacts where job=? order by number", twin["id"]):
            source, target = home() / file["path"], publish.folder_of(record) / Path(file["path"]).name
            if not source.is_file():
                return False
            again = dict(file) | {"id": uuid.uuid4().hex, "job": record["id"], "path": str(target.relative_to(home())), "created_at": now}
            ready = publish.Finished(again, [(self._second_name(source), target)])
            files.append(publish.with_sidecar(record, ready, json.loads(twin["provenance"]), now, self.folder))
        publish.intend(self.folder, record)
        with publish.placing(files), write() as db:
            self.check()
            accept.store_job(db, record)
            publish.place(db, files)
        told(record["id"])
        return True

    def _second_name(self, source: Path) -> Path:
        """The bytes of a finished file in the work folder; a link where the file system has links."""
        target = self.folder / f"{uuid.uuid4().hex}{source.suffix}"
        try:
            os.link(source, target)
        except OSError:
            shutil.copyfile(source, target)
        return target


def _content(what: str, request: Request) -> str:
    """What makes two steps the same work: kind, request, and the bytes of the files it names."""

    def by_bytes(given: Any) -> Any:
        if isinstance(given, dict):
            return {name: by_bytes(each) for name, each in given.items()}
        if isinstance(given, list):
            return [by_bytes(each) for each in given]
        is_id = isinstance(given, str) and len(given) == 32
        return (value("select sha256 from artifacts where id=?", given) or given) if is_id else given

    return hashlib.sha256(dumps([what, by_bytes(request.model_dump(mode="json"))]).encode()).hexdigest()


def perform(run: JobRun) -> Made:
    """Call the capability of a run's job, if there is money for its model's server. Raises BudgetSpent."""
    errands.within(run.job["id"], run.job["model"])
    return CAPABILITIES[run.job["kind"]].work(run.request, run)
