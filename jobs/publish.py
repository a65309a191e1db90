"""From an engine's files to published work: fsync, rename to a name that carries the claim's token, compare-and-set the row.

Nobody ever sees half a file, and a worker that was thought dead overwrites nothing.
"""

import datetime
import hashlib
import json
import os
import shutil
import time
import uuid
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from config.version import VERSION
from engines.base import Artifact, Made
from jobs import estimate
from jobs.life import Claim, Stale, after_end, end, provenance
from jobs.store import Row, dumps, home, insert, write

THUMBNAIL = 256


def folder_of(job: Row | dict[str, Any]) -> Path:
    """outputs/<UTC date of creation>/<job id>."""
    day = datetime.datetime.fromtimestamp(job["created_at"], datetime.UTC).strftime("%Y-%m-%d")
    return home() / "outputs" / day / str(job["id"])


def work_folder(job_id: str) -> Path:
    """The folder a job works in; claiming a job empties it."""
    return home() / "work" / job_id


def complete(held: Claim, made: Made) -> None:
    """Publish what was made and end the job as complete. Raises Stale, and leaves nothing, if the claim is lost."""
    job, now = held.row, time.time()
    told = _provenance(job, made)
    files = [_publish(held, artifact, number) for number, artifact in enumerate(made.artifacts)]
    for file in files:
        sidecar(job, file, told, now)
    if files:
        _fsync(folder_of(job))
    try:
        with write() as db:
            for file in files:
                insert(db, "artifacts", file)
            end(
                db,
                held,
                "complete",
                provenance=dumps(told),
                result=dumps(made.result) if made.result is not None else None,
                resolved_prompt=made.resolved_prompt,
                message="",
            )
    except Stale:
        for file in files:
            _remove(home() / file["path"])
        raise
    after_end(held.id, job["parent"])
    _tidy(job, {Path(file["path"]).name for file in files})
    estimate.learn(job, time.time() - (job["started_at"] or now))


def _provenance(job: Row, made: Made) -> dict[str, Any]:
    told = provenance(job)
    told |= {
        "seeds": made.seeds,
        "unmet": made.unmet,
        "added": made.added,
        "notes": list(dict.fromkeys(told["notes"] + made.notes)),
        "versions": {"troubadour": VERSION},
    }
    if job["variation_of"]:
        told["variation_of"] = job["variation_of"]
    return told


def _publish(held: Claim, artifact: Artifact, number: int) -> dict[str, Any]:
    """Move one file to its place; returns its row."""
    target = folder_of(held.row) / f"{artifact.role}-{number + 1:02d}.t{held.token}{artifact.path.suffix}"
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(artifact.path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    size = artifact.path.stat().st_size
    ident = uuid.uuid4().hex
    if artifact.media_type.startswith("image/"):
        thumbnail(artifact.picture, artifact.path, thumb_path(target, THUMBNAIL), THUMBNAIL)
    os.replace(artifact.path, target)
    return {
        "id": ident,
        "job": held.id,
        "number": number,
        "path": str(target.relative_to(home())),
        "media_type": artifact.media_type,
        "role": artifact.role,
        "width": artifact.width,
        "height": artifact.height,
        "duration": artifact.duration,
        "bytes": size,
        "sha256": digest,
        "meta": dumps(artifact.meta),
        "created_at": time.time(),
    }


def thumb_path(file: Path, width: int) -> Path:
    """Where the thumbnail of a published file lies."""
    return file.parent / "thumbs" / f"{file.name}.{width}.webp"


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
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    small.convert("RGB").save(part, "WEBP", quality=82, method=0)
    os.replace(part, target)


def sidecar(job: Row, file: dict[str, Any], told: dict[str, Any], now: float) -> None:
    """<filename>.meta.json beside the file: everything needed to know how it was made."""
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
    target = home() / (file["path"] + ".meta.json")
    part = work_folder(job["id"]) / f"sidecar-{file['number']}"
    part.parent.mkdir(parents=True, exist_ok=True)
    with open(part, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    os.replace(part, target)


def _tidy(job: Row, kept: set[str]) -> None:
    """After the end: no leftovers of earlier attempts, no work folder."""
    folder = folder_of(job)
    if folder.is_dir():
        for path in folder.iterdir():
            if path.is_file() and path.name.removesuffix(".meta.json") not in kept:
                _remove(path)
    shutil.rmtree(work_folder(job["id"]), ignore_errors=True)


def _remove(path: Path) -> None:
    """A published file with its sidecar and thumbnails."""
    path.unlink(missing_ok=True)
    path.with_name(path.name + ".meta.json").unlink(missing_ok=True)
    for thumb in (path.parent / "thumbs").glob(f"{path.name}.*.webp") if (path.parent / "thumbs").is_dir() else ():
        thumb.unlink(missing_ok=True)


def remove_all(job: Row) -> None:
    """Everything a job has on disk."""
    shutil.rmtree(folder_of(job), ignore_errors=True)
    shutil.rmtree(work_folder(job["id"]), ignore_errors=True)


def _fsync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
