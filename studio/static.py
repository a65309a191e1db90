"""The page's own files: pictures, faces and scripts, under an address that changes whenever one of them does."""
import functools
import hashlib
from pathlib import Path

from fastapi import FastAPI, Response
from fastapi.responses import FileResponse

FOLDER = Path(__file__).parent / "assets"
TYPES = {".js": "text/javascript", ".svg": "image/svg+xml", ".webp": "image/webp", ".woff2": "font/woff2"}
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}


@functools.lru_cache(1)
def files() -> dict[str, Path]:
    """What may be served, by its path below assets/."""
    return {path.relative_to(FOLDER).as_posix(): path for path in sorted(FOLDER.rglob("*")) if path.suffix in TYPES}


@functools.lru_cache(1)
def version() -> str:
    """A few letters that change when any file does, so that browsers may keep them all for ever."""
    digest = hashlib.blake2b(digest_size=6)
    for name, path in files().items():
        digest.update(name.encode() + path.read_bytes())
    return digest.hexdigest()


def url(name: str) -> str:
    """Where the page finds a file of ours."""
    return f"/studio/{version()}/{name}"


def routes(app: FastAPI) -> None:
    """Serve the files; only those that were there at the start, and never a path somebody made up."""
    async def asset(stamp: str, name: str) -> Response:
        path = files().get(name)
        if path is None:
            return Response("Nothing is served under this address.", 404, media_type="text/plain")
        kept = FOREVER if stamp == version() else FOREVER | {"Cache-Control": "no-cache"}
        return FileResponse(path, media_type=TYPES[path.suffix], headers=kept)
    app.add_api_route("/studio/{stamp}/{name:path}", asset, methods=["GET", "HEAD"], include_in_schema=False)
