"""From an engine's files to published work: fsync in the work folder, then rename and compare-and-set in one transaction.

Nobody ever sees half a file, and a worker that was thought dead overwrites nothing: names carry the claim's token.
"""

import contextlib
import datetime
import hashlib
import json
import os
import shutil
import sqlite3
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from config.version import VERSION
from engines.base import Artifact, Made
from jobs import errands, estimate
from jobs.capability import CAPABILITIES
from jobs.life import Claim, after_end, end, provenance
from jobs.store import Row, dumps, home, insert, rows, value, write

THUMBNAIL = 256
THUMBS = "thumbs"
INTENT = "copy-"
_disk = ThreadPoolExecutor(4, "disk")
"""Several files that are flushed at a time cost the disk hardly more than one."""


def folder_of(job: Row | dict[str, Any]) -> Path:
    """outputs/<UTC date of creation>/<job id>."""
    day = datetime.datetime.fromtimestamp(job["created_at"], datetime.UTC).strftime("%Y-%m-%d")
    return home() / "outputs" / day / str(job["id"])


def work_folder(job_id: str, token: int) -> Path:
    """The folder that one claim of a job works in; the next claim removes it."""
    return home() / "work" / f"{job_id}.t{token}"


@dataclass(frozen=True)
class Finished:
    """A file that is ready to be published: its row, and what has to be renamed to where."""

    row: dict[str, Any]
    moves: list[tuple[Path, Path]]


def complete(held: Claim, made: Made) -> None:
    """Publish what was made and end the job as complete. Raises Stale, and leaves nothing, if the claim is lost."""
    job, now = held.row, time.time()
    told = _provenance(job, made)
    work = work_folder(held.id, held.token)
    files = [with_sidecar(job, _finish(held, each, number), told, now, work) for number, each in enumerate(made.artifacts)]
    with placing(files), write() as db:
        end(
            db,
            held,
            "complete",
            provenance=dumps(told),
            result=dumps(made.result) if made.result is not None else None,
            resolved_prompt=made.resolved_prompt,
            message="",
        )
        place(db, files)
    after_end(held.id, job["parent"])
    if held.token > 1:
        tidy(job)
    worked = value("select coalesce(loaded_at, ?) from jobs where id=?", job["progress_at"], held.id)  # loading is not learned: it is once
    began = job["started_at"] if CAPABILITIES[job["kind"]].flow else worked
    estimate.learn(job, time.time() - (began or now))


@contextlib.contextmanager
def placing(files: list[Finished]) -> Iterator[None]:
    """Put some files on the disk for good and make their folders; take everything back if the transaction inside does not come about."""
    targets = [target for file in files for _, target in file.moves]
    folders = list(dict.fromkeys(target.parent for target in targets))
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    try:
        list(_disk.map(_fsync, [source for file in files for source, target in file.moves if target.parent.name != THUMBS]))
        yield
    except BaseException:
        for target in targets:
            target.unlink(missing_ok=True)
        for folder in reversed(folders):
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


def place(db: sqlite3.Connection, files: list[Finished]) -> None:
    """Within the transaction that makes them true: the rows, and the files renamed, durably."""
    for file in files:
        insert(db, "artifacts", file.row)
        for source, target in file.moves:
            os.replace(source, target)
    for folder in {(home() / file.row["path"]).parent for file in files}:
        _fsync(folder)


def _provenance(job: Row, made: Made) -> dict[str, Any]:
    told = provenance(job)
    told |= {
        "seeds": made.seeds,
        "unmet": made.unmet,
        "added": made.added,
        "notes": list(dict.fromkeys(told["notes"] + made.notes + errands.repeated(job["id"]))),
        "versions": {"troubadour": VERSION} | made.versions,
    }
    if made.moderation:
        told["moderation"] = made.moderation
    if paid := errands.cost(job["id"]):
        told["cost"] = paid
    if made.usage:
        told["usage"] = made.usage
    if job["variation_of"]:
        told["variation_of"] = job["variation_of"]
    return told


