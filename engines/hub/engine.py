"""The engine behind `download_model`: the weights of a catalog row come from the hub and are in their place, whole, or not at all."""

import os
import time
from typing import Any

from config import ModelRow, catalog
from engines import pool, weights
from engines.base import Engine, Made, Run
from engines.errors import ModelNotReady, Unavailable
from engines.hub import shelf
from engines.hub.contents import File, belonging
from engines.hub.fetch import Bringer, Conduct, Meter, refusal, size_of
from engines.hub.request import DownloadRequest
from engines.hub.shelf import Shelf
from engines.hub.stream import Broken, Hub, Refused
from engines.share import share

OFFLINE = "HF_HUB_OFFLINE"
AGAIN = 10.0
NEWEST = "main"


class Downloads(Engine[DownloadRequest]):
    """Brings models. The options of its row are those of fetch.Conduct."""

    def generate(self, request: DownloadRequest, run: Run) -> Made:
        """Bring one model; `result` says what came and whether it can work now."""
        row = catalog().get(request.weights)
        if row is None or row.weights is None:
            raise ModelNotReady(f"The model {request.weights} is no longer in the catalog; choose another.")
        shelf.refuse_unbrought(row)
        refuse_offline()
        began, files = time.monotonic(), []
        rows = wanted(row)
        sizes = [max(0.001, each.weights.gb if each.weights else 0) for each in rows]
        for number, each in enumerate(rows):
            low = sum(sizes[:number]) / sum(sizes)
            files += self._one(each, request, share(run, low, low + sizes[number] / sum(sizes)))
        return self._told(row, files, time.monotonic() - began)

    def _one(self, row: ModelRow, request: DownloadRequest, run: Run) -> list[File]:
        """Bring the weights of one row; what came, nothing where they are here."""
        place = Shelf(row)
        with place.alone() as alone:
            if not alone:
                raise Unavailable(f"{row.title or row.name} is being downloaded or deleted already.", retry_after=AGAIN)
            return [] if here(row, place) else self._bring(row, place, request, run)

    def _bring(self, row: ModelRow, place: Shelf, request: DownloadRequest, run: Run) -> list[File]:
        source = row.weights
        assert source is not None  # noqa: S101  (generate has looked)
        conduct = Conduct.model_validate(self.options)
        hub = Hub.here(conduct.patience_seconds)
        run.progress(0.0, f"Asking {hub.name} what belongs to it")
        try:
            told = hub.listing(source.repo, place.commit or NEWEST, lambda: run.progress(0.0, f"Asking {hub.name} what belongs to it"))
        except Broken as error:
            raise Unavailable(f"{hub.name} {error}. Nothing is lost; it can be resumed.") from None
        except Refused as error:
            raise refusal(source.repo, error.status, hub) from None
        commit = place.pin(told.get("sha") if isinstance(told, dict) else None)
        files = belonging(source, told, weights.checkpoints(row))
        total = max(1, sum(file.size for file in files))
        meter = Meter(total, lambda done, note, left: run.progress(min(1.0, done / total), note, left=left))
        Bringer(hub, (source.repo, commit), place.open(), meter, conduct).bring(files)
        run.progress(1.0, "Putting it in its place")
        sums = {file.name: {"bytes": file.size, "sum": file.sha256 or file.blob} for file in files}
        note = {"repo": source.repo, "revision": commit, "licence": row.licence, "consent": request.consent}
        place.publish(note | {"files": sums})
        return files

    def _told(self, row: ModelRow, files: list[File], seconds: float) -> Made:
        commit = Shelf(row).commit
        state, size = pool.make(row).ready(), sum(file.size for file in files)
        result: dict[str, Any] = {
            "model": row.name, "repo": row.weights.repo if row.weights else "", "revision": commit,
            "files": len(files), "bytes": size, "ready": state.ok, "missing": state.missing,
        }  # fmt: skip
        notes = [f"{len(files)} files, {size_of(size)}, every checksum as its commit has it."] if files else ["It was here already."]
        if row.weights and not row.weights.revision:
            notes.append(f"Its row pins no commit: it stays with {commit[:7]}, the newest when it was first asked for.")
        if not state.ok:
            notes.append(f"It cannot work yet: {state.missing}")
        return Made(result=result | {"seconds": round(seconds, 1)}, notes=notes)


def wanted(row: ModelRow) -> list[ModelRow]:
    """The rows that a download of one brings: itself, and those it needs beside it, as far as they can be brought."""
    beside = [catalog()[name] for name in row.beside if name in catalog()]
    return [row, *(each for each in beside if weights.brought(each))]


def here(row: ModelRow, place: Shelf) -> bool:
    """Whether nothing of a model is missing, though packages or memory for it may be."""
    state = pool.make(row).ready()
    if state.ok:
        return True
    if state.needs == "weights" and not row.beside:
        return False
    if place.whole():
        return True
    try:
        weights.look(row)
    except ModelNotReady:
        return False
    return True


def refuse_offline() -> None:
    """ModelNotReady where the machine's owner has switched the hub off."""
    if os.environ.get(OFFLINE, "").upper() in ("1", "ON", "YES", "TRUE"):
        raise ModelNotReady(f"This studio is to stay offline ({OFFLINE} is set); unset it and start again, or copy the folder by hand.")
