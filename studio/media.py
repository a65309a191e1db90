"""Files over HTTP: finished work, thumbnails, and the preview of what is being made. By id, owner-checked, never by path."""
import re
from pathlib import Path

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from engines.errors import BadRequest, JobNotFound
from jobs import files as kept
from jobs import songs
from studio.ask import caller
from studio.rest import answers

SERVED = {"image/png", "image/webp", "image/jpeg", "video/mp4", "video/webm", "audio/wav", "audio/x-wav", "audio/mpeg", "audio/flac",
          "audio/midi", "model/gltf-binary", "model/stl", "application/pdf", "application/json", "text/vtt", "text/plain",
          "application/x-subrip"}
"""What engines make. Nothing a browser would run."""
YEAR = 365 * 86400
SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'; sandbox; frame-ancestors 'self'"
FRAMED = "frame-ancestors 'self'"


@answers
async def artifact(request: Request) -> Response:
    """GET /artifacts/{id}; ?w=256 is a thumbnail, ?download=1 offers to save it."""
    ident, owner = request.path_params["id"], caller(request).owner
    found = await run_in_threadpool(_readable, ident, owner)
    width = request.query_params.get("w")
    if width is not None:
        if not re.fullmatch(r"[1-9]\d{0,4}", width):
            raise BadRequest("w must be a whole number of pixels, 1 or more", fields=["w"])
        path = await run_in_threadpool(kept.thumbnail, ident, None, int(width))
        return _reply(request, path, "image/webp", f'"{found.sha256}-{path.stem.rsplit(".", 1)[-1]}"')
    if found.media_type not in SERVED:
        raise JobNotFound("There is no such file.")
    name = found.filename if "download" in request.query_params else None
    return _reply(request, found.path, found.media_type, f'"{found.sha256}"', name)


def _readable(ident: str, owner: str) -> kept.ArtifactFile:
    """The owner's file, or anybody's while its song is published."""
    try:
        return kept.artifact(ident, owner)
    except JobNotFound:
        if not songs.is_published(ident):
            raise
        return kept.artifact(ident, None)


def _reply(request: Request, path: Path, media_type: str, etag: str, name: str | None = None) -> Response:
    policy = FRAMED if media_type == "application/pdf" else SANDBOX  # a sandbox would keep the browser's PDF reader out
    headers = {"ETag": etag, "Cache-Control": f"private, max-age={YEAR}, immutable", "Content-Security-Policy": policy}
    if etag in [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    return FileResponse(path, media_type=media_type, headers=headers, filename=name)


@answers
async def preview(request: Request) -> Response:
    """GET /jobs/{id}/preview: a small picture of the work as it stands."""
    data = await run_in_threadpool(kept.preview, request.path_params["id"], caller(request).owner)
    if data is None:
        return Response(status_code=204)  # nothing to show just now is no error
    headers = {"Cache-Control": "private, max-age=60", "Content-Security-Policy": SANDBOX}
    return Response(data, media_type="image/webp", headers=headers)


def routes(app: FastAPI) -> None:
    """Add them."""
    app.add_route("/artifacts/{id}", artifact, methods=["GET", "HEAD"])
    app.add_route("/jobs/{id}/preview", preview, methods=["GET"])