def _finish(held: Claim, artifact: Artifact, number: int) -> Finished:
    """One file with its thumbnail, still in the work folder."""
    target = folder_of(held.row) / f"{artifact.role}-{number + 1:02d}.t{held.token}{artifact.path.suffix}"
    with open(artifact.path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    moves = [(artifact.path, target)]
    if artifact.media_type.startswith("image/"):
        small = artifact.path.with_name(f"thumbnail-{number}.webp")
        thumbnail(artifact.picture, artifact.path, small, THUMBNAIL)
        moves.append((small, thumb_path(target, THUMBNAIL)))
    row = {
        "id": uuid.uuid4().hex,
        "job": held.id,
        "number": number,
        "path": str(target.relative_to(home())),
        "media_type": artifact.media_type,
        "role": artifact.role,
        "width": artifact.width,
        "height": artifact.height,
        "duration": artifact.duration,
        "bytes": artifact.path.stat().st_size,
        "sha256": digest,
        "meta": dumps(artifact.meta),
        "created_at": time.time(),
    }
    return Finished(row, moves)


def thumb_path(file: Path, width: int) -> Path:
    """Where the thumbnail of a published file lies."""
    return file.parent / THUMBS / f"{file.name}.{width}.webp"


def thumbnail(picture: Image.Image | None, source: Path, target: Path, width: int) -> None:
    """Write a WebP no larger than width pixels on its longer side, atomically."""
    target.parent.mkdir(parents=True, exist_ok=True)
    small = picture if picture is not None else Image.open(source)
    small.draft("RGB", (width, width))
    factor = max(small.size) // width
    if factor > 1:
        small = small.reduce(factor)
    if max(small.size) > width:
        small = ImageOps.contain(small, (width, width), Image.Resampling.BILINEAR)
    part = home() / "work" / f"{uuid.uuid4().hex}.part"  # what a crash leaves there is swept at the next start
    try:
        small.convert("RGB").save(part, "WEBP", quality=82, method=0)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def with_sidecar(job: Row | dict[str, Any], ready: Finished, told: dict[str, Any], now: float, work: Path) -> Finished:
    """The file with a <filename>.meta.json: everything needed to know how it was made."""
    file = ready.row
    request = json.loads(job["request"])
    text = json.dumps(
        {
            "job_id": job["id"],
            "job_type": job["type"],
            "kind": job["kind"],
            "prompt": request.get("prompt", job["title"]),
            "params": request,
            "provenance": told,
            "created_at": job["created_at"],
            "completed_at": now,
            "duration_s": round(now - (job["started_at"] or now), 3),
            "parent": job["parent"],
            "step": job["step"],
            "correlation_id": job["correlation_id"],
            "artifact": {name: file[name] for name in ("id", "media_type", "role", "width", "height", "sha256", "bytes")}
            | {"meta": json.loads(file["meta"])},
        },
        ensure_ascii=False,
        indent=1,
    )
    part = work / f"sidecar-{file['number']}.json"
    part.write_text(text, "utf-8")
    return Finished(file, [*ready.moves, (part, home() / (file["path"] + ".meta.json"))])


def tidy(job: Row) -> None:
    """After the end: remove what is not a published file, its sidecar or its thumbnail."""
    folder = folder_of(job)
    kept = {Path(file["path"]).name for file in rows("select path from artifacts where job=?", job["id"])}
    for path in [*folder.glob("*"), *(folder / THUMBS).glob("*")]:
        owner = path.name.rsplit(".", 2)[0] if path.parent.name == THUMBS else path.name.removesuffix(".meta.json")
        if path.is_file() and owner not in kept:
            path.unlink(missing_ok=True)


def intend(work: Path, job: dict[str, Any]) -> None:
    """Note in the work folder that the files of a new job are about to be placed: what dies half-way is found by it."""
    (work / f"{INTENT}{job['id']}").write_text(json.dumps(str(folder_of(job).relative_to(home()))))


def forget(job: Row) -> None:
    """Remove all that a claim which was lost has left on the disk; other claims have other names."""
    work = work_folder(job["id"], job["token"])
    for intent in work.glob(f"{INTENT}*"):
        copied = json.loads(intent.read_text() or "null")
        if copied and not rows("select 1 from jobs where id=?", Path(copied).name):
            shutil.rmtree(home() / copied, ignore_errors=True)
    shutil.rmtree(work, ignore_errors=True)
    folder, mark = folder_of(job), f"*.t{job['token']}.*"
    for path in [*folder.glob(mark), *(folder / THUMBS).glob(mark)]:
        path.unlink(missing_ok=True)
    for empty in (folder / THUMBS, folder):
        with contextlib.suppress(OSError):
            empty.rmdir()


def forget_earlier(held: Claim) -> None:
    """Remove the work folders of earlier claims of a job."""
    for folder in (home() / "work").glob(f"{held.id}.t*"):
        if int(folder.name.rsplit(".t", 1)[1]) < held.token:
            shutil.rmtree(folder, ignore_errors=True)


def withdraw(job: Row) -> Path:
    """Take all files of a job out of sight with one rename; the folder in which they wait to be removed."""
    away = home() / "work" / f"deleted-{uuid.uuid4().hex}"
    with contextlib.suppress(FileNotFoundError):
        os.replace(folder_of(job), away)
    return away


def _fsync(path: Path) -> None:
    """Have a file or a folder on the disk for good."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
