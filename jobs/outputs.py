"""Taking one picture out of a batch: its row, its file, sidecar and thumbnails; the others stay what they are."""

import contextlib
import os
import shutil
import uuid
from pathlib import Path
from typing import Any

from engines.errors import BadRequest, Conflict
from jobs import control
from jobs.control import Caller
from jobs.life import told
from jobs.publish import THUMBS
from jobs.store import Row, home, rows, write


def discard(job_id: str, output: int, caller: Caller) -> dict[str, Any]:
    """Delete output number `output` (its place in `outputs`, from 0) of a finished batch of pictures. Conflict if it is the only one."""
    found = control.find(job_id, caller)
    if found["status"] != "complete" or found["type"] != "image":
        raise Conflict("Only a picture out of a finished batch can be deleted alone; leave out `output` to delete the job.")
    with write() as db:
        files = rows("select * from artifacts where job=? order by number", job_id)
        if not 0 <= output < len(files):
            raise BadRequest(f"output must be between 0 and {len(files) - 1}", fields=["output"])
        if len([each for each in files if each["role"] == "picture"]) < 2 or files[output]["role"] != "picture":
            raise Conflict("This is all that the job made; leave out `output` to delete the job.")
        db.execute("delete from artifacts where id=?", (files[output]["id"],))
        away = _aside(files[output])
    shutil.rmtree(away, ignore_errors=True)
    told(job_id)
    return {"deleted": files[output]["id"], "jobs": [], "job": control.job(job_id, caller)}


def _aside(file: Row) -> Path:
    """Move a file and what belongs to it out of sight, into a folder that is swept."""
    away, path = home() / "work" / f"deleted-{uuid.uuid4().hex}", home() / file["path"]
    away.mkdir()
    for each in (path, path.with_name(path.name + ".meta.json"), *(path.parent / THUMBS).glob(f"{path.name}.*.webp")):
        with contextlib.suppress(FileNotFoundError):
            os.replace(each, away / each.name)
    return away
