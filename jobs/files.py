"""Files by id: uploads that come in, artifacts that go out, thumbnails and previews. Nobody ever names a path."""

import contextlib
import os
import shutil
import time
import uuid
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from PIL import Image, UnidentifiedImageError

from config import settings
from engines import sound
from engines.errors import BadImage, BadRequest, ImageTooLarge, JobNotFound, StorageFull
from engines.video import footage
from jobs import publish
from jobs.store import Row, home, insert, row, write

PREVIEW_NAME = "preview.webp"
PIXELS = 40_000_000
WIDTHS = (64, 128, 256, 512, 1024)
FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif", "BMP": "image/bmp", "TIFF": "image/tiff"}
CHUNK = 1 << 20


@dataclass(frozen=True)
class ArtifactFile:
    """A finished file and what the door must say about it."""

    id: str
    path: Path
    media_type: str
    filename: str
    sha256: str
    job: str


def save_upload(source: IO[bytes] | bytes, name: str, owner: str) -> dict[str, Any]:
    """Keep an uploaded picture, film or recording; told apart and checked by their first bytes before anything is decoded.

    Raises ImageTooLarge, BadImage, StorageFull.
    """
    ident = "up_" + uuid.uuid4().hex
    path = home() / "uploads" / ident
    try:
        size = _copy(source, path)
        media_type, width, height = _sniff(path)
        kept = {
            "id": ident,
            "owner": owner,
            "path": str(path.relative_to(home())),
            "media_type": media_type,
            "name": Path(name).name[:120],
            "width": width,
            "height": height,
            "bytes": size,
            "created_at": time.time(),
        }
        with write() as db:
            insert(db, "uploads", kept)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return {key: kept[key] for key in ("id", "media_type", "width", "height", "bytes", "name")}


def _copy(source: IO[bytes] | bytes, path: Path) -> int:
    most = settings().max_upload_mb << 20
    free = shutil.disk_usage(home()).free - (settings().disk_floor_mb << 20)
    size = 0
    with open(path, "wb") as out:
        chunks = [source] if isinstance(source, bytes) else iter(lambda: source.read(CHUNK), b"")
        for chunk in chunks:
            size += len(chunk)
            if size > most:
                raise ImageTooLarge(
                    f"The file is larger than {settings().max_upload_mb} MB; send a smaller one.", max_mb=settings().max_upload_mb
                )
            if size > free:
                raise StorageFull("The disk is nearly full; delete something and try again.")
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    if size == 0:
        raise BadImage("The file is empty; send a picture or a recording.")
    return size


def _sniff(path: Path) -> tuple[str, int | None, int | None]:
    """Media type and size of a picture or a film, from its header, then its integrity; or that of a recording, which has no size."""
    with open(path, "rb") as file:
        head = file.read(max(sound.HEAD, footage.HEAD))
    heard = sound.kind_of(head)
    if footage.kind_of(head) is not None:
        try:
            seen, width, height = footage.looked(path)
            return seen.media_type, width, height
        except footage.Unseen as error:
            if heard is None:
                raise BadImage(f"The film cannot be taken: {error}.") from None
    if heard is not None:
        try:
            return sound.checked(path).media_type, None, None
        except sound.Unheard as error:
            raise BadImage(f"The recording cannot be taken: {error}.") from None
    return _looked(path)


