"""What a variation keeps of its original: the sound from its beginning."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from engines import ffmpeg
from engines.base import Run
from engines.errors import BadRequest, InternalError
from engines.loudness import mapped
from engines.music.request import MusicRequest
from engines.sketch.composer_sound import RATE, Array, F
from engines.sound import HEAD, kind_of

HALF_WAY = 0.5
LEAST = 1.0
"""Seconds: less than this is not worth keeping, as nobody would know it again."""
PLAIN = ["-map", "0:a:0", "-codec:a", "pcm_s16le", "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"]


def strength(request: MusicRequest) -> float:
    """How far a variation goes from its original."""
    return HALF_WAY if request.variation_strength is None else request.variation_strength


def beginning(request: MusicRequest, run: Run) -> Array:
    """The part of its original that a variation keeps (two rows at RATE): all of it at strength 0, nothing at 1. No variation, nothing."""
    share = 1 - strength(request) if request.variation_of else 0.0
    whole = round(request.duration_seconds * RATE)
    if share * request.duration_seconds < LEAST:
        return np.zeros((2, 0), F)
    path = run.open(str(request.variation_of))
    sound = stereo(path, run.folder / "original.wav", share * request.duration_seconds, lambda: run.progress(0.0, "Reading the original"))
    return sound[:, : round(share * whole)]


def stereo(path: Path, target: Path, seconds: float, check: Callable[[], None]) -> Array:
    """The first seconds of a recording in two rows at RATE. Raises BadRequest if it is none; `target` is written and removed."""
    with open(path, "rb") as file:
        kind = kind_of(file.read(HEAD))
    if kind is None:
        raise BadRequest("variation_of is no sound; vary the WAV or the MP3 of a piece", fields=["variation_of"])
    source = ["-protocol_whitelist", "file", "-f", kind.reader, "-t", f"{seconds + 1:.3f}", "-i", f"file:{path.absolute()}"]
    try:
        ffmpeg.call([*source, *PLAIN, "-ac", "2", "-ar", str(RATE), str(target)], check)
        return np.array(mapped(target), F).T / F(32767)
    except InternalError:
        raise BadRequest("variation_of is a sound that cannot be read; vary another", fields=["variation_of"]) from None
    finally:
        target.unlink(missing_ok=True)
