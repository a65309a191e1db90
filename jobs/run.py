"""A job while it runs: progress, cancel, its folder, the files it may open."""

import io
import json
import os
import shutil
import threading
import time
from pathlib import Path
from typing import Any

from PIL import Image

from config import settings
from engines.base import Request
from engines.errand import Errand
from engines.errors import BadRequest, Cancelled
from jobs import errands, files
from jobs.capability import CAPABILITIES
from jobs.life import Claim, asked_to_stop, report
from jobs.publish import forget_earlier, work_folder
from jobs.store import row

OFTEN = 0.15
PREVIEW = 320


class Interrupted(BaseException):
    """The studio itself stops this job; it goes back to the queue and no attempt is used."""


class JobRun:
    """What a capability sees of its job. Implements engines.base.Run."""

    def __init__(self, held: Claim) -> None:
        self.held = held
        self.job = held.row
        self.folder: Path = work_folder(held.id, held.token)
        self.interrupted = threading.Event()
        self._told = 0.0
        self._previews = 0
        if held.token > 1:
            forget_earlier(held)
        self.folder.mkdir()

    @property
    def words(self) -> str:
        """The person's own words, before anything was added to them."""
        asked: dict[str, Any] = json.loads(self.job["request"])
        return str(asked.get("prompt") or "")

    @property
    def request(self) -> Request:
        """The stored request."""
        return CAPABILITIES[self.job["kind"]].validate(json.loads(self.job["request"]))

    def close(self) -> None:
        """Whatever was not published is not wanted."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def check(self) -> None:
        """Raises Cancelled, Interrupted or Stale if this work is no longer wanted."""
        if self.interrupted.is_set():
            raise Interrupted
        if asked_to_stop(self.held):
            raise Cancelled

    def progress(self, fraction: float, note: str = "", preview: Image.Image | None = None, left: float | None = None) -> None:
        """Say how far along the work is; raises Cancelled if the person has asked to stop."""
        self.check()
        now = time.monotonic()
        if now - self._told < OFTEN and preview is None:
            return
        self._told = now
        columns: dict[str, Any] = {"progress": min(1.0, max(0.0, float(fraction))), "status": "generating"}
        if note:
            columns["stage"] = note[:200]
        if left is not None:
            columns["eta"] = float(left)
        if preview is not None and settings().moderation != "block":  # nothing is shown before somebody has looked at it
            columns["preview"] = self._show(preview)
        report(self.held, **columns)

    def _show(self, preview: Image.Image) -> int:
        small = preview.copy()
        small.thumbnail((PREVIEW, PREVIEW))
        data = io.BytesIO()
        small.convert("RGB").save(data, "WEBP", quality=70, method=0)
        part = self.folder / "preview.part"
        part.write_bytes(data.getvalue())
        os.replace(part, self.folder / files.PREVIEW_NAME)
        self._previews += 1
        return self._previews

    def open(self, source: str) -> Path:
        """A local file for an artifact or upload of this job's owner."""
        return files.find(source, self.job["owner"])

    def errand(self, part: str, server: str, usd: float | None, *, hooked: bool = False) -> Errand:
        """A piece of this job that another server does; see jobs/errands.py."""
        return errands.take(self.held.id, part, server, usd, hooked=hooked)

    def recall(self, artifact_id: str) -> dict[str, Any]:
        """The request, meta and provenance behind an artifact of this job's owner."""
        found = row(
            "select artifacts.meta, jobs.request, jobs.provenance, jobs.resolved_prompt from artifacts join jobs on jobs.id=artifacts.job"
            " where artifacts.id=? and jobs.owner=?",
            artifact_id,
            self.job["owner"],
        )
        if found is None:
            raise BadRequest(f"there is no artifact {artifact_id!r} to vary", fields=["variation_of"])
        return {
            "request": json.loads(found["request"]),
            "meta": json.loads(found["meta"]),
            "provenance": json.loads(found["provenance"]),
            "resolved_prompt": found["resolved_prompt"],
        }
