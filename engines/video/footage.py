"""Films that people give: known by their first bytes, never by their names, and decoded by the one reader those bytes call for.

As with recordings (engines/sound.py) no playlist or script reaches a reader: ffmpeg is told the format, may open this one file only,
and stops after a given time.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from engines import ffmpeg
from engines.errors import InternalError, JobTimeout

HEAD = 16
WORDS = "MP4, MOV or WebM"
PIXELS = "40000000"
LOOKED, PATIENCE, PER_FRAME = 30.0, 60.0, 0.5
"""Seconds that the first frame may take; those that all frames may take, and how many more for each of them."""
_SOUNDS = (b"M4A ", b"M4B ", b"M4P ")
_PICTURES = (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1")


class Kind(NamedTuple):
    """What a film is, and ffmpeg's name of the reader for it."""

    media_type: str
    reader: str


class Unseen(ValueError):
    """No film can be read from this file."""


def kind_of(head: bytes) -> Kind | None:
    """The kind of film that a file of these first bytes may be; None if it is none that is taken."""
    if head[4:8] == b"ftyp" and head[8:12] not in (*_SOUNDS, *_PICTURES):
        return Kind("video/quicktime" if head[8:12] == b"qt  " else "video/mp4", "mov")
    return Kind("video/webm", "matroska") if head[:4] == b"\x1aE\xdf\xa3" else None


def looked(path: Path) -> tuple[Kind, int, int]:
    """The kind of a film whose first frame can be decoded, its width and its height in pixels; Unseen says why it cannot."""
    with tempfile.TemporaryDirectory(prefix="film-") as folder:
        first = Path(folder) / "first.png"
        kind = _read(path, ["-frames:v", "1", str(first)], lambda: None, LOOKED)
        if not first.is_file():
            raise Unseen("there are no pictures in it; send a film")
        with Image.open(first) as picture:
            return kind, *picture.size


def frames(path: Path, size: tuple[int, int], fps: int, most: int, raw: Path, check: Callable[[], None]) -> "np.ndarray[Any, Any]":
    """The first frames of a film, `fps` a second, at most so many: frames × height × width × 3 in the file `raw`, read as needed.

    The middle of the film is taken where its shape is another. Raises Unseen; `check` may raise to stop.
    """
    width, height = size
    fitted = f"fps={fps},scale={width}:{height}:force_original_aspect_ratio=increase:flags=lanczos,crop={width}:{height}"
    wanted = ["-vf", fitted, "-frames:v", str(most), "-f", "rawvideo", "-pix_fmt", "rgb24", str(raw)]
    _read(path, wanted, check, PATIENCE + most * PER_FRAME)
    count = raw.stat().st_size // (width * height * 3) if raw.is_file() else 0
    if not count:
        raise Unseen("there are no pictures in it; send a film")
    return np.memmap(raw, np.uint8, "r", shape=(count, height, width, 3))


def _read(path: Path, wanted: list[str], check: Callable[[], None], seconds: float) -> Kind:
    with open(path, "rb") as file:
        kind = kind_of(file.read(HEAD))
    if kind is None:
        raise Unseen(f"it is no film that is taken; send {WORDS}")
    source = ["-max_pixels", PIXELS, "-protocol_whitelist", "file", "-f", kind.reader, "-i", f"file:{path.absolute()}"]
    try:
        ffmpeg.call([*source, "-map", "0:V:0", "-an", "-sn", "-dn", *wanted], check, seconds)
    except (InternalError, JobTimeout):
        raise Unseen(f"its pictures cannot be read; send {WORDS}") from None
    return kind