def _looked(path: Path) -> tuple[str, int, int]:
    """The same of a picture alone."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path) as picture:
                width, height = picture.size
                if width * height > PIXELS:
                    raise ImageTooLarge(
                        f"The picture has {width} × {height} pixels; {PIXELS // 1_000_000} megapixels are the most.",
                        width=width,
                        height=height,
                    )
                if picture.format not in FORMATS:
                    raise BadImage(f"{picture.format} pictures are not taken; send PNG, JPEG or WebP.")
                picture.verify()
                kind = FORMATS[picture.format]
            with Image.open(path) as picture:  # verify reads no pixels of a JPEG: decoding an eighth finds where it is cut off
                picture.draft("RGB", (width // 8, height // 8))
                picture.load()
            return kind, width, height
    except Image.DecompressionBombError as error:
        raise ImageTooLarge(f"The picture is far too large; {PIXELS // 1_000_000} megapixels are the most.") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        kinds = f"PNG, JPEG or WebP, {footage.WORDS}, or {sound.WORDS}"
        raise BadImage(f"The file is no picture, film or sound that can be read; send {kinds}.") from error


def find(source: str, owner: str) -> Path:
    """The local file behind an artifact or upload id of this owner; BadRequest if there is none."""
    return home() / str(_known(source, owner)["path"])


def sounds(source: str, owner: str) -> bool:
    """Whether sound can be read from a file of this owner."""
    try:
        return bool(sound.checked(find(source, owner)))
    except sound.Unheard:
        return False


def media_type(source: str, owner: str) -> str:
    """What kind of file an artifact or upload of this owner is; BadRequest if there is none."""
    return str(_known(source, owner)["media_type"])


def _known(source: str, owner: str) -> Row:
    kept = row("select path, media_type from uploads where id=? and owner=?", source, owner) or row(
        "select a.path, a.media_type from artifacts a join jobs on jobs.id=a.job where a.id=? and jobs.owner=?",
        source,
        owner,
    )
    if kept is None or not (home() / kept["path"]).is_file():
        raise BadRequest(f"there is no file {source[:80]!r}; upload it first and give its id")
    return kept


def check_sides(name: str, source: str, owner: str, least: int) -> None:
    """BadImage, naming the field, if a picture that was uploaded has a side of fewer than `least` pixels."""
    kept = row("select width, height from uploads where id=? and owner=?", source, owner)
    if kept is not None and kept["width"] is not None and min(kept["width"], kept["height"]) < least:
        small = f"{kept['width']} × {kept['height']}"
        raise BadImage(f"{name} has only {small} pixels; send a picture of {least} × {least} or more.", fields=[name])


def artifact(ident: str, owner: str | None) -> ArtifactFile:
    """A finished file of this owner (None: whoever's, for published songs); JobNotFound if there is none."""
    file = row("select artifacts.*, jobs.owner from artifacts join jobs on jobs.id=artifacts.job where artifacts.id=?", ident)
    if file is None or (owner is not None and file["owner"] != owner) or not (home() / file["path"]).is_file():
        raise JobNotFound("There is no such file.")
    path = home() / file["path"]
    return ArtifactFile(ident, path, file["media_type"], path.name, file["sha256"], file["job"])


def thumbnail(ident: str, owner: str | None, width: int) -> Path:
    """A WebP of a picture, or of the poster of its job; made once, in the next of 64, 128, 256, 512, 1024 pixels."""
    found = artifact(ident, owner)
    if not found.media_type.startswith("image/"):
        poster = row(
            "select id from artifacts where job=? and role='poster' order by"
            " number<(select number from artifacts where id=?), number limit 1",
            found.job,
            ident,
        )
        if poster is None:
            raise JobNotFound("There is no thumbnail of this file.")
        found = artifact(poster["id"], owner)
    size = next((each for each in WIDTHS if each >= width), WIDTHS[-1])
    path = publish.thumb_path(found.path, size)
    if not path.is_file():
        publish.thumbnail(None, found.path, path, size)
    return path


def preview(job_id: str, owner: str) -> bytes | None:
    """The latest preview of a running job, a small WebP."""
    job = row("select id, token from jobs where id=? and owner=?", job_id, owner)
    if job is None:
        raise JobNotFound(f"There is no job {job_id[:80]!r}.")
    with contextlib.suppress(FileNotFoundError):
        return (publish.work_folder(job["id"], job["token"]) / PREVIEW_NAME).read_bytes()
    return None
