"""Recordings that people send: known by their first bytes, never by their names, and decoded by the one reader those bytes call for.

No playlist or script ever reaches a reader: ffmpeg is told the format, may open this one file only, and stops after a given time.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from engines import ffmpeg
from engines.errors import InternalError, JobTimeout

HEAD = 16
WORDS = "WAV, MP3, FLAC, Ogg or M4A"
TRIAL = 1.0
PATIENCE, FASTER = 60.0, 20.0
"""Seconds that decoding may take, and how many times faster than it plays it must be beyond them."""
SCALE = np.float32(32768)
_BRANDS = (b"M4A ", b"M4B ", b"mp41", b"mp42", b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"dash")


class Kind(NamedTuple):
    """What a recording is, and ffmpeg's name of the reader for it."""

    media_type: str
    reader: str


class Unheard(ValueError):
    """No sound can be read from this file."""


def kind_of(head: bytes) -> Kind | None:
    """The kind of sound that a file of these first bytes is; None if it is none that is taken."""
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return Kind("audio/wav", "wav")
    if head[:4] == b"fLaC":
        return Kind("audio/flac", "flac")
    if head[:4] == b"OggS":
        return Kind("audio/ogg", "ogg")
    if head[4:8] == b"ftyp" and head[8:12] in _BRANDS:
        return Kind("audio/mp4", "mov")
    return Kind("audio/mpeg", "mp3") if head[:3] == b"ID3" or _is_frame(head) else None


def _is_frame(head: bytes) -> bool:
    """Whether an MP3 frame begins here: its sync, layer III, a bit rate and a sample rate that exist."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    return (head[1] >> 3) & 3 != 1 and (head[1] >> 1) & 3 == 1 and 0 < head[2] >> 4 < 15 and (head[2] >> 2) & 3 != 3


def checked(path: Path) -> Kind:
    """The kind of a recording whose first second can be decoded; Unheard says why it cannot."""
    with open(path, "rb") as file:
        kind = kind_of(file.read(HEAD))
    if kind is None:
        raise Unheard(f"it is no sound that is taken; send {WORDS}")
    samples(path, 8000, TRIAL)
    return kind


def samples(path: Path, rate: int, seconds: float, check: Callable[[], None] = lambda: None) -> np.ndarray:
    """The first seconds of a recording in one channel, -1 to 1; Unheard if there are none. `check` may raise to stop."""
    with tempfile.TemporaryDirectory(prefix="sound-") as folder:
        return np.array(decoded(path, rate, seconds, Path(folder) / "heard.raw", check), np.float32) / SCALE


def decoded(path: Path, rate: int, seconds: float, raw: Path, check: Callable[[], None] = lambda: None) -> np.ndarray:
    """The first seconds of a recording in one channel as 16-bit samples, read from the file `raw` as they are needed; Unheard if none."""
    with open(path, "rb") as file:
        kind = kind_of(file.read(HEAD))
    if kind is None:
        raise Unheard(f"it is no sound that is taken; send {WORDS}")
    source = ["-protocol_whitelist", "file", "-f", kind.reader, "-t", f"{seconds:.3f}", "-i", f"file:{path.absolute()}"]
    wanted = ["-map", "0:a:0", "-vn", "-sn", "-dn", "-ac", "1", "-ar", str(rate), "-f", "s16le", str(raw)]
    try:
        ffmpeg.call([*source, *wanted], check, PATIENCE + seconds / FASTER)
    except (InternalError, JobTimeout):
        raise Unheard(f"its sound cannot be read; send {WORDS}") from None
    if raw.stat().st_size < 2:
        raise Unheard("there is no sound in it; send a recording")
    return np.memmap(raw, "<i2", "r", shape=(raw.stat().st_size // 2,))
