"""Selected works of the Library as one ZIP, written while it is sent: it is never whole in memory or on disk."""
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from engines.errors import BadRequest, JobNotFound
from jobs import control, files
from studio.ask import caller
from studio.rest import answers

MOST = 500
CHUNK = 1 << 18


class _Pipe(io.RawIOBase):
    """What zipfile writes to; drained after every chunk."""

    def __init__(self) -> None:
        self.held = bytearray()

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: object) -> int:
        """Hold the bytes until they are sent."""
        part = bytes(data)  # type: ignore[call-overload]
        self.held += part
        return len(part)

    def drain(self) -> bytes:
        """What has gathered."""
        part = bytes(self.held)
        self.held.clear()
        return part


def _zip(entries: list[tuple[str, Path]]) -> Iterator[bytes]:
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:  # pictures are packed already
        for name, path in entries:
            with archive.open(zipfile.ZipInfo.from_file(path, name), "w", force_zip64=True) as target, open(path, "rb") as source:
                while part := source.read(CHUNK):
                    target.write(part)
                    yield pipe.drain()
    yield pipe.drain()


def _entries(ids: list[str], who: control.Caller) -> list[tuple[str, Path]]:
    found: list[tuple[str, Path]] = []
    for ident in ids:
        job = control.job(ident, who)
        title = re.sub(r"[^\w -]+", "", job["title"])[:60].strip() or job["type"]
        for output in job["outputs"]:
            file = files.artifact(output["id"], who.owner)
            found.append((f"{title} {ident[:6]}/{output['index'] + 1:02d}{file.path.suffix}", file.path))
    if not found:
        raise JobNotFound("None of these works has a file.")
    return found


@answers
async def library(request: Request) -> Response:
    """GET /library.zip?ids=a,b: every file of these jobs."""
    ids = [ident for ident in request.query_params.get("ids", "").split(",") if ident]
    if not 1 <= len(ids) <= MOST:
        raise BadRequest(f"ids must name 1 to {MOST} jobs, with commas between them", fields=["ids"])
    entries = await run_in_threadpool(_entries, ids, caller(request))
    return StreamingResponse(_zip(entries), media_type="application/zip",
                             headers={"Content-Disposition": 'attachment; filename="troubadour.zip"', "Cache-Control": "no-store"})


def routes(app: FastAPI) -> None:
    """Add it."""
    app.add_route("/library.zip", library, methods=["GET"])
